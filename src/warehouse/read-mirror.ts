import type { Selectable } from 'kysely';
import type { Pool } from 'pg';
import { createKysely, int8ToNumber } from './connection.ts';
import type { MirrorTable } from './mirror-tables.ts';
import type { DB } from './schema.generated.ts';

/** One row of a table as the driver gives it: `bigint` as text, `timestamptz` as Date, `jsonb` parsed. */
export type MirrorTableRow<Table extends MirrorTable> = Selectable<DB[Table]>;

const PRIMARY_KEYS = `
select a.attname as name from pg_index i
join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
where i.indrelid = $1::regclass and i.indisprimary
order by array_position(i.indkey::smallint[], a.attnum)`;

/** The short key of an account; null where nothing of it was loaded yet. */
export async function findAccountId(pool: Pool, account: string): Promise<number | null> {
  const found = await createKysely(pool)
    .selectFrom('warehouse.accounts')
    .select('account_id')
    .where('account_key', '=', account)
    .executeTakeFirst();
  return found?.account_id ?? null;
}

/**
 * Every row of one table of an account, in order of its key, with all columns: for comparisons, which must miss none.
 * The whole table is held in memory.
 */
export async function readMirrorTable<Table extends MirrorTable>(
  pool: Pool,
  accountId: number,
  table: Table,
): Promise<MirrorTableRow<Table>[]> {
  const keys = await pool.query<{ name: string }>(PRIMARY_KEYS, [table]);
  const order = keys.rows.map(({ name }) => `"${name}"`).join(', ');
  // Both names come from the code and the catalogue, never from a user's text.
  const found = await pool.query(`select * from ${table} where account_id = $1 order by ${order}`, [accountId]);
  return found.rows as MirrorTableRow<Table>[];
}

/** What was spent on faxes on one day. */
export interface DailyCost {
  /** `YYYY-MM-DD` in the zone asked for. */
  readonly day: string;
  readonly faxCount: number;
  /** Sum of their cost; a cost that is not known counts 0. */
  readonly costCents: number;
}

const DAILY_COSTS = `
select (created_at at time zone $2)::date as day, count(*) as fax_count, coalesce(sum(cost_cents), 0) as cost_cents
from warehouse.faxes
where account_id = $1 and is_test is not true and created_at is not null
group by 1 order by 1`;

/** The cost of an account's faxes by day of creation, test faxes left out since they are not billed. */
export async function readDailyCosts(pool: Pool, accountId: number, zone: string): Promise<DailyCost[]> {
  const found = await pool.query<{ day: string; fax_count: string; cost_cents: string }>(DAILY_COSTS, [
    accountId,
    zone,
  ]);
  return found.rows.map((row) => ({
    day: row.day,
    faxCount: int8ToNumber(row.fax_count),
    costCents: int8ToNumber(row.cost_cents),
  }));
}
