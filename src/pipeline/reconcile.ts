import type { Pool } from 'pg';
import type { Clock } from '../domain/clock.ts';
import type { Period, ReconciliationSettings } from '../domain/reconciliation.ts';
import type { Instant } from '../domain/time.ts';
import { WarehouseError } from '../warehouse/database-error.ts';
import { readDuePeriods } from '../warehouse/recon/read-due-periods.ts';
import { CHECKS } from '../warehouse/recon/registry.ts';
import { type RunSummary, runChecks } from '../warehouse/recon/run.ts';

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
 * Nothing where nothing of the account was ever loaded.
 * @throws {RunUnderWayError} @throws {WarehouseError}
 */
export async function reconcileAccount(pool: Pool, request: ReconcileRequest): Promise<ReconcileRound> {
  const { account, settings, clock, every, timeoutMs } = request;
  const startedAt = clock.now();
  const watchedDays = settings.limits.creditDays + WATCHED_LONGER_DAYS;
  const periods =
    request.period === undefined
      ? await readDuePeriods(pool, { account, now: request.asOf ?? startedAt, every, watchedDays })
      : [request.period];
  const runs: RunSummary[] = [];
  for (const [index, period] of periods.entries()) {
    const leftMs = timeoutMs - (clock.now() - startedAt);
    // The first one is tried with whatever there is.
    if (index > 0 && leftMs < Math.max(MONTH_MIN_MS, timeoutMs / 4)) return { runs, left: periods.slice(index) };
    const run = await runOnce(pool, request, period, leftMs);
    if (run !== null) runs.push(run);
  }
  return { runs, left: [] };
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
