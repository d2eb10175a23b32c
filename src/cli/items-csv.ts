import { toIso } from '../domain/time.ts';
import { decimalDollars, plainWords } from '../domain/words.ts';
import { csvLine } from '../pipeline/proof-csv.ts';
import { type ItemFacts, stillOwedCents } from '../warehouse/recon/read-items.ts';
import { checkOf } from '../warehouse/recon/registry.ts';

/** Columns of the list of money owed; part of the command's interface (docs/cli.md). */
const OWED_COLUMNS = [
  'item',
  'check',
  'fax_id',
  'number',
  'invoice_line',
  'date',
  'direction',
  'pages',
  'recipients',
  'successful',
  'charged',
  'expected',
  'owed',
  'reason',
] as const;

/** Columns of the list of all items. */
const ITEM_COLUMNS = [
  'item',
  'month',
  'check',
  'subject_kind',
  'subject',
  'reason',
  'severity',
  'state',
  'actual',
  'expected',
  'unit',
  'at_stake',
  'owed',
  'owner',
  'ticket',
  'claimed',
  'credited',
  'decided_by',
  'opened_on',
  'note',
] as const;

/** Why an item differs, in plain words: the first sentence of what its check says. */
export function reasonOf(checkId: string, reason: string): string {
  const meaning = checkOf(checkId)?.reasons[reason];
  if (meaning === undefined) return plainWords(reason);
  return /^.*?[.:;](?=\s|$)/.exec(meaning)?.[0].replace(/[.:;]$/, '') ?? meaning;
}

/**
 * The list of money owed as it is sent to the provider, with its sum: what was credited already is taken off. It has fax ids, own numbers, days and sums; no recipient, no tag, no note.
 * Sums are dollars.
 */
export function owedCsv(items: readonly ItemFacts[]): string {
  const total = items.reduce((sum, item) => sum + stillOwedCents(item), 0);
  const last = OWED_COLUMNS.map((column) =>
    column === 'item' ? 'total' : column === 'owed' ? decimalDollars(total) : null,
  );
  return [csvLine(OWED_COLUMNS), ...items.map((item) => csvLine(owedCells(item))), csvLine(last)].join('');
}

function owedCells(item: ItemFacts): Array<string | number | null> {
  const { itemId, checkId, subjectKind, subjectId, usageDate, direction, pages, recipients, succeeded } = item;
  return [
    itemId,
    checkId,
    subjectKind === 'fax' ? subjectId : null,
    subjectKind === 'number' ? (subjectId.split('@')[0] ?? '') : null,
    subjectKind === 'line' ? subjectId : null,
    usageDate ?? (/^\d{4}-\d\d-\d\d$/.test(item.grain) ? item.grain : item.period.slice(0, 7)),
    direction,
    pages,
    recipients,
    succeeded,
    sideDollars(item, item.actual),
    sideDollars(item, item.expected),
    decimalDollars(stillOwedCents(item)),
    reasonOf(checkId, item.reason),
  ];
}

/** A side of a check as dollars, where it is money in whole cents. */
function sideDollars(item: ItemFacts, side: string | null): string | null {
  const isMoney = unitOf(item) === 'cents';
  return isMoney && side !== null && /^-?\d{1,15}$/.test(side) ? decimalDollars(Number(side)) : null;
}

/** What the sides of an item are counted in; null where its check is none of ours. */
function unitOf({ checkId, subjectId }: ItemFacts): string | null {
  const check = checkOf(checkId);
  return check?.unitOf?.(subjectId) ?? check?.unit ?? null;
}

/** Every item with what was decided about it, for a spreadsheet. Sums are dollars, sides are in the `unit` of the row. */
export function itemsCsv(items: readonly ItemFacts[]): string {
  const rows = items.map((item) =>
    csvLine([
      item.itemId,
      item.period.slice(0, 7),
      item.checkId,
      item.subjectKind,
      item.subjectId,
      item.reason,
      item.severity,
      item.state,
      item.actual,
      item.expected,
      unitOf(item),
      decimalDollars(item.cents),
      decimalDollars(stillOwedCents(item)),
      item.owner,
      item.ticket,
      item.claimedCents === null ? null : decimalDollars(item.claimedCents),
      item.creditedCents === null ? null : decimalDollars(item.creditedCents),
      item.decidedBy,
      toIso(item.openedAt).slice(0, 10),
      item.note,
    ]),
  );
  return [csvLine(ITEM_COLUMNS), ...rows].join('');
}
