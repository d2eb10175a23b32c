import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { creditDue } from '../../../src/warehouse/recon/checks/c10-credit-due.ts';
import { rateCard } from '../../../src/warehouse/recon/checks/c11-rate-card.ts';
import { priceWithoutCard } from '../../../src/warehouse/recon/checks/c12-price-without-card.ts';
import { loadCard, loadFaxes, NUMBERS, type PricedFax } from '../../support/priced-faxes.ts';
import { ReconBed } from '../../support/recon-bed.ts';
import { itIsShown } from '../../support/recon-shown.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const NOON = Date.parse('2026-07-10T12:00:00-05:00');
const LATER = NOON + 50 * DAY;
const PERIOD = '2026-07';

/** Faxes of one page an hour apart, `costs` in order. */
function inOrder(costs: readonly number[], over: Partial<PricedFax> = {}): PricedFax[] {
  return costs.map((cost, index) => ({ id: index + 1, at: NOON + index * HOUR, cost, ...over }));
}

describe('C12, price without a card', () => {
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

  async function check(faxes: readonly PricedFax[], tolerance?: { amount: number | null; share: number | null }) {
    await loadFaxes(bed, 1, NOON + 3 * DAY, faxes);
    const limits = tolerance === undefined ? {} : { tolerances: { C12: tolerance } };
    return bed.check(priceWithoutCard, { period: PERIOD, asOf: LATER, limits });
  }

  it('passes faxes that all have one price, and those after the price has changed', async () => {
    const { results, findings } = await check(inOrder([7, 7, 7, 7, 7, 7, 8, 7, 8, 8]));
    expect(findings).toEqual([]);
    expect(results).toMatchObject([{ grain: '2026-07-10', outcome: 'pass', tested: 10 }]);
  });

  it('finds a fax that stands alone with its price', async () => {
    const faxes = inOrder([7, 7, 7, 7, 7, 7]);
    const { findings } = await check([...faxes, { id: 90, at: NOON + 2.5 * HOUR, cost: 27, pages: 3 }]);
    expect(findings).toEqual([
      { subject: 'fax 90', outcome: 'exception', reason: 'unusual_price', left: 9, right: 7, cents: 6, owed: 0 },
    ]);
  });

  it('takes a difference of exactly the tolerance in either direction, and not more; of amount and share the stricter holds', async () => {
    const pages = 1;
    const faxes = inOrder([100, 100, 100, 100, 101, 99, 102, 98, 100, 100, 100, 100], { pages });
    const { results, findings } = await check(faxes);
    expect(results[0]).toMatchObject({ within: 2, exceptions: 2 });
    expect(findings.map(({ subject }) => subject)).toEqual(['fax 7', 'fax 8']);
    bed.newAccount();
    const byShare = await check(faxes, { amount: 5, share: 0.02 });
    expect(byShare.results[0]).toMatchObject({ within: 4, exceptions: 0 });
    bed.newAccount();
    const byAmount = await check(faxes, { amount: 1, share: null });
    expect(byAmount.results[0]).toMatchObject({ within: 2, exceptions: 2 });
  });

  it('does not test a price too seldom seen, nor one that may be the first after a change', async () => {
    const few = await check(inOrder([10, 12]));
    expect(few.findings).toEqual([]);
    expect(few.results[0]).toMatchObject({ tested: 0, untestable: 2 });
    bed.newAccount();
    const last = await check(inOrder([7, 7, 7, 7, 7, 8]));
    expect(last.findings).toEqual([]);
    expect(last.results[0]).toMatchObject({ tested: 5, untestable: 1 });
  });

  it('leaves to the price list what it names, and to nobody what failed or was a test', async () => {
    await loadCard(bed, 2, NOON - DAY, { US: 7 });
    const germany = { recipients: [[NUMBERS.DE, 'success']] } as const;
    const faxes = inOrder([10, 10, 10, 10, 10, 10], germany);
    const { results, findings } = await check([
      ...faxes,
      { id: 80, at: NOON + 1000, cost: 8 },
      { id: 81, at: NOON + 2000, cost: 20, isTest: true, ...germany },
      { id: 82, at: NOON + 3000, cost: 20, recipients: [[NUMBERS.DE, 'failure']] },
      { id: 83, at: NOON + 2.5 * HOUR, cost: 15, ...germany },
    ]);
    expect(results[0]).toMatchObject({ tested: 7, exceptions: 1 });
    expect(findings.map(({ subject }) => subject)).toEqual(['fax 83']);
  });

  it('makes the prices seen stand in for the list where credits are due, and not where prices are held against a list', async () => {
    const faxes = inOrder([7, 7, 7, 7, 7]);
    const two = {
      recipients: [
        [NUMBERS.US, 'success'],
        [NUMBERS.US, 'failure'],
      ],
    } as const;
    await check([
      ...faxes,
      { id: 70, at: NOON + 1000, cost: 14, ...two },
      { id: 71, at: NOON + 2000, cost: 7, ...two },
    ]);
    const asked = { period: PERIOD, asOf: LATER };
    const { findings } = await bed.check(creditDue, asked);
    expect(findings).toEqual([
      { subject: 'fax 70', outcome: 'exception', reason: 'missed_credit', left: 14, right: 7, cents: 7, owed: 7 },
    ]);
    expect((await bed.check(rateCard, asked)).findings).toEqual([]);
  });

  itIsShown(() => bed, priceWithoutCard);
});
