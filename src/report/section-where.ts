import type { ReportPageData } from '../warehouse/report-page-data.ts';
import type { Area, WeekHour } from '../warehouse/report-page-outcomes.ts';
import { type HeatStep, heatMap } from './chart.ts';
import { emptyText } from './copy-begin.ts';
import { areaText, countText, secondsText, shareText } from './figures.ts';
import { type Html, html } from './html.ts';
import { card, columns, commandLines, evidence, figure, legend, nothing, table } from './parts.ts';
import { monthName, monthsText } from './range.ts';

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour));

/** Upper ends of the colours in tenths of a percent. */
const STEPS = [50, 100, 150, 200, 300] as const;
const HEAT: readonly HeatStep[] = [
  { ink: 'heat0', upTo: STEPS[0] },
  { ink: 'heat1', upTo: STEPS[1] },
  { ink: 'heat2', upTo: STEPS[2] },
  { ink: 'heat3', upTo: STEPS[3] },
  { ink: 'heat4', upTo: STEPS[4] },
  { ink: 'heat5', upTo: null },
];

/** When faxes fail: the share of recipients not reached by hour and weekday. */
export function hoursSection(data: ReportPageData): Html {
  // Where fewer were called, a single bad line would look like a bad hour.
  const cells = data.hours.rows.filter(({ finishedCount }) => finishedCount >= data.groupMin);
  const worst = worstHour(cells);
  const about = {
    id: 'hours',
    title: 'When they fail',
    note: `Share of recipients not reached, by hour and weekday of the request, ${monthsText(data)}`,
  };
  if (worst === null)
    return card(about, nothing(emptyText(data, 'Too few faxes to tell.')), evidence([data.hours], null));
  const of = {
    columns: HOURS,
    rows: WEEKDAYS,
    cells: cells.map(({ weekday, hour, finishedCount, failedCount }) => ({
      column: hour,
      row: weekday - 1,
      value: (failedCount * 1000) / finishedCount,
    })),
    steps: HEAT,
  };
  const worstText = `${WEEKDAYS[worst.weekday - 1]} ${worst.hour}–${worst.hour + 1} h with ${shareText(worst.failedCount, worst.finishedCount)} of ${countText(worst.finishedCount)}`;
  const byPlace = new Map(cells.map((cell) => [`${cell.weekday} ${cell.hour}`, cell]));
  return card(
    about,
    figure(`Heat map of 24 hours and 7 weekdays. The worst hour is ${worstText}.`, {
      wide: heatMap({ width: 520, height: 190 }, { ...of, labelEvery: 2 }),
      narrow: heatMap({ width: 330, height: 180 }, { ...of, labelEvery: 4 }),
    }),
    legend(
      ['heat0', 'to 5 %'],
      ['heat1', 'to 10 %'],
      ['heat2', 'to 15 %'],
      ['heat3', 'to 20 %'],
      ['heat4', 'to 30 %'],
      ['heat5', 'more'],
    ),
    html`<p class="sub">Worst: ${worstText}. Hours with fewer than ${data.groupMin} recipients are left blank.</p>`,
    evidence(
      [data.hours],
      table(
        'Share of recipients not reached, by hour and weekday',
        columns('#Hour', ...WEEKDAYS.map((day) => `#${day}`)),
        HOURS.map((hour) => [
          hour,
          ...WEEKDAYS.map((_, at) => {
            const cell = byPlace.get(`${at + 1} ${hour}`);
            return cell === undefined ? '' : shareText(cell.failedCount, cell.finishedCount);
          }),
        ]),
      ),
    ),
  );
}

/** The hour that fails most above the rest; null where there is none. */
function worstHour(cells: readonly WeekHour[]): WeekHour | null {
  const finished = cells.reduce((sum, cell) => sum + cell.finishedCount, 0);
  const failed = cells.reduce((sum, cell) => sum + cell.failedCount, 0);
  const excess = (cell: WeekHour) => cell.failedCount * finished - cell.finishedCount * failed;
  return cells.reduce<WeekHour | null>(
    (best, cell) => (best === null || excess(cell) > excess(best) ? cell : best),
    null,
  );
}

/** Which areas are not reached, those first that fail most above the account's own rate. */
export function areasSection(data: ReportPageData, flags: string): Html {
  const rows = data.areas.rows.filter(({ finishedCount }) => finishedCount >= data.groupMin);
  const about = {
    id: 'areas',
    title: 'Where they fail',
    note: `Areas by the first digits of the number called, most failures above the rest first, ${monthsText(data)}`,
  };
  if (rows.length === 0)
    return card(about, nothing(emptyText(data, 'No area has enough faxes to tell.')), evidence([data.areas], null));
  return card(
    about,
    table(
      'Areas that faxes do not reach',
      columns('Area', '#Recipients', '#Failed', '#Share', '#First attempt'),
      rows.map((area: Area) => [
        areaText(area.prefix),
        countText(area.finishedCount),
        countText(area.failedCount),
        shareText(area.failedCount, area.finishedCount),
        shareText(area.firstAttemptCount, area.finishedCount),
      ]),
    ),
    html`<h3>Which numbers to call</h3><p class="sub">Whole numbers of the last 90 days, so personal data; to call first: those with is_always_failing.</p>${commandLines(flags, 'export destinations --out destinations.csv')}`,
    evidence([data.areas], null),
  );
}

/** How long faxes take. */
export function speedSection(data: ReportPageData): Html {
  const about = {
    id: 'speed',
    title: 'How fast',
    note: 'Sent faxes from the request to the end: half were faster than p50, nineteen of twenty faster than p95',
  };
  const { rows } = data.speed;
  if (rows.length === 0)
    return card(about, nothing(emptyText(data, 'No fax has ended in these months.')), evidence([data.speed], null));
  return card(
    about,
    table(
      'Time to deliver',
      columns('Month', '#Faxes', '#p50', '#p90', '#p95', '#p99'),
      rows.map(({ month, status, faxCount, ...times }) => [
        `${monthName(month)}, ${status === 'failure' ? 'failed' : 'delivered'}`,
        countText(faxCount),
        ...[times.p50, times.p90, times.p95, times.p99].map(secondsText),
      ]),
    ),
    evidence([data.speed], null),
  );
}
