import type pg from 'pg';
import { blockYaml, type YamlValue } from './block-yaml.ts';
import { REPORT_KEYS } from './report-keys.ts';

interface CatalogueColumn {
  readonly name: string;
  readonly type: string;
  readonly meaning: string;
  readonly is_required: boolean;
}

interface CatalogueTable {
  readonly schema_name: string;
  readonly name: string;
  readonly meaning: string;
  readonly columns: readonly CatalogueColumn[];
  /** Primary key; none for views. */
  readonly key: readonly string[];
  /** Words of columns that a check constraint closes. */
  readonly words: Readonly<Record<string, readonly string[]>>;
}

const TABLES = `
select
  n.nspname::text as schema_name,
  c.relname::text as name,
  coalesce(obj_description(c.oid, 'pg_class'), '') as meaning,
  (
    select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
      'meaning', coalesce(col_description(c.oid, a.attnum), ''), 'is_required', a.attnotnull) order by a.attnum)
    from pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  ) as columns,
  coalesce((
    select json_agg(a.attname order by array_position(i.indkey::smallint[], a.attnum))
    from pg_index i
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
    where i.indrelid = c.oid and i.indisprimary
  ), '[]') as key,
  coalesce((
    select json_object_agg(a.attname, (
      select json_agg(w[1]) from regexp_matches(pg_get_constraintdef(k.oid), '''([^'']*)''::text', 'g') w
    ))
    from pg_constraint k
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
    where k.conrelid = c.oid and k.contype = 'c' and cardinality(k.conkey) = 1 and pg_get_constraintdef(k.oid) ~ '= ANY \\(ARRAY\\['
  ), '{}') as words
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('report', 'warehouse') and c.relkind in ('r', 'p', 'v', 'm')
order by n.nspname, c.relname`;

/** Names of the sources in dbt, by schema. */
const SOURCES: Readonly<Record<string, { readonly name: string; readonly meaning: string }>> = {
  report: {
    name: 'faxsync_report',
    meaning: 'Views with names that stay; counts and money by day, month, number and tag.',
  },
  warehouse: { name: 'faxsync', meaning: 'The mirrored account as the provider shows it, row by row. Personal data.' },
};

/** Tables that a run of the mirror is bound to write to, and how old their newest row may be. */
const FRESHNESS: Readonly<Record<string, YamlValue>> = {
  // Looked at every quarter of an hour, by day and night.
  account_snapshots: { warn_after: { count: 1, period: 'hour' }, error_after: { count: 6, period: 'hour' } },
  // Moves with the faxes themselves: a long weekend is no fault.
  faxes: { warn_after: { count: 4, period: 'day' } },
};
const LOADED_AT = 'observed_at';

/** By its comment alone: a warning, where a key or a constraint makes an error. */
const HINT_NOT_NULL: YamlValue = { not_null: { config: { severity: 'warn' } } };

/** Lists that are read apart from the objects they belong to: they may be there first. */
const READ_APART = new Set(['port_number_notes']);

/**
 * A `sources.yml` for dbt (1.10 or later, with the package dbt_utils): the views of schema report and the tables of schema warehouse, with their comments,
 * and the tests that hold by keys, constraints and {@link REPORT_KEYS}.
 */
export async function describeDbtSources(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<CatalogueTable>(TABLES);
  const head =
    '# Written by "npm run generate" from the comments, keys and constraints of the database; docs/exports.md says how to use it.\n';
  const sources = Object.entries(SOURCES).map(([schema, { name, meaning }]) => ({
    name,
    description: meaning,
    schema,
    loader: 'faxsync',
    tables: rows.filter((table) => table.schema_name === schema).map((table) => tableOf(table, rows)),
  }));
  return `${head}${blockYaml({ version: 2, sources })}`;
}

function tableOf(table: CatalogueTable, all: readonly CatalogueTable[]): YamlValue {
  const declared = table.schema_name === 'report' ? REPORT_KEYS[table.name] : undefined;
  const key = declared?.columns ?? table.key;
  const words = declared?.words ?? table.words;
  const freshness = table.schema_name === 'warehouse' ? FRESHNESS[table.name] : undefined;
  return {
    name: table.name,
    description: table.meaning,
    config: freshness === undefined ? undefined : { loaded_at_field: LOADED_AT, freshness },
    data_tests:
      key.length < 2
        ? undefined
        : [{ 'dbt_utils.unique_combination_of_columns': { arguments: { combination_of_columns: key } } }],
    columns: table.columns.map((column, at) => {
      const tests: YamlValue[] = [];
      if (column.is_required || (key.includes(column.name) && isNeverNull(table.columns, at))) tests.push('not_null');
      else if (declared !== undefined && isAmount(column.name) && isNeverNull(table.columns, at))
        tests.push(HINT_NOT_NULL);
      if (key.length === 1 && key[0] === column.name) tests.push('unique');
      const allowed = words[column.name];
      if (allowed !== undefined) tests.push({ accepted_values: { arguments: { values: allowed } } });
      const home = homeOf(table, column.name, all);
      if (home !== null) {
        const to = `source('${SOURCES['warehouse']?.name}', '${home.table}')`;
        tests.push({ relationships: { arguments: { to, field: home.column } } });
      }
      return {
        name: column.name,
        description: column.meaning,
        data_type: column.type,
        data_tests: tests.length === 0 ? undefined : tests,
      };
    }),
  };
}

/** Counts and money that a view has in every row. A difference may have no other side. */
function isAmount(column: string): boolean {
  return /_(count|cents|usd)$/.test(column) && !column.includes('difference');
}

/** Whether the comment of a column knows no null. One that begins like these speaks of the column before; one that is as another says nothing by itself. */
function isNeverNull(columns: readonly CatalogueColumn[], at: number): boolean {
  for (let from = at; from >= 0; from -= 1) {
    const meaning = columns[from]?.meaning ?? '';
    if (/\bnull\b/i.test(meaning) || meaning.startsWith('As ')) return false;
    if (!/^(The same|That|Its|Of th\w+) /.test(meaning)) return true;
  }
  return false;
}

/** The table whose row a column names, and the column there: its account, or what the key of its own table begins with. */
function homeOf(
  table: CatalogueTable,
  column: string,
  all: readonly CatalogueTable[],
): { readonly table: string; readonly column: string } | null {
  if (table.schema_name === 'report') return column === 'account_key' ? { table: 'accounts', column } : null;
  if (column === 'account_id') return table.name === 'accounts' ? null : { table: 'accounts', column };
  if (READ_APART.has(table.name)) return null;
  const homes = all.filter(
    ({ schema_name, name, key }) =>
      schema_name === 'warehouse' &&
      name !== table.name &&
      key.length > 1 &&
      key.length < table.key.length &&
      key.every((part, at) => table.key[at] === part) &&
      key.at(-1) === column,
  );
  const home = homes.toSorted((a, b) => b.key.length - a.key.length)[0];
  return home === undefined ? null : { table: home.name, column };
}
