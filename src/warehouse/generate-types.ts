import type pg from 'pg';
import { FaxsyncError } from '../domain/errors.ts';

/** Schemas whose tables and views become types. */
export const TYPED_SCHEMAS: readonly string[] = ['warehouse', 'ops', 'recon', 'report'];

interface CatalogueColumn {
  readonly schema_name: string;
  readonly table_name: string;
  readonly table_comment: string | null;
  readonly is_view: boolean;
  readonly column_name: string;
  readonly column_comment: string | null;
  readonly type_name: string;
  readonly is_array: boolean;
  readonly is_nullable: boolean;
  readonly has_default: boolean;
  readonly is_always_generated: boolean;
}

const CATALOGUE = `
select
  n.nspname::text as schema_name,
  c.relname::text as table_name,
  obj_description(c.oid, 'pg_class') as table_comment,
  c.relkind in ('v', 'm') as is_view,
  a.attname::text as column_name,
  col_description(c.oid, a.attnum) as column_comment,
  coalesce(e.typname, t.typname)::text as type_name,
  e.oid is not null as is_array,
  not a.attnotnull as is_nullable,
  a.atthasdef or a.attidentity <> '' as has_default,
  a.attidentity = 'a' or a.attgenerated <> '' as is_always_generated
from pg_attribute a
join pg_class c on c.oid = a.attrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_type t on t.oid = a.atttypid
left join pg_type e on e.oid = t.typelem and t.typcategory = 'A'
where n.nspname = any($1) and c.relkind in ('r', 'p', 'v', 'm') and a.attnum > 0 and not a.attisdropped
order by array_position($1, n.nspname::text), c.relname, a.attnum`;

/** What a value is when read, and what may be written; the driver's parsers (connection.ts) decide the first. */
const TYPES: Readonly<Record<string, readonly [read: string, written: string]>> = {
  bool: ['boolean', 'boolean'],
  bytea: ['Buffer', 'Buffer'],
  date: ['string', 'string'],
  float8: ['number', 'number'],
  int2: ['number', 'number'],
  int4: ['number', 'number'],
  int8: ['string', 'string | number | bigint'],
  json: ['unknown', 'string'],
  jsonb: ['unknown', 'string'],
  name: ['string', 'string'],
  numeric: ['string', 'string | number'],
  text: ['string', 'string'],
  timestamptz: ['Date', 'Date | string'],
  tstzrange: ['string', 'string'],
  uuid: ['string', 'string'],
};

/**
 * The TypeScript of `schema.generated.ts`: one interface a table or view with the SQL comments as docstrings, and `DB`
 * for kysely. Depends on the schema only, so it is the same for everyone.
 * @throws {FaxsyncError} code `schema_type_unknown` for a column type nobody has decided how to read yet.
 */
export async function generateTypes(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<CatalogueColumn>(CATALOGUE, [TYPED_SCHEMAS]);
  const tables = Map.groupBy(rows, (row) => `${row.schema_name}.${row.table_name}`);
  const interfaces = [...tables.values()].map(interfaceOf);
  const entries = [...tables.keys()].map((name) => `  '${name}': ${interfaceName(name)};`);
  return [
    '// Written by "npm run generate" from the migrated schema; the comments are those of the database. Do not edit.',
    "import type { ColumnType, GeneratedAlways } from 'kysely';",
    '',
    ...interfaces,
    '/** Every table and view by its qualified name. */',
    'export interface DB {',
    ...entries,
    '}',
    '',
  ].join('\n');
}

/** `warehouse.fax_recipients` becomes `WarehouseFaxRecipients`. */
function interfaceName(qualified: string): string {
  const words = qualified.split(/[._]/);
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function interfaceOf(columns: readonly CatalogueColumn[]): string {
  const first = columns[0];
  if (first === undefined) return '';
  const lines = columns.map(
    (column) => `${docstring(column.column_comment, '  ')}  ${column.column_name}: ${typeOf(column)};\n`,
  );
  const name = interfaceName(`${first.schema_name}.${first.table_name}`);
  return `${docstring(first.table_comment, '')}export interface ${name} {\n${lines.join('')}}\n`;
}

function docstring(comment: string | null, indent: string): string {
  if (comment === null) return '';
  return `${indent}/** ${comment.replaceAll('*/', '* /').replaceAll(/\s*\n\s*/g, ' ')} */\n`;
}

function typeOf(column: CatalogueColumn): string {
  const types = TYPES[column.type_name];
  if (types === undefined) {
    throw new FaxsyncError(
      `Column ${column.table_name}.${column.column_name} has type ${column.type_name}, which generate-types.ts does not know. Add it there.`,
      { code: 'schema_type_unknown' },
    );
  }
  // The catalogue knows nothing about nulls in a view; an array's elements are read as the element's type.
  const empty = column.is_nullable || column.is_view ? ' | null' : '';
  const read = column.is_array ? `${inBrackets(types[0])}[]${empty}` : `${types[0]}${empty}`;
  const written = column.is_array ? `${inBrackets(types[1])}[]${empty}` : `${types[1]}${empty}`;
  if (column.is_view) return `ColumnType<${read}, never, never>`;
  if (column.is_always_generated) return `GeneratedAlways<${read}>`;
  if (column.has_default) return `ColumnType<${read}, ${written} | undefined, ${written}>`;
  return read === written ? read : `ColumnType<${read}, ${written}, ${written}>`;
}

function inBrackets(type: string): string {
  return type.includes('|') ? `(${type})` : type;
}
