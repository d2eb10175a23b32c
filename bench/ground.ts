import { hrtime } from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Pool } from 'pg';
import { startEmbeddedPostgres } from '../src/runtime/embedded-postgres.ts';
import { createWarehousePool } from '../src/warehouse/connection.ts';
import { loadObject } from '../src/warehouse/load-object.ts';
import { migrate } from '../src/warehouse/migrate.ts';
import { faxEnvelope, PAGE_FAXES, prepared } from './faxes.ts';

/** Loads in the bench: no luck; a retry pauses at once. */
export const BENCH_LOAD = { billingZone: 'America/Chicago', random: () => 0.5, sleep: async () => {} };

/** Durable as in production; what would strike one cell and spare its neighbour is kept out: autovacuum, checkpoints. */
const SERVER_SETTINGS = {
  shared_buffers: '1GB',
  max_wal_size: '16GB',
  checkpoint_timeout: '1h',
  autovacuum: 'off',
};

const FAX_TABLES = ['faxes', 'fax_recipients', 'fax_barcodes', 'fax_history'] as const;

/** A database with faxes in it, on which cells are measured. */
export interface Ground {
  readonly url: string;
  /** One connection: a writer does one thing at a time. */
  readonly pool: Pool;
  readonly serverVersion: string;
  /** Takes ids that no other cell uses; returns the first. */
  takeIds(count: number): number;
  close(): Promise<void>;
}

/** Starts the embedded server and loads the base: `baseFaxes` faxes, analyzed. */
export async function openGround(baseFaxes: number): Promise<Ground> {
  const server = await startEmbeddedPostgres({ isDurable: true, settings: SERVER_SETTINGS });
  const pool = createWarehousePool(server.connectionString, { connectionsMax: 1, applicationName: 'faxsync-bench' });
  await migrate(pool, { directory: fileURLToPath(new URL('../migrations', import.meta.url)) });
  let nextId = 1;
  const takeIds = (count: number): number => {
    const first = nextId;
    nextId += count;
    return first;
  };
  for (let loaded = 0; loaded < baseFaxes; loaded += PAGE_FAXES) {
    await loadObject(pool, prepared(faxEnvelope(takeIds(PAGE_FAXES), 'late')), BENCH_LOAD);
  }
  await pool.query('vacuum analyze');
  const version = await pool.query<{ server_version: string }>('show server_version');
  return {
    url: server.connectionString,
    pool,
    serverVersion: version.rows[0]?.server_version ?? '?',
    takeIds,
    close: async () => {
      await pool.end();
      await server.stop();
    },
  };
}

/**
 * Clears what the cell before left behind, so that no cell pays for another: dead rows, and young garbage. Not a whole collection: it
 * throws away what the engine has learned of the shapes of objects, and the cell would be measured cold (decoding: 1.3 times as long).
 */
export async function tidy(pool: Pool, further: readonly string[] = []): Promise<void> {
  await pool.query(`vacuum ${[...FAX_TABLES.map((table) => `warehouse.${table}`), ...further].join(', ')}`);
  await globalThis.gc?.({ type: 'minor', execution: 'async' });
}

/** Seconds that `work` takes. */
export async function secondsOf(work: () => Promise<unknown> | unknown): Promise<number> {
  const start = hrtime.bigint();
  await work();
  return Number(hrtime.bigint() - start) / 1e9;
}

/** Bytes of write-ahead log so far. */
export async function walBytes(pool: Pool): Promise<number> {
  const found = await pool.query<{ bytes: string }>(
    `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::text as bytes`,
  );
  return Number(found.rows[0]?.bytes);
}
