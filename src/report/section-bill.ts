import { counted, formatDollars } from '../domain/words.ts';
import { CHECKS } from '../warehouse/recon/registry.ts';
import type { ReportPageData } from '../warehouse/report-page-data.ts';
import type { BillMonth } from '../warehouse/report-page-trust.ts';
import { type BillSum, MOODS, openItems, signsText, sumBill, unexplainedText } from './bill-sum.ts';
import { emptyText } from './copy-begin.ts';
import { countText, shareText } from './figures.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { card, columns, commandLines, evidence, nothing, quotedCommand, table } from './parts.ts';
import { longDay, momentText, monthName, rangeText } from './range.ts';

const WORDS: Readonly<Record<string, string>> = {
  agrees: 'agrees',
  differs: 'differs',
  incomplete: 'incomplete',
  outdated: 'changed since the last check',
  not_tied_out: 'not tied out',
  not_checked: 'not checked',
};

/** Most months that are named in a sentence. */
const MONTHS_NAMED_MAX = 3;

/** Months by their names, no more than a few: `Jul 2026, Aug 2026 and 4 more`. */
export function monthsNamed(months: readonly string[]): string {
  const names = months.slice(0, MONTHS_NAMED_MAX).map(monthName).join(', ');
  return months.length > MONTHS_NAMED_MAX ? `${names} and ${months.length - MONTHS_NAMED_MAX} more` : names;
}

function uncheckedText({ unchecked, months }: BillSum): string {
  return `${countText(unchecked.length)} of ${counted(months.length, 'month')} ${unchecked.length === 1 ? 'was' : 'were'} never checked (${monthsNamed(unchecked)})`;
}

/** What other money stands now than the last runs saw, by month. */
function outdatedText({ outdated }: BillSum): string {
  const changed = outdated
    .slice(0, MONTHS_NAMED_MAX)
    .map(
      ({ month, runCents, warehouseCents }) =>
        `${monthName(month)} came to ${formatDollars(runCents ?? 0)} then and to ${formatDollars(warehouseCents)} now`,
    );
  return changed.join(', ');
}

/** What is said besides of months that hide behind a worse one. */
function besides(sum: BillSum): string | null {
  const { verdict, unchecked, outdated } = sum;
  const said = [
    ...(unchecked.length > 0 && verdict !== 'not_checked' ? [uncheckedText(sum)] : []),
    ...(outdated.length > 0 && verdict !== 'outdated' ? [`since the last check ${outdatedText(sum)}`] : []),
  ];
  return said.length === 0 ? null : `Besides: ${said.join('; ')}.`;
}

function verdictText(sum: BillSum, data: ReportPageData, flags: string): string {
  const { verdict } = sum;
  const reconcile = `Run ${quotedCommand(flags, 'reconcile')}.`;
  const open = unexplainedText(openItems(data).unexplained);
  if (verdict === 'differs') return `No: ${open ?? 'something differs'}.`;
  if (verdict === 'incomplete') return `Not known: ${open ?? 'something is missing'}.`;
  if (verdict === 'agrees') return 'Yes: every charge is explained, and the money agrees with the provider’s.';
  if (verdict === 'not_tied_out')
    return 'Nothing differs, but neither balance nor invoice of every month could be held against it.';
  if (verdict === 'outdated') return `Nothing differed, but charges changed since: ${outdatedText(sum)}. ${reconcile}`;
  return `Not known: ${uncheckedText(sum)}. ${reconcile}`;
}

/** Whether the bill agrees, month by month. */
export function billSection(data: ReportPageData, flags: string): Html {
  const { rows } = data.bill;
  const about = {
    id: 'bill',
    title: 'Does the bill agree?',
    note: 'Every charge held against its price, the balance and invoices',
  };
  if (rows.length === 0) {
    return card(
      about,
      nothing(
        sumBill(data).months.length === 0
          ? emptyText(data, 'None of these months has begun.')
          : `These months were never reconciled. Run ${quotedCommand(flags, 'reconcile')}.`,
      ),
      evidence([data.bill], null),
    );
  }
  const sum = sumBill(data);
  const asOf = sum.asOf === null ? null : html` <small>as of ${momentText(sum.asOf, data.zone)}</small>`;
  const more = besides(sum);
  return card(
    about,
    html`<p class="verdict ${MOODS[sum.verdict]}">${verdictText(sum, data, flags)}${asOf}</p>`,
    sentence(signsText(openItems(data))),
    sentence(more),
    table(
      'The bill by month',
      columns('Month', '#Warehouse', '#Agrees', '#Unexplained', '#Owed'),
      rows.map((month) => [
        html`${monthName(month.month)}<br><small>${WORDS[month.verdict] ?? month.verdict}, ${month.state}</small>`,
        formatDollars(month.warehouseCents),
        shareText(month.matchedCount, month.testedCount),
        unexplainedCell(month),
        formatDollars(month.owedCents),
      ]),
      '',
      rows.length < 2
        ? null
        : [
            'Total',
            formatDollars(rows.reduce((total, month) => total + month.warehouseCents, 0)),
            shareText(sum.matchedCount, sum.testedCount),
            sum.unexplainedCents === 0 && sum.unexplainedCount > 0 ? 'not known' : formatDollars(sum.unexplainedCents),
            formatDollars(sum.owedCents),
          ],
    ),
    reasonsText(data),
    nextSteps(data, flags),
    html`<p class="sub">${columnsText(data)}${daysText(data)}</p>`,
    evidence([data.bill, data.billItems, data.billDays], figures(data)),
  );
}

function unexplainedCell({ openErrorCount, unexplainedCents }: BillMonth): HtmlValue {
  if (openErrorCount === 0) return formatDollars(unexplainedCents);
  const items = html`<br><small>${counted(openErrorCount, 'item')}</small>`;
  return unexplainedCents === 0
    ? html`<span class="warn">amount<br>not known</span>${items}`
    : html`<b class="bad">${formatDollars(unexplainedCents)}</b>${items}`;
}

function sentence(text: string | null): Html | null {
  return text === null ? null : html`<p class="sub">${text}</p>`;
}

/** What to do about what stands or is owed; nothing where nothing is. */
function nextSteps(data: ReportPageData, flags: string): Html | null {
  const { unexplained, others } = openItems(data);
  const owed = unexplained.owedCents + others.owedCents;
  if (unexplained.itemCount === 0 && owed === 0) return null;
  const isSettling = data.bill.rows.some(({ verdict, state }) => verdict === 'differs' && state === 'settling');
  const wait = isSettling ? ' While a month is settling, credits may still come by themselves.' : '';
  const steps =
    owed === 0
      ? (['What stands, row by row, to be explained or disputed.', ['items']] as const)
      : ([
          'What the provider owes, row by row, and all that stands, to be explained or disputed.',
          ['items --owed', 'items'],
        ] as const);
  return html`<h3>What to do</h3><p class="sub">${steps[0]}${wait}</p>${commandLines(flags, ...steps[1])}`;
}

/** Why each month differs, by the reasons of its items: also where no amount is known. */
function reasonsText({ bill, billItems }: ReportPageData): Html | null {
  const months = bill.rows.flatMap(({ month }) => {
    const why = billItems.rows
      .filter((row) => row.month === month && row.isUnexplained)
      .map(({ itemCount, reason }) => `${countText(itemCount)} ${reason.replaceAll('_', ' ')}`);
    return why.length === 0 ? [] : [`${monthName(month)}: ${why.join(', ')}`];
  });
  return months.length === 0 ? null : html`<p class="sub">What stands: ${months.join('; ')}.</p>`;
}

function columnsText(data: ReportPageData): string {
  const months = data.bill.rows;
  const tested = months.reduce((sum, month) => sum + month.testedCount, 0);
  const owed = months.some(({ owedCents }) => owedCents > 0) ? ' What open items owe is a part of that.' : '';
  const total =
    months.length < 2
      ? ''
      : `The total is of whole months, after credits; “Billed” above is of ${rangeText(data, false)}, before them. `;
  return `${total}“Agrees” is the share of ${counted(tested, 'fax', 'faxes')} whose cost is what their price says; “unexplained” adds amounts without their sign.${owed}`;
}

/** Days by what the balance says of them; nothing where it was held against none. */
function daysText({ billDays: { rows } }: ReportPageData): string {
  const of = (state: string) => rows.filter((day) => day.state === state).length;
  const [agrees, explained, differs] = [of('agrees'), of('explained'), of('differs')];
  const covered = rows.filter(({ state, reason }) => state === 'not_testable' && reason === 'with_next_day').length;
  const untested = of('not_testable') - covered;
  if (agrees + explained + differs === 0) return ' The balance could not be held against any of these days.';
  const parts = [
    `${countText(agrees)} agree`,
    ...(explained > 0 ? [`${countText(explained)} are explained`] : []),
    ...(covered > 0
      ? [`${countText(covered)} ${covered === 1 ? 'is' : 'are'} part of the day after, without a look between`]
      : []),
    `${countText(differs)} differ`,
    ...(untested > 0 ? [`${countText(untested)} could not be tested`] : []),
  ];
  return ` Day by day against the balance: ${parts.join(', ')}.`;
}

function figures(data: ReportPageData): Html | null {
  const [items, days] = [itemsTable(data), daysTable(data)];
  return items === null && days === null ? null : html`${items}${days}`;
}

const CHECK_NAMES: ReadonlyMap<string, string> = new Map(CHECKS.map(({ id, name }) => [id, name]));

function itemsTable({ billItems: { rows } }: ReportPageData): Html | null {
  if (rows.length === 0) return null;
  return table(
    'What stands unexplained or owed',
    columns('Month', 'Check', 'Reason', '#Items', '#Too much', '#Too little', '#Owed'),
    rows.map(({ month, checkId, reason, isUnexplained, itemCount, overCents, underCents, owedCents }) => [
      monthName(month),
      `${checkId} ${(CHECK_NAMES.get(checkId) ?? '').replaceAll('_', ' ')}`,
      `${reason.replaceAll('_', ' ')}${isUnexplained ? '' : ' (owed)'}`,
      countText(itemCount),
      ...[overCents, underCents, owedCents].map(formatDollars),
    ]),
  );
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
