import type { Pool } from 'pg';
import { WarehouseError } from '../warehouse/database-error.ts';
import { createGuardedPool } from '../warehouse/guarded-pool.ts';
import { type DatabaseSettings, missingDatabaseUrl } from './database-settings.ts';
import type { RuntimeTools } from './runtime-source.ts';
import type { SecretCache } from './secret-cache.ts';
import {
  howToFill,
  readSecretFields,
  secretFieldName,
  type WarehouseLogin,
  warehouseSecret,
} from './secret-content.ts';
import { SettingFaults } from './setting-faults.ts';
import { databaseUrlValue } from './setting-values.ts';

/** What a login is made with. */
export type LoginTools = Pick<RuntimeTools, 'service' | 'clock' | 'log' | 'secrets'>;

/**
 * The one connection of a function to the warehouse, in the way the deployment chose: as the URL says, with a fresh token of IAM at every
 * connect, or by the URL that Secrets Manager has for `login`, as it is at every connect. Nothing connects before it is used.
 * @throws {SettingsError} where no database is named.
 */
export function openLogin(settings: DatabaseSettings, tools: LoginTools, login: WarehouseLogin): Pool {
  const { service, clock, log, secrets } = tools;
  const options = {
    applicationName: `faxsync-${service}`,
    connectionsMax: 1,
    clock,
    onReplaced: (reason: string) => log.info('connection replaced', { reason }),
    onIdleError: () => log.info('connection replaced', { reason: 'lost' }),
  };
  const url = settings.databaseUrl?.reveal();
  switch (settings.databaseAuth) {
    case 'secret':
      return createGuardedPool(() => secretUrl(settings, secrets, login), options);
    case 'iam':
      if (url === undefined) throw missingDatabaseUrl();
      return createGuardedPool(url, { ...options, password: tokens(new URL(url)) });
    case 'password':
      if (url === undefined) throw missingDatabaseUrl();
      return createGuardedPool(url, options);
  }
}

function tokens(url: URL): () => Promise<string> {
  let sign: (() => Promise<string>) | null = null;
  return async () => {
    try {
      sign ??= (await import('./rds-token.ts')).openTokenSigner(url);
      return await sign();
    } catch (error) {
      const cause = error instanceof Error ? error.name : 'unknown';
      throw new WarehouseError(
        `No token of IAM could be signed for the database (${cause}). Check AWS_REGION and the credentials of the function.`,
        'credentials',
        null,
        { cause_code: cause },
      );
    }
  };
}

/** @throws {SettingsError} where the secret is blank or wrong, naming what to fill. */
async function secretUrl(
  settings: DatabaseSettings,
  secrets: SecretCache | null,
  login: WarehouseLogin,
): Promise<string> {
  if (secrets === null || settings.secretsPrefix === null) throw missingDatabaseUrl();
  const secret = warehouseSecret(settings.secretsPrefix, login);
  const faults = new SettingFaults();
  const { database_url: text } = readSecretFields(secret, 'warehouse', await secrets.freshText(secret), faults);
  const name = secretFieldName(secret, 'database_url');
  if (text === undefined) faults.add(name, howToFill(secret, 'warehouse'));
  const url = faults.read(databaseUrlValue, name, text);
  faults.throwIfAny();
  return url?.reveal() ?? '';
}
