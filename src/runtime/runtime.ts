import type { Pool } from 'pg';
import type { Clock, Random } from '../domain/clock.ts';
import { SettingsError } from '../domain/errors.ts';
import type { LandingZone } from '../landing/contract.ts';
import type { ProviderAccount } from '../phaxio/provider-account.ts';
import type { LoadDeps } from '../pipeline/load.ts';
import { PULL_SETTINGS, type PullPorts, type PullSettings } from '../pipeline/pull.ts';
import { CALL_LIMITS } from '../pipeline/rate-limit.ts';
import type { StateStore } from '../state/contract.ts';
import { PostgresStateStore } from '../state/postgres.ts';
import { phaxCodes } from '../streams/phax-codes.ts';
import { streamState } from '../streams/stream-state.ts';
import { createWarehousePool } from '../warehouse/connection.ts';
import { type AccountSettings, accountOf, ZONE_DEFAULT } from './account-settings.ts';
import { missingDatabaseUrl } from './database-settings.ts';
import { type CallbackDeps, callbackSettings } from './ingress-runtime.ts';
import { createLogger, type FunctionLog } from './logger.ts';
import type { Settings } from './settings.ts';
import { openStores, type Stores } from './stores.ts';
import { systemClock } from './system-clock.ts';

/** What of the outside world a caller may replace: the demo runs on a fast clock, tests on a still one. */
export interface RuntimeOverrides {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly fetch?: typeof globalThis.fetch;
  /** URL of the warehouse where the settings name none: that of the embedded Postgres. */
  readonly databaseUrl?: string;
  readonly connectionsMax?: number;
  /** Opens the connections to the warehouse in another way than by the URL alone. */
  readonly openPool?: () => Pool;
  /** Takes each log line; default stdout and stderr. */
  readonly writeLog?: ((line: string) => void) | undefined;
  readonly pullSettings?: Partial<PullSettings>;
}

/** What the pull of one account is built from. */
export interface PullAccountDeps {
  readonly ports: PullPorts;
  readonly provider: ProviderAccount;
  readonly settings: PullSettings;
  /** First instant of the account's history; null: two years before first contact. */
  readonly backfillFrom: number | null;
  /** Names of streams that are left out unless an event asks for them. */
  readonly skippedStreams: readonly string[];
  /** Paths of the undocumented lists that are asked for, by stream. */
  readonly undocumentedPaths: ReadonlyMap<string, string>;
}

/** What is opened on first use, and outlives a change of the accounts. */
interface Connections {
  pool: Pool | null;
  state: StateStore | null;
}

/**
 * Everything the functions and the command line work with, built once at cold start from the settings.
 * Nothing connects before it is used. The only place where implementations are chosen.
 */
export class Runtime {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: Random;
  readonly landing: LandingZone;
  readonly #overrides: RuntimeOverrides;
  readonly #stores: Stores;
  /** Shared by every runtime made from this one. */
  readonly #connections: Connections;

  private constructor(settings: Settings, overrides: RuntimeOverrides, stores: Stores, connections: Connections) {
    this.settings = settings;
    this.clock = overrides.clock ?? systemClock;
    this.random = overrides.random ?? Math.random;
    this.landing = stores.landing;
    this.#overrides = overrides;
    this.#stores = stores;
    this.#connections = connections;
  }

  /** Builds the runtime; clients of AWS are only loaded where the settings ask for them. */
  static async open(settings: Settings, overrides: RuntimeOverrides = {}): Promise<Runtime> {
    const { clock = systemClock, random = Math.random } = overrides;
    const stores = await openStores(settings, { clock, random });
    return new Runtime(settings, overrides, stores, { pool: null, state: stores.state });
  }

  /** The same connections and clients with the accounts of other settings: API keys change more often than anything else. */
  withAccounts(accounts: Settings['accounts']): Runtime {
    return new Runtime({ ...this.settings, accounts }, this.#overrides, this.#stores, this.#connections);
  }

  /** Connections to the warehouse. @throws {SettingsError} where no database is named. */
  get pool(): Pool {
    this.#connections.pool ??= this.#openPool();
    return this.#connections.pool;
  }

  #openPool(): Pool {
    const { connectionsMax, openPool } = this.#overrides;
    if (openPool !== undefined) return openPool();
    const url = this.#overrides.databaseUrl ?? this.settings.databaseUrl?.reveal();
    if (url === undefined) throw missingDatabaseUrl();
    return createWarehousePool(url, connectionsMax === undefined ? {} : { connectionsMax });
  }

  /** Cursors, leases, numbers and digests, where the settings keep them. */
  get state(): StateStore {
    this.#connections.state ??= new PostgresStateStore(this.pool, { clock: this.clock, random: this.random });
    return this.#connections.state;
  }

  /** A logger named after the function or command. */
  log(service: string): FunctionLog {
    const { writeLog } = this.#overrides;
    const level = this.settings.logLevel;
    return createLogger(writeLog === undefined ? { service, level } : { service, level, write: writeLog });
  }

  /** The settings of one account. @throws {SettingsError} where there is no such account. */
  account(key: string): AccountSettings {
    return accountOf(this.settings.accounts, key);
  }

  /** What pulling one account takes. @throws {SettingsError} where its API key is missing. */
  pullDeps(key: string): PullAccountDeps {
    const account = this.account(key);
    const [first, second] = account.credentials.map(({ apiKey, apiSecret }) => ({
      apiKey: apiKey.reveal(),
      apiSecret: apiSecret.reveal(),
    }));
    if (first === undefined) {
      throw new SettingsError(`Account ${key} has no API key. Set FAXSYNC_API_KEY and FAXSYNC_API_SECRET.`, {
        code: 'setting_missing',
        context: { setting: 'FAXSYNC_API_KEY', account: key },
      });
    }
    const { clock, random, state, landing } = this;
    const fetch = this.#overrides.fetch ?? globalThis.fetch;
    return {
      ports: { fetch, clock, random, state, landing },
      provider: {
        account: key,
        dialect: account.apiVersion,
        baseUrl: account.providerUrl,
        credentials: second === undefined ? [first] : [first, second],
      },
      settings: {
        ...PULL_SETTINGS,
        callLimits: { ...CALL_LIMITS, ratePerSecond: account.requestsPerSecond },
        ...this.#overrides.pullSettings,
      },
      backfillFrom: account.backfillFrom,
      skippedStreams: account.skippedStreams,
      undocumentedPaths: account.undocumentedPaths,
    };
  }

  /** What loading landed objects takes. */
  loadDeps(): LoadDeps {
    const { landing, pool, state, clock, random } = this;
    return {
      landing,
      pool,
      state,
      clock,
      random,
      accountSettings: (key) => {
        const account = this.settings.accounts.find(({ account: known }) => known === key);
        return {
          v1Zone: account?.v1Zone ?? ZONE_DEFAULT,
          billingZone: account?.billingZone ?? ZONE_DEFAULT,
          takesPhaxCodes: account === undefined || takesPhaxCodes(account),
        };
      },
    };
  }

  /** The landing key named by a notification of the bucket; null where it is no landed object. Folders name keys as they are. */
  landedKeyOf(objectKey: string): string | null {
    return this.#stores.landedKeyOf(objectKey);
  }

  /** What receiving callbacks takes, for every account that has tokens. */
  callbackDeps(): CallbackDeps {
    const { clock, state, landing } = this;
    return {
      ports: { clock, state, landing, log: this.log('receive-callback') },
      settings: callbackSettings(this.settings.accounts),
    };
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    const { pool } = this.#connections;
    this.#connections.pool = null;
    await pool?.end();
  }
}

/** Whether a pull of the account would ask for PhaxCodes: a callback may name one where the version has none. */
function takesPhaxCodes({ apiVersion: dialect, skippedStreams, undocumentedPaths }: AccountSettings): boolean {
  return streamState(phaxCodes, { dialect, skippedStreams, undocumentedPaths }) === 'taken';
}
