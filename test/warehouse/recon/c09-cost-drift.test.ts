import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, toIso } from '../../../src/domain/time.ts';
import { costDrift } from '../../../src/warehouse/recon/checks/c09-cost-drift.ts';
import { wireFax } from '../../support/landed.ts';
import { type Finding, ReconBed } from '../../support/recon-bed.ts';
import { closeMonth, run } from '../../support/recon-runs.ts';
import { itIsShown } from '../../support/recon-shown.ts';

/** Ten in the morning in Chicago on 10 July 2026, and when its fax was over. */
const SENT = Date.UTC(2026, 6, 10, 15);
const OVER = SENT + 60_000;
/** With the default of 35 days. */
const SETTLED = OVER + 35 * DAY_MS;
const JULY_CLOSES = Date.UTC(2026, 7, 7, 12);
const AUGUST_CLOSES = Date.UTC(2026, 8, 7, 12);

let bed: ReconBed;
let observation = 0;
beforeAll(async () => {
  bed = await ReconBed.open();
});
afterAll(() => bed.close());
beforeEach(() => {
  bed.newAccount();
});

/** A look at the fax: what it costs, and which of its recipients failed. */
async function look(
  at: number,
  cost: number | null,
  outcomes: ReadonlyArray<'success' | 'failure'> = ['success'],
  numbers = ['+14145550120', '+14145550121', '+14145550122'],
) {
  observation += 1;
  const [recipient] = wireFax(1, toIso(SENT)).recipients ?? [];
  if (recipient === undefined) throw new Error('the fax of the test has no recipient');
  const recipients = outcomes.map((status, index) => ({ ...recipient, phone_number: numbers[index] ?? '', status }));
  const fax = wireFax(1, toIso(SENT), { status: 'success', completed_at: toIso(OVER), recipients });
  await bed.load({ observation, at }, [{ ...fax, cost }]);
}

async function drift(period: string, asOf: number, tolerance?: number): Promise<readonly Finding[]> {
  const limits = tolerance === undefined ? {} : { tolerances: { C9: { amount: tolerance, share: null } } };
  return (await bed.check(costDrift, { period, asOf, limits })).findings;
}

describe('C9, cost drift in a month that is open', () => {
  it('passes a cost that changes while credits may come, up to the very instant', async () => {
    await look(OVER + DAY_MS, 21, ['success', 'success', 'failure']);
    await look(SETTLED, 14, ['success', 'success', 'failure']);
    const { results, findings } = await bed.check(costDrift, { period: '2026-07', asOf: SETTLED + DAY_MS });
    expect(findings).toEqual([]);
    expect(results).toEqual([expect.objectContaining({ grain: '2026-07-10', outcome: 'pass', tested: 1 })]);
  });

  it('finds a cost that changes a millisecond later, in both directions', async () => {
    await look(OVER + DAY_MS, 7);
    await look(SETTLED + 1, 21);
    const rise = { subject: 'fax 1', outcome: 'exception', reason: 'changed_after_settling' };
    expect(await drift('2026-07', SETTLED + DAY_MS)).toEqual([{ ...rise, left: 21, right: 7, cents: 14, owed: 14 }]);
    bed.newAccount();
    await look(OVER + DAY_MS, 7);
    await look(SETTLED + 1, 5);
    expect(await drift('2026-07', SETTLED + DAY_MS)).toEqual([{ ...rise, left: 5, right: 7, cents: -2, owed: 0 }]);
  });

  it('does not know what a later look shows', async () => {
    await look(OVER + DAY_MS, 7);
    await look(SETTLED + 2 * DAY_MS, 21);
    expect(await drift('2026-07', SETTLED + DAY_MS)).toEqual([]);
    expect(await drift('2026-07', SETTLED + 2 * DAY_MS)).toHaveLength(1);
  });

  it('explains the late credit of a failed recipient', async () => {
    await look(OVER + DAY_MS, 21, ['success', 'success', 'failure']);
    await look(SETTLED + DAY_MS, 14, ['success', 'success', 'failure']);
    expect(await drift('2026-07', SETTLED + DAY_MS)).toEqual([
      expect.objectContaining({ outcome: 'explained', reason: 'late_credit', cents: -7, owed: 0 }),
    ]);
  });

  it('passes a difference of the tolerance and finds one beyond it', async () => {
    await look(OVER + DAY_MS, 7);
    await look(SETTLED + 1, 21);
    expect(await drift('2026-07', SETTLED + DAY_MS, 14)).toEqual([]);
    expect(await drift('2026-07', SETTLED + DAY_MS, 13)).toHaveLength(1);
  });

  it('cannot tell where no look before the settling shows a cost', async () => {
    await look(SETTLED + DAY_MS, 7);
    expect(await drift('2026-07', SETTLED + 2 * DAY_MS)).toEqual([]);
  });
});

describe('C9, cost drift in closed months', () => {
  it('finds what changed after the closing in the oldest month that is open, and nowhere else', async () => {
    await look(OVER + DAY_MS, 7);
    await closeMonth(bed, '2026-07', JULY_CLOSES);
    await look(JULY_CLOSES + DAY_MS, 21);
    const asOf = JULY_CLOSES + 2 * DAY_MS;
    expect(await drift('2026-08', asOf)).toEqual([
      {
        subject: 'fax 1',
        outcome: 'exception',
        reason: 'changed_after_closing',
        left: 21,
        right: 7,
        cents: 14,
        owed: 14,
      },
    ]);
    expect(await drift('2026-08', asOf, 14)).toEqual([]);
    expect(await drift('2026-08', asOf, 13)).toHaveLength(1);
    expect(await drift('2026-08', JULY_CLOSES + DAY_MS - 1)).toEqual([]);
    expect(await drift('2026-07', asOf)).toEqual([]);
  });

  it('finds it in the next open month also where one before the closed month is open', async () => {
    await look(OVER + DAY_MS, 7);
    await closeMonth(bed, '2026-07', JULY_CLOSES);
    await look(JULY_CLOSES + DAY_MS, 21);
    const asOf = JULY_CLOSES + 2 * DAY_MS;
    await run(bed, { period: '2026-05', asOf, checks: [] });
    expect(await drift('2026-08', asOf)).toEqual([
      expect.objectContaining({ reason: 'changed_after_closing', cents: 14 }),
    ]);
    expect(await drift('2026-05', asOf)).toEqual([]);
    await run(bed, { period: '2026-08', asOf, checks: [] });
    expect(await drift('2026-09', asOf)).toEqual([]);
  });

  it.each([
    ['one of three recipients that failed', 14, 'explained', 'credit_after_closing'],
    ['more than the recipients that failed', 7, 'exception', 'changed_after_closing'],
    ['no whole recipient', 13, 'exception', 'changed_after_closing'],
  ])('takes a fall for a credit where it is exactly one: %s', async (_, cost, outcome, reason) => {
    const outcomes = ['success', 'success', 'failure'] as const;
    await look(OVER + DAY_MS, 21, outcomes);
    await closeMonth(bed, '2026-07', JULY_CLOSES);
    await look(JULY_CLOSES + DAY_MS, cost, outcomes);
    expect(await drift('2026-08', JULY_CLOSES + 2 * DAY_MS)).toEqual([
      expect.objectContaining({ outcome, reason, left: cost, right: 21, cents: cost - 21, owed: 0 }),
    ]);
  });

  it.each([
    ['the first of two was credited before it was seen', 112, 56],
    ['a price of 6.75 cents is rounded', 20, 7],
    ['all of them failed', 20, 0],
  ])('knows a credit though the full price was never seen: %s', async (_, billed, present) => {
    const outcomes = present === 0 ? (['failure', 'failure'] as const) : (['success', 'failure', 'failure'] as const);
    await look(OVER + DAY_MS, billed, outcomes);
    await closeMonth(bed, '2026-07', JULY_CLOSES);
    await look(JULY_CLOSES + DAY_MS, present, outcomes);
    expect(await drift('2026-08', JULY_CLOSES + 2 * DAY_MS)).toEqual([
      expect.objectContaining({ outcome: 'explained', reason: 'credit_after_closing', cents: present - billed }),
    ]);
  });

  it('takes any fall for a credit where recipients of several countries failed, whose shares are not equal', async () => {
    const numbers = ['+14145550120', '+442071234567'];
    await look(OVER + DAY_MS, 17, ['success', 'failure'], numbers);
    await closeMonth(bed, '2026-07', JULY_CLOSES);
    await look(JULY_CLOSES + DAY_MS, 7, ['success', 'failure'], numbers);
    expect(await drift('2026-08', JULY_CLOSES + 2 * DAY_MS)).toEqual([
      expect.objectContaining({ outcome: 'explained', reason: 'credit_after_closing', cents: -10 }),
    ]);
  });

  it('still finds it once the month that bills the correction is closed, and what is given back in the next', async () => {
    await look(OVER + DAY_MS, 7);
    await closeMonth(bed, '2026-07', JULY_CLOSES);
    await look(JULY_CLOSES + DAY_MS, 21);
    const [before] = await drift('2026-08', AUGUST_CLOSES);
    await closeMonth(bed, '2026-08', AUGUST_CLOSES);
    expect(await drift('2026-08', AUGUST_CLOSES + DAY_MS)).toEqual([before]);
    expect(await drift('2026-09', AUGUST_CLOSES + DAY_MS)).toEqual([]);
    await look(AUGUST_CLOSES + 3 * DAY_MS, 7);
    expect(await drift('2026-08', AUGUST_CLOSES + 4 * DAY_MS)).toEqual([before]);
    expect(await drift('2026-09', AUGUST_CLOSES + 4 * DAY_MS)).toEqual([
      expect.objectContaining({ subject: 'fax 1', outcome: 'exception', left: 7, right: 21, cents: -14, owed: 0 }),
    ]);
  });

  it('keeps what was found in a month that was closed late', async () => {
    await look(OVER + DAY_MS, 7);
    await look(SETTLED + 1, 21);
    const [before] = await drift('2026-07', SETTLED + DAY_MS);
    await closeMonth(bed, '2026-07', SETTLED + DAY_MS);
    await look(SETTLED + 3 * DAY_MS, 7);
    expect(await drift('2026-07', SETTLED + 4 * DAY_MS)).toEqual([before]);
    expect(await drift('2026-08', SETTLED + 4 * DAY_MS)).toEqual([expect.objectContaining({ left: 7, right: 21 })]);
  });

  itIsShown(() => bed, costDrift);
});
