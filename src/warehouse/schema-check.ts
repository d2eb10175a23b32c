import type pg from 'pg';
import { type AppliedMigration, newerMigrations, readApplied } from './applied-migrations.ts';
import { toWarehouseError } from './database-error.ts';
import { readMigrationFiles } from './migration-files.ts';

/** How the schema of a database stands to this version's migrations. */
export interface SchemaState {
  /** Migrations the database has been through; 0 in an empty one. */
  readonly appliedCount: number;
  /** Migrations it lacks, in order. */
  readonly pending: readonly string[];
  /** Migrations of a newer version that it has been through and this code works with. */
  readonly newer: readonly string[];
}

/**
 * Looks, without changing anything, whether the database has the schema this version needs.
 * @throws {MigrationError} code `migration_newer_schema` when it has been through a migration that needs newer code.
 * @throws {WarehouseError} when it cannot be reached.
 */
export async function checkSchema(pool: pg.Pool, directory: string): Promise<SchemaState> {
  const { migrations } = await readMigrationFiles(directory);
  const applied = await readWhereThere(pool).catch((error: unknown) => {
    throw toWarehouseError(error);
  });
  const done = new Set(applied.map(({ name }) => name));
  const pending = migrations.map(({ name }) => name).filter((name) => !done.has(name));
  return { appliedCount: applied.length, pending, newer: newerMigrations(applied, migrations) };
}

async function readWhereThere(pool: pg.Pool): Promise<AppliedMigration[]> {
  const found = await pool.query<{ is_there: boolean }>(`select to_regclass('ops.migrations') is not null as is_there`);
  return found.rows[0]?.is_there === true ? readApplied(pool) : [];
}
