import type { Pool } from 'pg';
import type { Clock, Random } from '../domain/clock.ts';
import { SettingsError } from '../domain/errors.ts';
import type { LandingZone } from '../landing/contract.ts';
import { FolderLandingZone } from '../landing/folder.ts';
import { S3LandingZone } from '../landing/s3.ts';
import type { ProviderAccount } from '../phaxio/provider-account.ts';
import type { LoadDeps } from '../pipeline/load.ts';
import { PULL_SETTINGS, type PullPorts, type PullSettings } from '../pipeline/pull.ts';
import { CALL_LIMITS } from '../pipeline/rate-limit.ts';
import type { CallbackPorts, CallbackSettings } from '../pipeline/receive-callback.ts';
import type { StateStore } from '../state/contract.ts';
import { DynamoStateStore } from '../state/dynamodb.ts';
import { PostgresStateStore } from '../state/postgres.ts';
import { phaxCodes } from '../streams/phax-codes.ts';
import { streamState } from '../streams/stream-state.ts';
import { createWarehousePool } from '../warehouse/connection.ts';
import { type AccountSettings, ZONE_DEFAULT } from './account-settings.ts';
import { createLogger, type FunctionLog } from './logger.ts';
import { parseSettings, type Settings } from './settings.ts';
import { systemClock } from './system-clock.ts';

/** Without these a connection that hangs would hang a function to its end. An object of some megabytes is there within seconds. */
const REQUEST_TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true } as const;

/** The store repeats by itself, and only what is safe to repeat. */
const DYNAMODB_LIMITS = { maxAttempts: 1, requestHandler: REQUEST_TIMEOUTS } as const;

/** What of the outside world a caller may replace: the demo runs on a fast clock, tests on a still one. */
export interface RuntimeOverrides {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly fetch?: typeof globalThis.fetch;
  /** URL of the warehouse where the settings name none: that of the embedded Postgres. */
  readonly databaseUrl?: string;
  readonly connectionsMax?: number;
  /** Takes each log line; default stdout and stderr. */
  readonly writeLog?: (line: string) => void;
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
  readonly #s3: S3LandingZone | null;
  #pool: Pool | null = null;
  #state: StateStore | null = null;

  private constructor(
    settings: Settings,
    overrides: RuntimeOverrides,
    s3: S3LandingZone | null,
    state: StateStore | null,
  ) {
    this.settings = settings;
    this.clock = overrides.clock ?? systemClock;
    this.random = overrides.random ?? Math.random;
    this.#overrides = overrides;
    this.#s3 = s3;
    this.#state = state;
    this.landing = s3 ?? new FolderLandingZone(settings.landing.kind === 'folder' ? settings.landing.path : '');
  }

  /** Builds the runtime; clients of AWS are only loaded where the settings ask for them. */
  static async open(settings: Settings, overrides: RuntimeOverrides = {}): Promise<Runtime> {
    const { landing, state } = settings;
    let s3: S3LandingZone | null = null;
    if (landing.kind === 's3') {
      const { S3Client } = await import('@aws-sdk/client-s3');
      s3 = new S3LandingZone({
        client: new S3Client({ requestHandler: REQUEST_TIMEOUTS }),
        bucket: landing.bucket,
        prefix: landing.prefix,
      });
    }
    let dynamo: StateStore | null = null;
    if (state.kind === 'dynamodb') {
      const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
      const { clock = systemClock, random = Math.random } = overrides;
      dynamo = new DynamoStateStore(new DynamoDBClient(DYNAMODB_LIMITS), state.table, { clock, random });
    }
    return new Runtime(settings, overrides, s3, dynamo);
  }

  /** Builds the runtime of a deployed function from its environment. @throws {SettingsError} naming every fault. */
  static fromEnvironment(env: Readonly<Record<string, string | undefined>>): Promise<Runtime> {
    return Runtime.open(parseSettings(env));
  }

  /** Connections to the warehouse. @throws {SettingsError} where no database is named. */
  get pool(): Pool {
    const url = this.#overrides.databaseUrl ?? this.settings.databaseUrl?.reveal();
    if (url === undefined) {
      throw new SettingsError('FAXSYNC_DATABASE_URL is not set. Set it to the URL of the warehouse.', {
        code: 'setting_missing',
        context: { setting: 'FAXSYNC_DATABASE_URL' },
      });
    }
    const { connectionsMax } = this.#overrides;
    this.#pool ??= createWarehousePool(url, connectionsMax === undefined ? {} : { connectionsMax });
    return this.#pool;
  }

  /** Cursors, leases, numbers and digests, where the settings keep them. */
  get state(): StateStore {
    this.#state ??= new PostgresStateStore(this.pool, { clock: this.clock, random: this.random });
    return this.#state;
  }

  /** A logger named after the function or command. */
  log(service: string): FunctionLog {
    const { writeLog } = this.#overrides;
    const level = this.settings.logLevel;
    return createLogger(writeLog === undefined ? { service, level } : { service, level, write: writeLog });
  }

  /** The settings of one account. @throws {SettingsError} where there is no such account. */
  account(key: string): AccountSettings {
    const found = this.settings.accounts.find(({ account }) => account === key);
    if (found === undefined) {
      throw new SettingsError(
        `There is no account of this name in the settings. Known: ${this.settings.accounts.map(({ account }) => account).join(', ')}.`,
        { code: 'unknown_account', context: { setting: 'FAXSYNC_ACCOUNT' } },
      );
    }
    return found;
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
    return this.#s3 === null ? objectKey : this.#s3.keyOf(objectKey);
  }

  /** What receiving callbacks takes, for every account that has tokens. */
  callbackDeps(): { readonly ports: CallbackPorts; readonly settings: readonly CallbackSettings[] } {
    const { clock, state, landing } = this;
    const settings = this.settings.accounts.flatMap(({ account, callbackTokens, callbackUrl }) =>
      callbackUrl === null
        ? []
        : [{ account, tokens: callbackTokens.map((token) => token.reveal()), url: callbackUrl.reveal() }],
    );
    return { ports: { clock, state, landing, log: this.log('receive-callback') }, settings };
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    await this.#pool?.end();
    this.#pool = null;
  }
}

/** Whether a pull of the account would ask for PhaxCodes: a callback may name one where the version has none. */
function takesPhaxCodes({ apiVersion: dialect, skippedStreams, undocumentedPaths }: AccountSettings): boolean {
  return streamState(phaxCodes, { dialect, skippedStreams, undocumentedPaths }) === 'taken';
}
