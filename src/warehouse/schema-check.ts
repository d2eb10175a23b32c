import type pg from 'pg';
import { toWarehouseError } from './database-error.ts';
import { MigrationError, readMigrationFiles } from './migration-files.ts';

/** How the schema of a database stands to this version's migrations. */
export interface SchemaState {
  /** Migrations the database has been through; 0 in an empty one. */
  readonly appliedCount: number;
  /** Migrations it lacks, in order. */
  readonly pending: readonly string[];
}

/**
 * Looks, without changing anything, whether the database has the schema this version needs.
 * @throws {MigrationError} code `migration_newer_schema` when it has been through migrations this version does not know.
 * @throws {WarehouseError} when it cannot be reached.
 */
export async function checkSchema(pool: pg.Pool, directory: string): Promise<SchemaState> {
  const { migrations } = await readMigrationFiles(directory);
  const applied = await readApplied(pool).catch((error: unknown) => {
    throw toWarehouseError(error);
  });
  const known = new Set(migrations.map(({ name }) => name));
  const newer = [...applied].find((name) => !known.has(name));
  if (newer !== undefined) {
    throw new MigrationError(
      `The database has migration ${newer}, which this version of faxsync does not know. Use the version that made it, or a newer one.`,
      { code: 'migration_newer_schema', context: { migration: newer } },
    );
  }
  const pending = migrations.map(({ name }) => name).filter((name) => !applied.has(name));
  return { appliedCount: applied.size, pending };
}

async function readApplied(pool: pg.Pool): Promise<ReadonlySet<string>> {
  const found = await pool.query<{ is_there: boolean }>(`select to_regclass('ops.migrations') is not null as is_there`);
  if (found.rows[0]?.is_there !== true) return new Set();
  const { rows } = await pool.query<{ migration_name: string }>('select migration_name from ops.migrations');
  return new Set(rows.map((row) => row.migration_name));
}
