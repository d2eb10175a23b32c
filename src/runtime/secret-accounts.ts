import type { Log } from '../domain/log.ts';
import { type AccountSettings, readSecrets, type SettingNeed } from './account-settings.ts';
import { checkCallbackPairs } from './read-settings.ts';
import { howToFill, readSecretFields, secretFieldName } from './secret-content.ts';
import { SettingFaults } from './setting-faults.ts';

/** An account and the text of one of its secrets. */
export interface SecretText {
  readonly account: AccountSettings;
  readonly secret: string;
  readonly text: string;
}

/**
 * The account with the API keys of its secret.
 * @throws {SettingsError} naming every fault of the secret, and how to fill it where it is blank.
 */
export function withApiKeys({ account, secret, text }: SecretText): AccountSettings {
  const faults = new SettingFaults();
  const fields = readSecretFields(secret, 'provider', text, faults);
  if (fields.api_key === undefined && fields.api_secret === undefined) {
    faults.add(`the secret ${secret}`, howToFill(secret, 'provider'));
    faults.throwIfAny();
  }
  const needs: ReadonlySet<SettingNeed> = new Set(['provider']);
  const { credentials } = readSecrets({ fields, nameOf: (field) => secretFieldName(secret, field) }, needs, faults);
  faults.throwIfAny();
  return { ...account, credentials };
}

/**
 * The accounts with the tokens and URLs that callbacks are signed with. An account whose secret is blank receives none. One whose secret
 * is wrong, or that could not be told from another, is left without and logged, so that the others go on receiving. Where all are blank
 * every callback is refused, and the log says how to fill them.
 */
export function withCallbacks(texts: readonly SecretText[], log: Log): AccountSettings[] {
  const blank = new SettingFaults();
  const accounts = texts.map(({ account, secret, text }) => {
    const faults = new SettingFaults();
    const fields = readSecretFields(secret, 'callbacks', text, faults);
    const written = { fields, nameOf: (field: string) => secretFieldName(secret, field) };
    const { callbackTokens, callbackUrl } = readSecrets(written, new Set(), faults);
    if (!isUsable(account, faults, log)) return account;
    if (callbackUrl === null) blank.add(`the secret ${secret}`, howToFill(secret, 'callbacks'));
    return { ...account, callbackTokens, callbackUrl };
  });
  const advice = blank.error();
  if (advice !== null && accounts.every(({ callbackUrl }) => callbackUrl === null)) {
    log.warn('no account receives callbacks', {}, advice);
  }
  return accounts.map((account) => {
    const faults = new SettingFaults();
    for (const other of accounts) if (other !== account) checkCallbackPairs([other, account], 'a secret', faults);
    return isUsable(account, faults, log) ? account : { ...account, callbackTokens: [], callbackUrl: null };
  });
}

function isUsable({ account }: AccountSettings, faults: SettingFaults, log: Log): boolean {
  const error = faults.error();
  if (error !== null) log.error('callback secret not usable', error, { account });
  return error === null;
}
