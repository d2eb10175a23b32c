import { describe, expect, it } from 'vitest';
import { ERROR_TABLE } from '../../src/simulator/error-table.ts';
import { DAY, HOUR, MINUTE, NOW, type Rig, sendForm, startRig } from './client.ts';

/** Commands alone: nothing else happens, and calls succeed. */
const QUIET = { faxesPerDay: 0, failureShare: 0, retryShare: 0 };

async function send(rig: Rig, fields: Readonly<Record<string, string | readonly string[]>>): Promise<number> {
  const { json } = await rig.ask('/v2.1/faxes', sendForm(fields));
  expect(json.message).toBe('Fax queued for sending');
  return json.data.id;
}

async function look(rig: Rig, id: number) {
  return (await rig.ask(`/v2.1/faxes/${id}`)).json.data;
}

describe('sending', () => {
  it('goes from queued without pages and cost, through the full price in progress, to its end', async () => {
    const rig = await startRig({ world: QUIET });
    const to = ['+14145551234', '+12025550123'];
    const id = await send(rig, { 'to[]': to, 'tag[order_id]': '7', caller_id: '+18475551235' });
    const fresh = await look(rig, id);
    expect(fresh).toMatchObject({
      status: 'queued',
      num_pages: 0,
      cost: 0,
      completed_at: null,
      tags: { order_id: '7' },
    });
    expect(fresh.caller_id).toBe('+18475551235');
    expect(fresh.recipients.map((one: { status: unknown }) => one.status)).toEqual([null, null]);
    const seen: string[] = [];
    let priced = 0;
    for (let second = 0; second < 600; second += 2) {
      rig.clock.advance(2000);
      const fax = await look(rig, id);
      if (fax.status === 'inprogress') priced = fax.cost;
      const step = `${fax.status}/${fax.recipients[0].status}`;
      if (seen.at(-1) !== step) seen.push(step);
    }
    const last = await look(rig, id);
    expect(seen[0]).toBe('queued/queued');
    expect(seen).toContain('inprogress/callactive');
    expect(seen.at(-1)).toBe('success/success');
    const price = rig.simulator.world.card.priceAt('US', NOW);
    expect(priced).toBe(price * last.num_pages * 2);
    expect(last.cost).toBe(priced);
    expect(last.recipients[0]).toMatchObject({ bitrate: expect.any(Number), retry_count: 0, error_id: null });
  });

  it('takes the price from the balance when it goes into progress, and gives failed recipients back', async () => {
    const rig = await startRig({ world: { ...QUIET, failureShare: 1 } });
    const before = (await rig.ask('/v2.1/account/status')).json.data.balance;
    const ids = [];
    for (let i = 0; i < 12; i++) ids.push(await send(rig, { to: '+14145551234' }));
    let least = before;
    for (let step = 0; step < 120; step++) {
      rig.clock.advance(10_000);
      least = Math.min(least, (await rig.ask('/v2.1/account/status')).json.data.balance);
    }
    expect(least).toBeLessThan(before);
    rig.clock.advance(41 * DAY);
    const { ledger } = rig.simulator.world.truth(rig.clock.now());
    const rents = ledger
      .filter((entry) => entry.at > NOW && entry.kind === 'rent')
      .reduce((sum, one) => sum + one.cents, 0);
    const paid = ledger
      .filter((entry) => entry.at > NOW && entry.kind === 'recharge')
      .reduce((sum, one) => sum + one.cents, 0);
    expect((await rig.ask('/v2.1/account/status')).json.data.balance).toBe(before + rents + paid);
    for (const id of ids) expect(await look(rig, id)).toMatchObject({ status: 'failure', cost: 0 });
  });

  it('waits as pendingbatch while a batch is open', async () => {
    const rig = await startRig({ world: QUIET });
    const id = await send(rig, { to: '+14145551234', batch_delay: '120' });
    rig.clock.advance(60_000);
    expect((await look(rig, id)).status).toBe('pendingbatch');
    rig.clock.advance(90_000);
    expect((await look(rig, id)).status).not.toBe('pendingbatch');
  });

  it('is refused with 422 without recipients, with a bad number, without a document or with 11 tags', async () => {
    const rig = await startRig({ world: QUIET });
    const tags = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`tag[t${index}]`, 'x']));
    for (const fields of [{}, { to: 'nobody' }, { to: '+14145551234', ...tags }]) {
      const { status, json } = await rig.ask('/v2.1/faxes', sendForm(fields));
      expect(status).toBe(422);
      expect(json.success).toBe(false);
    }
    const bare = await rig.ask('/v2.1/faxes', { method: 'POST', body: new URLSearchParams({ to: '+14145551234' }) });
    expect(bare.status).toBe(422);
  });

  it('fails at once with a money error when the balance is too low and cannot be recharged', async () => {
    const rig = await startRig({ world: { ...QUIET, autoRecharge: null, openingBalanceCents: 0 } });
    const { status, json } = await rig.ask('/v2.1/faxes', sendForm({ to: '+14145551234' }));
    expect(status).toBe(422);
    expect(await look(rig, json.data.id)).toMatchObject({
      status: 'failure',
      cost: 0,
      error_type: 'generalError',
      error_id: 5,
    });
    const old = await rig.ask('/v1/send', sendForm({ to: '+14145551234', string_data: 'x' }));
    expect(old.json).toMatchObject({
      success: false,
      message: 'Fax not queued for sending',
      data: { faxId: old.json.faxId },
    });
  });

  it('with test keys makes test faxes, which end in the error they are told to', async () => {
    const rig = await startRig({ world: QUIET });
    for (const type of new Set(ERROR_TABLE.map((row) => row.type))) {
      const { json } = await rig.askAsTest('/v2.1/faxes', sendForm({ to: '+14145551234', test_fail: type }));
      rig.clock.advance(2 * HOUR);
      const fax = await look(rig, json.data.id);
      expect(fax).toMatchObject({ is_test: true, status: 'failure', error_type: type });
      expect(ERROR_TABLE.find((row) => row.id === fax.error_id && row.type === type)?.errorClass).toBe('S');
      expect(fax.recipients[0].error_message).toBe(fax.error_message);
    }
    const { json } = await rig.askAsTest('/v2.1/faxes', sendForm({ to: '+14145551234' }));
    const balance = (await rig.ask('/v2.1/account/status')).json.data.balance;
    rig.clock.advance(10 * MINUTE);
    const fax = await look(rig, json.data.id);
    expect(fax).toMatchObject({ is_test: true, status: 'success' });
    expect(fax.cost).toBeGreaterThan(0);
    expect((await rig.ask('/v2.1/account/status')).json.data.balance).toBe(balance);
  });

  it('to an own number makes a received twin', async () => {
    const rig = await startRig({ world: QUIET });
    const own = (await rig.ask('/v2.1/phone_numbers')).json.data[0].phone_number;
    const id = await send(rig, { to: own });
    rig.clock.advance(HOUR);
    const twin = (await rig.ask('/v2.1/faxes?direction=received')).json.data[0];
    const sent = await look(rig, id);
    expect(twin).toMatchObject({ to_number: own, num_pages: sent.num_pages, recipients: null });
    expect(twin.cost).toBeGreaterThan(0);
  });
});

describe('a crowd that arrives while a client pages', () => {
  it('shifts the rows of v2 to later pages and leaves those of v1 in their places', async () => {
    const rig = await startRig();
    const pages = async (path: string): Promise<number[]> =>
      (await rig.ask(path)).json.data.map((fax: { id: number }) => fax.id);
    const v2 = await pages('/v2.1/faxes?per_page=50');
    const v1 = await pages('/v1/faxList?maxperpage=50&start=1');
    const crowd = rig.simulator.commands.sendMany(60, MINUTE, NOW);
    rig.clock.advance(MINUTE);
    const first = await pages('/v2.1/faxes?per_page=50');
    expect(first.every((id) => crowd.includes(String(id)))).toBe(true);
    expect((await pages('/v2.1/faxes?per_page=50&page=2')).slice(10)).toEqual(v2.slice(0, 40));
    expect(await pages('/v1/faxList?maxperpage=50&start=1')).toEqual(v1);
  });
});

describe('cancelling', () => {
  it('is scheduled, then ends the fax as a failure with error 75 on fax and recipients', async () => {
    const rig = await startRig({ world: QUIET });
    const id = await send(rig, { to: '+14145551234' });
    const { json } = await rig.ask(`/v2.1/faxes/${id}/cancel`, { method: 'POST' });
    expect(json).toEqual({ success: true, message: 'Fax cancellation scheduled successfully.', data: { id } });
    expect((await look(rig, id)).status).toBe('queued');
    rig.clock.advance(4000);
    const fax = await look(rig, id);
    expect(fax).toMatchObject({ status: 'failure', error_id: 75, cost: 0 });
    expect(fax.recipients[0]).toMatchObject({ status: 'failure', error_id: 75 });
  });

  it('in progress gives the price back', async () => {
    const rig = await startRig({ world: QUIET });
    const id = await send(rig, { to: '+14145551234' });
    let fax = await look(rig, id);
    while (fax.status !== 'inprogress') {
      rig.clock.advance(1000);
      fax = await look(rig, id);
    }
    await rig.ask(`/v2.1/faxes/${id}/cancel`, { method: 'POST' });
    rig.clock.advance(41 * DAY);
    expect(await look(rig, id)).toMatchObject({ status: 'failure', cost: 0, error_id: 75 });
    const { ledger } = rig.simulator.world.truth(rig.clock.now());
    const own = ledger.filter((entry) => entry.faxId === String(id)).map((entry) => entry.cents);
    expect(own).toHaveLength(2);
    expect(own[0]).toBe(-(own[1] ?? 0));
  });

  it('loses the race against the end of the fax, and is refused after it', async () => {
    const rig = await startRig({ world: QUIET });
    let lost = 0;
    for (let round = 0; round < 40 && lost === 0; round++) {
      const id = await send(rig, { to: '+14145551234' });
      const plan = rig.simulator.world.plans().find((one) => one.id === String(id));
      const end = plan?.states.at(-1)?.at ?? 0;
      rig.clock.advanceTo(end - 400);
      expect((await rig.ask(`/v2.1/faxes/${id}/cancel`, { method: 'POST' })).status).toBe(200);
      rig.clock.advance(10_000);
      const fax = await look(rig, id);
      if (fax.status !== 'success') continue;
      lost += 1;
      expect(fax).toMatchObject({ error_id: 79, error_message: "Can't cancel the fax, it's already complete!" });
      const late = await rig.ask(`/v2.1/faxes/${id}/cancel`, { method: 'POST' });
      expect(late.status).toBe(422);
      expect(late.json.message).toBe("Can't cancel the fax, it's already complete!");
    }
    expect(lost).toBe(1);
  });

  it('happens by itself after cancel_timeout, with error 76', async () => {
    const rig = await startRig({ world: QUIET });
    const id = await send(rig, { to: '+14145551234', batch_delay: '3600', cancel_timeout: '3' });
    rig.clock.advance(3 * MINUTE + 1000);
    expect(await look(rig, id)).toMatchObject({ status: 'failure', error_id: 76 });
  });
});

describe('resending, deleting and documents', () => {
  it('resends under a new id without a link to the original', async () => {
    const rig = await startRig({ world: QUIET });
    const id = await send(rig, { to: '+14145551234', 'tag[order_id]': '7' });
    rig.clock.advance(HOUR);
    const { json } = await rig.ask(`/v2.1/faxes/${id}/resend`, { method: 'POST' });
    expect(json.message).toBe('Fax queued for resending');
    expect(json.data.id).not.toBe(id);
    const resent = await look(rig, json.data.id);
    expect(resent).toMatchObject({ status: 'queued', tags: { order_id: '7' } });
    expect(JSON.stringify(resent)).not.toContain(String(id));
  });

  it('deletes test faxes only; rows vanish from listings and look-ups', async () => {
    const rig = await startRig({ world: QUIET });
    const live = await send(rig, { to: '+14145551234' });
    const { json } = await rig.askAsTest('/v2.1/faxes', sendForm({ to: '+14145551234' }));
    rig.clock.advance(HOUR);
    expect((await rig.ask(`/v2.1/faxes/${live}`, { method: 'DELETE' })).status).toBe(422);
    const deleted = await rig.ask(`/v2.1/faxes/${json.data.id}`, { method: 'DELETE' });
    expect(deleted.json).toEqual({ success: true, message: 'Deleted fax successfully!' });
    expect((await rig.ask(`/v2.1/faxes/${json.data.id}`)).status).toBe(404);
    expect((await rig.ask('/v2.1/faxes')).json.data.map((fax: { id: number }) => fax.id)).toEqual([live]);
    const truth = rig.simulator.world.truth(rig.clock.now());
    expect(truth.deletedFaxes.map((one) => [one.fax.faxId, one.deletedAt])).toEqual([
      [String(json.data.id), rig.clock.now()],
    ]);
  });

  it('hands out a PDF and a thumbnail until the files are deleted', async () => {
    const rig = await startRig({ world: QUIET });
    const id = await send(rig, { to: '+14145551234' });
    const pdf = await rig.ask(`/v2.1/faxes/${id}/file`);
    expect(pdf.headers.get('content-type')).toBe('application/pdf');
    expect(pdf.headers.get('content-disposition')).toBe(`attachment; filename="fax-${id}.pdf"`);
    expect(pdf.text.startsWith('%PDF-1.4')).toBe(true);
    expect((await rig.ask(`/v2.1/faxes/${id}/file?thumbnail=s`)).headers.get('content-type')).toBe('image/png');
    const deleted = await rig.ask(`/v2.1/faxes/${id}/file`, { method: 'DELETE' });
    expect(deleted.json).toEqual({ success: true, message: 'Deleted files successfully!' });
    expect((await rig.ask(`/v2.1/faxes/${id}/file`)).status).toBe(404);
    expect((await rig.ask(`/v2.1/faxes/${id}/resend`, { method: 'POST' })).status).toBe(404);
  });
});

describe('receiving, provisioning and releasing', () => {
  it('simulates a reception for test keys, between the default numbers, without data in the answer', async () => {
    const rig = await startRig({ world: QUIET });
    const form = sendForm({ direction: 'received' });
    const { json } = await rig.askAsTest('/v2.1/faxes', form);
    const message = 'Test fax received from +18773346654 to +18773346654.  Calling back now...';
    expect(json).toEqual({ success: true, message });
    rig.clock.advance(10_000);
    const fax = (await rig.ask('/v2.1/faxes?direction=received')).json.data[0];
    expect(fax).toMatchObject({ is_test: true, status: 'success', from_number: '+18773346654', recipients: null });
    expect(Date.parse(fax.completed_at)).toBeLessThanOrEqual(Date.parse(fax.created_at));
    expect((await rig.ask('/v2.1/faxes', sendForm({ direction: 'received' }))).status).toBe(422);
  });

  it('bills a number at its provisioning, then on each anniversary, until it is released', async () => {
    const rig = await startRig({ world: QUIET });
    const before = (await rig.ask('/v2.1/account/status')).json.data.balance;
    const body = new URLSearchParams({ country_code: '1', area_code: '802', callback_url: 'https://example.com/in' });
    const { json } = await rig.ask('/v2.1/phone_numbers', { method: 'POST', body });
    expect(json.message).toBe('Number provisioned successfully!');
    expect(json.data).toMatchObject({
      state: 'Vermont',
      cost: 200,
      callback_url: 'https://example.com/in',
      ata_name: null,
    });
    expect(json.data.last_billed_at).toBe(json.data.provisioned_at);
    expect((await rig.ask('/v2.1/account/status')).json.data.balance).toBe(before - 200);
    rig.clock.advanceTo(Date.UTC(2026, 11, 18, 15));
    const path = `/v2.1/phone_numbers/${json.data.phone_number}`;
    expect((await rig.ask(path)).json.data.last_billed_at).toBe('2026-12-18T09:00:00.000-06:00');
    const released = await rig.ask(path, { method: 'DELETE' });
    expect(released.json).toEqual({ success: true, message: 'Number released successfully!' });
    expect((await rig.ask(path)).status).toBe(404);
    rig.clock.advance(60 * DAY);
    const rents = rig.simulator.world
      .truth(rig.clock.now())
      .ledger.filter((entry) => entry.phoneNumber === json.data.phone_number);
    expect(rents.map((entry) => entry.at)).toEqual([NOW, Date.UTC(2026, 11, 18, 15)]);
    expect((await rig.ask('/v2.1/phone_numbers', { method: 'POST', body: new URLSearchParams() })).status).toBe(422);
  });
});
