import type { Pool } from 'pg';

/** Columns that tell how a row was loaded, not what the provider said: they may differ between equal warehouses. */
const MARKS_OF_LOADING: Readonly<Record<string, readonly string[]>> = {
  accounts: ['account_id', 'created_at'],
  faxes: ['observation_no', 'observed_at', 'observed_via', 'stage'],
  phone_numbers: ['observation_no', 'observed_at'],
};

/** The tables that mirror an account. */
export const MIRROR_TABLES = [
  'accounts',
  'faxes',
  'fax_recipients',
  'fax_barcodes',
  'fax_history',
  'phone_numbers',
  'phone_number_history',
  'phone_number_charges',
  'account_snapshots',
  'rate_card',
];

/** Every row of every warehouse table as JSON, in order, without the marks of loading. */
export async function warehouseContent(pool: Pool): Promise<Record<string, string[]>> {
  const content: Record<string, string[]> = {};
  for (const table of MIRROR_TABLES) {
    const marks = MARKS_OF_LOADING[table] ?? [];
    const found = await pool.query<{ row: string }>(
      `select (to_jsonb(t) - $1::text[])::text as row from warehouse.${table} t order by 1`,
      [marks],
    );
    content[table] = found.rows.map(({ row }) => row);
  }
  return content;
}
