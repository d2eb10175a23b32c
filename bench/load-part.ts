import type { Pool } from 'pg';
import { type Figure, median, rate, spread } from './figures.ts';
import { type Ground, walBytes } from './ground.ts';
import { landingWriter } from './landing-writer.ts';
import { arraysWriter, copyWriter, faxsyncWriter } from './our-writers.ts';
import { type Cell, cellsOf, type Phase, race, ratios } from './race.ts';

/** What repeated looks leave in the fax tables and in the ledger. */
interface Traces {
  /** WAL of records that touch a table or index of the warehouse schema; bytes over the cell. */
  readonly faxWal: number;
  /** All other WAL: the ledger's row and the slice's, their indexes, the commits. */
  readonly ledgerWal: number;
  readonly rowsWritten: number;
  readonly deadRows: number;
}

const WAL_OF_FAXES = `
select coalesce(sum(record_length), 0)::float8 as bytes
from (
  select distinct on (b.start_lsn) b.start_lsn, b.record_length
  from pg_get_wal_block_info($1::pg_lsn, $2::pg_lsn, false) b
  join pg_class c on pg_relation_filenode(c.oid) = b.relfilenode
  where c.relnamespace = 'warehouse'::regnamespace
) records`;

const ROWS_WRITTEN = `
select sum(n_tup_ins + n_tup_upd + n_tup_del)::float8 as written, sum(n_dead_tup)::float8 as dead
from pg_stat_all_tables where schemaname = 'warehouse'`;

async function rowCounts(pool: Pool): Promise<{ written: number; dead: number }> {
  await pool.query('select pg_stat_force_next_flush()');
  const { rows } = await pool.query<{ written: number; dead: number }>(ROWS_WRITTEN);
  return rows[0] ?? { written: Number.NaN, dead: Number.NaN };
}

async function currentLsn(pool: Pool): Promise<string> {
  // Flushes what was committed without waiting, so that it can be read back.
  await pool.query(`select pg_logical_emit_message(false, 'bench', '', true)`);
  const { rows } = await pool.query<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
  return rows[0]?.lsn ?? '';
}

/** Reads the write-ahead log itself, so a single byte written to a fax table shows. */
async function tracesOf(pool: Pool, run: () => Promise<void>): Promise<Traces> {
  const before = await rowCounts(pool);
  const from = await currentLsn(pool);
  const bytesBefore = await walBytes(pool);
  await run();
  const bytes = (await walBytes(pool)) - bytesBefore;
  const to = await currentLsn(pool);
  const { rows } = await pool.query<{ bytes: number }>(WAL_OF_FAXES, [from, to]);
  const after = await rowCounts(pool);
  const faxWal = rows[0]?.bytes ?? Number.NaN;
  const rowsWritten = after.written - before.written;
  return { faxWal, ledgerWal: bytes - faxWal, rowsWritten, deadRows: after.dead - before.dead };
}

/** Figures of the load path against the limit and against itself. */
export async function measureLoad(ground: Ground, pages: number, rounds: number): Promise<Figure[]> {
  const { pool } = ground;
  await pool.query('create extension if not exists pg_walinspect');
  const landing = await landingWriter(pool, pages);
  const writers = [
    faxsyncWriter(pool, pages),
    copyWriter(pool, pages, 'text'),
    copyWriter(pool, pages, 'rendered'),
    copyWriter(pool, pages, 'binary'),
    landing,
    arraysWriter(pool, pages),
  ];
  const traces: Traces[] = [];
  const cells = await race(ground, writers, rounds, async (writer, phase, run) => {
    if (writer.name === 'faxsync' && phase === 'unchanged') traces.push(await tracesOf(pool, run));
    else await run();
  });
  await landing.end();
  return [
    against(cells, 'fresh, against COPY (text) of the same rows', ['faxsync', 'fresh'], ['COPY text', 'fresh'], 0.8),
    against(cells, '- against COPY of text ready to send', ['faxsync', 'fresh'], ['COPY rendered', 'fresh'], null),
    against(cells, '- against COPY (binary)', ['faxsync', 'fresh'], ['COPY binary', 'fresh'], null),
    against(cells, 'unchanged, against fresh', ['faxsync', 'unchanged'], ['faxsync', 'fresh'], 8),
    ...traceFigures(traces, pages),
    against(cells, '10 % changed, against fresh', ['faxsync', 'changed'], ['faxsync', 'fresh'], 2.5),
    against(
      cells,
      'landed object to committed, against the load path',
      ['from landing', 'fresh'],
      ['faxsync', 'fresh'],
      0.6,
    ),
    against(
      cells,
      'fresh without COPY rights, against COPY (text)',
      ['faxsync without COPY', 'fresh'],
      ['COPY text', 'fresh'],
      null,
    ),
  ];
}

function traceFigures(traces: readonly Traces[], pages: number): Figure[] {
  const worst = (of: (trace: Traces) => number) => Math.max(...traces.map(of));
  const ledger = median(traces.map(({ ledgerWal }) => ledgerWal / pages));
  return [
    {
      name: '- WAL bytes of unchanged faxes',
      target: { is: 'at most', value: 0 },
      measured: worst(({ faxWal }) => faxWal),
      digits: 0,
      beside: `in the tables of the warehouse, worst of ${traces.length} rounds; the ledger writes ${ledger.toFixed(0)} bytes an object`,
    },
    {
      name: '- dead rows left by unchanged faxes',
      target: { is: 'at most', value: 0 },
      measured: worst(({ deadRows }) => deadRows),
      digits: 0,
      beside: `rows inserted, updated or deleted in the warehouse: ${worst(({ rowsWritten }) => rowsWritten)}`,
    },
  ];
}

/** The ratio of two writers, round by round, with their rates beside it. */
export function against(
  cells: readonly Cell[],
  name: string,
  one: readonly [string, Phase],
  other: readonly [string, Phase],
  atLeast: number | null,
): Figure {
  const values = ratios(cells, one, other);
  const speed = (of: readonly [string, Phase]) =>
    rate(median(cellsOf(cells, ...of).map(({ faxesPerSecond }) => faxesPerSecond)));
  const wal = (of: readonly [string, Phase]) =>
    median(cellsOf(cells, ...of).map(({ walBytesPerFax }) => walBytesPerFax)).toFixed(0);
  // Neighbours on the machine only ever slow a cell down, so the best cells of both show what a quiet machine would.
  const best = (of: readonly [string, Phase]) => Math.max(...cellsOf(cells, ...of).map((cell) => cell.faxesPerSecond));
  const quiet = (best(one) / best(other)).toFixed(2);
  return {
    name,
    target: atLeast === null ? null : { is: 'at least', value: atLeast },
    measured: median(values),
    beside: `${speed(one)} and ${speed(other)}; ${spread(values)}, best of each ${quiet}; WAL ${wal(one)} and ${wal(other)} B/fax`,
  };
}
