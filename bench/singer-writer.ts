import type { Pool, PoolClient } from 'pg';
import type { Fax } from '../src/domain/fax.ts';
import { copyIn } from '../src/warehouse/copy-in.ts';
import {
  BARCODE_TYPES,
  barcodeRows,
  columnsOf,
  FAX_TYPES,
  faxRow,
  RECIPIENT_TYPES,
  type Row,
  recipientRows,
} from './fax-columns.ts';
import { decoded } from './our-writers.ts';
import type { Writer } from './race.ts';

/** One Singer stream: a table with its key, and the rows a fax gives it. */
interface SingerStream {
  readonly table: string;
  readonly types: Readonly<Record<string, string>>;
  readonly key: readonly string[];
  rows(fax: Fax): readonly Row[];
}

/** As a tap sends it: one record a fax, lists as JSON. */
const ONE_TABLE: readonly SingerStream[] = [
  {
    table: 'peer_singer.faxes_whole',
    types: { ...FAX_TYPES, recipients: 'jsonb', barcodes: 'jsonb' },
    key: ['fax_id'],
    rows: (fax) => [{ ...faxRow(fax), recipients: recipientRows(fax), barcodes: barcodeRows(fax) }],
  },
];

/** The same rows as ours, history apart: children as streams of their own. */
const THREE_TABLES: readonly SingerStream[] = [
  { table: 'peer_singer.faxes', types: FAX_TYPES, key: ['fax_id'], rows: (fax) => [faxRow(fax)] },
  { table: 'peer_singer.fax_recipients', types: RECIPIENT_TYPES, key: ['fax_id', 'ordinal'], rows: recipientRows },
  { table: 'peer_singer.fax_barcodes', types: BARCODE_TYPES, key: ['fax_id', 'ordinal'], rows: barcodeRows },
];

/** The tables of both forms: a primary key, and an index on the time of creation or the number, as ours have. */
export async function createSingerTables(pool: Pool): Promise<void> {
  await pool.query('create schema peer_singer');
  for (const { table, types, key } of [...ONE_TABLE, ...THREE_TABLES]) {
    await pool.query(`create table ${table} (${columnsOf(types)}, primary key (${key.join(', ')}))`);
  }
  await pool.query(`
    create index on peer_singer.faxes_whole (created_at);
    create index on peer_singer.faxes (created_at);
    create index on peer_singer.fax_recipients (phone_number, fax_created_at)`);
}

/**
 * The statements of Singer's target-postgres (PipelineWise's): CSV by COPY into a temporary table, UPDATE of all that are there,
 * INSERT of the rest, all pages of a cell as one batch. The CSV is written by Node, which is faster than the target's Python.
 */
export function singerWriter(pool: Pool, pages: number, form: 'one table' | 'three tables'): Writer {
  const streams = form === 'one table' ? ONE_TABLE : THREE_TABLES;
  return {
    name: `Singer, ${form}`,
    pages,
    phases: ['fresh', 'unchanged', 'changed'],
    tables: streams.map(({ table }) => table),
    prepare: async (envelopes) => {
      const faxes = envelopes.flatMap(decoded);
      return async () => {
        const client = await pool.connect();
        await client.query('begin');
        for (const stream of streams) await writeStream(client, stream, faxes);
        await client.query('commit');
        client.release();
      };
    },
  };
}

async function writeStream(client: PoolClient, stream: SingerStream, faxes: readonly Fax[]): Promise<void> {
  const { table, types, key } = stream;
  const names = Object.keys(types);
  const all = names.join(', ');
  const isSame = key.map((name) => `s.${name} = t.${name}`).join(' and ');
  await client.query(
    `create temp table incoming (${columnsOf(types)}, primary key (${key.join(', ')})) on commit preserve rows`,
  );
  await copyIn(client, `copy incoming (${all}) from stdin with (format csv, escape '\\')`, csvOf(stream, names, faxes));
  await client.query(
    `update ${table} t set ${names.map((name) => `${name} = s.${name}`).join(', ')} from incoming s where ${isSame}`,
  );
  await client.query(
    `insert into ${table} (${all}) select ${names.map((name) => `s.${name}`).join(', ')} from incoming s
     left outer join ${table} t on ${isSame} where t.${key[0]} is null`,
  );
  await client.query('drop table incoming');
}

/** Each value as JSON, with CSV's escape character set to a backslash: the target's own trick. */
function* csvOf({ rows }: SingerStream, names: readonly string[], faxes: readonly Fax[]): Iterable<Buffer> {
  let lines = '';
  for (const fax of faxes) {
    for (const row of rows(fax)) lines += `${names.map((name) => csvValue(row[name])).join(',')}\n`;
    if (lines.length < 65_536) continue;
    yield Buffer.from(lines);
    lines = '';
  }
  yield Buffer.from(lines);
}

function csvValue(value: Row[string] | undefined): string {
  if (value === null || value === undefined) return '';
  return JSON.stringify(typeof value === 'object' ? JSON.stringify(value) : value);
}
