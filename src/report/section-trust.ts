import { counted } from '../domain/words.ts';
import type { ReportPageData } from '../warehouse/report-page-data.ts';
import type { BillMonth } from '../warehouse/report-page-trust.ts';
import { countText, spanText } from './figures.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { card, columns, commandLines, evidence, facts, table } from './parts.ts';
import { momentText } from './range.ts';

const MEASURES: Readonly<Record<string, string>> = {
  records_set_aside: 'records set aside',
  values_set_aside: 'values set aside',
  unknown_statuses: 'faxes with an unknown status',
  unknown_fields: 'unknown fields',
  unknown_words: 'unknown words',
  faxes_gone_at_source: 'faxes gone at the source',
  faxes_without_time: 'faxes without a time',
  faxes_without_cost: 'faxes without a cost',
  faxes_without_direction: 'faxes without a direction',
  listings_incomplete: 'incomplete listings',
  callbacks_loaded: 'callbacks used',
  callbacks_late: 'callbacks late',
  callbacks_without_news: 'callbacks without news',
  ends_told_by_callback: 'ends first told by a callback',
  ends_told_by_polling: 'ends first seen by polling',
};

/** A measure of quality in words that follow a count. */
export function measureText(measure: string): string {
  return MEASURES[measure] ?? measure.replaceAll('_', ' ');
}

/** How fresh and how sound what stands on the page is. */
export function trustSection(data: ReportPageData): Html {
  const { freshness, quality, bill, zone } = data;
  const about = {
    id: 'trust',
    title: 'Can you trust this page?',
    note: 'How fresh and how whole the copy of the account is',
  };
  const rows: Array<readonly [string, HtmlValue]> = [
    ['Behind the provider', behindText(data)],
    ['Lists read', listsText(data)],
    ['Bill last checked as of', lastRunText(bill.rows, zone)],
  ];
  for (const { measure, count, dayCount, isAlarm, advice } of quality.rows) {
    const days = dayCount === null ? '' : ` in ${counted(dayCount, 'day')}`;
    if (!isAlarm) continue;
    rows.push([measureText(measure), html`<b class="bad">${countText(count)}</b>${days}. ${advice}`]);
  }
  const calm = quality.rows.filter(({ isAlarm, count }) => !isAlarm && count > 0);
  const seen = calm.map(({ measure, count }) => `${countText(count)} ${measureText(measure)}`);
  rows.push(['Also seen', seen.length === 0 ? 'nothing that is not as it should be' : seen.join(', ')]);
  return card(
    about,
    facts(rows),
    evidence(
      [freshness, quality],
      table(
        'Lists by when they were last read',
        columns('List', 'Last complete look', '#Age', 'Last one complete'),
        freshness.rows.map(({ stream, lastLookAt, ageMinutes, isLastComplete }) => [
          stream.replaceAll('_', ' '),
          lastLookAt === null ? 'never' : momentText(lastLookAt, zone),
          ageMinutes === null ? '–' : spanText(ageMinutes),
          isLastComplete ? 'yes' : 'no',
        ]),
      ),
    ),
  );
}

/** How far behind the provider the account is; null where that is not known. */
export function behindMinutes({ freshness }: ReportPageData): number | null {
  return freshness.rows.find(({ behindMinutes: minutes }) => minutes !== null)?.behindMinutes ?? null;
}

function behindText(data: ReportPageData): HtmlValue {
  const minutes = behindMinutes(data);
  return minutes === null ? html`<b class="bad">the faxes were never listed</b>` : spanText(minutes);
}

function listsText({ freshness: { rows } }: ReportPageData): string {
  const incomplete = rows
    .filter(({ isLastComplete }) => !isLastComplete)
    .map(({ stream }) => stream.replaceAll('_', ' '));
  if (rows.length === 0) return 'none yet';
  const oldest = Math.max(...rows.map(({ ageMinutes }) => ageMinutes ?? 0));
  const all = `${counted(rows.length, 'list')}, the oldest look ${spanText(oldest)} ago`;
  return incomplete.length === 0 ? all : `${all}; the last look was incomplete of ${incomplete.join(', ')}`;
}

function lastRunText(months: readonly BillMonth[], zone: string): string {
  const times = months.flatMap(({ lastRunAt }) => (lastRunAt === null ? [] : [lastRunAt]));
  return times.length === 0 ? 'none of these months' : momentText(Math.max(...times), zone);
}

/** How to ask more. */
export function askSection(flags: string): Html {
  const about = {
    id: 'ask',
    title: 'Ask your own question',
    note: 'The same views are open to a reader of the database; each says what it has',
  };
  const lines = commandLines(flags, 'sql', 'export billing_by_day --out billing.csv');
  return html`<div class="ask">${card(about, html`<p>Every section holds the query behind it under “SQL”: one click selects it, psql runs it as it is.</p>${lines}`)}</div>`;
}
