import { SettingsError } from '../domain/errors.ts';
import type { ReconciliationSettings } from '../domain/reconciliation.ts';
import { type Instant, parseZonedText } from '../domain/time.ts';
import type { Dialect } from '../landing/contract.ts';
import { PROVIDER_URL_DEFAULT } from '../phaxio/provider-account.ts';
import { readReconciliation } from './reconciliation-settings.ts';
import type { Secret } from './secret.ts';
import type { SettingFaults } from './setting-faults.ts';
import {
  accountKeyValue,
  apiVersionValue,
  callbackUrlValue,
  dayValue,
  providerUrlValue,
  requestsPerSecondValue,
  secretValue,
  tokensValue,
  zoneValue,
} from './setting-values.ts';

/** An API key with its secret. */
interface Credential {
  readonly apiKey: Secret;
  readonly apiSecret: Secret;
}

/** What is known of one account. */
export interface AccountSettings {
  /** Its key in landing zone, state, warehouse and logs. */
  readonly account: string;
  readonly apiVersion: Dialect;
  /** Without version and without a slash at its end. */
  readonly providerUrl: string;
  /** The key in use first, then the one it is being replaced by or replaced; empty where none is set. */
  readonly credentials: readonly Credential[];
  /** Empty where callbacks are not received. */
  readonly callbackTokens: readonly Secret[];
  /** Exactly as given to the provider; null where callbacks are not received. */
  readonly callbackUrl: Secret | null;
  readonly billingZone: string;
  readonly v1Zone: string;
  /** First day of the backfill, `YYYY-MM-DD` in the billing zone; null: the pull's own default. */
  readonly firstDay: string | null;
  /** Where {@link firstDay} begins. */
  readonly backfillFrom: Instant | null;
  readonly requestsPerSecond: number;
  /** Names of streams that are not pulled. */
  readonly skippedStreams: readonly string[];
  /** Path of each list that is asked for although the provider does not document it, by stream. */
  readonly undocumentedPaths: ReadonlyMap<string, string>;
  /** Limits of the checks, and negotiated prices. */
  readonly reconciliation: ReconciliationSettings;
}

/** What a command cannot do without: the API key, or tokens and URL of callbacks. */
export type SettingNeed = 'provider' | 'callbacks';

/** The settings of an account by their names in the accounts file; in capitals after `FAXSYNC_` they are the variables. */
export const ACCOUNT_FIELDS = [
  'account',
  'api_key',
  'api_secret',
  'api_key_2',
  'api_secret_2',
  'api_version',
  'provider_url',
  'callback_tokens',
  'callback_url',
  'billing_zone',
  'v1_zone',
  'first_day',
  'requests_per_second',
  'skipped_streams',
  'undocumented_streams',
  'reconciliation',
] as const;

/** Those of {@link ACCOUNT_FIELDS} that nobody else may see, and that belong to one account only. */
export const SECRET_FIELDS = [
  'api_key',
  'api_secret',
  'api_key_2',
  'api_secret_2',
  'callback_tokens',
  'callback_url',
] as const satisfies readonly AccountField[];

/** One of {@link ACCOUNT_FIELDS}. */
export type AccountField = (typeof ACCOUNT_FIELDS)[number];

/** One account as it is written somewhere, and what each of its settings is called there. */
export interface WrittenAccount {
  readonly fields: Readonly<Partial<Record<AccountField, unknown>>>;
  nameOf(field: AccountField): string;
}

/** What is secret of an account. */
export type AccountSecrets = Pick<AccountSettings, 'credentials' | 'callbackTokens' | 'callbackUrl'>;

/** What is said of the streams of one account, by names that only the registry of streams knows. */
export type StreamsReader = (
  written: WrittenAccount,
  version: Dialect,
  faults: SettingFaults,
) => Pick<AccountSettings, 'skippedStreams' | 'undocumentedPaths'>;

/** What is said of streams is checked where they are pulled; elsewhere it would only cost a megabyte. */
export const noStreams: StreamsReader = () => ({ skippedStreams: [], undocumentedPaths: new Map() });

/** The settings of one account. @throws {SettingsError} where there is no such account. */
export function accountOf(accounts: readonly AccountSettings[], key: string): AccountSettings {
  const found = accounts.find(({ account }) => account === key);
  if (found === undefined) {
    throw new SettingsError(
      `There is no account of this name in the settings. Known: ${accounts.map(({ account }) => account).join(', ')}.`,
      { code: 'unknown_account', context: { setting: 'FAXSYNC_ACCOUNT' } },
    );
  }
  return found;
}

/** The provider's own zone: where its days begin, as far as recordings tell. */
export const ZONE_DEFAULT = 'America/Chicago';

/**
 * Reads one account. Half a key pair, and callback tokens without a URL or the other way round, are always faults; a missing pair or
 * missing callbacks only where `needs` has them. What is wrong goes to `faults`; the answer then has a default in its place.
 */
export function readAccount(
  written: WrittenAccount,
  needs: ReadonlySet<SettingNeed>,
  readStreams: StreamsReader,
  faults: SettingFaults,
): AccountSettings {
  const { fields, nameOf } = written;
  const billingZone = faults.read(zoneValue, nameOf('billing_zone'), fields.billing_zone) ?? ZONE_DEFAULT;
  const firstDay = faults.read(dayValue, nameOf('first_day'), fields.first_day) ?? null;
  const apiVersion = faults.read(apiVersionValue, nameOf('api_version'), fields.api_version) ?? 'v2.1';
  return {
    account: faults.read(accountKeyValue, nameOf('account'), fields.account) ?? 'main',
    apiVersion,
    providerUrl: faults.read(providerUrlValue, nameOf('provider_url'), fields.provider_url) ?? PROVIDER_URL_DEFAULT,
    ...readSecrets(written, needs, faults),
    billingZone,
    v1Zone: faults.read(zoneValue, nameOf('v1_zone'), fields.v1_zone) ?? ZONE_DEFAULT,
    firstDay,
    backfillFrom: firstDay === null ? null : (parseZonedText(`${firstDay} 00:00:00`, billingZone)?.instant ?? null),
    requestsPerSecond:
      faults.read(requestsPerSecondValue, nameOf('requests_per_second'), fields.requests_per_second) ?? 1,
    ...readStreams(written, apiVersion, faults),
    reconciliation: readReconciliation(nameOf('reconciliation'), fields.reconciliation, faults),
  };
}

/** Reads what is secret of an account; faults as in {@link readAccount}. */
export function readSecrets(
  written: WrittenAccount,
  needs: ReadonlySet<SettingNeed>,
  faults: SettingFaults,
): AccountSecrets {
  const { fields, nameOf } = written;
  const callbackTokens = faults.read(tokensValue, nameOf('callback_tokens'), fields.callback_tokens) ?? [];
  const callbackUrl = faults.read(callbackUrlValue, nameOf('callback_url'), fields.callback_url) ?? null;
  checkCallbacks(written, needs, faults);
  return {
    credentials: [
      ...readCredential(written, 'api_key', 'api_secret', needs.has('provider'), faults),
      ...readCredential(written, 'api_key_2', 'api_secret_2', false, faults),
    ],
    callbackTokens,
    callbackUrl,
  };
}

function readCredential(
  { fields, nameOf }: WrittenAccount,
  keyField: 'api_key' | 'api_key_2',
  secretField: 'api_secret' | 'api_secret_2',
  isNeeded: boolean,
  faults: SettingFaults,
): Credential[] {
  const apiKey = faults.read(secretValue, nameOf(keyField), fields[keyField]);
  const apiSecret = faults.read(secretValue, nameOf(secretField), fields[secretField]);
  const isWanted = isNeeded || fields[keyField] !== undefined || fields[secretField] !== undefined;
  if (isWanted && fields[keyField] === undefined) {
    faults.add(nameOf(keyField), "is missing: set it to the API key from the provider's console");
  }
  if (isWanted && fields[secretField] === undefined) {
    faults.add(nameOf(secretField), 'is missing: set it to the secret that belongs to the API key');
  }
  return apiKey !== undefined && apiSecret !== undefined ? [{ apiKey, apiSecret }] : [];
}

function checkCallbacks(
  { fields, nameOf }: WrittenAccount,
  needs: ReadonlySet<SettingNeed>,
  faults: SettingFaults,
): void {
  const hasTokens = fields.callback_tokens !== undefined;
  const hasUrl = fields.callback_url !== undefined;
  if (!hasTokens && (hasUrl || needs.has('callbacks'))) {
    faults.add(
      nameOf('callback_tokens'),
      "is missing: without the callback token of the provider's console every callback is refused",
    );
  }
  if (!hasUrl && (hasTokens || needs.has('callbacks'))) {
    faults.add(
      nameOf('callback_url'),
      'is missing: set it to the callback URL as given to the provider, since it is signed',
    );
  }
}
