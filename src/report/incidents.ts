import type { ReportPageData } from '../warehouse/report-page-data.ts';
import type { DayOutcome } from '../warehouse/report-page-outcomes.ts';
import { addDays, type DayRange } from './range.ts';

/** Days in a row on which far more faxes failed than usual, with what rose most. */
export interface Incident extends DayRange {
  readonly faxCount: number;
  readonly failureCount: number;
  /** Faxes of all days without an incident, of the eight weeks before the range too, and those of them that failed: what is usual. */
  readonly usualFaxCount: number;
  readonly usualFailureCount: number;
  /** Class of errors that rose most; null where none did. */
  readonly errorClass: string | null;
  /** Failures of that class on these days, of all that have a cause. */
  readonly classCount: number;
  readonly causeCount: number;
}

/** Where the view of anomalies has not judged a day, it is unusual from this on: twice the median share of failures, and so much above it that nobody takes a slow Sunday for an outage. Of fewer than two weeks nobody knows what is usual. */
const LIMITS = { timesMedian: 2, sharePoints: 0.05, faxes: 10, dayFaxesMin: 10, daysMin: 14 };

/** True where it can be said of the days of the range whether unusually many faxes failed: the view has judged them, or there are days enough to compare. */
export function isComparable(data: ReportPageData): boolean {
  const verdicts = verdictsOf(data);
  return (
    comparedDays(data).length >= LIMITS.daysMin || bigDays(data.outcomes.rows).every(({ day }) => verdicts.has(day))
  );
}

/** The days of the range that fail unusually often, in runs; one quiet day between two of them belongs to the run. In order of time. */
export function findIncidents(data: ReportPageData): Incident[] {
  const { outcomes, daysBefore, failureDays } = data;
  const compared = comparedDays(data);
  const usual = median(compared.map(shareOf));
  const verdicts = verdictsOf(data);
  const bad = bigDays(outcomes.rows).filter(
    (day) =>
      verdicts.get(day.day) ??
      (compared.length >= LIMITS.daysMin &&
        shareOf(day) >= usual * LIMITS.timesMedian &&
        shareOf(day) >= usual + LIMITS.sharePoints &&
        day.failureCount - day.faxCount * usual >= LIMITS.faxes),
  );
  const sum = (rows: readonly DayOutcome[], figure: (row: DayOutcome) => number) =>
    rows.reduce((total, row) => total + figure(row), 0);
  type Dated = { readonly day: string };
  const isIn = (range: DayRange) => (row: Dated) => row.day >= range.from && row.day <= range.to;
  const runs = runsOf(bad.map(({ day }) => day));
  const isUsual = (row: Dated) => !runs.some((range) => isIn(range)(row));
  return runs.map((range) => {
    const isInside = isIn(range);
    const inside = outcomes.rows.filter(isInside);
    const outside = [...daysBefore.rows, ...outcomes.rows].filter(isUsual);
    const [faxCount, usualFaxCount] = [sum(inside, (row) => row.faxCount), sum(outside, (row) => row.faxCount)];
    const rise = new Map<string, { in: number; out: number }>();
    for (const row of failureDays.rows) {
      const counts = rise.get(row.errorClass) ?? { in: 0, out: 0 };
      if (isInside(row)) counts.in += row.failureCount;
      else if (isUsual(row)) counts.out += row.failureCount;
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

/** The incident with most failures beyond what is usual; null without any. */
export function worstIncident(incidents: readonly Incident[]): Incident | null {
  const excess = (one: Incident) => one.failureCount * one.usualFaxCount - one.usualFailureCount * one.faxCount;
  return [...incidents].sort((a, b) => excess(b) - excess(a) || (a.from < b.from ? -1 : 1))[0] ?? null;
}

/** What the view of anomalies says of the failures of the days that it judges: whether they are unusually many. */
function verdictsOf({ judgedDays }: ReportPageData): ReadonlyMap<string, boolean> {
  return new Map(
    judgedDays.rows
      .filter(({ measure }) => measure === 'failure_share')
      .map(({ day, isAnomaly, direction }) => [day, isAnomaly && direction === 'up']),
  );
}

/** Of a smaller day, chance alone makes any share. */
function bigDays(days: readonly DayOutcome[]): DayOutcome[] {
  return days.filter(({ faxCount }) => faxCount >= LIMITS.dayFaxesMin);
}

function comparedDays({ outcomes, daysBefore }: ReportPageData): DayOutcome[] {
  return bigDays([...daysBefore.rows, ...outcomes.rows]);
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
