import type pg from 'pg';
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
