import { hash } from 'node:crypto';
import { InvariantError } from '../domain/errors.ts';
import type { Fax } from '../domain/fax.ts';
import { toIso } from '../domain/time.ts';
import { bigintArray, uuidArray } from './array-literal.ts';
import { compareIds, type FaxRow, hashedRows, type ShownFax } from './fax-rows.ts';
import type { LoadTransaction } from './load-transaction.ts';

type Window = NonNullable<LoadTransaction['window']>;

/**
 * How a slice stands to what is stored, in one short question. Most slices are all new (backfill) or all as stored (trailing passes),
 * and need no other: nothing is stored in the window nor between the slice's lowest and highest id; or the stored content hashes of
 * the window have the slice's digest, none is missing and none was written by a later look (0.7 ms for 1,000 faxes, against 1.2 ms
 * for holding them against each other). The rest says what else must be looked at: complete slices that overlap (and whether one was
 * made later), and looks at single faxes between those ids.
 * By order and limit, since "exists" over a range would read a table that was never analyzed from its begin.
 */
const READ_STANDING = `
with stored as (
  select count(*)::integer as stored_count, count(missing_since)::integer as missing_count,
    coalesce(bool_or(observation_no > $4::bigint), false) as has_late,
    encode(sha256(string_agg(uuid_send(content_hash), ''::bytea order by fax_id)), 'hex') as digest
  from warehouse.faxes where account_id = $1 and created_at >= $2::timestamptz and created_at < $3::timestamptz
), others as (
  select coalesce(bool_or(observation_no > $4::bigint), false) as has_later, count(*) > 0 as has_any from ops.slices
  where account_id = $1 and stream = 'faxes' and is_complete and observation_no <> $4::bigint
    and created_within && tstzrange($2::timestamptz, $3::timestamptz)
)
select stored_count, missing_count, has_late, digest, has_later, has_any,
  coalesce((
    select fax_id <= $6::bigint from warehouse.faxes where account_id = $1 and fax_id >= $5::bigint
    order by account_id, fax_id limit 1), false) as has_ids,
  coalesce((
    select fax_id <= $6::bigint from ops.fax_looks where account_id = $1 and fax_id >= $5::bigint
    order by account_id, fax_id limit 1), false) as has_looks
from stored cross join others`;

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

/** Faxes with a look of their own made after this one, loaded already. */
const FIND_LATER_LOOKS = `
select p.ordinal::integer as ordinal from unnest($2::bigint[]) with ordinality as p(fax_id, ordinal)
where exists (
  select from ops.fax_looks l
  where l.account_id = $1 and l.fax_id = p.fax_id and l.observation_no > $3::bigint)`;

/** A stored fax that a slice shows, and how it stands to what is shown. */
export interface Stored {
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
export interface Comparison {
  /** Rows whose fax is stored and not the same, late or back. */
  readonly stored: ReadonlyArray<{ readonly row: FaxRow; readonly now: Stored }>;
  readonly fresh: readonly FaxRow[];
  /** Known faxes of the window that the slice does not show. */
  readonly missing: ReadonlyArray<{ readonly faxId: string; readonly isTest: boolean }>;
}

/** What {@link readStanding} finds. */
export interface Standing {
  readonly isNew: boolean;
  readonly isUnchanged: boolean;
  /** A complete slice that overlaps was made after the look being loaded. */
  readonly hasLater: boolean;
  /** There are other complete slices that overlap. */
  readonly hasAny: boolean;
  /** There may be looks at single faxes of the slice. */
  readonly hasLooks: boolean;
}

/** SHA-256 over the content hashes in order of id, 64 hex digits; the warehouse computes the same. */
function digestOf(rows: readonly FaxRow[]): string {
  return hash('sha256', Buffer.from(rows.map((row) => row.hash).join(''), 'hex'), 'hex');
}

/** How a slice stands to the warehouse; `shown` in order of id. Its content is hashed while the server looks. */
export async function readStanding(
  load: LoadTransaction,
  window: Window,
  shown: readonly ShownFax[],
  hashFax: (fax: Fax) => string,
): Promise<{ readonly rows: readonly FaxRow[]; readonly digest: string; readonly standing: Standing }> {
  const asked = load.client.query<{
    stored_count: number;
    missing_count: number;
    has_late: boolean;
    digest: string | null;
    has_later: boolean;
    has_any: boolean;
    has_ids: boolean;
    has_looks: boolean;
  }>(READ_STANDING, [
    load.accountId,
    toIso(window.after),
    toIso(window.before),
    load.observation,
    shown.at(0)?.fax.faxId ?? null,
    shown.at(-1)?.fax.faxId ?? null,
  ]);
  const hashed = async () => hashedRows(shown, hashFax);
  const [found, rows] = await Promise.all([asked, hashed()]);
  const digest = digestOf(rows);
  const [stored] = found.rows;
  if (stored === undefined) throw new InvariantError('A question that always has one answer had none.');
  const isSame = stored.stored_count === rows.length && stored.digest === digest;
  const standing = {
    isNew: stored.stored_count === 0 && !stored.has_ids,
    isUnchanged: isSame && stored.missing_count === 0 && !stored.has_late,
    hasLater: stored.has_later,
    hasAny: stored.has_any,
    hasLooks: stored.has_looks,
  };
  return { rows, digest, standing };
}

/** Holds a slice against the warehouse, by the shortest way its standing allows. */
export async function compareSlice(
  load: LoadTransaction,
  window: Window,
  rows: readonly FaxRow[],
  standing: Standing,
): Promise<Comparison> {
  if (standing.isUnchanged) return { stored: [], fresh: [], missing: [] };
  if (standing.isNew) return { stored: [], fresh: rows, missing: [] };
  return compareWindow(load, window, rows);
}

async function compareWindow(load: LoadTransaction, window: Window, rows: readonly FaxRow[]): Promise<Comparison> {
  const { accountId, observation } = load;
  const found = await load.client.query<Compared>(COMPARE_WINDOW, [
    accountId,
    bigintArray(rows.map(({ fax }) => fax.faxId)),
    uuidArray(rows.map((row) => row.hash)),
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
    bigintArray(unmatched.map(({ fax }) => fax.faxId)),
    uuidArray(unmatched.map((row) => row.hash)),
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
export async function findLaterLooks(load: LoadTransaction, rows: readonly FaxRow[]): Promise<ReadonlySet<FaxRow>> {
  if (rows.length === 0) return new Set();
  const ids = bigintArray(rows.map(({ fax }) => fax.faxId));
  const found = await load.client.query<{ ordinal: number }>(FIND_LATER_LOOKS, [load.accountId, ids, load.observation]);
  return new Set(found.rows.flatMap(({ ordinal }) => rows[ordinal - 1] ?? []));
}
