import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dialect, Envelope } from '../../src/landing/contract.ts';
import { isObject } from '../../src/phaxio/json.ts';
import type { PullSummary } from '../../src/pipeline/pull.ts';
import { PULL_SETTINGS, pull } from '../../src/pipeline/pull.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { pulledLists } from '../support/pulled-lists.ts';
import { PullBed, PullClock } from './pull-world.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 18, 15);
const DAYS = 20;

/** Every passing fault of the network and of the provider, often. */
const FAULTS: readonly Fault[] = [
  { kind: 'down', probability: 0.04 },
  { kind: 'reset', atShare: 0.6, probability: 0.04 },
  { kind: 'truncate', framing: 'full_length', probability: 0.03 },
  { kind: 'truncate', framing: 'short_length', probability: 0.03 },
  { kind: 'truncate', framing: 'close', probability: 0.03 },
  { kind: 'html', probability: 0.03 },
  { kind: 'failure', probability: 0.03 },
  { kind: 'status', probability: 0.04 },
  { kind: 'throttle', retryAfter: '3', probability: 0.04 },
];

let bed: PullBed;
beforeAll(async () => {
  bed = await PullBed.open();
});
afterAll(() => bed.close());

/** Ids of the rows of one envelope, as text. */
function idsOf({ bodies }: Envelope): string[] {
  return bodies.flatMap(({ body }) => {
    const { data } = JSON.parse(body) as { data: unknown };
    return Array.isArray(data) ? data.map((row) => (isObject(row) ? String(row['id']) : 'none')) : [];
  });
}

describe('pull from a simulated provider', () => {
  it.each([
    ['v1', 'well', []],
    ['v2', 'well', []],
    ['v2.1', 'well', []],
    ['v2.1', 'badly', FAULTS],
    ['v1', 'badly', FAULTS],
  ] as const)(
    'lands every fax of the account and every snapshot over %s when the provider behaves %s',
    async (dialect: Dialect, mood, faults: readonly Fault[]) => {
      const clock = new PullClock(NOW);
      const simulator = createSimulator({
        seed: 11,
        clock,
        world: { days: DAYS, faxesPerDay: 300, bursts: [{ at: NOW - 3 * DAY, count: 1500, withinMs: 1000 }] },
        callbacks: { background: false },
        faults,
      });
      const { url } = await simulator.start();
      const account = `sim-${dialect.replace('.', '-')}-${mood}`;
      const { apiKey, apiSecret } = simulator.credentials;
      const { state, landing } = bed.stores(clock);
      const run = (): Promise<PullSummary> => {
        clock.deadline = clock.now() + 3_600_000;
        return pull(
          { fetch, clock, random: () => 0.5, state, landing },
          {
            provider: { account, dialect, baseUrl: url, credentials: [{ apiKey, apiSecret }] },
            backfillFrom: NOW - (DAYS + 1) * DAY,
            deadline: clock.deadline,
            holder: `run-${clock.now()}`,
          },
          // Small pages make many calls, so that every kind of fault strikes.
          { ...PULL_SETTINGS, perPage: mood === 'well' ? 1000 : 100 },
        );
      };
      let calls = 0;
      let throttled = 0;
      // Twice: what listings show late is found by the overlap and by the passes.
      for (let round = 0; round < 2; round++) {
        for (let tries = 0; tries < 8; tries++) {
          const summary = await run();
          calls += summary.counters.calls;
          throttled += summary.counters.throttled;
          if (summary.end === 'done' && !summary.hasMore) break;
          expect(summary.failure?.retryable).toBe(true);
          clock.advance(60_000);
        }
        clock.advance(round === 0 ? 40 * 60_000 : 0);
      }
      const ids = new Set<string>();
      const snapshots = new Set<string>();
      for await (const { key } of landing.list(account)) {
        const envelope = await landing.get(key);
        if (envelope.kind === 'slice') for (const id of idsOf(envelope)) ids.add(id);
        if (envelope.kind === 'snapshot') snapshots.add(envelope.stream);
      }
      // The +15m pass stands a quarter of an hour behind the present; listings show a fax ten minutes late at most.
      const settled = clock.now() - 40 * 60_000;
      const { faxes } = simulator.world.truth(clock.now());
      const missing = faxes.filter(({ faxId, createdAt }) => (createdAt ?? 0) < settled && !ids.has(faxId));
      const struck = simulator.faults.list().map((active) => active.struck);
      for (const times of struck) expect(times).toBeGreaterThan(0);
      const faultCount = struck.reduce((sum, times) => sum + times, 0);
      console.log(
        `simulated ${dialect}, ${mood}: ${faxes.length} faxes, ${calls} calls, ${faultCount} faults, ${throttled} times 429, missing ${missing.length}`,
      );
      expect(faxes.length).toBeGreaterThan(5000);
      expect(missing).toEqual([]);
      const wanted = pulledLists(dialect).map(({ name }) => name);
      expect([...snapshots].toSorted()).toEqual(wanted.toSorted());
      await simulator.stop();
    },
  );
});
