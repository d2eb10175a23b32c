import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliBed } from '../cli/cli-bed.ts';
import { documentOf } from '../cli/run-cli.ts';
import { seededRandom } from '../support/random.ts';

const KILLS = 10;
const HOUR_MS = 3_600_000;
/** From here on calls come slowly enough that the moment of a kill lies inside the run. */
const CALLS_PER_SECOND = '20';

let bed: CliBed;
beforeAll(async () => {
  bed = await CliBed.open({ seed: 23, world: { days: 40, faxesPerDay: 150, deletedTestShare: 0 } });
});
afterAll(() => bed.close());

/** Kills a sync with -9 when the provider has answered `calls` of its requests and `delayMs` more have passed; false if it ended before. */
async function killSync(calls: number, delayMs: number): Promise<boolean> {
  const { simulator } = bed;
  const before = simulator.requests.length;
  const run = bed.start(['sync'], { FAXSYNC_REQUESTS_PER_SECOND: CALLS_PER_SECOND });
  let isOver = false;
  void run.ended.then(() => {
    isOver = true;
  });
  while (!isOver && simulator.requests.length - before < calls) await new Promise((resolve) => setTimeout(resolve, 2));
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  run.child.kill('SIGKILL');
  return (await run.ended).code === null;
}

async function countRows(sql: string): Promise<number> {
  const { rows } = await bed.database.pool.query<{ found: number }>(
    `select count(*)::integer as found from (${sql}) as t`,
  );
  return rows[0]?.found ?? -1;
}

describe('faxsync sync, killed with -9 at ten random moments', () => {
  it('ends with a warehouse equal to the provider, and no history row twice', { timeout: 240_000 }, async () => {
    const seed = Number(process.env['FAXSYNC_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    const random = seededRandom(seed);
    let killed = 0;
    for (let number = 0; number < KILLS; number++) {
      const isKilled = await killSync(1 + Math.floor(random() * 6), Math.floor(random() * 80));
      killed += isKilled ? 1 : 0;
      // The world goes on: new faxes, outcomes, credits.
      bed.clock.advance(7 * HOUR_MS);
      bed.simulator.world.advanceTo(bed.clock.now());
    }
    const { landed_key_count: landedAlready } = (
      await bed.database.pool.query<{ landed_key_count: number }>(
        'select count(*)::integer as landed_key_count from ops.landed_objects',
      )
    ).rows[0] ?? { landed_key_count: 0 };
    const last = await bed.run(['sync', '--json']);
    expect(last).toMatchObject({ code: 0 });
    const leftOver =
      documentOf<{ accounts: Array<{ left_over_objects: number }> }>(last).accounts[0]?.left_over_objects ?? 0;
    // What changed behind the passes is theirs to find in time; one look at everything shows that nothing else differs.
    expect(await bed.run(['backfill', '--from', '2026-04-20', '--to', '2026-06-20'])).toMatchObject({ code: 0 });

    process.stdout.write(
      `seed ${seed}: ${killed} of ${KILLS} killed under way, ${landedAlready} objects loaded by killed runs, ${leftOver} left over\n`,
    );
    expect(killed).toBeGreaterThanOrEqual(5);
    const { tables, money } = await bed.compareFaxes();
    expect(tables.filter(({ differing }) => differing > 0)).toEqual([]);
    expect(money.differingDays).toEqual([]);
    expect(money.providerCents).toBe(money.warehouseCents);
    expect(await countRows('select from warehouse.fax_history')).toBeGreaterThan(
      await countRows('select from warehouse.faxes'),
    );
    // No state of a fax is written twice in a row, and the deltas add up to the cost.
    expect(
      await countRows(`
        select from (
          select (status, cost_cents, num_pages) is not distinct from
            lag((status, cost_cents, num_pages)) over (partition by account_id, fax_id order by observation_no) as is_repeated,
            row_number() over (partition by account_id, fax_id order by observation_no) as place
          from warehouse.fax_history
        ) as h where is_repeated and place > 1`),
    ).toBe(0);
    expect(
      await countRows(`
        select from warehouse.faxes f
        join lateral (
          select sum(cost_delta_cents) as cents from warehouse.fax_history h
          where h.account_id = f.account_id and h.fax_id = f.fax_id
        ) as deltas on true
        where deltas.cents is distinct from coalesce(f.cost_cents, 0)`),
    ).toBe(0);
    // Nothing that landed is left unloaded.
    const status = documentOf<{ accounts: Array<{ objects: { unloaded: number } }> }>(
      await bed.run(['status', '--json']),
    );
    expect(status.accounts[0]?.objects.unloaded).toBe(0);
  });
});
