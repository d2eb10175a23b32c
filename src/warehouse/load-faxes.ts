import { hash } from 'node:crypto';
import type { Fax } from '../domain/fax.ts';
import { toIso } from '../domain/time.ts';
import { plainArray } from './array-literal.ts';
import { toWarehouseError, WarehouseError } from './database-error.ts';
import { markCoveringMisses, noteLooks, refreshMissing } from './fax-looks.ts';
import { type FaxRow, faxRows } from './fax-rows.ts';
import type { LoadTransaction, WriteCounts } from './load-transaction.ts';
import { type SettledCounts, settleFaxes } from './settle-faxes.ts';
import { addFaxes, changeFaxes, writeSparingBadRows } from './write-faxes.ts';

/** Live faxes a slice may miss before it is not believed: the larger of this many and {@link MISSING_SHARE_MAX}. */
export const MISSING_MIN = 5;
/** Share of the live faxes known in a window that a slice may miss before it is not believed. */
export const MISSING_SHARE_MAX = 0.1;

/**
 * Which rows are new, changed, late or back again; rows that are none of it are not returned, so an unchanged fax costs one probe.
 * Lateral with offset 0: always index probes, whatever the statistics of a fresh table say.
 */
const FIND_DIFFERENCES = `
select p.ordinal::integer as ordinal, f.fax_id is null as is_new, f.stage, f.content_hash = p.content_hash as is_same,
  f.missing_since is not null as was_missing,
  f.observation_no > $4::bigint or exists (
    select from ops.fax_looks l
    where l.account_id = $1 and l.fax_id = p.fax_id and l.observation_no > $4::bigint and l.observed_via <> 'listing'
  ) as is_late
from unnest($2::bigint[], $3::uuid[]) with ordinality as p(fax_id, content_hash, ordinal)
left join lateral (
  select fax_id, stage, observation_no, content_hash, missing_since from warehouse.faxes f
  where f.account_id = $1 and f.fax_id = p.fax_id offset 0
) f on true
where f.fax_id is null or f.content_hash <> p.content_hash or f.missing_since is not null or f.observation_no > $4::bigint`;

const FIND_MISSING = `
select fax_id, is_test is true as is_test from warehouse.faxes
where account_id = $1 and created_at >= $2::timestamptz and created_at < $3::timestamptz and fax_id <> all($4::bigint[])`;

/** Complete slices that overlap a window, by whether they were made after the look being loaded. */
const FIND_OVERLAPS = `
select coalesce(bool_or(observation_no > $4::bigint), false) as has_later, count(*)::integer as overlaps from ops.slices
where account_id = $1 and stream = 'faxes' and is_complete and observation_no <> $4::bigint
  and created_within && tstzrange($2::timestamptz, $3::timestamptz)`;

const INSERT_SLICE = `
insert into ops.slices (account_id, stream, observation_no, requested_at, pass, created_within, is_complete, record_count,
  cost_cents, content_digest, missing_count)
values ($1, 'faxes', $2, $3, $4, tstzrange($5::timestamptz, $6::timestamptz), $7, $8, $9, $10, $11)
on conflict do nothing`;

interface Difference {
  readonly ordinal: number;
  readonly is_new: boolean;
  readonly stage: number | null;
  readonly is_same: boolean | null;
  readonly was_missing: boolean;
  readonly is_late: boolean;
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

/**
 * Loads the faxes of one landed object: the one write path of faxes.
 * Rows outside the window are left to the slices that speak for them. A slice in order of observation takes the short way
 * (find differences, add, change); a look that comes late, and every look at a single fax, is folded into the fax's history.
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
  const isInOrder = window !== null && !(await hasLaterSlices(load, window));
  const settled = await (isInOrder ? loadInOrder(load, rows) : settleFaxes(load, rows, badValueReason));
  const missing = window === null ? 0 : await closeSlice(load, window, rows, isReadable);
  await refreshMissing(load, settled.recheck);
  const { added, changed, stale, disagreements } = settled;
  return { records: rows.length, added, changed, stale, missing, disagreements };
}

/** Records that a look-up by id found no such fax: one more look that misses it. */
export async function recordAbsentFax(load: LoadTransaction, faxId: string): Promise<WriteCounts> {
  await noteLooks(load, [faxId], 'missing');
  await refreshMissing(load, [faxId]);
  return { records: 0, added: 0, changed: 0, stale: 0, missing: 1, disagreements: [] };
}

type Window = NonNullable<LoadTransaction['window']>;

async function hasLaterSlices(load: LoadTransaction, window: Window): Promise<boolean> {
  const found = await load.client.query<{ has_later: boolean }>(FIND_OVERLAPS, [
    load.accountId,
    toIso(window.after),
    toIso(window.before),
    load.observation,
  ]);
  return found.rows[0]?.has_later === true;
}

async function loadInOrder(load: LoadTransaction, rows: readonly FaxRow[]): Promise<SettledCounts> {
  const differences = await load.client.query<Difference>(FIND_DIFFERENCES, [
    load.accountId,
    plainArray(rows.map(({ fax }) => fax.faxId)),
    plainArray(rows.map((row) => row.hash)),
    load.observation,
  ]);
  const added: FaxRow[] = [];
  const changed: FaxRow[] = [];
  const late: FaxRow[] = [];
  const stale: FaxRow[] = [];
  const back: FaxRow[] = [];
  for (const difference of differences.rows) {
    const row = rows[difference.ordinal - 1];
    if (row === undefined) continue;
    if (difference.was_missing || (difference.is_new && difference.is_late)) back.push(row);
    if (difference.is_new) added.push(row);
    else if (difference.is_late) late.push(row);
    else if (difference.is_same !== true) {
      if (row.stage < (difference.stage ?? 0)) stale.push(row);
      else changed.push(row);
    }
  }
  const written = await writeSparingBadRows(load, added, addFaxes, badValueReason);
  await markCoveringMisses(load, written);
  const changedRows = await writeSparingBadRows(load, changed, changeFaxes, badValueReason);
  await noteLooks(load, stale, 'stale');
  const settled = await settleFaxes(load, late, badValueReason);
  return {
    added: written.length + settled.added,
    changed: changedRows.length + settled.changed,
    stale: stale.length + settled.stale,
    disagreements: [...stale.map(({ fax }) => fax.faxId), ...settled.disagreements],
    recheck: [...back.map(({ fax }) => fax.faxId), ...settled.recheck],
  };
}

/** Marks what a complete slice did not show, unless it misses so much that it is not believed, and keeps its control totals. */
async function closeSlice(
  load: LoadTransaction,
  window: Window,
  rows: readonly FaxRow[],
  isReadable: boolean,
): Promise<number> {
  const refused = load.notes.rejections.flatMap(({ scope, recordId }) =>
    scope === 'record' && recordId !== null && /^\d{1,18}$/.test(recordId) ? [recordId] : [],
  );
  const found = await load.client.query<{ fax_id: string; is_test: boolean }>(FIND_MISSING, [
    load.accountId,
    toIso(window.after),
    toIso(window.before),
    plainArray([...rows.map(({ fax }) => fax.faxId), ...refused]),
  ]);
  const live = found.rows.filter((row) => !row.is_test).length;
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
    found.rows.length,
  ]);
  if (isComplete && found.rows.length > 0) {
    const missing = found.rows.map((row) => row.fax_id);
    await noteLooks(load, missing, 'missing');
    await refreshMissing(load, missing);
  }
  return found.rows.length;
}
