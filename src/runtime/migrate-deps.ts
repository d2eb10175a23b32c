import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type MigrateResult, migrate } from '../warehouse/migrate.ts';
import { openLogin } from './database-login.ts';
import { missingDatabaseUrl, readDatabaseSettings } from './database-settings.ts';
import { createLogger, type FunctionLog } from './logger.ts';
import { openSecretCache } from './secret-cache.ts';
import { SettingFaults } from './setting-faults.ts';
import type { SettingTexts } from './settings.ts';
import { systemClock } from './system-clock.ts';

const SERVICE = 'migrate';

/** What the function `migrate` is built from. */
export interface MigrateDeps {
  /** Brings the warehouse to the schema of this version; see `migrate` of the warehouse. */
  readonly migrateWarehouse: () => Promise<MigrateResult>;
  readonly log: FunctionLog;
}

/** The scripts of this version: beside the bundle in a function, else the repository's folder. */
export function migrationsDirectory(environment: SettingTexts): string {
  const bundled = join(environment['LAMBDA_TASK_ROOT'] ?? '/nowhere', 'migrations');
  return existsSync(bundled) ? bundled : fileURLToPath(new URL('../../migrations', import.meta.url));
}

/**
 * Builds the function from its environment: the warehouse as a login that owns the schemas, in one of the ways of `FAXSYNC_DATABASE_AUTH`.
 * One connection a call. `log` is told of what happens to it.
 * @throws {SettingsError} code `setting_missing` without a URL, `settings_invalid` for what is wrong.
 */
export function buildMigrateDeps(
  environment: SettingTexts,
  log: FunctionLog = createLogger({ service: SERVICE }),
): MigrateDeps {
  const faults = new SettingFaults();
  const settings = readDatabaseSettings(environment, 'FAXSYNC_DATABASE_URL', faults);
  faults.throwIfAny();
  if (settings.databaseUrl === null && settings.databaseAuth !== 'secret') throw missingDatabaseUrl();
  return {
    log,
    migrateWarehouse: async () => {
      const clock = systemClock;
      const secrets = settings.databaseAuth === 'secret' ? await openSecretCache(clock, log) : null;
      const pool = openLogin(settings, { service: SERVICE, clock, log, secrets }, 'migrate');
      try {
        return await migrate(pool, { directory: migrationsDirectory(environment) });
      } finally {
        await pool.end();
      }
    },
  };
}
