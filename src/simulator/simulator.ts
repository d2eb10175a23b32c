import type { Clock } from '../domain/clock.ts';
import { Commands } from './commands.ts';
import { answerControl } from './control.ts';
import type { ApiKeys } from './face-context.ts';
import { type Fault, FaultBox } from './faults.ts';
import { type HttpOptions, RATE_LIMIT_DEFAULTS, SWITCH_DEFAULTS } from './http-options.ts';
import type { AdvanceableClock } from './manual-clock.ts';
import { randomFor } from './random.ts';
import { ApiServer, type LoggedRequest } from './server.ts';
import { World } from './world.ts';
import type { WorldOptions } from './world-options.ts';

/** What a simulator is made from; everything but the seed and the clock has a default. */
export interface SimulatorOptions {
  readonly seed: number;
  /** The world's clock; give one with `advance` so that it can be moved through POST /__simulator/clock. */
  readonly clock: Clock | AdvanceableClock;
  /** Real time for slow answers and limits in real time; the world's clock when left out. */
  readonly realClock?: Clock;
  readonly world?: Partial<WorldOptions>;
  readonly http?: Partial<HttpOptions>;
  readonly faults?: readonly Fault[];
}

/** The account's secrets, drawn from the seed. */
export interface SimulatorCredentials extends ApiKeys {
  /** Key of the callback signatures. */
  readonly callbackToken: string;
}

/** Counts of a simulator's work. */
export interface SimulatorStats {
  readonly seed: number;
  readonly requests: number;
  /** Requests by answered status; `none` where no answer was sent. */
  readonly requestsByStatus: Readonly<Record<string, number>>;
}

/** A simulated Phaxio account. */
export interface Simulator {
  readonly seed: number;
  readonly world: World;
  readonly commands: Commands;
  readonly faults: FaultBox;
  readonly credentials: SimulatorCredentials;
  /** Requests to the API so far, without secrets. */
  readonly requests: readonly LoggedRequest[];
  stats(): SimulatorStats;
  /** Listens on 127.0.0.1; the URL has no slash at its end. After a stop it listens on the same port again. */
  start(): Promise<{ readonly url: string }>;
  /** Stops listening and breaks open connections. */
  stop(): Promise<void>;
}

function drawCredentials(seed: number): SimulatorCredentials {
  const random = randomFor(seed, 'credentials');
  return {
    apiKey: `live-${random.hex(24)}`,
    apiSecret: random.hex(40),
    testApiKey: `test-${random.hex(24)}`,
    testApiSecret: random.hex(40),
    callbackToken: random.hex(40),
  };
}

/** Makes a simulated Phaxio account; it answers after `start()`. The same seed, clock and options give the same world. */
export function createSimulator(options: SimulatorOptions): Simulator {
  const { seed, clock } = options;
  const realClock = options.realClock ?? clock;
  const world = new World(seed, options.world ?? {}, clock.now());
  const commands = new Commands(world);
  const faults = new FaultBox(seed, options.faults);
  const credentials = drawCredentials(seed);
  const rateLimit = options.http?.rateLimit;
  const stats = (): SimulatorStats => {
    const requestsByStatus: Record<string, number> = {};
    for (const { status } of server.log) {
      const key = String(status ?? 'none');
      requestsByStatus[key] = (requestsByStatus[key] ?? 0) + 1;
    }
    return { seed, requests: server.log.length, requestsByStatus };
  };
  const control = {
    now: () => clock.now(),
    advance: 'advance' in clock ? (ms: number) => clock.advance(ms) : null,
    truth: (at: number) => world.truth(at),
    stats,
    faults,
    deliverCallbacks: async () => 0,
    requests: () => server.log,
  };
  const server: ApiServer = new ApiServer({
    seed,
    clock,
    realClock,
    world,
    commands,
    keys: credentials,
    switches: { ...SWITCH_DEFAULTS, ...options.http?.switches },
    rateLimit: rateLimit === null ? null : { ...RATE_LIMIT_DEFAULTS, ...rateLimit },
    faults,
    port: options.http?.port ?? 0,
    control: (request, body) => answerControl(control, request, body),
  });
  return {
    seed,
    world,
    commands,
    faults,
    credentials,
    get requests() {
      return server.log;
    },
    stats,
    start: async () => ({ url: await server.start() }),
    stop: () => server.stop(),
  };
}
