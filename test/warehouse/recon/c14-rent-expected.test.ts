import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rentExpected } from '../../../src/warehouse/recon/checks/c14-rent-expected.ts';
import { instant, loadNumbers } from '../../support/listed-numbers.ts';
import { type CheckedScope, ReconBed } from '../../support/recon-bed.ts';
import { itIsShown } from '../../support/recon-shown.ts';

const NUMBER = '+14145550100';
const provisioned = '2026-03-10T12:00:00Z';
const JULY: CheckedScope = { period: '2026-07', asOf: instant('2026-08-20T00:00:00Z') };
const held = (billed: string, over: { provisioned?: string; cost?: number } = {}) => [
  { number: NUMBER, billed, provisioned, ...over },
];
const listed = (at: string, billed: string, over: { provisioned?: string; cost?: number } = {}) =>
  [at, held(billed, over)] as const;

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

async function reasonsOf(scope: CheckedScope): Promise<string[]> {
  const { results, findings } = await bed.check(rentExpected, scope);
  return [
    ...results.map(({ grain, outcome, untestable }) => `${grain} ${outcome} ${untestable}`),
    ...findings.map(({ subject, reason, cents, owed }) => `${subject} ${reason} ${cents} ${owed}`),
  ];
}

describe('C14, rent expected', () => {
  it('passes a rent billed on its anniversary', async () => {
    await loadNumbers(bed, [
      listed('2026-07-01T00:00:00Z', '2026-06-10T12:00:00Z'),
      listed('2026-07-11T00:00:00Z', '2026-07-10T12:00:00Z'),
      listed('2026-07-20T00:00:00Z', '2026-07-10T12:00:00Z'),
    ]);
    expect(await reasonsOf(JULY)).toEqual(['2026-07-10 pass 0']);
  });

  it('finds a rent that was skipped, and says so only after 3 days', async () => {
    await loadNumbers(bed, [
      listed('2026-07-01T00:00:00Z', '2026-06-10T12:00:00Z'),
      listed('2026-07-13T11:00:00Z', '2026-06-10T12:00:00Z'),
      listed('2026-07-13T13:00:00Z', '2026-06-10T12:00:00Z'),
    ]);
    expect(await reasonsOf(JULY)).toEqual([
      '2026-07-10 exception 0',
      `number ${NUMBER}@2026-07-10T12:00:00.000Z skipped_rent -200 0`,
    ]);
    expect(await reasonsOf({ period: '2026-07', asOf: instant('2026-07-13T12:00:00Z') })).toEqual([
      '2026-07-10 not_testable 1',
    ]);
  });

  it('finds a second rent between two anniversaries and within the days of one', async () => {
    await loadNumbers(bed, [
      listed('2026-07-01T00:00:00Z', '2026-06-10T12:00:00Z'),
      listed('2026-07-10T18:00:00Z', '2026-07-10T12:00:00Z'),
      listed('2026-07-12T00:00:00Z', '2026-07-11T12:00:00Z'),
      listed('2026-07-26T00:00:00Z', '2026-07-25T08:30:00.500Z', { cost: 250 }),
    ]);
    expect(await reasonsOf(JULY)).toEqual([
      '2026-07-10 pass 0',
      '2026-07-11 exception 0',
      '2026-07-25 exception 0',
      `number ${NUMBER}@2026-07-11T12:00:00.000Z double_rent 200 200`,
      `number ${NUMBER}@2026-07-25T08:30:00.500Z double_rent 250 250`,
    ]);
  });

  it('lets pass what differs by the tolerance and no cent more, to either side', async () => {
    await loadNumbers(bed, [
      listed('2026-07-01T00:00:00Z', '2026-06-10T12:00:00Z'),
      listed('2026-07-20T00:00:00Z', '2026-06-10T12:00:00Z'),
      listed('2026-07-26T00:00:00Z', '2026-07-25T08:00:00Z'),
    ]);
    const outcomes = async (amount: number) =>
      (
        await bed.check(rentExpected, { ...JULY, limits: { tolerances: { C14: { amount, share: null } } } })
      ).results.map(({ outcome }) => outcome);
    expect(await outcomes(200)).toEqual(['within_tolerance', 'within_tolerance']);
    expect(await outcomes(199)).toEqual(['exception', 'exception']);
  });

  it.each([
    ['the last day of a short month', '2026-06-30T12:00:00Z', '2026-06', 1],
    ['the day carried on into the next month', '2026-07-01T12:00:00Z', '2026-07', 2],
  ])('takes %s for the anniversary of a 31st', async (_name, billed, period, count) => {
    const of31st = { provisioned: '2026-01-31T12:00:00Z' };
    await loadNumbers(bed, [
      listed('2026-06-01T13:00:00Z', '2026-05-31T12:00:00Z', of31st),
      listed('2026-06-30T13:00:00Z', period === '2026-06' ? billed : '2026-05-31T12:00:00Z', of31st),
      listed('2026-07-02T00:00:00Z', billed, of31st),
      listed('2026-07-05T00:00:00Z', billed, of31st),
      listed('2026-08-05T00:00:00Z', '2026-07-31T12:00:00Z', of31st),
    ]);
    const { results } = await bed.check(rentExpected, { ...JULY, period });
    expect(results.map(({ outcome }) => outcome)).toEqual(Array(count).fill('pass'));
    expect((await bed.check(rentExpected, { ...JULY, period: '2026-06' })).findings).toEqual([]);
    expect((await bed.check(rentExpected, { ...JULY, period: '2026-07' })).findings).toEqual([]);
  });

  it('cannot tell where no list was read between an anniversary and the next', async () => {
    await loadNumbers(bed, [
      listed('2026-07-01T00:00:00Z', '2026-06-10T12:00:00Z'),
      listed('2026-08-11T00:00:00Z', '2026-08-10T12:00:00Z'),
    ]);
    expect(await reasonsOf(JULY)).toEqual(['2026-07-10 not_testable 1']);
    expect(await reasonsOf({ ...JULY, period: '2026-08' })).toEqual(['2026-08-10 pass 0']);
  });

  it('expects nothing of a number that was given back before, and cannot tell where it was around the anniversary', async () => {
    await loadNumbers(bed, [
      listed('2026-07-08T00:00:00Z', '2026-06-10T12:00:00Z'),
      ['2026-07-09T00:00:00Z', []],
      ['2026-07-09T01:00:00Z', []],
      ['2026-07-20T01:00:00Z', []],
    ]);
    expect(await reasonsOf(JULY)).toEqual([]);
    bed.newAccount();
    await loadNumbers(bed, [
      listed('2026-07-10T00:00:00Z', '2026-06-10T12:00:00Z'),
      ['2026-07-11T00:00:00Z', []],
      ['2026-07-20T01:00:00Z', []],
    ]);
    expect(await reasonsOf(JULY)).toEqual(['2026-07-10 not_testable 1']);
  });

  it('expects the rent of a purchase, and nothing of the time before the mirror began', async () => {
    const bought = { provisioned: '2026-07-04T09:00:00Z' };
    await loadNumbers(bed, [
      ['2026-07-01T00:00:00Z', []],
      listed('2026-07-05T00:00:00Z', '2026-07-04T09:00:00Z', bought),
      listed('2026-07-20T00:00:00Z', '2026-07-04T09:00:00Z', bought),
    ]);
    expect(await reasonsOf(JULY)).toEqual(['2026-07-04 pass 0']);
    expect(await reasonsOf({ ...JULY, period: '2026-06' })).toEqual([]);
  });

  it('leaves rent after a release to C16', async () => {
    await loadNumbers(bed, [
      listed('2026-07-01T00:00:00Z', '2026-06-10T12:00:00Z'),
      ['2026-07-05T00:00:00Z', []],
      ['2026-07-05T02:00:00Z', []],
      listed('2026-07-11T00:00:00Z', '2026-07-10T12:00:00Z'),
      listed('2026-07-16T00:00:00Z', '2026-07-10T12:00:00Z'),
    ]);
    expect(await reasonsOf(JULY)).toEqual([]);
  });

  it('agrees with the schedule that analysts read', async () => {
    await loadNumbers(bed, [
      listed('2026-07-01T00:00:00Z', '2026-06-10T12:00:00Z'),
      listed('2026-07-11T00:00:00Z', '2026-07-10T12:00:00Z'),
    ]);
    const { rows } = await bed.pool.query(
      `select month_no, expected_at, usage_date::text, billed_at from warehouse.rent_schedule s
       join warehouse.accounts a using (account_id) where account_key = $1 and expected_at > '2026-06-15' order by month_no`,
      [bed.account],
    );
    expect(rows).toEqual([
      {
        month_no: 4,
        expected_at: new Date('2026-07-10T12:00:00Z'),
        usage_date: '2026-07-10',
        billed_at: new Date('2026-07-10T12:00:00Z'),
      },
    ]);
  });

  itIsShown(() => bed, rentExpected);
});
