import type { Clock } from '../domain/clock.ts';
import { CALLBACK_DEFAULTS, type CallbackOptions } from './callback-options.ts';
import { type PostCallback, postCallback } from './callback-post.ts';
import { CallbackSender, type CallbackStats } from './callbacks.ts';
import { Commands } from './commands.ts';
import { answerControl } from './control.ts';
import type { ApiKeys } from './face-context.ts';
import { type Fault, FaultBox } from './faults.ts';
import { type HttpOptions, RATE_LIMIT_DEFAULTS, SWITCH_DEFAULTS } from './http-options.ts';
import type { AdvanceableClock } from './manual-clock.ts';
import { randomFor } from './random.ts';
import { ApiServer, type LoggedRequest } from './server.ts';
import { systemClock } from './system-clock.ts';
import { World } from './world.ts';
import type { WorldOptions } from './world-options.ts';

/** What a simulator is made from; everything but the seed and the clock has a default. */
export interface SimulatorOptions {
  readonly seed: number;
  /** The world's clock; give one with `advance` so that it can be moved through POST /__simulator/clock. */
  readonly clock: Clock | AdvanceableClock;
  /** Real time for slow answers, limits in real time and the background; the machine's when left out. */
  readonly realClock?: Clock;
  readonly world?: Partial<WorldOptions>;
  readonly http?: Partial<HttpOptions>;
  readonly callbacks?: Partial<CallbackOptions>;
  /** How callbacks are sent; over HTTP when left out. */
  readonly post?: PostCallback;
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
  readonly callbacks: CallbackStats;
}

/** A simulated Phaxio account. */
export interface Simulator {
  readonly seed: number;
  readonly world: World;
  readonly commands: Commands;
  readonly callbacks: CallbackSender;
  readonly faults: FaultBox;
  readonly credentials: SimulatorCredentials;
  /** Requests to the API so far, without secrets. */
  readonly requests: readonly LoggedRequest[];
  stats(): SimulatorStats;
  /** Listens on 127.0.0.1; the URL has no slash at its end. After a stop it listens on the same port again. */
  start(): Promise<{ readonly url: string }>;
  /** Stops listening, breaks open connections and ends the background. */
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
  const realClock = options.realClock ?? systemClock;
  const world = new World(seed, options.world ?? {}, clock.now());
  const commands = new Commands(world);
  const faults = new FaultBox(seed, options.faults);
  const credentials = drawCredentials(seed);
  const rateLimit = options.http?.rateLimit;
  const switches = { ...SWITCH_DEFAULTS, ...options.http?.switches };
  const callbacks = new CallbackSender({
    seed,
    clock,
    realClock,
    world,
    switches,
    options: { ...CALLBACK_DEFAULTS, token: credentials.callbackToken, ...options.callbacks },
    post: options.post ?? postCallback,
  });
  const stats = (): SimulatorStats => {
    const requestsByStatus: Record<string, number> = {};
    for (const { status } of server.log) {
      const key = String(status ?? 'none');
      requestsByStatus[key] = (requestsByStatus[key] ?? 0) + 1;
    }
    return { seed, requests: server.log.length, requestsByStatus, callbacks: callbacks.stats() };
  };
  const control = {
    now: () => clock.now(),
    advance: 'advance' in clock ? (ms: number) => clock.advance(ms) : null,
    truth: (at: number) => world.truth(at),
    objects: (stream: string, at: number) => world.objectsAt(stream, at),
    removeObject: (stream: string, key: string, at: number, until?: number) =>
      world.removeObject(stream, key, at, until),
    stats,
    faults,
    deliverCallbacks: () => callbacks.deliverDue(clock.now()),
    configureCallbacks: (change: Partial<CallbackOptions>) => callbacks.configure(change),
    forgeries: () => callbacks.forgeries,
    requests: () => server.log,
    refuse: (realMs: number) => {
      works.push(refuseFor(realMs, ending.signal));
    },
  };
  // What runs beside the server until `stop`.
  let ending = new AbortController();
  const works: Array<Promise<void>> = [];
  const refuseFor = async (realMs: number, signal: AbortSignal): Promise<void> => {
    // The answer that announces it goes out first.
    await realClock.sleep(20);
    await server.stop();
    await realClock.sleep(realMs, signal).catch(() => undefined);
    if (!signal.aborted) await server.start();
  };
  const server: ApiServer = new ApiServer({
    seed,
    clock,
    realClock,
    world,
    commands,
    keys: credentials,
    switches,
    rateLimit: rateLimit === null ? null : { ...RATE_LIMIT_DEFAULTS, ...rateLimit },
    faults,
    port: options.http?.port ?? 0,
    control: (request, body) => answerControl(control, request, body),
  });
  return {
    seed,
    world,
    commands,
    callbacks,
    faults,
    credentials,
    get requests() {
      return server.log;
    },
    stats,
    start: async () => {
      ending = new AbortController();
      const url = await server.start();
      if (callbacks.options.background) works.push(callbacks.run(ending.signal));
      return { url };
    },
    stop: async () => {
      ending.abort();
      await Promise.all(works.splice(0));
      await server.stop();
    },
  };
}
