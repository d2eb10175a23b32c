import type { LookVia } from '../domain/fax.ts';
import type { LookMark } from '../domain/fold-looks.ts';
import { type Instant, toIso } from '../domain/time.ts';
import { plainArray } from './array-literal.ts';
import type { FaxRow } from './fax-rows.ts';
import type { LoadTransaction } from './load-transaction.ts';
import { viaOf } from './load-transaction.ts';

/** How far apart two looks must be to call a fax gone: lists may lag behind. */
export const GONE_AFTER_MS = 3_600_000;

const NOTE_LOOKS = `
insert into ops.fax_looks (account_id, fax_id, observation_no, requested_at, observed_via, outcome, event_type, digest)
select $1, unnest($2::bigint[]), $3, $4, $5, $6, $7, $8
on conflict (account_id, fax_id, observation_no) do update set outcome = excluded.outcome where excluded.outcome <> 'seen'`;

/**
 * Complete slices, other than this look, whose window holds the creation time of a fax that was not known until now:
 * they cannot have shown it. Empty in the ordinary course, where windows are walked once and new faxes lie in the newest.
 */
const NOTE_COVERING_MISSES = `
insert into ops.fax_looks (account_id, fax_id, observation_no, requested_at, observed_via, outcome)
select $1, f.fax_id, s.observation_no, s.requested_at, 'listing', 'missing'
from unnest($2::bigint[], $3::timestamptz[]) as f(fax_id, created_at)
join ops.slices s on s.account_id = $1 and s.stream = 'faxes' and s.is_complete and s.created_within @> f.created_at
  and s.observation_no <> $4
on conflict do nothing
returning observation_no`;

const HAS_OVERLAPS = `
select exists (
  select from ops.slices
  where account_id = $1 and stream = 'faxes' and is_complete and observation_no <> $2
    and created_within && tstzrange($3::timestamptz, $4::timestamptz)
) as has_overlaps`;

const READ_MARKS = `
select f.fax_id, s.observation_no, s.requested_at, 'listing' as observed_via, 'seen' as outcome
from warehouse.faxes f
join ops.slices s on s.account_id = f.account_id and s.stream = 'faxes' and s.is_complete and s.created_within @> f.created_at
where f.account_id = $1 and f.fax_id = any($2::bigint[])
  and not exists (
    select from ops.fax_looks l
    where l.account_id = f.account_id and l.fax_id = f.fax_id and l.observation_no = s.observation_no)
union all
select fax_id, observation_no, requested_at, observed_via, outcome from ops.fax_looks
where account_id = $1 and fax_id = any($2::bigint[])
union all
select fax_id, observation_no, observed_at, observed_via, 'seen' from warehouse.fax_history
where account_id = $1 and fax_id = any($2::bigint[])
order by 1, 2`;

const MARK_MISSING = `
update warehouse.faxes f set missing_since = p.missing_since, gone_at_source_at = p.gone_at
from unnest($2::bigint[], $3::timestamptz[], $4::timestamptz[]) as p(fax_id, missing_since, gone_at)
where f.account_id = $1 and f.fax_id = p.fax_id
  and (f.missing_since, f.gone_at_source_at) is distinct from (p.missing_since, p.gone_at)`;

/** What is known of one look at one fax, its value apart. */
export interface KnownLook extends LookMark {
  readonly outcome: 'seen' | 'stale' | 'missing';
}

/** Records looks at single faxes under this load's observation number; "seen" does not undo what was said before. */
export async function noteLooks(
  load: LoadTransaction,
  faxes: ReadonlyArray<FaxRow | string>,
  outcome: KnownLook['outcome'],
): Promise<void> {
  if (faxes.length === 0) return;
  const ids = faxes.map((fax) => (typeof fax === 'string' ? fax : fax.fax.faxId));
  const { accountId, observation, requestedAt, kind, callback } = load;
  await load.client.query(NOTE_LOOKS, [
    accountId,
    plainArray(ids),
    observation,
    toIso(requestedAt),
    viaOf(kind),
    outcome,
    callback?.eventType ?? null,
    callback?.digest ?? null,
  ]);
}

/**
 * Records that looks loaded before these faxes were known did not show them; returns the observations of those looks.
 * Looks made before a fax was first seen mark nothing; where later ones are among them the caller refreshes the marks.
 */
export async function markCoveringMisses(load: LoadTransaction, added: readonly FaxRow[]): Promise<number[]> {
  const times = added.flatMap(({ fax }) => (fax.createdAt === null ? [] : [fax.createdAt]));
  const [first] = times;
  if (first === undefined) return [];
  const from = times.reduce((a, b) => Math.min(a, b), first);
  const to = times.reduce((a, b) => Math.max(a, b), first) + 1;
  const overlaps = await load.client.query<{ has_overlaps: boolean }>(HAS_OVERLAPS, [
    load.accountId,
    load.observation,
    toIso(from),
    toIso(to),
  ]);
  if (overlaps.rows[0]?.has_overlaps !== true) return [];
  const noted = await load.client.query<{ observation_no: string }>(NOTE_COVERING_MISSES, [
    load.accountId,
    plainArray(added.map(({ fax }) => fax.faxId)),
    plainArray(added.map(({ fax }) => (fax.createdAt === null ? null : toIso(fax.createdAt)))),
    load.observation,
  ]);
  return [...new Set(noted.rows.map((row) => Number(row.observation_no)))];
}

/** Every look known at these faxes, in order of observation: listed ones by the slices that cover them, exceptions by name. */
export async function readLooks(load: LoadTransaction, faxIds: readonly string[]): Promise<Map<string, KnownLook[]>> {
  const looks = new Map<string, KnownLook[]>();
  const found = await load.client.query<{
    fax_id: string;
    observation_no: string;
    requested_at: Date;
    observed_via: LookVia;
    outcome: KnownLook['outcome'];
  }>(READ_MARKS, [load.accountId, plainArray(faxIds)]);
  for (const row of found.rows) {
    const of = looks.get(row.fax_id) ?? [];
    looks.set(row.fax_id, of);
    const observation = Number(row.observation_no);
    if (of.at(-1)?.observation === observation) continue;
    of.push({ observation, at: row.requested_at.getTime(), via: row.observed_via, outcome: row.outcome });
  }
  return looks;
}

/** When a known fax went missing and when that was confirmed, from its looks in order; nulls while it is there. */
export function missingFrom(looks: readonly KnownLook[]): { missingSince: Instant | null; goneAt: Instant | null } {
  let isKnown = false;
  let missingSince: Instant | null = null;
  let goneAt: Instant | null = null;
  for (const look of looks) {
    if (look.outcome !== 'missing') {
      isKnown = true;
      // A callback tells what was, perhaps days ago; that the fax is there now only the provider's lists and answers say.
      if (look.via === 'callback') continue;
      missingSince = null;
      goneAt = null;
    } else if (!isKnown) continue;
    else if (missingSince === null) missingSince = look.at;
    else if (goneAt === null && look.at - missingSince >= GONE_AFTER_MS) goneAt = look.at;
  }
  return { missingSince, goneAt };
}

/** Sets `missing_since` and `gone_at_source_at` of these faxes by what all their looks say; rows that agree are not written. */
export async function refreshMissing(load: LoadTransaction, faxIds: readonly string[]): Promise<void> {
  if (faxIds.length === 0) return;
  const looks = await readLooks(load, faxIds);
  const marks = [...looks].map(([faxId, of]) => ({ faxId, ...missingFrom(of) }));
  await load.client.query(MARK_MISSING, [
    load.accountId,
    plainArray(marks.map(({ faxId }) => faxId)),
    plainArray(marks.map(({ missingSince }) => (missingSince === null ? null : toIso(missingSince)))),
    plainArray(marks.map(({ goneAt }) => (goneAt === null ? null : toIso(goneAt)))),
  ]);
}
