import type pg from 'pg';
import { MigrationError, type MigrationFile } from './migration-files.ts';

/** One migration that a database has been through. */
export interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
  /** The migration that code must know to work on the schema after this one; null: every older code does. */
  readonly needsCode: string | null;
}

/** By way of JSON, since a database that an older version made lacks the column until it is migrated. */
const READ_APPLIED = `
select migration_name as name, checksum, to_jsonb(m) ->> 'needs_code' as "needsCode"
from ops.migrations m
order by migration_name`;

/** What a database has been through, in order. The table `ops.migrations` must be there. */
export async function readApplied(database: pg.Pool | pg.ClientBase): Promise<AppliedMigration[]> {
  return (await database.query<AppliedMigration>(READ_APPLIED)).rows;
}

/**
 * Names of migrations that a newer version made, in order; empty where the database has none. Code that was rolled back works on such a
 * schema, because migrations only add to it, unless one of them says that it needs newer code.
 * @throws {MigrationError} code `migration_newer_schema` where this code does not work on the schema.
 */
export function newerMigrations(applied: readonly AppliedMigration[], files: readonly MigrationFile[]): string[] {
  const known = new Set(files.map(({ name }) => name));
  const newestKnown = files.at(-1)?.name ?? 'none';
  const newer = applied.filter(({ name }) => !known.has(name));
  const barred = newer.find(({ needsCode }) => needsCode !== null && !known.has(needsCode));
  if (barred === undefined) return newer.map(({ name }) => name);
  throw new MigrationError(
    `The database has been through migration ${barred.name}, after which only code works that knows ${barred.needsCode}; this version of faxsync does not (its newest is ${newestKnown}). Deploy the version that made it, or a newer one.`,
    {
      code: 'migration_newer_schema',
      context: { migration: barred.name, expected: barred.needsCode, newest_known: newestKnown },
    },
  );
}
