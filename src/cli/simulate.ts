import { SettingsError } from '../domain/errors.ts';
import { systemClock } from '../runtime/system-clock.ts';
import type { CallbackOptions } from '../simulator/callback-options.ts';
import { type Fault, FaultRequestError, parseFault } from '../simulator/faults.ts';
import { createSimulator, type Simulator } from '../simulator/simulator.ts';
import { SpeedClock } from '../simulator/speed-clock.ts';
import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { countOf, formatCount } from './output.ts';
import { FAXSYNC } from './typed-command.ts';

/** `faxsync simulate`. */
export interface SimulateOptions {
  readonly port: number;
  readonly seed: number;
  readonly days: number;
  /** Faxes of the whole history, about. */
  readonly faxes: number;
  /** Virtual seconds a real second. */
  readonly speed: number;
  /** Requests a second before it answers 429; Infinity: no limit. */
  readonly rate: number;
  readonly hasOddities: boolean;
  /** Adds the faults of {@link MISBEHAVIOUR}. */
  readonly isMisbehaving: boolean;
  /** Faults as JSON. */
  readonly faults: readonly string[];
  readonly callbackUrl?: string;
  readonly callbackVersion: CallbackOptions['version'];
  /** Shares of callbacks, in [0, 1]. */
  readonly forged: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly delayed: number;
}

const NOT_AT_CONTROL = { path: '/v' };

/** What a bad day looks like: some of every fault, all of which faxsync outlives. */
const MISBEHAVIOUR: readonly Fault[] = [
  { kind: 'throttle', probability: 0.03, ...NOT_AT_CONTROL },
  { kind: 'status', status: 503, probability: 0.02, ...NOT_AT_CONTROL },
  { kind: 'reset', probability: 0.02, ...NOT_AT_CONTROL },
  { kind: 'truncate', framing: 'short_length', probability: 0.02, ...NOT_AT_CONTROL },
  { kind: 'html', probability: 0.01, ...NOT_AT_CONTROL },
  { kind: 'failure', probability: 0.01, ...NOT_AT_CONTROL },
];

const DAY_MS = 86_400_000;
/** As many calls a second as the settings let faxsync make. */
const CALL_RATE_MAX = 100;

/** Runs a pretend provider until Ctrl-C. Returns the exit code. */
export async function runSimulate({ output, signal }: CommandContext, options: SimulateOptions): Promise<number> {
  output.intro('faxsync simulate');
  const { port, seed, days, speed, rate } = options;
  const clock = new SpeedClock({ real: systemClock, speed });
  const progress = output.progress('Inventing a world');
  const simulator = createSimulator({
    seed,
    clock,
    realClock: systemClock,
    world: { days, faxesPerDay: options.faxes / days, oddities: options.hasOddities },
    http: {
      port,
      rateLimit: !Number.isFinite(rate) ? null : { perSecond: rate, burst: Math.ceil(rate), clock: 'real' },
    },
    callbacks: {
      url: options.callbackUrl ?? null,
      version: options.callbackVersion,
      forgedShare: options.forged,
      lostShare: options.lost,
      duplicateShare: options.duplicates,
      delayedShare: options.delayed,
      background: options.callbackUrl !== undefined,
    },
    faults: [...(options.isMisbehaving ? MISBEHAVIOUR : []), ...options.faults.map(readFault)],
  });
  const { url } = await simulator.start().catch((error: NodeJS.ErrnoException) => {
    progress.end();
    throw new SettingsError(`--port ${port} cannot be used (${error.code ?? 'unknown'}). Choose another one.`, {
      code: 'port_unusable',
      context: { setting: '--port' },
    });
  });
  try {
    const commands = commandsToTry(simulator, url, options);
    const { apiKey, apiSecret, callbackToken } = simulator.credentials;
    const faxCount = simulator.world.truth(clock.now()).faxes.length;
    progress.end();
    output.step(
      `Pretend Phaxio on ${url}: v1, v2 and v2.1, ${countOf(days, 'day')}, ${countOf(faxCount, 'fax', 'faxes')}, seed ${seed}`,
    );
    output.info(`API key         ${apiKey}\nAPI secret      ${apiSecret}\ncallback token  ${callbackToken}`);
    output.info(`Try:\n  ${commands.join('\n  ')}`);
    output.document({
      command: 'simulate',
      ok: true,
      url,
      seed,
      faxes: faxCount,
      api_key: apiKey,
      api_secret: apiSecret,
      callback_token: callbackToken,
      try: commands,
    });
    await servedUntil(signal, simulator, output.progress('Answering · Ctrl-C ends'));
  } finally {
    await simulator.stop();
  }
  const { requests, requestsByStatus } = simulator.stats();
  const statuses = Object.entries(requestsByStatus).map(([status, count]) => `${status} ${formatCount(count)} times`);
  output.step(`${countOf(requests, 'request')} answered${statuses.length > 0 ? `: ${statuses.join(', ')}` : ''}`);
  output.outro('Stopped.');
  return EXIT.fine;
}

async function servedUntil(
  signal: AbortSignal,
  simulator: Simulator,
  progress: { update(text: string): void; end(): void },
): Promise<void> {
  let shown = 0;
  while (!signal.aborted) {
    await systemClock.sleep(1_000, signal).catch(() => {});
    const { requests, callbacks } = simulator.stats();
    if (requests === shown) continue;
    shown = requests;
    progress.update(
      `${countOf(requests, 'request')} answered · ${countOf(callbacks.events, 'callback event')} · Ctrl-C ends`,
    );
  }
  progress.end();
}

/** Commands that work as they are: invented secrets may be shown. */
function commandsToTry(simulator: Simulator, url: string, { rate, callbackUrl }: SimulateOptions): string[] {
  const { apiKey, apiSecret, callbackToken } = simulator.credentials;
  // A day earlier, so that it is before the first fax in every zone.
  const firstDay = new Date(simulator.world.options.firstDay - DAY_MS).toISOString().slice(0, 10);
  const common = [
    'FAXSYNC_HOME=.faxsync/simulated',
    'FAXSYNC_ACCOUNT=simulated',
    `FAXSYNC_PROVIDER_URL=${url}`,
    `FAXSYNC_API_KEY=${apiKey}`,
    `FAXSYNC_API_SECRET=${apiSecret}`,
    `FAXSYNC_FIRST_DAY=${firstDay}`,
    `FAXSYNC_REQUESTS_PER_SECOND=${Math.min(CALL_RATE_MAX, rate)}`,
  ];
  const callbacks = [
    'FAXSYNC_HOME=.faxsync/simulated',
    'FAXSYNC_ACCOUNT=simulated',
    `FAXSYNC_CALLBACK_TOKENS=${callbackToken}`,
    `FAXSYNC_CALLBACK_URL='${callbackUrl ?? ''}'`,
  ];
  const lines = [`${common.join(' ')} ${FAXSYNC} sync`];
  if (callbackUrl !== undefined) {
    const { port } = new URL(callbackUrl);
    lines.push(`${callbacks.join(' ')} ${FAXSYNC} callbacks${port === '' ? '' : ` --port ${port}`}`);
  }
  return lines;
}

function readFault(text: string): Fault {
  try {
    return parseFault(JSON.parse(text));
  } catch (error) {
    const why = error instanceof FaultRequestError ? error.message : 'It is not JSON.';
    throw new SettingsError(
      `--fault cannot be read. ${why} Write {"kind": "status", "status": 503, "probability": 0.1}.`,
      {
        code: 'flag_invalid',
        context: { setting: '--fault' },
      },
    );
  }
}
