import { type Check, EXACT } from '../check.ts';

/**
 * Left: each fax of the month as the provider's lists and answers show it, 1 or 0. Right: the fax as it is stored, 1. Tolerance: none.
 * A deleted test fax passes. One row more tells of callbacks that did not come: final sent faxes older than three days, since the month's
 * first callback, and how many of them had one; none of these is missing for it.
 * Why: a fax that callbacks, lists and table do not agree on is billed in one place and not in the other. Which looks showed a fax follows
 * from the listings that cover it, less the looks that are known to have missed it; that is asked for the few faxes alone for which
 * a callback came and no listing an hour or more after their creation is sure to have shown them.
 */
export const threeWayPresence: Check = {
  id: 'C3',
  name: 'three_way_presence',
  left: 'fax shown by list or look-up',
  right: 'fax stored',
  why: 'A fax that list, callbacks and table do not agree on is billed in one place and not in the other.',
  unit: 'faxes',
  severity: 'error',
  tolerance: EXACT,
  isGate: true,
  every: 'hour',
  reasons: {
    vanished:
      'A live fax that two listings an hour apart no longer show, or one, and none has shown it for a week; only test faxes can be deleted. Ask the provider.',
    missing_once: 'A live fax that the last listing did not show. A second one will tell, or a week without one.',
    webhook_only:
      'A callback told of the fax, and no listing has ever shown it. Ask the provider whether it is billed.',
    not_listed_yet: 'A callback told of the fax, and no listing was made since then that should show it.',
    callbacks_lost:
      'Callbacks of some final faxes did not come. Nothing is missing for it; look at what receives them.',
  },
  sql: `
  with ids as materialized (
    select min(fax_id) as first_id, max(fax_id) as last_id from run_faxes
  ), late_looks as materialized (
    select coalesce(range_agg(s.created_within * tstzrange(null, s.requested_at - interval '1 hour')), '{}') as ranges
    from ops.slices s
    where s.account_id = (select account_id from asked) and s.stream = 'faxes' and s.is_complete
      and s.created_within && (select tstzrange(starts_at, ends_at) from asked) and s.requested_at <= (select as_of from asked)
  ), known as (
    select r.usage_date, r.fax_id, r.used_at, r.created_at, r.direction, r.stage, r.is_test, r.cost_cents, r.missing_since, r.gone_at,
      k.called_at, coalesce(k.is_shown, false) as is_shown, coalesce(k.is_missed, false) as is_missed
    from run_faxes r
    left join (
      select l.fax_id, min(l.requested_at) filter (where l.observed_via = 'callback') as called_at,
        bool_or(l.observed_via <> 'callback' and l.outcome <> 'missing') as is_shown, bool_or(l.outcome = 'missing') as is_missed
      from ops.fax_looks l
      where l.account_id = (select account_id from asked) and l.requested_at <= (select as_of from asked)
        and l.fax_id >= (select first_id from ids) and l.fax_id <= (select last_id from ids)
      group by l.fax_id
    ) k on k.fax_id = r.fax_id
  ), doubted as materialized (
    select k.*, k.called_at is not null and not k.is_shown and (
        k.missing_since is not null or k.is_missed or not coalesce((select ranges from late_looks) @> k.created_at, false)) as is_doubted
    from known k
  ), showings as materialized (
    select d.fax_id, s.is_listed, s.is_due
    from doubted d
    cross join lateral (
      select bool_or(not exists (
          select from ops.fax_looks l
          where l.account_id = (select account_id from asked) and l.fax_id = d.fax_id and l.observation_no = s.observation_no
            and l.outcome = 'missing')) as is_listed,
        bool_or(s.requested_at > d.called_at and s.requested_at >= d.created_at + interval '1 hour') as is_due
      from ops.slices s
      where s.account_id = (select account_id from asked) and s.stream = 'faxes' and s.is_complete
        and s.created_within @> d.created_at and s.requested_at <= (select as_of from asked)
    ) s
    where d.is_doubted
  ), held as (
    select d.*, d.is_doubted and not coalesce(s.is_listed, false) as is_callback_only, coalesce(s.is_due, false) as is_due
    from doubted d left join showings s on s.fax_id = d.fax_id
  ), judged as (
    select h.*, case
      when h.is_test and h.missing_since is not null then null
      when h.is_callback_only and h.is_due then 'webhook_only'
      when h.is_callback_only then 'not_listed_yet'
      when h.gone_at is not null or h.missing_since < (select as_of from asked) - interval '7 days' then 'vanished'
      when h.missing_since is not null then 'missing_once' end as reason
    from held h
  ), called as (
    select min(called_at) as first_at from doubted
  ), finals as (
    select count(*) as finals, count(k.called_at) as with_callback
    from doubted k cross join called c
    where k.direction = 'sent' and k.stage >= 2 and k.used_at >= c.first_at and k.used_at < (select as_of from asked) - interval '3 days'
  )
  select usage_date::text as grain, 'fax' as subject_kind, fax_id::text as subject_id,
    case when reason is null then 1 else 0 end::numeric as left_value, 1::numeric as right_value,
    case when reason in ('vanished', 'webhook_only', 'missing_once') then coalesce(cost_cents, 0) else 0 end::bigint as cents,
    0::bigint as owed_cents, case reason when 'missing_once' then 'explained' when 'not_listed_yet' then 'not_testable' end as verdict, reason
  from judged
  union all
  select 'period', 'account', a.account_key, f.with_callback, f.finals, 0, 0,
    case when f.with_callback < f.finals then 'explained' else 'pass' end, case when f.with_callback < f.finals then 'callbacks_lost' end
  from finals f cross join asked a
  where f.finals > 0`,
};
