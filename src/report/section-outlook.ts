import { counted, formatDollars } from '../domain/words.ts';
import type { ReportPageData } from '../warehouse/report-page-data.ts';
import type { MonthForecast } from '../warehouse/report-page-outlook.ts';
import { countText } from './figures.ts';
import { type Html, html } from './html.ts';
import { card, columns, evidence, type Fact, facts, nothing, table } from './parts.ts';
import { longDay, momentText, monthName } from './range.ts';
import { silenceWithoutUse } from './silence.ts';

/** What the current month will cost, and how long the balance lasts. */
export function outlookSection(data: ReportPageData): Html {
  const about = { id: 'outlook', title: 'What comes next', note: 'From the pace of the last weeks' };
  const rows = [...monthFacts(data), ...balanceFacts(data)];
  const body = rows.length === 0 ? nothing('Neither charges nor a balance are known yet.') : facts(rows);
  return card(about, body, evidence([data.forecast, data.balance], null));
}

/** Days that are held against those before. */
const RECENT_DAYS = 14;

/** With recent days this many times busier than those before, or quieter, a mean of both foresees nothing. */
const UNLIKE_FROM = 2;

function isUnlike({ recentFaxCount, earlierFaxCount, earlierDayCount }: MonthForecast): boolean {
  if (earlierDayCount < RECENT_DAYS) return false;
  const [recent, earlier] = [recentFaxCount * earlierDayCount, earlierFaxCount * RECENT_DAYS];
  return recent > earlier * UNLIKE_FROM || earlier > recent * UNLIKE_FROM;
}

/** True where the last two weeks were so unlike the days before that no mean of both foresees anything, neither the month nor the end of the balance. */
export function isPaceUnlike({ forecast }: ReportPageData): boolean {
  return forecast.rows.some(isUnlike);
}

/** Why the month is not foreseen; null where it is. A mean of weekdays is of use only while days stay as they were. */
function unforeseen(month: MonthForecast): string | null {
  const { expectedCents, recentFaxCount, earlierFaxCount, earlierDayCount } = month;
  if (expectedCents === null) return 'fewer than 14 days are known';
  if (!isUnlike(month)) return null;
  const perDay = (faxes: number, days: number) => countText(Math.round(faxes / days));
  return `the last two weeks had ${perDay(recentFaxCount, RECENT_DAYS)} faxes a day, the days before ${perDay(earlierFaxCount, earlierDayCount)}. The mean of all of them, which report.month_forecast has, makes ${formatDollars(expectedCents)}`;
}

function monthFacts({ forecast }: ReportPageData): Fact[] {
  const [month] = forecast.rows;
  if (month === undefined) return [];
  const { expectedCents, lowCents, highCents } = month;
  const reason = unforeseen(month);
  const between =
    lowCents === null || highCents === null
      ? ''
      : `, likely between ${formatDollars(lowCents)} and ${formatDollars(highCents)}`;
  return [
    [`${monthName(month.month)} so far`, formatDollars(month.soFarCents)],
    [
      `${monthName(month.month)} in all`,
      expectedCents === null || reason !== null
        ? html`<span class="soft">not foreseen: ${reason}</span>`
        : html`<b>${formatDollars(expectedCents)}</b>${between}`,
    ],
  ];
}

function balanceFacts(data: ReportPageData): Fact[] {
  const { balance, zone } = data;
  const [now] = balance.rows;
  if (now === undefined) return [];
  const { balanceCents, seenAt, dailySpendCents, daysUntilEmpty, emptyDate, isLow } = now;
  const isUncertain = isPaceUnlike(data) && dailySpendCents !== null;
  const lasts = isUncertain
    ? html`<span class="soft">not foreseen: the last two weeks were unlike the days before</span>`
    : daysUntilEmpty === null || emptyDate === null
      ? html`<span class="soft">not foreseen: nothing is spent, or not enough days are known</span>`
      : html`<b${isLow ? html` class="bad"` : null}>${counted(daysUntilEmpty, 'day')}</b>, until ${longDay(emptyDate)}, without a recharge`;
  return [
    [
      'Prepaid balance',
      html`<b>${formatDollars(balanceCents)}</b>${seenAt === null ? null : html` <small>seen ${momentText(seenAt, zone)}</small>`}`,
    ],
    [
      'Spent a day',
      dailySpendCents === null
        ? html`<span class="soft">not known</span>`
        : isUncertain
          ? html`<span class="soft">${formatDollars(dailySpendCents)} in the mean of the last 28 days, of which some were unlike the others</span>`
          : formatDollars(dailySpendCents),
    ],
    ['Lasts for', lasts],
  ];
}

const STATUSES: Readonly<Record<string, string>> = {
  active: 'active',
  porting: 'being brought',
  ported: 'brought, not yet in the list',
  released: 'given back',
  port_gone: 'port withdrawn',
  port_failed: 'port failed',
};

const FINDINGS: Readonly<Record<string, string>> = {
  idle: 'unused for 30 days or more',
  billed_after_release: 'billed after they were given back',
  not_in_inventory: 'used, but in no list',
};

function centsOrDash(cents: number | null): string {
  return cents === null ? '–' : formatDollars(cents);
}

/** Which numbers the account has, and which of them cost for nothing. Counts only. */
export function numbersSection(data: ReportPageData): Html {
  const { held, numberFindings } = data;
  const about = { id: 'numbers', title: 'Own numbers', note: 'As they are now, with rent a month' };
  const body =
    held.rows.length === 0
      ? nothing('No number is known.')
      : table(
          'Own numbers by state',
          columns('State', '#Numbers', '#Rent a month'),
          held.rows.map(({ status, numberCount, monthlyRentCents }) => [
            STATUSES[status] ?? status.replaceAll('_', ' '),
            countText(numberCount),
            centsOrDash(monthlyRentCents),
          ]),
        );
  const silentSince = silenceWithoutUse(data);
  const findings =
    numberFindings.rows.length === 0
      ? html`<p class="none">No number is idle, billed after it was given back, or missing in the list.</p>`
      : html`<h3>To look at</h3>${silentSince === null ? null : html`<p class="sub">The whole account has been silent since ${longDay(silentSince)}: that a number is unused since then does not make it spare.</p>`}${table(
          'Numbers to look at',
          columns('Finding', '#Numbers', '#Rent a month', '#Paid in vain'),
          numberFindings.rows.map(({ finding, numberCount, monthlyRentCents, wastedCents }) => [
            FINDINGS[finding] ?? finding.replaceAll('_', ' '),
            countText(numberCount),
            centsOrDash(monthlyRentCents),
            centsOrDash(finding === 'idle' && silentSince !== null ? null : wastedCents),
          ]),
        )}`;
  return card(about, body, findings, evidence([held, numberFindings], null));
}
