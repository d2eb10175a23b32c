import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rentChanges } from '../../../src/warehouse/recon/checks/c15-rent-changes.ts';
import { instant, loadNumbers } from '../../support/listed-numbers.ts';
import { ReconBed } from '../../support/recon-bed.ts';
import { itIsShown } from '../../support/recon-shown.ts';

const DEAR = { number: '+14145550100', billed: '2026-06-10T12:00:00Z' };
const SAME = { number: '+14145550101', billed: '2026-06-12T12:00:00Z' };
const JULY = { period: '2026-07', asOf: instant('2026-08-20T00:00:00Z') };

let bed: ReconBed;
beforeAll(async () => {
  bed = await ReconBed.open();
});
afterAll(async () => {
  await bed.close();
});
beforeEach(async () => {
  bed.newAccount();
  await loadNumbers(bed, [
    ['2026-07-01T10:00:00Z', [DEAR, SAME]],
    ['2026-07-15T10:00:00Z', [{ ...DEAR, cost: 250 }, SAME]],
    ['2026-07-16T10:00:00Z', [SAME]],
    ['2026-08-02T10:00:00Z', [{ ...DEAR, cost: 240 }, SAME]],
  ]);
});

describe('C15, rent price change', () => {
  it('passes numbers whose rent stayed', async () => {
    const asOf = instant('2026-07-14T00:00:00Z');
    expect(await bed.check(rentChanges, { ...JULY, asOf })).toEqual({
      results: [{ grain: 'period', outcome: 'pass', tested: 2, within: 0, explained: 0, exceptions: 0, untestable: 0 }],
      findings: [],
    });
  });

  it('finds each change once, in the month of the look that first showed it', async () => {
    expect((await bed.check(rentChanges, JULY)).findings).toEqual([
      {
        subject: 'number +14145550100@2026-07-15T10:00:00.000Z',
        outcome: 'exception',
        reason: 'rent_changed',
        left: 200,
        right: 250,
        cents: 50,
        owed: 0,
      },
    ]);
    expect((await bed.check(rentChanges, { ...JULY, period: '2026-08' })).findings).toMatchObject([
      { subject: 'number +14145550100@2026-08-02T10:00:00.000Z', left: 250, right: 240, cents: -10 },
    ]);
  });

  it('lets pass what differs by the tolerance and no cent more, to either side', async () => {
    const exceptions = async (period: string, amount: number) =>
      (
        await bed.check(rentChanges, { ...JULY, period, limits: { tolerances: { C15: { amount, share: null } } } })
      ).findings.map(({ outcome }) => outcome);
    expect(await exceptions('2026-07', 50)).toEqual([]);
    expect(await exceptions('2026-07', 49)).toEqual(['exception']);
    expect(await exceptions('2026-08', 10)).toEqual([]);
    expect(await exceptions('2026-08', 9)).toEqual(['exception']);
  });

  itIsShown(() => bed, rentChanges);
});
