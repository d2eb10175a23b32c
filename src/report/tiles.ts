import { counted, formatDollars } from '../domain/words.ts';
import type { ReportPageData } from '../warehouse/report-page-data.ts';
import { type BillSum, MOODS, type Mood, sumBill } from './bill-sum.ts';
import { copyBegins, daysOfUnseenCredits, isBeforeCopy } from './copy-begin.ts';
import { className, countText, roundShare, shareText } from './figures.ts';
import { type Html, type HtmlValue, html, trusted } from './html.ts';
import { longDay, shortDay } from './range.ts';
import { failuresByClass } from './section-outcomes.ts';

/** A figure in a box. */
interface Tile {
  readonly name: string;
  readonly value: string;
  readonly note: HtmlValue;
  readonly mood?: Mood;
}

/** The six figures that most people come for. */
export function tiles(data: ReportPageData): Html {
  const all = [...volumeTiles(data), ...moneyTiles(data)];
  return html`<section aria-label="Key figures"><dl class="tiles">${all.map(tile)}</dl></section>`;
}

function tile({ name, value, note, mood }: Tile): Html {
  return html`<div><dt>${name}</dt><dd><div class="v${trusted(mood === undefined ? '' : ` ${mood}`)}">${value}</div><div class="x">${note}</div></dd></div>`;
}

function volumeTiles(data: ReportPageData): Tile[] {
  const { outcomes } = data;
  const sum = (figure: (row: (typeof outcomes.rows)[number]) => number) =>
    outcomes.rows.reduce((total, row) => total + figure(row), 0);
  const faxes = sum((day) => day.faxCount);
  const sent = sum((day) => day.sentCount);
  const [success, partial, failure] = [
    sum((day) => day.successCount),
    sum((day) => day.partialCount),
    sum((day) => day.failureCount),
  ];
  if (isBeforeCopy(data)) {
    const note = `the copy begins on ${longDay(copyBegins(data) ?? '')}`;
    return ['Faxes', 'Delivered'].map((name) => ({ name, value: '–', note }));
  }
  return [
    { name: 'Faxes', value: countText(faxes), note: `${countText(sent)} sent, ${countText(faxes - sent)} received` },
    {
      name: 'Delivered',
      value: shareText(success, success + partial + failure),
      note: html`${countText(failure)} failed, ${countText(partial)} in part${topCause(data)}`,
    },
  ];
}

/** A share whose sign is never left behind at the end of a line. */
function shareWithoutBreak(part: number, of: number): string {
  return roundShare(part, of).replace(' ', '\u00a0');
}

/** What most failures come of, and its share of those that have a cause; nothing where none has. */
function topCause(data: ReportPageData): Html | null {
  const classes = failuresByClass(data);
  const [top] = classes;
  if (top === undefined || top.count === 0) return null;
  const share = shareWithoutBreak(
    top.count,
    classes.reduce((sum, { count }) => sum + count, 0),
  );
  return html`; ${share} of failures: <a href="#failures">${className(top.errorClass).toLowerCase()}</a>`;
}

/** The share that came back, and since when such credits were seen at all. */
function creditNote(data: ReportPageData, credited: number, charged: number): string {
  const unseen = daysOfUnseenCredits(data);
  if (unseen === null) return `${shareText(credited, charged)} of what was billed`;
  if (unseen.isAll) return `not seen: first looked at on ${longDay(unseen.to)}`;
  return `${shareText(credited, charged)} of what was billed; none seen from before ${shortDay(unseen.to)}`;
}

function moneyTiles(data: ReportPageData): Tile[] {
  const { billing, open } = data;
  const sum = (figure: (row: (typeof billing.rows)[number]) => number) =>
    billing.rows.reduce((total, row) => total + figure(row), 0);
  const charged = sum((day) => day.faxChargedCents + day.rentChargedCents);
  const credited = sum((day) => day.creditedCents);
  const [now] = open.rows;
  return [
    isBeforeCopy(data)
      ? { name: 'Billed', value: '–', note: 'not known of these days' }
      : { name: 'Billed', value: formatDollars(charged), note: `${formatDollars(charged - credited)} after credits` },
    {
      name: 'Credited back',
      value: credited === 0 && daysOfUnseenCredits(data)?.isAll === true ? '–' : formatDollars(credited),
      note: creditNote(data, credited, charged),
    },
    {
      name: 'Not yet settled',
      value: formatDollars(now?.heldCents ?? 0),
      note: `${counted(now?.openCount ?? 0, 'fax', 'faxes')} under way now`,
    },
    billTile(sumBill(data)),
  ];
}

/** Good is only what agrees; what nobody can say has no figure. */
function billTile(sum: BillSum): Tile {
  const { verdict, unexplainedCents, unexplainedCount, matchedCount, testedCount, months, unchecked } = sum;
  const name = 'Bill unexplained';
  const mood = MOODS[verdict];
  if (unexplainedCount > 0 && unexplainedCents === 0)
    return { name, value: '–', note: `${counted(unexplainedCount, 'item')}, amount not known`, mood };
  if (verdict === 'differs' || verdict === 'incomplete')
    return {
      name,
      value: formatDollars(unexplainedCents),
      note: `at stake in ${counted(unexplainedCount, 'item')}`,
      mood,
    };
  if (verdict === 'agrees')
    return {
      name,
      value: formatDollars(unexplainedCents),
      note: `${shareText(matchedCount, testedCount)} of faxes agree`,
      mood,
    };
  const notes = {
    not_checked:
      months.length === 0
        ? 'no month of these is known'
        : `${countText(unchecked.length)} of ${counted(months.length, 'month')} not checked`,
    outdated: 'charges changed since the last check',
    not_tied_out: 'held against no balance or invoice',
  };
  return { name, value: '–', note: notes[verdict], mood };
}
