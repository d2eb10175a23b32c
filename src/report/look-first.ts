import { counted, formatDollars } from '../domain/words.ts';
import type { ReportPageData } from '../warehouse/report-page-data.ts';
import { disputeText, MOODS, openItems, sumBill, unexplainedText } from './bill-sum.ts';
import { copyBegins, isBeforeCopy, isPartlyBeforeCopy } from './copy-begin.ts';
import { areaText, className, countText, roundShare, spanText } from './figures.ts';
import { type Html, html } from './html.ts';
import { type Incident, isComparable, worstIncident } from './incidents.ts';
import { quotedCommand } from './parts.ts';
import { longDay, rangeText, shortDay } from './range.ts';
import { monthsNamed } from './section-bill.ts';
import { isPaceUnlike } from './section-outlook.ts';
import { behindMinutes, measureText } from './section-trust.ts';
import { findSilence, silenceWithoutUse } from './silence.ts';

/** A sentence that somebody should read first. */
interface Finding {
  /** The section that shows more, and the words of the link to it. */
  readonly section: string;
  readonly link: string;
  /** `grave`: something is wrong; `note`: something to look at; `plain`: why nothing can be said. */
  readonly weight: 'grave' | 'note' | 'plain';
  readonly text: string;
}

/** Most sentences that are said. */
const FINDINGS_MAX = 3;

/** So far behind, the rest of the page is about the past. */
const BEHIND_MAX_MINUTES = 180;

/** So large a share of the faxes is bad whatever is usual. */
const FAILED_MIN_SHARE = 0.5;

/** Records set aside that are at least this share of the faxes make every figure wrong. */
const SET_ASIDE_MIN_SHARE = 0.01;

/** The most that stands out, in at most three sentences, the gravest first; or that nothing does, where everything could be looked at. */
export function lookFirst(data: ReportPageData, incidents: readonly Incident[], flags: string): Html {
  const findings = findingsOf(data, incidents, flags).slice(0, FINDINGS_MAX);
  const isFine = findings.length === 0;
  const look = isFine ? ' fine' : findings.every(({ weight }) => weight === 'plain') ? ' plain' : '';
  const items = findings.map(
    ({ section, link, weight, text }) =>
      html`<li${weight === 'note' ? null : html` class="${weight}"`}>${text} <a href="#${section}">${link}</a></li>`,
  );
  const body = isFine ? html`<p>Nothing stands out in these days.</p>` : html`<ul>${items}</ul>`;
  return html`<section class="look${look}" aria-labelledby="look-h"><h2 id="look-h">Look here first</h2>${body}</section>`;
}

/** In order of importance: what makes the page itself wrong, what is wrong now, what costs, what nobody knows, what can wait. */
function findingsOf(data: ReportPageData, incidents: readonly Incident[], flags: string): Finding[] {
  const order = [
    behind,
    beforeCopy,
    recordsMissing,
    silence(flags),
    failures(incidents),
    bill(flags),
    balance,
    uncheckedMonths,
    qualityAlarms,
    unreadLists,
    unusualDays,
    stuck(flags),
    numbers,
    partlyBeforeCopy,
    comparison,
  ];
  return order.flatMap((find) => find(data) ?? []);
}

function behind(data: ReportPageData): Finding | null {
  const minutes = behindMinutes(data);
  const more = { section: 'trust', link: 'See how fresh it is', weight: 'grave' } as const;
  if (minutes === null) return { ...more, text: 'The account’s faxes were never listed: no figure here is whole.' };
  if (minutes < BEHIND_MAX_MINUTES) return null;
  return {
    ...more,
    text: `The copy is ${spanText(minutes)} behind the provider: what came since is not on this page.`,
  };
}

function recordsMissing(data: ReportPageData): Finding | null {
  const lost = lostRecords(data);
  if (lost === null) return null;
  const text = `${countText(lost.count)} ${measureText(lost.measure)}: they could not be read and are in no figure.`;
  return { section: 'trust', link: 'See what is missing', weight: 'grave', text };
}

/** Records set aside, where they are many beside the faxes of the range. */
function lostRecords(data: ReportPageData): ReportPageData['quality']['rows'][number] | null {
  const lost = data.quality.rows.find(({ measure, isAlarm }) => isAlarm && measure === 'records_set_aside');
  return lost !== undefined && lost.count >= faxCountOf(data) * SET_ASIDE_MIN_SHARE ? lost : null;
}

function faxCountOf({ outcomes }: ReportPageData): number {
  return outcomes.rows.reduce((sum, day) => sum + day.faxCount, 0);
}

/** Days before the copy begins are empty, and nobody can do anything about them. */
function beforeCopy(data: ReportPageData): Finding | null {
  const begins = copyBegins(data);
  if (begins === null || !isBeforeCopy(data)) return null;
  const text = `The copy begins on ${longDay(begins)}, after these days: nothing is known of them.`;
  return { section: 'outcomes', link: 'See the days', weight: 'plain', text };
}

/** That nothing comes any more: whether nobody sends, or nothing gets through, only people know. */
function silence(flags: string): (data: ReportPageData) => Finding | null {
  return (data) => {
    const found = findSilence(data);
    if (found === null) return null;
    const { lastDay, dayCount, longestBefore } = found;
    const before =
      longestBefore === null || dayCount <= longestBefore
        ? ''
        : longestBefore === 0
          ? ' (every day of the weeks before had some)'
          : ` (in the weeks before, never more than ${counted(longestBefore, 'day')} in a row)`;
    // Only an end that nobody asked for is another than that of the bill.
    const end =
      data.to < data.billTo
        ? ` The page ends there; ${quotedCommand(flags, `report --to ${data.billTo}`)} shows the days since.`
        : '';
    const text = `No fax since ${longDay(lastDay)}: ${counted(dayCount, 'day')} without any${before}.${end}`;
    return { section: 'outcomes', link: 'See the days', weight: 'grave', text };
  };
}

/** The incident in which most faxes failed beyond what is usual, with its likely cause and the area that was reached worst in it. */
function failures(incidents: readonly Incident[]): (data: ReportPageData) => Finding | null {
  return (data) => {
    const worst = worstIncident(incidents);
    if (worst === null) return mostFailed(data);
    const then = roundShare(worst.failureCount, worst.faxCount);
    const rose =
      worst.usualFaxCount === 0
        ? `${then} of the faxes failed`
        : `Failures rose from ${roundShare(worst.usualFailureCount, worst.usualFaxCount)} to ${then}`;
    const cause =
      worst.errorClass === null
        ? ''
        : `, ${roundShare(worst.classCount, worst.causeCount)} of them for the cause “${className(worst.errorClass).toLowerCase()}”`;
    const area = data.incidentAreas?.rows.find(({ finishedCount }) => finishedCount >= data.groupMin);
    const where =
      area === undefined
        ? ''
        : `; area ${areaText(area.prefix)} suffered most (${roundShare(area.failedCount, area.finishedCount)} not reached)`;
    const text = `${rose} on ${rangeText(worst, false)}${cause}${where}.`;
    return { section: 'failures', link: 'See why', weight: 'grave', text };
  };
}

/** Where nobody knows what is usual, and most failed all the same. */
function mostFailed(data: ReportPageData): Finding | null {
  if (isComparable(data)) return null;
  const faxes = faxCountOf(data);
  const failed = data.outcomes.rows.reduce((sum, day) => sum + day.failureCount, 0);
  if (faxes === 0 || failed < faxes * FAILED_MIN_SHARE) return null;
  const text = `${countText(failed)} of ${counted(faxes, 'fax', 'faxes')} failed; too few days are known to say whether that is usual.`;
  return { section: 'failures', link: 'See why', weight: 'grave', text };
}

/** One figure, what of it is to be had back, and how to get the list of it. */
function bill(flags: string): (data: ReportPageData) => Finding | null {
  return (data) => {
    const { unexplained, others } = openItems(data);
    const figure = unexplainedText(unexplained);
    const owed = unexplained.owedCents + others.owedCents;
    if (figure === null && owed === 0) return null;
    const dispute = disputeText(owed, unexplained.disputedCents + others.disputedCents);
    const owes = `provider owes ${formatDollars(owed)}${dispute}; ${quotedCommand(flags, 'items --owed')} lists what is owed.`;
    const more = owed > 0 ? `The ${owes}` : `${quotedCommand(flags, 'items')} lists what stands.`;
    const weight = MOODS[sumBill(data).verdict] === 'bad' ? 'grave' : 'note';
    const text = figure === null ? `The bill: the ${owes}` : `The bill: ${figure}. ${more}`;
    return { section: 'bill', link: 'See the bill', weight, text };
  };
}

function balance(data: ReportPageData): Finding | null {
  const [now] = data.balance.rows;
  if (now === undefined || !now.isLow) return null;
  const until =
    now.emptyDate === null || isPaceUnlike(data) ? '' : `: at this pace it is empty on ${longDay(now.emptyDate)}`;
  const text = `The prepaid balance is down to ${formatDollars(now.balanceCents)}${until}.`;
  return { section: 'outlook', link: 'See the balance', weight: 'grave', text };
}

function uncheckedMonths(data: ReportPageData): Finding | null {
  const { unchecked } = sumBill(data);
  if (unchecked.length === 0) return null;
  const text = `The bill of ${monthsNamed(unchecked)} was never checked.`;
  return { section: 'bill', link: 'See the bill', weight: 'note', text };
}

/** What should not be in the data and is, but for what was said before. */
function qualityAlarms(data: ReportPageData): Finding | null {
  const lost = lostRecords(data);
  const alarms = data.quality.rows.filter((row) => row.isAlarm && row !== lost);
  if (alarms.length === 0) return null;
  const most = [...alarms].sort((a, b) => b.count - a.count || (a.measure < b.measure ? -1 : 1));
  const text = `The copy has faults: ${most.map(({ count, measure }) => `${countText(count)} ${measureText(measure)}`).join(', ')}.`;
  return { section: 'trust', link: 'See what to do', weight: 'note', text };
}

function unreadLists({ freshness: { rows } }: ReportPageData): Finding | null {
  const never = rows.filter(({ lastLookAt, stream }) => lastLookAt === null && stream !== 'faxes');
  if (never.length === 0) return null;
  const names = never.map(({ stream }) => stream.replaceAll('_', ' ')).join(', ');
  return { section: 'trust', link: 'See the lists', weight: 'note', text: `Never read to the end: ${names}.` };
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
  return { section: isCost ? 'cost' : 'outcomes', link: 'See the days', weight: 'note', text };
}

function stuck(flags: string): (data: ReportPageData) => Finding | null {
  return ({ open: { rows } }) => {
    const count = rows[0]?.stuckCount ?? 0;
    if (count === 0) return null;
    const list = quotedCommand(flags, 'export open_faxes --out open-faxes.csv');
    const text = `${countText(count)} ${count === 1 ? 'fax has' : 'faxes have'} been under way for more than a day; ${list} lists them.`;
    return { section: 'outcomes', link: 'See the days', weight: 'note', text };
  };
}

/** Numbers that lie idle beside others; where the whole account is silent, that is what was said. */
function numbers(data: ReportPageData): Finding | null {
  if (silenceWithoutUse(data) !== null) return null;
  const idle = data.numberFindings.rows.find(({ finding }) => finding === 'idle');
  if (idle === undefined) return null;
  const cost = idle.monthlyRentCents === null ? '' : ` and cost ${formatDollars(idle.monthlyRentCents)} a month`;
  const text = `${counted(idle.numberCount, 'number')} had no fax for 30 days or more${cost}.`;
  return { section: 'numbers', link: 'See the numbers', weight: 'note', text };
}

function partlyBeforeCopy(data: ReportPageData): Finding | null {
  const begins = copyBegins(data);
  if (begins === null || !isPartlyBeforeCopy(data)) return null;
  const text = `The copy begins on ${longDay(begins)}: of the days before nothing is known.`;
  return { section: 'outcomes', link: 'See the days', weight: 'plain', text };
}

/** Why it cannot be said that nothing stands out. */
function comparison(data: ReportPageData): Finding | null {
  const more = { section: 'outcomes', link: 'See the days', weight: 'plain' } as const;
  if (isBeforeCopy(data)) return null;
  if (faxCountOf(data) === 0) return { ...more, text: 'No fax was sent or received in these days.' };
  if (isComparable(data)) return null;
  return { ...more, text: 'Too few days with enough faxes are known to say whether unusually many failed.' };
}
