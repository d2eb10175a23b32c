import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PhaxioClient } from '../../src/phaxio/client.ts';
import { ProviderThrottledError } from '../../src/phaxio/errors.ts';
import { listFaxesRequest } from '../../src/phaxio/listing.ts';
import { RETRY_LIMITS } from '../../src/phaxio/retry.ts';
import { createRateLimiter } from '../../src/pipeline/rate-limit.ts';
import { accountAt } from '../phaxio/scripted-provider.ts';
import { PullBed, PullClock } from './pull-world.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2024, 5, 1, 12);
const LIST = listFaxesRequest('v2.1', { after: NOW - MINUTE, before: NOW }, 1, 1000);

let bed: PullBed;
beforeAll(async () => {
  bed = await PullBed.open();
});
afterAll(() => bed.close());

describe('the shared call limit', () => {
  it.each([
    ['without Retry-After', {}],
    ['with seconds', { 'retry-after': '2' }],
    ['with an absurd value', { 'retry-after': '99999999' }],
  ])('holds for several callers through ten minutes of 429 %s', async (_name, headers: Record<string, string>) => {
    const clock = new PullClock(NOW);
    const { state } = bed.stores(clock);
    const calledAt: number[] = [];
    const fetch = (): Promise<Response> => {
      calledAt.push(clock.now());
      const isStorm = clock.now() < NOW + 10 * MINUTE;
      return Promise.resolve(
        isStorm ? new Response('x', { status: 429, headers }) : Response.json({ success: true, data: [] }),
      );
    };
    const account = `storm-${Object.values(headers).join('') || 'bare'}`;
    // One repeat a call, and one caller after the other: this clock adds up the waits of everybody.
    const retry = { ...RETRY_LIMITS, throttledMax: 1 };
    const callers = Array.from({ length: 3 }, () => {
      const limiter = createRateLimiter(state, clock, account);
      const ports = { fetch, clock, random: () => 0.5, limiter };
      return new PhaxioClient(accountAt('http://provider.test', { account }), ports, { retry });
    });
    for (let answered = 0; answered < callers.length; ) {
      answered = 0;
      for (const client of callers) {
        const outcome = await client.call(LIST, { deadline: Number.MAX_SAFE_INTEGER }).catch((error: unknown) => error);
        if (outcome instanceof ProviderThrottledError) continue;
        expect(outcome).toMatchObject({ status: 200 });
        answered += 1;
      }
    }
    const peak = Math.max(
      ...calledAt.map((at) => calledAt.filter((other) => other >= at && other < at + MINUTE).length),
    );
    const waitedMs = clock.now() - (NOW + 10 * MINUTE);
    console.log(
      `429 storm: ${calledAt.length} calls, at most ${peak} a minute, through ${waitedMs / 1000} s after its end`,
    );
    expect(peak).toBeLessThanOrEqual(61);
    expect(waitedMs).toBeLessThanOrEqual(1.25 * MINUTE);
  });

  it('tells a caller whose deadline comes before its turn', async () => {
    const clock = new PullClock(NOW);
    const { state } = bed.stores(clock);
    const limiter = createRateLimiter(state, clock, 'late');
    await limiter.take(NOW + 1000);
    await expect(limiter.take(NOW + 500)).rejects.toMatchObject({ code: 'deadline_reached', retryable: true });
    const stop = new AbortController();
    stop.abort();
    await expect(limiter.take(NOW + MINUTE, stop.signal)).rejects.toMatchObject({ code: 'stopped' });
  });
});
