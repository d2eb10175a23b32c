import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PULL_RESERVE_MS } from '../functions/pull.ts';
import { SETTINGS } from '../infra/settings.ts';
import { PACED_PULL_SETTINGS } from '../src/cli/demo/paced-clock.ts';
import type { Envelope, LandedRef, LandingZone } from '../src/landing/contract.ts';
import { FolderLandingZone } from '../src/landing/folder.ts';
import { PULL_SETTINGS, type PullSettings, pull } from '../src/pipeline/pull.ts';
import { createSimulator } from '../src/simulator/simulator.ts';
import { PostgresStateStore } from '../src/state/postgres.ts';
import { type LoadCost, type LoadCosts, MEASURED_CALLBACKS, MEASURED_PAGES, measureLoads } from './backfill-loads.ts';
import { type Arrival, type LoadQueue, largestSlowDown, runQueue } from './backfill-queue.ts';
import { PAGE_FAXES } from './faxes.ts';
import type { Figure } from './figures.ts';
import type { Ground } from './ground.ts';
import { WaitingClock } from './waiting-clock.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;
const NOW = Date.UTC(2026, 5, 1, 12);
const DAYS = 365;
const FAXES_A_YEAR = 12_000_000;
/**
 * Everything is a fiftieth: 240,000 faxes, 20 a page. So there are as many pages, windows and calls as of 12 million faxes at 1,000 a page,
 * over the same year with its nights and weekends, and the invented account fits into memory.
 */
const SCALE = 50;
const PER_PAGE = PAGE_FAXES / SCALE;
/** From the request to the end of a page of 620 kB; and what S3 and DynamoDB take after it, before the next call. */
const ANSWER_MS = 600;
const STORE_MS = 80;

/** Callbacks an account of 1 M faxes a month gets meanwhile, a second: 3 a fax. */
const CALLBACKS_PER_SECOND = (3 * FAXES_A_YEAR) / (DAYS * 86_400);
/** An object must be in the warehouse this long after it was landed, or the loaders do not keep up. */
const DELAY_MAX_MS = 2 * MINUTE;
const ACCOUNTS = [1, 5, 10, 20];
const QUEUE: Omit<LoadQueue, 'slowDown'> = {
  loaders: SETTINGS.loads.concurrencyMax,
  batchSize: SETTINGS.loads.batchSize,
  batchingWindowMs: SETTINGS.loads.batchingWindowSeconds * 1000,
  startMs: 50,
};
/** The share of a processor that load's memory buys: 1,769 MB are a whole one. */
const LAMBDA_SLOW_DOWN = 1769 / SETTINGS.functions.load.memoryMb;

/** What was landed when, by the account's clock. */
interface Landed {
  readonly at: number;
  /** Faxes at full scale; 0 for anything else than a slice of faxes. */
  readonly faxes: number;
}

interface Walk {
  readonly landed: readonly Landed[];
  readonly calls: number;
  readonly throttled: number;
  readonly runs: number;
  /** From the first call to the end of the backfill, ms of the clock. */
  readonly elapsedMs: number;
}

/** As deployed: how long a run of everything that is due may take, and when the next one comes. */
const RUN_MS = SETTINGS.functions.pull.timeoutSeconds * 1000 - PULL_RESERVE_MS;
const RUN_EVERY_MS = SETTINGS.schedules.trailingMinutes * MINUTE;

/** The backfill of a year, by the clock that provider and pull live by, and whether the loaders keep up with it. */
export async function measureBackfill(ground: Ground): Promise<Figure[]> {
  const walk = await walkYear(ground);
  return [walkFigure(walk), ...queueFigures(walk, await measureLoads(ground))];
}

/** Pulls the invented account by the schedule, from nothing until nothing is due. */
async function walkYear(ground: Ground): Promise<Walk> {
  const clock = new WaitingClock(NOW);
  const world = { days: DAYS, faxesPerDay: FAXES_A_YEAR / SCALE / DAYS };
  const simulator = createSimulator({ seed: 7, clock, world, callbacks: { background: false } });
  const folder = await mkdtemp(join(tmpdir(), 'faxsync-bench-'));
  try {
    const { url } = await simulator.start();
    const { apiKey, apiSecret } = simulator.credentials;
    const random = () => 0.5;
    const landed: Landed[] = [];
    const ports = {
      clock,
      random,
      state: new PostgresStateStore(ground.pool, { clock, random }),
      landing: watched(new FolderLandingZone(folder), clock, landed),
      fetch: async (...request: Parameters<typeof fetch>) => {
        const answer = await fetch(...request);
        clock.advance(ANSWER_MS);
        return answer;
      },
    };
    const settings: PullSettings = { ...PULL_SETTINGS, ...PACED_PULL_SETTINGS, perPage: PER_PAGE };
    const provider = {
      account: 'bench-year',
      dialect: 'v2.1',
      baseUrl: url,
      credentials: [{ apiKey, apiSecret }],
    } as const;
    const sums = { calls: 0, throttled: 0, runs: 0 };
    for (let hasMore = true; hasMore; ) {
      const startedAt = NOW + RUN_EVERY_MS * Math.ceil((clock.now() - NOW) / RUN_EVERY_MS);
      clock.advance(startedAt - clock.now());
      const request = {
        provider,
        backfillFrom: NOW - (DAYS + 1) * DAY,
        deadline: startedAt + RUN_MS,
        holder: `run-${sums.runs}`,
      };
      const summary = await pull(ports, request, settings);
      sums.runs += 1;
      sums.calls += summary.counters.calls;
      sums.throttled += summary.counters.throttled;
      // Nothing here misbehaves.
      if (summary.failure !== null) throw summary.failure;
      hasMore = summary.hasMore;
    }
    return { ...sums, landed, elapsedMs: clock.now() - NOW };
  } finally {
    await simulator.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The landing zone with what it takes to store an object, and a note of when that was. */
function watched(landing: LandingZone, clock: WaitingClock, landed: Landed[]): LandingZone {
  return {
    put: async (envelope: Envelope): Promise<LandedRef> => {
      const ref = await landing.put(envelope);
      clock.advance(STORE_MS);
      const bodies = envelope.kind === 'slice' ? envelope.bodies : [];
      const rows = bodies.map(({ body }) => (JSON.parse(body) as { data: unknown[] }).data.length);
      landed.push({ at: clock.now(), faxes: SCALE * rows.reduce((sum, count) => sum + count, 0) });
      return ref;
    },
    get: (key) => landing.get(key),
    list: (account, options) => landing.list(account, options),
  };
}

function walkFigure({ calls, throttled, runs, landed, elapsedMs }: Walk): Figure {
  const { ratePerSecond } = PULL_SETTINGS.callLimits;
  const neededMs = (calls / ratePerSecond) * 1000;
  const hours = (ms: number) => `${(ms / 3_600_000).toFixed(2)} h`;
  const faxes = landed.reduce((sum, object) => sum + object.faxes, 0);
  return {
    name: 'backfill of a year at 1 M a month: share of the time that the call limit alone takes',
    target: { is: 'at least', value: 0.98 },
    measured: neededMs / elapsedMs,
    digits: 3,
    beside:
      `${calls} calls at ${ratePerSecond}/s = ${hours(neededMs)} of ${hours(elapsedMs)}, ${throttled} refused, ` +
      `${runs} runs of at most ${RUN_MS / 1000} s, one every ${RUN_EVERY_MS / 1000} s; ${faxes / SCALE} faxes at ${PER_PAGE} a page ` +
      `stand for ${(faxes / 1e6).toFixed(1)} M at ${PAGE_FAXES}; an answer takes ${ANSWER_MS} ms, storing it ${STORE_MS} ms`,
  };
}

function queueFigures(walk: Walk, { page, callback }: LoadCosts): Figure[] {
  const ms = (cost: LoadCost) =>
    `${(cost.readMs + cost.lockedMs).toFixed(1)} ms, of it ${cost.lockedMs.toFixed(1)} under the account's lock`;
  const figures: Figure[] = [
    {
      name: '- loading a page of 1,000 new faxes, ms',
      target: null,
      measured: page.readMs + page.lockedMs,
      digits: 1,
      beside: `${ms(page)}; a callback ${ms(callback)}; medians of ${MEASURED_PAGES} and ${MEASURED_CALLBACKS - 1}`,
    },
  ];
  for (const accounts of ACCOUNTS) {
    const arrivals = arrivalsOf(walk, accounts, page, callback);
    const largest = largestSlowDown(arrivals, QUEUE, DELAY_MAX_MS);
    const real = runQueue(arrivals, { ...QUEUE, slowDown: LAMBDA_SLOW_DOWN });
    figures.push({
      name: `- slow-down of load with which it keeps up, ${accounts} ${accounts === 1 ? 'account' : 'accounts at once'}`,
      target: accounts === 1 ? { is: 'at least', value: Number(LAMBDA_SLOW_DOWN.toFixed(1)) } : null,
      measured: largest,
      digits: 1,
      beside:
        `<= ${QUEUE.loaders} loaders; at ${LAMBDA_SLOW_DOWN.toFixed(1)} times slower: at most ${real.backlogMax} objects waiting, ` +
        `${(real.delayMaxMs / 1000).toFixed(0)} s from landing to commit, ${(real.utilisation * QUEUE.loaders).toFixed(1)} loaders running on average, ` +
        `${(100 * real.waitingShare).toFixed(0)} % of that waiting for the lock, longest run ${(real.runMaxMs / 1000).toFixed(0)} s`,
    });
  }
  return figures;
}

/** The walk's own landings, for every account at once, each with the callbacks of its present beside the year that is read. */
function arrivalsOf(walk: Walk, accounts: number, page: LoadCost, callback: LoadCost): Arrival[] {
  const arrivals: Arrival[] = [];
  for (let account = 0; account < accounts; account++) {
    const shift = (account * 1000) / accounts;
    for (const { at, faxes } of walk.landed) {
      const size = Math.max(faxes / PAGE_FAXES, 0.1);
      arrivals.push({ at: at - NOW + shift, account, readMs: page.readMs * size, lockedMs: page.lockedMs * size });
    }
    for (let at = shift; at < walk.elapsedMs; at += 1000 / CALLBACKS_PER_SECOND)
      arrivals.push({ at, account, ...callback });
  }
  return arrivals;
}
