import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/simulator/manual-clock.ts';
import { DAY, HOUR, iso, NOW, type Rig, sendForm, startRig } from './client.ts';

const EVER = `created_after=${iso(NOW - 400 * DAY)}`;

/** A world in which nothing happens by itself: no faxes, no follow-ups of those that bursts add. */
const STILL = { faxesPerDay: 0, receivedShare: 0, failureShare: 0, ownNumberShare: 0, cancelShare: 0 };

async function idsOf(rig: Rig, path: string): Promise<number[]> {
  const { json } = await rig.ask(path);
  return json.data.map((fax: { id: number }) => fax.id);
}

describe('a listing of v2 and v2.1', () => {
  it('has 25 rows a page, at most 1,000, newest first, with paging after data and X- headers', async () => {
    const rig = await startRig({ world: { faxesPerDay: 400 } });
    const answer = await rig.ask(`/v2.1/faxes?${EVER}`);
    expect(answer.json.data).toHaveLength(25);
    expect(Object.keys(answer.json)).toEqual(['success', 'message', 'data', 'paging']);
    expect(answer.json.message).toBe('Retrieved faxes successfully');
    const total = answer.json.paging.total;
    expect(answer.json.paging).toEqual({ total, per_page: 25, page: 1 });
    expect(answer.headers.get('x-total')).toBe(String(total));
    expect(answer.headers.get('x-per-page')).toBe('25');
    expect(answer.headers.get('x-page')).toBe('1');
    const stamps = answer.json.data.map((fax: { created_at: string }) => Date.parse(fax.created_at));
    expect(stamps).toEqual([...stamps].sort((left, right) => right - left));
    const full = await rig.ask(`/v2/faxes?${EVER}&per_page=5000`);
    expect(full.json.data).toHaveLength(1000);
    expect(full.json.paging.per_page).toBe(1000);
  });

  it('walks all pages without holes, and gives an empty page after the last', async () => {
    const rig = await startRig();
    const all = await idsOf(rig, `/v2/faxes?${EVER}&per_page=1000`);
    const walked: number[] = [];
    for (let page = 1; page * 100 <= all.length + 100; page++) {
      walked.push(...(await idsOf(rig, `/v2/faxes?${EVER}&per_page=100&page=${page}`)));
    }
    expect(walked).toEqual(all);
    expect(await idsOf(rig, `/v2/faxes?${EVER}&per_page=100&page=99`)).toEqual([]);
  });

  it('turns totals above 10,000 into the text ">10000"', async () => {
    const at = NOW - 3 * HOUR;
    const rig = await startRig({ world: { bursts: [{ at, count: 10_200, withinMs: HOUR }] } });
    const { json, headers } = await rig.ask('/v2.1/faxes');
    expect(json.paging.total).toBe('>10000');
    expect(headers.get('x-total')).toBe('>10000');
  });

  it('begins a week before now when created_after is left out, whatever created_before says', async () => {
    const rig = await startRig({ world: { days: 30 } });
    const { json } = await rig.ask('/v2.1/faxes?per_page=1000');
    const oldest = Date.parse(json.data.at(-1).created_at);
    expect(oldest).toBeGreaterThanOrEqual(NOW - 7 * DAY);
    expect(oldest).toBeLessThan(NOW - 6 * DAY);
    expect((await rig.ask(`/v2.1/faxes?created_before=${iso(NOW - 10 * DAY)}`)).json.paging.total).toBe(0);
  });

  it('filters by direction, status, number and tag', async () => {
    const rig = await startRig();
    const { faxes } = rig.simulator.world.truth(NOW);
    const sample = faxes.find((fax) => fax.tags['department'] !== undefined && fax.recipients?.length === 1);
    const number = sample?.recipients?.[0]?.phoneNumber ?? '';
    const department = sample?.tags['department'] ?? '';
    const cases: Array<readonly [string, number]> = [
      ['direction=received', faxes.filter((fax) => fax.direction === 'received').length],
      ['status=failure', faxes.filter((fax) => fax.status === 'failure').length],
      [
        `phone_number=${encodeURIComponent(number)}`,
        faxes.filter(
          (fax) =>
            fax.fromNumber === number ||
            fax.toNumber === number ||
            fax.recipients?.some((recipient) => recipient.phoneNumber === number),
        ).length,
      ],
      [
        `tag[department]=${encodeURIComponent(department)}&direction=sent`,
        faxes.filter((fax) => fax.tags['department'] === department).length,
      ],
    ];
    for (const [query, count] of cases) {
      expect(count).toBeGreaterThan(0);
      expect((await rig.ask(`/v2/faxes?${EVER}&${query}`)).json.paging.total, query.split('=')[0]).toBe(count);
    }
  });

  it('includes or excludes its bounds, by switch', async () => {
    const at = NOW - HOUR;
    const world = { ...STILL, bursts: [{ at, count: 5, withinMs: 1000 }] };
    const window = `created_after=${iso(at)}&created_before=${iso(at)}`;
    const inside = await startRig({ world });
    expect((await inside.ask(`/v2/faxes?${window}`)).json.paging.total).toBe(5);
    for (const switches of [{ inclusiveAfter: false }, { inclusiveBefore: false }]) {
      const outside = await startRig({ world, http: { rateLimit: null, switches } });
      expect((await outside.ask(`/v2/faxes?${window}`)).json.paging.total).toBe(0);
    }
  });

  it('reads bounds without a zone as Central, or as another zone by switch, and refuses other texts', async () => {
    const at = NOW - HOUR;
    const world = { ...STILL, bursts: [{ at, count: 5, withinMs: 1000 }] };
    const central = await startRig({ world });
    const utc = await startRig({ world, http: { rateLimit: null, switches: { zonelessFilterZone: 'UTC' } } });
    expect((await central.ask('/v2/faxes?created_after=2026-11-18T08:00:00')).json.paging.total).toBe(5);
    expect((await central.ask('/v2/faxes?created_after=2026-11-18T08:00:01')).json.paging.total).toBe(0);
    expect((await utc.ask('/v2/faxes?created_after=2026-11-18T14:00:00')).json.paging.total).toBe(5);
    expect((await utc.ask('/v2/faxes?created_after=2026-11-18')).json.paging.total).toBe(5);
    const refused = await central.ask('/v2/faxes?created_after=yesterday');
    expect(refused.status).toBe(422);
    expect(refused.json.success).toBe(false);
  });

  it('shows faxes late, while a look-up by id knows them from their creation', async () => {
    const rig = await startRig({ world: { faxesPerDay: 300, lateListingShare: 0.3 } });
    const late = rig.simulator.world.plans().find((plan) => plan.createdAt < NOW && plan.listedAt > NOW);
    expect(late).toBeDefined();
    const window = `created_after=${iso(late?.createdAt ?? 0)}&per_page=1000`;
    expect(await idsOf(rig, `/v2/faxes?${window}`)).not.toContain(Number(late?.id));
    expect((await rig.ask(`/v2/faxes/${late?.id}`)).status).toBe(200);
    rig.clock.advanceTo(late?.listedAt ?? 0);
    expect(await idsOf(rig, `/v2/faxes?${window}`)).toContain(Number(late?.id));
  });
});

describe('a fax in v2 and v2.1', () => {
  it('has Central stamps that follow daylight saving', async () => {
    const clock = new ManualClock(Date.UTC(2026, 10, 3, 12));
    const rig = await startRig({ clock, world: { days: 5, faxesPerDay: 50 } });
    const { json } = await rig.ask(`/v2.1/faxes?created_after=2026-10-01T00:00:00Z&per_page=1000`);
    const offsets = new Set<string>();
    for (const fax of json.data) {
      const [, date = '', time = '', offset = ''] = /^(\S{10})T(\S{8})\.000(-0[56]:00)$/.exec(fax.created_at) ?? [];
      expect(offset).toBe(Date.parse(`${date}T${time}Z`) < Date.UTC(2026, 10, 1, 2) ? '-05:00' : '-06:00');
      offsets.add(offset);
    }
    expect(offsets.size).toBe(2);
  });

  it('has exactly the fields of its dialect', async () => {
    const rig = await startRig({ http: { rateLimit: null, switches: { phoneCalls: true } } });
    const common =
      'id direction num_pages status is_test created_at caller_id from_number completed_at cost tags recipients to_number error_id error_type error_message';
    const recipient =
      'phone_number status retry_count completed_at bitrate resolution error_type error_id error_message';
    for (const [face, fax, one] of [
      ['v2', common, recipient],
      ['v2.1', `${common} caller_name barcodes`, `${recipient} phone_calls`],
    ] as const) {
      const { json } = await rig.ask(`/${face}/faxes?per_page=1000`);
      for (const row of json.data) {
        expect(Object.keys(row).sort()).toEqual(fax.split(' ').sort());
        for (const part of row.recipients ?? []) expect(Object.keys(part).sort()).toEqual(one.split(' ').sort());
        if (row.direction === 'received') expect(row.recipients).toBeNull();
        if (row.direction === 'sent') expect(row.from_number).toBeNull();
      }
    }
  });

  it('shows phone calls from their begin, a running one without duration and end, when switched on', async () => {
    const rig = await startRig({ world: STILL, http: { rateLimit: null, switches: { phoneCalls: true } } });
    const { json } = await rig.ask('/v2.1/faxes', sendForm({ to: '+14145551234' }));
    const seen: string[] = [];
    for (let second = 0; second < 1800; second++) {
      rig.clock.advance(1000);
      const [recipient] = (await rig.ask(`/v2.1/faxes/${json.data.id}`)).json.data.recipients;
      const call = recipient.phone_calls.at(-1);
      if (call === undefined) continue;
      expect(call.completed_at === null).toBe(call.duration === 0);
      if (call.completed_at === null) expect(call.status).toBe(recipient.status);
      if (seen.at(-1) !== call.status) seen.push(call.status);
      if (recipient.completed_at !== null) break;
    }
    expect(seen).toContain('ringing');
    expect(seen).toContain('callactive');
    expect(seen.at(-1)).toBe('success');
  });

  it('has no phone_calls and no empty recipients unless switched on', async () => {
    const plain = await startRig();
    expect((await plain.ask('/v2.1/faxes?per_page=1000')).text).not.toContain('phone_calls');
    const switched = await startRig({ http: { rateLimit: null, switches: { v21ReceivedRecipients: 'empty' } } });
    const { json } = await switched.ask('/v2.1/faxes?direction=received&per_page=1');
    expect(json.data[0].recipients).toEqual([]);
  });

  it('lags behind in look-ups, by switch', async () => {
    const rig = await startRig({ http: { rateLimit: null, switches: { lookupLagMs: 30_000 } } });
    const { json } = await rig.ask('/v2.1/faxes', sendForm({ to: '+14145551234' }));
    rig.clock.advance(25_000);
    const path = `/v2.1/faxes/${json.data.id}`;
    expect((await rig.ask(path)).json.data.status).toBe('queued');
    const listed = (await rig.ask('/v2.1/faxes?per_page=1')).json.data[0];
    expect(listed.id).toBe(json.data.id);
    expect(listed.status).not.toBe('queued');
  });
});

describe('keys, errors and headers of v2 and v2.1', () => {
  it('takes Basic, query and form keys, and answers 401 to anything else', async () => {
    const rig = await startRig();
    const { apiKey, apiSecret } = rig.simulator.credentials;
    const query = `api_key=${apiKey}&api_secret=${apiSecret}`;
    expect((await fetch(`${rig.url}/v2/account/status?${query}`)).status).toBe(200);
    const form = sendForm({ to: '+14145551234', api_key: apiKey, api_secret: apiSecret });
    expect((await fetch(`${rig.url}/v2/faxes`, form)).status).toBe(200);
    for (const path of ['/v2/faxes', '/v2.1/account/status', '/v2/faxes?api_key=a&api_secret=b', '/v1/faxList']) {
      const refused = await fetch(rig.url + path);
      expect(refused.status).toBe(401);
      expect(await refused.json()).toEqual({ success: false, message: 'That key or secret is not correct.' });
    }
    for (const path of ['/v2/public/countries', '/v2.1/public/area_codes', '/v1/supportedCountries', '/v1/areaCodes']) {
      expect((await fetch(rig.url + path)).status, path).toBe(200);
    }
  });

  it('answers unknown things with 404 "Not found", uncached and without etag', async () => {
    const rig = await startRig();
    for (const path of ['/v2/faxes/1', '/v2/nothing', '/v3/faxes', '/v2.1/phone_numbers/+10000000000', '/']) {
      const { status, json, headers } = await rig.ask(path);
      expect(status, path).toBe(404);
      expect(json).toEqual({ success: false, message: 'Not found' });
      expect(headers.get('cache-control')).toBe('no-cache');
      expect(headers.get('etag')).toBeNull();
    }
  });

  it('sends a request id, a weak etag that follows the content, and the date of its own clock', async () => {
    const rig = await startRig();
    const first = await rig.ask('/v2/faxes');
    const again = await rig.ask('/v2/faxes');
    expect(first.headers.get('x-request-id')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    expect(first.headers.get('etag')).toMatch(/^W\/"[0-9a-f]{32}"$/);
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
    expect(first.headers.get('date')).toBe('Wed, 18 Nov 2026 15:00:00 GMT');
    expect(first.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it('limits requests to one a second, with 429 and no Retry-After unless switched on', async () => {
    const rig = await startRig({ http: { rateLimit: {} } });
    expect((await rig.ask('/v2/faxes')).status).toBe(200);
    const refused = await rig.ask('/v2/account/status');
    expect(refused.status).toBe(429);
    expect(refused.json.success).toBe(false);
    expect(refused.headers.get('retry-after')).toBeNull();
    rig.clock.advance(1000);
    expect((await rig.ask('/v2/faxes')).status).toBe(200);
    const told = await startRig({ http: { rateLimit: { perSecond: 0.1, burst: 2, retryAfterSeconds: 10 } } });
    const statuses = [await told.ask('/v2/faxes'), await told.ask('/v2/faxes'), await told.ask('/v2/faxes')];
    expect(statuses.map((answer) => answer.status)).toEqual([200, 200, 429]);
    expect(statuses[2]?.headers.get('retry-after')).toBe('10');
  });
});

describe('numbers, prices and counters of v2 and v2.1', () => {
  it('lists numbers oldest first, by country and area, with ata_name in v2.1 only', async () => {
    const rig = await startRig();
    const { json } = await rig.ask('/v2.1/phone_numbers?per_page=1000');
    expect(json.message).toBe('Retrieved user phone numbers successfully');
    const stamps = json.data.map((row: { provisioned_at: string }) => Date.parse(row.provisioned_at));
    expect(stamps).toEqual([...stamps].sort((left, right) => left - right));
    expect(json.data.every((row: object) => Object.hasOwn(row, 'ata_name'))).toBe(true);
    const first = json.data[0].phone_number;
    const plain = await rig.ask(`/v2/phone_numbers/${first.slice(1)}`);
    expect(plain.json.message).toBe('Retrieved user phone numbers successfully');
    expect(Object.hasOwn(plain.json.data, 'ata_name')).toBe(false);
    expect((await rig.ask(`/v2/phone_numbers/${first}`)).json.data.phone_number).toBe(first);
    const area = first.slice(2, 5);
    const inArea = await rig.ask(`/v2/phone_numbers?country_code=1&area_code=${area}`);
    expect(inArea.json.data.every((row: { phone_number: string }) => row.phone_number.startsWith(`+1${area}`))).toBe(
      true,
    );
    expect((await rig.ask(`/v2/phone_numbers?area_code=${area}`)).status).toBe(422);
  });

  it('lists 250 countries, US, CA and PR first, then by price and alpha-2', async () => {
    const rig = await startRig();
    const { json, headers } = await rig.ask('/v2.1/public/countries?per_page=1000');
    expect(headers.get('x-total')).toBe('250');
    const rows: Array<{ alpha2: string; price_per_page: number; name: string; country_code: number }> = json.data;
    expect(rows.slice(0, 5).map((row) => row.alpha2)).toEqual(['US', 'CA', 'PR', 'AR', 'AT']);
    expect(rows[0]).toMatchObject({ name: 'United States of America', country_code: 1, send_support: 'full' });
    expect(new Set(rows.map((row) => row.name)).size).toBe(250);
    expect((await rig.ask('/v2.1/public/countries')).json.data).toHaveLength(25);
  });

  it('lists area codes by state, country and kind', async () => {
    const rig = await startRig();
    const vermont = await rig.ask('/v2/public/area_codes?country=US&state=Vermont');
    expect(vermont.json.message).toBe('Data contains found available area codes');
    expect(vermont.json.data.map((row: { area_code: number }) => row.area_code)).toEqual([802]);
    expect((await rig.ask('/v2/public/area_codes?state=Vermont')).status).toBe(422);
    const free = await rig.ask('/v2/public/area_codes?toll_free=true');
    expect(free.json.data.every((row: { toll_free: boolean }) => row.toll_free)).toBe(true);
  });

  it('counts the faxes of the Central day and month, and shows the balance of the ledger', async () => {
    const rig = await startRig({ world: { days: 40 } });
    const { json } = await rig.ask('/v2.1/account/status');
    const { faxes, account } = rig.simulator.world.truth(NOW);
    const count = (direction: string, from: number): number =>
      faxes.filter((fax) => fax.direction === direction && (fax.createdAt ?? 0) >= from).length;
    const today = Date.UTC(2026, 10, 18, 6);
    // November began in daylight time.
    const month = Date.UTC(2026, 10, 1, 5);
    expect(json.data).toEqual({
      balance: account.balanceCents,
      faxes_today: { sent: count('sent', today), received: count('received', today) },
      faxes_this_month: { sent: count('sent', month), received: count('received', month) },
    });
    expect(json.data.faxes_this_month.sent).toBeGreaterThan(json.data.faxes_today.sent);
  });
});
