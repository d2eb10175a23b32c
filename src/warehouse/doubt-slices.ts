import { plainArray } from './array-literal.ts';
import type { LoadTransaction } from './load-transaction.ts';

/** Live faxes a slice may miss and still be believed: the larger of this many and {@link MISSING_SHARE_MAX}. */
export const MISSING_MIN = 5;
/** Share of the live faxes known in a window that a slice may miss and still be believed. */
export const MISSING_SHARE_MAX = 0.1;

/** Whether a slice that shows `shown` faxes and misses `missing` live ones known before it is believed. */
export function isBelievable(shown: number, missing: number): boolean {
  return missing <= Math.max(MISSING_MIN, (shown + missing) * MISSING_SHARE_MAX);
}

const FIND_KNOWN_BEFORE = `
select count(*)::integer as known from unnest($2::bigint[]) as p(fax_id)
where exists (
  select from warehouse.fax_history h where h.account_id = $1 and h.fax_id = p.fax_id and h.observation_no < $3::bigint)`;

/** How many of these faxes were known before the look being loaded: only those can be missing from it. */
export async function countKnownBefore(load: LoadTransaction, faxIds: readonly string[]): Promise<number> {
  const found = await load.client.query<{ known: number }>(FIND_KNOWN_BEFORE, [
    load.accountId,
    plainArray(faxIds),
    load.observation,
  ]);
  return found.rows[0]?.known ?? 0;
}

const READ_SLICES = `
select s.observation_no, s.record_count, count(*)::integer as missing_count
from ops.slices s
join warehouse.faxes f on f.account_id = s.account_id and f.is_test is not true
  and f.created_at >= lower(s.created_within) and f.created_at < upper(s.created_within)
join ops.fax_looks l on l.account_id = f.account_id and l.fax_id = f.fax_id and l.observation_no = s.observation_no
  and l.outcome = 'missing'
where s.account_id = $1 and s.stream = 'faxes' and s.is_complete and s.observation_no = any($2::bigint[])
  and exists (
    select from warehouse.fax_history h
    where h.account_id = f.account_id and h.fax_id = f.fax_id and h.observation_no < s.observation_no)
group by s.observation_no, s.record_count`;

/** What a doubted slice did show is kept by name: its window alone no longer says so. */
const NAME_SHOWN = `
insert into ops.fax_looks (account_id, fax_id, observation_no, requested_at, observed_via, outcome)
select f.account_id, f.fax_id, s.observation_no, s.requested_at, 'listing', 'seen'
from ops.slices s
join warehouse.faxes f on f.account_id = s.account_id
  and f.created_at >= lower(s.created_within) and f.created_at < upper(s.created_within)
where s.account_id = $1 and s.stream = 'faxes' and s.observation_no = any($2::bigint[])
on conflict do nothing`;

const FORGET_MISSES = `
delete from ops.fax_looks l using ops.slices s, warehouse.faxes f
where s.account_id = $1 and s.stream = 'faxes' and s.observation_no = any($2::bigint[]) and f.account_id = s.account_id
  and f.created_at >= lower(s.created_within) and f.created_at < upper(s.created_within)
  and l.account_id = f.account_id and l.fax_id = f.fax_id and l.observation_no = s.observation_no and l.outcome = 'missing'
returning l.fax_id`;

const MARK_DOUBTED = `
update ops.slices set is_complete = false where account_id = $1 and stream = 'faxes' and observation_no = any($2::bigint[])`;

/**
 * Judges slices anew after an earlier look brought faxes that they miss: one that now misses too much is no longer believed, as if
 * all had been loaded in order. Returns the faxes whose absence it had told.
 */
export async function doubtSlices(load: LoadTransaction, observations: readonly number[]): Promise<readonly string[]> {
  if (observations.length === 0) return [];
  const found = await load.client.query<{ observation_no: string; record_count: number; missing_count: number }>(
    READ_SLICES,
    [load.accountId, plainArray(observations)],
  );
  const doubted = found.rows
    .filter((slice) => !isBelievable(slice.record_count, slice.missing_count))
    .map((slice) => Number(slice.observation_no));
  if (doubted.length === 0) return [];
  const parameters = [load.accountId, plainArray(doubted)];
  await load.client.query(NAME_SHOWN, parameters);
  const forgotten = await load.client.query<{ fax_id: string }>(FORGET_MISSES, parameters);
  await load.client.query(MARK_DOUBTED, parameters);
  return forgotten.rows.map((row) => row.fax_id);
}
