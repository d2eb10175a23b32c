import pg from 'pg';
import { toWarehouseError } from './database-error.ts';

/**
 * Drops the database a URL names, with everything in it and whoever is connected, and makes it anew and empty.
 * For throw-away databases only (the demo's).
 * @throws {WarehouseError} when the server cannot be reached or refuses.
 */
export async function recreateDatabase(url: string): Promise<void> {
  const admin = new URL(url);
  const name = decodeURIComponent(admin.pathname.slice(1));
  admin.pathname = '/postgres';
  const client = new pg.Client({ connectionString: admin.href });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
    await client.query(`create database ${pg.escapeIdentifier(name)} template template0`);
  } catch (error) {
    throw toWarehouseError(error);
  } finally {
    await client.end().catch(() => {});
  }
}
