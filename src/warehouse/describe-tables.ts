import type pg from 'pg';
import { FaxsyncError } from '../domain/errors.ts';
import { TYPED_SCHEMAS } from './generate-types.ts';

interface CatalogueTable {
  readonly schema_name: string;
  readonly table_name: string;
  readonly table_comment: string | null;
  /** Columns of the primary key with commas; null where there is none, as in views. */
  readonly key_columns: string | null;
}

/** In the order in which they were made, so that a list of changes stands behind the table it belongs to. */
const TABLES = `
select
  n.nspname::text as schema_name,
  c.relname::text as table_name,
  obj_description(c.oid, 'pg_class') as table_comment,
  (
    select string_agg(a.attname, ', ' order by array_position(i.indkey::smallint[], a.attnum))
    from pg_index i
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
    where i.indrelid = c.oid and i.indisprimary
  ) as key_columns
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any($1) and c.relkind in ('r', 'p', 'v', 'm')
order by array_position($1, n.nspname::text), c.oid`;

/** Where a page wants the list of a schema; what stands between the two lines is written anew each time. */
const PLACE = /<!-- tables of (\w+) -->\n[\s\S]*?<!-- end of tables -->/g;

/**
 * Writes the lists of tables and views of `docs/tables.md` anew, between `<!-- tables of warehouse -->` and
 * `<!-- end of tables -->`: name, comment and primary key, as the database has them. The rest of the page stays as it is.
 * @throws {FaxsyncError} code `table_list_misplaced` when a schema has tables and no place on the page, or a place and no tables.
 */
export async function fillTableLists(pool: pg.Pool, page: string): Promise<string> {
  const { rows } = await pool.query<CatalogueTable>(TABLES, [TYPED_SCHEMAS]);
  const lists = Map.groupBy(rows, (row) => row.schema_name);
  const placed = new Set<string>();
  const filled = page.replace(PLACE, (_, schema: string) => {
    placed.add(schema);
    return `<!-- tables of ${schema} -->\n${listOf(lists.get(schema) ?? [])}<!-- end of tables -->`;
  });
  const misplaced = [...new Set([...placed, ...lists.keys()])].filter((name) => !placed.has(name) || !lists.has(name));
  if (misplaced.length > 0) {
    throw new FaxsyncError(
      `The page of tables and the database disagree on schema ${misplaced.join(', ')}: a schema with tables has one place on the page, between "<!-- tables of <schema> -->" and "<!-- end of tables -->", and one without has none.`,
      { code: 'table_list_misplaced' },
    );
  }
  return filled;
}

function listOf(tables: readonly CatalogueTable[]): string {
  const hasKeys = tables.some(({ key_columns }) => key_columns !== null);
  const head = hasKeys ? '| table | what it holds | key |\n|---|---|---|\n' : '| view | what it holds |\n|---|---|\n';
  const lines = tables.map(({ table_name, table_comment, key_columns }) => {
    const key = key_columns === null ? '' : `\`${key_columns}\``;
    return `| \`${table_name}\` | ${tableCell(table_comment ?? '')} |${hasKeys ? ` ${key} |` : ''}\n`;
  });
  return `${head}${lines.join('')}`;
}

/** A comment as one cell of a Markdown table. */
export function tableCell(text: string): string {
  return text
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;');
}
