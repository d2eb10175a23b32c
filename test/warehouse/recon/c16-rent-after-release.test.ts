import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rentAfterRelease } from '../../../src/warehouse/recon/checks/c16-rent-after-release.ts';
import { wireFax } from '../../support/landed.ts';
import { instant, loadNumbers } from '../../support/listed-numbers.ts';
import { ReconBed } from '../../support/recon-bed.ts';
import { itIsShown } from '../../support/recon-shown.ts';

const NUMBER = '+14145550100';
const JUNE = { number: NUMBER, billed: '2026-06-10T12:00:00Z' };
const JULY = { ...JUNE, billed: '2026-07-10T12:00:00Z', provisioned: JUNE.billed };
const SCOPE = { period: '2026-07', asOf: instant('2026-08-20T00:00:00Z') };

let bed: ReconBed;
beforeAll(async () => {
  bed = await ReconBed.open();
});
afterAll(async () => {
  await bed.close();
});
beforeEach(() => {
  bed.newAccount();
});

describe('C16, rent after release', () => {
  it('passes rent of a number that is held', async () => {
    await loadNumbers(bed, [
      ['2026-07-01T10:00:00Z', [JUNE]],
      ['2026-07-11T10:00:00Z', [JULY]],
    ]);
    const { results, findings } = await bed.check(rentAfterRelease, SCOPE);
    expect(results[0]).toMatchObject({ grain: '2026-07-10', outcome: 'pass' });
    expect(findings).toEqual([]);
  });

  /** Lists that lack the number twice and then show it billed all the same. */
  const loadReleased = () =>
    loadNumbers(bed, [
      ['2026-07-01T10:00:00Z', [JUNE]],
      ['2026-07-05T10:00:00Z', []],
      ['2026-07-05T12:00:00Z', []],
      ['2026-07-11T10:00:00Z', [JULY]],
      ['2026-07-15T10:00:00Z', []],
    ]);

  it('finds rent billed after two lists lacked the number', async () => {
    await loadReleased();
    expect((await bed.check(rentAfterRelease, SCOPE)).findings).toEqual([
      {
        subject: `number ${NUMBER}@2026-07-10T12:00:00.000Z`,
        outcome: 'exception',
        reason: 'rent_after_release',
        left: 200,
        right: 0,
        cents: 200,
        owed: 200,
      },
    ]);
  });

  it('lets pass what differs by the tolerance and no cent more', async () => {
    await loadReleased();
    const within = { ...SCOPE, limits: { tolerances: { C16: { amount: 200, share: null } } } };
    expect((await bed.check(rentAfterRelease, within)).findings).toEqual([]);
    const beyond = { ...SCOPE, limits: { tolerances: { C16: { amount: 199, share: null } } } };
    expect((await bed.check(rentAfterRelease, beyond)).findings).toHaveLength(1);
  });

  it('passes rent of a number that one list lacked, and of one that was bought anew', async () => {
    await loadNumbers(bed, [
      ['2026-07-01T10:00:00Z', [JUNE]],
      ['2026-07-05T10:00:00Z', []],
      ['2026-07-11T10:00:00Z', [JULY]],
    ]);
    expect((await bed.check(rentAfterRelease, SCOPE)).findings).toEqual([]);
    bed.newAccount();
    await loadNumbers(bed, [
      ['2026-07-01T10:00:00Z', [JUNE]],
      ['2026-07-05T10:00:00Z', []],
      ['2026-07-05T12:00:00Z', []],
      ['2026-07-11T10:00:00Z', [{ ...JULY, provisioned: JULY.billed }]],
    ]);
    expect((await bed.check(rentAfterRelease, SCOPE)).findings).toEqual([]);
  });

  it('explains a number without traffic as idle, and cannot tell before the mirror is old enough', async () => {
    const numbers = [
      ...['+14145550100', '+14145550101', '+14145550102'].map((number) => ({
        ...JUNE,
        number,
        provisioned: '2026-03-10T12:00:00Z',
      })),
      { ...JUNE, number: '+14145550103', provisioned: '2026-07-20T00:00:00Z', billed: '2026-07-20T00:00:00Z' },
    ];
    await loadNumbers(bed, [
      ['2026-07-01T10:00:00Z', numbers],
      ['2026-07-21T10:00:00Z', numbers],
    ]);
    await bed.load({ observation: 5, at: instant('2026-07-22T00:00:00Z') }, [
      wireFax(1, '2026-07-15T12:00:00.000Z', { caller_id: '+14145550100' }),
      wireFax(2, '2026-07-16T12:00:00.000Z', { direction: 'received', to_number: '+14145550101', status: 'success' }),
    ]);
    const idle = await bed.check(rentAfterRelease, { ...SCOPE, limits: { idleDays: 20 } });
    expect(idle.findings).toEqual([
      {
        subject: 'number +14145550102',
        outcome: 'explained',
        reason: 'idle_number',
        left: 200,
        right: 0,
        cents: 0,
        owed: 0,
      },
    ]);
    const young = await bed.check(rentAfterRelease, { ...SCOPE, limits: { idleDays: 60 } });
    expect(young.findings).toEqual([]);
    expect(young.results.find(({ grain }) => grain === 'period')).toMatchObject({ untestable: 3, tested: 1 });
  });

  itIsShown(() => bed, rentAfterRelease);
});
