import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLoadHandler } from '../../functions/load.ts';
import { demoFaults } from '../../src/cli/demo/demo-world.ts';
import { RIG_ACCOUNT } from '../../src/cli/demo/mirror-rig.ts';
import { LOCAL_CONTEXT } from '../../src/cli/local-host.ts';
import { randomFor } from '../../src/simulator/random.ts';
import { PostgresStateStore } from '../../src/state/postgres.ts';
import { compareRollups } from '../../src/warehouse/rollups.ts';
import { HOUR, landedOf, mirrorAll, openRig, START } from '../end-to-end/rigs.ts';
import { addAccount, DEPLOYED } from '../faults/load-rig.ts';
import { freshDatabase, freshEmptyDatabase, type TestDatabase } from '../support/database.ts';
import { type BatchHandler, EventSource } from '../support/event-source.ts';
import { warehouseContent } from '../support/warehouse-content.ts';
import { PreviousRelease } from './previous-release.ts';

const SEED = 11;

let previous: PreviousRelease;
const databases: TestDatabase[] = [];
beforeAll(async () => {
  previous = await PreviousRelease.unpack();
});
afterAll(async () => {
  await previous.remove();
  for (const database of databases) await database.drop();
});

/** Rows by table with only the columns that `shape` has, so that what a later migration added does not count. */
function cutTo(shape: Record<string, string[]>, content: Record<string, string[]>): Record<string, string[]> {
  const cut = Object.entries(shape).map(([table, rows]) => {
    const columns = new Set(Object.keys(JSON.parse(rows[0] ?? '{}') as object));
    const kept = (content[table] ?? []).map((row) => {
      const cells = Object.entries(JSON.parse(row) as object).filter(([column]) => columns.has(column));
      return JSON.stringify(Object.fromEntries(cells));
    });
    return [table, kept.sort()] as const;
  });
  return Object.fromEntries(cut);
}

describe('the load function of the previous release', () => {
  it('makes the same warehouse of every landed object on the newest schema as on its own, as this code does, and mixed with it', {
    timeout: 300_000,
  }, async () => {
    const { rig } = await openRig({
      seed: SEED,
      world: { days: 5, faxesPerDay: 60 },
      faults: demoFaults('v2.1'),
      callbacks: { duplicateShare: 0.1, delayedShare: 0.2, delayMaxMs: 2 * HOUR, lostShare: 0.05 },
    });
    await mirrorAll(rig);
    const landed = await landedOf(rig);
    const random = randomFor(SEED, 'upgrade');
    const shuffled = landed
      .map(({ key }) => ({ key, rank: random.next() }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ key }) => key);

    const oldLoad = async (url: string) => {
      const environment = {
        FAXSYNC_ACCOUNT: RIG_ACCOUNT,
        FAXSYNC_API_KEY: 'none',
        FAXSYNC_API_SECRET: 'none',
        FAXSYNC_DATABASE_URL: url,
        FAXSYNC_LANDING: rig.options.landing,
      };
      return previous.open({ environment, clock: rig.clock, random: () => random.next() });
    };
    const newLoad = ({ pool }: TestDatabase): BatchHandler => {
      const deps = rig.runtime.loadDeps();
      const state = new PostgresStateStore(pool, { clock: rig.clock, random: deps.random });
      return createLoadHandler({ ...deps, pool, state, log: rig.runtime.log('load'), landedKeyOf: (key) => key });
    };
    /** Loads every object by these functions, side by side in the slots of the queue, and gives what became of it. */
    const warehouseBy = async (database: TestDatabase, ...functions: readonly BatchHandler[]) => {
      await addAccount(database.pool, RIG_ACCOUNT);
      const environment = (slot: number) => functions[slot % functions.length] as BatchHandler;
      const source = new EventSource({ ...DEPLOYED, startAt: START, environment });
      for (const key of shuffled) source.announce(key);
      await source.drain();
      expect(source.dead).toEqual([]);
      return warehouseContent(database.pool);
    };
    const fresh = async (isEmpty = false) => {
      const database = await (isEmpty ? freshEmptyDatabase() : freshDatabase());
      databases.push(database);
      return database;
    };

    const ownSchema = await fresh(true);
    const own = await oldLoad(ownSchema.url);
    expect((await own.migrate({}, LOCAL_CONTEXT)).applied).toEqual(previous.migrationNames);
    const oldOnOld = await warehouseBy(ownSchema, own.load);
    await own.close();

    const newestSchema = await fresh();
    const old = await oldLoad(newestSchema.url);
    const oldOnNew = await warehouseBy(newestSchema, old.load);
    await old.close();

    const present = await fresh();
    const newOnNew = await warehouseBy(present, newLoad(present));

    const shared = await fresh();
    const half = await oldLoad(shared.url);
    const mixed = await warehouseBy(shared, half.load, newLoad(shared));
    await half.close();

    for (const { pool } of [newestSchema, present, shared]) expect(await compareRollups(pool, RIG_ACCOUNT)).toEqual([]);

    const rows = Object.values(oldOnOld).reduce((sum, { length }) => sum + length, 0);
    expect(Object.entries(oldOnOld).filter(([, { length }]) => length === 0)).toEqual([]);
    const ownShape = cutTo(oldOnOld, oldOnOld);
    expect(cutTo(oldOnOld, oldOnNew), 'old code on the newest schema').toEqual(ownShape);
    expect(cutTo(oldOnOld, newOnNew), 'new code on the newest schema').toEqual(ownShape);
    expect(cutTo(oldOnOld, mixed), 'both at once').toEqual(ownShape);
    const kinds = new Set(landed.map(({ envelope }) => `${envelope.stream} ${envelope.kind}`));
    console.log(
      `${previous.facts.revision.slice(0, 7)} and this code, seed ${SEED}: ${landed.length} objects of ${kinds.size} kinds, ${rows} rows in ${Object.keys(oldOnOld).length} tables; old on old, old on new, new on new, mixed: 0 rows differ`,
    );
  });
});
