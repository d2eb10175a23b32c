import type pg from 'pg';
import type { Instant } from '../domain/time.ts';
import { instantOf } from './connection.ts';
import type { MirrorTable } from './mirror-tables.ts';

/** A table that holds the objects of a stream. */
export interface ObjectTable {
  readonly table: MirrorTable;
  /**
   * What notes call these objects, where they came inside others of the same stream (the numbers of port orders).
   * Their control totals then stand under the table's own name.
   */
  readonly object?: string;
}

/** A stream as far as counting its objects goes. */
export interface StreamTables {
  readonly name: string;
  readonly tables: readonly ObjectTable[];
}

/** How the objects of one stream's table stand. */
export interface ObjectCounts {
  /** The stream; for objects that came inside others the table's name without its schema. */
  readonly name: string;
  /** The stream they came in. */
  readonly stream: string;
  /** Different objects ever mirrored: keys, not rows, where the table has a row for each look or change. */
  readonly known: number;
  /** Of these, no longer shown by the provider; null where the table does not tell. */
  readonly gone: number | null;
  /** When the last complete listing was asked for; for streams without control totals the last look. Null when never. */
  readonly lastCompleteAt: Instant | null;
  /** Records and values set aside, still open. */
  readonly rejected: number;
  /** Ways in which the objects differ from their documentation: unknown fields, unknown words, other types. */
  readonly drift: number;
}

interface TableForm {
  readonly table_name: MirrorTable;
  /** The columns that tell one object from others of the account. */
  readonly key_columns: readonly string[];
  /** True when the table has a row for each look or change: its key ends with the look's number. */
  readonly is_dated: boolean;
  readonly has_listed: boolean;
  readonly gone_column: string | null;
}

const READ_FORMS = `
select format('%s.%s', n.nspname, c.relname) as table_name,
  array(
    select quote_ident(a.attname) from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey)
    where i.indrelid = c.oid and i.indisprimary and a.attname not in ('account_id', 'observation_no')
  ) as key_columns,
  exists (
    select from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey)
    where i.indrelid = c.oid and i.indisprimary and a.attname = 'observation_no'
  ) as is_dated,
  exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'is_listed') as has_listed,
  (select a.attname from pg_attribute a where a.attrelid = c.oid and a.attname in ('gone_at_source_at', 'released_at')) as gone_column
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where format('%s.%s', n.nspname, c.relname) = any($1)`;

const READ_LOOKS = `
select stream, max(requested_at) filter (where is_complete) as complete_at, null::timestamptz as looked_at
from ops.slices where account_id = $1 group by stream
union all
select stream, null, max(requested_at) from ops.landed_objects where account_id = $1 group by stream`;

const COUNT_NOTES = `
select stream, object, count(*)::integer as rejected, 0 as drift
from ops.rejected_records where account_id = $1 and resolved_at is null group by stream, object
union all
select stream, object, 0, count(distinct (field, kind, detail))::integer
from ops.schema_drift where account_id = $1 group by stream, object`;

/** The counts of an account of which nothing was ever loaded. */
export function countNothing(streams: readonly StreamTables[]): readonly ObjectCounts[] {
  const nothing = { known: 0, gone: null, lastCompleteAt: null, rejected: 0, drift: 0 };
  return placesOf(streams).map(({ name, stream }) => ({ name, stream, ...nothing }));
}

/** How the objects of every stream stand in one account; exact, so a million faxes cost some tenths of a second. */
export async function countObjects(
  pool: pg.Pool,
  accountId: number,
  streams: readonly StreamTables[],
): Promise<readonly ObjectCounts[]> {
  const places = placesOf(streams);
  const forms = await pool.query<TableForm>(READ_FORMS, [places.map(({ table }) => table)]);
  const counts = await pool.query<{ table_name: string; known: number; gone: number | null }>(
    places
      .flatMap(({ table, name }) => {
        const form = forms.rows.find(({ table_name }) => table_name === table);
        return form === undefined ? [] : [countOf(form, name)];
      })
      .join('\nunion all '),
    [accountId],
  );
  const looks = await pool.query<{ stream: string; complete_at: Date | null; looked_at: Date | null }>(READ_LOOKS, [
    accountId,
  ]);
  const notes = await pool.query<{ stream: string; object: string; rejected: number; drift: number }>(COUNT_NOTES, [
    accountId,
  ]);
  return places.map(({ stream, table, object, name }) => {
    const count = counts.rows.find(({ table_name }) => table_name === table);
    const apart = places.flatMap((place) => (place.stream === stream ? [place.object] : []));
    const own = notes.rows.filter(
      (note) =>
        note.stream === stream && (object === undefined ? !apart.includes(note.object) : note.object === object),
    );
    const totals = looks.rows.find((look) => look.stream === name && look.looked_at === null);
    const ledger = looks.rows.find((look) => look.stream === name && look.looked_at !== null);
    return {
      name,
      stream,
      known: count?.known ?? 0,
      gone: count?.gone ?? null,
      lastCompleteAt: instantOf((totals === undefined ? ledger?.looked_at : totals.complete_at) ?? null),
      rejected: own.reduce((sum, { rejected }) => sum + rejected, 0),
      drift: own.reduce((sum, { drift }) => sum + drift, 0),
    };
  });
}

function placesOf(streams: readonly StreamTables[]) {
  return streams.flatMap(({ name: stream, tables }) =>
    tables.map(({ table, object }) => {
      const name = object === undefined ? stream : table.slice(table.indexOf('.') + 1);
      return { name, stream, table, object };
    }),
  );
}

/**
 * Names come from the catalogue, of tables that the streams name. In a history an object is gone when a second complete listing, later than
 * the one that first missed it, does not show it either.
 */
function countOf({ table_name, key_columns, is_dated, has_listed, gone_column }: TableForm, listing: string): string {
  const head = `select '${table_name}' as table_name, count(*)::integer as known`;
  if (!is_dated) {
    const gone = gone_column === null ? 'null::integer' : `count(${gone_column})::integer`;
    return `${head}, ${gone} as gone from ${table_name} where account_id = $1`;
  }
  const lastComplete = `select max(observation_no) from ops.slices where account_id = $1 and stream = '${listing}' and is_complete`;
  const gone = has_listed
    ? `(count(*) filter (where not is_listed and observation_no < (${lastComplete})))::integer`
    : 'null::integer';
  const keys = ['account_id', ...key_columns].join(', ');
  return `${head}, ${gone} as gone from (
  select distinct on (${keys}) observation_no${has_listed ? ', is_listed' : ''} from ${table_name} where account_id = $1
  order by ${keys}, observation_no desc) latest`;
}
