import { afterEach, describe, expect, it } from 'vitest';
import { LOAD_RESERVE_MS } from '../../functions/load.ts';
import { LOAD_ATTEMPTS_MAX } from '../../src/warehouse/load-object.ts';
import { DEPLOYED, LoadRig, SECOND } from './load-rig.ts';

const { batchSize, timeoutMs } = DEPLOYED;

/** What a slow object takes of an invocation's time. */
const OBJECT_MS = 25 * SECOND;

let rig: LoadRig;
afterEach(() => rig.close());

async function announceBatch(): Promise<void> {
  for (let number = 1; number <= batchSize; number++) rig.source.announce(await rig.landFax(number));
}

const warnings = () => rig.log.filter(({ message }) => message === 'rest of the batch given back');

describe('the load function', () => {
  it('tries one message while the database is out of reach, and gives back the rest of the batch untried', async () => {
    rig = await LoadRig.open();
    await announceBatch();
    rig.gate.isDown = true;
    await rig.source.runUntil(rig.source.clock.now() + SECOND);
    expect(rig.reads.size).toBe(1);
    // The tries at one object, and one look whether the database answers at all.
    expect(rig.gate.refused).toBe(LOAD_ATTEMPTS_MAX + 1);
    expect(warnings()).toMatchObject([{ remaining_count: batchSize - 1, reason: 'warehouse_out_of_reach' }]);
    rig.gate.isDown = false;
    await rig.source.drain();
    expect(await rig.count('ops.landed_objects')).toBe(batchSize);
    console.log(
      `a batch of ${batchSize} without a database: ${LOAD_ATTEMPTS_MAX + 1} connections tried, not ${LOAD_ATTEMPTS_MAX * batchSize}`,
    );
  });

  it('goes on with the others when an object breaks its own connection every time', async () => {
    rig = await LoadRig.open();
    const { pool } = rig.bed.database;
    await pool.query(`create function ops.break_connection() returns trigger language plpgsql as
      $$begin perform pg_terminate_backend(pg_backend_pid()); return new; end$$`);
    await pool.query(`create trigger breaks before insert on warehouse.faxes for each row when (new.fax_id = 1)
      execute function ops.break_connection()`);
    await announceBatch();
    await rig.source.drain();
    expect(rig.source.done.map(({ receives }) => receives)).toEqual(Array(batchSize - 1).fill(1));
    expect(rig.source.dead).toMatchObject([{ receives: DEPLOYED.receivesMax }]);
    expect(warnings()).toEqual([]);
  });

  it('writes nothing twice when the answer to a commit is lost', async () => {
    rig = await LoadRig.open();
    await announceBatch();
    let lost = 0;
    rig.gate.losesCommit = (commit) => {
      const isLost = commit % 2 === 1;
      lost += isLost ? 1 : 0;
      return isLost;
    };
    await rig.source.drain();
    expect(lost).toBe(batchSize);
    expect(rig.source.done.map(({ receives }) => receives)).toEqual(Array(batchSize).fill(1));
    const counts = [];
    for (const table of ['ops.landed_objects', 'warehouse.faxes', 'warehouse.fax_history'])
      counts.push(await rig.count(table));
    expect(counts).toEqual([batchSize, batchSize, batchSize]);
    console.log(`answers to ${lost} commits of ${batchSize} objects lost: ${counts.join(', ')} rows, none twice`);
  });

  it('begins no object when its time is nearly over, and gives back what it did not begin', async () => {
    let remainingMs: number = timeoutMs;
    rig = await LoadRig.open({
      remainingMs: () => remainingMs,
      onRead: () => {
        remainingMs -= OBJECT_MS;
      },
    });
    const begun = Math.ceil((timeoutMs - LOAD_RESERVE_MS + 1) / OBJECT_MS);
    await announceBatch();
    await rig.source.runUntil(rig.source.clock.now() + SECOND);
    expect(rig.reads.size).toBe(begun);
    expect(rig.source.done).toHaveLength(begun);
    expect(warnings()).toMatchObject([{ remaining_count: batchSize - begun, reason: 'deadline_reached' }]);
    remainingMs = Number.MAX_SAFE_INTEGER;
    await rig.source.drain();
    expect(rig.source).toMatchObject({ dead: [], waiting: 0 });
    console.log(
      `a slow batch of ${batchSize}: ${begun} loaded, ${batchSize - begun} given back before the time was over`,
    );
  });
});
