import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quietLooks, rollForward } from '../../../src/warehouse/recon/balance-fold.ts';
import { type BalanceLook, type GapGroup, GapSums } from '../../../src/warehouse/recon/balance-gaps.ts';
import {
  addBusinessDays,
  chooseAmounts,
  inferRecharges,
  type Receipt,
  serveOnce,
} from '../../../src/warehouse/recon/balance-recharges.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 6, 1);

function looksOf(balances: readonly number[]): BalanceLook[] {
  return balances.map((cents, index) => {
    const at = START + index * DAY;
    return { observation: index + 1, at, day: new Date(at).toISOString().slice(0, 10), cents };
  });
}

function group(first: number, last: number, cents: number, over: Partial<GapGroup> = {}): GapGroup {
  return { first, last, isMaybe: false, unknown: null, taken: Math.max(cents, 0), given: Math.min(cents, 0), ...over };
}

/** Rolls balances forward that nothing was added to; the outcome of each step, with what differs. */
function roll(balances: readonly number[], groups: readonly GapGroup[], booked: readonly number[]): string[] {
  const lost = balances.map((cents) => (balances[0] ?? 0) - cents);
  return rollForward(looksOf(balances), lost, [0, ...booked], new GapSums(groups)).map(
    ({ outcome, lostCents, explainedCents }) =>
      outcome === 'differs' ? `differs ${lostCents - explainedCents}` : outcome,
  );
}

describe('rolling the balance forward', () => {
  it('finds equal what the books show to the cent, and explains what may have been on either side of a look', () => {
    expect(roll([100, 93, 86], [group(1, 1, 7), group(2, 2, 7)], [7, 7])).toEqual(['equal', 'equal']);
    expect(roll([100, 100, 86], [group(1, 2, 7), group(2, 2, 7)], [7, 7])).toEqual(['timing', 'timing']);
  });

  it('finds what is lost or gained beyond it, to the cent', () => {
    expect(roll([100, 92, 85], [group(1, 1, 7), group(2, 2, 7)], [7, 7])).toEqual(['differs 1', 'equal']);
    expect(roll([100, 94, 87], [group(1, 1, 7), group(2, 2, 7)], [7, 7])).toEqual(['differs -1', 'equal']);
  });

  it('finds an error that hides in what is in doubt once the doubt is settled', () => {
    // Seven cents may have been taken before the second look or after it. They were taken after it, and seven others before.
    expect(roll([100, 93, 86], [group(1, 2, 7)], [7, 0])).toEqual(['equal', 'differs 7']);
  });

  it('tells the whole amount although a credit of the same day made it look smaller', () => {
    // 21 were taken by mistake in the first step, and a credit of 7 came in it that may have come in the second.
    expect(roll([100, 86, 86], [group(1, 2, -7)], [0, -7])).toEqual(['differs 21', 'timing']);
  });

  it('takes the amount nearest to the books where a doubt leaves it open', () => {
    const charge = group(1, 3, 8, { isMaybe: true });
    expect(roll([100, 100, -100, -100], [charge], [0, 0, 0])).toEqual(['equal', 'differs 200', 'equal']);
  });

  it('counts a credit of many days once', () => {
    expect(roll([100, 107, 114], [group(1, 2, -7)], [0, -7])[1]).toBe('differs -7');
    expect(roll([100, 107, 107], [group(1, 2, -7)], [0, -7])).toEqual(['timing', 'timing']);
  });

  it('cannot tell a step whose sum nobody knows, and goes on after it', () => {
    const unknown = group(1, 1, 0, { isMaybe: true, unknown: 'cost_unknown' });
    expect(roll([100, 50, 43, 35], [unknown, group(2, 2, 7), group(3, 3, 7)], [0, 7, 7])).toEqual([
      'cost_unknown',
      'equal',
      'differs 1',
    ]);
    const held = group(1, 2, 0, { unknown: 'unknown_hold' });
    expect(roll([100, 60, 93, 85], [group(2, 2, 7), held, group(3, 3, 7)], [0, 7, 7])).toEqual([
      'unknown_hold',
      'unknown_hold',
      'differs 1',
    ]);
  });

  it('explains every world in which each movement happened somewhere in its gaps, and tells every later cent', () => {
    const movement = fc.record({
      first: fc.nat(9),
      length: fc.nat(4),
      share: fc.double({ min: 0, max: 0.999, noNaN: true }),
      cents: fc.integer({ min: -50, max: 50 }),
      maybe: fc.boolean(),
    });
    const scene = fc.record({
      movements: fc.array(movement, { maxLength: 40 }),
      error: fc.integer({ min: -9, max: 9 }),
    });
    fc.assert(
      fc.property(scene, ({ movements, error }) => {
        const looks = 10;
        const balances = new Array<number>(looks).fill(10_000);
        const take = (gap: number, cents: number): void => {
          for (let look = gap; look < looks; look++) balances[look] = (balances[look] ?? 0) - cents;
        };
        const groups = movements.map(({ first, length, share, cents, maybe }) => {
          const last = Math.min(first + length, looks);
          if (!maybe || share > 0.5) take(first + Math.floor(share * (last - first + 1)), cents);
          return group(first, last, cents, { isMaybe: maybe });
        });
        const fine = roll(balances, groups, []);
        expect(fine.filter((outcome) => outcome.startsWith('differs'))).toEqual([]);
        // What lies beyond every doubt is told exactly.
        const beyond = movements.reduce((sum, { cents }) => sum + 2 * Math.abs(cents), 10) * Math.sign(error);
        if (error === 0) return;
        take(5, beyond);
        const differing = roll(balances, groups, []).filter((outcome) => outcome.startsWith('differs'));
        expect(differing).toHaveLength(1);
      }),
    );
  });

  it('gives the same bounds step by step, over all and over some of the looks', () => {
    const groups = fc.array(
      fc
        .tuple(fc.nat(8), fc.nat(8), fc.integer({ min: -9, max: 9 }), fc.boolean())
        .map(([a, b, cents, isMaybe]) => group(Math.min(a, b), Math.max(a, b), cents, { isMaybe })),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(groups, (some) => {
        const sums = new GapSums(some);
        const { steps } = sums.perLook(8);
        for (let look = 1; look < 8; look++) expect(steps[look]).toEqual(sums.between(look - 1, look));
        const kept = [1, 4, 7];
        expect(sums.over(kept).between(0, 1)).toEqual(sums.between(1, 4));
        expect(sums.over(kept).between(0, 2)).toEqual(sums.between(1, 7));
      }),
    );
  });
});

describe('the look of a day', () => {
  it('is the one with the fewest cents in doubt, of equals the last', () => {
    const looks = [0, 1, 2, 3].map((hour) => ({
      observation: hour,
      at: START + hour * 3_600_000,
      day: hour < 3 ? 'one' : 'two',
      cents: 0,
    }));
    expect(quietLooks(looks, [5, 0, 0, 9])).toEqual([2, 3]);
    expect(quietLooks(looks, [0, 1, 1, 9])).toEqual([0, 3]);
  });
});

describe('recharges', () => {
  /** Steps: the least and the most that may have been taken, and what the books show. */
  const inferred = (
    balances: readonly number[],
    steps: ReadonlyArray<readonly [low: number, high: number, booked: number]>,
    rechargeCents: number | null,
    receipts: readonly Receipt[] = [],
  ) => {
    const all = [[0, 0, 0] as const, ...steps];
    const bounds = all.map(([low, high]) => ({ low, high }));
    return inferRecharges(
      looksOf(balances),
      bounds,
      all.map(([, , booked]) => booked),
      receipts,
      rechargeCents,
    );
  };
  const infer = (...of: Parameters<typeof inferred>) => inferred(...of).map(({ look, cents }) => [look, cents]);

  it('are rises that no credit explains, in whole dollars or in the amount that is set', () => {
    expect(infer([100, 2093], [[7, 7, 7]], null)).toEqual([[1, 2000]]);
    expect(infer([100, 4093], [[7, 7, 7]], 2000)).toEqual([[1, 4000]]);
    expect(infer([100, 107], [[-7, 0, 0]], null)).toEqual([]);
    expect(infer([100, 150], [[-7, 0, 0]], null)).toEqual([]);
    expect(infer([100, 200], [[0, 0, 0]], 2000)).toEqual([]);
  });

  it('are the roundest of what is possible, the nearest to the books, and the nearest beside an error', () => {
    expect(infer([100, 50_093], [[-200, 207, 7]], null)).toEqual([[1, 50_000]]);
    expect(infer([100, 3853], [[-2000, 300, 253]], 2000)).toEqual([[1, 4000]]);
    expect(infer([100, 18_100], [[0, 800, 200]], null)).toEqual([[1, 18_200]]);
    expect(infer([100, 18_100], [[0, 800, 230]], null)).toEqual([[1, 18_000]]);
    expect(infer([100, 2100], [[-2500, 0, 0]], 2000)).toEqual([[1, 2000]]);
    expect(infer([100, 2100], [[-2500, 0, 0]], null)).toEqual([[1, 2000]]);
    expect(infer([100, 50_086], [[7, 7, 7]], null)).toEqual([[1, 50_000]]);
    expect(infer([100, 2086], [[7, 7, 7]], 2000)).toEqual([[1, 2000]]);
  });

  it('are of another possible amount where that leaves fewer differences', () => {
    const [recharge] = inferred([100, 3100], [[-2500, 1500, -200]], 2000);
    expect(recharge).toMatchObject({ cents: 2000, possible: [2000, 4000] });
    const chosen = chooseAmounts(recharge === undefined ? [] : [recharge], ([made]) => (made?.cents === 4000 ? 0 : 1));
    expect(chosen.map(({ cents }) => cents)).toEqual([4000]);
    const [dollars] = inferred([100, 18_100], [[0, 800, 230]], null);
    expect(dollars?.possible).toEqual([18_000, 18_200, 18_300, 18_100, 18_400, 18_500, 18_600, 18_700, 18_800]);
  });

  it('are receipts first, one or several, each once', () => {
    const receipts = [
      { id: 'a', paidAt: START, cents: 1234 },
      { id: 'b', paidAt: START + DAY, cents: 777 },
      { id: 'c', paidAt: START + 20 * DAY, cents: 1234 },
    ];
    const none = [0, 0, 0] as const;
    expect(
      inferred([0, 1234, 2011], [none, none], 500, receipts).map(({ look, cents, receipts: paid }) => [
        look,
        cents,
        paid.map(({ id }) => id),
      ]),
    ).toEqual([
      [1, 1234, ['a']],
      [2, 777, ['b']],
    ]);
    expect(inferred([0, 2011], [none], null, receipts)).toMatchObject([
      { cents: 2011, receipts: [{ id: 'b' }, { id: 'a' }] },
    ]);
  });

  it('serve as many receipts as can be, each rise one of them, the nearest first', () => {
    const receipts = [
      { id: 'a', paidAt: START, cents: 5000 },
      { id: 'b', paidAt: START + DAY, cents: 5000 },
      { id: 'c', paidAt: START + DAY, cents: 900 },
    ];
    const rise = (day: number, cents = 5000) => ({
      after: START + (day - 0.1) * DAY,
      seenAt: START + day * DAY,
      cents,
    });
    const served = (...rises: Parameters<typeof serveOnce>[1]) => [...serveOnce(receipts, rises)].sort();
    expect(served(rise(2))).toEqual(['b']);
    expect(served(rise(0.1))).toEqual(['a']);
    expect(served(rise(1), rise(2))).toEqual(['a', 'b']);
    expect(served(rise(0.9), rise(-0.5))).toEqual(['a', 'b']);
    expect(served(rise(1, 2499), rise(1, 7501), rise(12))).toEqual([]);
    expect(served(rise(1, 2500))).toEqual(['b']);
  });

  it('count days of work without weekends', () => {
    const friday = Date.UTC(2026, 6, 3, 12);
    expect(addBusinessDays(friday, 3)).toBe(Date.UTC(2026, 6, 8, 12));
    expect(addBusinessDays(friday, -3)).toBe(Date.UTC(2026, 5, 30, 12));
    expect(addBusinessDays(Date.UTC(2026, 6, 5, 12), 1)).toBe(Date.UTC(2026, 6, 6, 12));
  });
});
