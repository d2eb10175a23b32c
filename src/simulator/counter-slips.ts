import type { Instant } from '../domain/time.ts';
import type { BillingErrorOptions } from './billing-options.ts';
import { CENTRAL_ZONE, centralDayStart, centralMonthStart } from './central-time.ts';
import { dayIn } from './months.ts';
import type { SeededRandom } from './random.ts';
import type { ResolvedWorldOptions } from './world-options.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A slip this large shows whatever test faxes were deleted on the day; a smaller one only where none are. */
const PLAIN_SLIP = 5;

/** The provider's counters count a direction wrong on one Central day, and so in the day's month from then on. */
export interface CounterSlip {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly dayStart: Instant;
  /** When it slips. */
  readonly at: Instant;
  readonly direction: 'sent' | 'received';
  /** Above zero: faxes counted that there are not; below: faxes not counted, as far as the day has any. */
  readonly faxes: number;
}

/** Counts of the faxes of a direction, as a counter shows them. */
export interface DayAndMonth {
  readonly today: number;
  readonly month: number;
}

/** Draws the slips that the options ask for, no two within three days of each other. */
export function drawSlips(
  errors: BillingErrorOptions,
  options: Pick<ResolvedWorldOptions, 'deletedTestShare' | 'faxesPerDay'>,
  random: SeededRandom,
): CounterSlip[] {
  const slips: CounterSlip[] = [];
  const isPlain = options.deletedTestShare > 0 || (errors.counts.vanished_fax ?? 0) > 0;
  const least = isPlain ? PLAIN_SLIP : 1;
  for (let wanted = errors.counts.counter_off ?? 0, tries = 0; wanted > 0 && tries < 100; tries++) {
    const dayStart = centralDayStart(random.int(errors.from, errors.until - 1));
    const at = dayStart + random.int(2 * HOUR, 11 * HOUR);
    const isTooMany = random.chance(0.5) || options.faxesPerDay < 10 * least || isQuiet(dayStart);
    const size = random.int(least, least + 3);
    const isInside = dayStart >= errors.from && dayStart + DAY <= errors.until;
    if (!isInside || slips.some((other) => Math.abs(other.dayStart - dayStart) < 3 * DAY)) continue;
    slips.push({
      day: dayIn(at, CENTRAL_ZONE),
      dayStart,
      at,
      direction: errors.isSentCountedOnly === true || random.chance(0.6) ? 'sent' : 'received',
      faxes: isTooMany ? size : -size,
    });
    wanted -= 1;
  }
  return slips;
}

/** Saturdays and Sundays may have fewer faxes than a counter is to lose. */
function isQuiet(dayStart: Instant): boolean {
  const weekday = new Date(dayStart + 12 * HOUR).getUTCDay();
  return weekday === 0 || weekday === 6;
}

/** What the slips make of true counts; `countOn` gives how many faxes of a slip's day and direction there are by now. */
export function slipped(
  counts: DayAndMonth,
  direction: CounterSlip['direction'],
  slips: readonly CounterSlip[],
  at: Instant,
  countOn: (slip: CounterSlip) => number,
): DayAndMonth {
  let { today, month } = counts;
  for (const slip of slips) {
    if (slip.direction !== direction || slip.at > at || slip.dayStart < centralMonthStart(at)) continue;
    const change = slip.faxes > 0 ? slip.faxes : -Math.min(-slip.faxes, countOn(slip));
    month += change;
    if (slip.dayStart === centralDayStart(at)) today += change;
  }
  return { today, month };
}
