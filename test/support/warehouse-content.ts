import type { Pool } from 'pg';
import { listMirrorTables } from '../../src/warehouse/mirror-tables.ts';

/** Columns that tell how a row was loaded, not what the provider said: they may differ between equal warehouses. Their comments say so. */
const LIST_MARKS = `
select c.oid::regclass::text as table_name, a.attname as column_name
from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'warehouse'::regnamespace and c.relkind = 'r'
  and col_description(c.oid, a.attnum) like '%A mark of loading%'`;

/** An account's row is made when its first object is loaded. */
const MARKS_OF_ACCOUNTS = ['account_id', 'created_at'];

/** The tables of schema `warehouse` that mirror accounts, without their schema: whatever the migrations made. */
export async function mirroredTableNames(pool: Pool): Promise<string[]> {
  const tables = await listMirrorTables(pool);
  return tables.filter((table) => table.startsWith('warehouse.')).map((table) => table.replace('warehouse.', ''));
}

/** The same with the accounts first, each with its schema. */
export async function mirrorTables(pool: Pool): Promise<string[]> {
  return ['accounts', ...(await mirroredTableNames(pool))].map((table) => `warehouse.${table}`);
}

/** Every row of every warehouse table as JSON, in order, without the marks of loading; by the table's name without its schema. */
export async function warehouseContent(pool: Pool): Promise<Record<string, string[]>> {
  const found = await pool.query<{ table_name: string; column_name: string }>(LIST_MARKS);
  const content: Record<string, string[]> = {};
  for (const table of await mirrorTables(pool)) {
    const marks = found.rows.filter((row) => row.table_name === table).map((row) => row.column_name);
    const { rows } = await pool.query<{ row: string }>(
      `select (to_jsonb(t) - $1::text[])::text as row from ${table} t order by 1`,
      [table === 'warehouse.accounts' ? MARKS_OF_ACCOUNTS : marks],
    );
    content[table.replace('warehouse.', '')] = rows.map(({ row }) => row);
  }
  return content;
}

/** Empties every mirrored table and what was written down of loading; the accounts stay. */
export async function emptyWarehouse(pool: Pool): Promise<void> {
  const tables = await listMirrorTables(pool);
  // Deleting the few rows of a test is faster than truncating all these tables.
  await pool.query(tables.map((table) => `delete from ${table}`).join('; '));
}
