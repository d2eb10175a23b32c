import { ACCOUNT_FIELDS, type AccountField, SECRET_FIELDS, type WrittenAccount } from './account-settings.ts';
import type { SettingFaults } from './setting-faults.ts';

const FIELDS: ReadonlySet<string> = new Set(ACCOUNT_FIELDS);
const SECRET: ReadonlySet<string> = new Set(SECRET_FIELDS);

/** How a list of accounts is to be read. */
export interface AccountsListOptions {
  /** What an entry leaves out is taken from here. */
  readonly defaults: WrittenAccount;
  /** False in the environment of a function, which anyone with a console can read. */
  readonly maySecretsStandHere: boolean;
}

/**
 * Reads a list of accounts, as it stands in the accounts file: a JSON list of objects with the settings of {@link ACCOUNT_FIELDS}, at least `account`, which is there once each.
 * Faults are named by their place, e.g. `FAXSYNC_ACCOUNTS_FILE[1].api_key`
 * (counted from 0, as JSON tools do); nothing of the content is repeated.
 */
export function parseAccounts(
  variable: string,
  text: string,
  options: AccountsListOptions,
  faults: SettingFaults,
): readonly WrittenAccount[] {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    // Without its message: a SyntaxError quotes the text around the fault, which may be a secret.
    faults.add(variable, 'is not JSON: check its commas and quotes');
    return [];
  }
  if (!Array.isArray(json) || json.length === 0) {
    const keys = options.maySecretsStandHere ? ', "api_key": "...", "api_secret": "..."' : '';
    faults.add(variable, `is not a list of accounts: write [{"account": "main"${keys}}]`);
    return [];
  }
  const entries = json.map((entry: unknown, index) => readEntry(`${variable}[${index}]`, entry, options, faults));
  const seen = new Set<unknown>();
  for (const { fields, nameOf } of entries) {
    if (fields.account === undefined) faults.add(nameOf('account'), 'is missing: give each account a key of its own');
    else if (seen.has(fields.account))
      faults.add(nameOf('account'), 'is there twice: give each account a key of its own');
    seen.add(fields.account);
  }
  return entries;
}

function readEntry(
  place: string,
  entry: unknown,
  { defaults, maySecretsStandHere }: AccountsListOptions,
  faults: SettingFaults,
): WrittenAccount {
  const isObject = typeof entry === 'object' && entry !== null && !Array.isArray(entry);
  if (!isObject) faults.add(place, 'is not an account: write {"account": "main", ...}');
  const own = new Map(isObject ? Object.entries(entry) : []);
  for (const name of own.keys()) {
    if (SECRET.has(name) && !maySecretsStandHere) {
      faults.add(`${place}.${name}`, 'is a secret: put it into Secrets Manager and leave it out here');
      own.delete(name);
    }
    // The name itself may be a secret in the wrong place, so it is not repeated.
    if (!FIELDS.has(name))
      faults.add(place, `has a setting that does not exist: allowed are ${ACCOUNT_FIELDS.join(', ')}`);
  }
  return {
    fields: { ...defaults.fields, ...Object.fromEntries([...own].filter(([name]) => FIELDS.has(name))) },
    nameOf: (field: AccountField) =>
      own.has(field) || !(field in defaults.fields) ? `${place}.${field}` : defaults.nameOf(field),
  };
}
