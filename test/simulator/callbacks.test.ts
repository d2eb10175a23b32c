import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { verifyCallback } from '../../src/phaxio/signature.ts';
import { type CallbackOptions, RETRY_WAITS_MS } from '../../src/simulator/callback-options.ts';
import type { SimulatorOptions } from '../../src/simulator/simulator.ts';
import { DAY, HOUR, MINUTE, NOW, type Rig, sendForm, startRig } from './client.ts';

interface Received {
  readonly path: string;
  readonly signature: string | null;
  readonly authorization: string | null;
  readonly fields: ReadonlyArray<{ readonly name: string; readonly value: string }>;
  readonly files: ReadonlyArray<{
    readonly name: string;
    readonly sha1: string;
    readonly head: string;
    readonly bytes: number;
  }>;
}

interface Receiver {
  readonly url: string;
  readonly received: Received[];
  status: number;
}

const receivers: Server[] = [];

afterEach(async () => {
  await Promise.all(receivers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

/** An endpoint that reads forms with the platform's own parser and answers a status. */
async function startReceiver(path = '/phaxio?acct=7'): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const headers = { 'content-type': request.headers['content-type'] ?? '' };
    const form = await new Response(Buffer.concat(chunks), { headers }).formData();
    const fields = [];
    const files = [];
    for (const [name, value] of form) {
      if (typeof value === 'string') fields.push({ name, value });
      else {
        const content = Buffer.from(await value.arrayBuffer());
        const sha1 = createHash('sha1').update(content).digest('hex');
        files.push({ name, sha1, head: content.subarray(0, 5).toString(), bytes: content.length });
      }
    }
    const signature = request.headers['x-phaxio-signature'];
    received.push({
      path: request.url ?? '',
      signature: typeof signature === 'string' ? signature : null,
      authorization: request.headers.authorization ?? null,
      fields,
      files,
    });
    response.writeHead(receiver.status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  receivers.push(server);
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    received,
    status: 200,
  };
  return receiver;
}

async function startPair(
  callbacks: Partial<CallbackOptions>,
  options: Partial<SimulatorOptions> = {},
): Promise<{ readonly rig: Rig; readonly receiver: Receiver }> {
  const receiver = await startReceiver();
  const rig = await startRig({ ...options, callbacks: { url: receiver.url, ...callbacks } });
  return { rig, receiver };
}

function isGenuine(rig: Rig, url: string, one: Received): boolean {
  const { fields, files, signature } = one;
  const tokens = [rig.simulator.credentials.callbackToken];
  return verifyCallback({ signature, tokens, urls: [url], content: { fields, files } }) !== null;
}

function field(one: Received, name: string): string | undefined {
  return one.fields.find((part) => part.name === name)?.value;
}

function fax(one: Received) {
  return JSON.parse(field(one, 'fax') ?? '{}');
}

describe('callbacks', () => {
  it('tell of every fax that ends, once, signed for the URL as given', async () => {
    const { rig, receiver } = await startPair({}, { world: { faxesPerDay: 400 } });
    rig.clock.advance(2 * HOUR);
    const attempts = await rig.simulator.callbacks.deliverDue(rig.clock.now());
    const { faxes } = rig.simulator.world.truth(rig.clock.now());
    const ended = faxes.filter(
      (one) => (one.completedAt ?? 0) > NOW && (one.completedAt ?? 0) < rig.clock.now() - 5000,
    );
    expect(ended.length).toBeGreaterThan(20);
    expect(attempts).toBe(receiver.received.length);
    const ids = receiver.received.map((one) => String(fax(one).id));
    for (const one of ended) expect(ids).toContain(one.faxId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const one of receiver.received) {
      expect(isGenuine(rig, receiver.url, one)).toBe(true);
      expect(isGenuine(rig, `${receiver.url}/`, one)).toBe(false);
    }
    console.log(`callbacks: ${attempts} sent for ${ended.length} faxes, all signatures good`);
  });

  it('carry v2.1: the fax as JSON text, the event type, and the PDF of received faxes as part "file"', async () => {
    const { rig, receiver } = await startPair({}, { world: { faxesPerDay: 400 } });
    rig.clock.advance(2 * HOUR);
    await rig.simulator.callbacks.deliverDue(rig.clock.now());
    let documents = 0;
    for (const one of receiver.received) {
      expect(one.fields.map((part) => part.name)).toEqual(['fax', 'event_type']);
      expect(field(one, 'event_type')).toBe('fax_completed');
      const content = fax(one);
      expect(content).toHaveProperty('barcodes');
      const hasDocument = content.direction === 'received' && content.num_pages > 0;
      expect(one.files.map((part) => [part.name, part.head])).toEqual(hasDocument ? [['file', '%PDF-']] : []);
      if (hasDocument) documents += 1;
      const looked = (await rig.ask(`/v2.1/faxes/${content.id}`)).json.data;
      expect({ ...looked, cost: 0 }).toEqual({ ...content, cost: 0 });
    }
    expect(documents).toBeGreaterThan(3);
  });

  it('carry v1 and v2: success, is_test and direction as texts, metadata, the message of a failure', async () => {
    for (const version of ['v1', 'v2'] as const) {
      const world = { faxesPerDay: 400, barcodeShare: 1, failureShare: 0.5 };
      const { rig, receiver } = await startPair({ version }, { world });
      rig.clock.advance(2 * HOUR);
      await rig.simulator.callbacks.deliverDue(rig.clock.now());
      const names = new Set<string>();
      for (const one of receiver.received) {
        const content = fax(one);
        expect(Object.hasOwn(content, version === 'v1' ? 'requested_at' : 'created_at')).toBe(true);
        expect(Object.hasOwn(content, 'barcodes')).toBe(false);
        expect(field(one, 'direction')).toBe(content.direction);
        expect(field(one, 'is_test')).toBe(String(content.is_test));
        expect(field(one, 'success')).toBe(String(content.status !== 'failure'));
        if (content.status === 'failure')
          expect(field(one, 'message')).toBe(content.error_message ?? content.error_code);
        for (const part of one.fields) names.add(part.name);
        for (const part of one.files) names.add(`file:${part.name}`);
      }
      expect([...names].sort()).toEqual(
        [
          'direction',
          'fax',
          `file:${version === 'v1' ? 'filename' : 'file'}`,
          'is_test',
          'message',
          'metadata',
          'success',
        ].sort(),
      );
    }
  });

  it('tell of pages and retries on the way, when switched on', async () => {
    const world = { faxesPerDay: 400, retryShare: 0.8, receivedShare: 0 };
    const { rig, receiver } = await startPair({ inflightEvents: true }, { world });
    rig.clock.advance(2 * HOUR);
    await rig.simulator.callbacks.deliverDue(rig.clock.now());
    const types = new Map<string, Received>();
    for (const one of receiver.received) types.set(field(one, 'event_type') ?? '', one);
    expect([...types.keys()].sort()).toEqual(['fax_completed', 'retry_scheduled', 'transmitting_page']);
    const page = types.get('transmitting_page');
    expect(page?.fields.map((part) => part.name)).toEqual(['fax', 'event_type', 'recipient_phone_number', 'page']);
    const retry = types.get('retry_scheduled');
    expect(retry?.fields.map((part) => part.name)).toEqual([
      'fax',
      'event_type',
      'recipient_phone_number',
      'retry_count',
    ]);
    expect(retry === undefined ? null : fax(retry).status).toBe('inprogress');
  });

  it('go to the most specific URL: of the request, of the number, of the account', async () => {
    const { rig, receiver } = await startPair({}, { world: { faxesPerDay: 0, failureShare: 0 } });
    const other = await startReceiver('/mine');
    await rig.ask('/v2.1/faxes', sendForm({ to: '+14145551234', callback_url: other.url }));
    await rig.ask('/v2.1/faxes', sendForm({ to: '+14145551234' }));
    const third = await startReceiver('/number');
    const body = new URLSearchParams({ country_code: '1', area_code: '802', callback_url: third.url });
    const number = (await rig.ask('/v2.1/phone_numbers', { method: 'POST', body })).json.data.phone_number;
    await rig.askAsTest('/v2.1/faxes', sendForm({ direction: 'received', to_number: number }));
    rig.clock.advance(HOUR);
    await rig.simulator.callbacks.deliverDue(rig.clock.now());
    expect([receiver, other, third].map((one) => one.received.length)).toEqual([1, 1, 1]);
  });

  it('send credentials of the URL as Basic, and are unsigned without a token', async () => {
    const receiver = await startReceiver('/in');
    const url = receiver.url.replace('http://', 'http://user:p%40ss@');
    const rig = await startRig({ callbacks: { url }, world: { faxesPerDay: 0 } });
    const unsigned = await startRig({ callbacks: { url, token: null }, world: { faxesPerDay: 0 } });
    for (const one of [rig, unsigned]) {
      await one.ask('/v2.1/faxes', sendForm({ to: '+14145551234' }));
      one.clock.advance(2 * HOUR);
      await one.simulator.callbacks.deliverDue(one.clock.now());
    }
    const [signed, bare] = receiver.received;
    expect(signed?.authorization).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`);
    expect(signed !== undefined && isGenuine(rig, url, signed)).toBe(true);
    expect(bare?.signature).toBeNull();
  });

  it('carry documents of the size asked for', async () => {
    const world = { faxesPerDay: 400, receivedShare: 1, receivedFailureShare: 0 };
    const { rig, receiver } = await startPair({ documentBytes: 200_000 }, { world });
    rig.clock.advance(20 * MINUTE);
    await rig.simulator.callbacks.deliverDue(rig.clock.now());
    expect(receiver.received.length).toBeGreaterThan(2);
    for (const one of receiver.received) expect(one.files[0]?.bytes).toBe(200_000);
  });
});

describe('the delivery of callbacks', () => {
  it('is repeated 16 times over 73 hours while it is refused, then given up', async () => {
    const { rig, receiver } = await startPair({}, { world: { faxesPerDay: 0, failureShare: 0 } });
    receiver.status = 503;
    await rig.ask('/v2.1/faxes', sendForm({ to: '+14145551234' }));
    const attempts: number[] = [];
    for (let minute = 0; minute < 80 * 60; minute++) {
      rig.clock.advance(MINUTE);
      if ((await rig.simulator.callbacks.deliverDue(rig.clock.now())) > 0) attempts.push(rig.clock.now());
    }
    expect(attempts).toHaveLength(17);
    const waits = attempts.slice(1).map((at, index) => Math.round((at - (attempts[index] ?? 0)) / MINUTE));
    expect(waits).toEqual(RETRY_WAITS_MS.map((wait) => wait / MINUTE));
    expect(waits).toEqual([5, 10, 20, 30, ...Array.from({ length: 12 }, () => 360)]);
    const bodies = new Set(receiver.received.map((one) => field(one, 'fax')));
    expect(bodies.size).toBe(1);
    const { byKind, byStatus, waiting } = rig.simulator.callbacks.stats();
    expect(byKind.genuine).toEqual({ sent: 17, accepted: 0, refused: 17, failed: 0, abandoned: 1 });
    expect(byStatus).toEqual({ 503: 17 });
    expect(waiting).toBe(0);
  });

  it('catches up when the receiver comes back, and its retry clock can be scaled', async () => {
    const { rig, receiver } = await startPair({ retryScale: 0.001 }, { world: { faxesPerDay: 0, failureShare: 0 } });
    receiver.status = 500;
    await rig.ask('/v2.1/faxes', sendForm({ to: '+14145551234' }));
    let before = 0;
    while (before === 0) {
      rig.clock.advance(1000);
      before = await rig.simulator.callbacks.deliverDue(rig.clock.now());
    }
    receiver.status = 200;
    rig.clock.advance(1000);
    expect(await rig.simulator.callbacks.deliverDue(rig.clock.now())).toBe(1);
    expect(rig.simulator.callbacks.stats().byKind.genuine.accepted).toBe(1);
  });

  it('counts receivers that do not answer', async () => {
    const rig = await startRig({ callbacks: { url: 'http://127.0.0.1:9/nowhere' }, world: { faxesPerDay: 0 } });
    await rig.ask('/v2.1/faxes', sendForm({ to: '+14145551234' }));
    rig.clock.advance(4 * DAY);
    await rig.simulator.callbacks.deliverDue(rig.clock.now());
    expect(rig.simulator.callbacks.stats().byKind.genuine).toMatchObject({ sent: 17, failed: 17, abandoned: 1 });
  });

  it('is lost, doubled, replayed after 80 hours and delayed so that others overtake it, in the shares asked for', async () => {
    const callbacks = { lostShare: 0.2, duplicateShare: 0.3, replayShare: 0.2, delayedShare: 0.5, delayMaxMs: HOUR };
    const { rig, receiver } = await startPair(callbacks, { world: { faxesPerDay: 800 } });
    rig.clock.advance(6 * HOUR);
    await rig.simulator.callbacks.deliverDue(rig.clock.now());
    const completed = receiver.received.map((one) => Date.parse(fax(one).completed_at));
    const overtaken = completed.filter((at, index) => at < Math.max(...completed.slice(0, index))).length;
    const { events, lost, byKind } = rig.simulator.callbacks.stats();
    expect(overtaken).toBeGreaterThan(events * 0.2);
    expect(lost / events).toBeGreaterThan(0.1);
    expect(lost / events).toBeLessThan(0.3);
    expect(byKind.duplicate.sent / events).toBeGreaterThan(0.1);
    expect(byKind.replay.sent).toBe(0);
    rig.clock.advance(5 * DAY);
    await rig.simulator.callbacks.deliverDue(NOW + 6 * HOUR + 100 * HOUR);
    expect(rig.simulator.callbacks.stats().byKind.replay.sent).toBeGreaterThan(10);
    expect(receiver.received.every((one) => isGenuine(rig, receiver.url, one))).toBe(true);
    console.log(`callbacks: ${events} events, ${lost} lost, ${byKind.duplicate.sent} doubled, ${overtaken} overtaken`);
  });

  it('is the same for the same seed, however often it is asked for', async () => {
    const orders: string[][] = [];
    for (const steps of [1, 24]) {
      const { rig, receiver } = await startPair(
        { duplicateShare: 0.3, delayedShare: 0.3, concurrency: 1 },
        { world: { faxesPerDay: 400 } },
      );
      for (let step = 0; step < steps; step++) {
        rig.clock.advance((2 * HOUR) / steps);
        await rig.simulator.callbacks.deliverDue(rig.clock.now());
      }
      orders.push(receiver.received.map((one) => String(fax(one).id)));
    }
    expect(orders[0]?.length).toBeGreaterThan(20);
    expect(orders[1]).toEqual(orders[0]);
  });

  it('runs by itself in the background when asked to', async () => {
    const { rig, receiver } = await startPair(
      { background: true, backgroundPollMs: 5 },
      { world: { faxesPerDay: 400 } },
    );
    rig.clock.advance(HOUR);
    for (let tries = 0; tries < 1000 && receiver.received.length < 5; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(receiver.received.length).toBeGreaterThanOrEqual(5);
    await rig.simulator.stop();
    const count = receiver.received.length;
    rig.clock.advance(HOUR);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(receiver.received.length).toBe(count);
  });

  it('follows commands: a cancelled fax tells of its cancel, once', async () => {
    const { rig, receiver } = await startPair({}, { world: { faxesPerDay: 0, failureShare: 0 } });
    const { json } = await rig.ask('/v2.1/faxes', sendForm({ to: '+14145551234' }));
    await rig.ask(`/v2.1/faxes/${json.data.id}/cancel`, { method: 'POST' });
    rig.clock.advance(HOUR);
    await rig.simulator.callbacks.deliverDue(rig.clock.now());
    expect(receiver.received.map((one) => fax(one).error_id)).toEqual([75]);
  });
});

describe('forged callbacks', () => {
  it('never verify, carry values that occur nowhere else, and are recorded', async () => {
    const { rig, receiver } = await startPair({ forgedShare: 0.5 }, { world: { faxesPerDay: 800 } });
    rig.clock.advance(6 * HOUR);
    await rig.simulator.callbacks.deliverDue(rig.clock.now());
    const { forgeries } = rig.simulator.callbacks;
    const forged = receiver.received.filter((one) => !isGenuine(rig, receiver.url, one));
    expect(forged.length).toBe(forgeries.length);
    const kinds = new Map<string, number>();
    for (const one of forgeries) kinds.set(one.kind, (kinds.get(one.kind) ?? 0) + 1);
    console.log(`callbacks: ${forgeries.length} forged of ${receiver.received.length}: ${JSON.stringify([...kinds])}`);
    expect([...kinds.keys()].sort()).toEqual(['forged_field', 'forged_signature', 'forged_unsigned']);
    const truth = JSON.stringify(rig.simulator.world.truth(rig.clock.now()));
    for (const { marker, costCents, inventedFaxId } of forgeries) {
      const carriers = receiver.received.filter((one) => field(one, 'fax')?.includes(marker));
      expect(carriers).toHaveLength(1);
      expect(carriers.every((one) => forged.includes(one))).toBe(true);
      expect(truth.includes(marker) || truth.includes(`"costCents":${costCents},`)).toBe(false);
      if (inventedFaxId !== null) expect(truth.includes(inventedFaxId)).toBe(false);
    }
    expect(forgeries.some((one) => one.inventedFaxId === null)).toBe(true);
    expect(rig.simulator.callbacks.stats().waiting).toBeLessThan(10);
  });

  it('can be read and provoked through the control endpoints', async () => {
    const { rig, receiver } = await startPair({ url: null }, { world: { faxesPerDay: 800 } });
    const body = JSON.stringify({ url: receiver.url, forgedShare: 1 });
    await fetch(`${rig.url}/__simulator/callbacks`, { method: 'POST', body });
    rig.clock.advance(HOUR);
    const answer = await fetch(`${rig.url}/__simulator/callbacks`, { method: 'POST' });
    expect(((await answer.json()) as { delivered: number }).delivered).toBe(receiver.received.length);
    const list = (await (await fetch(`${rig.url}/__simulator/forgeries`)).json()) as { forgeries: unknown[] };
    expect(list.forgeries.length).toBe(rig.simulator.callbacks.forgeries.length);
    expect(list.forgeries.length).toBeGreaterThan(5);
    const wrong = await fetch(`${rig.url}/__simulator/callbacks`, { method: 'POST', body: '{"colour":1}' });
    expect(wrong.status).toBe(422);
  });
});
