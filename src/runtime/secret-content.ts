import type { AccountField } from './account-settings.ts';
import type { SettingFaults } from './setting-faults.ts';

/** What a secret of the deployment is for. */
export type SecretKind = 'provider' | 'callbacks' | 'warehouse';

/** Whoever logs in to the warehouse, each with a secret of its own: the loader, who checks and measures, who only reads, and the owner of the schema. */
export type WarehouseLogin = 'load' | 'reconcile' | 'report' | 'migrate';

/** What stands in each kind of secret; whatever is left blank counts as not set. */
export const FIELDS_BY_SECRET = {
  provider: ['api_key', 'api_secret', 'api_key_2', 'api_secret_2'],
  callbacks: ['callback_tokens', 'callback_url'],
  warehouse: ['database_url'],
} as const satisfies Readonly<Record<SecretKind, readonly (AccountField | 'database_url')[]>>;

/** The fields of a kind of secret. */
export type SecretField<Kind extends SecretKind> = (typeof FIELDS_BY_SECRET)[Kind][number];

/** The fields of a secret that are set. */
export type SecretFields<Kind extends SecretKind> = Readonly<Partial<Record<SecretField<Kind>, string>>>;

/** The name of an account's secret. */
export function accountSecret(prefix: string, account: string, kind: 'provider' | 'callbacks'): string {
  return `${prefix}/${account}/${kind}`;
}

/** The name of the secret with the URL that one of the warehouse's logins uses. */
export function warehouseSecret(prefix: string, login: WarehouseLogin): string {
  return `${prefix}/warehouse/${login}`;
}

/** What a field is called in the list of faults. */
export function secretFieldName(secret: string, field: string): string {
  return `${field} in the secret ${secret}`;
}

/** How a secret is filled, to complete "<field> in the secret <name> ...". */
export function howToFill(secret: string, kind: SecretKind): string {
  const fields = FIELDS_BY_SECRET[kind].map((field) => `"${field}": "..."`).join(', ');
  return (
    `is blank: write {${fields}} into a file, run aws secretsmanager put-secret-value --secret-id ${secret} ` +
    '--secret-string file://<the file>, and remove the file'
  );
}

/**
 * Reads the JSON of a secret. Fields it does not have, and values that are not text, are faults named by secret and field; nothing of
 * the content is repeated, not even the name of an unknown field.
 */
export function readSecretFields<Kind extends SecretKind>(
  secret: string,
  kind: Kind,
  text: string,
  faults: SettingFaults,
): SecretFields<Kind> {
  const known: ReadonlySet<string> = new Set(FIELDS_BY_SECRET[kind]);
  const read: Record<string, string> = {};
  for (const [field, value] of Object.entries(parseObject(secret, kind, text, faults))) {
    if (!known.has(field)) {
      faults.add(
        `the secret ${secret}`,
        `has a field that does not exist: allowed are ${FIELDS_BY_SECRET[kind].join(', ')}`,
      );
    } else if (typeof value !== 'string') {
      faults.add(secretFieldName(secret, field), 'is not text: put it into quotes');
    } else if (value.trim() !== '') {
      read[field] = value.trim();
    }
  }
  return read as SecretFields<Kind>;
}

function parseObject(secret: string, kind: SecretKind, text: string, faults: SettingFaults): object {
  let json: unknown = null;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    // Without its message: a SyntaxError quotes the text around the fault.
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json;
  faults.add(
    `the secret ${secret}`,
    `is not a JSON object: write {${FIELDS_BY_SECRET[kind].map((field) => `"${field}": "..."`).join(', ')}}`,
  );
  return {};
}
