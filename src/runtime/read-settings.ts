import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ACCOUNT_FIELDS,
  type AccountField,
  type AccountSettings,
  readAccount,
  SECRET_FIELDS,
  type StreamsReader,
  type WrittenAccount,
} from './account-settings.ts';
import { parseAccounts } from './accounts-file.ts';
import { readDatabaseSettings } from './database-settings.ts';
import { SettingFaults } from './setting-faults.ts';
import {
  accountKeyValue,
  auditGraceValue,
  landingValue,
  logLevelValue,
  queueUrlValue,
  stateValue,
} from './setting-values.ts';
import { flagOf, SETTING_VARIABLES, type SettingName } from './setting-variables.ts';
import type { ParseSettingsOptions, Settings, SettingTexts } from './settings.ts';

const FILE_VARIABLE = 'FAXSYNC_ACCOUNTS_FILE';
const LIST_VARIABLE = 'FAXSYNC_ACCOUNTS';
const GRACE_VARIABLE = 'FAXSYNC_AUDIT_GRACE_SECONDS';
/** A little longer than the load queue tries a message where the settings of the stack say nothing else. */
const GRACE_DEFAULT_MS = 3_700_000;

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
    ...readDatabaseSettings(
      { ...env, FAXSYNC_DATABASE_URL: texts.get('FAXSYNC_DATABASE_URL') },
      nameOf('FAXSYNC_DATABASE_URL'),
      faults,
    ),
    landing: faults.read(landingValue, nameOf('FAXSYNC_LANDING'), texts.get('FAXSYNC_LANDING')) ?? {
      kind: 'folder',
      path: join(home, 'landing'),
    },
    state: faults.read(stateValue, nameOf('FAXSYNC_STATE'), texts.get('FAXSYNC_STATE')) ?? { kind: 'postgres' },
    deadLettersUrl:
      faults.read(queueUrlValue, nameOf('FAXSYNC_DEAD_LETTERS'), texts.get('FAXSYNC_DEAD_LETTERS')) ?? null,
    loadsUrl: faults.read(queueUrlValue, nameOf('FAXSYNC_LOADS'), texts.get('FAXSYNC_LOADS')) ?? null,
    auditGraceMs:
      faults.read(auditGraceValue, GRACE_VARIABLE, env[GRACE_VARIABLE]?.trim() || undefined) ?? GRACE_DEFAULT_MS,
    home,
    logLevel: faults.read(logLevelValue, nameOf('FAXSYNC_LOG_LEVEL'), texts.get('FAXSYNC_LOG_LEVEL')) ?? 'INFO',
    accounts: readAccounts({
      texts,
      list: env[LIST_VARIABLE]?.trim() || undefined,
      nameOf,
      readStreams,
      options,
      faults,
    }),
  };
  faults.throwIfAny();
  return settings;
}

function variableOf(field: AccountField): SettingName {
  return `FAXSYNC_${field.toUpperCase()}` as SettingName;
}

/** What the accounts are read from, and with. */
interface AccountsContext {
  readonly texts: ReadonlyMap<SettingName, string>;
  /** The list that a deployment gives its functions; undefined elsewhere. */
  readonly list: string | undefined;
  readonly nameOf: (name: SettingName) => string;
  readonly readStreams: StreamsReader;
  readonly options: ParseSettingsOptions;
  readonly faults: SettingFaults;
}

function readAccounts(context: AccountsContext): readonly AccountSettings[] {
  const { texts, list, nameOf, readStreams, options, faults } = context;
  const fields: Partial<Record<AccountField, string>> = {};
  for (const field of ACCOUNT_FIELDS) {
    const text = texts.get(variableOf(field));
    if (text !== undefined) fields[field] = text;
  }
  const inVariables: WrittenAccount = { fields, nameOf: (field) => nameOf(variableOf(field)) };
  const needs = new Set(options.needs ?? []);
  const hasFile = texts.has(FILE_VARIABLE);
  if (!hasFile && list === undefined) return [readAccount(inVariables, needs, readStreams, faults)];

  const source = list === undefined ? nameOf(FILE_VARIABLE) : LIST_VARIABLE;
  if (hasFile && list !== undefined) {
    faults.add(nameOf(FILE_VARIABLE), `is set beside ${LIST_VARIABLE}: leave one of them out`);
  }
  for (const field of SECRET_FIELDS) {
    if (fields[field] !== undefined) {
      faults.add(
        inVariables.nameOf(field),
        `is set beside ${source}: ${list === undefined ? 'put it into the file, or leave one of them out' : 'put it into Secrets Manager'}`,
      );
    }
  }
  const chosen = faults.read(accountKeyValue, inVariables.nameOf('account'), fields.account);
  const entries = readEntries(context, source, inVariables);
  // Not every account of a list needs callbacks; those that have a part of it need the other.
  const entryNeeds = new Set([...needs].filter((need) => need !== 'callbacks'));
  const accounts = entries.map((entry) => readAccount(entry, entryNeeds, readStreams, faults));
  checkCallbackPairs(accounts, source, faults);
  const picked = chosen === undefined ? accounts : accounts.filter(({ account }) => account === chosen);
  if (entries.length > 0 && picked.length === 0) {
    faults.add(inVariables.nameOf('account'), `is none of the accounts in ${source}`);
  }
  if (
    needs.has('callbacks') &&
    picked.length > 0 &&
    picked.every(({ callbackTokens }) => callbackTokens.length === 0)
  ) {
    faults.add(source, 'has no account with callback_tokens and callback_url: every callback would be refused');
  }
  return picked;
}

/** A callback is its account's by token and URL: two accounts with the same pair could not be told apart. */
export function checkCallbackPairs(
  accounts: ReadonlyArray<Pick<AccountSettings, 'account' | 'callbackTokens' | 'callbackUrl'>>,
  name: string,
  faults: SettingFaults,
): void {
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

function readEntries(
  { texts, list, options, faults }: AccountsContext,
  source: string,
  inVariables: WrittenAccount,
): readonly WrittenAccount[] {
  const { account: _, ...shared } = inVariables.fields;
  const secret: ReadonlySet<string> = new Set(SECRET_FIELDS);
  const defaults = {
    fields: Object.fromEntries(Object.entries(shared).filter(([field]) => !secret.has(field))),
    nameOf: inVariables.nameOf,
  };
  if (list !== undefined) return parseAccounts(source, list, { defaults, maySecretsStandHere: false }, faults);
  let text: string;
  try {
    text = (options.readText ?? ((file) => readFileSync(file, 'utf8')))(texts.get(FILE_VARIABLE) ?? '');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown';
    faults.add(source, `cannot be read (${String(code)}): check the path and the rights of the file`);
    return [];
  }
  return parseAccounts(source, text, { defaults, maySecretsStandHere: true }, faults);
}
