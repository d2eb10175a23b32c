import type { Pool } from 'pg';
import { int8ToNumber } from './connection.ts';
import { toWarehouseError } from './database-error.ts';

/** A rollup whose sums are not those of the tables. */
export interface RollupDifference {
  /** `fax_days`, `tag_months`, ... */
  readonly rollup: string;
  /** Keys (days, months, tag values, ...) of which a sum differs. */
  readonly differenceCount: number;
}

/**
 * Folds what loads appended to the rollups into their sums; reports say the same before and after, only faster. One fold at a time: returns null where
 * another one is at work, else the rows it took.
 * @throws {WarehouseError}
 */
export async function foldRollups(pool: Pool): Promise<number | null> {
  try {
    const { rows } = await pool.query<{ row_count: string | null }>('select rollup.fold() as row_count');
    const count = rows[0]?.row_count ?? null;
    return count === null ? null : int8ToNumber(count);
  } catch (error) {
    throw toWarehouseError(error);
  }
}

/**
 * Counts every sum of an account anew from its faxes, recipients and history, and compares: the rollups that differ, none where all is well.
 * Takes some seconds a million faxes; loads go on meanwhile.
 * @throws {WarehouseError}
 */
export async function compareRollups(database: Pick<Pool, 'query'>, account: string): Promise<RollupDifference[]> {
  try {
    const { rows } = await database.query<{ rollup: string; difference_count: string }>(
      `select d.rollup, d.difference_count from warehouse.accounts a cross join lateral rollup.differences(a.account_id) d
       where a.account_key = $1 and d.difference_count <> 0 order by d.rollup`,
      [account],
    );
    return rows.map((row) => ({ rollup: row.rollup, differenceCount: int8ToNumber(row.difference_count) }));
  } catch (error) {
    throw toWarehouseError(error);
  }
}

/** Makes every sum of an account anew; its loads wait meanwhile. For what {@link compareRollups} found. @throws {WarehouseError} */
export async function rebuildRollups(database: Pick<Pool, 'query'>, account: string): Promise<void> {
  try {
    await database.query('select rollup.rebuild(account_id) from warehouse.accounts where account_key = $1', [account]);
  } catch (error) {
    throw toWarehouseError(error);
  }
}
