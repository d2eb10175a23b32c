import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProviderContractError } from '../../src/phaxio/errors.ts';
import { listFaxesRequest } from '../../src/phaxio/listing.ts';
import type { Step } from './scripted-provider.ts';
import { accountAt, answer, clientAt, json, ScriptedProvider } from './scripted-provider.ts';

const PAGE = {
  success: true,
  message: 'Retrieved faxes successfully',
  data: Array.from({ length: 40 }, (_, index) => ({ id: 1000 - index, created_at: '2024-01-01T06:00:00.000-06:00' })),
  paging: { total: 40, per_page: 1000, page: 1 },
};
const BODY = JSON.stringify(PAGE);
const LIST = listFaxesRequest('v2.1', { after: Date.UTC(2024, 0, 1), before: Date.UTC(2024, 0, 2) }, 1, 1000);
const LATE = { deadline: Number.MAX_SAFE_INTEGER };

const provider = new ScriptedProvider();
beforeAll(() => provider.start());
afterAll(() => provider.stop());

/** Ends an answer after `bytes` of its body. */
type Cut = (bytes: number) => Step;

const CUTS: Record<string, Cut> = {
  'a reset within Content-Length': (bytes) => (request, response) => {
    response.writeHead(200, { 'content-length': BODY.length });
    response.write(BODY.slice(0, bytes), () => request.socket.resetAndDestroy());
  },
  'a closed socket within Content-Length': (bytes) => (request, response) => {
    response.writeHead(200, { 'content-length': BODY.length });
    response.write(BODY.slice(0, bytes), () => request.socket.destroy());
  },
  'a reset within chunks': (bytes) => (request, response) => {
    response.writeHead(200, { 'transfer-encoding': 'chunked' });
    response.write(BODY.slice(0, bytes), () => request.socket.resetAndDestroy());
  },
  'chunks that end early as if complete': (bytes) => (_request, response) => {
    response.writeHead(200, { 'transfer-encoding': 'chunked' });
    response.end(BODY.slice(0, bytes));
  },
  'a Content-Length that is too short': (bytes) => (request) => {
    request.socket.end(
      `HTTP/1.1 200 OK\r\ncontent-length: ${bytes}\r\nconnection: close\r\n\r\n${BODY.slice(0, bytes)}`,
    );
  },
  'a body without length that ends early': (bytes) => (request) => {
    request.socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${BODY.slice(0, bytes)}`);
  },
};

describe('PhaxioClient against a broken answer', () => {
  it.each(Object.keys(CUTS))('repeats after %s at every 5 %% of the body and loses no row', async (name) => {
    const cut = CUTS[name];
    let misread = 0;
    let cuts = 0;
    for (let percent = 0; percent < 100; percent += 5) {
      const bytes = Math.floor((BODY.length * percent) / 100);
      provider.play(cut?.(bytes) ?? json(PAGE), json(PAGE));
      const { client } = clientAt(accountAt(provider.url));
      const got = await client.call(LIST, LATE);
      if (got.raw.body !== BODY) misread += 1;
      cuts += client.counters.retries;
    }
    expect({ misread, cuts }).toEqual({ misread: 0, cuts: 20 });
  });

  it.each([
    ['HTML with 200', answer(200, '<html>maintenance</html>', { 'content-type': 'text/html' }), 'provider_not_json'],
    ['an empty body', answer(200, ''), 'provider_not_json'],
    ['a bare list', json([]), 'provider_not_json'],
    ['success: false', json({ success: false, message: 'x', data: [] }), 'provider_success_false'],
    ['a missing success', json({ data: [] }), 'provider_success_false'],
    ['missing data', json({ success: true, message: 'x' }), 'provider_data_missing'],
    ['an object instead of rows', json({ success: true, data: { id: 1 } }), 'provider_data_missing'],
    ['null instead of rows', json({ success: true, data: null }), 'provider_data_missing'],
  ])('repeats %s twice and then names it', async (_name, step, code) => {
    provider.play(step, step, json(PAGE));
    const passing = clientAt(accountAt(provider.url));
    expect((await passing.client.call(LIST, LATE)).raw.body).toBe(BODY);
    provider.play(step);
    const { client } = clientAt(accountAt(provider.url));
    await expect(client.call(LIST, LATE)).rejects.toMatchObject({ code, retryable: true });
    expect(provider.received).toHaveLength(3);
  });

  it('takes any JSON for rows or for a named breach, and for nothing else', async () => {
    const envelope = fc.record(
      { success: fc.jsonValue(), data: fc.jsonValue(), paging: fc.jsonValue() },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), envelope), async (value) => {
        provider.play(json(value));
        const outcome = await clientAt(accountAt(provider.url))
          .client.call(LIST, LATE)
          .catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(ProviderContractError);
        else expect(value).toMatchObject({ success: true, data: expect.any(Array) });
      }),
      { numRuns: 150 },
    );
  });

  it('gives up a body beyond the byte limit and one nested beyond the depth limit', async () => {
    provider.play(json(PAGE));
    const small = clientAt(accountAt(provider.url), { bodyBytesMax: BODY.length - 1 });
    await expect(small.client.call(LIST, LATE)).rejects.toMatchObject({ code: 'provider_body_too_large' });
    const exact = clientAt(accountAt(provider.url), { bodyBytesMax: BODY.length });
    await expect(exact.client.call(LIST, LATE)).resolves.toMatchObject({ status: 200 });
    provider.play(answer(200, `{"success":true,"data":[${'['.repeat(10_000)}${']'.repeat(10_000)}]}`));
    const deep = clientAt(accountAt(provider.url));
    await expect(deep.client.call(LIST, LATE)).rejects.toMatchObject({ code: 'provider_nested_too_deep' });
    provider.play(json({ success: true, data: [{ tag: '[['.repeat(500) }] }));
    await expect(deep.client.call(LIST, LATE)).resolves.toMatchObject({ status: 200 });
  });
});

describe('PhaxioClient against a slow provider', () => {
  it.each(['says nothing', 'sends headers only', 'drips a byte at a time'])(
    'gives up an attempt when the provider %s, and repeats it',
    async (kind) => {
      const { client, clock } = clientAt(accountAt(provider.url));
      const slow: Step = (_request, response) => {
        if (kind !== 'says nothing') response.writeHead(200).flushHeaders();
        if (kind === 'drips a byte at a time') response.write('{');
        // The attempt's time runs out only after the request is known to have arrived.
        setImmediate(() => clock.expire());
      };
      provider.play(slow, json(PAGE));
      expect((await client.call(LIST, LATE)).raw.body).toBe(BODY);
      expect(client.counters).toMatchObject({ calls: 2, retries: 1 });
      provider.play(slow);
      await expect(client.call(LIST, LATE)).rejects.toMatchObject({ code: 'provider_timeout', retryable: true });
      expect(provider.received).toHaveLength(5);
      expect(clock.heldCount).toBe(0);
    },
  );

  it('ends an attempt at the deadline when that comes before its own limit', async () => {
    const { client, clock } = clientAt(accountAt(provider.url));
    provider.play(() => setImmediate(() => clock.expire()));
    const deadline = clock.now() + 12_000;
    await expect(client.call(LIST, { deadline })).rejects.toMatchObject({ code: 'provider_timeout' });
    expect(clock.now()).toBe(deadline);
    expect(provider.received).toHaveLength(1);
  });
});

describe('PhaxioClient against a provider that refuses', () => {
  it.each([500, 502, 503, 408])('repeats HTTP %i with growing waits and then says unavailable', async (status) => {
    provider.play(answer(status, 'x'));
    const { client, clock } = clientAt(accountAt(provider.url));
    await expect(client.call(LIST, LATE)).rejects.toMatchObject({
      code: 'provider_unavailable',
      retryable: true,
      status,
    });
    expect(provider.received).toHaveLength(5);
    expect(clock.waits).toEqual([500, 1000, 2000, 4000]);
  });

  it('says unreachable where nobody listens', async () => {
    const gone = new ScriptedProvider();
    await gone.start();
    const { url } = gone;
    await gone.stop();
    const { client } = clientAt(accountAt(url));
    await expect(client.call(LIST, LATE)).rejects.toMatchObject({
      code: 'provider_unreachable',
      retryable: true,
      context: { causeCode: 'ECONNREFUSED' },
    });
  });

  it.each([
    ['nothing', {}, 1500],
    ['5 seconds', { 'retry-after': '5' }, 5000],
    ['a date', { date: 'Sat, 01 Jun 2024 12:00:00 GMT', 'retry-after': 'Sat, 01 Jun 2024 12:00:07 GMT' }, 7000],
    ['a past date', { date: 'Sat, 01 Jun 2024 12:00:00 GMT', 'retry-after': 'Sat, 01 Jun 2019 12:00:07 GMT' }, 1500],
    ['no sense', { 'retry-after': 'soon' }, 1500],
    ['a negative number', { 'retry-after': '-5' }, 1500],
  ])('waits after a 429 with %s, and tells everybody', async (_name, headers, waitMs) => {
    provider.play(answer(429, '{"success":false,"message":"x"}', headers), json(PAGE));
    const { client, clock, limiter } = clientAt(accountAt(provider.url));
    const startedAt = clock.now();
    await client.call(LIST, LATE);
    expect(clock.waits).toEqual([waitMs]);
    expect(limiter.slowedUntil).toEqual([startedAt + waitMs]);
    expect(client.counters).toMatchObject({ calls: 2, throttled: 1 });
  });

  it('cuts an absurd Retry-After to its cap and gives up a call that has no time for it', async () => {
    provider.play(answer(429, '', { 'retry-after': '99999999999' }));
    const { client, clock, limiter } = clientAt(accountAt(provider.url));
    const startedAt = clock.now();
    const error = await client.call(LIST, { deadline: startedAt + 50_000 }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'provider_throttled', retryable: true });
    expect(limiter.slowedUntil).toEqual([startedAt + 60_000]);
    expect(provider.received).toHaveLength(1);
  });

  it('ends a storm of 429 after eight repeats, each with a call of the shared budget', async () => {
    provider.play(answer(429, ''));
    const { client, limiter } = clientAt(accountAt(provider.url), {
      retry: {
        transientMax: 4,
        malformedMax: 2,
        throttledMax: 8,
        backoffBaseMs: 100,
        backoffMaxMs: 1000,
        throttledMinMs: 1000,
        retryAfterMaxMs: 60_000,
      },
    });
    await expect(client.call(LIST, LATE)).rejects.toMatchObject({ code: 'provider_throttled' });
    expect(provider.received).toHaveLength(9);
    expect(limiter.taken).toBe(9);
  });
});
