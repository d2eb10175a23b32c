import type pg from 'pg';
import { textArray } from './array-literal.ts';
import { inTransaction } from './connection.ts';
import { toWarehouseError } from './database-error.ts';
import { ACCOUNT_LOCK } from './load-object.ts';
import { listMirrorTables } from './mirror-tables.ts';

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
    const tables = await listMirrorTables(client);
    if (ids.length === rows.length) {
      await client.query(`truncate ${tables.join(', ')}`);
    } else {
      for (const table of tables) {
        await client.query(`delete from ${table} where account_id = any($1::integer[])`, [ids]);
      }
    }
    // Sums of nothing: no trigger sees a truncation.
    for (const id of ids) await client.query('select rollup.rebuild($1)', [id]);
  });
}
