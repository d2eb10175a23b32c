import type { Clock, Random } from '../domain/clock.ts';
import { FaxsyncError, SettingsError } from '../domain/errors.ts';
import type { Instant } from '../domain/time.ts';
import type { LandingZone } from '../landing/contract.ts';
import type { ClientLimits, ClientPorts, ProviderCounters } from '../phaxio/client.ts';
import { PhaxioClient } from '../phaxio/client.ts';
import { ProviderDeadlineError } from '../phaxio/errors.ts';
import { PER_PAGE_MAX } from '../phaxio/listing.ts';
import type { ProviderAccount } from '../phaxio/provider-account.ts';
import type { StateStore, TokenBucketLimits } from '../state/contract.ts';
import { assertKnownStreams, DueLists, type StreamRequest } from './due-lists.ts';
import { type LeaseOptions, withLease } from './lease.ts';
import type { PassPlan } from './passes.ts';
import { CursorAheadError, HEAD_PASS, planPass, START_PASS, standardPassNames } from './passes.ts';
import { isOddAnswer } from './provider-faults.ts';
import { LeaseLostError, PullRun } from './pull-run.ts';
import { CALL_LIMITS, createRateLimiter } from './rate-limit.ts';
import type { PassResult } from './run-pass.ts';
import { FAX_STREAM, findCursorAhead, isPassDue, runPass } from './run-pass.ts';
import { floorSecond } from './slices.ts';
import { takeAccountStatus } from './snapshots.ts';
import { WatchList, type WatchResult } from './watch-list.ts';

/** What a pull needs of the outside. */
export interface PullPorts {
  readonly fetch: ClientPorts['fetch'];
  readonly clock: Clock;
  readonly random: Random;
  readonly state: StateStore;
  readonly landing: LandingZone;
}

/** Knobs of a pull that belong to the deployment. */
export interface PullSettings {
  readonly callLimits: TokenBucketLimits;
  /** Rows per page, at most {@link PER_PAGE_MAX}. */
  readonly perPage: number;
  /** In a long run the head is looked at again after this time, between two windows of other passes. */
  readonly headEveryMs: number;
  /** The most objects fetched by id before the trailing passes, between two looks at the head: each costs a whole call. */
  readonly lookupsMax: number;
  readonly leaseTtlMs?: number;
  readonly clientLimits?: Partial<ClientLimits>;
}

/** Defaults of a deployment. */
export const PULL_SETTINGS: PullSettings = {
  callLimits: CALL_LIMITS,
  perPage: PER_PAGE_MAX,
  headEveryMs: 60_000,
  lookupsMax: 20,
};

/** What is to be pulled. */
export interface PullRequest extends StreamRequest {
  readonly provider: ProviderAccount;
  /** The account's first day; null: two years before first contact. Changing it later does not move a cursor: use a backfill of its own. */
  readonly backfillFrom: Instant | null;
  /** Names of passes; undefined: all. They do not wait until enough has gathered where `eager` is set. */
  readonly passes?: readonly string[];
  /** Own clock; every request ends before it. */
  readonly deadline: Instant;
  /** Unique name of this run, for the lease. */
  readonly holder: string;
  readonly signal?: AbortSignal;
  /** How long to wait for the lease that another run holds, and not beyond the deadline. Default 0: the run ends at once. */
  readonly patienceMs?: number;
}

/** Why a pull ended. */
export type PullEnd = 'done' | 'deadline' | 'stopped' | 'lease_held' | 'lease_lost' | 'failed';

/** What a pull did; plain data without personal values, fit for a log line. */
export interface PullSummary {
  readonly account: string;
  readonly end: PullEnd;
  /** True when passes are behind where they may go, so another run has work at once. */
  readonly hasMore: boolean;
  /** Keys of the landed objects, in the order landed. */
  readonly landedKeys: readonly string[];
  readonly counters: Readonly<ProviderCounters>;
  readonly lookups: number;
  readonly lookupFailures: number;
  /** Watched objects let go without an answer that settles them. */
  readonly lookupsGivenUp: number;
  /** The passes that ran, each once, as they last stood; without one that ended with `failure`. */
  readonly passes: readonly PassResult[];
  /** The first error met; set when `end` is `failed`, and when something failed that did not stop the rest. */
  readonly failure: FaxsyncError | null;
}

/**
 * Pulls one account until nothing is due or the time is over: account status, head, other snapshots, watch list, trailing passes, backfill,
 * and the rest of the PhaxCodes on the watch list; the head is looked at again whenever its interval has passed.
 * Does nothing when another puller holds the account. Everything landed before an error stays landed.
 *
 * There is no circuit breaker with a memory: a run ends at the first call whose repeats are used up, so while the
 * provider is down each scheduled run is one probe.
 *
 * Provider, landing and state errors are returned as `failure`, since the summary of what was landed must not be lost.
 * @throws what is not a {@link FaxsyncError}: a defect.
 * @throws {SettingsError} `unknown_pass`, `unknown_stream`, `stream_not_in_version`, `stream_not_enabled`, `provider_url_invalid`.
 */
export async function pull(
  ports: PullPorts,
  request: PullRequest,
  settings: PullSettings = PULL_SETTINGS,
): Promise<PullSummary> {
  const { provider } = request;
  const { clock, state } = ports;
  // A misspelt name must not pass for work well done.
  for (const name of request.passes ?? []) planPass(name, { startAt: 0, providerNow: 0, backfillFrom: null });
  assertKnownStreams(request);
  const limiter = createRateLimiter(state, clock, provider.account, settings.callLimits);
  const client = new PhaxioClient(provider, { ...ports, limiter }, settings.clientLimits);
  const tally: Tally = {
    passes: new Map(),
    lookups: 0,
    lookupFailures: 0,
    lookupsGivenUp: 0,
    failure: null,
    landedKeys: [],
  };
  let end: PullEnd = 'lease_held';
  try {
    const held = await withLease(
      ports,
      provider.account,
      request.holder,
      async ({ fence, lost }) => {
        const signals = request.signal === undefined ? [lost] : [lost, request.signal];
        const signal = AbortSignal.any(signals);
        const { perPage } = settings;
        const { deadline, undocumentedPaths = new Map() } = request;
        const run = new PullRun({ ...ports, client, fence, perPage, deadline, signal, undocumentedPaths });
        tally.landedKeys = run.landedKeys;
        try {
          await pullAll(run, request, settings, tally);
          return request.signal?.aborted === true ? 'stopped' : endOf(run, lost);
        } catch (error) {
          return judge(error, lost, tally);
        }
      },
      leaseOptions(ports, request, settings),
    );
    end = held ?? 'lease_held';
  } catch (error) {
    end = judge(error, null, tally);
  }
  const passes = [...tally.passes.values()];
  return {
    account: provider.account,
    end,
    hasMore: end === 'deadline' || end === 'stopped' || passes.some(({ isDone }) => !isDone),
    landedKeys: tally.landedKeys,
    counters: client.counters,
    lookups: tally.lookups,
    lookupFailures: tally.lookupFailures,
    lookupsGivenUp: tally.lookupsGivenUp,
    passes,
    failure: tally.failure,
  };
}

function leaseOptions(
  { clock, random }: PullPorts,
  { patienceMs = 0, deadline, signal }: PullRequest,
  { leaseTtlMs }: PullSettings,
): LeaseOptions {
  const until = Math.min(clock.now() + patienceMs, deadline);
  const patience = { until, random, ...(signal === undefined ? {} : { signal }) };
  return {
    ...(leaseTtlMs === undefined ? {} : { ttlMs: leaseTtlMs }),
    ...(patienceMs > 0 ? { patience } : {}),
  };
}

interface Tally {
  readonly passes: Map<string, PassResult>;
  lookups: number;
  lookupFailures: number;
  lookupsGivenUp: number;
  failure: FaxsyncError | null;
  landedKeys: readonly string[];
}

function endOf(run: PullRun, lost: AbortSignal): PullEnd {
  if (lost.aborted) return 'lease_lost';
  return run.isOver() ? 'deadline' : 'done';
}

/** Sorts an error that ended a run: time and leases run out as a matter of course, settings are the caller's, the rest is a failure. */
function judge(error: unknown, lost: AbortSignal | null, tally: Tally): PullEnd {
  if (error instanceof LeaseLostError || (lost?.aborted === true && error instanceof ProviderDeadlineError)) {
    return 'lease_lost';
  }
  if (error instanceof ProviderDeadlineError) return error.code === 'stopped' ? 'stopped' : 'deadline';
  if (!(error instanceof FaxsyncError) || error instanceof SettingsError) throw error;
  tally.failure ??= error;
  return 'failed';
}

async function pullAll(run: PullRun, request: PullRequest, settings: PullSettings, tally: Tally): Promise<void> {
  const names = request.passes ?? standardPassNames();
  const eager = request.eager ?? false;
  const lists = new DueLists(run, request, tally);
  const watchList = new WatchList(run, request);
  await lists.takeStatus();
  if (!(request.streams?.includes(FAX_STREAM) ?? true)) {
    await lists.takeAccountLists(() => false);
    await lists.watchSubjects();
    return countLooks(tally, await watchList.fetchAside(Number.POSITIVE_INFINITY, () => false));
  }
  const startAt = await firstContact(run);
  const times = () => ({ startAt, providerNow: run.providerNow(), backfillFrom: request.backfillFrom });
  const hasHead = names.includes(HEAD_PASS.name);
  for (;;) {
    if (hasHead) await runHead(run, planPass(HEAD_PASS.name, times()), tally);
    const headAt = run.clock.now();
    const isHeadDue = (): boolean => hasHead && run.clock.now() - headAt >= settings.headEveryMs;
    await lists.takeAccountLists(isHeadDue);
    await lists.watchSubjects();
    const watched = await watchList.fetchFaxes(settings.lookupsMax, isHeadDue);
    countLooks(tally, watched);
    // Of what faxes leave of the limit, so that all look-ups together do not keep the passes waiting.
    countLooks(tally, await watchList.fetchAside(settings.lookupsMax - watched.looks, isHeadDue));
    // Windows of a lag need the provider's present; without a head nothing may have told it yet.
    if (!run.knowsProviderTime()) await takeAccountStatus(run);
    for (const plan of await byUrgency(run, names, times(), eager, tally)) {
      try {
        tally.passes.set(plan.name, await runPass(run, plan, isHeadDue));
      } catch (error) {
        // One window of one pass may be answered oddly; the other passes need not wait for it.
        if (!isOddAnswer(error)) throw error;
        tally.failure ??= error;
      }
      if (isHeadDue() || run.isOver()) break;
    }
    countLooks(tally, await watchList.fetchAside(Number.POSITIVE_INFINITY, isHeadDue));
    if (run.isOver() || !isHeadDue()) return;
  }
}

function countLooks(tally: Tally, { looks, failures, givenUp, failure }: WatchResult): void {
  tally.lookups += looks;
  tally.lookupFailures += failures;
  tally.lookupsGivenUp += givenUp;
  tally.failure ??= failure;
}

/** Anything wrong with the head ends the run, since it shows a fault of the provider; but a cursor in the future is the head's alone. */
async function runHead(run: PullRun, plan: PassPlan, tally: Tally): Promise<void> {
  try {
    tally.passes.set(plan.name, await runPass(run, plan, () => false));
  } catch (error) {
    if (!(error instanceof CursorAheadError)) throw error;
    tally.failure ??= error;
  }
}

/** The provider's time at first contact; asked once in an account's life. */
async function firstContact(run: PullRun): Promise<Instant> {
  const known = await run.readCursor(FAX_STREAM, START_PASS);
  if (known !== null) return known.position;
  if (!run.knowsProviderTime()) await takeAccountStatus(run);
  const startAt = floorSecond(run.lastSentAtProvider());
  await run.advance(FAX_STREAM, START_PASS, { position: startAt, widthMs: null });
  return startAt;
}

/** The trailing passes that are due, the one most behind its own interval first; backfills last. One in the future is a failure. */
async function byUrgency(
  run: PullRun,
  names: readonly string[],
  times: Parameters<typeof planPass>[1],
  eager: boolean,
  tally: Tally,
): Promise<PassPlan[]> {
  const due: { readonly plan: PassPlan; readonly urgency: number }[] = [];
  for (const name of names) {
    if (name === HEAD_PASS.name) continue;
    const plan = planPass(name, times);
    const ahead = await findCursorAhead(run, plan);
    tally.failure ??= ahead;
    if (ahead !== null || !(await isPassDue(run, plan, eager))) continue;
    const cursor = await run.readCursor(FAX_STREAM, name);
    const behindMs = plan.end - (cursor?.position ?? plan.from);
    due.push({ plan, urgency: plan.everyMs === 0 ? 0 : behindMs / plan.everyMs });
  }
  return due.sort((a, b) => b.urgency - a.urgency).map(({ plan }) => plan);
}
