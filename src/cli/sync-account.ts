import { createPullHandler, type PullEvent } from '../../functions/pull.ts';
import { FaxsyncError, SettingsError } from '../domain/errors.ts';
import type { LandedKind } from '../landing/contract.ts';
import { auditLanded } from '../pipeline/audit.ts';
import type { PullSummary } from '../pipeline/pull.ts';
import type { PassResult } from '../pipeline/run-pass.ts';
import { foldRollups } from '../warehouse/rollups.ts';
import type { LeaseHolder } from './lease-holder.ts';
import { LoadPump, type LoadTotals } from './load-pump.ts';
import { LOCAL_CONTEXT, LocalQueue, notifying } from './local-host.ts';
import { countOf, formatCount } from './output.ts';
import type { Session } from './session.ts';

/** How long another run's lease is waited for: one that was killed elsewhere runs out in a minute. */
const LEASE_WAIT_MS = 75_000;
const LEASE_LOOK_EVERY_MS = 2_000;

/** Another process pulls the account (code `account_busy`, retryable). */
export class AccountBusyError extends FaxsyncError {}

/** Some landed objects are not in the warehouse (code `objects_not_loaded`). */
export class ObjectsNotLoadedError extends FaxsyncError {}

/** What one round did for one account. */
export interface AccountReport {
  readonly account: string;
  /** Calls to the provider. */
  readonly calls: number;
  /** Objects landed by this round. */
  readonly landed: number;
  /** Objects an earlier run had landed but not loaded, e.g. since it was killed. */
  readonly leftOver: number;
  readonly load: LoadTotals;
  readonly passes: readonly PassResult[];
  /** What went wrong; null when nothing did. */
  readonly error: unknown;
  /** True when the pull came to its end: an `error` beside it is of one part alone, and the rest was done. */
  readonly isThrough: boolean;
  /** True when the round was ended by Ctrl-C before it was through. */
  readonly isStopped: boolean;
  /** The last landed key, when the audit found it and everything before it loaded; null otherwise. */
  readonly auditedTo: string | null;
}

/** What a round is asked to do. */
export interface AccountRound {
  readonly session: Session;
  readonly event: PullEvent;
  readonly holder: LeaseHolder;
  readonly signal: AbortSignal;
  /** Leaves out of the audit what an earlier round of this process has seen loaded. */
  readonly auditAfter: string | null;
  readonly onProgress: (text: string) => void;
}

/** Follows a round for the line that moves. */
class RoundProgress {
  landed = 0;
  readonly #round: AccountRound;
  #loaded = '';
  #place = '';

  constructor(round: AccountRound) {
    this.#round = round;
  }

  sawLanded(envelope: { kind: LandedKind; pass: string | null; window: { before: number } | null; stream: string }) {
    this.landed += 1;
    const { pass, window, stream } = envelope;
    this.#place = window === null ? stream : `${pass ?? ''} at ${new Date(window.before).toISOString().slice(0, 10)}`;
    this.#tell();
  }

  sawLoaded(totals: LoadTotals): void {
    this.#loaded = ` · ${countOf(totals.loaded, 'object')} loaded, ${countOf(totals.records, 'record')}`;
    this.#tell();
  }

  waits(): void {
    this.#round.onProgress(`${this.#round.event.account}: another process pulls this account, waiting for it`);
  }

  audits(seen: number): void {
    this.#round.onProgress(`${this.#round.event.account}: checking ${formatCount(seen)} landed objects`);
  }

  #tell(): void {
    this.#round.onProgress(
      `${this.#round.event.account}: ${this.#place} · ${formatCount(this.landed)} landed${this.#loaded}`,
    );
  }
}

/**
 * One round for one account: loads what an earlier run landed and did not load, then pulls, loading each object as it lands.
 * Provider and database errors come back in the report, since what was done counts.
 * @throws {SettingsError} for settings that the pull refuses; defects.
 */
export async function syncAccount(round: AccountRound): Promise<AccountReport> {
  const { session, event, signal } = round;
  const { runtime } = session;
  const progress = new RoundProgress(round);
  const pump = new LoadPump(new LocalQueue(runtime), (totals) => progress.sawLoaded(totals));
  const pulls: PullSummary[] = [];
  let leftOver = 0;
  let auditedTo: string | null = null;
  let error: unknown = null;
  try {
    const { pool, landing } = runtime;
    const onProgress = (seen: number) => progress.audits(seen);
    const after = round.auditAfter === null ? {} : { after: round.auditAfter };
    const audit = await auditLanded({ landing, pool }, event.account, { ...after, onProgress });
    leftOver = audit.unloaded.length;
    if (audit.unloaded.length === 0) auditedTo = audit.last;
    pump.push(...audit.unloaded);
    await pullUntilDone(round, progress, pump, pulls);
  } catch (thrown) {
    // What is being loaded is waited for: the caller closes the session after this.
    if (thrown instanceof SettingsError) await pump.drain();
    if (!(thrown instanceof FaxsyncError) || thrown instanceof SettingsError) throw thrown;
    error = thrown;
  }
  const load = await pump.drain();
  // Reports are as exact without it, and slower; a database that is gone is told by what was to be loaded.
  if (load.added + load.changed > 0) await foldRollups(runtime.pool).catch(() => null);
  return {
    account: event.account,
    calls: pulls.reduce((sum, { counters }) => sum + counters.calls, 0),
    landed: progress.landed,
    leftOver,
    load,
    passes: pulls.at(-1)?.passes ?? [],
    error: worstOf(load, error ?? pulls.find(({ failure }) => failure !== null)?.failure ?? null),
    isThrough: error === null,
    isStopped: signal.aborted,
    auditedTo,
  };
}

async function pullUntilDone(
  round: AccountRound,
  progress: RoundProgress,
  pump: LoadPump,
  pulls: PullSummary[],
): Promise<void> {
  const { runtime } = round.session;
  const { event, signal } = round;
  const onLanded: Parameters<typeof notifying>[1] = (key, envelope) => {
    progress.sawLanded(envelope);
    pump.push(key);
  };
  const handle = createPullHandler({
    clock: runtime.clock,
    log: runtime.log('pull'),
    pullDeps: (account) => {
      const deps = runtime.pullDeps(account);
      return { ...deps, ports: { ...deps.ports, landing: notifying(deps.ports.landing, onLanded) } };
    },
    holder: round.holder.name,
    signal,
    onSummary: (summary) => pulls.push(summary),
  });
  let waitedMs = 0;
  while (!signal.aborted) {
    const before = pulls.length;
    const failure = await handle(event, LOCAL_CONTEXT).then(
      () => null,
      (error: unknown) => ({ error }),
    );
    const summary = pulls.at(-1);
    // Of a run that failed in part, the rest counts as ever; its failure is in the summary.
    if (summary === undefined || pulls.length === before || summary.end === 'failed') {
      if (failure !== null) throw failure.error;
      return;
    }
    if (summary.end === 'lease_held' || summary.end === 'lease_lost') {
      if (waitedMs >= LEASE_WAIT_MS) throw busyError(event.account);
      progress.waits();
      await runtime.clock.sleep(LEASE_LOOK_EVERY_MS, signal).catch(() => {});
      waitedMs += LEASE_LOOK_EVERY_MS;
      continue;
    }
    // A run that landed nothing and says that there is more would say it for ever.
    if (!summary.hasMore || summary.landedKeys.length === 0 || pump.totals.isOutage) return;
  }
}

function busyError(account: string): AccountBusyError {
  return new AccountBusyError(
    `Another faxsync process pulls account ${account}. Let it finish, or end it; then run this again.`,
    { code: 'account_busy', retryable: true, context: { account } },
  );
}

/** The one error to show: a database out of reach explains a failed pull, never the other way round. */
function worstOf(load: LoadTotals, pullError: unknown): unknown {
  if (load.isOutage && load.error !== null) return load.error;
  if (pullError !== null || load.failed.length === 0) return pullError;
  const reason = load.error instanceof FaxsyncError ? ` The first one: ${load.error.message}` : '';
  return new ObjectsNotLoadedError(
    `${countOf(load.failed.length, 'landed object')} could not be loaded; the others are.${reason} The next run tries again.`,
    { code: 'objects_not_loaded', context: { failed_count: load.failed.length }, cause: load.error },
  );
}
