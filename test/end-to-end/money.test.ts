import { describe, expect, it } from 'vitest';
import { demoFaults } from '../../src/cli/demo/demo-world.ts';
import { type MirrorRig, RIG_ACCOUNT } from '../../src/cli/demo/mirror-rig.ts';
import { parsePeriod, RECONCILIATION_DEFAULTS } from '../../src/domain/reconciliation.ts';
import { CHECKS } from '../../src/warehouse/recon/registry.ts';
import { runChecks } from '../../src/warehouse/recon/run.ts';
import { DAY, differencesOf, mirrorAll, openRig, START } from './rigs.ts';

interface Victim {
  readonly fax_id: string;
  readonly cost_cents: number;
}

interface Found {
  readonly check_id: string;
  readonly reason: string;
  readonly subject_id: string;
  readonly cents: number;
}

/** The checks that hold the warehouse against what was shown, and against itself. */
const COMPLETENESS = CHECKS.filter(({ id }) => /^C[1-8]$/.test(id));
/** The history of the rig's world and the weeks after it. */
const MONTHS = ['2026-10', '2026-11', '2026-12'];

/** What of all months is open, and how many rows were tested. */
async function check(rig: MirrorRig): Promise<{ found: Found[]; tested: Record<string, number> }> {
  const now = rig.clock.now();
  const { pool } = rig.runtime;
  for (const month of MONTHS) {
    const period = parsePeriod(month);
    if (period === null) throw new Error(`${month} is no month`);
    await runChecks(pool, {
      account: RIG_ACCOUNT,
      period,
      asOf: now,
      settings: RECONCILIATION_DEFAULTS,
      checks: COMPLETENESS,
      every: 'day',
      codeVersion: 'test',
      now,
      timeoutMs: 60_000,
    });
  }
  const { rows: found } = await pool.query<Found>(
    `select check_id, reason, subject_id, cents::integer as cents from recon.items where state = 'open' order by check_id, subject_id`,
  );
  const { rows } = await pool.query<{ check_id: string; tested: number }>(
    `select r.check_id, sum(r.tested_count)::integer as tested from recon.results r
     where r.run_id in (select results_run_id from recon.runs where run_id in (select max(run_id) from recon.runs group by period))
     group by r.check_id`,
  );
  return { found, tested: Object.fromEntries(rows.map((row) => [row.check_id, row.tested])) };
}

describe('the checks of completeness over a mirrored account', () => {
  it.each(['v1', 'v2.1'] as const)(
    'find nothing in %s where all was mirrored through late credits, deleted tests and odd values, and each find what is planted then',
    async (dialect) => {
      // v1 knows no barcodes, and its callbacks would bring some.
      const callbacks = dialect === 'v1' ? null : { lostShare: 0.2 };
      const { rig, database } = await openRig({ dialect, faults: demoFaults(dialect), callbacks });
      expect(differencesOf(await mirrorAll(rig))).toEqual([]);
      const { pool } = database;
      const honest = await check(rig);
      // A status that nobody knows stays open for ever, and is meant to be seen.
      const odd = honest.found.filter(({ check_id, reason }) => check_id === 'C5' && reason === 'unknown_status');
      expect(honest.found).toEqual(odd);
      expect(Object.keys(honest.tested)).toHaveLength(8);
      for (const id of ['C3', 'C4', 'C5', 'C6']) expect(honest.tested[id], id).toBeGreaterThan(1_000);
      expect(honest.tested['C1']).toBeGreaterThan(8);
      expect(honest.tested['C2']).toBeGreaterThan(dialect === 'v1' ? 2 : 4);

      const { rows } = await pool.query<Victim>(
        `select fax_id, cost_cents from warehouse.faxes
         where cost_cents > 5 and is_test is not true and missing_since is null and direction = 'sent' and created_at between $1 and $2
         order by fax_id limit 4`,
        [new Date(START - 10 * DAY).toISOString(), new Date(START - DAY).toISOString()],
      );
      const [orphan, altered, split, cut] = rows;
      if (orphan === undefined || altered === undefined || split === undefined || cut === undefined) {
        throw new Error('no such faxes');
      }
      await pool.query('delete from warehouse.faxes where fax_id = $1', [orphan.fax_id]);
      // By the trigger this alters the history as well, so only the look's own totals still know better.
      await pool.query('update warehouse.faxes set cost_cents = cost_cents + 3 where fax_id = $1', [altered.fax_id]);
      await pool.query(
        `update warehouse.fax_history set cost_delta_cents = cost_delta_cents + 1
         where (fax_id, observation_no) = (select fax_id, max(observation_no) from warehouse.fax_history where fax_id = $1 group by fax_id)`,
        [split.fax_id],
      );
      await pool.query('delete from warehouse.fax_recipients where fax_id = $1', [cut.fax_id]);
      const planted = await check(rig);
      const news = planted.found.filter((item) => !odd.some(({ subject_id }) => subject_id === item.subject_id));
      expect(news).toMatchObject([
        { check_id: 'C1', reason: 'cents_differ', cents: 3 },
        { check_id: 'C4', reason: 'recipients_differ', subject_id: cut.fax_id },
        { check_id: 'C6', reason: 'history_differs', subject_id: split.fax_id, cents: 1 },
        { check_id: 'C7', reason: 'no_fax', subject_id: orphan.fax_id, cents: orphan.cost_cents },
      ]);
    },
  );
});
