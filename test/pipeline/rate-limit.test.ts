import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PhaxioClient } from '../../src/phaxio/client.ts';
import { listFaxesRequest } from '../../src/phaxio/listing.ts';
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
    const callers = Array.from({ length: 3 }, () => {
      const limiter = createRateLimiter(state, clock, account);
      return new PhaxioClient(accountAt('http://provider.test', { account }), {
        fetch,
        clock,
        random: () => 0.5,
        limiter,
      });
    });
    let answered = 0;
    while (answered < callers.length) {
      const calls = callers.map((client) => client.call(LIST, { deadline: Number.MAX_SAFE_INTEGER }));
      const outcomes = await Promise.allSettled(calls);
      answered = outcomes.filter(({ status }) => status === 'fulfilled').length;
    }
    const peak = Math.max(
      ...calledAt.map((at) => calledAt.filter((other) => other >= at && other < at + MINUTE).length),
    );
    const waitedMs = clock.now() - (NOW + 10 * MINUTE);
    console.log(
      `429 storm: ${calledAt.length} calls, at most ${peak} a minute, through ${waitedMs / 1000} s after its end`,
    );
    expect(peak).toBeLessThanOrEqual(61);
    expect(waitedMs).toBeLessThanOrEqual(4 * MINUTE);
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
