import { describe, expect, it } from 'vitest';
import { DAY, HOUR, NOW, sendForm, startRig } from './client.ts';

const EVER = `start=${Math.floor((NOW - 400 * DAY) / 1000)}`;

describe('a listing of v1', () => {
  it('has 50 rows a page, at most 1,000, oldest first, with paging before data and no X- headers', async () => {
    const rig = await startRig({ world: { faxesPerDay: 400 } });
    const answer = await rig.ask(`/v1/faxList?${EVER}`);
    expect(Object.keys(answer.json)).toEqual(['success', 'message', 'paging', 'data']);
    expect(answer.json.data).toHaveLength(50);
    const { total_results: total, total_pages: pages } = answer.json.paging;
    expect(answer.json.paging).toEqual({ max_per_page: 50, page: 1, total_pages: pages, total_results: total });
    expect(pages).toBe(Math.ceil(total / 50));
    expect(answer.headers.get('x-total')).toBeNull();
    const stamps = answer.json.data.map((fax: { requested_at: number }) => fax.requested_at);
    expect(stamps).toEqual([...stamps].sort((left, right) => left - right));
    const full = await rig.ask(`/v1/faxList?${EVER}&maxperpage=5000`);
    expect(full.json.data).toHaveLength(1000);
    const other = await startRig({ http: { rateLimit: null, switches: { v1DefaultPageSize: 1000 } } });
    expect((await other.ask('/v1/faxList')).json.paging.max_per_page).toBe(1000);
  });

  it('begins a week before now when start is left out, and is bounded by start and end', async () => {
    const rig = await startRig({ world: { days: 30 } });
    const { json } = await rig.ask('/v1/faxList?maxperpage=1000');
    expect(json.data[0].requested_at * 1000).toBeGreaterThanOrEqual(NOW - 7 * DAY);
    const end = Math.floor((NOW - 10 * DAY) / 1000);
    expect((await rig.ask(`/v1/faxList?end=${end}`)).json.paging.total_results).toBe(0);
    const old = await rig.ask(`/v1/faxList?${EVER}&end=${end}&maxperpage=1000`);
    expect(old.json.data.every((fax: { requested_at: number }) => fax.requested_at <= end)).toBe(true);
    expect(old.json.data.length).toBeGreaterThan(100);
  });

  it('filters by status, number in either form and tag, by GET and by POST', async () => {
    const rig = await startRig();
    const { faxes } = rig.simulator.world.truth(NOW);
    const failures = faxes.filter((fax) => fax.status === 'failure').length;
    expect((await rig.ask(`/v1/faxList?${EVER}&status=failure`)).json.paging.total_results).toBe(failures);
    const from = faxes.find((fax) => fax.fromNumber !== null)?.fromNumber ?? '';
    const long = (await rig.ask(`/v1/faxList?${EVER}&number=${encodeURIComponent(from)}`)).json.paging.total_results;
    expect(long).toBeGreaterThan(0);
    const { apiKey, apiSecret } = rig.simulator.credentials;
    const body = new URLSearchParams({ api_key: apiKey, api_secret: apiSecret, number: from.slice(2) });
    body.set('start', EVER.slice('start='.length));
    const posted = await fetch(`${rig.url}/v1/faxList`, { method: 'POST', body });
    const answer = (await posted.json()) as { paging: { total_results: number } };
    expect(answer.paging.total_results).toBe(long);
  });
});

describe('an object of v1', () => {
  it('leaves out what it does not know', async () => {
    const rig = await startRig();
    const { json } = await rig.ask('/v1/send', sendForm({ to: '4145551234', filename: 'x', string_data: 'hello' }));
    expect(json).toMatchObject({ success: true, message: 'Fax queued for sending', data: { faxId: json.faxId } });
    const fresh = (await rig.ask(`/v1/faxStatus?id=${json.faxId}`)).json;
    expect(fresh.message).toBe('Retrieved fax successfully');
    expect(fresh.data).toEqual({
      id: json.faxId,
      num_pages: 0,
      cost: 0,
      direction: 'sent',
      status: 'queued',
      is_test: false,
      requested_at: NOW / 1000,
      recipients: [{ number: '4145551234', retry_count: 0 }],
    });
  });

  it('holds no null anywhere, unix seconds, 10 digits and texts for bitrate and resolution', async () => {
    const rig = await startRig();
    const { text, json } = await rig.ask(`/v1/faxList?${EVER}&maxperpage=1000`);
    expect(text).not.toContain('null');
    let sent = 0;
    for (const fax of json.data) {
      expect(Number.isInteger(fax.requested_at)).toBe(true);
      for (const recipient of fax.recipients ?? []) {
        expect(recipient.number).toMatch(/^(\d{10}|\+\d+)$/);
        if (recipient.bitrate !== undefined) expect(typeof recipient.bitrate).toBe('string');
        sent += 1;
      }
      if (fax.direction === 'received') expect(fax.recipients).toBeUndefined();
    }
    expect(sent).toBeGreaterThan(50);
  });

  it('shows E.164, integers and older fields, by switch', async () => {
    const switches = { v1Numbers: 'e164', v1TextBitrates: false, v1NewFields: false } as const;
    const rig = await startRig({ http: { rateLimit: null, switches } });
    const { text, json } = await rig.ask(`/v1/faxList?${EVER}&maxperpage=1000`);
    expect(text).not.toContain('error_id');
    expect(text).not.toContain('retry_count');
    expect(text).not.toMatch(/"number":"\d/);
    expect(text).toMatch(/"bitrate":\d/);
    expect(json.data.length).toBeGreaterThan(100);
  });

  it('writes the times of numbers without a zone, in Central or another zone', async () => {
    const rig = await startRig();
    const other = await startRig({ http: { rateLimit: null, switches: { v1NumberZone: 'UTC' } } });
    const truth = rig.simulator.world.truth(NOW).phoneNumbers[0];
    const provisionedAt = truth?.provisionedAt ?? 0;
    const utc = new Date(provisionedAt).toISOString().slice(0, 19).replace('T', ' ');
    expect((await other.ask('/v1/numberList')).json.data[0].provisioned_at).toBe(utc);
    const central = (await rig.ask('/v1/numberList')).json.data[0];
    const hours = (Date.parse(`${utc}Z`) - Date.parse(`${central.provisioned_at}Z`)) / HOUR;
    expect([5, 6]).toContain(hours);
    expect(central).toEqual({
      number: truth?.phoneNumber.slice(2),
      city: truth?.city,
      state: truth?.state,
      cost: 200,
      last_billed_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      provisioned_at: central.provisioned_at,
    });
  });

  it('counts sent faxes only and names countries by their names', async () => {
    const rig = await startRig();
    const status = await rig.ask('/v1/accountStatus');
    expect(Object.keys(status.json.data)).toEqual(['faxes_sent_this_month', 'faxes_sent_today', 'balance']);
    const countries = await rig.ask('/v1/supportedCountries');
    expect(countries.json.message).toBe('Data contains supported countries.');
    expect(countries.json.data['Canada']).toEqual({ price_per_page: 7 });
    expect(Object.keys(countries.json.data)).toHaveLength(250);
    const codes = await rig.ask('/v1/areaCodes?state=Vermont');
    expect(codes.json).toMatchObject({ message: '1 area codes available.', data: { 802: { state: 'Vermont' } } });
  });
});

describe('failures of v1', () => {
  it('come with 200 and success:false, except for bad keys, missing files and unknown operations', async () => {
    const rig = await startRig();
    for (const path of ['/v1/faxStatus?id=1', '/v1/faxCancel?id=1', '/v1/deleteFax?id=1', '/v1/send']) {
      const { status, json } = await rig.ask(path);
      expect(status, path).toBe(200);
      expect(json.success).toBe(false);
    }
    const file = await rig.ask('/v1/faxFile?id=1');
    expect(file.status).toBe(404);
    expect(file.json).toBeUndefined();
    expect((await rig.ask('/v1/constructor')).status).toBe(404);
  });
});

describe('operations of v1', () => {
  it('send, resend, cancel, delete, receive, provision and release', async () => {
    const rig = await startRig({ world: { failureShare: 0 } });
    const sent = await rig.ask('/v1/send', sendForm({ to: '4145551234', string_data: 'x', 'tag[order_id]': '7' }));
    const id = sent.json.faxId;
    expect((await rig.ask(`/v1/faxCancel?id=${id}`)).json.message).toBe('Fax canceled successfully.');
    rig.clock.advance(10_000);
    const canceled = (await rig.ask(`/v1/faxStatus?id=${id}`)).json.data;
    expect(canceled).toMatchObject({ status: 'failure', error_id: 75, error_code: 'Manually canceled by user' });
    expect(canceled.tags).toEqual({ order_id: '7' });
    const resent = await rig.ask(`/v1/resendFax?id=${id}`);
    expect(resent.json.message).toBe('Fax queued for resend');
    expect(resent.json.faxId).not.toBe(id);
    expect((await rig.ask(`/v1/deleteFax?id=${id}`)).json.success).toBe(false);
    expect((await rig.ask(`/v1/deleteFax?id=${id}&files_only=1`)).json.message).toBe('Deleted files successfully!');
    expect((await rig.ask('/v1/testReceive')).json.success).toBe(false);
    expect((await rig.askAsTest('/v1/testReceive')).json.message).toBe(
      'Test fax received from 8773346654. Calling back now...',
    );
    const bought = await rig.ask('/v1/provisionNumber?area_code=802');
    expect(bought.json.message).toBe('Number provisioned successfully!');
    expect(bought.json.data.number).toMatch(/^802/);
    expect(bought.json.data.last_billed_at).toBe(bought.json.data.provisioned_at);
    const released = await rig.ask(`/v1/releaseNumber?number=${bought.json.data.number}`);
    expect(released.json).toEqual({ success: true, message: 'Number released successfully!', data: [] });
    const file = await rig.ask(`/v1/faxFile?id=${resent.json.faxId}`);
    expect(file.text.startsWith('%PDF-')).toBe(true);
  });
});
