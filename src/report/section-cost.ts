import { dayIn } from '../domain/time.ts';
import { formatDollars } from '../domain/words.ts';
import type { TagCost } from '../warehouse/report-page-billing.ts';
import type { ReportPageData } from '../warehouse/report-page-data.ts';
import { stackedBars } from './chart.ts';
import { sumsBy, type TimeColumns } from './columns-of-time.ts';
import { daysOfUnseenCredits, emptyText } from './copy-begin.ts';
import { axisDollars, countText, maskedNumbers, shareText } from './figures.ts';
import { type Html, type HtmlValue, html, trusted } from './html.ts';
import { card, columns, evidence, figure, legend, nothing, table } from './parts.ts';
import { addDays, longDay, monthsText, rangeText } from './range.ts';

/** What was charged and credited each day. */
export function costSection(data: ReportPageData, time: TimeColumns): Html {
  const { rows } = data.billing;
  const about = {
    id: 'cost',
    title: 'What it cost',
    note: `By day of use: the price is taken when sending starts and credited for each recipient that was not reached${unseenCreditsText(data)}`,
  };
  if (rows.length === 0)
    return card(about, nothing(emptyText(data, 'Nothing was charged in these days.')), evidence([data.billing], null));
  const charged = sumsBy(time, rows, (day) => day.faxChargedCents);
  const rent = sumsBy(time, rows, (day) => day.rentChargedCents);
  const credited = sumsBy(time, rows, (day) => day.creditedCents);
  const of = {
    labels: time.columns.map(({ label }) => label),
    layers: [
      { ink: 'charged' as const, values: charged },
      { ink: 'rent' as const, values: rent },
      { ink: 'credited' as const, values: credited.map((cents) => -cents) },
    ],
    bands: [],
    format: axisDollars,
    leftWidth: 52,
  };
  const sums = [charged, rent, credited].map((cents) => cents.reduce((sum, each) => sum + each, 0));
  const [faxSum = 0, rentSum = 0, creditSum = 0] = sums;
  const name = `Bars by ${time.unit}: ${formatDollars(faxSum)} charged for faxes, ${formatDollars(rentSum)} for rent, ${formatDollars(creditSum)} credited back.`;
  return card(
    about,
    legend(['charged', 'charged for faxes'], ['rent', 'rent of numbers'], ['credited', 'credited back']),
    figure(name, {
      wide: stackedBars({ width: 660, height: 220 }, { ...of, labelsMax: 11 }),
      narrow: stackedBars({ width: 340, height: 190 }, { ...of, labelsMax: 5 }),
    }),
    evidence(
      [data.billing],
      table(
        `Charged and credited by ${time.unit}`,
        columns(time.unit === 'day' ? 'Day' : 'Week from', '#Faxes', '#Rent', '#Credited', '#Net'),
        time.columns.map(({ from }, at) => {
          const [faxes = 0, rents = 0, back = 0] = [charged[at], rent[at], credited[at]];
          return [longDay(from), ...[faxes, rents, back, faxes + rents - back].map(formatDollars)];
        }),
      ),
    ),
  );
}

/** That credits of the first days were never seen, where the range has such days. */
function unseenCreditsText(data: ReportPageData): string {
  const unseen = daysOfUnseenCredits(data);
  if (unseen === null) return '';
  return `. The account was first looked at on ${longDay(unseen.to)}: of faxes that were over by then only what they cost in the end is known, not what was credited`;
}

/** A bar in a table, as long as the figure's share of the greatest. */
function bar(value: number, greatest: number): Html {
  const percent = greatest <= 0 ? 0 : Math.max(0, Math.round((value * 100) / greatest));
  return trusted(`<span class="bar" style="width:${percent}%"></span>`);
}

/** Digits of any script from which on a text may be a telephone number. */
const NUMBER_DIGITS_MIN = 7;

/** True for a text that may be a telephone number or an address of mail. */
function isTelling(text: string): boolean {
  return text.includes('@') || (text.match(/\p{Nd}/gu)?.length ?? 0) >= NUMBER_DIGITS_MIN;
}

/**
 * Values of a group below the least, and those that may be a number or an address, are folded into the others, whatever the query gave. Where all of these together are
 * fewer than a group, the smallest values shown go with them: else their sum would be that of a few faxes. No row where no value is left, or the tag's own name may be a number.
 */
export function foldSmallGroups(rows: readonly TagCost[], groupMin: number): TagCost[] {
  if (rows.some(({ tagName }) => isTelling(tagName))) return [];
  const isGroup = (row: TagCost) =>
    row.shareKind === 'tag' && row.faxCount >= groupMin && !isTelling(row.tagValue ?? '');
  const groups = rows.filter(isGroup).sort((a, b) => b.faxCount - a.faxCount || b.costCents - a.costCents);
  const small = rows.filter((row) => row.shareKind === 'others' || (row.shareKind === 'tag' && !isGroup(row)));
  while (small.length > 0 && small.reduce((total, { faxCount }) => total + faxCount, 0) < groupMin) {
    const smallest = groups.pop();
    if (smallest === undefined) break;
    small.push(smallest);
  }
  const [first] = small;
  if (groups.length === 0) return [];
  if (first === undefined) return [...rows];
  const sum = (figure: (row: TagCost) => number) => small.reduce((total, row) => total + figure(row), 0);
  const others: TagCost = {
    tagName: first.tagName,
    shareKind: 'others',
    tagValue: null,
    valueCount: sum((row) => row.valueCount),
    faxCount: sum((row) => row.faxCount),
    pageCount: sum((row) => row.pageCount),
    costCents: sum((row) => row.costCents),
  };
  const shown = rows.filter(
    (row) => groups.includes(row) || ['untagged', 'received', 'shared'].includes(row.shareKind),
  );
  const at = shown.filter(({ shareKind }) => shareKind === 'tag').length;
  return [...shown.slice(0, at), others, ...shown.slice(at)];
}

function tagLabel({ shareKind, tagValue, tagName, valueCount }: TagCost): HtmlValue {
  if (shareKind === 'tag') return html`<span class="own">${tagValue ?? ''}</span>`;
  if (shareKind === 'others') return html`<span class="soft">others (${countText(valueCount)})</span>`;
  if (shareKind === 'untagged') return html`<span class="soft">without ${tagName}</span>`;
  if (shareKind === 'received') return html`<span class="soft">received faxes</span>`;
  return html`<span class="soft">rent of numbers</span>`;
}

/** Of which days and charges a total is, beside the tile that has others; `cents` where the table does not have it in one figure. */
function wholeMonths(data: ReportPageData, cents: number | null = null): Html {
  const makes = cents === null ? 'The total is' : `Faxes and rent make ${formatDollars(cents)},`;
  const text = hasWholeMonths(data)
    ? `${makes} after credits, as below “Billed” above.`
    : `${makes} after credits and of the whole of ${monthsText(data)}; “Billed” above is of ${rangeText(data, false)} only.`;
  return html`<p class="sub">${text}</p>`;
}

/** True where the days asked for are all days so far of the months they touch. */
function hasWholeMonths({ from, to, now, zone }: ReportPageData): boolean {
  const isToEnd = to >= dayIn(now, zone) || addDays(to, 1).endsWith('-01');
  return from.endsWith('-01') && isToEnd;
}

/** What each value of a tag cost. */
export function tagsSection(data: ReportPageData): Html {
  const rows = foldSmallGroups(data.tags.rows, data.groupMin);
  const tagName = rows[0]?.tagName ?? null;
  const about = {
    id: 'tags',
    title: tagName === null ? 'What each tag cost' : `What each ${tagName} cost`,
    note: `All charges, ${monthsText(data)}; values in fewer than ${data.groupMin} faxes, and what looks like a number or an address, are among the others`,
  };
  if (tagName === null)
    return card(
      about,
      nothing(emptyText(data, 'No tag has a value that enough faxes share.')),
      evidence([data.tags], null),
    );
  const greatest = Math.max(...rows.map(({ costCents }) => costCents));
  const total = rows.reduce((sum, { costCents }) => sum + costCents, 0);
  return card(
    about,
    table(
      `Cost by ${tagName}`,
      columns('Tag', '#Faxes', '#Cost', '#Share', 'Compared'),
      rows.map((row) => [
        tagLabel(row),
        row.shareKind === 'shared' ? '' : countText(row.faxCount),
        formatDollars(row.costCents),
        shareText(row.costCents, total),
        bar(row.costCents, greatest),
      ]),
      'bars',
      [
        'Total',
        countText(rows.reduce((sum, row) => sum + row.faxCount, 0)),
        formatDollars(total),
        shareText(total, total),
        '',
      ],
    ),
    wholeMonths(data),
    evidence([data.tags], null),
  );
}

/** What each of the account's own numbers cost; of a number the last two digits are shown. */
export function numbersCostSection(data: ReportPageData): Html {
  const about = {
    id: 'numbers-cost',
    title: 'What each own number cost',
    note: `Faxes and rent, ${monthsText(data)}; numbers by their last two digits`,
  };
  const { rows } = data.numbers;
  if (rows.length === 0)
    return card(
      about,
      nothing(emptyText(data, 'Nothing was charged in these months.')),
      evidence([data.numbers], null),
    );
  const cost = (row: (typeof rows)[number]) => row.faxCents + row.rentCents;
  const sum = (figure: typeof cost) => rows.reduce((total, row) => total + figure(row), 0);
  const greatest = Math.max(...rows.map(cost));
  const shown = rows.filter(({ kind, ending }) => kind === 'number' && ending !== null);
  const masked = maskedNumbers(shown.map(({ ending }) => ending ?? ''));
  const names = new Map(shown.map((row, at) => [row, masked[at] ?? null]));
  return card(
    about,
    table(
      'Cost by own number',
      columns('Number', '#Faxes', '#For faxes', '#Rent', 'Compared'),
      rows.map((row) => [
        names.get(row) ??
          html`<span class="soft">${row.kind === 'others' ? `${countText(row.numberCount)} others` : 'number not said'}</span>`,
        countText(row.faxCount),
        formatDollars(row.faxCents),
        formatDollars(row.rentCents),
        bar(cost(row), greatest),
      ]),
      'bars',
      [
        'Total',
        countText(sum((row) => row.faxCount)),
        formatDollars(sum((row) => row.faxCents)),
        formatDollars(sum((row) => row.rentCents)),
        '',
      ],
    ),
    wholeMonths(data, sum(cost)),
    evidence([data.numbers], null),
  );
}
