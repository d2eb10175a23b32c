import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPullHandler, handler, PULL_RESERVE_MS, type PullHandler } from '../../functions/pull.ts';
import { PULL_SETTINGS } from '../../src/pipeline/pull.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import type { PullAccountDeps } from '../../src/runtime/runtime.ts';
import { SecretsError } from '../../src/runtime/secrets-error.ts';
import type { StateStore } from '../../src/state/contract.ts';
import { StateUnavailableError } from '../../src/state/errors.ts';
import { ListProvider, type OtherAnswers, providerFetch } from '../pipeline/list-provider.ts';
import { OTHER_ANSWERS, PullBed, PullClock } from '../pipeline/pull-world.ts';
import { type CountedLine, countedMetrics } from '../support/counted-metrics.ts';

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

/** The handler over a provider in memory; `lines` is its log, `counted` what it published. */
function handlerFor(
  others: OtherAnswers = {},
  {
    dialect = 'v2',
    listCursors,
    ...streams
  }: {
    dialect?: 'v2' | 'v2.1';
    listCursors?: StateStore['listCursors'];
  } & Partial<Pick<PullAccountDeps, 'skippedStreams' | 'undocumentedPaths'>> = {},
): { pull: PullHandler; clock: PullClock; lines: string[]; counted: () => CountedLine[]; refusals: () => number } {
  const clock = new PullClock(NOW);
  const lines: string[] = [];
  const { metrics, counted } = countedMetrics('pull');
  let refusals = 0;
  const faxes = Array.from({ length: 50 }, (_, index) => ({ id: index + 1, createdAt: NOW / 1000 - index * 60 }));
  const provider = new ListProvider(faxes, { dialect, pageMax: 1000 });
  const fetch = providerFetch(provider, clock, { ...OTHER_ANSWERS, ...others });
  const stores = bed.stores(clock);
  if (listCursors !== undefined) stores.state.listCursors = listCursors;
  const pull = createPullHandler({
    clock,
    log: createLogger({ service: 'pull', write: (line) => lines.push(line) }),
    metrics,
    onCredentialsRefused: () => {
      refusals += 1;
    },
    pullDeps: async (account) => ({
      ports: { fetch, clock, random: () => 0.5, ...stores },
      provider: {
        account,
        dialect,
        baseUrl: 'http://provider.test',
        credentials: [{ apiKey: 'k', apiSecret: 's' }],
      },
      settings: PULL_SETTINGS,
      backfillFrom: NOW - DAY,
      skippedStreams: [],
      undocumentedPaths: new Map(),
      ...streams,
    }),
  });
  return { pull, clock, lines, counted, refusals: () => refusals };
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

  it.each([
    ['v2', ['atas'], 'stream_not_in_version', 'Version v2 .* has no atas'],
    ['v2.1', ['faxes', 'addresses'], 'stream_not_enabled', 'addresses .* FAXSYNC_UNDOCUMENTED_STREAMS'],
    ['v2.1', ['ports'], 'unknown_stream', 'Known: .*port_orders'],
  ] as const)('refuses in %s the streams %j before it asks for anything', async (dialect, streams, code, message) => {
    const { pull, lines } = handlerFor({}, { dialect });
    const pulling = pull({ account: 'choosy', streams }, contextOf(900_000));
    await expect(pulling).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ message: 'pull failed', error: { code } }]);
  });

  it('leaves out the streams that the account skips and asks for undocumented lists where the settings say', async () => {
    const asked: string[] = [];
    const answer = (path: string) => () => {
      asked.push(path);
      return { body: { success: true, message: 'x', data: [], paging: { total: 0, per_page: 1000, page: 1 } } };
    };
    const paths = ['/atas', '/blocking_rules', '/phone_numbers', '/addresses', '/office/addresses'];
    const { pull } = handlerFor(Object.fromEntries(paths.map((path) => [path, answer(path)])), {
      dialect: 'v2.1',
      skippedStreams: ['atas', 'phone_numbers'],
      undocumentedPaths: new Map([['addresses', '/office/addresses']]),
    });
    await pull({ account: 'picky', passes: ['head'] }, contextOf(900_000));
    expect(asked.sort()).toEqual(['/blocking_rules', '/office/addresses']);
  });

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
    await expect(pull({ account: 'partly' }, contextOf(900_000))).rejects.toMatchObject({ code: 'stream_refused' });
    const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(logged).toContainEqual(expect.objectContaining({ message: 'account pulled', reason: 'done' }));
  });

  it('counts what a run did, and how far each of its passes is behind', async () => {
    const { pull, clock, counted } = handlerFor();
    await pull({ account: 'counted', passes: ['head', '+15m', 'backfill'] }, contextOf(900_000));
    const [run, ...passes] = counted();
    expect(run).toMatchObject({
      account: 'counted',
      PullFailed: 0,
      CredentialsRefused: 0,
      ProviderThrottled: 0,
      ProviderRetries: 0,
      LookupsGivenUp: 0,
      HeadLag: 0,
    });
    expect(run?.['ProviderCalls']).toBeGreaterThan(3);
    expect(run?.['ObjectsLanded']).toBeGreaterThan(3);
    expect(passes.map(({ pass }) => pass)).toEqual(['head', '+15m', 'backfill']);
    expect(passes[0]).toEqual({ service: 'pull', account: 'counted', pass: 'head', PassLag: 0 });
    expect(passes[2]).toEqual({ service: 'pull', account: 'counted', pass: 'backfill', PassLag: 0 });
    await pull({ account: 'counted', passes: ['+15m'], streams: ['phone_numbers'] }, contextOf(900_000));
    expect(counted().filter(({ pass }) => pass !== undefined)).toEqual([]);
    // Nothing is due of this pass for a while: its lag is told by its cursor.
    clock.advance(60_000);
    await pull({ account: 'counted', passes: ['+15m'] }, contextOf(900_000));
    const [, waiting] = counted();
    expect(waiting).toMatchObject({ pass: '+15m' });
    expect(waiting?.['PassLag']).toBeGreaterThanOrEqual(60);
    expect(waiting?.['PassLag']).toBeLessThan(120);
  });

  it('tells the lag of the head also while the provider is down, and while another run has the account', async () => {
    let isDown = false;
    const { pull, clock, counted } = handlerFor({
      '/account/status': () =>
        isDown
          ? { status: 401, body: { success: false, message: 'no' } }
          : { body: { success: true, message: 'x', data: { balance: 1 } } },
    });
    const head = { account: 'silent', passes: ['head'], streams: ['faxes'] };
    await pull(head, contextOf(900_000));
    counted();
    isDown = true;
    clock.advance(3_600_000);
    await expect(pull({ ...head, streams: ['faxes', 'account_status'] }, contextOf(900_000))).rejects.toMatchObject({
      code: 'provider_auth',
    });
    const [failed] = counted();
    expect(failed).toMatchObject({ account: 'silent', PullFailed: 1, CredentialsRefused: 1, HeadLag: 3_600 });
    const { state } = bed.stores(clock);
    await state.acquireLease('silent', 'another', 60_000, clock.now());
    expect(await pull(head, contextOf(900_000))).toMatchObject({ end: 'lease_held' });
    expect(counted()[0]).toMatchObject({ PullFailed: 0, CredentialsRefused: 0, ProviderCalls: 0, HeadLag: 3_600 });
  });

  it('counts a run whose cursors cannot be read afterwards by what the run itself told', async () => {
    const { pull, counted } = handlerFor(
      {},
      { listCursors: () => Promise.reject(new StateUnavailableError('gone', { code: 'state_unavailable' })) },
    );
    await pull({ account: 'blind', passes: ['head', '+35d'] }, contextOf(900_000));
    const [run, ...passes] = counted();
    expect(run).toMatchObject({ PullFailed: 0, HeadLag: 0 });
    expect(passes.map(({ pass }) => pass)).toEqual(['head']);
  });

  it('logs once why a run failed or could not begin, with its account once that is known', async () => {
    const failures = ({ lines }: { lines: string[] }) =>
      lines
        .splice(0)
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter(({ level }) => level === 'ERROR');
    const began = handlerFor({ '/public/countries': () => ({ status: 404, body: { success: false, message: 'no' } }) });
    await expect(began.pull({ account: 'partly-logged' }, contextOf(900_000))).rejects.toThrow();
    expect(failures(began)).toMatchObject([
      { message: 'pull failed', account: 'partly-logged', error: { code: 'stream_refused' } },
    ]);
    await expect(began.pull({ account: 7 }, contextOf(900_000))).rejects.toThrow();
    const [misunderstood, ...others] = failures(began);
    expect(others).toEqual([]);
    expect(misunderstood).toMatchObject({ message: 'pull failed', error: { code: 'pull_event_invalid' } });
    expect(misunderstood).not.toHaveProperty('account');
    const lines: string[] = [];
    const locked = createPullHandler({
      clock: new PullClock(NOW),
      log: createLogger({ service: 'pull', write: (line) => lines.push(line) }),
      pullDeps: async () => {
        throw new SecretsError('There is no secret.', { code: 'secret_missing', context: { setting: 'a/b' } });
      },
    });
    await expect(locked({ account: 'clinic' }, contextOf(900_000))).rejects.toMatchObject({ code: 'secret_missing' });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { message: 'pull failed', account: 'clinic', error: { code: 'secret_missing', context: { setting: 'a/b' } } },
    ]);
  });

  it('counts a run that could not begin, by its account once that is known', async () => {
    const { pull, counted } = handlerFor();
    await expect(pull({ account: 7 }, contextOf(900_000))).rejects.toMatchObject({ code: 'pull_event_invalid' });
    expect(counted()).toEqual([{ service: 'pull', PullFailed: 1 }]);
    await expect(pull({ account: 'lost', passes: ['haed'] }, contextOf(900_000))).rejects.toMatchObject({
      code: 'unknown_pass',
    });
    expect(counted()).toEqual([{ service: 'pull', account: 'lost', PullFailed: 1 }]);
  });

  it('has the keys read anew after the provider refused them, and after nothing else', async () => {
    const refused = handlerFor({
      '/account/status': () => ({ status: 401, body: { success: false, message: 'no' } }),
    });
    await expect(refused.pull({ account: 'rotated' }, contextOf(900_000))).rejects.toThrow();
    expect(refused.refusals()).toBe(1);
    const partly = handlerFor({
      '/public/countries': () => ({ status: 404, body: { success: false, message: 'no' } }),
    });
    await expect(partly.pull({ account: 'rotated-not' }, contextOf(900_000))).rejects.toThrow();
    expect(partly.refusals()).toBe(0);
  });

  it('waits for the account as long as the event says, and not beyond its own time', async () => {
    const { pull, clock } = handlerFor();
    const { state } = bed.stores(clock);
    await state.acquireLease('busy', 'another', 600_000, clock.now());
    const event = { account: 'busy', passes: ['head'], patience_seconds: 50 };
    expect(await pull(event, contextOf(900_000))).toMatchObject({ end: 'lease_held', counters: { calls: 0 } });
    expect(clock.now()).toBe(NOW + 50_000);
    expect(await pull(event, contextOf(PULL_RESERVE_MS + 10_000))).toMatchObject({ end: 'lease_held' });
    expect(clock.now()).toBe(NOW + 60_000);
    await state.acquireLease('freed', 'another', 20_000, clock.now());
    expect(await pull({ ...event, account: 'freed' }, contextOf(900_000))).toMatchObject({ end: 'done' });
    for (const seconds of [-1, 121, '50']) {
      await expect(pull({ ...event, patience_seconds: seconds }, contextOf(900_000))).rejects.toMatchObject({
        code: 'pull_event_invalid',
        message: expect.stringContaining('patience_seconds'),
      });
    }
  });

  it('is deployed with a runtime of its own, which knows no account but those of its settings', async () => {
    await expect(handler({ account: 'no-such-account' }, contextOf(900_000))).rejects.toMatchObject({
      code: 'unknown_account',
    });
  });
});
