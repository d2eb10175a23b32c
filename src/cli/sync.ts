import type { PullEvent } from '../../functions/pull.ts';
import { FaxsyncError, SettingsError } from '../domain/errors.ts';
import { dayIn, type Instant, parseRfc3339, parseZonedText, toIso } from '../domain/time.ts';
import { auditAgainAfter } from '../pipeline/audit.ts';
import { assertKnownStreams } from '../pipeline/due-lists.ts';
import { backfillPassName } from '../pipeline/passes.ts';
import type { AccountSettings } from '../runtime/account-settings.ts';
import { parseSettings, type Settings } from '../runtime/settings.ts';
import type { CommandContext } from './context.ts';
import { demoAccountIn } from './demo/demo-mark.ts';
import { EXIT } from './exit-codes.ts';
import { type LeaseHolder, nameHolder } from './lease-holder.ts';
import { countOf, describeError, formatCount, formatSpan, type Output } from './output.ts';
import { type Session, withSession } from './session.ts';
import { type AccountReport, syncAccount } from './sync-account.ts';

/** `faxsync sync`. */
export interface SyncOptions {
  readonly isWatching: boolean;
  /** Pause between two rounds of a watch. */
  readonly everyMs: number;
  /** Names of the only streams to pull; left out: all that the settings do not skip. */
  readonly streams?: readonly string[];
  /** True: what is not due yet is taken too; of a watch, by its first round. */
  readonly isNow: boolean;
}

/** Pulls and loads everything that is due, once or until Ctrl-C. Returns the exit code. */
export async function runSync(context: CommandContext, options: SyncOptions): Promise<number> {
  context.output.intro('faxsync sync');
  const { streams, isNow } = options;
  const settings = await readSettings(context);
  if (streams !== undefined) checkStreams(settings, streams);
  const jobs = settings.accounts.map(({ account }) => ({
    account,
    ...(streams === undefined ? {} : { streams: [...streams] }),
    ...(isNow ? { eager: true } : {}),
  }));
  return runJobs(context, 'sync', jobs, options);
}

/**
 * The settings before anything is started for them, so that what a flag has wrong costs no server, no schema and no call.
 * @throws {SettingsError} that says of a home which the demo made that there is nobody to pull from.
 */
async function readSettings(cli: CommandContext): Promise<Settings> {
  try {
    return parseSettings(cli.env, cli.flags, { needs: ['provider'] });
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const home = await demoHomeOf(cli);
    if (home === null) throw error;
    const { code, context } = error;
    const advice = `The demo made the home ${home}, and its pretend provider is gone: nothing can be pulled there any more, and no key is needed to ask it. For an account of your own leave out --home, or unset FAXSYNC_HOME.`;
    throw new SettingsError(`${error.message}\n${advice}`, { code, context, cause: error });
  }
}

/** The home where the demo made it and nothing but keys is missing; else null. */
async function demoHomeOf({ env, flags }: CommandContext): Promise<string | null> {
  try {
    const { home, databaseUrl, accounts } = parseSettings(env, flags);
    const made = await demoAccountIn(home);
    const isKeyless = accounts.every(({ account, credentials }) => account === made && credentials.length === 0);
    return databaseUrl === null && isKeyless ? home : null;
  } catch {
    // What else is wrong is among what is said already.
    return null;
  }
}

/** @throws {SettingsError} naming the account, where there are several, that does not have one of the streams. */
function checkStreams({ accounts }: Settings, streams: readonly string[]): void {
  for (const { account, apiVersion, skippedStreams, undocumentedPaths } of accounts) {
    try {
      assertKnownStreams({ provider: { dialect: apiVersion }, streams, skippedStreams, undocumentedPaths });
    } catch (error) {
      if (!(error instanceof SettingsError) || accounts.length === 1) throw error;
      const { code, context } = error;
      throw new SettingsError(`Account ${account}: ${error.message}`, { code, context, cause: error });
    }
  }
}

/** `faxsync backfill`; days are taken in each account's billing zone. */
export interface BackfillOptions {
  readonly from: string;
  /** Left out: the beginning of today. */
  readonly to?: string;
}

/** Reads every fax created in a range once more, with a cursor of its own. Returns the exit code. */
export async function runBackfill(context: CommandContext, options: BackfillOptions): Promise<number> {
  context.output.intro('faxsync backfill');
  const now = Date.now();
  const { accounts } = await readSettings(context);
  const jobs = accounts.map((account) => {
    const from = readBound('--from', options.from, account);
    const to = readBound('--to', options.to ?? dayIn(now, account.billingZone), account);
    if (from >= to) throw flagError('--from', 'is not before --to: give the earlier one first');
    return { account: account.account, passes: [backfillPassName(from, to)], streams: ['faxes'], eager: true };
  });
  return runJobs(context, 'backfill', jobs, { isWatching: false, everyMs: 0, isNow: true });
}

/** A day in the billing zone, or an instant with an offset; whole seconds. */
function readBound(flag: string, text: string, { billingZone }: AccountSettings): Instant {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const instant = isDay ? (parseZonedText(`${text} 00:00:00`, billingZone)?.instant ?? null) : parseRfc3339(text);
  if (instant === null) {
    throw flagError(flag, 'is neither a day nor an instant: write 2026-01-31, or 2026-01-31T08:00:00-06:00');
  }
  return Math.floor(instant / 1_000) * 1_000;
}

function flagError(flag: string, fault: string): SettingsError {
  return new SettingsError(`${flag} ${fault}.`, { code: 'flag_invalid', context: { setting: flag } });
}

function runJobs(
  context: CommandContext,
  command: string,
  jobs: readonly PullEvent[],
  options: SyncOptions,
): Promise<number> {
  return withSession(context, { settings: ['provider'], schema: 'current' }, (session) =>
    runJobsIn(session, context, command, jobs, options),
  );
}

async function runJobsIn(
  session: Session,
  context: CommandContext,
  command: string,
  jobs: readonly PullEvent[],
  options: SyncOptions,
): Promise<number> {
  const startedAt = Date.now();
  const { output } = context;
  const board = new Board(output);
  const stopAll = new AbortController();
  const signal = AbortSignal.any([context.signal, stopAll.signal]);
  try {
    const runs = jobs.map((event) => runJob(context, session, event, options, signal, board));
    // Accounts are worked on side by side: each has its own call rate, lock and cursor. A defect in one ends the others.
    // All of them are waited for: what they work with is closed after this.
    const results = await Promise.allSettled(runs.map((run) => run.catch((error: unknown) => endAll(error, stopAll))));
    board.end();
    const defect = results.find((result) => result.status === 'rejected');
    if (defect !== undefined) throw defect.reason;
    const reports = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const isInterrupted = context.signal.aborted && !options.isWatching;
    return say(output, command, reports, { options, isInterrupted, durationMs: Date.now() - startedAt });
  } finally {
    board.end();
  }
}

function endAll(error: unknown, stopAll: AbortController): never {
  stopAll.abort();
  throw error;
}

/** A watch looks at every landed object again this often, as the deployed audit does. */
const FULL_AUDIT_EVERY_MS = 3_600_000;

/** One account's rounds; returns the report of the last one. */
async function runJob(
  context: CommandContext,
  session: Session,
  event: PullEvent,
  options: SyncOptions,
  signal: AbortSignal,
  board: Board,
): Promise<AccountReport> {
  const holder: LeaseHolder = await nameHolder(session.settings.home, event.account);
  const onProgress = (text: string) => board.show(event.account, text);
  let auditAfter: string | null = null;
  let fullAuditAt = Date.now();
  for (let number = 1; ; number++) {
    const round = number === 1 || !options.isNow ? event : { ...event, eager: false };
    const report = await syncAccount({ session, event: round, holder, signal, auditAfter, onProgress });
    // A run that failed may not have given its lease back; the next one then takes it over under this name.
    if (report.error === null) await holder.forget();
    if (!options.isWatching || signal.aborted || !mayGoOn(report, session)) return report;
    auditAfter = report.auditedTo === null ? null : auditAgainAfter(report.auditedTo);
    if (Date.now() - fullAuditAt > FULL_AUDIT_EVERY_MS) {
      auditAfter = null;
      fullAuditAt = Date.now();
    }
    sayRound(context.output, report, number === 1);
    onProgress(`${event.account}: next look in ${formatSpan(options.everyMs)} · Ctrl-C ends`);
    await session.runtime.clock.sleep(options.everyMs, signal).catch(() => {});
    if (signal.aborted) return report;
    await holder.note();
  }
}

/**
 * Whether another round is worth its calls although this one failed. Where only a part did, e.g. a list that is refused, the rest goes on.
 * An embedded server that is gone does not come back.
 */
function mayGoOn({ error, load, isThrough }: AccountReport, session: Session): boolean {
  if (error === null) return true;
  if (session.embeddedIn !== null && load.isOutage) return false;
  return error instanceof FaxsyncError && (error.retryable || (isThrough && !load.isOutage));
}

function sayRound(output: Output, report: AccountReport, isFirst: boolean): void {
  const { account, error, load } = report;
  const isNews = load.added + load.changed > 0;
  if (isNews || (isFirst && error === null)) output.step(lineOf(report));
  if (error !== null) output.warn(`${account}: ${describeError(error, false).message}`);
}

function lineOf({ account, calls, landed, load }: AccountReport): string {
  const { added, changed, records } = load;
  const what =
    records === 0
      ? 'nothing new'
      : `${countOf(records, 'record')}: ${formatCount(added)} new, ${formatCount(changed)} changed`;
  return `${account}: ${what} · ${countOf(landed, 'object')} landed by ${countOf(calls, 'call')}`;
}

/** How the rounds of all accounts came to their end. */
interface End {
  readonly options: SyncOptions;
  readonly isInterrupted: boolean;
  readonly durationMs: number;
}

function say(output: Output, command: string, reports: readonly AccountReport[], end: End): number {
  const { options, isInterrupted, durationMs } = end;
  const failed = reports.filter(({ error }) => error !== null);
  for (const report of reports) {
    output.step(lineOf(report));
    if (report.leftOver > 0) {
      output.info(`${report.account}: ${countOf(report.leftOver, 'object')} of an earlier run had not been loaded yet`);
    }
    if (report.load.rejected > 0) {
      output.warn(
        `${report.account}: ${countOf(report.load.rejected, 'record or value', 'records or values')} set aside. Look: faxsync rejected`,
      );
    }
    if (wasNothingDue(report, end)) {
      output.info(
        `${report.account}: nothing of ${options.streams?.join(', ')} was due, so nothing was asked for; what failed is left alone for a while, too. To ask now: add --now. How often each is taken: faxsync status`,
      );
    }
    if (command === 'backfill' && report.passes.length === 0 && report.error === null && !isInterrupted) {
      output.info(
        `${report.account}: this very range was read before. To read it again, give other bounds, if only by a second.`,
      );
    }
  }
  output.document({
    command,
    ok: failed.length === 0 && !isInterrupted,
    duration_ms: durationMs,
    accounts: reports.map(reportDocument),
  });
  for (const { account, error } of failed) {
    const described = describeError(error, false);
    output.fail(
      reports.length === 1 ? described : { ...described, message: `Account ${account}: ${described.message}` },
    );
  }
  if (failed.length > 0) return EXIT.failed;
  output.outro(
    isInterrupted
      ? 'Stopped; the next run goes on from here.'
      : `Done in ${formatSpan(durationMs)}. How it stands: faxsync status`,
  );
  return isInterrupted ? EXIT.failed : EXIT.fine;
}

/** Streams that were named and left no call to make are not due; without names the head alone is one. */
function wasNothingDue({ calls, error }: AccountReport, { options, isInterrupted }: End): boolean {
  const { streams, isWatching, isNow } = options;
  return streams !== undefined && !isWatching && !isNow && !isInterrupted && calls === 0 && error === null;
}

function reportDocument(report: AccountReport): object {
  const { account, calls, landed, leftOver, load, passes, error, isStopped } = report;
  const described = error === null ? null : describeError(error, false);
  return {
    account,
    calls,
    landed_objects: landed,
    left_over_objects: leftOver,
    loaded_objects: load.loaded,
    failed_objects: load.failed.length,
    records: load.records,
    new_records: load.added,
    changed_records: load.changed,
    rejected: load.rejected,
    is_stopped: isStopped,
    passes: passes.map(({ name, position, lagMs, slices, rows, isDone }) => ({
      pass: name,
      position: toIso(position),
      lag_ms: lagMs,
      slices,
      rows,
      is_done: isDone,
    })),
    error: described === null ? null : { code: described.code, message: described.message },
  };
}

/** One moving line for all accounts. */
class Board {
  readonly #progress;
  readonly #lines = new Map<string, string>();

  constructor(output: Output) {
    this.#progress = output.progress('Starting');
  }

  show(account: string, text: string): void {
    this.#lines.set(account, text);
    this.#progress.update([...this.#lines.values()].join(' | '));
  }

  end(): void {
    this.#progress.end();
  }
}
