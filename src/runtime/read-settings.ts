import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ACCOUNT_FIELDS,
  type AccountField,
  type AccountSettings,
  readAccount,
  type StreamsReader,
  type WrittenAccount,
} from './account-settings.ts';
import { parseAccountsFile } from './accounts-file.ts';
import { SettingFaults } from './setting-faults.ts';
import {
  accountKeyValue,
  databaseUrlValue,
  landingValue,
  logLevelValue,
  queueUrlValue,
  stateValue,
} from './setting-values.ts';
import { flagOf, SETTING_VARIABLES, type SettingName } from './setting-variables.ts';
import type { ParseSettingsOptions, Settings, SettingTexts } from './settings.ts';

const FILE_VARIABLE = 'FAXSYNC_ACCOUNTS_FILE';
/** What belongs to one account only, so it stands in the file where there is one. */
const NOT_BESIDE_A_FILE: readonly AccountField[] = [
  'api_key',
  'api_secret',
  'api_key_2',
  'api_secret_2',
  'callback_tokens',
  'callback_url',
];

/**
 * {@link parseSettings}, with what is said of streams read by `readStreams`: whoever has no streams need not carry the registry.
 * @throws {SettingsError} code `settings_invalid`, naming every fault.
 */
export function readSettings(
  readStreams: StreamsReader,
  env: SettingTexts,
  flags: SettingTexts,
  options: ParseSettingsOptions,
): Settings {
  const faults = new SettingFaults();
  const texts = new Map<SettingName, string>();
  const flagged = new Set<SettingName>();
  for (const { variable } of SETTING_VARIABLES) {
    const flag = flags[variable]?.trim();
    const text = flag || env[variable]?.trim();
    if (text) texts.set(variable, text);
    if (flag) flagged.add(variable);
  }
  // A fault in a flag is named as the user wrote it.
  const nameOf = (name: SettingName) => (flagged.has(name) ? `--${flagOf(name)}` : name);
  const home = texts.get('FAXSYNC_HOME') ?? '.faxsync';
  const settings: Settings = {
    databaseUrl:
      faults.read(databaseUrlValue, nameOf('FAXSYNC_DATABASE_URL'), texts.get('FAXSYNC_DATABASE_URL')) ?? null,
    landing: faults.read(landingValue, nameOf('FAXSYNC_LANDING'), texts.get('FAXSYNC_LANDING')) ?? {
      kind: 'folder',
      path: join(home, 'landing'),
    },
    state: faults.read(stateValue, nameOf('FAXSYNC_STATE'), texts.get('FAXSYNC_STATE')) ?? { kind: 'postgres' },
    deadLettersUrl:
      faults.read(queueUrlValue, nameOf('FAXSYNC_DEAD_LETTERS'), texts.get('FAXSYNC_DEAD_LETTERS')) ?? null,
    loadsUrl: faults.read(queueUrlValue, nameOf('FAXSYNC_LOADS'), texts.get('FAXSYNC_LOADS')) ?? null,
    home,
    logLevel: faults.read(logLevelValue, nameOf('FAXSYNC_LOG_LEVEL'), texts.get('FAXSYNC_LOG_LEVEL')) ?? 'INFO',
    accounts: readAccounts(texts, nameOf, readStreams, options, faults),
  };
  faults.throwIfAny();
  return settings;
}

function variableOf(field: AccountField): SettingName {
  return `FAXSYNC_${field.toUpperCase()}` as SettingName;
}

function readAccounts(
  texts: ReadonlyMap<SettingName, string>,
  nameOf: (name: SettingName) => string,
  readStreams: StreamsReader,
  options: ParseSettingsOptions,
  faults: SettingFaults,
): readonly AccountSettings[] {
  const fields: Partial<Record<AccountField, string>> = {};
  for (const field of ACCOUNT_FIELDS) {
    const text = texts.get(variableOf(field));
    if (text !== undefined) fields[field] = text;
  }
  const inVariables: WrittenAccount = { fields, nameOf: (field) => nameOf(variableOf(field)) };
  const needs = new Set(options.needs ?? []);
  const path = texts.get(FILE_VARIABLE);
  if (path === undefined) return [readAccount(inVariables, needs, readStreams, faults)];

  for (const field of NOT_BESIDE_A_FILE) {
    if (fields[field] !== undefined) {
      faults.add(
        inVariables.nameOf(field),
        `is set beside ${nameOf(FILE_VARIABLE)}: put it into the file, or leave one of them out`,
      );
    }
  }
  const chosen = faults.read(accountKeyValue, inVariables.nameOf('account'), fields.account);
  const entries = readFileEntries(path, nameOf(FILE_VARIABLE), inVariables, options, faults);
  // Not every account of a file needs callbacks; those that have a part of it need the other.
  const entryNeeds = new Set([...needs].filter((need) => need !== 'callbacks'));
  const accounts = entries.map((entry) => readAccount(entry, entryNeeds, readStreams, faults));
  checkCallbackPairs(accounts, nameOf(FILE_VARIABLE), faults);
  const picked = chosen === undefined ? accounts : accounts.filter(({ account }) => account === chosen);
  if (entries.length > 0 && picked.length === 0) {
    faults.add(inVariables.nameOf('account'), `is none of the accounts in ${nameOf(FILE_VARIABLE)}`);
  }
  if (
    needs.has('callbacks') &&
    picked.length > 0 &&
    picked.every(({ callbackTokens }) => callbackTokens.length === 0)
  ) {
    faults.add(
      nameOf(FILE_VARIABLE),
      'has no account with callback_tokens and callback_url: every callback would be refused',
    );
  }
  return picked;
}

/** A callback is its account's by token and URL: two accounts with the same pair could not be told apart. */
function checkCallbackPairs(accounts: readonly AccountSettings[], name: string, faults: SettingFaults): void {
  const owners = new Map<string, string>();
  for (const { account, callbackTokens, callbackUrl } of accounts) {
    for (const token of callbackTokens) {
      const pair = JSON.stringify([token.reveal(), callbackUrl?.reveal()]);
      const owner = owners.get(pair);
      owners.set(pair, account);
      if (owner === undefined || owner === account) continue;
      faults.add(
        name,
        `gives the accounts ${owner} and ${account} the same callback token and URL: give each a URL of its own`,
      );
    }
  }
}

function readFileEntries(
  path: string,
  name: string,
  inVariables: WrittenAccount,
  options: ParseSettingsOptions,
  faults: SettingFaults,
): readonly WrittenAccount[] {
  const { account: _, ...shared } = inVariables.fields;
  const fields = Object.fromEntries(
    Object.entries(shared).filter(([field]) => !NOT_BESIDE_A_FILE.includes(field as AccountField)),
  );
  let text: string;
  try {
    text = (options.readText ?? ((file) => readFileSync(file, 'utf8')))(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown';
    faults.add(name, `cannot be read (${String(code)}): check the path and the rights of the file`);
    return [];
  }
  return parseAccountsFile(name, text, { fields, nameOf: inVariables.nameOf }, faults);
}
