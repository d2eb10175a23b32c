import { counted, formatDollars } from '../domain/words.ts';
import type { ReportPageData } from '../warehouse/report-page-data.ts';
import { countText, shareText } from './figures.ts';
import { type Html, html, trusted } from './html.ts';
import { type BillSum, sumBill } from './section-trust.ts';

/** A figure in a box. */
interface Tile {
  readonly name: string;
  readonly value: string;
  readonly note: string;
  readonly mood?: 'good' | 'bad';
}

/** The six figures that most people come for. */
export function tiles(data: ReportPageData): Html {
  const all = [...volumeTiles(data), ...moneyTiles(data)];
  return html`<section aria-label="Key figures"><dl class="tiles">${all.map(tile)}</dl></section>`;
}

function tile({ name, value, note, mood }: Tile): Html {
  return html`<div><dt>${name}</dt><dd><div class="v${trusted(mood === undefined ? '' : ` ${mood}`)}">${value}</div><div class="x">${note}</div></dd></div>`;
}

function volumeTiles({ outcomes }: ReportPageData): Tile[] {
  const sum = (figure: (row: (typeof outcomes.rows)[number]) => number) =>
    outcomes.rows.reduce((total, row) => total + figure(row), 0);
  const faxes = sum((day) => day.faxCount);
  const sent = sum((day) => day.sentCount);
  const [success, partial, failure] = [
    sum((day) => day.successCount),
    sum((day) => day.partialCount),
    sum((day) => day.failureCount),
  ];
  return [
    { name: 'Faxes', value: countText(faxes), note: `${countText(sent)} sent, ${countText(faxes - sent)} received` },
    {
      name: 'Delivered',
      value: shareText(success, success + partial + failure),
      note: `${countText(failure)} failed, ${countText(partial)} in part`,
    },
  ];
}

function moneyTiles({ billing, open, bill }: ReportPageData): Tile[] {
  const sum = (figure: (row: (typeof billing.rows)[number]) => number) =>
    billing.rows.reduce((total, row) => total + figure(row), 0);
  const charged = sum((day) => day.faxChargedCents + day.rentChargedCents);
  const credited = sum((day) => day.creditedCents);
  const [now] = open.rows;
  return [
    { name: 'Billed', value: formatDollars(charged), note: `${formatDollars(charged - credited)} after credits` },
    {
      name: 'Credited back',
      value: formatDollars(credited),
      note: `${shareText(credited, charged)} of what was billed`,
    },
    {
      name: 'Not yet settled',
      value: formatDollars(now?.heldCents ?? 0),
      note: `${counted(now?.openCount ?? 0, 'fax', 'faxes')} under way now`,
    },
    billTile(sumBill(bill.rows)),
  ];
}

function billTile({ verdict, unexplainedCents, matchedCount, testedCount }: BillSum): Tile {
  if (verdict === null || verdict === 'not_checked')
    return { name: 'Bill unexplained', value: '–', note: 'not checked yet' };
  return {
    name: 'Bill unexplained',
    value: formatDollars(unexplainedCents),
    note: `${shareText(matchedCount, testedCount)} of faxes agree`,
    mood: verdict === 'differs' ? 'bad' : 'good',
  };
}
