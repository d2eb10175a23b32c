import { describe, expect, it } from 'vitest';
import { demoFaults } from '../../src/cli/demo/demo-world.ts';
import { RIG_ACCOUNT } from '../../src/cli/demo/mirror-rig.ts';
import { reconcileMoney } from '../../src/pipeline/reconcile.ts';
import { DAY, differencesOf, mirrorAll, openRig, START } from './rigs.ts';

interface Victim {
  readonly fax_id: string;
  readonly cost_cents: number;
}

describe('the money checks over a mirrored account', () => {
  it.each(['v1', 'v2.1'] as const)(
    'find nothing in %s where all was mirrored through late credits, deleted tests and odd values, and find what is planted then',
    async (dialect) => {
      // v1 knows no barcodes, and its callbacks would bring some.
      const callbacks = dialect === 'v1' ? null : { lostShare: 0.2 };
      const { rig, database } = await openRig({ dialect, faults: demoFaults(dialect), callbacks });
      expect(differencesOf(await mirrorAll(rig))).toEqual([]);
      const { pool } = database;
      const check = () => reconcileMoney(pool, RIG_ACCOUNT, { now: rig.clock.now(), timeoutMs: 60_000 });
      const honest = await check();
      expect(honest).toMatchObject({ centsUnexplained: 0, faxesUnexplained: 0, slices: { unclear: 0 } });
      expect(honest.slices.windows).toBeGreaterThan(5);
      expect(honest.slices.faxes).toBeGreaterThan(1_000);
      expect(honest.slices.laterFaxes).toBeGreaterThan(0);
      console.log(
        `${dialect}: ${honest.slices.windows} settled windows with ${honest.slices.faxes} faxes and ${honest.slices.cents} cents agree, ` +
          `${honest.slices.laterFaxes} faxes and ${honest.slices.laterCents} cents explained; ${honest.history.faxes} histories sum to their cost`,
      );

      const { rows } = await pool.query<Victim>(
        `select fax_id, cost_cents from warehouse.faxes
         where cost_cents > 5 and is_test is not true and missing_since is null and created_at between $1 and $2
         order by fax_id limit 3`,
        [new Date(START - 10 * DAY).toISOString(), new Date(START - DAY).toISOString()],
      );
      const [lost, altered, split] = rows;
      if (lost === undefined || altered === undefined || split === undefined) throw new Error('no such faxes');
      await pool.query('delete from warehouse.faxes where fax_id = $1', [lost.fax_id]);
      // By the trigger this alters the history as well, so only the look's own totals still know better.
      await pool.query('update warehouse.faxes set cost_cents = cost_cents + 3 where fax_id = $1', [altered.fax_id]);
      await pool.query('update warehouse.fax_history set cost_delta_cents = cost_delta_cents + 1 where fax_id = $1', [
        split.fax_id,
      ]);
      const { rowCount: points } = await pool.query('select 1 from warehouse.fax_history where fax_id = $1', [
        split.fax_id,
      ]);
      const planted = await check();
      expect(planted.faxesUnexplained).toBe(1);
      expect(planted.history.differences).toEqual([
        {
          faxId: split.fax_id,
          costCents: split.cost_cents,
          historyCents: split.cost_cents + (points ?? 0),
        },
      ]);
      const cents = planted.slices.differences.reduce((sum, difference) => sum + difference.cents, 0);
      expect(cents).toBe(-lost.cost_cents + 3 + (points ?? 0));
      expect(planted.slices.differences.reduce((sum, difference) => sum + difference.faxes, 0)).toBe(-1);
    },
  );
});
