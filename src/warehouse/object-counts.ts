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
  /** The column that is set once an object is gone at the source; absent where the table does not tell. */
  readonly gone?: 'gone_at_source_at' | 'released_at';
  /** Where the table has a row for each look or change: the column that tells objects apart. Absent where each has one row. */
  readonly countedBy?: string;
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
  /** Of these, gone at the source; null where the table does not tell, as those do not that are dated by look or change. */
  readonly gone: number | null;
  /** When the last complete listing was asked for; for streams without control totals the last look. Null when never. */
  readonly lastCompleteAt: Instant | null;
  /** Records and values set aside, still open. */
  readonly rejected: number;
  /** Ways in which the objects differ from their documentation: unknown fields, unknown words, other types. */
  readonly drift: number;
}

/** A stream without control totals (the account's status, look-ups) has only the ledger to tell when it was last looked at. */
const LAST_LOOKS = `
select stream, max(requested_at) filter (where is_complete) as at from ops.slices where account_id = $1 group by stream
union all
select stream, max(requested_at) from ops.landed_objects
where account_id = $1 and stream not in (select stream from ops.slices where account_id = $1) group by stream`;

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
  const ask = async <Row extends pg.QueryResultRow>(sql: string) => (await pool.query<Row>(sql, [accountId])).rows;
  const places = placesOf(streams);
  const counts = await ask<{ table_name: string; known: number; gone: number | null }>(
    places.map(countStatement).join('\nunion all '),
  );
  const looks = await ask<{ stream: string; at: Date | null }>(LAST_LOOKS);
  const notes = await ask<{ stream: string; object: string; rejected: number; drift: number }>(COUNT_NOTES);
  return places.map(({ stream, table, object, name }) => {
    const count = counts.find(({ table_name }) => table_name === table);
    const apart = places.flatMap((place) => (place.stream === stream ? [place.object] : []));
    const own = notes.filter(
      (note) =>
        note.stream === stream && (object === undefined ? !apart.includes(note.object) : note.object === object),
    );
    return {
      name,
      stream,
      known: count?.known ?? 0,
      gone: count?.gone ?? null,
      lastCompleteAt: instantOf(looks.find((look) => look.stream === name)?.at ?? null),
      rejected: own.reduce((sum, { rejected }) => sum + rejected, 0),
      drift: own.reduce((sum, { drift }) => sum + drift, 0),
    };
  });
}

interface Place extends ObjectTable {
  readonly name: string;
  readonly stream: string;
}

function placesOf(streams: readonly StreamTables[]): Place[] {
  return streams.flatMap(({ name: stream, tables }) =>
    tables.map((of) => ({
      ...of,
      stream,
      name: of.object === undefined ? stream : of.table.slice(of.table.indexOf('.') + 1),
    })),
  );
}

/** Every name in it is one that the code of a stream gives. */
function countStatement({ table, gone, countedBy }: ObjectTable): string {
  const known = countedBy === undefined ? 'count(*)' : `count(distinct ${countedBy})`;
  const lost = gone === undefined ? 'null' : `count(${gone})`;
  return `select '${table}' as table_name, ${known}::integer as known, ${lost}::integer as gone from ${table} where account_id = $1`;
}
