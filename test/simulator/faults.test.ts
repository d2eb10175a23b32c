import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { parseFault } from '../../src/simulator/faults.ts';
import { HOUR, MINUTE, NOW, type Rig, sendForm, startRig } from './client.ts';

const PATH = '/v2.1/faxes?per_page=100';

/** Everything a server sends on one connection, and how the connection ended. */
async function rawGet(rig: Rig, path: string): Promise<{ readonly text: string; readonly end: 'closed' | 'reset' }> {
  const { apiKey, apiSecret } = rig.simulator.credentials;
  const auth = Buffer.from(`${apiKey}:${apiSecret}`).toString('base64');
  const url = new URL(rig.url);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(url.port), url.hostname, () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ${auth}\r\nConnection: close\r\n\r\n`);
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    let end: 'closed' | 'reset' = 'closed';
    socket.on('error', () => {
      end = 'reset';
    });
    socket.on('close', () => resolve({ text: Buffer.concat(chunks).toString('latin1'), end }));
  });
}

function bodyOf(text: string): string {
  return text.slice(text.indexOf('\r\n\r\n') + 4);
}

async function failure(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: Error & { cause?: { code?: string } }) => error.cause?.code ?? error.name,
  );
}

describe('a fault', () => {
  it('breaks off the answer at a byte, with a reset or with a short close', async () => {
    const rig = await startRig();
    const whole = bodyOf((await rawGet(rig, PATH)).text);
    rig.simulator.faults.add({ kind: 'truncate', atByte: 500, count: 1 });
    const cut = await rawGet(rig, PATH);
    expect(bodyOf(cut.text)).toBe(whole.slice(0, 500));
    expect(cut.text).toContain(`content-length: ${Buffer.byteLength(whole, 'latin1')}`);
    rig.simulator.faults.add({ kind: 'truncate', atByte: 500, count: 1 });
    expect(await failure(rig.ask(PATH))).not.toBe('none');
    rig.simulator.faults.add({ kind: 'reset', atShare: 0.5, count: 1 });
    expect((await rawGet(rig, PATH)).end).toBe('reset');
    rig.simulator.faults.add({ kind: 'reset', atByte: 0, count: 1 });
    expect(await failure(rig.ask(PATH))).not.toBe('none');
    expect((await rig.ask(PATH)).status).toBe(200);
  });

  it('truncates so that the answer looks complete, with a short length or with none', async () => {
    const rig = await startRig();
    for (const framing of ['short_length', 'close'] as const) {
      rig.simulator.faults.add({ kind: 'truncate', atShare: 0.3, framing, count: 1 });
      const answer = await rig.ask(PATH);
      expect(answer.status).toBe(200);
      expect(answer.text.length).toBeGreaterThan(100);
      expect(answer.json, framing).toBeUndefined();
    }
  });

  it('answers 429 for a while, with or without a Retry-After of any kind', async () => {
    const rig = await startRig();
    rig.simulator.faults.add({ kind: 'throttle', from: NOW, until: NOW + 10 * MINUTE });
    expect((await rig.ask(PATH)).headers.get('retry-after')).toBeNull();
    rig.clock.advance(9 * MINUTE);
    expect((await rig.ask(PATH)).status).toBe(429);
    rig.clock.advance(MINUTE);
    expect((await rig.ask(PATH)).status).toBe(200);
    rig.simulator.faults.add({ kind: 'throttle', retryAfter: '999999', count: 1 });
    expect((await rig.ask(PATH)).headers.get('retry-after')).toBe('999999');
  });

  it('answers 5xx, HTML with 200, and success:false with 200', async () => {
    const rig = await startRig();
    rig.simulator.faults.add({ kind: 'status', status: 502, message: 'Bad gateway', count: 1 });
    expect(await rig.ask(PATH)).toMatchObject({ status: 502, json: { success: false, message: 'Bad gateway' } });
    rig.simulator.faults.add({ kind: 'status', count: 1 });
    expect((await rig.ask(PATH)).status).toBe(503);
    rig.simulator.faults.add({ kind: 'html', count: 1 });
    expect(await rig.ask(PATH)).toMatchObject({ status: 200, json: undefined });
    rig.simulator.faults.add({ kind: 'failure', count: 1 });
    expect(await rig.ask(PATH)).toMatchObject({ status: 200, json: { success: false } });
  });

  it('hangs until the client gives up, and drips', async () => {
    const rig = await startRig();
    rig.simulator.faults.add({ kind: 'hang', count: 1 });
    expect(await failure(rig.ask(PATH, { signal: AbortSignal.timeout(150) }))).toBe('TimeoutError');
    rig.simulator.faults.add({ kind: 'drip', bytesPerSecond: 50, count: 1 });
    expect(await failure(rig.ask(PATH, { signal: AbortSignal.timeout(300) }))).toBe('TimeoutError');
    rig.simulator.faults.add({ kind: 'drip', bytesPerSecond: 100_000, count: 1 });
    expect((await rig.ask('/v2.1/account/status')).json.success).toBe(true);
  });

  it('resets connections before any answer, and refuses them while the simulator is stopped', async () => {
    const rig = await startRig();
    rig.simulator.faults.add({ kind: 'down', count: 1 });
    expect(await failure(rig.ask(PATH))).toMatch(/ECONNRESET|UND_ERR_SOCKET/);
    await rig.simulator.stop();
    expect(await failure(rig.ask(PATH))).toBe('ECONNREFUSED');
    expect((await rig.simulator.start()).url).toBe(rig.url);
    expect((await rig.ask(PATH)).status).toBe(200);
  });

  it('refuses connections for a time through the control endpoint', async () => {
    const rig = await startRig();
    await fetch(`${rig.url}/__simulator/outage`, { method: 'POST', body: '{"real_ms":200}' });
    const codes = new Set<string>();
    for (let tries = 0; tries < 400 && !(codes.has('ECONNREFUSED') && codes.has('none')); tries++) {
      const code = await failure(fetch(`${rig.url}/v2/faxes`).then((answer) => answer.text()));
      if (code !== 'none' || codes.has('ECONNREFUSED')) codes.add(code);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(codes).toContain('ECONNREFUSED');
    expect(codes).toContain('none');
  });

  it('answers from an old replica', async () => {
    const rig = await startRig({ world: { faxesPerDay: 0, failureShare: 0 } });
    const { json } = await rig.ask('/v2.1/faxes', sendForm({ to: '+14145551234' }));
    rig.clock.advance(5 * MINUTE);
    rig.simulator.faults.add({ kind: 'stale', lagMs: 20 * MINUTE });
    const seen = new Set<string>();
    for (let tries = 0; tries < 60; tries++) {
      const answer = await rig.ask(`/v2.1/faxes/${json.data.id}`);
      seen.add(answer.status === 404 ? 'unknown' : answer.json.data.status);
    }
    expect(seen).toContain('unknown');
    expect(seen).toContain('success');
  });

  it('strikes by path, method, count, order and chance only', async () => {
    const rig = await startRig();
    rig.simulator.faults.add({ kind: 'status', path: '/v2.1/faxes', method: 'GET', skip: 1, count: 2 });
    const statuses = [];
    for (const path of [PATH, '/v2/faxes', PATH, PATH, PATH]) statuses.push((await rig.ask(path)).status);
    expect(statuses).toEqual([200, 200, 503, 503, 200]);
    expect(rig.simulator.faults.list()).toMatchObject([{ matched: 4, struck: 2 }]);
    rig.simulator.faults.clear();
    const runs = [];
    for (let run = 0; run < 2; run++) {
      const other = await startRig({ faults: [{ kind: 'status', probability: 0.5 }] });
      const seen = [];
      for (let tries = 0; tries < 30; tries++) seen.push((await other.ask('/v2/account/status')).status);
      runs.push(seen);
    }
    expect(new Set(runs[0])).toEqual(new Set([200, 503]));
    expect(runs[1]).toEqual(runs[0]);
  });

  it('is refused when it is not of the documented form', () => {
    for (const wrong of [
      null,
      'hang',
      {},
      { kind: 'fire' },
      { kind: 'hang', count: '1' },
      { kind: 'hang', colour: 1 },
    ]) {
      expect(() => parseFault(wrong)).toThrow(/fault/i);
    }
    expect(parseFault({ kind: 'throttle', retryAfter: '5', count: 3 })).toEqual({
      kind: 'throttle',
      retryAfter: '5',
      count: 3,
    });
  });
});

describe('the control endpoints', () => {
  it('show and move the clock, hand out the truth, take faults and count', async () => {
    const rig = await startRig({ world: { days: 2 } });
    const control = async (path: string, init?: RequestInit) => {
      const answer = await fetch(`${rig.url}/__simulator/${path}`, init);
      return { status: answer.status, json: JSON.parse(await answer.text()) };
    };
    const post = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) });
    expect((await control('clock')).json.now).toBe(NOW);
    expect((await control('clock', post({ advance_ms: HOUR }))).json.now).toBe(NOW + HOUR);
    expect((await control('clock', post({ to: NOW }))).status).toBe(422);
    const truth = (await control('truth')).json;
    expect(truth).toEqual(JSON.parse(JSON.stringify(rig.simulator.world.truth(NOW + HOUR))));
    expect((await control(`truth?at=${NOW}`)).json.at).toBe(NOW);
    expect(
      (
        await control(
          'faults',
          post([
            { kind: 'html', count: 1 },
            { kind: 'hang', path: '/x' },
          ]),
        )
      ).json.ids,
    ).toEqual([1, 2]);
    expect((await rig.ask(PATH)).json).toBeUndefined();
    expect((await control('faults')).json.faults[0]).toMatchObject({ struck: 1 });
    expect((await control('faults/2', { method: 'DELETE' })).json.faults).toHaveLength(1);
    expect((await control('faults', { method: 'DELETE' })).json.faults).toEqual([]);
    expect((await control('faults', post({ kind: 'fire' }))).status).toBe(422);
    expect((await control('stats')).json).toMatchObject({ requests: 1, requestsByStatus: { 200: 1 } });
    expect((await control('nothing')).status).toBe(404);
    const { requests } = (await control('requests')).json;
    expect(requests).toEqual([
      { at: NOW + HOUR, method: 'GET', path: '/v2.1/faxes', query: 'per_page=100', status: 200, faults: ['html'] },
    ]);
  });

  it('never log keys', async () => {
    const rig = await startRig();
    await rig.ask('/v1/faxList');
    const { apiKey, apiSecret } = rig.simulator.credentials;
    const text = JSON.stringify(rig.simulator.requests);
    expect(text).toContain('/v1/faxList');
    expect(text.includes(apiKey) || text.includes(apiSecret)).toBe(false);
  });
});
