import type pg from 'pg';
import { textArray } from './array-literal.ts';
import { inTransaction } from './connection.ts';
import { toWarehouseError } from './database-error.ts';
import { ACCOUNT_LOCK } from './load-object.ts';

/** Every table that loading landed objects fills, so that a replay makes them anew. */
export const REPLAYED_TABLES = [
  'warehouse.faxes',
  'warehouse.fax_recipients',
  'warehouse.fax_barcodes',
  'warehouse.fax_history',
  'warehouse.phone_numbers',
  'warehouse.phone_number_history',
  'warehouse.phone_number_charges',
  'warehouse.account_snapshots',
  'warehouse.rate_card',
  'ops.landed_objects',
  'ops.slices',
  'ops.fax_looks',
  'ops.rejected_records',
  'ops.schema_drift',
] as const;

const COUNT_LOADED = `
select count(*)::integer as loaded_count
from ops.landed_objects o join warehouse.accounts a on a.account_id = o.account_id
where a.account_key = any($1::text[])`;

/** Landed objects of these accounts that are loaded. @throws {WarehouseError} */
export async function countLoaded(pool: pg.Pool, accounts: readonly string[]): Promise<number> {
  try {
    const { rows } = await pool.query<{ loaded_count: number }>(COUNT_LOADED, [textArray(accounts)]);
    return rows[0]?.loaded_count ?? 0;
  } catch (error) {
    throw toWarehouseError(error);
  }
}

/**
 * Empties everything these accounts' landed objects filled, in one transaction; the accounts themselves, the grants to read them,
 * cursors and error codes stay. Waits for loads under way. Where no other account is in the warehouse the tables are truncated, else
 * rows are deleted.
 * @throws {WarehouseError} also where the login may not: it takes the one that owns the schemas.
 */
export async function clearAccounts(pool: pg.Pool, accounts: readonly string[]): Promise<void> {
  await inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ account_id: number; is_cleared: boolean }>(
      'select account_id, account_key = any($1::text[]) as is_cleared from warehouse.accounts order by account_id',
      [textArray(accounts)],
    );
    const ids = rows.filter((row) => row.is_cleared).map((row) => row.account_id);
    for (const id of ids) await client.query('select pg_advisory_xact_lock($1, $2)', [ACCOUNT_LOCK, id]);
    if (ids.length === rows.length) {
      await client.query(`truncate ${REPLAYED_TABLES.join(', ')}`);
      return;
    }
    for (const table of REPLAYED_TABLES) {
      await client.query(`delete from ${table} where account_id = any($1::integer[])`, [ids]);
    }
  });
}
