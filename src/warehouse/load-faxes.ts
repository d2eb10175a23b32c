import { hash } from 'node:crypto';
import type { Fax } from '../domain/fax.ts';
import { toIso } from '../domain/time.ts';
import { plainArray } from './array-literal.ts';
import { toWarehouseError, WarehouseError } from './database-error.ts';
import { markCoveringMisses, noteLooks, refreshMissing } from './fax-looks.ts';
import { compareIds, type FaxChange, type FaxRow, faxRows } from './fax-rows.ts';
import type { LoadTransaction, WriteCounts } from './load-transaction.ts';
import { type SettledCounts, settleFaxes } from './settle-faxes.ts';
import { addFaxes, changeFaxes, fillFaxes, writeSparingBadRows } from './write-faxes.ts';

/** Live faxes a slice may miss before it is not believed: the larger of this many and {@link MISSING_SHARE_MAX}. */
export const MISSING_MIN = 5;
/** Share of the live faxes known in a window that a slice may miss before it is not believed. */
export const MISSING_SHARE_MAX = 0.1;

/**
 * Holds a slice against what is stored of its window, in one pass over each: rows not stored there (`has_row` false), stored rows
 * not shown (`ordinal` null), and rows that differ, are late or are back. Equal ones are not returned.
 * Read by range, not by key: 0.7 ms of server time for 1,000 unchanged faxes against 2.2 ms for 1,000 index probes.
 */
const COMPARE_WINDOW = `
select p.ordinal::integer as ordinal, f.place, f.place is not null as has_row, f.fax_id, f.is_test, f.stage,
  f.content_hash = p.content_hash as is_same, f.missing_since is not null as was_missing,
  f.recipient_count, f.barcode_count, f.observation_no > $5::bigint as is_late
from unnest($2::bigint[], $3::uuid[]) with ordinality as p(fax_id, content_hash, ordinal)
full join (
  select ctid as place, fax_id, is_test is true as is_test, stage, content_hash, missing_since, recipient_count, barcode_count,
    observation_no
  from warehouse.faxes where account_id = $1 and created_at >= $4::timestamptz and created_at < $6::timestamptz offset 0
) f on f.fax_id = p.fax_id
where p.fax_id is null or f.fax_id is null or f.content_hash <> p.content_hash or f.missing_since is not null
  or f.observation_no > $5::bigint`;

/** Rows that are stored, but not inside the window: their creation time has changed. By lateral with offset 0, always index probes. */
const FIND_ELSEWHERE = `
select p.ordinal::integer as ordinal, f.place, f.stage, f.content_hash = p.content_hash as is_same,
  f.missing_since is not null as was_missing, f.recipient_count, f.barcode_count, f.observation_no > $4::bigint as is_late
from unnest($2::bigint[], $3::uuid[]) with ordinality as p(fax_id, content_hash, ordinal)
cross join lateral (
  select ctid as place, stage, content_hash, missing_since, recipient_count, barcode_count, observation_no
  from warehouse.faxes f where f.account_id = $1 and f.fax_id = p.fax_id offset 0
) f`;

/** Faxes with a callback or look-up made after this look, loaded already. */
const FIND_LATER_LOOKS = `
select p.ordinal::integer as ordinal from unnest($2::bigint[]) with ordinality as p(fax_id, ordinal)
where exists (
  select from ops.fax_looks l
  where l.account_id = $1 and l.fax_id = p.fax_id and l.observation_no > $3::bigint and l.observed_via <> 'listing')`;

/** Complete slices that overlap a window: whether any was made after the look being loaded, and whether there are any. */
const FIND_OVERLAPS = `
select coalesce(bool_or(observation_no > $4::bigint), false) as has_later, count(*) > 0 as has_any from ops.slices
where account_id = $1 and stream = 'faxes' and is_complete and observation_no <> $4::bigint
  and created_within && tstzrange($2::timestamptz, $3::timestamptz)`;

const INSERT_SLICE = `
insert into ops.slices (account_id, stream, observation_no, requested_at, pass, created_within, is_complete, record_count,
  cost_cents, content_digest, missing_count)
values ($1, 'faxes', $2, $3, $4, tstzrange($5::timestamptz, $6::timestamptz), $7, $8, $9, $10, $11)
on conflict do nothing`;

interface Stored {
  readonly ordinal: number;
  readonly place: string;
  readonly stage: number;
  readonly is_same: boolean;
  readonly was_missing: boolean;
  readonly is_late: boolean;
  readonly recipient_count: number | null;
  readonly barcode_count: number | null;
}

type Compared =
  | (Stored & { readonly has_row: true })
  | { readonly ordinal: number; readonly has_row: false }
  | { readonly ordinal: null; readonly has_row: true; readonly fax_id: string; readonly is_test: boolean };

/** A slice held against the warehouse. */
interface Comparison {
  /** Rows whose fax is stored and not the same, late or back. */
  readonly stored: ReadonlyArray<{ readonly row: FaxRow; readonly now: Stored }>;
  readonly fresh: readonly FaxRow[];
  /** Known faxes of the window that the slice does not show. */
  readonly missing: ReadonlyArray<{ readonly faxId: string; readonly isTest: boolean }>;
}

/** What a slice leaves behind beside its rows. */
interface Totals {
  readonly costCents: number;
  readonly digest: string;
}

function totalsOf(rows: readonly FaxRow[]): Totals {
  let costCents = 0;
  let content = '';
  for (const { fax, hash: contentHash } of rows) {
    costCents += fax.costCents ?? 0;
    content += `${fax.faxId}:${contentHash}\n`;
  }
  return { costCents, digest: hash('sha256', content, 'hex') };
}

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
  const overlaps = await findOverlaps(load, window);
  const compared = await compareWindow(load, window, rows);
  const settled = overlaps.hasLater
    ? await settleFaxes(load, rows, badValueReason)
    : await loadInOrder(load, compared, overlaps.hasAny);
  await closeSlice(load, window, rows, compared, isReadable);
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

async function findOverlaps(load: LoadTransaction, window: Window): Promise<{ hasLater: boolean; hasAny: boolean }> {
  const found = await load.client.query<{ has_later: boolean; has_any: boolean }>(FIND_OVERLAPS, [
    load.accountId,
    toIso(window.after),
    toIso(window.before),
    load.observation,
  ]);
  return { hasLater: found.rows[0]?.has_later === true, hasAny: found.rows[0]?.has_any === true };
}

async function compareWindow(load: LoadTransaction, window: Window, rows: readonly FaxRow[]): Promise<Comparison> {
  const { accountId, observation } = load;
  const found = await load.client.query<Compared>(COMPARE_WINDOW, [
    accountId,
    plainArray(rows.map(({ fax }) => fax.faxId)),
    plainArray(rows.map((row) => row.hash)),
    toIso(window.after),
    observation,
    toIso(window.before),
  ]);
  const stored: Array<{ row: FaxRow; now: Stored }> = [];
  const unmatched: FaxRow[] = [];
  const missing: Array<{ faxId: string; isTest: boolean }> = [];
  for (const compared of found.rows) {
    if (compared.ordinal === null) missing.push({ faxId: compared.fax_id, isTest: compared.is_test });
    else {
      const row = rows[compared.ordinal - 1];
      if (row === undefined) continue;
      if (compared.has_row) stored.push({ row, now: compared });
      else unmatched.push(row);
    }
  }
  if (unmatched.length === 0) return { stored, fresh: [], missing };
  unmatched.sort((a, b) => compareIds(a.fax.faxId, b.fax.faxId));
  const elsewhere = await load.client.query<Stored>(FIND_ELSEWHERE, [
    accountId,
    plainArray(unmatched.map(({ fax }) => fax.faxId)),
    plainArray(unmatched.map((row) => row.hash)),
    observation,
  ]);
  const moved = new Set<FaxRow>();
  for (const now of elsewhere.rows) {
    const row = unmatched[now.ordinal - 1];
    if (row === undefined) continue;
    moved.add(row);
    stored.push({ row, now });
  }
  return { stored, fresh: unmatched.filter((row) => !moved.has(row)), missing };
}

/** The rows that have a later callback or look-up: those cannot simply be written over. */
async function findLaterLooks(load: LoadTransaction, rows: readonly FaxRow[]): Promise<ReadonlySet<FaxRow>> {
  if (rows.length === 0) return new Set();
  const ids = plainArray(rows.map(({ fax }) => fax.faxId));
  const found = await load.client.query<{ ordinal: number }>(FIND_LATER_LOOKS, [load.accountId, ids, load.observation]);
  return new Set(found.rows.flatMap(({ ordinal }) => rows[ordinal - 1] ?? []));
}

async function loadInOrder(load: LoadTransaction, compared: Comparison, hasOverlaps: boolean): Promise<SettledCounts> {
  const later = await findLaterLooks(load, [...compared.fresh, ...compared.stored.map(({ row }) => row)]);
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
  if (hasOverlaps) await markCoveringMisses(load, added);
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
  rows: readonly FaxRow[],
  compared: Comparison,
  isReadable: boolean,
): Promise<void> {
  const refused = new Set(
    load.notes.rejections.flatMap(({ scope, recordId }) => (scope === 'record' ? [recordId] : [])),
  );
  const missing = compared.missing.filter(({ faxId }) => !refused.has(faxId));
  const live = missing.filter(({ isTest }) => !isTest).length;
  const isComplete = isReadable && live <= Math.max(MISSING_MIN, (rows.length + live) * MISSING_SHARE_MAX);
  const { costCents, digest } = totalsOf(rows);
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
