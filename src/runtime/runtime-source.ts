import type { Clock } from '../domain/clock.ts';
import type { Settings, SettingTexts } from './settings.ts';
import { systemClock } from './system-clock.ts';

/**
 * What a function reads from Secrets Manager: an account's API keys, the accounts' callback tokens and URLs, or the login of an
 * external warehouse. A function names exactly what its role may read.
 */
export type SecretKind = 'provider' | 'callbacks' | 'warehouse';

/** What a {@link RuntimeSource} builds, and how: `pullRuntime`, `warehouseRuntime` or `ingressRuntime`. */
export interface RuntimeKind<R> {
  /** Reads the settings that this kind of runtime needs. @throws {SettingsError} naming every fault. */
  parse(env: SettingTexts): Settings;
  /** Builds the runtime; nothing connects before it is used. */
  open(settings: Settings): Promise<R>;
  /** The same connections and clients with other accounts. */
  withAccounts(runtime: R, accounts: Settings['accounts']): R;
}

/** How a function gets its runtime. */
export interface RuntimeSourceOptions<R> {
  /** Name of the function, logged with every line. */
  readonly service: string;
  readonly runtime: RuntimeKind<R>;
  /** What the function reads from Secrets Manager; empty: nothing. */
  readonly secrets: readonly SecretKind[];
  /** Tells how old a secret is; default: the machine's clock. */
  readonly clock?: Clock;
}

/**
 * Gives a deployed function its runtime: built from the environment and the secrets on first use, so that importing a function needs
 * no settings, and given new secrets once they are older than 5 minutes. Connections and clients of AWS outlive that.
 * Where `FAXSYNC_SECRETS` is not set, the environment alone counts: on one machine and in tests.
 */
export class RuntimeSource<R> {
  readonly #env: SettingTexts;
  readonly #options: RuntimeSourceOptions<R>;
  readonly #clock: Clock;
  #opened: Promise<R> | null = null;

  constructor(env: SettingTexts, options: RuntimeSourceOptions<R>) {
    this.#env = env;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * The runtime as of now; call it once an invocation. With `account` only that account's API keys are read: the others have none.
   * An account whose callback tokens cannot be used is left out and logged, so that the others go on; with none left every callback
   * is refused.
   * @throws {SettingsError} naming every fault of the environment, and of the secrets of `account`.
   * @throws {SecretsError} where a secret cannot be read and none was read before; retryable where reading it again may help.
   */
  current(_account?: string): Promise<R> {
    const opened = this.#opened ?? this.#open();
    this.#opened = opened;
    return opened;
  }

  async #open(): Promise<R> {
    try {
      const { runtime } = this.#options;
      return await runtime.open(runtime.parse(this.#env));
    } catch (error) {
      this.#opened = null;
      throw error;
    }
  }

  /** Makes the next {@link current} read the secrets anew: call it after the provider refused a key. */
  forget(): void {
    this.#clock.now();
  }
}
