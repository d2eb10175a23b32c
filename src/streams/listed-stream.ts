import {
  columnOf,
  type DecodedObject,
  decodeObjects,
  type FieldForm,
  type ObjectShape,
} from '../phaxio/decode-object.ts';
import { pageParams } from '../phaxio/listing.ts';
import { loadListed } from '../warehouse/load-listed.ts';
import type { SnapshotRow } from '../warehouse/load-snapshot.ts';
import type { MirrorTable } from '../warehouse/mirror-tables.ts';
import { type ColumnType, type SnapshotTable, stableJson } from '../warehouse/snapshot-table.ts';
import { bodyTexts, type Listing, provesAbsence, SINCE_V21, type Stream } from './stream.ts';

const COLUMN_TYPES: Readonly<Record<FieldForm, ColumnType>> = {
  text: 'text',
  word: 'text',
  phone: 'text',
  flag: 'boolean',
  is_number: 'boolean',
  count: 'integer',
  stamp: 'timestamptz',
};

/** A stream whose objects are the same in every dialect that has them: its fields say all there is to say. */
export interface ListedStreamSpec {
  readonly name: string;
  readonly listing: Listing;
  readonly shape: ObjectShape;
  /** Table of the objects as last listed, and of their changes; see the migration that makes them. */
  readonly table: MirrorTable;
  readonly history: MirrorTable;
  /** For lists that exist once for each of other objects: the column with the id of the one whose list it is. */
  readonly scope?: string;
}

/** Makes the stream of a list of objects that v2.1 has: decoded by their shape, loaded into its two tables. */
export function listedStream({ name, listing, shape, ...tables }: ListedStreamSpec): Stream {
  const table = tableOf(name, shape, tables);
  return {
    name,
    dialects: SINCE_V21,
    kinds: ['snapshot'],
    tables: [{ table: tables.table, gone: 'gone_at_source_at' }],
    listing,
    decode(envelope, _settings, notes) {
      const rows = bodyTexts(envelope)
        .flatMap((text) => decodeObjects(text, shape, notes).items)
        .map((item) => rowOf(item));
      return { write: (load) => loadListed(load, table, rows, provesAbsence(notes)) };
    },
  };
}

/** The tables of a shape: its key, its fields, `extra`. `more`: columns that do not come from a field of their own, before `extra`. */
export function tableOf(
  stream: string,
  shape: ObjectShape,
  names: { readonly table: string; readonly history: string; readonly scope?: string },
  more: SnapshotTable['columns'] = [],
): SnapshotTable {
  return {
    stream,
    history: names.history,
    at: 'observed_at',
    key: { name: columnOf(shape.key), type: shape.key.form === 'id' ? 'bigint' : 'text' },
    ...(names.scope === undefined ? {} : { scope: names.scope }),
    current: { table: names.table, gone: 'gone_at_source_at' },
    columns: [
      ...shape.fields.map((field) => ({ name: columnOf(field), type: COLUMN_TYPES[field.form] })),
      ...more,
      { name: 'extra', type: 'jsonb' },
    ],
  };
}

/** A decoded object as a row of {@link tableOf}; `more` in the same order as there. */
export function rowOf({ key, values, extra }: DecodedObject, more: SnapshotRow['values'] = []): SnapshotRow {
  return { key, values: [...values, ...more, stableJson(extra)] };
}

/** A list in pages, at its documented path or at the one the settings give. */
export function pagedList(stream: string, path: string, everyMs: number): Listing {
  return {
    everyMs,
    request: (ask) => ({
      operation: `list ${stream}`,
      method: 'GET',
      path: ask.path ?? path,
      params: pageParams(ask.dialect, ask.page, ask.perPage),
      data: 'rows',
    }),
  };
}

/** A list that the provider does not document, with the path to try where the settings name none. */
export function guessedList(stream: string, path: string, everyMs: number): Listing {
  return { ...pagedList(stream, path, everyMs), undocumentedPath: path };
}
