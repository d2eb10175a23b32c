import type { BalanceLook, Bounds, GapSums, Unknown } from './balance-gaps.ts';

/** What one day came to: what the account lost between two looks at the balance, and what of it is explained. */
export interface BalanceDay {
  /** Day of the later look. */
  readonly day: string;
  /** US cents the balance lost, recharges left out. */
  readonly lostCents: number;
  /** US cents that were taken by what the books show; for a day that differs, what of the loss could have been, at the likeliest. */
  readonly explainedCents: number;
  /** The first and the later look, by their places. */
  readonly from: number;
  readonly to: number;
  readonly outcome: 'equal' | 'timing' | 'differs' | Unknown;
}

/**
 * One look for each day: the one at which the fewest cents are in doubt, of equals the last; `doubts` are by place.
 * Places of the looks, in order of time.
 */
export function quietLooks(looks: readonly BalanceLook[], doubts: readonly number[]): number[] {
  const best = new Map<string, number>();
  for (const [place, { day }] of looks.entries()) {
    const known = best.get(day);
    if (known === undefined || (doubts[place] ?? 0) <= (doubts[known] ?? 0)) best.set(day, place);
  }
  return [...best.values()].sort((left, right) => left - right);
}

/** A place in the row of looks at which the account has lost what nothing explains. */
interface Break {
  /** The later look. */
  readonly at: number;
  /** The latest look from which on the loss cannot be explained. */
  readonly from: number;
  /** First look since which everything before agreed. */
  readonly since: number;
}

/**
 * Rolls the balance forward from look to look. `lost` is what the account lost up to each look, recharges left out, and `booked` what the
 * books show for each step, both by place. A step is explained when its loss could have been, alone and together with the steps before it
 * since the last difference: so an error that hides among what is in doubt today is found when the doubt is settled.
 */
export function rollForward(
  looks: readonly BalanceLook[],
  lost: readonly number[],
  booked: readonly number[],
  sums: GapSums,
): BalanceDay[] {
  const cache = new Map<number, Bounds>();
  /** By how much the loss between two looks may have been more than explained. */
  const excess = (from: number, to: number): Bounds => {
    const key = from * looks.length + to;
    const known = cache.get(key);
    if (known !== undefined) return known;
    const { low, high } = sums.between(from, to);
    const loss = (lost[to] ?? 0) - (lost[from] ?? 0);
    const bounds =
      sums.unknownBetween(from, to) === null
        ? { low: loss - high, high: loss - low }
        : { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
    cache.set(key, bounds);
    return bounds;
  };
  const unbooked = (from: number, to: number): number => {
    let cents = (lost[to] ?? 0) - (lost[from] ?? 0);
    for (let step = from + 1; step <= to; step++) cents -= booked[step] ?? 0;
    return cents;
  };
  const breaks = findBreaks(looks.length, excess);
  const days: BalanceDay[] = [];
  for (let to = 1; to < looks.length; to++) {
    const from = to - 1;
    const step = { day: looks[to]?.day ?? '', from, to };
    const lostCents = (lost[to] ?? 0) - (lost[from] ?? 0);
    const index = breaks.findIndex(({ at }) => at === to);
    const found = breaks[index];
    if (found !== undefined) {
      const next = breaks[index + 1]?.at ?? looks.length;
      days.push({
        ...step,
        lostCents,
        explainedCents: lostCents - likelyExcess(found, next, excess, unbooked),
        outcome: 'differs',
      });
      continue;
    }
    const unknown = sums.unknownBetween(from, to);
    const explainedCents = booked[to] ?? 0;
    const outcome = unknown ?? (explainedCents === lostCents ? 'equal' : 'timing');
    days.push({ ...step, lostCents, explainedCents, outcome });
  }
  return days;
}

function findBreaks(looks: number, excess: (from: number, to: number) => Bounds): Break[] {
  const breaks: Break[] = [];
  let since = 0;
  for (let at = 1; at < looks; at++) {
    for (let from = at - 1; from >= since; from--) {
      const { low, high } = excess(from, at);
      if (low <= 0 && high >= 0) continue;
      breaks.push({ at, from, since });
      since = at;
      break;
    }
  }
  return breaks;
}

/**
 * What is lost beyond what is explained: every stretch of looks across the break bounds it, up to the break before and the one after. Of what
 * remains possible that which is nearest to the difference from the books.
 */
function likelyExcess(
  { at, from, since }: Break,
  next: number,
  excess: (from: number, to: number) => Bounds,
  unbooked: (from: number, to: number) => number,
): number {
  let { low, high } = excess(from, at);
  for (let to = at; to < next; to++) {
    for (let start = from; start >= since; start--) {
      const bounds = excess(start, to);
      const both = { low: Math.max(low, bounds.low), high: Math.min(high, bounds.high) };
      if (both.low <= both.high) ({ low, high } = both);
    }
  }
  return Math.min(Math.max(unbooked(from, at), low), high);
}
