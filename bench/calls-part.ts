import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderLandingZone } from '../src/landing/folder.ts';
import { PULL_SETTINGS, pull } from '../src/pipeline/pull.ts';
import { ManualClock } from '../src/simulator/manual-clock.ts';
import { createSimulator } from '../src/simulator/simulator.ts';
import { PostgresStateStore } from '../src/state/postgres.ts';
import type { Figure } from './figures.ts';
import type { Ground } from './ground.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 1, 12);
const DAYS = 10;
const FAXES_PER_DAY = 6000;
/** Nothing waits: calls are counted, not timed. */
const NO_LIMIT = { ratePerSecond: 1_000_000, burst: 1_000_000 };

/** Calls of a backfill of a whole account from the simulator over HTTP: nights, weekends and office hours as they come. */
export async function measureCalls(ground: Ground): Promise<Figure[]> {
  const clock = new ManualClock(NOW);
  const world = { days: DAYS, faxesPerDay: FAXES_PER_DAY };
  const simulator = createSimulator({
    seed: 7,
    clock,
    world,
    http: { rateLimit: null },
    callbacks: { background: false },
  });
  const folder = await mkdtemp(join(tmpdir(), 'faxsync-bench-'));
  try {
    const { url } = await simulator.start();
    const random = () => 0.5;
    const state = new PostgresStateStore(ground.pool, { clock, random });
    const { apiKey, apiSecret } = simulator.credentials;
    const summary = await pull(
      { fetch, clock, random, state, landing: new FolderLandingZone(folder) },
      {
        provider: { account: 'bench-calls', dialect: 'v2.1', baseUrl: url, credentials: [{ apiKey, apiSecret }] },
        backfillFrom: NOW - (DAYS + 1) * DAY,
        passes: ['backfill'],
        streams: ['faxes'],
        deadline: NOW + DAY,
        holder: 'bench',
      },
      { ...PULL_SETTINGS, callLimits: NO_LIMIT },
    );
    if (summary.end !== 'done' || summary.failure !== null) throw new Error(`the backfill ended ${summary.end}`);
    const rows = summary.passes.reduce((sum, pass) => sum + pass.rows, 0);
    return [
      {
        name: 'provider calls per 1,000 faxes, backfill',
        target: { is: 'at most', value: 1.3 },
        measured: (summary.counters.calls * 1000) / rows,
        beside: `${summary.counters.calls} calls for ${rows} faxes of ${DAYS} days, ${summary.landedKeys.length} objects`,
      },
    ];
  } finally {
    await simulator.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
