import type { ClientBase, Pool } from 'pg';
import type { DB } from './schema.generated.ts';

/** A table, by schema and name, that holds rows of accounts and is filled by loading landed objects. */
export type MirrorTable = {
  [Name in keyof DB]: Name extends `warehouse.${string}` | `ops.${string}`
    ? DB[Name] extends { account_id: unknown }
      ? Exclude<Name, 'warehouse.accounts' | 'warehouse.account_grants'>
      : never
    : never;
}[keyof DB];

/** Only names of the schema's own form are ever written into a statement. */
const LIST_TABLES = `
select format('%s.%s', n.nspname, c.relname) as table_name
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attname = 'account_id'
where c.relkind = 'r' and n.nspname in ('warehouse', 'ops') and c.relname not in ('accounts', 'account_grants')
  and c.relname ~ '^[a-z_]+$'
order by n.nspname = 'ops', c.oid`;

/** Every {@link MirrorTable} of this database, in the order in which they were made, those of schema `ops` last. */
export async function listMirrorTables(client: Pool | ClientBase): Promise<MirrorTable[]> {
  const { rows } = await client.query<{ table_name: MirrorTable }>(LIST_TABLES);
  return rows.map((row) => row.table_name);
}
