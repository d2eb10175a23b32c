import type { Fax } from '../domain/fax.ts';
import {
  type Comparison,
  compareSlice,
  digestOf,
  findLaterLooks,
  readStanding,
  type Standing,
} from './compare-slice.ts';
import { countKnownBefore, isBelievable } from './doubt-slices.ts';
import { markCoveringMisses, noteLooks, refreshMissing } from './fax-looks.ts';
import { type FaxChange, type FaxRow, hashedRows, shownFaxes } from './fax-rows.ts';
import { recordSlice } from './load-ledger.ts';
import { findUnknownCodes } from './load-phax-codes.ts';
import { type LoadTransaction, NOTHING_WRITTEN, type WriteCounts, type Written } from './load-transaction.ts';
import { type SettledCounts, settleFaxes } from './settle-faxes.ts';
import { addFaxes, changeFaxes, fillFaxes, writeSparingBadRows } from './write-faxes.ts';

/** Age at which a fax that is still open is looked at by itself. */
export const OPEN_TOO_LONG_MS = 24 * 3_600_000;
/** Age from which it is left to the passes: a status that is not known may stay for ever. */
const OPEN_FOR_GOOD_MS = 7 * OPEN_TOO_LONG_MS;

/**
 * Loads the faxes of one landed object: the one write path of faxes.
 * Rows outside the window are left to the slices that speak for them. A slice in order of observation takes the short way
 * (compare, add, change); a look that comes late, and every look at a single fax, is folded into the fax's history.
 * `isReadable` is false when a page of the object could not be read: it then proves nobody's absence.
 */
export async function loadFaxes(
  load: LoadTransaction,
  faxes: readonly Fax[],
  hashFax: (fax: Fax) => string,
  isReadable: boolean,
): Promise<Written> {
  const shown = shownFaxes(load, faxes);
  const { window } = load;
  if (window === null) {
    const rows = hashedRows(shown, hashFax);
    const settled = await settleFaxes(load, rows);
    await refreshMissing(load, settled.recheck);
    return { ...countsOf(load, rows, settled, 0), ...(await codesToLookUp(load, writtenOf(settled, rows))) };
  }
  const { rows, standing } = await readStanding(load, window, shown, hashFax);
  const compared = await compareSlice(load, rows, standing);
  const { settled, written } = standing.hasLater
    ? await settleLate(load, rows)
    : await loadInOrder(load, compared, standing);
  const codes = await codesToLookUp(load, written);
  const missing = missingOf(load, compared);
  const costCents = rows.reduce((sum, { fax }) => sum + (fax.costCents ?? 0), 0);
  const isTrusted = isReadable && (await isBelieved(load, rows, missing));
  const isComplete = isTrusted && isEveryoneNamed(load);
  // An incomplete slice speaks only for what it shows, and that is then kept by name; what it misses is asked for by id.
  if (!isComplete) await noteLooks(load, rows, 'seen');
  const unsure = isTrusted && !isComplete ? missing.map(({ faxId }) => faxId) : [];
  const disagreements = [...settled.disagreements, ...unsure];
  const counts = { ...countsOf(load, rows, { ...settled, disagreements }, missing.length), ...codes };
  const slice = {
    window,
    isComplete,
    records: rows.length,
    costCents,
    digest: digestOf(rows),
    missing: missing.length,
  };
  if (missing.length + settled.recheck.length === 0) return { ...counts, slice };
  // What is missing is told by all looks at it, this one included.
  await recordSlice(load, slice);
  if (isComplete) await markMissing(load, missing);
  await refreshMissing(load, settled.recheck);
  return counts;
}

function countsOf(
  load: LoadTransaction,
  rows: readonly FaxRow[],
  settled: SettledCounts,
  missing: number,
): WriteCounts {
  const { added, changed, stale, disagreements } = settled;
  const disagreeing = new Set(disagreements);
  const open = openTooLong(load, rows).filter((faxId) => !disagreeing.has(faxId));
  return { records: rows.length, added, changed, stale, missing, disagreements, openTooLong: open };
}

/** Faxes that a listing still shows open a day after they were created: the passes come by too seldom to wait for them. */
function openTooLong(load: LoadTransaction, rows: readonly FaxRow[]): string[] {
  if (load.window === null) return [];
  return rows.flatMap(({ fax, stage }) =>
    stage < 2 && fax.createdAt !== null && isOpenTooLong(load.requestedAt - fax.createdAt) ? [fax.faxId] : [],
  );
}

function isOpenTooLong(ageMs: number): boolean {
  return ageMs > OPEN_TOO_LONG_MS && ageMs < OPEN_FOR_GOOD_MS;
}

/** Records that a look-up by id found no such fax: one more look that misses it. */
export async function recordAbsentFax(load: LoadTransaction, faxId: string): Promise<WriteCounts> {
  await noteLooks(load, [faxId], 'missing');
  await refreshMissing(load, [faxId]);
  return { ...NOTHING_WRITTEN, missing: 1 };
}

/** What writing rows did; `written` holds at least those of which something was written. */
interface LoadedRows {
  readonly settled: SettledCounts;
  readonly written: readonly FaxRow[];
}

async function settleLate(load: LoadTransaction, rows: readonly FaxRow[]): Promise<LoadedRows> {
  const settled = await settleFaxes(load, rows);
  return { settled, written: writtenOf(settled, rows) };
}

function writtenOf({ added, changed }: SettledCounts, rows: readonly FaxRow[]): readonly FaxRow[] {
  return added + changed === 0 ? [] : rows;
}

/** Codes are looked for when a fax is written, so that an unchanged slice costs nothing; see ADR 0017. */
async function codesToLookUp(
  load: LoadTransaction,
  written: readonly FaxRow[],
): Promise<Pick<WriteCounts, 'unknownCodes'>> {
  const unknownCodes = await findUnknownCodes(load, written);
  return unknownCodes.length === 0 ? {} : { unknownCodes };
}

async function loadInOrder(load: LoadTransaction, compared: Comparison, standing: Standing): Promise<LoadedRows> {
  const later = standing.hasLooks
    ? await findLaterLooks(load, [...compared.fresh, ...compared.stored.map(({ row }) => row)])
    : new Set<FaxRow>();
  const changed: FaxChange[] = [];
  const late: FaxRow[] = [];
  const stale: FaxRow[] = [];
  const recheck: FaxRow[] = compared.fresh.filter((row) => later.has(row));
  for (const { row, now } of compared.stored) {
    if (now.was_missing) recheck.push(row);
    if (now.is_late || later.has(row)) late.push(row);
    else if (now.is_same) continue;
    else if (row.stage < now.stage) stale.push(row);
    else {
      const { place, stage: stageBefore, recipient_count: recipientsBefore, barcode_count: barcodesBefore } = now;
      changed.push({ ...row, place, stageBefore, recipientsBefore, barcodesBefore });
    }
  }
  const added = await writeSparingBadRows(load, compared.fresh, addFaxes);
  if (standing.hasAny) await markCoveringMisses(load, added);
  const written = await writeSparingBadRows(load, changed, changeFaxes);
  const filled = await fillFaxes(load, stale);
  await noteLooks(load, stale, 'stale');
  const { settled, written: settledRows } = await settleLate(load, late);
  const counts = {
    added: added.length + settled.added,
    changed: written.length + filled + settled.changed,
    stale: stale.length + settled.stale,
    disagreements: [...stale.map(({ fax }) => fax.faxId), ...settled.disagreements],
    recheck: [...recheck.map(({ fax }) => fax.faxId), ...settled.recheck],
  };
  return { settled: counts, written: [...added, ...written, ...(filled > 0 ? stale : []), ...settledRows] };
}

/** Known faxes of the window that the slice does not show; those whose record was refused it does show. */
function missingOf(load: LoadTransaction, compared: Comparison): Comparison['missing'] {
  const refused = new Set(
    load.notes.rejections.flatMap(({ scope, recordId }) => (scope === 'record' ? [recordId] : [])),
  );
  return compared.missing.filter(({ faxId }) => !refused.has(faxId));
}

/** Whether every refused record has an id: one without might be any of the known faxes that seem to be missing. */
function isEveryoneNamed(load: LoadTransaction): boolean {
  return load.notes.rejections.every(({ scope, recordId }) => scope !== 'record' || recordId !== null);
}

/** Whether a slice misses so few live faxes that it is believed. Only what was known before it can be missing from it. */
async function isBelieved(
  load: LoadTransaction,
  rows: readonly FaxRow[],
  missing: Comparison['missing'],
): Promise<boolean> {
  const live = missing.flatMap(({ faxId, isTest }) => (isTest ? [] : [faxId]));
  if (isBelievable(rows.length, live.length)) return true;
  return isBelievable(rows.length, await countKnownBefore(load, live));
}

async function markMissing(load: LoadTransaction, missing: Comparison['missing']): Promise<void> {
  const ids = missing.map(({ faxId }) => faxId);
  await noteLooks(load, ids, 'missing');
  await refreshMissing(load, ids);
}
