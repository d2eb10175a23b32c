import { dayIn } from '../domain/time.ts';
import type { ReportPageData } from '../warehouse/report-page-data.ts';
import { addDays, QUIET_DAYS_MAX, quietDays } from './range.ts';
import { behindMinutes } from './section-trust.ts';

/** That no fax comes any more, for longer than is usual. */
export interface Silence {
  /** Day of the last fax. */
  readonly lastDay: string;
  /** Whole days since then on which there was none, as far as the faxes were listed. */
  readonly dayCount: number;
  /** Most days in a row without a fax before that, from eight weeks before the range on; null where too few days are known to say. */
  readonly longestBefore: number | null;
}

/** Fewer days without a fax say nothing. */
const DAYS_MIN = 2;
/** From so many days with faxes on it is known how long pauses usually are; with fewer, only a pause of more than a week is told. */
const KNOWN_FROM = 14;
const LONG_FROM = 8;

/** Days without a fax after which the view of idle numbers calls one idle. */
const IDLE_DAYS = 30;

/** Day of the last fax of an account that has been silent for as long as makes a number idle, whatever the range; null where it has not. Then all of its numbers are idle, and none is spare. */
export function silenceWithoutUse({ lastFaxDay, now, zone }: ReportPageData): string | null {
  const lastDay = lastFaxDay.rows[0]?.day;
  return lastDay !== undefined && lastDay <= addDays(dayIn(now, zone), -IDLE_DAYS) ? lastDay : null;
}

/** The silence in which a range ends that reaches the last fax; null where there is none. What was not listed yet is not silent. */
export function findSilence(data: ReportPageData): Silence | null {
  const lastDay = data.lastFaxDay.rows[0]?.day;
  const behind = behindMinutes(data);
  if (lastDay === undefined || behind === null || data.to < lastDay) return null;
  const dayCount = quietDays(lastDay, dayIn(data.now - behind * 60_000, data.zone));
  const days = [...data.daysBefore.rows, ...data.outcomes.rows].flatMap((row) => (row.faxCount > 0 ? [row.day] : []));
  const pauses = days.slice(1).map((day, at) => quietDays(days[at] ?? day, day));
  const longestBefore = days.length < KNOWN_FROM ? null : Math.max(0, ...pauses);
  const isUnusual = dayCount >= (longestBefore === null ? LONG_FROM : Math.max(DAYS_MIN, longestBefore + 1));
  return isUnusual || dayCount > QUIET_DAYS_MAX ? { lastDay, dayCount, longestBefore } : null;
}
