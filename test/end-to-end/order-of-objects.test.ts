import { describe, expect, it } from 'vitest';
import { demoFaults } from '../../src/cli/demo/demo-world.ts';
import { RIG_ACCOUNT } from '../../src/cli/demo/mirror-rig.ts';
import { loadLanded } from '../../src/pipeline/load.ts';
import { randomFor } from '../../src/simulator/random.ts';
import { PostgresStateStore } from '../../src/state/postgres.ts';
import { addAccount } from '../faults/load-rig.ts';
import { warehouseContent } from '../support/warehouse-content.ts';
import { differencesOf, HOUR, landedOf, mirrorAll, openRig, testDatabase } from './rigs.ts';

const LOADERS = 4;

describe('the landed objects of a rough life', () => {
  it('give the same warehouse when loaded again, and in random order by four loaders at once, each twice', async () => {
    const { rig, database } = await openRig({
      world: { faxesPerDay: 60 },
      faults: demoFaults('v2.1'),
      callbacks: { duplicateShare: 0.1, delayedShare: 0.2, delayMaxMs: 2 * HOUR, lostShare: 0.05 },
    });
    expect(differencesOf(await mirrorAll(rig))).toEqual([]);
    const inOrder = await warehouseContent(database.pool);
    const keys = (await landedOf(rig)).map(({ key }) => key);
    const deps = rig.runtime.loadDeps();

    for (const key of keys) await loadLanded(key, deps, { isReread: true });
    expect(await warehouseContent(database.pool)).toEqual(inOrder);

    const { pool } = await testDatabase();
    await addAccount(pool, RIG_ACCOUNT);
    const state = new PostgresStateStore(pool, { clock: rig.clock, random: deps.random });
    const random = randomFor(rig.options.seed, 'order-of-objects');
    const waiting = [...keys, ...keys]
      .map((key) => ({ key, rank: random.next() }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ key }) => key);
    const load = async (): Promise<number> => {
      let loaded = 0;
      for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
        const { kind } = await loadLanded(key, { ...deps, pool, state });
        if (kind === 'loaded') loaded += 1;
      }
      return loaded;
    };
    const loaded = await Promise.all(Array.from({ length: LOADERS }, load));
    expect(loaded.reduce((sum, count) => sum + count, 0)).toBe(keys.length);
    expect(Math.min(...loaded)).toBeGreaterThan(0);
    const shuffled = await warehouseContent(pool);
    for (const [table, rows] of Object.entries(inOrder)) {
      expect(rows.length, table).toBeGreaterThan(0);
      expect(shuffled[table], table).toEqual(rows);
    }
    console.log(
      `${keys.length} objects, each twice by ${LOADERS} loaders in random order: the same ${Object.keys(inOrder).length} tables`,
    );
  });
});
