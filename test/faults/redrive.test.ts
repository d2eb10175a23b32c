import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toIso } from '../../src/domain/time.ts';
import { loadLanded } from '../../src/pipeline/load.ts';
import { freshDatabase } from '../support/database.ts';
import { wireFax } from '../support/landed.ts';
import { PROPERTY_SEED, seededRandom } from '../support/random.ts';
import { warehouseContent } from '../support/warehouse-content.ts';
import { DAY, HOUR, LoadRig, MINUTE, START } from './load-rig.ts';

const FAXES = 60;
const STATES = [
  { status: 'inprogress', cost: 7 },
  { status: 'inprogress', cost: 14 },
  { status: 'success', cost: 14 },
  { status: 'failure', cost: 0 },
];

let rig: LoadRig;
beforeEach(async () => {
  rig = await LoadRig.open();
});
afterEach(() => rig.close());

/** Looks at one fax, which is alone in its hour. */
function look(observation: number, fax: number, state: number, at: number): Promise<string> {
  const after = START - 10 * DAY + fax * HOUR;
  const shown = wireFax(fax, toIso(after + MINUTE), STATES[state]);
  return rig.land({ observation, at, window: { after, before: after + HOUR } }, [shown]);
}

/** The rows of faxes by id, without the marks of loading. */
async function faxRows(): Promise<Map<number, string>> {
  const { faxes = [] } = await warehouseContent(rig.bed.database.pool);
  return new Map(faxes.map((row) => [Number((JSON.parse(row) as { fax_id: number }).fax_id), row]));
}

describe('dead letters moved back a week later', () => {
  it('change only the rows of which no newer look was loaded meanwhile, and end as if they had been loaded in time', async () => {
    const { source } = rig;
    const random = seededRandom(PROPERTY_SEED);
    let observation = 0;
    rig.gate.isDown = true;
    const dead: string[] = [];
    for (let fax = 1; fax <= FAXES; fax++) {
      // Some of them were looked at more than once before anything was loaded.
      for (let looks = random() < 0.3 ? 2 : 1; looks > 0; looks--) {
        dead.push(await look(++observation, fax, Math.floor(random() * 2), source.clock.now() + observation));
      }
    }
    for (const key of dead) source.announce(key);
    await source.drain();
    expect(source.dead).toHaveLength(dead.length);
    rig.gate.isDown = false;

    await source.runUntil(START + 2 * DAY);
    const seenAgain = new Set<number>();
    const later: string[] = [];
    for (let fax = 1; fax <= FAXES; fax++) {
      if (random() < 0.5) continue;
      seenAgain.add(fax);
      later.push(
        await look(++observation, fax, Math.floor(random() * STATES.length), source.clock.now() + observation),
      );
    }
    for (const key of later) source.announce(key);
    await source.drain();
    expect(source.done).toHaveLength(later.length);

    await source.runUntil(START + 7 * DAY);
    const before = await faxRows();
    expect(new Set(before.keys())).toEqual(seenAgain);
    expect(source.redrive()).toBe(dead.length);
    await source.drain();
    expect(source).toMatchObject({ dead: [], expired: [] });
    const after = await faxRows();
    const changed = [...after].filter(([fax, row]) => before.get(fax) !== row).map(([fax]) => fax);
    const onlyDead = Array.from({ length: FAXES }, (_, at) => at + 1).filter((fax) => !seenAgain.has(fax));
    expect(new Set(changed)).toEqual(new Set(onlyDead));

    const inTime = await freshDatabase();
    try {
      for (const key of [...dead, ...later]) await loadLanded(key, { ...rig.bed.deps, pool: inTime.pool });
      expect(await warehouseContent(rig.bed.database.pool)).toEqual(await warehouseContent(inTime.pool));
    } finally {
      await inTime.drop();
    }
    console.log(
      `${dead.length} dead letters of ${FAXES} faxes redriven after a week, seed ${PROPERTY_SEED}: ${changed.length} rows changed, all of them without a newer look; ${seenAgain.size} with a newer one stayed`,
    );
  });
});
