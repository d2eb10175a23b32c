import type { Pool, PoolClient } from 'pg';
import { toIso } from '../src/domain/time.ts';
import { copyIn } from '../src/warehouse/copy-in.ts';
import type { FaxRow } from '../src/warehouse/fax-rows.ts';
import { viaOf } from '../src/warehouse/load-transaction.ts';
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
import { rowsOf } from './our-writers.ts';
import type { Writer } from './race.ts';

/** One Singer stream: a table with its key, and the rows a fax gives it. */
interface SingerStream {
  readonly table: string;
  readonly types: Readonly<Record<string, string>>;
  readonly key: readonly string[];
  rows(batch: Batch, row: FaxRow): readonly Row[];
}

type Batch = ReturnType<typeof rowsOf>['load'];

/** As a tap sends it: one record a fax with its lists as JSON, no history; the table has two indexes. */
const ONE_TABLE: readonly SingerStream[] = [
  {
    table: 'peer_singer.faxes',
    types: { ...FAX_TYPES, recipients: 'jsonb', barcodes: 'jsonb' },
    key: ['fax_id'],
    rows: (_load, { fax }) => [{ ...faxRow(fax), recipients: recipientRows(fax), barcodes: barcodeRows(fax) }],
  },
];

const MARK_TYPES = {
  account_id: 'integer',
  observed_at: 'timestamptz',
  observation_no: 'bigint',
  observed_via: 'text',
  content_hash: 'uuid',
  stage: 'smallint',
  recipient_count: 'smallint',
  barcode_count: 'smallint',
};

/** The same work as ours: the same rows into the warehouse's own tables, whose indexes and history triggers are ours. */
const WAREHOUSE: readonly SingerStream[] = [
  {
    table: 'warehouse.faxes',
    types: { ...MARK_TYPES, ...FAX_TYPES },
    key: ['account_id', 'fax_id'],
    rows: (load, { fax, hash, stage }) => [
      {
        account_id: load.accountId,
        observed_at: toIso(load.requestedAt),
        observation_no: load.observation,
        observed_via: viaOf(load.kind),
        content_hash: hash,
        stage,
        recipient_count: fax.recipients?.length ?? null,
        barcode_count: fax.barcodes?.length ?? null,
        ...faxRow(fax),
      },
    ],
  },
  {
    table: 'warehouse.fax_recipients',
    types: { account_id: 'integer', ...RECIPIENT_TYPES },
    key: ['account_id', 'fax_id', 'ordinal'],
    rows: ({ accountId }, { fax }) => recipientRows(fax).map((row) => ({ account_id: accountId, ...row })),
  },
  {
    table: 'warehouse.fax_barcodes',
    types: { account_id: 'integer', ...BARCODE_TYPES },
    key: ['account_id', 'fax_id', 'ordinal'],
    rows: ({ accountId }, { fax }) => barcodeRows(fax).map((row) => ({ account_id: accountId, ...row })),
  },
];

/** The table of the one-table form. */
export async function createSingerTable(pool: Pool): Promise<void> {
  await pool.query('create schema peer_singer');
  for (const { table, types, key } of ONE_TABLE) {
    await pool.query(`create table ${table} (${columnsOf(types)}, primary key (${key.join(', ')}))`);
    await pool.query(`create index on ${table} (created_at)`);
  }
}

/**
 * The statements of Singer's target-postgres (PipelineWise's): CSV by COPY into a temporary table, UPDATE of all that are there,
 * INSERT of the rest, all pages of a cell as one batch and one commit. The CSV is written by Node, which is faster than the target's
 * Python. Updates rewrite every row, and a shorter list leaves its old rows: there is no guard and no clean-up.
 */
export function singerWriter(pool: Pool, pages: number, form: 'one table' | 'same tables'): Writer {
  const streams = form === 'one table' ? ONE_TABLE : WAREHOUSE;
  return {
    name: `Singer, ${form}`,
    pages,
    phases: ['fresh', 'unchanged', 'changed'],
    tables: form === 'one table' ? ONE_TABLE.map(({ table }) => table) : [],
    prepare: async (envelopes) => {
      const batches = envelopes.map(rowsOf);
      return async () => {
        const client = await pool.connect();
        await client.query('begin');
        for (const stream of streams) await writeStream(client, stream, batches);
        await client.query('commit');
        client.release();
      };
    },
  };
}

async function writeStream(
  client: PoolClient,
  stream: SingerStream,
  batches: ReadonlyArray<ReturnType<typeof rowsOf>>,
): Promise<void> {
  const { table, types, key } = stream;
  const names = Object.keys(types);
  const all = names.join(', ');
  const isSame = key.map((name) => `s.${name} = t.${name}`).join(' and ');
  await client.query(`create temp table incoming (${columnsOf(types)}, primary key (${key.join(', ')}))`);
  await copyIn(
    client,
    `copy incoming (${all}) from stdin with (format csv, escape '\\')`,
    csvOf(stream, names, batches),
  );
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
function* csvOf(
  { rows }: SingerStream,
  names: readonly string[],
  batches: ReadonlyArray<ReturnType<typeof rowsOf>>,
): Iterable<Buffer> {
  let lines = '';
  for (const batch of batches) {
    for (const fax of batch.rows) {
      for (const row of rows(batch.load, fax)) lines += `${names.map((name) => csvValue(row[name])).join(',')}\n`;
      if (lines.length < 65_536) continue;
      yield Buffer.from(lines);
      lines = '';
    }
  }
  yield Buffer.from(lines);
}

function csvValue(value: Row[string] | undefined): string {
  if (value === null || value === undefined) return '';
  return JSON.stringify(typeof value === 'object' ? JSON.stringify(value) : value);
}
