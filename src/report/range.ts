import { SettingsError } from '../domain/errors.ts';
import { DAY_MS, type Instant, toIso, zoneOffsetMs } from '../domain/time.ts';

/** Days of the billing zone, both included. */
export interface DayRange {
  /** `YYYY-MM-DD`. */
  readonly from: string;
  readonly to: string;
}

/** The days of a page. */
export interface PageDays extends DayRange {
  /** Last day of the bill: numbers cost on where no fax comes any more. */
  readonly billTo: string;
}

/** Longest range of a page: ten years. */
const DAYS_MAX = 3_660;

const MONTH_NAMES = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A day so many days later. */
export function addDays(day: string, count: number): string {
  return toIso(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).slice(0, 10);
}

/** Days from one to another, both included. */
export function daysBetween({ from, to }: DayRange): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS) + 1;
}

/** All days of a range in order. */
export function daysOf(range: DayRange): string[] {
  return Array.from({ length: daysBetween(range) }, (_, index) => addDays(range.from, index));
}

/** The first days of the months that a range touches, in order. */
export function monthsOf({ from, to }: DayRange): string[] {
  const months: string[] = [];
  for (let month = `${from.slice(0, 7)}-01`; month <= to; month = `${addDays(month, 31).slice(0, 7)}-01`)
    months.push(month);
  return months;
}

/** Whole days between the day of a fax and a later day, neither of them counted. */
export function quietDays(faxDay: string, until: string): number {
  return daysBetween({ from: faxDay, to: until }) - 2;
}

/** More days without any fax than this, and a page that is asked for no end has it at the last fax: an empty drawing shows nothing. */
export const QUIET_DAYS_MAX = 14;

/** The first day of the month before. */
function monthBefore(day: string): string {
  return `${addDays(`${day.slice(0, 7)}-01`, -1).slice(0, 7)}-01`;
}

/**
 * The days of a page: without `to` it ends today, or with the last fax where none came for two weeks; without `from` it begins with the month before that of its end; whole months, since areas, hours and
 * shares of cost are kept by the month.
 * @throws {SettingsError} for a range that ends before it begins, and for more than ten years.
 */
export function pageRange(
  asked: { readonly from: string | null; readonly to: string | null },
  today: string,
  lastFaxDay: string | null,
): PageDays {
  const isQuiet =
    lastFaxDay !== null && quietDays(lastFaxDay, today) > QUIET_DAYS_MAX && (asked.from ?? lastFaxDay) <= lastFaxDay;
  const to = asked.to ?? (isQuiet ? lastFaxDay : today);
  const from = asked.from ?? monthBefore(to);
  if (from > to) {
    throw new SettingsError(`The range ends (${to}) before it begins (${from}).`, { code: 'usage' });
  }
  if (daysBetween({ from, to }) > DAYS_MAX) {
    throw new SettingsError('A page covers at most ten years.', { code: 'usage' });
  }
  return { from, to, billTo: asked.to ?? today };
}

/** `9 Oct`. */
export function shortDay(day: string): string {
  return `${Number(day.slice(8))} ${MONTH_NAMES[Number(day.slice(5, 7)) - 1] ?? ''}`;
}

/** `9 Oct 2026`. */
export function longDay(day: string): string {
  return `${shortDay(day)} ${day.slice(0, 4)}`;
}

/** `Oct 2026` of any day of it. */
export function monthName(day: string): string {
  return `${MONTH_NAMES[Number(day.slice(5, 7)) - 1] ?? ''} ${day.slice(0, 4)}`;
}

/** `9–12 Oct`, `30 Sep – 2 Oct`, with the year where it is asked for. */
export function rangeText({ from, to }: DayRange, withYear: boolean): string {
  const year = withYear ? ` ${to.slice(0, 4)}` : '';
  if (from === to) return `${shortDay(from)}${year}`;
  if (from.slice(0, 7) === to.slice(0, 7)) return `${Number(from.slice(8))}–${shortDay(to)}${year}`;
  const first = from.slice(0, 4) === to.slice(0, 4) || !withYear ? shortDay(from) : longDay(from);
  return `${first} – ${shortDay(to)}${year}`;
}

/** `Aug – Oct 2026`: the whole months a range touches. */
export function monthsText({ from, to }: DayRange): string {
  if (from.slice(0, 7) === to.slice(0, 7)) return monthName(to);
  const first = from.slice(0, 4) === to.slice(0, 4) ? monthName(from).slice(0, 3) : monthName(from);
  return `${first} – ${monthName(to)}`;
}

/** `28 Nov 2026 14:05` in a zone. */
export function momentText(at: Instant, zone: string): string {
  const local = toIso(at + zoneOffsetMs(at, zone));
  return `${longDay(local.slice(0, 10))} ${local.slice(11, 16)}`;
}
