import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { zoneOffsetMs } from '../../src/domain/time.ts';
import { anniversary, billingsBetween, type NumberPlan } from '../../src/simulator/numbers.ts';
import { LOCAL_AREA_CODES } from '../../src/simulator/places.ts';
import { World } from '../../src/simulator/world.ts';
import { PROPERTY_SEED } from '../support/random.ts';
import { DAY, NOW } from './client.ts';

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

describe('the ledger', () => {
  it('adds up: balance = opening + recharges - charges + credits - rents, at every instant', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 90 * DAY }), fc.integer({ min: 1, max: 50 }), (ahead, seed) => {
        const world = new World(seed, { days: 20, faxesPerDay: 40 }, NOW);
        const at = NOW + ahead;
        const truth = world.truth(at);
        const of = (kind: string): number =>
          sum(truth.ledger.filter((entry) => entry.kind === kind).map((entry) => entry.cents));
        expect(truth.account.balanceCents).toBe(
          of('opening') + of('recharge') + of('charge') + of('credit') + of('rent'),
        );
        expect(of('charge')).toBeLessThan(0);
        expect(of('rent')).toBeLessThan(0);
        expect(of('credit')).toBeGreaterThanOrEqual(0);
      }),
      { seed: PROPERTY_SEED, numRuns: 12 },
    );
  });

  it('charges every fax what it costs, and test faxes nothing although they show a cost', () => {
    const truth = new World(3, {}, NOW).truth(NOW);
    const charged = new Map<string, number>();
    for (const { faxId, cents } of truth.ledger) {
      if (faxId !== null) charged.set(faxId, (charged.get(faxId) ?? 0) - cents);
    }
    let tested = 0;
    for (const fax of truth.faxes) {
      if (fax.isTest && (fax.costCents ?? 0) > 0) tested += 1;
      expect(charged.get(fax.faxId) ?? 0, fax.faxId).toBe(fax.isTest ? 0 : fax.costCents);
    }
    console.log(`ledger: ${truth.ledger.length} entries over ${truth.faxes.length} faxes agree with their costs`);
    expect(tested).toBeGreaterThan(10);
  });

  it('is in order of time and carries the balance after each entry', () => {
    const { ledger } = new World(3, {}, NOW).truth(NOW);
    let balance = 0;
    let at = 0;
    for (const entry of ledger) {
      balance += entry.cents;
      expect(entry.balanceCents).toBe(balance);
      expect(entry.at).toBeGreaterThanOrEqual(at);
      at = entry.at;
    }
  });

  it('is recharged when it falls too low, and goes below zero without recharges', () => {
    const kept = new World(3, {}, NOW).truth(NOW).ledger;
    expect(kept.some((entry) => entry.kind === 'recharge')).toBe(true);
    expect(Math.min(...kept.map((entry) => entry.balanceCents))).toBeGreaterThan(-50_000);
    const drained = new World(3, { autoRecharge: null, openingBalanceCents: 1000 }, NOW).truth(NOW);
    expect(drained.account.balanceCents).toBeLessThan(0);
  });

  it('uses the price of the day on which a fax goes into progress', () => {
    const change = { at: NOW - 10 * DAY, alpha2: 'US', pricePerPageCents: 9 };
    const world = new World(3, { days: 20, rateChanges: [change], foreignShare: 0, ownNumberShare: 0 }, NOW);
    const prices = { before: new Set<number>(), after: new Set<number>() };
    for (const plan of world.plans()) {
      const charged = plan.states.find((state) => state.costCents > 0);
      if (charged === undefined || plan.direction !== 'received') continue;
      prices[charged.at < change.at ? 'before' : 'after'].add(charged.costCents / charged.numPages);
    }
    expect(prices.before).toEqual(new Set([7]));
    expect([...prices.after].sort()).toEqual([7, 9].filter((price) => prices.after.has(price)));
    expect(prices.after.has(9)).toBe(true);
    expect(world.countriesAt(change.at - 1)[0]?.pricePerPageCents).toBe(7);
    expect(world.countriesAt(change.at)[0]?.pricePerPageCents).toBe(9);
  });
});

describe('a phone number', () => {
  const place = LOCAL_AREA_CODES[0];
  const number = (provisionedAt: number): NumberPlan => {
    if (place === undefined) throw new Error('There are no area codes.');
    const costs = [{ at: provisionedAt, cents: 200 }];
    return { phoneNumber: '+12025550100', place, provisionedAt, releasedAt: null, costs, callbackUrl: null };
  };

  it('is billed at its provisioning and on each anniversary at the same UTC instant, across daylight saving', () => {
    const provisionedAt = Date.UTC(2019, 8, 16, 22, 10, 50);
    const bills = billingsBetween(number(provisionedAt), provisionedAt - 1, Date.UTC(2021, 1, 24), 'last_day');
    expect(bills[0]).toBe(provisionedAt);
    expect(bills).toHaveLength(18);
    // Recorded of the provider: provisioned 17:10:50 -05:00, billed 16:10:50 -06:00.
    expect(bills.at(-1)).toBe(Date.UTC(2021, 1, 16, 22, 10, 50));
    expect(zoneOffsetMs(bills[0] ?? 0, 'America/Chicago')).not.toBe(zoneOffsetMs(bills.at(-1) ?? 0, 'America/Chicago'));
  });

  it('of a 31st is billed on the last day of short months, or at the begin of the next, by switch', () => {
    const provisionedAt = Date.UTC(2026, 0, 31, 5);
    const days = (mode: 'last_day' | 'next_month'): string[] =>
      [1, 2, 3].map((months) => new Date(anniversary(provisionedAt, months, mode)).toISOString().slice(5, 10));
    expect(days('last_day')).toEqual(['02-28', '03-31', '04-30']);
    expect(days('next_month')).toEqual(['03-03', '03-31', '05-01']);
  });

  it('costs nothing after its release, is provisioned mid-way or gets dearer in every world', () => {
    const world = new World(3, {}, NOW);
    const truth = world.truth(NOW);
    const released = truth.releasedNumbers[0];
    expect(released).toBeDefined();
    const rents = truth.ledger.filter((entry) => entry.kind === 'rent');
    expect(
      rents.filter((entry) => entry.phoneNumber === released?.phoneNumber && entry.at >= released.releasedAt),
    ).toEqual([]);
    expect(truth.phoneNumbers.some((plan) => (plan.provisionedAt ?? 0) > world.options.firstDay)).toBe(true);
    expect(new Set(truth.phoneNumbers.map((plan) => plan.costCents))).toEqual(new Set([200, 250]));
    expect(world.numbers.some((plan) => new Date(plan.provisionedAt).getUTCDate() === 31)).toBe(true);
  });
});
