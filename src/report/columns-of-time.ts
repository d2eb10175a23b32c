import { addDays, type DayRange, daysBetween, daysOf, longDay, shortDay } from './range.ts';

/** One column of a drawing over time. */
export interface TimeColumn extends DayRange {
  /** `9 Oct`; of a week the day it begins. */
  readonly label: string;
}

/** Columns of a range: days, or weeks from Monday where there would be too many. */
export interface TimeColumns {
  readonly unit: 'day' | 'week';
  readonly columns: readonly TimeColumn[];
}

/** Most days that are still drawn one by one. */
const DAYS_DRAWN_MAX = 100;

/** Cuts a range into columns; the first and the last week may be shorter. */
export function timeColumns(range: DayRange): TimeColumns {
  if (daysBetween(range) <= DAYS_DRAWN_MAX) {
    return { unit: 'day', columns: daysOf(range).map((day) => ({ from: day, to: day, label: shortDay(day) })) };
  }
  const isLong = range.from.slice(0, 4) !== range.to.slice(0, 4);
  const columns: TimeColumn[] = [];
  for (let from = range.from; from <= range.to; ) {
    const weekday = (new Date(`${from}T00:00:00Z`).getUTCDay() + 6) % 7;
    const sunday = addDays(from, 6 - weekday);
    const to = sunday < range.to ? sunday : range.to;
    columns.push({ from, to, label: isLong ? longDay(from).replace(/ \d\d(\d\d)$/, ' ’$1') : shortDay(from) });
    from = addDays(to, 1);
  }
  return { unit: 'week', columns };
}

/** Sums of a figure by column. */
export function sumsBy<Row extends { readonly day: string }>(
  { columns }: TimeColumns,
  rows: readonly Row[],
  figure: (row: Row) => number,
): number[] {
  const byDay = new Map(rows.map((row) => [row.day, figure(row)]));
  return columns.map((column) => daysOf(column).reduce((sum, day) => sum + (byDay.get(day) ?? 0), 0));
}

/** Places of the columns that a range of days touches; null where none. */
export function columnsTouched(
  { columns }: TimeColumns,
  { from, to }: DayRange,
): { first: number; last: number } | null {
  const touched = columns.flatMap((column, at) => (column.from <= to && column.to >= from ? [at] : []));
  const [first, last] = [touched[0], touched.at(-1)];
  return first === undefined || last === undefined ? null : { first, last };
}
