import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReceiveCallbackHandler } from '../../functions/receive-callback.ts';
import { demoFaults } from '../../src/cli/demo/demo-world.ts';
import { MirrorRig, RIG_ACCOUNT } from '../../src/cli/demo/mirror-rig.ts';
import { PACED_INVOCATION_MS, PACED_PULL_SETTINGS } from '../../src/cli/demo/paced-clock.ts';
import { LOCAL_CONTEXT } from '../../src/cli/local-host.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { loadLanded } from '../../src/pipeline/load.ts';
import { randomFor } from '../../src/simulator/random.ts';
import { PostgresStateStore } from '../../src/state/postgres.ts';
import { DAY, differencesOf, HOUR, landedOf, MINUTE, START } from '../end-to-end/rigs.ts';
import { addAccount, DEPLOYED } from '../faults/load-rig.ts';
import { freshDatabase, freshEmptyDatabase, type TestDatabase } from '../support/database.ts';
import { EventSource } from '../support/event-source.ts';
import { warehouseContent } from '../support/warehouse-content.ts';
import { PreviousRelease, type ReleasedFunctions } from './previous-release.ts';

const SEED = 17;
const LIVE_MS = 6 * HOUR;
/** Requests to the provider after which the old run is lost in the middle of its backfill. */
const CALLS_UNTIL_LOST = 20;

/** Small pages, so that the history takes many calls and a run can be lost among them. */
const PULL_SETTINGS = { ...PACED_PULL_SETTINGS, perPage: 50 };

const CONTEXT: Context = { ...LOCAL_CONTEXT, getRemainingTimeInMillis: () => PACED_INVOCATION_MS };

let previous: PreviousRelease;
let database: TestDatabase;
let landing: string;
let rig: MirrorRig;
const random = randomFor(SEED, 'side-by-side');

beforeAll(async () => {
  previous = await PreviousRelease.unpack();
  database = await freshEmptyDatabase();
  landing = await mkdtemp(join(tmpdir(), 'faxsync-side-by-side-'));
  rig = await MirrorRig.open({
    seed: SEED,
    dialect: 'v2.1',
    databaseUrl: database.url,
    landing,
    startAt: START,
    callbacks: { duplicateShare: 0.1, delayedShare: 0.2, delayMaxMs: 2 * HOUR, lostShare: 0.05 },
    faults: demoFaults('v2.1'),
    world: {
      days: 10,
      faxesPerDay: 100,
      phoneNumbers: 6,
      oddities: true,
      restsFrom: START + LIVE_MS,
      creditDelayMaxMs: 30 * DAY,
    },
    pullSettings: PULL_SETTINGS,
  });
});
afterAll(async () => {
  await rig.close();
  await database.drop();
  await previous.remove();
  await rm(landing, { recursive: true, force: true });
});

/** The previous release's functions where the rig's are: same warehouse, state, landing zone, provider and time. */
function openOld(clock: Clock = rig.clock): Promise<ReleasedFunctions> {
  const { apiKey, apiSecret, callbackToken } = rig.simulator.credentials;
  return previous.open({
    environment: {
      FAXSYNC_ACCOUNT: RIG_ACCOUNT,
      FAXSYNC_API_KEY: apiKey,
      FAXSYNC_API_SECRET: apiSecret,
      FAXSYNC_PROVIDER_URL: rig.runtime.account(RIG_ACCOUNT).providerUrl,
      FAXSYNC_DATABASE_URL: database.url,
      FAXSYNC_LANDING: landing,
      FAXSYNC_CALLBACK_TOKENS: callbackToken,
      FAXSYNC_CALLBACK_URL: rig.endpoint.url,
      FAXSYNC_FIRST_DAY: new Date(rig.simulator.world.options.firstDay - DAY).toISOString().slice(0, 10),
    },
    clock,
    random: () => random.next(),
    pullSettings: PULL_SETTINGS,
  });
}

async function countRows(from: string): Promise<number> {
  const { rows } = await database.pool.query<{ n: number }>(`select count(*)::integer as n from ${from}`);
  return rows[0]?.n ?? -1;
}

/** Loads half of what is landed and not loaded by the old function; the rest is left to the new one. */
async function loadHalf(old: ReleasedFunctions): Promise<number> {
  const { rows } = await database.pool.query<{ landed_key: string }>('select landed_key from ops.landed_objects');
  const loaded = new Set(rows.map((row) => row.landed_key));
  const source = new EventSource({ ...DEPLOYED, startAt: rig.clock.now(), environment: () => old.load });
  for (const { key } of await landedOf(rig)) if (!loaded.has(key) && random.chance(0.5)) source.announce(key);
  await source.drain();
  expect(source.dead).toEqual([]);
  return source.done.length;
}

describe('a deployment in the middle of a run', () => {
  it('ends in a warehouse equal to the provider, though old and new code pull, load and take callbacks side by side for hours', {
    timeout: 300_000,
  }, async () => {
    // The old release alone: its first run is lost while it copies the history, with its lease and all it had in hand.
    let isLost = false;
    const dying: Clock = {
      now: () => {
        if (!isLost && rig.simulator.requests.length >= CALLS_UNTIL_LOST) {
          isLost = true;
          void lost.close();
        }
        return rig.clock.now();
      },
      sleep: (ms, signal) => rig.clock.sleep(ms, signal),
    };
    const lost = await openOld(dying);
    await lost.migrate({}, LOCAL_CONTEXT);
    await expect(lost.pull({ account: RIG_ACCOUNT }, CONTEXT)).rejects.toThrow();
    const landedByLost = (await landedOf(rig)).length;
    expect(landedByLost).toBeGreaterThan(1);
    expect(await countRows('ops.sync_state where lease_holder is not null')).toBe(1);

    // The deployment: the schema first, then old and new functions at once.
    await rig.migrate();
    await addAccount(database.pool, RIG_ACCOUNT);
    const old = await openOld();
    const counts = { oldPulls: 0, newPulls: 0, oldLoads: 0, oldCallbacks: 0, newCallbacks: 0 };
    const present = createReceiveCallbackHandler(rig.runtime.callbackDeps());
    rig.endpoint.serve((event) => {
      const isOld = random.chance(0.5);
      counts[isOld ? 'oldCallbacks' : 'newCallbacks'] += 1;
      return isOld ? old.receiveCallback(event) : present(event);
    });
    // The lost run's lease runs out.
    rig.clock.advance(61 * MINUTE);
    while (rig.clock.now() < START + LIVE_MS) {
      rig.clock.advance(15 * MINUTE);
      await rig.deliverCallbacks();
      if (random.chance(0.5)) {
        counts.oldPulls += 1;
        // A run that fails is no matter: the next one goes on, be it old or new.
        await old.pull({ account: RIG_ACCOUNT }, CONTEXT).catch(() => undefined);
      } else {
        counts.newPulls += 1;
        await rig.pull();
      }
      counts.oldLoads += await loadHalf(old);
    }
    await old.close();

    // The new release alone, until the last pass has closed the last day.
    rig.endpoint.serve(present);
    for (let day = 0; day <= 37; day += 3) {
      rig.clock.advance(3 * DAY);
      await rig.deliverCallbacks();
      await rig.pull();
    }
    await rig.pull({ eager: true });
    expect(differencesOf(await rig.compare())).toEqual([]);
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(0);

    const again = await freshDatabase();
    try {
      const deps = rig.runtime.loadDeps();
      const state = new PostgresStateStore(again.pool, { clock: rig.clock, random: deps.random });
      const landed = await landedOf(rig);
      for (const { key } of landed) await loadLanded(key, { ...deps, pool: again.pool, state });
      expect(await warehouseContent(database.pool)).toEqual(await warehouseContent(again.pool));
      console.log(
        `seed ${SEED}: a run of ${previous.facts.revision.slice(0, 7)} lost after ${landedByLost} objects, then side by side ${counts.oldPulls} old and ${counts.newPulls} new pulls, ${counts.oldCallbacks} and ${counts.newCallbacks} callbacks, ${counts.oldLoads} of ${landed.length} objects loaded by old code: 0 rows differ from the provider, 0 from a load by new code alone`,
      );
    } finally {
      await again.drop();
    }
  });
});
