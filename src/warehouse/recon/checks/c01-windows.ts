import { type Check, EXACT } from '../check.ts';
import { firstIdFrom, lastIdBefore } from '../id-bounds.ts';

/**
 * Left: faxes stored that a listing showed, each with its cost as of that look by its history. Right: count and cents of the listing as the
 * provider showed them (`ops.slices`). Tolerance: none. Of all listings those are held that are the last look at some part of their window.
 * Beside them: what of the month no listing covers.
 * Why: the control totals are taken from the answer and not from the tables; what was lost, doubled or altered since shows here. Left out are
 * faxes that the look missed or that were first seen later, and every later change of cost. A listing whose faxes are stored now exactly as it
 * showed them (digest, count and cents) is done with one range of an index; only the others ask history and looks.
 */
export const windowCompleteness: Check = {
  id: 'C1',
  name: 'window_completeness',
  left: 'faxes stored that the last listing of the window showed',
  right: 'faxes the listing showed',
  why: 'Whatever is not listed, or was listed and is not stored, is missing in every other figure.',
  unit: 'rows',
  severity: 'error',
  tolerance: EXACT,
  isGate: true,
  every: 'hour',
  reasons: {
    not_listed: 'No complete listing covers this part of the month. Read it: faxsync backfill with these dates.',
    not_believed:
      'The last listing missed so many known faxes that it was not believed. Ask the provider whether these faxes are gone.',
    count_differs: 'Faxes that the listing showed are not stored, or more are. Load the landed object again.',
    cents_differ:
      'The faxes are there, but their cost at the listing is not what it showed. Load the landed object again.',
    rows_without_fax: 'The faxes are gone from their table while their history stands; C7 names them.',
    history_differs: 'The history of a fax of this window does not sum to its cost, by just as much; C6 names it.',
    other_month: 'The window reaches into another month that is open; the difference is told of there.',
    not_whole: 'Only listings with a refused record cover this part: they prove nobody present or absent.',
    refused: 'The listing held a record or value that was refused, and differs; see ops.rejected_records.',
    stale_look: 'The listing showed an older state of a fax than was known, and differs.',
    not_listed_yet:
      'The end of the month so far, or what the backfill has still before it, is not listed yet; C23 says when that is too long.',
    before_first_listing:
      'It lies before where the backfill began. What trailing passes listed there is of no account.',
  },
  sql: `
  with looks as materialized (
    select s.observation_no, s.requested_at, s.created_within, s.record_count, coalesce(s.cost_cents, 0) as cost_cents, s.content_digest,
      (s.requested_at at time zone 'UTC')::date as made_on
    from ops.slices s
    where s.account_id = (select account_id from asked) and s.stream = 'faxes' and s.is_complete
      and s.created_within && (select tstzrange(starts_at, ends_at) from asked) and s.requested_at <= (select as_of from asked)
  ), listed as materialized (
    select coalesce(
        min(lower(created_within)) filter (where coalesce(pass, 'head') in ('head', 'backfill')),
        min(lower(created_within)) filter (where pass not like '+%'), min(lower(created_within))) as first_at,
      max(upper(created_within)) as last_at,
      max(upper(created_within)) filter (where pass = 'backfill') as filled_to, max(requested_at) filter (where pass = 'backfill') as filled_at
    from ops.slices
    where account_id = (select account_id from asked) and stream = 'faxes' and is_complete and requested_at <= (select as_of from asked)
  ), span as (
    select tstzrange(starts_at, greatest(starts_at, least(ends_at, as_of - interval '1 hour'))) as within from asked
  ), unlisted as materialized (
    select unnest(tstzmultirange(s.within) - coalesce((select range_agg(created_within) from looks), '{}')) as gap from span s
  ), early as (
    select u.gap * tstzrange(null, l.first_at) as gap from unlisted u, listed l
    where l.first_at is null or u.gap && tstzrange(null, l.first_at)
  ), late as materialized (
    select u.gap * tstzrange(l.first_at, null) as gap, lower(u.gap) >= l.last_at as is_tail,
      lower(u.gap) = l.filled_to as is_next, l.filled_at from unlisted u, listed l
    where u.gap && tstzrange(l.first_at, null) and l.first_at is not null
  ), unwhole as materialized (
    select s.observation_no, s.requested_at, s.created_within, s.record_count, s.missing_count, exists (
      select from ops.landed_objects o
      where o.account_id = s.account_id and o.observation_no = s.observation_no and o.rejected_count > 0) as is_refused
    from ops.slices s
    where s.account_id = (select account_id from asked) and s.stream = 'faxes' and not s.is_complete
      and s.created_within && (select tstzrange(starts_at, ends_at) from asked) and s.requested_at <= (select as_of from asked)
  ), unbelieved as materialized (
    select u.* from unwhole u
    where not u.is_refused and u.requested_at >= upper(u.created_within) + interval '1 hour'
      and not exists (select from unwhole x where x.observation_no > u.observation_no and not x.is_refused and x.created_within @> u.created_within)
      and not exists (
        select from ops.slices x
        where x.account_id = (select account_id from asked) and x.stream = 'faxes' and x.is_complete and x.created_within && u.created_within
          and x.observation_no > u.observation_no and x.requested_at <= (select as_of from asked))
  ), gaps as (
    select gap, 'not_testable' as verdict, 'before_first_listing' as reason from early where not isempty(gap)
    union all
    select g.gap, case w.reason when 'not_whole' then 'not_testable' when 'not_listed_yet' then 'not_testable'
        when 'not_believed' then 'explained' else 'exception' end, w.reason
    from late g
    cross join lateral (
      select case
        when exists (select from unwhole u where u.is_refused and u.created_within && g.gap) then 'not_whole'
        when exists (select from unbelieved u where u.created_within && g.gap) then 'not_believed'
        when g.is_tail and lower(g.gap) >= a.as_of - (a.limits ->> 'freshHours')::numeric * interval '1 hour' then 'not_listed_yet'
        when g.is_next and g.filled_at >= a.as_of - (a.limits ->> 'freshHours')::numeric * interval '1 hour' then 'not_listed_yet'
        else 'not_listed' end as reason
      from asked a
    ) w
  ), by_day as (
    select made_on, range_agg(created_within) as ranges from looks group by made_on
  ), made_later as materialized (
    select made_on, range_agg(ranges) over (order by made_on desc rows between unbounded preceding and 1 preceding) as ranges from by_day
  ), perhaps_last as materialized (
    select l.* from looks l join made_later m using (made_on) where not coalesce(m.ranges @> l.created_within, false)
  ), last_looks as materialized (
    select p.* from perhaps_last p
    cross join lateral (
      select range_agg(x.created_within) as ranges from ops.slices x
      where x.account_id = (select account_id from asked) and x.stream = 'faxes' and x.is_complete and x.created_within && p.created_within
        and x.observation_no > p.observation_no and x.requested_at <= (select as_of from asked)
    ) later
    where not coalesce(later.ranges @> p.created_within, false)
  ), standing as materialized (
    select l.*, n.faxes, n.faxes = l.record_count and n.cents = l.cost_cents and n.digest = l.content_digest as is_same
    from last_looks l
    cross join lateral (
      select count(*) as faxes, coalesce(sum(f.cost_cents), 0) as cents,
        encode(sha256(coalesce(string_agg(uuid_send(f.content_hash), ''::bytea order by f.fax_id), ''::bytea)), 'hex') as digest
      from warehouse.faxes f
      where f.account_id = (select account_id from asked) and f.missing_since is null
        and f.created_at >= lower(l.created_within) and f.created_at < upper(l.created_within)
    ) n
  ), recounted as materialized (
    select s.observation_no, t.* from standing s
    cross join lateral (
      select count(*) filter (where shown.is_shown) as faxes,
        coalesce(sum(h.cents_then) filter (where shown.is_shown), 0) as cents,
        coalesce(sum(h.cents - coalesce(f.cost_cents, 0)) filter (where shown.is_shown), 0) as unsummed,
        coalesce(bool_or(look.outcome = 'stale'), false) as has_stale
      from warehouse.faxes f
      cross join lateral (
        select min(observation_no) as first_no, coalesce(sum(cost_delta_cents), 0) as cents,
          coalesce(sum(cost_delta_cents) filter (where observation_no <= s.observation_no), 0) as cents_then
        from warehouse.fax_history where account_id = (select account_id from asked) and fax_id = f.fax_id
      ) h
      left join lateral (
        select outcome from ops.fax_looks
        where account_id = (select account_id from asked) and fax_id = f.fax_id and observation_no = s.observation_no
        offset 0
      ) look on true
      cross join lateral (
        select coalesce(h.first_no, 0) <= s.observation_no and coalesce(look.outcome <> 'missing', true) as is_shown
      ) shown
      where f.account_id = (select account_id from asked)
        and f.created_at >= lower(s.created_within) and f.created_at < upper(s.created_within)
    ) t
    where not s.is_same
  ), compared as materialized (
    select s.observation_no, s.created_within, s.record_count, coalesce(r.faxes, s.record_count) as faxes,
      coalesce(r.faxes, s.record_count) - s.record_count as more_faxes, coalesce(r.cents, s.cost_cents) - s.cost_cents as more_cents,
      coalesce(r.has_stale, false) as has_stale, coalesce(r.unsummed, 0) as unsummed
    from standing s left join recounted r using (observation_no)
  ), weighed as (
    select c.*, c.more_faxes <> 0 or c.more_cents <> 0 as differs, o.has_refused, c.more_faxes + w.faxes as rest_faxes,
      -- Which of more orphans than are missing belong here cannot be said, so nor can their cents.
      case when c.more_faxes + w.faxes <= 0 then c.more_cents + w.cents else 0 end as rest_cents
    from compared c
    left join lateral (
      select count(*) > 0 as has_refused from ops.landed_objects o
      where (c.more_faxes <> 0 or c.more_cents <> 0)
        and o.account_id = (select account_id from asked) and o.observation_no = c.observation_no and o.rejected_count > 0
    ) o on true
    -- Faxes whose history stands: between the ids of the faxes around the window.
    left join lateral (
      select count(*) as faxes, coalesce(sum(known.cents), 0) as cents from (
        select h.fax_id, sum(h.cost_delta_cents) as cents from warehouse.fax_history h
        where c.more_faxes < 0 and h.account_id = (select account_id from asked) and h.observation_no <= c.observation_no
          and h.fax_id > coalesce(${lastIdBefore('lower(c.created_within)')}, -1)
          and h.fax_id < coalesce(${firstIdFrom('upper(c.created_within)')}, 9223372036854775807)
        group by h.fax_id
      ) known
      where not exists (select from warehouse.faxes f where f.account_id = (select account_id from asked) and f.fax_id = known.fax_id)
    ) w on true
  ), decided as (
    select w.*, case
      when not differs then null
      when has_stale then 'stale_look'
      when has_refused then 'refused'
      when rest_faxes > 0 and more_faxes >= 0 or rest_faxes < 0 then 'count_differs'
      when rest_cents = 0 then 'rows_without_fax'
      when rest_cents = unsummed then 'history_differs'
      else 'cents_differ' end as reason
    from weighed w
  ), judged as (
    select d.*, d.reason as why from decided d where d.reason is null or d.reason not in ('count_differs', 'cents_differ')
    union all
    -- A window that reaches over months is told of in the earliest of those that are run and not closed.
    select d.*, case when o.period <> (select period from asked) then 'other_month' else d.reason end
    from decided d
    cross join lateral (
      select min(p.period) as period from recon.periods p cross join asked a
      where p.account_id = a.account_id and p.state <> 'closed' and d.created_within && tstzrange(
        p.period::timestamp at time zone a.billing_zone, (p.period + interval '1 month') at time zone a.billing_zone)
    ) o
    where d.reason in ('count_differs', 'cents_differ')
  )
  select 'period' as grain, 'window' as subject_kind, 'month' as subject_id, null::numeric as left_value, null::numeric as right_value,
    0::bigint as cents, 0::bigint as owed_cents, 'pass' as verdict, null::text as reason
  where not exists (select from gaps)
  union all
  select 'period', 'window', 'gap:' || to_char(lower(gap) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), null, null, 0, 0, verdict, reason
  from gaps
  union all
  select 'period', 'window', observation_no::text, record_count, record_count + missing_count, 0, 0, 'exception', 'not_believed' from unbelieved
  union all
  select greatest((lower(j.created_within) at time zone a.billing_zone)::date, a.period)::text, 'window', j.observation_no::text,
    case j.reason when 'cents_differ' then j.record_count else j.faxes end, j.record_count,
    -- What C6 names of it is left out where that leaves less.
    case when j.reason is distinct from 'cents_differ' then j.more_cents when abs(j.rest_cents - j.unsummed) < abs(j.rest_cents) then j.rest_cents - j.unsummed
      else j.rest_cents end::bigint, 0,
    case when j.reason is null then 'pass' when j.reason in ('stale_look', 'refused') then 'not_testable'
      when j.why in ('rows_without_fax', 'history_differs', 'other_month') then 'explained' when j.reason = 'cents_differ' then 'exception' end,
    j.why
  from judged j cross join asked a`,
};
