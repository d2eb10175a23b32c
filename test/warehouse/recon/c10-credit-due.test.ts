import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { creditDue } from '../../../src/warehouse/recon/checks/c10-credit-due.ts';
import { rateCard } from '../../../src/warehouse/recon/checks/c11-rate-card.ts';
import { loadCard, loadFaxes, NUMBERS, pricedFax } from '../../support/priced-faxes.ts';
import { ReconBed } from '../../support/recon-bed.ts';
import { itIsShown } from '../../support/recon-shown.ts';

const DAY = 86_400_000;
const NOON = Date.parse('2026-07-10T12:00:00-05:00');
const LATER = NOON + 50 * DAY;
const PERIOD = '2026-07';

describe('C10, credit due', () => {
  let bed: ReconBed;

  beforeAll(async () => {
    bed = await ReconBed.open();
  });
  afterAll(async () => {
    await bed.close();
  });
  beforeEach(async () => {
    bed.newAccount();
    await loadCard(bed, 1, NOON - DAY, { US: 7, GB: 10 });
    await loadCard(bed, 2, NOON + DAY, { US: 7, GB: 10 });
  });

  it('passes a fax whose failed recipients were credited', async () => {
    await loadFaxes(bed, 3, NOON + DAY, [
      {
        id: 1,
        at: NOON,
        cost: 14,
        pages: 2,
        recipients: [
          [NUMBERS.US, 'success'],
          [NUMBERS.GB, 'failure'],
        ],
      },
      { id: 2, at: NOON + 1000, cost: 0, pages: 2, recipients: [[NUMBERS.US, 'failure']] },
    ]);
    expect(await bed.check(creditDue, { period: PERIOD, asOf: LATER })).toEqual({
      results: [
        { grain: '2026-07-10', outcome: 'pass', tested: 2, within: 0, explained: 0, exceptions: 0, untestable: 0 },
      ],
      findings: [],
    });
  });

  it('finds a failed recipient that was not credited, with what is owed', async () => {
    await loadFaxes(bed, 3, NOON + DAY, [
      {
        id: 1,
        at: NOON,
        cost: 34,
        pages: 2,
        recipients: [
          [NUMBERS.US, 'success'],
          [NUMBERS.GB, 'failure'],
        ],
      },
      { id: 2, at: NOON + 1000, cost: 14, pages: 2, recipients: [[NUMBERS.US, 'failure']] },
    ]);
    const { findings } = await bed.check(creditDue, { period: PERIOD, asOf: LATER });
    expect(findings).toEqual([
      { subject: 'fax 1', outcome: 'exception', reason: 'missed_credit', left: 34, right: 14, cents: 20, owed: 20 },
      { subject: 'fax 2', outcome: 'exception', reason: 'missed_credit', left: 14, right: 0, cents: 14, owed: 14 },
    ]);
    expect((await bed.check(rateCard, { period: PERIOD, asOf: LATER })).findings).toEqual([]);
  });

  const uncredited = [{ id: 1, at: NOON, cost: 7, recipients: [[NUMBERS.US, 'failure'] as const] }];
  const end = NOON + 60_000 + 10 * DAY;
  const verdictAt = async (asOf: number) =>
    (await bed.check(creditDue, { period: PERIOD, asOf, limits: { creditDays: 10 } })).findings;
  const pending = [{ outcome: 'explained', reason: 'credit_pending', cents: 7, owed: 0 }];
  const missed = [{ outcome: 'exception', reason: 'missed_credit', cents: 7, owed: 7 }];

  it('explains a missing credit until the day on which it is late', async () => {
    await loadFaxes(bed, 3, NOON + DAY, uncredited);
    await loadFaxes(bed, 4, NOON + 10 * DAY, uncredited);
    expect(await verdictAt(end - 1)).toMatchObject(pending);
    expect(await verdictAt(end)).toMatchObject(missed);
  });

  it('explains it until a look has come after its time, for at most seven days more', async () => {
    await loadFaxes(bed, 3, NOON + 10 * DAY - 1, uncredited);
    expect(await verdictAt(end)).toMatchObject(pending);
    expect(await verdictAt(end + 7 * DAY - 1)).toMatchObject(pending);
    expect(await verdictAt(end + 7 * DAY)).toMatchObject(missed);
    await bed.load({ observation: 4, at: end + DAY, kind: 'lookup' }, uncredited.map(pricedFax));
    expect(await verdictAt(end + DAY - 1)).toMatchObject(pending);
    expect(await verdictAt(end + DAY)).toMatchObject(missed);
  });

  it('takes a difference of exactly the tolerance, and not a cent more', async () => {
    await loadFaxes(bed, 3, NOON + DAY, [{ id: 1, at: NOON, cost: 7, recipients: [[NUMBERS.US, 'failure']] }]);
    const within = (amount: number) =>
      bed.check(creditDue, { period: PERIOD, asOf: LATER, limits: { tolerances: { C10: { amount, share: null } } } });
    expect((await within(7)).results).toMatchObject([{ outcome: 'within_tolerance', within: 1 }]);
    expect((await within(6)).results).toMatchObject([{ outcome: 'exception', exceptions: 1 }]);
  });

  it('finds one credit missing of several, whatever their prices', async () => {
    const recipients = [
      [NUMBERS.US, 'failure'],
      [NUMBERS.GB, 'failure'],
      [NUMBERS.GB, 'failure'],
      [NUMBERS.US, 'success'],
    ] as const;
    await loadFaxes(bed, 3, NOON + DAY, [
      { id: 1, at: NOON, cost: 17, recipients },
      { id: 2, at: NOON + 1000, cost: 24, recipients },
      { id: 3, at: NOON + 2000, cost: 27, recipients },
      { id: 4, at: NOON + 3000, cost: 18, recipients },
    ]);
    const { findings } = await bed.check(creditDue, { period: PERIOD, asOf: LATER });
    expect(findings.map(({ subject, cents }) => [subject, cents])).toEqual([
      ['fax 1', 10],
      ['fax 2', 17],
      ['fax 3', 20],
    ]);
    const others = await bed.check(rateCard, { period: PERIOD, asOf: LATER });
    expect(others.findings).toMatchObject([{ subject: 'fax 4', reason: 'wrong_rate', cents: 11 }]);
  });

  it('uses the recipients as they were known at the instant of the run', async () => {
    const recipients = [
      [NUMBERS.US, 'success'],
      [NUMBERS.US, 'failure'],
    ] as const;
    await loadFaxes(bed, 3, NOON + DAY, [{ id: 1, at: NOON, cost: 7, recipients }]);
    await loadFaxes(bed, 4, NOON + 2 * DAY, [
      {
        id: 1,
        at: NOON,
        cost: 7,
        status: 'failure',
        recipients: [
          [NUMBERS.US, 'failure'],
          [NUMBERS.US, 'failure'],
          [NUMBERS.GB, 'failure'],
        ],
      },
    ]);
    await loadFaxes(bed, 5, NOON + 3 * DAY, [
      { id: 1, at: NOON, cost: 0, status: 'failure', recipients: [[NUMBERS.US, 'failure']] },
    ]);
    const then = async (asOf: number) => {
      const { results, findings } = await bed.check(creditDue, { period: PERIOD, asOf, limits: { creditDays: 0 } });
      return [results.map(({ outcome }) => outcome), findings.map(({ left, right }) => [left, right])];
    };
    expect(await then(NOON + 2 * DAY - 1)).toEqual([['pass'], []]);
    expect(await then(NOON + 3 * DAY - 1)).toEqual([['exception'], [[7, 0]]]);
    expect(await then(NOON + 4 * DAY)).toEqual([['pass'], []]);
  });

  it('leaves out test faxes, received ones, open ones and those gone at the source', async () => {
    const failed = { cost: 7, recipients: [[NUMBERS.US, 'failure']] } as const;
    await loadFaxes(bed, 3, NOON + DAY, [
      { id: 1, at: NOON, ...failed, isTest: true },
      { id: 2, at: NOON + 1000, cost: 7, receivedBy: NUMBERS.US, status: 'failure' },
      { id: 3, at: NOON + 2000, ...failed, status: 'inprogress', endsAt: null },
      { id: 4, at: NOON + 3000, ...failed },
    ]);
    await bed.tamper(
      `update warehouse.faxes set gone_at_source_at = observed_at, missing_since = observed_at where account_id = $ACCOUNT and fax_id = 4`,
    );
    expect(await bed.check(creditDue, { period: PERIOD, asOf: LATER })).toEqual({ results: [], findings: [] });
  });

  itIsShown(() => bed, creditDue);
});
