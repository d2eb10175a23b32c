import { type Check, EXACT } from '../check.ts';

/**
 * Left: hours each fax of the month had been open when it was first seen open for too long. Right: hours it may be (`stuckHours`); a fax that is over takes
 * none of them. Tolerance: none. Left goes by that look, not by the run: later runs find the same, and a month that was prepared stays so. A fax that no look has seen since it became too old may have ended unseen and cannot be tested; one that is missing from
 * the listings is not open any more, C3 has it.
 * Why: an open fax holds its full price, and its credit is not due before it ends.
 */
export const stuckFaxes: Check = {
  id: 'C5',
  name: 'stuck_faxes',
  left: 'hours open when first seen so for too long',
  right: 'hours a fax may be open',
  why: 'An open fax holds its full price, and no credit of it is due before it ends.',
  unit: 'hours',
  severity: 'warn',
  tolerance: EXACT,
  isGate: true,
  every: 'hour',
  reasons: {
    stuck:
      'Open for longer than a fax may be, and seen open since then. Cancel it in the console, or ask the provider.',
    stuck_long: 'Open for more than seven days. The provider has most likely lost it: ask for its credit.',
    unknown_status:
      'Has a status that is not known, which counts as open. Ask the provider what it means and report it; until a version knows it, decide about the item.',
    not_looked_at: 'Open when last seen, and not seen since it became too old. C23 says when looks are late.',
    missing: 'Open when last seen, and missing from the listings since; see C3.',
  },
  sql: `
  with allowed as materialized (
    select h.hours, a.as_of, h.hours * interval '1 hour' as open_for,
      (h.hours + coalesce(least((t.tolerance ->> 'amount')::numeric, (t.tolerance ->> 'share')::numeric * h.hours), 0)) * interval '1 hour' as tolerated_for
    from asked a
    cross join lateral (select (a.limits ->> 'stuckHours')::numeric as hours) h
    cross join lateral (select a.limits -> 'tolerances' -> 'C5' as tolerance) t
  ), late as materialized (
    select r.fax_id, ceil(extract(epoch from s.first_at - r.used_at) / 36) / 100 as open_hours,
      s.last_at > r.used_at + interval '7 days' as is_long, r.missing_since is null and s.first_at is not null as is_seen
    from run_faxes r cross join allowed a
    cross join lateral (select r.used_at + a.open_for as until) t
    cross join lateral (
      select coalesce(min(l.at) filter (where l.at > r.used_at + a.tolerated_for), max(l.at)) as first_at, max(l.at) as last_at from (
        select r.changed_at as at where r.changed_at > t.until
        union all
        select s.requested_at from ops.slices s
        where s.account_id = (select account_id from asked) and s.stream = 'faxes' and s.is_complete and s.created_within @> r.created_at
          and s.requested_at > t.until and s.requested_at <= a.as_of
        union all
        select k.requested_at from ops.fax_looks k
        where k.account_id = (select account_id from asked) and k.fax_id = r.fax_id and k.requested_at > t.until and k.requested_at <= a.as_of
      ) l
    ) s
    where r.stage < 2 and r.used_at + a.open_for < a.as_of
  ), looked as (
    select r.usage_date, r.fax_id, r.status, r.cost_cents, r.gone_at, r.missing_since, a.hours as allowed_hours,
      l.fax_id is not null as is_late, l.open_hours, l.is_long, l.is_seen
    from run_faxes r cross join allowed a left join late l on l.fax_id = r.fax_id
  )
  select usage_date::text as grain, 'fax' as subject_kind, fax_id::text as subject_id,
    coalesce(open_hours, allowed_hours) as left_value, allowed_hours as right_value,
    case when is_late then coalesce(cost_cents, 0) else 0 end::bigint as cents, 0::bigint as owed_cents,
    case when is_late and gone_at is not null then 'pass' when is_late and (missing_since is not null or not is_seen) then 'not_testable' end as verdict,
    case when not is_late or gone_at is not null then null
      when missing_since is not null then 'missing'
      when not is_seen then 'not_looked_at'
      when status not in ('queued', 'pendingbatch', 'inprogress') then 'unknown_status'
      when is_long then 'stuck_long'
      else 'stuck' end as reason
  from looked`,
};
