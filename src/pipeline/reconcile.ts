import type { Pool } from 'pg';
import type { Clock } from '../domain/clock.ts';
import type { Period, ReconciliationSettings } from '../domain/reconciliation.ts';
import type { Instant } from '../domain/time.ts';
import { WarehouseError } from '../warehouse/database-error.ts';
import { readDuePeriods, readKnownMonths } from '../warehouse/recon/read-due-periods.ts';
import { CHECKS } from '../warehouse/recon/registry.ts';
import { RunRefusedError, type RunSummary, RunUnderWayError, runChecks } from '../warehouse/recon/run.ts';

/** A closed month is looked at until every credit must have come, and so much longer that a pass has seen it. */
const WATCHED_LONGER_DAYS = 25;
/** Less than this is not enough for a month. */
const MONTH_MIN_MS = 20_000;
/** A decision made while a run was at work makes it lose once; twice is no accident. */
const ATTEMPTS_MAX = 3;

/** What a round of the reconciliation is asked to do. */
export interface ReconcileRequest {
  readonly account: string;
  readonly settings: ReconciliationSettings;
  readonly clock: Clock;
  /** Nothing looked at later is known to the runs; default: the present. */
  readonly asOf?: Instant;
  /** The one month; default: those that are due. */
  readonly period?: Period;
  /** `hour`: only the checks of every hour. */
  readonly every: 'hour' | 'day';
  readonly codeVersion: string;
  /** For all months together, ms. */
  readonly timeoutMs: number;
}

/** What a round came to. */
export interface ReconcileRound {
  readonly runs: readonly RunSummary[];
  /** Months that the time did not suffice for; they come first in the next round. */
  readonly left: readonly Period[];
}

/**
 * Runs the checks over the months of one account that are due, or over one. Everything is in the warehouse; nothing is asked of the provider.
 * Nothing where nothing of the account was ever loaded. A month that fails keeps none of the others from being run; then its error is thrown at the end.
 * @throws {RunRefusedError} for a month of which nothing can be known, or an instant that has not come.
 * @throws {RunUnderWayError} @throws {WarehouseError}
 */
export async function reconcileAccount(pool: Pool, request: ReconcileRequest): Promise<ReconcileRound> {
  const { account, settings, clock, every, timeoutMs } = request;
  const startedAt = clock.now();
  const watchedDays = settings.limits.creditDays + WATCHED_LONGER_DAYS;
  const periods =
    request.period === undefined
      ? await readDuePeriods(pool, { account, now: request.asOf ?? startedAt, every, watchedDays })
      : [await knownPeriod(pool, account, request.period, startedAt)];
  const failures: unknown[] = [];
  const runs: RunSummary[] = [];
  let left: readonly Period[] = [];
  for (const [index, period] of periods.entries()) {
    const leftMs = timeoutMs - (clock.now() - startedAt);
    // The first one is tried with whatever there is.
    if (index > 0 && leftMs < Math.max(MONTH_MIN_MS, timeoutMs / 4)) {
      left = periods.slice(index);
      break;
    }
    // A month that takes too long leaves half of the time to those after it.
    const monthMs = index === periods.length - 1 ? leftMs : leftMs / 2;
    try {
      const run = await runOnce(pool, request, period, monthMs);
      if (run !== null) runs.push(run);
    } catch (error) {
      if (error instanceof RunUnderWayError || error instanceof RunRefusedError) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return { runs, left };
}

/** A month that somebody named. A row of a month stays for ever and wants to be closed, so a slip of the pen must not make one. */
async function knownPeriod(pool: Pool, account: string, period: Period, now: Instant): Promise<Period> {
  const known = await readKnownMonths(pool, { account, now });
  if (known === null || (period >= known.first && period <= known.last)) return period;
  const [first, last, asked] = [known.first, known.last, period].map((month) => month.slice(0, 7));
  throw new RunRefusedError(
    `Nothing is known of ${account} in ${asked}: its months are ${first} to ${last}. Name one of these, or read more of its history first.`,
    { code: 'period_unknown', context: { account, period } },
  );
}

async function runOnce(
  pool: Pool,
  { account, settings, clock, every, codeVersion, asOf }: ReconcileRequest,
  period: Period,
  timeoutMs: number,
): Promise<RunSummary | null> {
  const checks = every === 'day' ? CHECKS : CHECKS.filter((check) => check.every === 'hour');
  for (let attempt = 1; ; attempt++) {
    const now = clock.now();
    try {
      return await runChecks(pool, {
        account,
        period,
        settings,
        every,
        checks,
        codeVersion,
        asOf: asOf ?? now,
        now,
        timeoutMs,
      });
    } catch (error) {
      const isConflict = error instanceof WarehouseError && error.code === 'warehouse_conflict';
      if (!isConflict || attempt >= ATTEMPTS_MAX) throw error;
    }
  }
}
