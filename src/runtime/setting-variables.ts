import { PROVIDER_URL_DEFAULT } from '../phaxio/provider-account.ts';

/** One setting: a variable of the environment, and the flag of the same name. */
export interface SettingVariable {
  readonly variable: string;
  /** What it is and how it is written; shown by the command line's help and in the README. */
  readonly description: string;
  /** What holds where it is not set; null where there is no default. */
  readonly fallback: string | null;
  /** True where the value must not be shown to anyone. */
  readonly isSecret: boolean;
}

/** Every setting, in the order in which a newcomer needs them. */
export const SETTING_VARIABLES = [
  variable('FAXSYNC_API_KEY', 'API key of the account', { isSecret: true }),
  variable('FAXSYNC_API_SECRET', 'API secret of the account', { isSecret: true }),
  variable('FAXSYNC_API_KEY_2', 'second API key, while keys are being rotated', { isSecret: true }),
  variable('FAXSYNC_API_SECRET_2', 'secret of the second API key', { isSecret: true }),
  variable('FAXSYNC_API_VERSION', 'version of the provider API: v1, v2 or v2.1', { fallback: 'v2.1' }),
  variable('FAXSYNC_PROVIDER_URL', 'where the provider is; http only on this machine', {
    fallback: PROVIDER_URL_DEFAULT,
  }),
  variable('FAXSYNC_DATABASE_URL', 'postgres:// URL of the warehouse; without it the embedded Postgres', {
    isSecret: true,
  }),
  variable('FAXSYNC_CALLBACK_TOKENS', 'callback tokens, comma between; two while one is being replaced', {
    isSecret: true,
  }),
  variable('FAXSYNC_CALLBACK_URL', 'callback URL exactly as given to the provider; it is part of the signature', {
    isSecret: true,
  }),
  variable(
    'FAXSYNC_ACCOUNT',
    'key of the account in the warehouse; with an accounts file, the one account to work on',
    {
      fallback: 'main',
    },
  ),
  variable('FAXSYNC_ACCOUNTS_FILE', 'JSON file with several accounts, instead of one in variables'),
  variable('FAXSYNC_REQUESTS_PER_SECOND', 'calls a second to the provider, shared by everything that calls it', {
    fallback: '1',
  }),
  variable('FAXSYNC_FIRST_DAY', 'first day of the backfill, YYYY-MM-DD; without it two years back'),
  variable('FAXSYNC_BILLING_ZONE', 'IANA zone of the days and months of the bill', { fallback: 'America/Chicago' }),
  variable('FAXSYNC_V1_ZONE', 'IANA zone of v1 stamps, which carry none', { fallback: 'America/Chicago' }),
  variable('FAXSYNC_SKIPPED_STREAMS', 'streams not to pull, comma between: what the plan of the account lacks'),
  variable(
    'FAXSYNC_UNDOCUMENTED_STREAMS',
    'lists to try that the provider does not document, comma between: addresses, or addresses=/path; v2.1 only',
  ),
  variable(
    'FAXSYNC_RECONCILIATION',
    'limits of the checks and negotiated prices, JSON as in the accounts file: {"settle_days": 5, "rates": []}',
  ),
  variable('FAXSYNC_LANDING', 'landing zone: a folder, or s3://bucket/prefix; without it "landing" in FAXSYNC_HOME'),
  variable('FAXSYNC_STATE', 'where state is kept: postgres, or dynamodb:<table>', { fallback: 'postgres' }),
  variable('FAXSYNC_DEAD_LETTERS', 'URL of the queue of messages the loader gave up, for "faxsync dead"'),
  variable('FAXSYNC_LOADS', 'URL of the load queue, for "faxsync dead redrive"'),
  variable('FAXSYNC_HOME', 'folder of the embedded Postgres and the landing zone', { fallback: '.faxsync' }),
  variable('FAXSYNC_LOG_LEVEL', 'DEBUG, INFO, WARN, ERROR or SILENT', { fallback: 'INFO' }),
] as const;

/** The name of a setting. */
export type SettingName = (typeof SETTING_VARIABLES)[number]['variable'];

function variable<const Name extends string>(
  name: Name,
  description: string,
  rest: { readonly fallback?: string; readonly isSecret?: boolean } = {},
): SettingVariable & { readonly variable: Name } {
  return { variable: name, description, fallback: rest.fallback ?? null, isSecret: rest.isSecret ?? false };
}

/** The flag of a setting without its dashes: `FAXSYNC_API_KEY` is `api-key`. */
export function flagOf(name: SettingName): string {
  return name.slice('FAXSYNC_'.length).toLowerCase().replaceAll('_', '-');
}
