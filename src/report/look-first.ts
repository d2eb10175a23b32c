import { counted, formatDollars } from '../domain/words.ts';
import type { ReportPageData } from '../warehouse/report-page-data.ts';
import { areaText, className, countText, roundShare, spanText } from './figures.ts';
import { type Html, html } from './html.ts';
import type { Incident } from './incidents.ts';
import { longDay, rangeText, shortDay } from './range.ts';
import { behindMinutes, sumBill } from './section-trust.ts';

/** A sentence that somebody should read first. */
interface Finding {
  /** The section that shows more, and the words of the link to it. */
  readonly section: string;
  readonly link: string;
  readonly isBad: boolean;
  readonly text: string;
}

/** Most sentences that are said. */
const FINDINGS_MAX = 3;

/** So far behind, the rest of the page is about the past. */
const BEHIND_MAX_MINUTES = 180;

/** The most that stands out, in at most three sentences, the gravest first; or that nothing does. */
export function lookFirst(data: ReportPageData, incidents: readonly Incident[]): Html {
  const findings = findingsOf(data, incidents).slice(0, FINDINGS_MAX);
  const isFine = findings.length === 0;
  const items = findings.map(
    ({ section, link, isBad, text }) =>
      html`<li${isBad ? html` class="grave"` : null}>${text} <a href="#${section}">${link}</a></li>`,
  );
  const body = isFine ? html`<p>Nothing stands out in these days.</p>` : html`<ul>${items}</ul>`;
  return html`<section class="look${isFine ? ' fine' : ''}" aria-labelledby="look-h"><h2 id="look-h">Look here first</h2>${body}</section>`;
}

function findingsOf(data: ReportPageData, incidents: readonly Incident[]): Finding[] {
  const order = [behind, failures(incidents), bill, balance, unusualDays, stuck, numbers];
  return order.flatMap((find) => find(data) ?? []);
}

function behind(data: ReportPageData): Finding | null {
  const minutes = behindMinutes(data);
  if (minutes === null || minutes < BEHIND_MAX_MINUTES) return null;
  const text = `The copy is ${spanText(minutes)} behind the provider: what came since is not on this page.`;
  return { section: 'trust', link: 'See how fresh it is', isBad: true, text };
}

/** The incident in which most faxes failed beyond what is usual, with its likely cause and the area that suffers most. */
function failures(incidents: readonly Incident[]): (data: ReportPageData) => Finding | null {
  return ({ areas, groupMin }) => {
    const excess = (one: Incident) => one.failureCount * one.usualFaxCount - one.usualFailureCount * one.faxCount;
    const [worst] = [...incidents].sort((a, b) => excess(b) - excess(a) || (a.from < b.from ? -1 : 1));
    if (worst === undefined) return null;
    const then = roundShare(worst.failureCount, worst.faxCount);
    const rose =
      worst.usualFaxCount === 0
        ? `${then} of the faxes failed`
        : `Failures rose from ${roundShare(worst.usualFailureCount, worst.usualFaxCount)} to ${then}`;
    const cause =
      worst.errorClass === null
        ? ''
        : `, ${roundShare(worst.classCount, worst.causeCount)} of them for the cause “${className(worst.errorClass).toLowerCase()}”`;
    const area = areas.rows.find(({ finishedCount }) => finishedCount >= groupMin);
    const where =
      area === undefined
        ? ''
        : `; area ${areaText(area.prefix)} suffers most (${roundShare(area.failedCount, area.finishedCount)} not reached)`;
    const text = `${rose} on ${rangeText(worst, false)}${cause}${where}.`;
    return { section: 'failures', link: 'See why', isBad: true, text };
  };
}

function bill({ bill: { rows } }: ReportPageData): Finding | null {
  const { unexplainedCents, owedCents, openErrorCount } = sumBill(rows);
  if (openErrorCount === 0 && owedCents === 0) return null;
  const owed = owedCents === 0 ? '' : `The provider owes ${formatDollars(owedCents)}`;
  const open =
    openErrorCount === 0
      ? ''
      : `${formatDollars(unexplainedCents)} of the bill stands unexplained in ${counted(openErrorCount, 'item')}`;
  const text = owed === '' || open === '' ? `${owed}${open}.` : `${owed}; ${open}.`;
  return { section: 'bill', link: 'See the bill', isBad: openErrorCount > 0, text };
}

function balance({ balance: { rows } }: ReportPageData): Finding | null {
  const [now] = rows;
  if (now === undefined || !now.isLow) return null;
  const until = now.emptyDate === null ? '' : `: at this pace it is empty on ${longDay(now.emptyDate)}`;
  const text = `The prepaid balance is down to ${formatDollars(now.balanceCents)}${until}.`;
  return { section: 'outlook', link: 'See the balance', isBad: true, text };
}

/** The day whose cost or number of faxes is furthest from its weekday's, by the view of anomalies. */
function unusualDays({ judgedDays: { rows } }: ReportPageData): Finding | null {
  const days = rows.filter(({ isAnomaly, measure }) => isAnomaly && measure !== 'failure_share');
  const distance = ({ value, median }: (typeof days)[number]) => Math.abs(value - median) / Math.max(1, median);
  const [day] = days.sort((a, b) => distance(b) - distance(a) || (a.day < b.day ? -1 : 1));
  if (day === undefined) return null;
  const isCost = day.measure === 'cost';
  const say = (value: number) => (isCost ? formatDollars(value) : counted(value, 'fax', 'faxes'));
  const text = `${shortDay(day.day)} was unlike its weekday: ${say(day.value)} instead of about ${say(day.median)}.`;
  return { section: isCost ? 'cost' : 'outcomes', link: 'See the days', isBad: false, text };
}

function stuck({ open: { rows } }: ReportPageData): Finding | null {
  const count = rows[0]?.stuckCount ?? 0;
  if (count === 0) return null;
  const text = `${countText(count)} ${count === 1 ? 'fax has' : 'faxes have'} been under way for more than a day.`;
  return { section: 'outcomes', link: 'See the days', isBad: false, text };
}

function numbers({ numberFindings: { rows } }: ReportPageData): Finding | null {
  const idle = rows.find(({ finding }) => finding === 'idle');
  if (idle === undefined) return null;
  const cost = idle.monthlyRentCents === null ? '' : ` and cost ${formatDollars(idle.monthlyRentCents)} a month`;
  const text = `${counted(idle.numberCount, 'number')} had no fax for 30 days or more${cost}.`;
  return { section: 'numbers', link: 'See the numbers', isBad: false, text };
}
