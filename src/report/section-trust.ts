import { counted, formatDollars } from '../domain/words.ts';
import type { ReportPageData } from '../warehouse/report-page-data.ts';
import type { BillMonth } from '../warehouse/report-page-trust.ts';
import { countText, shareText, spanText } from './figures.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { card, columns, evidence, facts, nothing, table } from './parts.ts';
import { longDay, momentText, monthName } from './range.ts';

const VERDICTS: Readonly<Record<string, string>> = {
  agrees: 'agrees',
  differs: 'differs',
  not_tied_out: 'not tied out',
  not_checked: 'not checked',
};

/** What all months together came to. */
export interface BillSum {
  readonly unexplainedCents: number;
  readonly owedCents: number;
  readonly openErrorCount: number;
  readonly testedCount: number;
  readonly matchedCount: number;
  /** The worst of the months: differs, not_checked, not_tied_out, agrees; null where no month was reconciled. */
  readonly verdict: string | null;
}

/** Adds up the months of the bill. */
export function sumBill(months: readonly BillMonth[]): BillSum {
  const sum = (figure: (month: BillMonth) => number) => months.reduce((total, month) => total + figure(month), 0);
  const verdicts = ['differs', 'not_checked', 'not_tied_out', 'agrees'];
  return {
    unexplainedCents: sum((month) => month.unexplainedCents),
    owedCents: sum((month) => month.owedCents),
    openErrorCount: sum((month) => month.openErrorCount),
    testedCount: sum((month) => month.testedCount),
    matchedCount: sum((month) => month.matchedCount),
    verdict: verdicts.find((verdict) => months.some((month) => month.verdict === verdict)) ?? null,
  };
}

function verdictText({ verdict, unexplainedCents, owedCents, openErrorCount }: BillSum): Html {
  if (verdict === 'differs') {
    const owed = owedCents === 0 ? '' : `; ${formatDollars(owedCents)} is owed to you`;
    return html`<p class="verdict bad">No: ${formatDollars(unexplainedCents)} stands unexplained in ${counted(openErrorCount, 'item')}${owed}.</p>`;
  }
  if (verdict === 'agrees')
    return html`<p class="verdict good">Yes: every charge is explained, and the money agrees with the provider’s.</p>`;
  if (verdict === 'not_tied_out') {
    return html`<p class="verdict">Nothing differs. Neither balance nor invoice of every month could be held against it.</p>`;
  }
  return html`<p class="verdict">Not every month was checked yet: run “faxsync reconcile”.</p>`;
}

/** Whether the bill agrees, month by month. */
export function billSection(data: ReportPageData): Html {
  const { rows } = data.bill;
  const about = {
    id: 'bill',
    title: 'Does the bill agree?',
    note: 'Every charge held against its price, the balance and invoices',
  };
  if (rows.length === 0) {
    return card(
      about,
      nothing('These months were never reconciled. Run “faxsync reconcile”.'),
      evidence([data.bill], null),
    );
  }
  const sum = sumBill(rows);
  return card(
    about,
    verdictText(sum),
    table(
      'The bill by month',
      columns('Month', '#Warehouse', '#Agrees', '#Unexplained', '#Owed'),
      rows.map((month) => [
        html`${monthName(month.month)}<br><small>${VERDICTS[month.verdict] ?? month.verdict}, ${month.state}</small>`,
        formatDollars(month.warehouseCents),
        shareText(month.matchedCount, month.testedCount),
        month.unexplainedCents === 0
          ? formatDollars(0)
          : html`<b class="bad">${formatDollars(month.unexplainedCents)}</b>`,
        formatDollars(month.owedCents),
      ]),
    ),
    html`<p class="sub">${heldAgainst(rows)}${daysText(data)}</p>`,
    evidence([data.bill, data.billDays], daysTable(data)),
  );
}

function heldAgainst(months: readonly BillMonth[]): string {
  const tested = months.reduce((sum, month) => sum + month.testedCount, 0);
  return `“Agrees” is the share of ${counted(tested, 'fax', 'faxes')} whose cost is what their price says.`;
}

/** Days by what the balance says of them; nothing where it was held against none. */
function daysText({ billDays: { rows } }: ReportPageData): string {
  const of = (state: string) => rows.filter((day) => day.state === state).length;
  const [agrees, explained, differs, untested] = [of('agrees'), of('explained'), of('differs'), of('not_testable')];
  if (agrees + explained + differs === 0) return ' The balance could not be held against any of these days.';
  const parts = [
    `${countText(agrees)} agree`,
    ...(explained > 0 ? [`${countText(explained)} are explained`] : []),
    `${countText(differs)} differ`,
    ...(untested > 0 ? [`${countText(untested)} could not be tested`] : []),
  ];
  return ` Day by day against the balance: ${parts.join(', ')}.`;
}

/** Only the days that could be tested: a long history before first contact says nothing. */
function daysTable({ billDays: { rows } }: ReportPageData): Html | null {
  const tested = rows.filter(({ state }) => state !== 'not_testable');
  if (tested.length === 0) return null;
  const cents = (value: number | null) => (value === null ? '–' : formatDollars(value));
  return table(
    'The bill by day, where it could be tested',
    columns('Day', '#Provider', '#Warehouse', '#Difference', 'State'),
    tested.map(({ day, state, providerCents, warehouseCents, differenceCents }) => [
      longDay(day),
      cents(providerCents),
      cents(warehouseCents),
      cents(differenceCents),
      state,
    ]),
  );
}

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
    ['Last check of the bill', lastRunText(bill.rows, zone)],
  ];
  for (const { measure, count, dayCount, isAlarm, advice } of quality.rows) {
    const days = dayCount === null ? '' : ` in ${counted(dayCount, 'day')}`;
    if (!isAlarm) continue;
    rows.push([
      MEASURES[measure] ?? measure.replaceAll('_', ' '),
      html`<b class="bad">${countText(count)}</b>${days}. ${advice}`,
    ]);
  }
  const calm = quality.rows.filter(({ isAlarm, count }) => !isAlarm && count > 0);
  const seen = calm.map(
    ({ measure, count }) => `${countText(count)} ${MEASURES[measure] ?? measure.replaceAll('_', ' ')}`,
  );
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
export function askSection(): Html {
  const about = {
    id: 'ask',
    title: 'Ask your own question',
    note: 'The same views are open to a reader of the database; each says what it has',
  };
  const lines = `npm run -s faxsync -- sql
npm run -s faxsync -- export billing_by_day --out billing.csv`;
  return html`<div class="ask">${card(about, html`<p>Every section holds the query behind it under “SQL”: one click selects it, psql runs it as it is.</p><pre>${lines}</pre>`)}</div>`;
}
