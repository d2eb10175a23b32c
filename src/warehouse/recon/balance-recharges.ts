import { DAY_MS, type Instant } from '../../domain/time.ts';
import type { BalanceLook, Bounds } from './balance-gaps.ts';

/** Money that came in by a receipt somebody imported. */
export interface Receipt {
  readonly id: string;
  readonly paidAt: Instant;
  readonly cents: number;
}

/** A recharge that the balance shows. */
export interface Recharge {
  /** Place of the first look that shows it. */
  readonly look: number;
  readonly cents: number;
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

/**
 * Finds recharges: rises of the balance that no credit explains. `steps` bounds by place what was taken since the look before. The amount is that of receipts paid
 * within {@link BUSINESS_DAYS}, else a whole number of `rechargeCents`, else of whole dollars, the roundest one that is possible. Where none
 * is, the nearest: what it lies beside is then a difference of the balance.
 */
export function inferRecharges(
  looks: readonly BalanceLook[],
  steps: readonly Bounds[],
  receipts: readonly Receipt[],
  rechargeCents: number | null,
): Recharge[] {
  const unused = new Set(receipts);
  const recharges: Recharge[] = [];
  for (let look = 1; look < looks.length; look++) {
    const [before, after, step] = [looks[look - 1], looks[look], steps[look]];
    if (before === undefined || after === undefined || step === undefined) continue;
    const loss = before.cents - after.cents;
    const rise = { low: step.low - loss, high: step.high - loss };
    if (rise.low <= 0) continue;
    const paid = [...unused].filter(
      ({ paidAt }) =>
        paidAt >= addBusinessDays(before.at, -BUSINESS_DAYS) && paidAt <= addBusinessDays(after.at, BUSINESS_DAYS),
    );
    const near = { low: rise.low - NEAR_CENTS, high: rise.high + NEAR_CENTS };
    const made = paidWithin(rise, paid, after.at);
    const cents = made.length > 0 ? sumOf(made) : wholeAmount(rise, rechargeCents);
    const beside = cents === null ? paidWithin(near, paid, after.at) : made;
    const found = cents ?? (beside.length > 0 ? sumOf(beside) : nearAmount(rise, rechargeCents));
    if (found === null) continue;
    for (const receipt of beside) unused.delete(receipt);
    recharges.push({ look, cents: found, receipts: beside });
  }
  return recharges;
}

function sumOf(receipts: readonly Receipt[]): number {
  return receipts.reduce((sum, { cents }) => sum + cents, 0);
}

/** One receipt, the nearest in time, two, or all: the first whose sum is possible. */
function paidWithin(rise: Bounds, paid: readonly Receipt[], at: Instant): readonly Receipt[] {
  const byTime = [...paid].sort((left, right) => Math.abs(left.paidAt - at) - Math.abs(right.paidAt - at));
  const pairs = byTime.flatMap((left, index) => byTime.slice(index + 1).map((right) => [left, right]));
  const fits = (some: readonly Receipt[]): boolean => sumOf(some) >= rise.low && sumOf(some) <= rise.high;
  return [...byTime.map((one) => [one]), ...pairs, byTime].find((some) => some.length > 0 && fits(some)) ?? [];
}

function wholeAmount(rise: Bounds, rechargeCents: number | null): number | null {
  for (const unit of rechargeCents === null ? ROUND_CENTS : [rechargeCents]) {
    const least = Math.max(1, Math.ceil(rise.low / unit)) * unit;
    if (least <= rise.high) return least;
  }
  return null;
}

function nearAmount(rise: Bounds, rechargeCents: number | null): number | null {
  if (rechargeCents === null) {
    if (rise.low < RECHARGE_MIN) return null;
    return wholeAmount({ low: rise.low - NEAR_CENTS, high: rise.high + NEAR_CENTS }, null);
  }
  const times = Math.round(rise.low / rechargeCents);
  return times < 1 ? null : times * rechargeCents;
}
