import type { ReportPageData } from '../warehouse/report-page-data.ts';
import { type DayRange, longDay } from './range.ts';

/** The first day of which the copy knows anything; null where it knows nothing. */
export function copyBegins({ copyBegin }: ReportPageData): string | null {
  return copyBegin.rows[0]?.firstDay ?? null;
}

/** True where all days asked for are before the copy begins: nothing can be said of them, nor done about them. */
export function isBeforeCopy(data: ReportPageData): boolean {
  const begins = copyBegins(data);
  return begins !== null && data.to < begins;
}

/** True where the range begins before the copy does and reaches into it. */
export function isPartlyBeforeCopy(data: ReportPageData): boolean {
  const begins = copyBegins(data);
  return begins !== null && data.from < begins && begins <= data.to;
}

/** What is said of days without anything: that they were so, or that nobody knows. */
export function emptyText(data: ReportPageData, otherwise: string): string {
  const begins = copyBegins(data);
  if (begins === null || data.to >= begins) return otherwise;
  return `Nothing is known of these days: the copy begins on ${longDay(begins)}.`;
}

/** The days of the range before the account was first looked at, whose credits the copy never saw; null where there are none. */
export function daysOfUnseenCredits({ copyBegin, from, to }: ReportPageData): (DayRange & { isAll: boolean }) | null {
  const look = copyBegin.rows[0]?.firstLookDay ?? null;
  return look === null || look <= from ? null : { from, to: look, isAll: to < look };
}
