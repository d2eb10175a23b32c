import type { Fax } from '../domain/fax.ts';
import { toIso } from '../domain/time.ts';
import {
  type Comparison,
  compareSlice,
  digestOf,
  findLaterLooks,
  readStanding,
  type Standing,
} from './compare-slice.ts';
import { toWarehouseError, WarehouseError } from './database-error.ts';
import { markCoveringMisses, noteLooks, refreshMissing } from './fax-looks.ts';
import { type FaxChange, type FaxRow, faxRows } from './fax-rows.ts';
import type { LoadTransaction, WriteCounts } from './load-transaction.ts';
import { type SettledCounts, settleFaxes } from './settle-faxes.ts';
import { addFaxes, changeFaxes, fillFaxes, writeSparingBadRows } from './write-faxes.ts';

/** Live faxes a slice may miss before it is not believed: the larger of this many and {@link MISSING_SHARE_MAX}. */
export const MISSING_MIN = 5;
/** Share of the live faxes known in a window that a slice may miss before it is not believed. */
export const MISSING_SHARE_MAX = 0.1;

const INSERT_SLICE = `
insert into ops.slices (account_id, stream, observation_no, requested_at, pass, created_within, is_complete, record_count,
  cost_cents, content_digest, missing_count)
values ($1, 'faxes', $2, $3, $4, tstzrange($5::timestamptz, $6::timestamptz), $7, $8, $9, $10, $11)
on conflict do nothing`;

/** The reason for which the database refused a value, or null where the failure was something else. */
function badValueReason(error: unknown): string | null {
  const failure = toWarehouseError(error);
  return failure instanceof WarehouseError && failure.failure === 'bad_value' ? (failure.sqlState ?? 'value') : null;
}

type Window = NonNullable<LoadTransaction['window']>;

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
): Promise<WriteCounts> {
  const rows = faxRows(load, faxes, hashFax);
  const { window } = load;
  if (window === null) {
    const settled = await settleFaxes(load, rows, badValueReason);
    await refreshMissing(load, settled.recheck);
    return countsOf(rows, settled, 0);
  }
  const digest = digestOf(rows);
  const standing = await readStanding(load, window, rows, digest);
  const compared = await compareSlice(load, window, rows, standing);
  const settled = standing.hasLater
    ? await settleFaxes(load, rows, badValueReason)
    : await loadInOrder(load, compared, standing);
  await closeSlice(load, window, { rows, digest }, compared, isReadable);
  await refreshMissing(load, settled.recheck);
  return countsOf(rows, settled, compared.missing.length);
}

function countsOf(rows: readonly FaxRow[], settled: SettledCounts, missing: number): WriteCounts {
  const { added, changed, stale, disagreements } = settled;
  return { records: rows.length, added, changed, stale, missing, disagreements };
}

/** Records that a look-up by id found no such fax: one more look that misses it. */
export async function recordAbsentFax(load: LoadTransaction, faxId: string): Promise<WriteCounts> {
  await noteLooks(load, [faxId], 'missing');
  await refreshMissing(load, [faxId]);
  return { records: 0, added: 0, changed: 0, stale: 0, missing: 1, disagreements: [] };
}

async function loadInOrder(load: LoadTransaction, compared: Comparison, standing: Standing): Promise<SettledCounts> {
  const later = standing.hasLaterLooks
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
      const { place, recipient_count: recipientsBefore, barcode_count: barcodesBefore } = now;
      changed.push({ ...row, place, recipientsBefore, barcodesBefore });
    }
  }
  const added = await writeSparingBadRows(load, compared.fresh, addFaxes, badValueReason);
  if (standing.hasAny) await markCoveringMisses(load, added);
  const written = await writeSparingBadRows(load, changed, changeFaxes, badValueReason);
  await fillFaxes(load, stale);
  await noteLooks(load, stale, 'stale');
  const settled = await settleFaxes(load, late, badValueReason);
  return {
    added: added.length + settled.added,
    changed: written.length + settled.changed,
    stale: stale.length + settled.stale,
    disagreements: [...stale.map(({ fax }) => fax.faxId), ...settled.disagreements],
    recheck: [...recheck.map(({ fax }) => fax.faxId), ...settled.recheck],
  };
}

/** Marks what a complete slice did not show, unless it misses so much that it is not believed, and keeps its control totals. */
async function closeSlice(
  load: LoadTransaction,
  window: Window,
  { rows, digest }: { readonly rows: readonly FaxRow[]; readonly digest: string },
  compared: Comparison,
  isReadable: boolean,
): Promise<void> {
  const refused = new Set(
    load.notes.rejections.flatMap(({ scope, recordId }) => (scope === 'record' ? [recordId] : [])),
  );
  const missing = compared.missing.filter(({ faxId }) => !refused.has(faxId));
  const live = missing.filter(({ isTest }) => !isTest).length;
  const isComplete = isReadable && live <= Math.max(MISSING_MIN, (rows.length + live) * MISSING_SHARE_MAX);
  const costCents = rows.reduce((sum, { fax }) => sum + (fax.costCents ?? 0), 0);
  await load.client.query(INSERT_SLICE, [
    load.accountId,
    load.observation,
    toIso(load.requestedAt),
    load.pass,
    toIso(window.after),
    toIso(window.before),
    isComplete,
    rows.length,
    costCents,
    digest,
    missing.length,
  ]);
  if (!isComplete || missing.length === 0) return;
  const ids = missing.map(({ faxId }) => faxId);
  await noteLooks(load, ids, 'missing');
  await refreshMissing(load, ids);
}
