import { SettingsError } from '../domain/errors.ts';
import type { SettingFaults } from './setting-faults.ts';
import { databaseAuthValue, databaseUrlValue, isLoopback, secretsPrefixValue } from './setting-values.ts';
import type { Settings, SettingTexts } from './settings.ts';

/** Where the warehouse is and how to log in. */
export type DatabaseSettings = Pick<Settings, 'databaseUrl' | 'databaseAuth' | 'secretsPrefix'>;

/**
 * Reads where the warehouse is and how to log in; `urlName` is what its URL is called where it was written, blank counts as not set.
 * A token of IAM is worth as much as a password for a quarter of an hour, so it is only sent to a server that proved its name.
 */
export function readDatabaseSettings(texts: SettingTexts, urlName: string, faults: SettingFaults): DatabaseSettings {
  const [url, auth, prefix] = ['FAXSYNC_DATABASE_URL', 'FAXSYNC_DATABASE_AUTH', 'FAXSYNC_SECRETS'].map(
    (name) => texts[name]?.trim() || undefined,
  );
  const databaseUrl = faults.read(databaseUrlValue, urlName, url) ?? null;
  const databaseAuth = faults.read(databaseAuthValue, 'FAXSYNC_DATABASE_AUTH', auth) ?? 'password';
  const secretsPrefix = faults.read(secretsPrefixValue, 'FAXSYNC_SECRETS', prefix) ?? null;
  if (databaseAuth === 'secret' && url !== undefined) {
    faults.add(urlName, 'is set beside FAXSYNC_DATABASE_AUTH=secret: leave one of them out, the URL is in the secret');
  }
  if (databaseAuth === 'secret' && prefix === undefined) {
    faults.add(
      'FAXSYNC_SECRETS',
      'is missing: FAXSYNC_DATABASE_AUTH=secret needs the beginning of the name of the secret',
    );
  }
  if (databaseAuth === 'iam')
    checkIamUrl(databaseUrl === null ? null : new URL(databaseUrl.reveal()), urlName, url, faults);
  return { databaseUrl, databaseAuth, secretsPrefix };
}

/** Says that no database is named where one is needed. */
export function missingDatabaseUrl(): SettingsError {
  return new SettingsError('FAXSYNC_DATABASE_URL is not set. Set it to the URL of the warehouse.', {
    code: 'setting_missing',
    context: { setting: 'FAXSYNC_DATABASE_URL' },
  });
}

function checkIamUrl(url: URL | null, name: string, written: string | undefined, faults: SettingFaults): void {
  if (written === undefined)
    faults.add(
      name,
      'is missing: FAXSYNC_DATABASE_AUTH=iam needs postgres://login@host:port/database?sslmode=verify-full',
    );
  if (url === null) return;
  if (url.username === '')
    faults.add(name, 'names no login: IAM lets in a login of the database, write login@ before the host');
  if (url.password !== '') faults.add(name, 'has a password in it: leave it out, tokens of IAM take its place');
  if (url.searchParams.get('sslmode') !== 'verify-full' && !isLoopback(url)) {
    faults.add(name, 'would send tokens of IAM to a server of any name: add ?sslmode=verify-full');
  }
}
