import { DAY_MS, type Instant } from '../../domain/time.ts';
import type { BalanceLook, Bounds } from './balance-gaps.ts';

/** Money that came in by a receipt somebody imported. */
export interface Receipt {
  readonly id: string;
  readonly paidAt: Instant;
  readonly cents: number;
}

/** What an account may have been recharged with between two looks. */
export interface Recharge {
  /** Place of the first look that shows it. */
  readonly look: number;
  /** The likeliest amount; 0 where there was none, as likely as not. */
  readonly cents: number;
  /** Every amount that is possible, the likeliest first. */
  readonly possible: readonly number[];
  /** Receipts that make it up; none where none does. */
  readonly receipts: readonly Receipt[];
}

/** Days of work within which a receipt and its recharge lie. */
export const BUSINESS_DAYS = 3;
/** A rise below this that is no whole amount is no recharge with an error beside it, but an error. */
const RECHARGE_MIN = 1_000;
/** How far a rise may lie from a whole amount and still be a recharge with an error beside it. */
const NEAR_CENTS = 500;
/** Amounts are whole numbers of the first of these that fits: people and machines pay round ones. */
const ROUND_CENTS = [100_000, 50_000, 10_000, 5_000, 1_000, 500, 100];
const DOLLAR = 100;
/** Amounts that are tried for one recharge. */
const POSSIBLE_MAX = 12;
/** Choices of amounts that are tried in all. */
const CHOICES_MAX = 300;

/** The same time of day some days of work later, or earlier; Saturdays and Sundays (UTC) are none. */
export function addBusinessDays(at: Instant, days: number): Instant {
  const step = days < 0 ? -DAY_MS : DAY_MS;
  let moved = at;
  for (let left = Math.abs(days); left > 0; ) {
    moved += step;
    const weekday = new Date(moved).getUTCDay();
    if (weekday !== 0 && weekday !== 6) left -= 1;
  }
  return moved;
}

/** By how much the balance rose between two looks beyond what was taken and given back: at least, at most, and by the books. */
interface Rise extends Bounds {
  readonly booked: number;
}

/**
 * Finds recharges: rises of the balance that credits do not explain, or not likely. `steps` bounds by place what was taken since the look
 * before, `booked` is what the books show for it. The amount is that of receipts paid within {@link BUSINESS_DAYS}, else a whole number of
 * `rechargeCents`, else of whole dollars, the roundest that is possible; of several the one nearest to the books. Where none is possible, the
 * nearest: what it lies beside is then a difference of the balance.
 */
export function inferRecharges(
  looks: readonly BalanceLook[],
  steps: readonly Bounds[],
  booked: readonly number[],
  receipts: readonly Receipt[],
  rechargeCents: number | null,
): Recharge[] {
  const unused = new Set(receipts);
  const recharges: Recharge[] = [];
  for (let look = 1; look < looks.length; look++) {
    const [before, after, step] = [looks[look - 1], looks[look], steps[look]];
    if (before === undefined || after === undefined || step === undefined) continue;
    const gain = after.cents - before.cents;
    const rise = { low: gain + step.low, high: gain + step.high, booked: gain + (booked[look] ?? 0) };
    if (rise.high <= 0 || (rise.low <= 0 && rise.booked <= 0)) continue;
    const paid = [...unused].filter(
      ({ paidAt }) =>
        paidAt >= addBusinessDays(before.at, -BUSINESS_DAYS) && paidAt <= addBusinessDays(after.at, BUSINESS_DAYS),
    );
    const likely = paidWithin({ low: Math.max(rise.low, rise.booked / 2), high: rise.high }, paid, after.at);
    const possible = likely.length > 0 ? [sumOf(likely)] : wholeAmounts(rise, rechargeCents);
    const beside = possible.length === 0 ? paidWithin(widened(rise), paid, after.at) : likely;
    const found =
      possible.length > 0 ? possible : beside.length > 0 ? [sumOf(beside)] : nearAmounts(rise, rechargeCents);
    const [cents] = found;
    if (cents === undefined || (cents === 0 && found.length === 1)) continue;
    for (const receipt of beside) unused.delete(receipt);
    recharges.push({ look, cents, possible: found, receipts: beside });
  }
  return recharges;
}

/** A rise of the balance between two looks; what was spent meanwhile is known roughly. */
export interface SeenRise {
  /** The looks before and after it. */
  readonly after: Instant;
  readonly seenAt: Instant;
  readonly cents: number;
}

/**
 * Gives each rise to one receipt of roughly its amount that was paid within {@link BUSINESS_DAYS}, so that as many receipts as can be have one;
 * of several that want the same the nearest in time, as {@link inferRecharges} does for the month the rise is in. Ids of the receipts that have one.
 */
export function serveOnce(receipts: readonly Receipt[], rises: readonly SeenRise[]): Set<string> {
  const wanted = receipts
    .map((receipt) => {
      const distance = ({ seenAt }: SeenRise): number => Math.abs(seenAt - receipt.paidAt);
      const fitting = rises
        .filter(
          ({ after, seenAt, cents }) =>
            seenAt >= addBusinessDays(receipt.paidAt, -BUSINESS_DAYS) &&
            after <= addBusinessDays(receipt.paidAt, BUSINESS_DAYS) &&
            2 * cents >= receipt.cents &&
            2 * cents <= 3 * receipt.cents,
        )
        .sort((left, right) => distance(left) - distance(right));
      const [nearest] = fitting;
      return {
        id: receipt.id,
        fitting,
        distance: nearest === undefined ? Number.POSITIVE_INFINITY : distance(nearest),
      };
    })
    .sort((left, right) => left.distance - right.distance);
  const fittingOf = new Map(wanted.map(({ id, fitting }) => [id, fitting]));
  const holders = new Map<SeenRise, string>();
  /** A receipt keeps what it has been given: it only moves to another rise where that makes room. */
  const place = (id: string, tried: Set<SeenRise>): boolean => {
    for (const rise of fittingOf.get(id) ?? []) {
      if (tried.has(rise)) continue;
      tried.add(rise);
      const holder = holders.get(rise);
      if (holder !== undefined && !place(holder, tried)) continue;
      holders.set(rise, id);
      return true;
    }
    return false;
  };
  return new Set(wanted.flatMap(({ id }) => (place(id, new Set()) ? [id] : [])));
}

/**
 * Chooses among the possible amounts of each recharge: the likeliest, unless another one leaves fewer differences. `differences` counts
 * those of a choice.
 */
export function chooseAmounts(
  recharges: readonly Recharge[],
  differences: (chosen: readonly Recharge[]) => number,
): readonly Recharge[] {
  let chosen = recharges;
  let least = differences(chosen);
  let tried = 0;
  while (least > 0) {
    let better: readonly Recharge[] | null = null;
    for (const other of otherChoices(chosen)) {
      if (++tried > CHOICES_MAX) return chosen;
      const count = differences(other);
      if (count >= least) continue;
      [better, least] = [other, count];
      break;
    }
    if (better === null) return chosen;
    chosen = better;
  }
  return chosen;
}

function* otherChoices(chosen: readonly Recharge[]): Generator<readonly Recharge[]> {
  for (const [index, recharge] of chosen.entries()) {
    for (const cents of recharge.possible) {
      if (cents !== recharge.cents) yield chosen.with(index, { ...recharge, cents });
    }
  }
}

function sumOf(receipts: readonly Receipt[]): number {
  return receipts.reduce((sum, { cents }) => sum + cents, 0);
}

function widened({ low, high }: Bounds): Bounds {
  return { low: low - NEAR_CENTS, high: high + NEAR_CENTS };
}

/** One receipt, the nearest in time, two, or all: the first whose sum is possible. */
function paidWithin(rise: Bounds, paid: readonly Receipt[], at: Instant): readonly Receipt[] {
  const byTime = [...paid].sort((left, right) => Math.abs(left.paidAt - at) - Math.abs(right.paidAt - at));
  const pairs = byTime.flatMap((left, index) => byTime.slice(index + 1).map((right) => [left, right]));
  const fits = (some: readonly Receipt[]): boolean => sumOf(some) >= rise.low && sumOf(some) <= rise.high;
  return [...byTime.map((one) => [one]), ...pairs, byTime].find((some) => some.length > 0 && fits(some)) ?? [];
}

/**
 * The amounts that are possible, the likeliest first: the very one the books speak for, then the roundest, then others near it. Nothing is among
 * them where credits alone may explain the rise.
 */
function wholeAmounts(rise: Rise, rechargeCents: number | null): number[] {
  const nothing = rise.low <= 0 ? [0] : [];
  const nearest = (amounts: readonly number[]): number[] =>
    [...amounts].sort((left, right) => Math.abs(left - rise.booked) - Math.abs(right - rise.booked));
  if (rechargeCents !== null) return nearest([...nothing, ...multiples(rise, rechargeCents)]).slice(0, POSSIBLE_MAX);
  // Below this no whole dollars are asked for while credits explain the rise.
  if (nothing.length > 0 && rise.booked < RECHARGE_MIN) return nothing;
  const dollars = nearest(multiples(rise, DOLLAR));
  const likely = { low: Math.max(rise.low, rise.booked / 2), high: Math.min(rise.high, rise.booked * 2) };
  const round = ROUND_CENTS.map((unit) => multiples(likely, unit)).find((amounts) => amounts.length > 0) ?? [];
  const exact = dollars.filter((cents) => cents === rise.booked);
  return [...new Set([...exact, ...nearest([...nothing, ...round]), ...dollars])].slice(0, POSSIBLE_MAX);
}

function multiples({ low, high }: Bounds, unit: number): number[] {
  const first = Math.max(1, Math.ceil(low / unit));
  const count = Math.min(Math.floor(high / unit) - first + 1, 100);
  return Array.from({ length: Math.max(0, count) }, (_, index) => (first + index) * unit);
}

function nearAmounts(rise: Rise, rechargeCents: number | null): number[] {
  if (rechargeCents === null) {
    const near = { ...widened(rise), booked: rise.booked };
    return rise.low < RECHARGE_MIN ? [] : wholeAmounts(near, null).slice(0, 1);
  }
  const times = Math.round(rise.low / rechargeCents);
  return times < 1 ? [] : [times * rechargeCents];
}
