import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SettingsError } from '../domain/errors.ts';
import { createWarehousePool } from '../warehouse/connection.ts';
import { type MigrateResult, migrate } from '../warehouse/migrate.ts';
import { createLogger, type FunctionLog } from './logger.ts';

/** What the function `migrate` is built from. */
export interface MigrateDeps {
  /** Brings the warehouse to the schema of this version; see `migrate` of the warehouse. */
  readonly migrateWarehouse: () => Promise<MigrateResult>;
  readonly log: FunctionLog;
}

/** The scripts of this version: beside the bundle in a function, else the repository's folder. */
export function migrationsDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const bundled = join(environment['LAMBDA_TASK_ROOT'] ?? '/nowhere', 'migrations');
  return existsSync(bundled) ? bundled : fileURLToPath(new URL('../../migrations', import.meta.url));
}

/**
 * Builds the function from its environment: `FAXSYNC_DATABASE_URL` of a login that owns the schemas. One connection a call.
 * @throws {SettingsError} code `setting_missing` without a URL, `setting_invalid` for what is not one.
 */
export function buildMigrateDeps(environment: Readonly<Record<string, string | undefined>>): MigrateDeps {
  const url = environment['FAXSYNC_DATABASE_URL'];
  if (url === undefined || url === '') {
    throw new SettingsError('FAXSYNC_DATABASE_URL is not set. Set it to the URL of the warehouse.', {
      code: 'setting_missing',
      context: { setting: 'FAXSYNC_DATABASE_URL' },
    });
  }
  return {
    log: createLogger({ service: 'migrate' }),
    migrateWarehouse: async () => {
      const pool = createWarehousePool(url, { applicationName: 'faxsync-migrate', connectionsMax: 1 });
      try {
        return await migrate(pool, { directory: migrationsDirectory(environment) });
      } finally {
        await pool.end();
      }
    },
  };
}
