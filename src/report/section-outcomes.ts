import type { ReportPageData } from '../warehouse/report-page-data.ts';
import { rankedBars, stackedBars } from './chart.ts';
import { columnsTouched, sumsBy, type TimeColumns } from './columns-of-time.ts';
import { copyBegins, emptyText, isPartlyBeforeCopy } from './copy-begin.ts';
import { className, countText, shareText } from './figures.ts';
import { type Html, html } from './html.ts';
import type { Incident } from './incidents.ts';
import { card, columns, evidence, figure, legend, nothing, table } from './parts.ts';
import { longDay, rangeText } from './range.ts';

const WIDE = { width: 660, height: 250 };
const NARROW = { width: 340, height: 210 };

/** What happened to each day's faxes, with the days shaded on which unusually many failed. */
export function outcomesSection(data: ReportPageData, time: TimeColumns, incidents: readonly Incident[]): Html {
  const { rows } = data.outcomes;
  const about = {
    id: 'outcomes',
    title: time.unit === 'day' ? 'What happened to each day’s faxes' : 'What happened to each week’s faxes',
    note: `By day of creation, sent and received${isPartlyBeforeCopy(data) ? `; the copy begins on ${longDay(copyBegins(data) ?? '')}, of days before nothing is known` : ''}`,
  };
  if (rows.length === 0)
    return card(
      about,
      nothing(emptyText(data, 'No fax was sent or received in these days.')),
      evidence([data.outcomes, data.lastFaxDay, data.copyBegin], null),
    );
  const success = sumsBy(time, rows, (day) => day.successCount);
  const partial = sumsBy(time, rows, (day) => day.partialCount);
  const failure = sumsBy(time, rows, (day) => day.failureCount);
  const other = sumsBy(time, rows, (day) => day.otherCount);
  const hasOther = other.some((count) => count > 0);
  const bands = incidents.flatMap((incident) => columnsTouched(time, incident) ?? []);
  const of = {
    labels: time.columns.map(({ label }) => label),
    layers: [
      { ink: 'success' as const, values: success },
      { ink: 'partial' as const, values: partial },
      { ink: 'failure' as const, values: failure },
      ...(hasOther ? [{ ink: 'other' as const, values: other }] : []),
    ],
    bands,
    format: countText,
    leftWidth: 44,
  };
  const total = rows.reduce((sum, day) => sum + day.faxCount, 0);
  const failed = failure.reduce((sum, count) => sum + count, 0);
  const shaded = incidents.map((incident) => rangeText(incident, false)).join(', ');
  const name = `Bars by ${time.unit}: ${countText(total)} faxes, of which ${countText(failed)} failed.${shaded === '' ? '' : ` Shaded, with unusually many failures: ${shaded}.`}`;
  return card(
    about,
    legend(
      ['success', 'delivered'],
      ['partial', 'in part'],
      ['failure', 'failed'],
      ...(hasOther ? [['other', 'under way or unknown'] as const] : []),
      ...(bands.length > 0 ? [['incident', 'unusually many failures'] as const] : []),
    ),
    figure(name, {
      wide: stackedBars(WIDE, { ...of, labelsMax: 11 }),
      narrow: stackedBars(NARROW, { ...of, labelsMax: 5 }),
    }),
    evidence(
      [
        data.outcomes,
        data.daysBefore,
        data.lastFaxDay,
        data.copyBegin,
        data.failureDays,
        ...(data.incidentAreas === null ? [] : [data.incidentAreas]),
      ],
      table(
        `Faxes by ${time.unit} and outcome`,
        columns(time.unit === 'day' ? 'Day' : 'Week from', '#Delivered', '#In part', '#Failed', '#Other'),
        time.columns.map(({ from }, at) => [
          longDay(from),
          ...[success, partial, failure, other].map((counts) => countText(counts[at] ?? 0)),
        ]),
      ),
    ),
  );
}

/** Why faxes fail: classes of errors, the most frequent first, with what to do. */
export function failuresSection(data: ReportPageData): Html {
  const about = {
    id: 'failures',
    title: 'Why faxes fail',
    note: 'Recipients not reached and faxes not received, by cause',
  };
  const classes = failuresByClass(data);
  const total = classes.reduce((sum, { count }) => sum + count, 0);
  if (total === 0)
    return card(about, nothing(emptyText(data, 'Nothing failed in these days.')), evidence([data.failures], null));
  const rows = classes.map(({ errorClass, count }) => ({
    label: className(errorClass),
    value: count,
    text: `${countText(count)} · ${shareText(count, total).replace('.0 %', ' %')}`,
  }));
  const size = (width: number) => ({ width, height: 10 + rows.length * 25 });
  const leading = classes[0];
  return card(
    about,
    figure(`Bars by cause: ${rows.map(({ label, text }) => `${label} ${text}`).join('; ')}.`, {
      wide: rankedBars(size(660), { rows, ink: 'failure', leftWidth: 132 }),
      narrow: rankedBars(size(330), { rows, ink: 'failure', leftWidth: 124 }),
    }),
    html`<h3>What to do</h3>`,
    table(
      'What to do about each cause of failures',
      columns('Cause, and what is said most often', 'Advice'),
      classes.map(({ errorClass, top }) => [
        html`${className(errorClass)}<br><small>${top.message ?? 'an error that nobody has described'}</small>`,
        top.advice,
      ]),
      'halves',
    ),
    evidence(
      [data.failures],
      table(
        `All causes; ${leading === undefined ? '' : className(leading.errorClass)} leads`,
        columns('Cause', 'The provider’s words', '#Failures', '#Share'),
        data.failures.rows.map(({ errorClass, message, failureCount }) => [
          className(errorClass),
          message ?? 'not described',
          countText(failureCount),
          shareText(failureCount, total),
        ]),
      ),
    ),
  );
}

/** Failures of one class with its most frequent cause. */
export interface ClassOfFailures {
  readonly errorClass: string;
  readonly count: number;
  readonly top: { readonly message: string | null; readonly advice: string };
}

/** Classes of errors, the most frequent first. */
export function failuresByClass({ failures }: ReportPageData): ClassOfFailures[] {
  const classes = new Map<string, ClassOfFailures>();
  // Rows come with the most frequent first, so the first of a class is its top.
  for (const { errorClass, message, advice, failureCount } of failures.rows) {
    const before = classes.get(errorClass);
    classes.set(errorClass, {
      errorClass,
      count: (before?.count ?? 0) + failureCount,
      top: before?.top ?? { message, advice },
    });
  }
  return [...classes.values()].sort((a, b) => b.count - a.count || (a.errorClass < b.errorClass ? -1 : 1));
}
