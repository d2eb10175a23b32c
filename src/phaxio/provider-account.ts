import { SettingsError } from '../domain/errors.ts';
import type { Dialect } from '../landing/contract.ts';

/** Where the provider's API lives when no setting says otherwise. */
export const PROVIDER_URL_DEFAULT = 'https://api.phaxio.com';

/** One key pair of the provider. */
export interface ProviderCredential {
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** How one account is reached at the provider. */
export interface ProviderAccount {
  /** The account's key from the settings; names it in landed objects, state and errors. */
  readonly account: string;
  readonly dialect: Dialect;
  /** Scheme, host, port and an optional path, without the version: `/v1`, `/v2` or `/v2.1` is added. */
  readonly baseUrl: string;
  /** One slot, or two while a key is being rotated: the second is tried once when the first is refused. */
  readonly credentials: readonly [ProviderCredential] | readonly [ProviderCredential, ProviderCredential];
}

/**
 * The URL under which an account's calls live, e.g. `https://api.phaxio.com/v2.1`, without a trailing slash.
 * @throws {SettingsError} code `provider_url_invalid`, when the base URL is not plain http(s) without credentials, query and fragment.
 */
export function apiRootOf(account: ProviderAccount): string {
  const url = URL.canParse(account.baseUrl) ? new URL(account.baseUrl) : null;
  const plain =
    url !== null &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === '';
  if (url === null || !plain) {
    throw new SettingsError(
      `The provider URL of account ${account.account} is not usable. Give scheme and host only, such as ${PROVIDER_URL_DEFAULT}, in FAXSYNC_PROVIDER_URL.`,
      { code: 'provider_url_invalid', context: { account: account.account } },
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}/${account.dialect}`;
}
