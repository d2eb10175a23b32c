import type { ReportPageData } from '../warehouse/report-page-data.ts';
import { areaText, className, countText, roundShare } from './figures.ts';
import { type Html, html } from './html.ts';
import type { Incident } from './incidents.ts';
import { rangeText } from './range.ts';

/** A sentence that somebody should read first. */
interface Finding {
  /** The section that shows more. */
  readonly section: string;
  readonly isBad: boolean;
  readonly text: string;
}

/** Most sentences that are said. */
const FINDINGS_MAX = 3;

/** The most that stands out, in at most three sentences; or that nothing does. */
export function lookFirst(data: ReportPageData, incidents: readonly Incident[]): Html {
  const findings = [...incidentFindings(data, incidents), ...openFindings(data)].slice(0, FINDINGS_MAX);
  const isFine = findings.length === 0;
  const body = isFine
    ? html`<p>Nothing stands out in these days.</p>`
    : html`<ul>${findings.map(({ section, isBad, text }) => html`<li${isBad ? html` class="bad"` : null}>${text} <a href="#${section}">See<span class="hid"> ${section}</span></a></li>`)}</ul>`;
  return html`<section class="look${isFine ? ' fine' : ''}" aria-labelledby="look-h"><h2 id="look-h">Look here first</h2>${body}</section>`;
}

/** The incident in which most faxes failed beyond what is usual. */
function incidentFindings(data: ReportPageData, incidents: readonly Incident[]): Finding[] {
  const excess = (one: Incident) => one.failureCount * one.usualFaxCount - one.usualFailureCount * one.faxCount;
  const [worst] = [...incidents].sort((a, b) => excess(b) - excess(a) || (a.from < b.from ? -1 : 1));
  if (worst === undefined) return [];
  const usual = roundShare(worst.usualFailureCount, worst.usualFaxCount);
  const then = roundShare(worst.failureCount, worst.faxCount);
  const days = rangeText(worst, false);
  const cause =
    worst.errorClass === null
      ? ''
      : ` Likely cause: ${className(worst.errorClass).toLowerCase()}, ${roundShare(worst.classCount, worst.causeCount)} of the failures.`;
  const [area] = data.areas.rows;
  const where =
    area === undefined
      ? ''
      : ` Area ${areaText(area.prefix)} is reached least (${roundShare(area.failedCount, area.finishedCount)} fail).`;
  return [
    { section: 'outcomes', isBad: true, text: `Failures rose from ${usual} to ${then} on ${days}.${cause}${where}` },
  ];
}

function openFindings(data: ReportPageData): Finding[] {
  const stuck = data.open.rows[0]?.stuckCount ?? 0;
  if (stuck === 0) return [];
  const text = `${countText(stuck)} ${stuck === 1 ? 'fax has' : 'faxes have'} been under way for more than a day.`;
  return [{ section: 'trust', isBad: false, text }];
}
