import { describe, expect, it } from 'vitest';
import {
  BILLING_ERROR_KINDS,
  type BillingErrorKind,
  type BillingErrorOptions,
  type PlantedError,
} from '../../src/simulator/billing-options.ts';
import { stateAt } from '../../src/simulator/plan.ts';
import { World } from '../../src/simulator/world.ts';
import type { WorldOptions } from '../../src/simulator/world-options.ts';
import { DAY } from './client.ts';

const ZONE = 'America/Chicago';
const FROM = Date.UTC(2026, 5, 1, 5);
const UNTIL = Date.UTC(2026, 6, 1, 5);
const END = UNTIL + 40 * DAY;
const CHANGED_AT = UNTIL + 8 * DAY;

function worldWith(counts: BillingErrorOptions['counts'], options: Partial<WorldOptions> = {}, seed = 5): World {
  const billingErrors = { counts, from: FROM, until: UNTIL, lateChangeAt: CHANGED_AT };
  const world = new World(seed, { ...plain(options), billingErrors }, FROM - DAY);
  world.advanceTo(END);
  return world;
}

function plain(options: Partial<WorldOptions> = {}): Partial<WorldOptions> {
  return {
    firstDay: FROM - 2 * DAY,
    faxesPerDay: 40,
    failureShare: 0.2,
    deletedTestShare: 0,
    rateChanges: [{ at: FROM + 10 * DAY, alpha2: 'US', pricePerPageCents: 9 }],
    numberLives: [{ provisionedAt: FROM - 45 * DAY, releasedAt: FROM + 5 * DAY, costChanges: [] }],
    ...options,
  };
}

function honest(seed = 5): World {
  const world = new World(seed, plain(), FROM - DAY);
  world.advanceTo(END);
  return world;
}

function only(world: World): PlantedError {
  const [error, ...others] = world.billingErrors(END, ZONE);
  expect(others).toEqual([]);
  if (error === undefined) throw new Error('nothing was planted');
  return error;
}

/** The balance at the end less that of the same world without errors: what the account paid too much, below zero. */
function paidLess(world: World): number {
  return (world.accountAt(END).balanceCents ?? 0) - (honest().accountAt(END).balanceCents ?? 0);
}

function costAtEnd(world: World, faxId: string): number {
  const plan = world.plans().find(({ id }) => id === faxId);
  return plan === undefined ? Number.NaN : stateAt(plan, END).costCents;
}

describe('a billing error', () => {
  it('is planted only on request, and leaves the rest of its world as it was', () => {
    const world = worldWith({ double_charge: 1, missed_credit: 1, vanished_fax: 1, rent_twice: 1 });
    const struck = new Set(world.billingErrors(END).map(({ subjectId }) => subjectId));
    expect(struck.size).toBe(4);
    const before = honest();
    expect(before.billingErrors(END)).toEqual([]);
    const rest = (of: World) => of.truth(END).faxes.filter(({ faxId }) => !struck.has(faxId));
    expect(rest(world)).toEqual(rest(before));
  });

  it.each<[BillingErrorKind, string]>([
    ['missed_credit', 'C10'],
    ['double_charge', 'C11'],
    ['wrong_rate', 'C11'],
    ['late_change', 'C9'],
  ])('%s moves one fax and the balance by its cents', (kind, check) => {
    const world = worldWith({ [kind]: 1 });
    const error = only(world);
    expect(error).toMatchObject({ kind, check, subjectKind: 'fax', owedCents: Math.max(0, error.cents) });
    expect(error.cents).not.toBe(0);
    expect(costAtEnd(world, error.subjectId) - costAtEnd(honest(), error.subjectId)).toBe(error.cents);
    expect(paidLess(world)).toBe(-error.cents);
    expect(error.period).toBe(kind === 'late_change' ? '2026-07' : '2026-06');
  });

  it('of a late change shows from its instant on, not before', () => {
    const world = worldWith({ late_change: 1 });
    const { subjectId, cents, since } = only(world);
    const plan = world.plans().find(({ id }) => id === subjectId);
    if (plan === undefined) throw new Error('no such fax');
    expect(since).toBe(CHANGED_AT);
    expect(stateAt(plan, since).costCents - stateAt(plan, since - 1).costCents).toBe(cents);
    expect(world.billingErrors(CHANGED_AT - 1)).toEqual([]);
  });

  it('of a vanished fax takes it out of listings and look-ups, and not out of the ledger', () => {
    const world = worldWith({ vanished_fax: 1 });
    const { subjectId, cents, owedCents, since, check } = only(world);
    expect(world.find(subjectId, since - 1)?.isTest).toBe(false);
    expect(world.find(subjectId, since)).toBeNull();
    expect(world.truth(END).faxes.some(({ faxId }) => faxId === subjectId)).toBe(false);
    expect({ check, cents, owedCents }).toEqual({ check: 'C3', cents: costAtEnd(world, subjectId), owedCents: 0 });
    expect(paidLess(world)).toBe(0);
  });

  it('of a rent taken twice, skipped or taken after the release is in list, ledger and balance', () => {
    for (const kind of ['rent_twice', 'skipped_rent', 'rent_after_release'] as const) {
      const world = worldWith({ [kind]: 1 });
      const error = only(world);
      const [phoneNumber = '', iso = ''] = error.subjectId.split('@');
      const at = Date.parse(iso);
      const listed = world.numbersAt(at).find((number) => number.phoneNumber === phoneNumber);
      const rents = world.truth(END).ledger.filter((entry) => entry.kind === 'rent' && entry.at === at);
      expect(paidLess(world)).toBe(-error.cents);
      expect(error.cents).toBe(kind === 'skipped_rent' ? -200 : 200);
      if (kind === 'skipped_rent') {
        expect(listed?.lastBilledAt).toBeLessThan(at - 27 * DAY);
        expect(rents).toEqual([]);
      } else {
        expect(listed?.lastBilledAt).toBe(at);
        expect(rents).toMatchObject([{ phoneNumber, cents: -200 }]);
        expect(error.check).toBe(kind === 'rent_twice' ? 'C14' : 'C16');
      }
      if (kind !== 'rent_after_release') continue;
      expect(world.numbersAt(at - 1).map((number) => number.phoneNumber)).not.toContain(phoneNumber);
      expect(world.numbersAt(at + 9 * DAY).map((number) => number.phoneNumber)).not.toContain(phoneNumber);
      expect(listed?.provisionedAt).toBe(FROM - 45 * DAY);
    }
  });

  it('of a counter shows on its day and in its month from then on, by the same faxes', () => {
    let [tooMany, tooFew] = [0, 0];
    for (let seed = 1; seed <= 12; seed++) {
      const world = worldWith({ counter_off: 1 }, {}, seed);
      const before = honest(seed);
      const { subjectId, since } = only(world);
      const [, direction] = subjectId.split(' ');
      const of = (look: World, at: number) => {
        const account = look.accountAt(at);
        return direction === 'sent'
          ? [account.sentToday ?? 0, account.sentThisMonth ?? 0]
          : [account.receivedToday ?? 0, account.receivedThisMonth ?? 0];
      };
      const off = (at: number) => of(world, at).map((count, index) => count - (of(before, at)[index] ?? 0));
      const endOfDay = Date.parse(`${subjectId.slice(0, 10)}T23:59:59-05:00`);
      const [today = 0, month = 0] = off(endOfDay);
      expect(today).not.toBe(0);
      expect(month).toBe(today);
      expect(off(since - 1)).toEqual([0, 0]);
      expect(off(endOfDay + 2000)).toEqual(subjectId.startsWith('2026-06-30') ? [0, 0] : [0, today]);
      expect(off(UNTIL)).toEqual([0, 0]);
      if (today > 0) tooMany += 1;
      else tooFew += 1;
    }
    expect(Math.min(tooMany, tooFew)).toBeGreaterThan(0);
  });

  it('of an invoice is one line that differs from what the ledger took', () => {
    const world = worldWith({ invoice_line_off: 1 });
    const wrong = world.invoiceCsv('2026-06', ZONE).split('\n');
    const right = honest().invoiceCsv('2026-06', ZONE).split('\n');
    const { subjectId, cents } = only(world);
    const differing = wrong.filter((line, index) => line !== right[index]);
    expect(differing).toHaveLength(1);
    const lineNo = Number(differing[0]?.split(',')[3]);
    expect(subjectId).toBe(`INV-2026-06/${lineNo}`);
    const amount = (line = '') => Math.round(Number(line.split(',').at(-2)) * 100);
    expect(amount(wrong[lineNo]) - amount(right[lineNo])).toBe(cents);
    expect(Math.abs(cents)).toBeGreaterThan(100);
  });

  it('of every kind finds its place in a busy month, each on a subject of its own', () => {
    const counts = Object.fromEntries(BILLING_ERROR_KINDS.map((kind) => [kind, 2]));
    const world = worldWith(counts, { faxesPerDay: 100 });
    world.invoiceCsv('2026-06', ZONE);
    const errors = world.billingErrors(END, ZONE);
    const planted = Object.groupBy(errors, ({ kind }) => kind);
    for (const kind of BILLING_ERROR_KINDS) expect(planted[kind]?.length, kind).toBe(2);
    expect(new Set(errors.map(({ subjectId }) => subjectId)).size).toBe(errors.length);
  });
});

describe('an invoice', () => {
  it('adds up to what the ledger took for the month, to the cent, and has no test faxes', () => {
    const world = honest();
    const lines = world.invoiceCsv('2026-06', ZONE).trimEnd().split('\n').slice(1);
    const total = lines.reduce((sum, line) => sum + Math.round(Number(line.split(',').at(-2)) * 100), 0);
    const { ledger, faxes } = world.truth(END);
    const rents = ledger.filter(({ kind, at }) => kind === 'rent' && at >= FROM && at < UNTIL);
    const inMonth = faxes.filter(
      ({ createdAt, isTest }) => createdAt !== null && createdAt >= FROM && createdAt < UNTIL && !isTest,
    );
    const costs = inMonth.reduce((sum, { costCents }) => sum + (costCents ?? 0), 0);
    expect(total).toBe(costs - rents.reduce((sum, { cents }) => sum + cents, 0));
    expect(lines.some((line) => line.includes(',sent,US,'))).toBe(true);
    expect(lines.some((line) => line.includes(',received,'))).toBe(true);
    expect(lines.at(-1)).toContain(',rent,,');
  });

  it('comes with receipts of every recharge', () => {
    const world = new World(5, plain({ recharges: [{ at: FROM + DAY, cents: 12_345 }] }), FROM);
    world.advanceTo(END);
    const recharges = world.truth(END).ledger.filter(({ kind }) => kind === 'recharge');
    const receipts = world.receiptsCsv().trimEnd().split('\n');
    expect(receipts).toHaveLength(1 + recharges.length);
    expect(receipts).toContainEqual(expect.stringContaining(',123.45,card,'));
  });
});
