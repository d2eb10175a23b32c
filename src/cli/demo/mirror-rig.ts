import type { Context } from 'aws-lambda';
import { createMigrateHandler } from '../../../functions/migrate.ts';
import { createPullHandler, type PullEvent, type PullHandler } from '../../../functions/pull.ts';
import { createReceiveCallbackHandler } from '../../../functions/receive-callback.ts';
import { FaxsyncError } from '../../domain/errors.ts';
import type { Instant } from '../../domain/time.ts';
import type { Dialect } from '../../landing/contract.ts';
import type { PullSettings } from '../../pipeline/pull.ts';
import { buildMigrateDeps } from '../../runtime/migrate-deps.ts';
import { Runtime } from '../../runtime/runtime.ts';
import { parseSettings } from '../../runtime/settings.ts';
import type { CallbackOptions } from '../../simulator/callback-options.ts';
import type { Fault } from '../../simulator/faults.ts';
import type { HttpOptions } from '../../simulator/http-options.ts';
import { randomFor } from '../../simulator/random.ts';
import { createSimulator, type Simulator } from '../../simulator/simulator.ts';
import type { WorldOptions } from '../../simulator/world-options.ts';
import { LISTED_STREAMS } from '../../streams/registry.ts';
import { compareWorld, type WorldComparison } from '../compare-world.ts';
import { LOCAL_CONTEXT, LocalQueue } from '../local-host.ts';
import { CallbackEndpoint } from './callback-endpoint.ts';
import { PACED_INVOCATION_MS, PACED_PULL_SETTINGS, PacedClock } from './paced-clock.ts';

/** The account's key in a rig's warehouse. */
export const RIG_ACCOUNT = 'main';

/** What a rig is made from. */
export interface RigOptions {
  readonly seed: number;
  /** Version of the provider's API that the pull speaks. */
  readonly dialect: Dialect;
  /** URL of a superuser on the database to fill. */
  readonly databaseUrl: string;
  /** Folder of the landing zone. */
  readonly landing: string;
  /** The world's present when the rig opens. */
  readonly startAt: Instant;
  readonly world?: Partial<WorldOptions>;
  readonly http?: Partial<HttpOptions>;
  /** How callbacks travel; null: the account has none. */
  readonly callbacks?: Partial<CallbackOptions> | null;
  readonly faults?: readonly Fault[];
  /** Settings of the pull beyond what the clock needs, e.g. another call limit than one a second. */
  readonly pullSettings?: Partial<PullSettings>;
  /** Further `FAXSYNC_` variables, such as the billing zone; they stand above the rig's own. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Takes each log line of the functions; without it they log nothing. */
  readonly writeLog?: (line: string) => void;
}

/** What the pulls of a rig did so far. */
export interface RigCounts {
  pulls: number;
  /** Pulls that ended with a failure; the next one went on from the cursors. */
  failedPulls: number;
  calls: number;
  retries: number;
  throttled: number;
  /** Landed objects loaded. */
  objects: number;
}

/** Lists of this version that the provider does not document; the simulator serves them where the defaults look. */
function undocumentedStreams(dialect: Dialect): string[] {
  return LISTED_STREAMS.filter(
    ({ dialects, listing }) => listing.undocumentedPath !== undefined && dialects.includes(dialect),
  ).map(({ name }) => name);
}

/**
 * A pretend provider and the whole pipeline in one process: the same handlers that Lambda runs, over real HTTP, on a clock that is moved
 * by hand. For the demo and for tests from end to end.
 */
export class MirrorRig {
  readonly options: RigOptions;
  readonly clock: PacedClock;
  readonly simulator: Simulator;
  readonly runtime: Runtime;
  readonly endpoint: CallbackEndpoint;
  readonly counts: RigCounts = { pulls: 0, failedPulls: 0, calls: 0, retries: 0, throttled: 0, objects: 0 };
  readonly #queue: LocalQueue;
  readonly #pull: PullHandler;
  #loadedUpTo = '';

  private constructor(
    options: RigOptions,
    clock: PacedClock,
    simulator: Simulator,
    runtime: Runtime,
    endpoint: CallbackEndpoint,
  ) {
    this.options = options;
    this.clock = clock;
    this.simulator = simulator;
    this.runtime = runtime;
    this.endpoint = endpoint;
    this.#queue = new LocalQueue(runtime);
    this.#pull = createPullHandler({
      clock,
      log: runtime.log('pull'),
      pullDeps: (account) => runtime.pullDeps(account),
    });
  }

  /** Starts provider and callback endpoint; nothing is pulled yet. */
  static async open(options: RigOptions): Promise<MirrorRig> {
    const clock = new PacedClock(options.startAt);
    const endpoint = await CallbackEndpoint.listen();
    const simulator = createSimulator({
      seed: options.seed,
      clock,
      world: options.world ?? {},
      http: options.http ?? {},
      callbacks: options.callbacks === null ? {} : { url: endpoint.url, ...options.callbacks },
      faults: options.faults ?? [],
    });
    const { url } = await simulator.start();
    const { apiKey, apiSecret, callbackToken } = simulator.credentials;
    const settings = parseSettings({
      FAXSYNC_ACCOUNT: RIG_ACCOUNT,
      FAXSYNC_API_KEY: apiKey,
      FAXSYNC_API_SECRET: apiSecret,
      FAXSYNC_API_VERSION: options.dialect,
      FAXSYNC_PROVIDER_URL: url,
      FAXSYNC_DATABASE_URL: options.databaseUrl,
      FAXSYNC_CALLBACK_TOKENS: callbackToken,
      FAXSYNC_CALLBACK_URL: endpoint.url,
      FAXSYNC_FIRST_DAY: new Date(simulator.world.options.firstDay - 86_400_000).toISOString().slice(0, 10),
      FAXSYNC_LANDING: options.landing,
      FAXSYNC_UNDOCUMENTED_STREAMS: undocumentedStreams(options.dialect).join(','),
      FAXSYNC_LOG_LEVEL: options.writeLog === undefined ? 'SILENT' : 'DEBUG',
      ...options.settings,
    });
    const random = randomFor(options.seed, 'pipeline');
    const runtime = await Runtime.open(settings, {
      clock,
      random: () => random.next(),
      pullSettings: { ...PACED_PULL_SETTINGS, ...options.pullSettings },
      ...(options.writeLog === undefined ? {} : { writeLog: options.writeLog }),
    });
    endpoint.serve(createReceiveCallbackHandler(runtime.callbackDeps()));
    return new MirrorRig(options, clock, simulator, runtime, endpoint);
  }

  /** Brings the database to the schema of this version, through the function that a deployment calls. */
  async migrate(): Promise<void> {
    const deps = buildMigrateDeps({ FAXSYNC_DATABASE_URL: this.options.databaseUrl });
    await createMigrateHandler({ ...deps, log: this.runtime.log('migrate') })({}, LOCAL_CONTEXT);
  }

  /**
   * One run of the schedule: pulls until nothing is due, then loads what was landed. A run that fails counts and is no error,
   * unless the next ones fail too.
   * @throws {FaxsyncError} the failure of the fifth run in a row.
   */
  async pull(
    event: Omit<PullEvent, 'account'> = {},
    onLoaded: (objects: number, records: number) => void = () => {},
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.counts.pulls += 1;
      const context: Context = {
        ...LOCAL_CONTEXT,
        awsRequestId: `pull-${this.counts.pulls}`,
        getRemainingTimeInMillis: () => PACED_INVOCATION_MS,
      };
      try {
        const summary = await this.#pull({ account: RIG_ACCOUNT, ...event }, context);
        this.counts.calls += summary.counters.calls;
        this.counts.retries += summary.counters.retries;
        this.counts.throttled += summary.counters.throttled;
        if (summary.failure !== null) throw summary.failure;
        if (!summary.hasMore) break;
      } catch (error) {
        this.counts.failedPulls += 1;
        if (!(error instanceof FaxsyncError) || !error.retryable || attempt >= 5) throw error;
        this.clock.advance(60_000);
      }
    }
    await this.load(onLoaded);
  }

  /** Loads every object landed since the last time, as the queue would. @throws {FaxsyncError} when one cannot be loaded. */
  async load(onLoaded: (objects: number, records: number) => void = () => {}): Promise<void> {
    const keys: string[] = [];
    for await (const { key } of this.runtime.landing.list(RIG_ACCOUNT, { after: this.#loadedUpTo })) keys.push(key);
    const { loaded, failed } = await this.#queue.load(keys, onLoaded);
    this.counts.objects += loaded;
    if (failed.length > 0) {
      throw new FaxsyncError(`${failed.length} landed objects could not be loaded; the first is ${failed[0]}.`, {
        code: 'objects_not_loaded',
      });
    }
    this.#loadedUpTo = keys.at(-1) ?? this.#loadedUpTo;
  }

  /** Lets the provider make every callback that is due by now, then loads what was taken; returns how many calls were made. */
  async deliverCallbacks(): Promise<number> {
    const attempts = await this.simulator.callbacks.deliverDue(this.clock.now());
    if (attempts > 0) await this.load();
    return attempts;
  }

  /** Holds the warehouse against the world as it is now. */
  compare(): Promise<WorldComparison> {
    return compareWorld(this.runtime.pool, {
      world: this.simulator.world,
      account: RIG_ACCOUNT,
      at: this.clock.now(),
      dialect: this.options.dialect,
      zone: this.runtime.account(RIG_ACCOUNT).billingZone,
    });
  }

  /** Ends provider, endpoint and connections; the database stays. */
  async close(): Promise<void> {
    await this.simulator.stop();
    await this.endpoint.close();
    await this.runtime.close();
  }
}
