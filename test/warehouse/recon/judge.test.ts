import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePeriod, RECONCILIATION_DEFAULTS } from '../../../src/domain/reconciliation.ts';
import { inTransaction } from '../../../src/warehouse/connection.ts';
import { EXACT } from '../../../src/warehouse/recon/check.ts';
import { judge, prepareJudgement } from '../../../src/warehouse/recon/judge.ts';
import { takeScope } from '../../../src/warehouse/recon/scope.ts';
import { wireFax } from '../../support/landed.ts';
import { ReconBed } from '../../support/recon-bed.ts';
import { givenCheck } from '../../support/recon-runs.ts';

const AS_OF = Date.UTC(2026, 6, 20);
const PERIOD = parsePeriod('2026-07');

type Row = readonly [left: number | null, right: number | null, verdict: string | null, reason: string | null];

let bed: ReconBed;
beforeAll(async () => {
  bed = await ReconBed.open();
  bed.newAccount();
  await bed.load({ observation: 1, at: AS_OF }, [wireFax(1, '2026-07-10T12:00:00.000Z')]);
});
afterAll(() => bed.close());

/** Judges rows that are written down, each with its cents. */
async function judged(rows: readonly Row[], tolerance = EXACT): Promise<unknown> {
  if (PERIOD === null) throw new Error('no period');
  const scope = { account: bed.account, period: PERIOD, asOf: AS_OF, settings: RECONCILIATION_DEFAULTS };
  const text = (value: string | number | null) => (value === null ? 'null' : `'${value}'`);
  const values = rows.map((row, index) => `('fax', '${index}', ${row.map(text).join(', ')})`).join(', ');
  const check = givenCheck('C99', {
    tolerance,
    sql: `select 'month' as grain, subject_kind, subject_id, l::numeric as left_value, r::numeric as right_value, (l::bigint - r::bigint) as cents,
      greatest(l::bigint - r::bigint, 0) as owed_cents, verdict, reason
      from (values ${values}) v(subject_kind, subject_id, l, r, verdict, reason)`,
  });
  return inTransaction(bed.pool, async (client) => {
    await takeScope(client, scope);
    await prepareJudgement(client);
    await judge(client, check, tolerance);
    const { rows: results } = await client.query(
      `select outcome, tested_count::integer as tested, exception_count::integer as exceptions, untestable_count::integer as untestable,
         exception_cents::integer as cents, owed_cents::integer as owed, reason from run_results`,
    );
    return results[0];
  });
}

describe('judge', () => {
  it('tells the most frequent reason of the exceptions, however many rows cannot be tested', async () => {
    const untestable: Row = [null, 7, null, 'before_card'];
    const rows: Row[] = [untestable, untestable, [9, 7, 'explained', 'late_credit'], [20, 7, null, 'missed_credit']];
    expect(await judged(rows)).toEqual({
      outcome: 'exception',
      tested: 2,
      exceptions: 1,
      untestable: 2,
      cents: 13,
      owed: 13,
      reason: 'missed_credit',
    });
    expect(await judged(rows.slice(0, 3))).toMatchObject({ outcome: 'explained', reason: 'late_credit' });
    expect(await judged(rows.slice(0, 2))).toMatchObject({ outcome: 'not_testable', reason: 'before_card' });
  });

  it('calls an exception without a reason one that differs', async () => {
    expect(await judged([[8, 7, null, null]])).toMatchObject({ outcome: 'exception', reason: 'differs' });
    expect(await judged([[7, 7, null, null]])).toMatchObject({ outcome: 'pass', reason: null });
  });

  it('holds amount and share in both directions, the stricter of them', async () => {
    const off = (left: number) => judged([[left, 1_000, null, null]], { amount: 20, share: 0.01 });
    for (const left of [990, 1_010]) expect(await off(left)).toMatchObject({ outcome: 'within_tolerance' });
    for (const left of [989, 1_011]) expect(await off(left)).toMatchObject({ outcome: 'exception', reason: 'differs' });
  });
});
