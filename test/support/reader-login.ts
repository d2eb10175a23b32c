import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { createWarehousePool } from '../../src/warehouse/connection.ts';
import type { TestDatabase } from './database.ts';

/** A login in the role of readers, and of those who reconcile where it is to: what `audit` and `reconcile` have. */
export interface ReaderLogin {
  readonly pool: pg.Pool;
  readonly url: string;
  /** Ends its connections and takes it away, which needs its database to be gone. */
  drop(): Promise<void>;
}

/** Makes a login that may read every account and write nothing, or nothing but schema recon. */
export async function readerOf(database: TestDatabase, { mayReconcile = false } = {}): Promise<ReaderLogin> {
  const name = `test_reader_${randomBytes(4).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const groups = mayReconcile ? 'faxsync_reader, faxsync_reconciler' : 'faxsync_reader';
  await database.pool.query(`create role ${name} login password '${password}' in role ${groups}`);
  const url = new URL(database.url);
  url.username = name;
  url.password = password;
  const pool = createWarehousePool(url.href, { connectionsMax: 1 });
  return {
    pool,
    url: url.href,
    drop: async () => {
      await pool.end();
      const admin = new URL(database.url);
      admin.pathname = '/postgres';
      const client = new pg.Client({ connectionString: admin.href });
      await client.connect();
      await client.query(`drop role ${name}`);
      await client.end();
    },
  };
}
