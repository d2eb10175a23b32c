import type { Pool } from 'pg';
import type { Clock } from '../domain/clock.ts';
import { FaxsyncError } from '../domain/errors.ts';
import { inTransaction } from './connection.ts';
import { WarehouseError, type WarehouseFailure } from './database-error.ts';
import { compareRollups, type RollupDifference, rebuildRollups } from './rollups.ts';

/** Sums that reports read were not those of the tables (code `rollups_differ`); for the log, since nothing is thrown where they could be mended. */
export class RollupsDifferError extends FaxsyncError {
  /** `isRight`: whether they were made anew. */
  constructor(account: string, isRight: boolean) {
    super(
      `Sums that reports of account ${account} read were not those of its tables. ${
        isRight ? 'They were made anew' : 'Time did not suffice to make them anew'
      }; see docs/runbook/sums-differ.md.`,
      { code: 'rollups_differ', context: { account } },
    );
  }
}

/** What holding the rollups of an account against its tables came to. */
export interface RollupsCheck {
  /** Rollups that differed, none where all was well; null: time did not suffice to compare. */
  readonly differences: readonly RollupDifference[] | null;
  /** False where they differ still: time did not suffice to make them anew. */
  readonly isRight: boolean;
}

/** What {@link mendRollups} is asked. */
export interface MendRollupsRequest {
  readonly account: string;
  readonly clock: Clock;
  /** What may be spent in all, ms; what takes longer is ended and leaves everything as it was. */
  readonly timeoutMs: number;
}

/**
 * Compares every rollup of an account with its tables and, where one differs, makes them all anew. Loads go on while it compares, and wait while it
 * makes them anew.
 * @throws {WarehouseError} for everything but a lack of time.
 */
export async function mendRollups(
  pool: Pool,
  { account, clock, timeoutMs }: MendRollupsRequest,
): Promise<RollupsCheck> {
  const deadline = clock.now() + timeoutMs;
  const differences = await within(pool, deadline - clock.now(), (client) => compareRollups(client, account));
  if (differences === null) return { differences, isRight: false };
  if (differences.length === 0) return { differences, isRight: true };
  const made = await within(pool, deadline - clock.now(), async (client) => {
    await rebuildRollups(client, account);
    return true;
  });
  return { differences, isRight: made === true };
}

/** A lock is waited for a minute by `rollup.rebuild` itself. */
const LATE: ReadonlySet<WarehouseFailure> = new Set(['statement_timeout', 'lock_timeout']);

/** What `work` gives; null where it takes longer than `timeoutMs`, or waits too long for others. */
async function within<T>(
  pool: Pool,
  timeoutMs: number,
  work: (client: Pick<Pool, 'query'>) => Promise<T>,
): Promise<T | null> {
  const wholeMs = Math.floor(timeoutMs);
  // 0 would be no limit.
  if (wholeMs < 1) return null;
  try {
    return await inTransaction(pool, work, `begin; set local statement_timeout = ${wholeMs}; set local jit = off`);
  } catch (error) {
    if (error instanceof WarehouseError && LATE.has(error.failure)) return null;
    throw error;
  }
}
