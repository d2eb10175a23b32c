import type { Instant } from '../../domain/time.ts';

/** One look at the balance. */
export interface BalanceLook {
  /** Number of the look. */
  readonly observation: number;
  readonly at: Instant;
  /** Day in the billing zone, `YYYY-MM-DD`. */
  readonly day: string;
  readonly cents: number;
}

/**
 * Why nobody knows how much moved: the full price of a fax under way at a look; the cost of a fax or rent that came without one; what was made
 * while nothing was listed.
 */
export type Unknown = 'unknown_hold' | 'cost_unknown' | 'not_listed';

/**
 * Movements that happened in one of the gaps `first` to `last`, nobody knows in which. Gap n lies between look n - 1 and look n, counted from
 * 0; gap 0 and gap `looks.length` lie outside.
 */
export interface GapGroup {
  readonly first: number;
  readonly last: number;
  /** They may not have been at all. */
  readonly isMaybe: boolean;
  /** Why nobody knows how much they came to; null where it is known. */
  readonly unknown: Unknown | null;
  /** Cents taken, and cents given back (below zero). */
  readonly taken: number;
  readonly given: number;
}

/** What an account can have lost between two looks, US cents. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** The groups between any two of some looks. */
export class GapSums {
  readonly #groups: readonly GapGroup[];

  constructor(groups: readonly GapGroup[]) {
    this.#groups = groups;
  }

  /** What may have been taken between look `from` and the later look `to`. What lies in between for sure counts whole, what touches it perhaps. */
  between(from: number, to: number): Bounds {
    let low = 0;
    let high = 0;
    for (const { first, last, isMaybe, taken, given } of this.#groups) {
      if (first > to || last <= from) continue;
      if (!isMaybe && first > from && last <= to) {
        low += taken + given;
        high += taken + given;
      } else {
        low += given;
        high += taken;
      }
    }
    return { low, high };
  }

  /** Why the sum between two looks cannot be known; null where it can. A full price is asked for only where a look falls into its life. */
  unknownBetween(from: number, to: number): Unknown | null {
    for (const { first, last, unknown } of this.#groups) {
      if (unknown === null || first > to || last <= from) continue;
      if (unknown !== 'unknown_hold' || first <= from || last > to) return unknown;
    }
    return null;
  }

  /** The same over some of the looks only, by their places in rising order. */
  over(kept: readonly number[]): GapSums {
    const coarse: number[] = [];
    let next = 0;
    for (let gap = 0; gap <= (kept.at(-1) ?? 0); gap++) {
      while ((kept[next] ?? Number.POSITIVE_INFINITY) < gap) next += 1;
      coarse.push(next);
    }
    const merged = new Map<string, { -readonly [Key in keyof GapGroup]: GapGroup[Key] }>();
    for (const group of this.#groups) {
      const first = coarse[group.first] ?? kept.length;
      const last = coarse[group.last] ?? kept.length;
      const key = `${first} ${last} ${group.isMaybe} ${group.unknown}`;
      const sum = merged.get(key);
      if (sum === undefined) merged.set(key, { ...group, first, last });
      else {
        sum.taken += group.taken;
        sum.given += group.given;
      }
    }
    return new GapSums([...merged.values()]);
  }

  /** Bounds between each look and the one before it (index 0: none), and cents in doubt at each look. One step a group and look. */
  perLook(looks: number): { readonly steps: readonly Bounds[]; readonly doubts: readonly number[] } {
    const low = new Array<number>(looks + 2).fill(0);
    const high = new Array<number>(looks + 2).fill(0);
    const doubt = new Array<number>(looks + 2).fill(0);
    const add = (sums: number[], from: number, to: number, cents: number): void => {
      sums[from] = (sums[from] ?? 0) + cents;
      sums[to + 1] = (sums[to + 1] ?? 0) - cents;
    };
    for (const { first, last, isMaybe, unknown, taken, given } of this.#groups) {
      const isSure = !isMaybe && first === last;
      add(low, first, last, isSure ? taken + given : given);
      add(high, first, last, isSure ? taken + given : taken);
      // Look n lies before gap n + 1.
      if (last > first) add(doubt, first, last - 1, unknown === null ? taken - given : 1e9);
    }
    const steps: Bounds[] = [];
    const doubts: number[] = [];
    const sum = { low: 0, high: 0, doubt: 0 };
    for (let look = 0; look < looks; look++) {
      sum.low += low[look] ?? 0;
      sum.high += high[look] ?? 0;
      sum.doubt += doubt[look] ?? 0;
      steps.push({ low: sum.low, high: sum.high });
      doubts.push(sum.doubt);
    }
    return { steps, doubts };
  }
}
