import type pg from 'pg';
import { type Instant, toIso } from '../domain/time.ts';
import { textArray } from './array-literal.ts';
import { toWarehouseError } from './database-error.ts';

/** Keys asked for in one statement. */
export const AUDIT_KEYS_MAX = 1_000;

/** One look into the ledger's primary key for each landed key: 1,000 keys take under 10 ms. */
const FIND_UNLOADED = `
select k.landed_key
from unnest($1::text[]) with ordinality as k(landed_key, place)
where not exists (select from ops.landed_objects o where o.landed_key = k.landed_key)
order by k.place`;

/**
 * Which of these landed objects the load ledger does not have, in the order given.
 * @throws {WarehouseError} when the database cannot be asked.
 */
export async function unloadedAmong(pool: pg.Pool, keys: readonly string[]): Promise<string[]> {
  if (keys.length === 0) return [];
  try {
    const { rows } = await pool.query<{ landed_key: string }>(FIND_UNLOADED, [textArray(keys)]);
    return rows.map((row) => row.landed_key);
  } catch (error) {
    throw toWarehouseError(error);
  }
}

/**
 * The ledger read backwards along its index (account, observation) until a look made before the instant is met: as many rows as were
 * loaded since, 36,000 in 26 hours with a million faxes and a callback each a month, in 10 ms. The account's number by a subquery: a join
 * would read and sort all of it (400 ms).
 */
const FIND_LAST_BEFORE = `
select observation_no from ops.landed_objects
where account_id = (select account_id from warehouse.accounts where account_key = $1) and requested_at < $2::timestamptz
order by observation_no desc limit 1`;

/**
 * The largest observation number among the loaded looks of an account that were made before an instant; null where there is none.
 * @throws {WarehouseError} when the database cannot be asked.
 */
export async function lastObservationBefore(pool: pg.Pool, account: string, before: Instant): Promise<number | null> {
  try {
    const { rows } = await pool.query<{ observation_no: string }>(FIND_LAST_BEFORE, [account, toIso(before)]);
    return rows[0] === undefined ? null : Number(rows[0].observation_no);
  } catch (error) {
    throw toWarehouseError(error);
  }
}
