import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import type { AccountSettings } from './account-settings.ts';
import { createLogger } from './logger.ts';
import { type SecretText, withApiKeys, withCallbacks } from './secret-accounts.ts';
import { openSecretCache, type SecretCache } from './secret-cache.ts';
import { accountSecret, type SecretKind } from './secret-content.ts';
import { SecretsError } from './secrets-error.ts';
import type { Settings, SettingTexts } from './settings.ts';
import { systemClock } from './system-clock.ts';

/** What a runtime of a function is built with. */
export interface RuntimeTools {
  /** Name of the function. */
  readonly service: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Null where the settings name no secrets. */
  readonly secrets: SecretCache | null;
  /** Takes each log line; undefined: stdout and stderr. */
  readonly writeLog: ((line: string) => void) | undefined;
}

/** What a {@link RuntimeSource} builds, and how: `pullRuntime`, `warehouseRuntime`, `reconcileRuntime` or `ingressRuntime`. */
export interface RuntimeKind<R> {
  /** Reads the settings that this kind of runtime needs. @throws {SettingsError} naming every fault. */
  parse(env: SettingTexts): Settings;
  /** Builds the runtime; nothing connects before it is used. */
  open(settings: Settings, tools: RuntimeTools): Promise<R>;
  /** The same connections and clients with other accounts. */
  withAccounts(runtime: R, accounts: Settings['accounts']): R;
}

/** How a function gets its runtime. */
export interface RuntimeSourceOptions<R> {
  /** Name of the function, logged with every line. */
  readonly service: string;
  readonly runtime: RuntimeKind<R>;
  /**
   * What the function reads from Secrets Manager, and its role may: an account's API keys, all accounts' callback tokens and URLs, or
   * the login of an external warehouse, which is read at each connect. Empty: nothing.
   */
  readonly secrets: readonly SecretKind[];
  /** Tells how old a secret is; default: the machine's clock. */
  readonly clock?: Clock;
  /** Takes each log line; default stdout and stderr. */
  readonly writeLog?: (line: string) => void;
}

/** The runtime as it was opened, before any account has its secrets. */
interface Opened<R> extends RuntimeTools {
  readonly runtime: R;
  readonly settings: Settings;
}

/** A runtime whose accounts have the secrets that these texts hold. */
interface Filled<R> {
  readonly texts: readonly SecretText[];
  readonly runtime: R;
}

/**
 * Gives a deployed function its runtime: built from the environment and the secrets on first use, so that importing a function needs
 * no settings, and given new secrets once they are older than 5 minutes. Connections and clients of AWS outlive that.
 * Where `FAXSYNC_SECRETS` is not set, the environment alone counts: on one machine and in tests.
 */
export class RuntimeSource<R> {
  readonly #env: SettingTexts;
  readonly #options: RuntimeSourceOptions<R>;
  #opened: Promise<Opened<R>> | null = null;
  /** The runtimes last given, by account; the empty name stands for all accounts. */
  readonly #filled = new Map<string, Filled<R>>();

  constructor(env: SettingTexts, options: RuntimeSourceOptions<R>) {
    this.#env = env;
    this.#options = options;
  }

  /**
   * The runtime as of now; call it once an invocation. With `account` only that account's API keys are read: the others have none.
   * An account whose callback tokens cannot be used is left out and logged, so that the others go on; with none left every callback
   * is refused.
   * @throws {SettingsError} naming every fault of the environment, or of the secret of `account`.
   * @throws {SecretsError} where a secret of `account` cannot be read, or the callback tokens of no account at all. Where it is
   *   retryable, Secrets Manager is out of reach, and whoever asks should ask again.
   */
  async current(account?: string): Promise<R> {
    const opened = await (this.#opened ?? this.#open());
    const { runtime, secrets, settings } = opened;
    if (secrets === null) return runtime;
    if (this.#options.secrets.includes('provider')) {
      const accounts = settings.accounts.filter((each) => account === undefined || each.account === account);
      const texts = await Promise.all(accounts.map((each) => readText(opened, secrets, each, 'provider')));
      return this.#fill(account ?? '', opened, texts, () => texts.map((text) => this.#withKeys(text, secrets)));
    }
    if (this.#options.secrets.includes('callbacks')) {
      const texts = await readCallbackTexts(opened, secrets);
      return this.#fill('', opened, texts, () => withCallbacks(texts, opened.log));
    }
    return runtime;
  }

  /** Makes the next {@link current} read the secrets anew: call it after the provider refused a key. */
  forget(): void {
    // What is being opened has read nothing yet.
    this.#opened?.then(({ secrets }) => secrets?.forget()).catch(() => {});
  }

  #open(): Promise<Opened<R>> {
    this.#opened = this.#openNow().catch((error: unknown) => {
      this.#opened = null;
      throw error;
    });
    return this.#opened;
  }

  async #openNow(): Promise<Opened<R>> {
    const { service, runtime, secrets: kinds, clock = systemClock, writeLog } = this.#options;
    const settings = runtime.parse(this.#env);
    const level = settings.logLevel;
    const log = createLogger(writeLog === undefined ? { service, level } : { service, level, write: writeLog });
    const isRead = (kind: SecretKind) => kind !== 'warehouse' || settings.databaseAuth === 'secret';
    const hasSecrets = settings.secretsPrefix !== null && kinds.some(isRead);
    const secrets = hasSecrets ? await openSecretCache(clock, log) : null;
    const tools = { service, clock, log, secrets, writeLog };
    return { ...tools, settings, runtime: await runtime.open(settings, tools) };
  }

  /** The accounts of these texts with what the texts say, the others as they are. Read again only where a text has changed. */
  #fill(
    key: string,
    { runtime, settings }: Opened<R>,
    texts: readonly SecretText[],
    read: () => readonly AccountSettings[],
  ): R {
    const last = this.#filled.get(key);
    const isSame =
      last?.texts.length === texts.length && texts.every(({ text }, place) => text === last.texts[place]?.text);
    if (last !== undefined && isSame) return last.runtime;
    const changed = new Map(read().map((account) => [account.account, account]));
    const accounts = settings.accounts.map((account) => changed.get(account.account) ?? account);
    const filled = { texts, runtime: this.#options.runtime.withAccounts(runtime, accounts) };
    this.#filled.set(key, filled);
    return filled.runtime;
  }

  /** A secret that is wrong is being mended: the next invocation looks again. */
  #withKeys(text: SecretText, secrets: SecretCache): AccountSettings {
    try {
      return withApiKeys(text);
    } catch (error) {
      secrets.forget(text.secret);
      throw error;
    }
  }
}

async function readText(
  { settings }: Pick<Opened<unknown>, 'settings'>,
  secrets: SecretCache,
  account: AccountSettings,
  kind: 'provider' | 'callbacks',
): Promise<SecretText> {
  const secret = accountSecret(settings.secretsPrefix ?? '', account.account, kind);
  return { account, secret, text: await secrets.text(secret) };
}

/** What could be read, of all accounts at once; the rest is logged. */
async function readCallbackTexts(opened: Opened<unknown>, secrets: SecretCache): Promise<SecretText[]> {
  const { accounts } = opened.settings;
  const read = await Promise.allSettled(accounts.map((account) => readText(opened, secrets, account, 'callbacks')));
  const texts: SecretText[] = [];
  let unreachable: SecretsError | null = null;
  for (const [place, result] of read.entries()) {
    if (result.status === 'fulfilled') {
      texts.push(result.value);
      continue;
    }
    const error: unknown = result.reason;
    opened.log.error('callback secret not read', error, { account: accounts[place]?.account });
    if (error instanceof SecretsError && error.retryable) unreachable = error;
  }
  // Refusing would be the wrong answer to callbacks that may be good: whoever sent them must send them again.
  if (texts.length === 0 && unreachable !== null) throw unreachable;
  return texts;
}
