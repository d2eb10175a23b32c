import type { MigrationFile } from './migration-files.ts';
import type { ReportColumn } from './report-views.ts';
import type { SqlSession } from './sql-session.ts';

/** A view or table that a reader may ask. */
export interface SqlRelation {
  readonly schema: string;
  readonly name: string;
  readonly isView: boolean;
  /** Its comment; empty where it has none. */
  readonly meaning: string;
  readonly columns: readonly ReportColumn[];
}

const RELATIONS = `
select n.nspname as schema, c.relname as name, c.relkind = 'v' as "isView", coalesce(obj_description(c.oid, 'pg_class'), '') as meaning,
  json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
    'meaning', coalesce(col_description(c.oid, a.attnum), '')) order by a.attnum) as columns
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname in ('report', 'warehouse', 'recon', 'ops') and c.relkind in ('r', 'p', 'v', 'm')
  and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
group by n.nspname, c.oid, c.relname, c.relkind
order by n.nspname = 'report' desc, n.nspname = 'warehouse' desc, n.nspname, c.relname`;

/** What the login may ask: the report views first, each schema in the order of names. @throws {WarehouseError} */
export function readRelations(session: SqlSession): Promise<SqlRelation[]> {
  return session.query<SqlRelation & Record<string, unknown>>(RELATIONS);
}

const VIEW_SOURCE = `select pg_get_viewdef(format('%I.%I', $1::text, $2::text)::regclass, true) as source`;
const CHECKSUMS = 'select script_name as name, checksum from ops.report_scripts';

/**
 * The SQL of a view. Where the database has it from the script of this version, that script, from its words of what it answers on, without the comments of the columns; else as the
 * database keeps it.
 * @throws {WarehouseError}
 */
export async function readViewSource(
  session: SqlSession,
  { schema, name }: Pick<SqlRelation, 'schema' | 'name'>,
  scripts: readonly MigrationFile[],
): Promise<string> {
  const script = scripts.find(({ sql }) => sql.includes(`create view ${schema}.${name} `));
  // Who reads for BI may not see how the schema was made.
  const made = await session.query<{ name: string; checksum: string }>(CHECKSUMS).catch(() => []);
  if (script !== undefined && made.some((one) => one.name === script.name && one.checksum === script.checksum))
    return script.sql
      .slice(0, script.sql.indexOf('\ncomment on '))
      .replace(/^drop view .*\n\n?/m, '')
      .trimEnd();
  const [view] = await session.query<{ source: string }>(VIEW_SOURCE, [schema, name]);
  return view?.source ?? '';
}

/** What psql is given as variables: `:views` lists the report views, `:why` shows the SQL of the one in `:view`. */
export const PSQL_VARIABLES: Readonly<Record<string, string>> = {
  views: `select c.relname as view, substring(obj_description(c.oid, 'pg_class') from '^.*?[.](?=\\s|$)') as "what it has" from pg_class c where c.relnamespace = 'report'::regnamespace and c.relkind = 'v' order by 1;`,
  why: `select pg_get_viewdef(('report.' || quote_ident(:'view'))::regclass, true) as "SQL";`,
};
