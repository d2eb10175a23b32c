import type { ReportPageData } from '../warehouse/report-page-data.ts';
import type { DayOutcome } from '../warehouse/report-page-outcomes.ts';
import { addDays, type DayRange } from './range.ts';

/** Days in a row on which far more faxes failed than usual, with what rose most. */
export interface Incident extends DayRange {
  readonly faxCount: number;
  readonly failureCount: number;
  /** Faxes of all other days, and those of them that failed: what is usual. */
  readonly usualFaxCount: number;
  readonly usualFailureCount: number;
  /** Class of errors that rose most; null where none did. */
  readonly errorClass: string | null;
  /** Failures of that class on these days, of all that have a cause. */
  readonly classCount: number;
  readonly causeCount: number;
}

/** Where the view of anomalies has not judged a day, it is unusual from this on: twice the median share of failures, and so much above it that nobody takes a slow Sunday for an outage. */
const LIMITS = { timesMedian: 2, sharePoints: 0.05, faxes: 10, dayFaxesMin: 10 };

/** The days that fail unusually often, in runs; one quiet day between two of them belongs to the run. In order of time. */
export function findIncidents({ outcomes, failureDays, judgedDays }: ReportPageData): Incident[] {
  const days = outcomes.rows.filter(({ faxCount }) => faxCount >= LIMITS.dayFaxesMin);
  const usual = median(days.map(shareOf));
  const verdicts = new Map(
    judgedDays.rows
      .filter(({ measure }) => measure === 'failure_share')
      .map(({ day, isAnomaly, direction }) => [day, isAnomaly && direction === 'up']),
  );
  const bad = days.filter(
    (day) =>
      verdicts.get(day.day) ??
      (shareOf(day) >= usual * LIMITS.timesMedian &&
        shareOf(day) >= usual + LIMITS.sharePoints &&
        day.failureCount - day.faxCount * usual >= LIMITS.faxes),
  );
  const sum = (rows: readonly DayOutcome[], figure: (row: DayOutcome) => number) =>
    rows.reduce((total, row) => total + figure(row), 0);
  return runsOf(bad.map(({ day }) => day)).map((range) => {
    const isInside = ({ day }: { readonly day: string }) => day >= range.from && day <= range.to;
    const inside = outcomes.rows.filter(isInside);
    const outside = outcomes.rows.filter((row) => !isInside(row));
    const [faxCount, usualFaxCount] = [sum(inside, (row) => row.faxCount), sum(outside, (row) => row.faxCount)];
    const rise = new Map<string, { in: number; out: number }>();
    for (const row of failureDays.rows) {
      const counts = rise.get(row.errorClass) ?? { in: 0, out: 0 };
      counts[isInside(row) ? 'in' : 'out'] += row.failureCount;
      rise.set(row.errorClass, counts);
    }
    // Above what the other days would lead to expect for as many faxes; in whole numbers, so that ties fall the same everywhere.
    const excess = (counts: { in: number; out: number }) => counts.in * usualFaxCount - counts.out * faxCount;
    const [most] = [...rise].sort(([a, x], [b, y]) => excess(y) - excess(x) || (a < b ? -1 : 1));
    return {
      ...range,
      faxCount,
      failureCount: sum(inside, (row) => row.failureCount),
      usualFaxCount,
      usualFailureCount: sum(outside, (row) => row.failureCount),
      errorClass: most !== undefined && excess(most[1]) > 0 ? most[0] : null,
      classCount: most?.[1].in ?? 0,
      causeCount: [...rise.values()].reduce((total, counts) => total + counts.in, 0),
    };
  });
}

function shareOf({ failureCount, faxCount }: DayOutcome): number {
  return failureCount / faxCount;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return (low + high) / 2;
}

function runsOf(days: readonly string[]): DayRange[] {
  const runs: Array<{ from: string; to: string }> = [];
  for (const day of days) {
    const last = runs.at(-1);
    if (last !== undefined && day <= addDays(last.to, 2)) last.to = day;
    else runs.push({ from: day, to: day });
  }
  return runs;
}
