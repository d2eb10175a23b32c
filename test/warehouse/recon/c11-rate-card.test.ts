import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rateCard } from '../../../src/warehouse/recon/checks/c11-rate-card.ts';
import { loadCard, loadFaxes, NUMBERS, type PricedFax } from '../../support/priced-faxes.ts';
import { type Checked, ReconBed } from '../../support/recon-bed.ts';
import { itIsShown } from '../../support/recon-shown.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const NOON = Date.parse('2026-07-10T12:00:00-05:00');
const MIDNIGHT = Date.parse('2026-07-11T00:00:00-05:00');
const LATER = NOON + 40 * DAY;
const PERIOD = '2026-07';

describe('C11, rate card', () => {
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

  /** One look at faxes between two looks at one price list. */
  async function load(faxes: readonly PricedFax[]): Promise<void> {
    await loadCard(bed, 1, NOON - DAY, { US: 7, GB: 10 });
    await loadFaxes(bed, 2, NOON + HOUR, faxes);
    await loadCard(bed, 3, NOON + DAY, { US: 7, GB: 10 });
  }

  function subjects({ findings }: Checked): unknown[] {
    return findings.map(({ subject, reason, cents, owed }) => [subject, reason, cents, owed]);
  }

  it('passes faxes that cost pages x recipients x price', async () => {
    await load([
      { id: 1, at: NOON, cost: 14, pages: 2 },
      {
        id: 2,
        at: NOON + 1000,
        cost: 34,
        pages: 2,
        recipients: [
          [NUMBERS.US, 'success'],
          [NUMBERS.GB, 'success'],
        ],
      },
      { id: 3, at: NOON + 2000, cost: 21, pages: 3, receivedBy: NUMBERS.US },
      { id: 4, at: NOON + 3000, cost: 0, pages: 0 },
    ]);
    const { results, findings } = await bed.check(rateCard, { period: PERIOD, asOf: LATER });
    expect(findings).toEqual([]);
    expect(results).toMatchObject([
      { grain: '2026-07-10', outcome: 'pass', tested: 4 },
      { grain: 'period', outcome: 'pass', tested: 1 },
    ]);
  });

  it('finds wrong prices, double charges and prices too low', async () => {
    await load([
      { id: 1, at: NOON, cost: 16, pages: 2 },
      { id: 2, at: NOON + 1000, cost: 20, recipients: [[NUMBERS.GB, 'success']] },
      { id: 3, at: NOON + 2000, cost: 6, receivedBy: NUMBERS.US },
    ]);
    const { findings } = await bed.check(rateCard, { period: PERIOD, asOf: LATER });
    expect(findings).toEqual([
      { subject: 'fax 1', outcome: 'exception', reason: 'wrong_rate', left: 16, right: 14, cents: 2, owed: 2 },
      { subject: 'fax 2', outcome: 'exception', reason: 'double_charge', left: 20, right: 10, cents: 10, owed: 10 },
      { subject: 'fax 3', outcome: 'exception', reason: 'undercharged', left: 6, right: 7, cents: -1, owed: 0 },
    ]);
  });

  it('takes a difference of exactly the tolerance in either direction, and not a cent more', async () => {
    await load([
      { id: 1, at: NOON, cost: 9 },
      { id: 2, at: NOON + 1000, cost: 5 },
      { id: 3, at: NOON + 2000, cost: 10 },
      { id: 4, at: NOON + 3000, cost: 4 },
    ]);
    const limits = { tolerances: { C11: { amount: 2, share: null } } };
    const { results, findings } = await bed.check(rateCard, { period: PERIOD, asOf: LATER, limits });
    expect(results[0]).toMatchObject({ within: 2, exceptions: 2 });
    expect(findings.map(({ subject }) => subject)).toEqual(['fax 3', 'fax 4']);
  });

  it('takes the price before or after for faxes between the two looks that saw it change, and no other', async () => {
    await loadCard(bed, 1, MIDNIGHT - DAY / 2, { US: 7 });
    await loadFaxes(bed, 2, NOON + 2 * DAY, [
      { id: 1, at: MIDNIGHT - DAY / 2 - HOUR, cost: 8 },
      { id: 2, at: MIDNIGHT - HOUR, cost: 7 },
      { id: 3, at: MIDNIGHT + HOUR, cost: 8 },
      { id: 4, at: MIDNIGHT + 2 * HOUR, cost: 9 },
      { id: 5, at: MIDNIGHT + DAY, cost: 7 },
      {
        id: 6,
        at: MIDNIGHT + DAY + HOUR,
        cost: 15,
        recipients: [
          [NUMBERS.US, 'success'],
          [NUMBERS.US, 'success'],
        ],
      },
    ]);
    await loadCard(bed, 3, MIDNIGHT + DAY / 2, { US: 8 });
    await loadCard(bed, 4, MIDNIGHT + 2 * DAY, { US: 8 });
    const checked = await bed.check(rateCard, { period: PERIOD, asOf: LATER });
    expect(subjects(checked)).toEqual([
      ['fax 4', 'wrong_rate', 1, 1],
      ['fax 5', 'undercharged', -1, 0],
      ['fax 6', 'undercharged', -1, 0],
    ]);
  });

  it('holds a fax that waited for its batch against the price of the time it went off', async () => {
    await loadCard(bed, 1, MIDNIGHT - HOUR, { US: 7 });
    await loadCard(bed, 2, MIDNIGHT, { US: 8 });
    await loadFaxes(bed, 3, MIDNIGHT + DAY, [
      { id: 1, at: MIDNIGHT - HOUR - 120_000, endsAt: MIDNIGHT - HOUR + 300_000, cost: 8 },
      { id: 2, at: MIDNIGHT - HOUR - 120_000 + 1000, endsAt: MIDNIGHT - HOUR - 60_000, cost: 14, pages: 2 },
    ]);
    await loadCard(bed, 4, MIDNIGHT + 2 * DAY, { US: 8 });
    expect(subjects(await bed.check(rateCard, { period: PERIOD, asOf: LATER }))).toEqual([]);
  });

  it('does not test what a change of the list could explain that nobody has seen yet', async () => {
    await loadCard(bed, 1, NOON - DAY, { US: 7 });
    await loadFaxes(bed, 2, NOON + HOUR, [
      { id: 1, at: NOON, cost: 9 },
      { id: 2, at: NOON + 1000, cost: 7 },
    ]);
    const open = await bed.check(rateCard, { period: PERIOD, asOf: LATER });
    expect(open.findings).toEqual([]);
    expect(open.results[0]).toMatchObject({ tested: 1, untestable: 1 });
    await loadCard(bed, 3, NOON + DAY, { US: 7 });
    const seen = await bed.check(rateCard, { period: PERIOD, asOf: LATER });
    expect(subjects(seen)).toEqual([['fax 1', 'wrong_rate', 2, 2]]);
    // As of the instant before that look it is still as it was.
    expect(await bed.check(rateCard, { period: PERIOD, asOf: NOON + DAY - 1 })).toEqual(open);
  });

  it('does not test faxes before the first look at the list, nor countries that it does not name', async () => {
    await loadCard(bed, 1, NOON + HOUR, { US: 7 });
    await loadFaxes(bed, 2, NOON + DAY, [
      { id: 1, at: NOON, cost: 99 },
      { id: 2, at: NOON + 2 * HOUR, cost: 1, recipients: [[NUMBERS.none, 'success']] },
      { id: 3, at: NOON + 3 * HOUR, cost: 700, pages: 100 },
    ]);
    await loadCard(bed, 3, NOON + DAY, { US: 7 });
    const { results, findings } = await bed.check(rateCard, { period: PERIOD, asOf: LATER });
    expect(findings).toEqual([]);
    expect(results[0]).toMatchObject({ tested: 1, untestable: 2 });
  });

  it('finds a month with too much cost that no line of the list covers', async () => {
    await load([
      { id: 1, at: NOON, cost: 700, pages: 100 },
      { id: 2, at: NOON + 1000, cost: 300, recipients: [[NUMBERS.none, 'success']] },
    ]);
    const share = (unratedShareMax: number) =>
      bed.check(rateCard, { period: PERIOD, asOf: LATER, limits: { unratedShareMax } });
    expect((await share(0.3)).findings).toEqual([]);
    expect((await share(0.299)).findings).toEqual([
      {
        subject: `account ${bed.account}`,
        outcome: 'exception',
        reason: 'no_card',
        left: 300,
        right: 299,
        cents: 0,
        owed: 0,
      },
    ]);
  });

  it('holds faxes against negotiated prices first, exact to the day and to the fraction of a cent', async () => {
    const faxes: PricedFax[] = [
      { id: 1, at: MIDNIGHT - HOUR, cost: 7 },
      { id: 2, at: MIDNIGHT + HOUR, cost: 6, pages: 1 },
      { id: 3, at: MIDNIGHT + HOUR + 1000, cost: 11, pages: 2 },
      { id: 4, at: MIDNIGHT + HOUR + 2000, cost: 9, recipients: [[NUMBERS.GB, 'success']] },
      { id: 5, at: MIDNIGHT + HOUR + 3000, cost: 6, receivedBy: NUMBERS.US },
      { id: 9, at: MIDNIGHT + HOUR + 5000, cost: 4, receivedBy: NUMBERS.GB },
      { id: 6, at: MIDNIGHT + DAY + HOUR, cost: 7 },
      { id: 7, at: MIDNIGHT + DAY - 30_000, endsAt: MIDNIGHT + DAY + 60_000, cost: 7 },
      { id: 8, at: MIDNIGHT + HOUR + 4000, cost: 7 },
    ];
    await load(faxes);
    await loadCard(bed, 5, NOON + 3 * DAY, { US: 7, GB: 10 });
    const day = { from: '2026-07-11', to: '2026-07-12' };
    const rates = [
      { country: '*', direction: '*', pricePerPageCents: 9, ...day },
      { country: 'US', direction: '*', pricePerPageCents: 5.5, ...day },
      { country: '*', direction: 'received', pricePerPageCents: 4, ...day },
    ] as const;
    const checked = await bed.check(rateCard, { period: PERIOD, asOf: LATER, rates });
    expect(subjects(checked)).toEqual([['fax 8', 'wrong_rate', 1, 1]]);
  });

  it('reads a list of names alone, as the oldest dialect has it', async () => {
    const card = (observation: number, at: number) =>
      bed.load(
        { observation, at, stream: 'countries', kind: 'snapshot', dialect: 'v1' },
        {
          'United States of America': { price_per_page: 7 },
          Germany: { price_per_page: 10 },
        },
      );
    await card(1, NOON - DAY);
    await loadFaxes(bed, 2, NOON + HOUR, [
      { id: 1, at: NOON, cost: 7 },
      { id: 2, at: NOON + 1000, cost: 11, recipients: [[NUMBERS.DE, 'success']] },
    ]);
    await card(3, NOON + DAY);
    const checked = await bed.check(rateCard, { period: PERIOD, asOf: LATER });
    expect(subjects(checked)).toEqual([['fax 2', 'wrong_rate', 1, 1]]);
  });

  itIsShown(() => bed, rateCard);
});
