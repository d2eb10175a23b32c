import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPullHandler, handler, PULL_RESERVE_MS, type PullHandler } from '../../functions/pull.ts';
import { PULL_SETTINGS } from '../../src/pipeline/pull.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { ListProvider, type OtherAnswers, providerFetch } from '../pipeline/list-provider.ts';
import { OTHER_ANSWERS, PullBed, PullClock } from '../pipeline/pull-world.ts';

const NOW = Date.UTC(2024, 5, 1, 12);
const DAY = 86_400_000;

let bed: PullBed;
beforeAll(async () => {
  bed = await PullBed.open();
});
afterAll(() => bed.close());

function contextOf(remainingMs: number): Context {
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'pull',
    functionVersion: '1',
    invokedFunctionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:pull',
    memoryLimitInMB: '256',
    awsRequestId: '00000000-0000-0000-0000-000000000001',
    logGroupName: 'pull',
    logStreamName: 'pull',
    getRemainingTimeInMillis: () => remainingMs,
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}

/** The handler over a provider in memory; `lines` is its log. */
function handlerFor(others: OtherAnswers = {}): { pull: PullHandler; clock: PullClock; lines: string[] } {
  const clock = new PullClock(NOW);
  const lines: string[] = [];
  const faxes = Array.from({ length: 50 }, (_, index) => ({ id: index + 1, createdAt: NOW / 1000 - index * 60 }));
  const provider = new ListProvider(faxes, { dialect: 'v2', pageMax: 1000 });
  const fetch = providerFetch(provider, clock, { ...OTHER_ANSWERS, ...others });
  const pull = createPullHandler({
    clock,
    log: createLogger({ service: 'pull', write: (line) => lines.push(line) }),
    pullDeps: (account) => ({
      ports: { fetch, clock, random: () => 0.5, ...bed.stores(clock) },
      provider: {
        account,
        dialect: 'v2',
        baseUrl: 'http://provider.test',
        credentials: [{ apiKey: 'k', apiSecret: 's' }],
      },
      settings: PULL_SETTINGS,
      backfillFrom: NOW - DAY,
      skippedStreams: [],
      undocumentedPaths: new Map(),
    }),
  });
  return { pull, clock, lines };
}

describe('the pull function', () => {
  it('pulls the account of the event, logs one line a pass and one for the run', async () => {
    const { pull, lines } = handlerFor();
    const summary = await pull({ account: 'clinic', passes: ['head', 'backfill'] }, contextOf(900_000));
    expect(summary).toMatchObject({ end: 'done', failure: null });
    const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(logged.map(({ message }) => message)).toEqual(['pass walked', 'pass walked', 'account pulled']);
    expect(logged.at(-1)).toMatchObject({ account: 'clinic', reason: 'done', call_count: summary.counters.calls });
    expect(lines.join('\n')).not.toContain('dropped_keys');
  });

  it('leaves the reserve of the invocation untouched', async () => {
    const { pull, clock } = handlerFor();
    clock.deadline = NOW + 3_000;
    const summary = await pull({ account: 'hasty' }, contextOf(PULL_RESERVE_MS + 3_000));
    expect(summary).toMatchObject({ end: 'deadline', hasMore: true, failure: null });
    expect(clock.now()).toBeLessThanOrEqual(NOW + 3_000);
  });

  it.each([null, {}, { account: '' }, { account: 'a', passes: 'head' }, { account: 'a', extra: 1 }])(
    'refuses the input %j with a clear error that names no value',
    async (event) => {
      const { pull } = handlerFor();
      await expect(pull(event, contextOf(900_000))).rejects.toMatchObject({
        code: 'pull_event_invalid',
        message: expect.stringContaining('Give {"account"'),
      });
    },
  );

  it('fails the invocation when the run failed', async () => {
    const { pull, lines } = handlerFor({
      '/account/status': () => ({ status: 401, body: { success: false, message: 'no' } }),
    });
    await expect(pull({ account: 'locked' }, contextOf(900_000))).rejects.toMatchObject({ code: 'provider_auth' });
    expect(lines.some((line) => line.includes('"pull failed"'))).toBe(true);
  });

  it('fails the invocation when a part of the run failed, after the rest was done', async () => {
    const { pull, lines } = handlerFor({
      '/public/countries': () => ({ status: 404, body: { success: false, message: 'no' } }),
    });
    await expect(pull({ account: 'partly' }, contextOf(900_000))).rejects.toMatchObject({ code: 'provider_not_found' });
    const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(logged).toContainEqual(expect.objectContaining({ message: 'account pulled', reason: 'done' }));
  });

  it('is deployed with a runtime of its own, which knows no account but those of its settings', async () => {
    await expect(handler({ account: 'no-such-account' }, contextOf(900_000))).rejects.toMatchObject({
      code: 'unknown_account',
    });
  });
});
