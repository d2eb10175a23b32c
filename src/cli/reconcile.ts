import type { Period } from '../domain/reconciliation.ts';
import { type Instant, toIso } from '../domain/time.ts';
import { formatDollars, monthOf, plainWords } from '../domain/words.ts';
import { reconcileAccount } from '../pipeline/reconcile.ts';
import { CODE_VERSION } from '../runtime/code-version.ts';
import { type CheckSums, readCheckSums } from '../warehouse/recon/read-checks.ts';
import { checkOf } from '../warehouse/recon/registry.ts';
import { RunRefusedError, type RunSummary } from '../warehouse/recon/run.ts';
import { readStanding } from '../warehouse/recon/standing.ts';
import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { countOf, formatCount, formatSpan, type Output } from './output.ts';
import { type Session, withSession } from './session.ts';

/** On a command line nobody waits for an invocation to end; this only keeps a lost statement from staying for ever. */
const ROUND_MS = 6 * 3_600_000;

/** `faxsync reconcile`. */
export interface ReconcileOptions {
  /** One month; default: those that are due. */
  readonly period?: Period;
  /** Nothing looked at later is known; default: the present. */
  readonly asOf?: Instant;
  /** Only the checks of every hour. */
  readonly isHourly: boolean;
}

/** One month as it came out. */
interface MonthReport {
  readonly run: RunSummary;
  readonly checks: readonly CheckSums[];
}

interface AccountReport {
  readonly account: string;
  readonly months: readonly MonthReport[];
  /** Differences of severity error: of the months that were run, or, where none was named, of all. */
  readonly standing: number;
}

/** Runs the checks over every account of the settings and says what differs. Returns the exit code. @throws {FaxsyncError} */
export async function runReconcile(context: CommandContext, options: ReconcileOptions): Promise<number> {
  const { output, signal } = context;
  const startedAt = Date.now();
  output.intro('faxsync reconcile');
  return withSession(context, { settings: [], schema: 'filled' }, async (session) => {
    const reports: AccountReport[] = [];
    const { accounts } = session.settings;
    for (const { account } of accounts) {
      if (signal.aborted) break;
      const report = await reconcileOne(session, account, options, output).catch((error: unknown) => {
        // Of several accounts one may be younger than the month.
        if (accounts.length === 1 || !(error instanceof RunRefusedError) || error.code !== 'period_unknown')
          throw error;
        output.warn(error.message);
        return { account, months: [], standing: 0 };
      });
      sayAccount(output, report, options);
      reports.push(report);
    }
    const standing = reports.reduce((sum, report) => sum + report.standing, 0);
    const isWhole = reports.length === session.settings.accounts.length;
    // Who asks by the clock whether the bill agrees must not hear yes where there is no bill.
    const isEmpty = reports.every(({ months }) => months.length === 0);
    output.document({
      command: 'reconcile',
      ok: standing === 0 && isWhole && !isEmpty,
      duration_ms: Date.now() - startedAt,
      accounts: reports.map(({ account, months }) => ({ account, periods: months.map(monthDocument) })),
    });
    if (!isWhole) {
      output.outro('Stopped; what was reconciled is kept.');
      return EXIT.failed;
    }
    const took = formatSpan(Date.now() - startedAt);
    output.outro(
      standing > 0
        ? `A difference stands in ${differing(reports)} (${took}). See: faxsync items`
        : isEmpty
          ? 'Nothing is known, so nothing was held against anything.'
          : `Nothing stands unexplained (${took}).`,
    );
    if (standing > 0) return EXIT.different;
    return isEmpty ? EXIT.failed : EXIT.fine;
  });
}

/** The months of this round in which a difference stands. */
function differing(reports: readonly AccountReport[]): string {
  const months = reports.flatMap(({ months: ran }) => ran).filter(({ run }) => run.exceptionsBySeverity.error > 0);
  return months.map(({ run }) => monthOf(run.period)).join(', ') || 'a month that was not due';
}

async function reconcileOne(
  session: Session,
  account: string,
  { period, asOf, isHourly }: ReconcileOptions,
  output: Output,
): Promise<AccountReport> {
  const { pool, clock } = session.runtime;
  const progress = output.progress(`${account}: reconciling`);
  try {
    const { runs } = await reconcileAccount(pool, {
      account,
      settings: session.runtime.account(account).reconciliation,
      clock,
      every: isHourly ? 'hour' : 'day',
      codeVersion: CODE_VERSION,
      timeoutMs: ROUND_MS,
      ...(period === undefined ? {} : { period }),
      ...(asOf === undefined ? {} : { asOf }),
    });
    const months: MonthReport[] = [];
    // The most overdue month is run first; people read months in their order.
    for (const run of runs.toSorted((a, b) => (a.period < b.period ? -1 : 1)))
      months.push({ run, checks: await readCheckSums(pool, run.runId) });
    if (period === undefined && asOf === undefined) {
      return { account, months, standing: (await readStanding(pool, account)).errors };
    }
    const standing = runs.reduce((sum, run) => sum + run.exceptionsBySeverity.error, 0);
    return { account, months, standing };
  } finally {
    progress.end();
  }
}

/** Per cent with two decimals, rounded down: 100.00 % means all. */
export function percentOf(part: number, whole: number): string {
  if (whole === 0) return 'nothing to hold against';
  return `${(Math.floor((10_000 * part) / whole) / 100).toFixed(2)} %`;
}

function sayAccount(output: Output, { account, months }: AccountReport, { period, asOf }: ReconcileOptions): void {
  if (months.length === 0 && period === undefined) {
    output.warn(
      asOf === undefined
        ? `${account}: nothing is loaded that could be reconciled. Begin: faxsync sync`
        : `${account}: nothing of it was known at that instant.`,
    );
  }
  for (const { run, checks } of months) {
    const { period, runId, chargedCents, unexplainedCents, owedCents, isRepeat } = run;
    output.step(
      `${account}, ${monthOf(period)}: charged ${formatDollars(chargedCents)} for ${countOf(run.faxes, 'fax', 'faxes')}, unexplained ${formatDollars(unexplainedCents)}, owed by the provider ${formatDollars(owedCents)} (run ${runId}${isRepeat ? ', as the one before' : ''})`,
    );
    if (run.testedCount > 0) {
      const byList = run.testedCount - run.observedCount;
      const by =
        run.observedCount === 0
          ? ''
          : ` (${formatCount(byList)} by a list, ${formatCount(run.observedCount)} older than it or not on it, by prices seen on others)`;
      output.info(
        `agree with their price: ${percentOf(run.matchedCount, run.testedCount)} of ${countOf(run.testedCount, 'fax', 'faxes')}${by}, ${percentOf(run.matchedCents, run.testedCents)} of ${formatDollars(run.testedCents)}`,
      );
    }
    output.table(
      ['check', 'what', 'outcome', 'tested', 'explained', 'exceptions', 'at stake', 'open'],
      checks.map((check) => [
        check.checkId,
        nameOf(check.checkId),
        plainWords(check.outcome),
        check.tested,
        check.explained,
        check.exceptions,
        check.exceptionCents === 0 ? '' : formatDollars(check.exceptionCents),
        check.openItems,
      ]),
    );
    for (const line of openLines(checks, monthOf(period))) output.warn(`${account}, ${monthOf(period)}: ${line}`);
    if (owedCents > 0) output.info(`to claim what is owed: faxsync items --period ${monthOf(period)} --owed --csv`);
  }
}

function nameOf(checkId: string): string {
  return plainWords(checkOf(checkId)?.name ?? '');
}

/** What stands open, a line a check, and the command that lists it. */
function openLines(checks: readonly CheckSums[], month: string): string[] {
  return checks
    .filter(({ openItems }) => openItems > 0)
    .map(({ checkId, openItems, openCents, reason }) => {
      const meaning = reason === null ? null : checkOf(checkId)?.reasons[reason];
      const stake = openCents === 0 ? '' : `, ${formatDollars(openCents)}`;
      const why = reason === null ? '' : `, mostly ${plainWords(reason)}`;
      return `${checkId} ${countOf(openItems, 'item')} open${stake}${why}.${meaning === undefined || meaning === null ? '' : ` ${meaning}`} Row by row: faxsync items --period ${month} --check ${checkId}`;
    });
}

function monthDocument({ run, checks }: MonthReport): object {
  return {
    period: monthOf(run.period),
    run_id: run.runId,
    as_of: toIso(run.asOf),
    is_repeat: run.isRepeat,
    faxes: run.faxes,
    charged_cents: run.chargedCents,
    unexplained_cents: run.unexplainedCents,
    owed_cents: run.owedCents,
    tested: { count: run.testedCount, cents: run.testedCents, by_prices_seen: run.observedCount },
    matched: { count: run.matchedCount, cents: run.matchedCents },
    exceptions: run.exceptionsBySeverity,
    checks: checks.map((check) => ({
      check: check.checkId,
      name: checkOf(check.checkId)?.name ?? null,
      outcome: check.outcome,
      severity: check.severity,
      tested: check.tested,
      within_tolerance: check.within,
      explained: check.explained,
      exceptions: check.exceptions,
      not_testable: check.untestable,
      exception_cents: check.exceptionCents,
      reason: check.reason,
      open_items: check.openItems,
      open_cents: check.openCents,
    })),
  };
}
