import type { Check } from '../check.ts';

/**
 * Left: days, a begun one whole, since the last complete look at each list that money hangs on, beyond the limit `fresh_hours` (a day more for the price
 * list, which is read once a day), so that a run finds what the one before found, of a list that is late too. Right: none. Beside it how late callbacks come
 * (95 of 100 within), told above a day and never an exception: passes cover them.
 * Why: a month that nobody looks at any more agrees with everything.
 */
export const freshness: Check = {
  id: 'C23',
  name: 'freshness',
  left: 'days beyond the limit since the last complete look',
  right: 'none',
  why: 'What is not looked at agrees with everything.',
  unit: 'days',
  severity: 'warn',
  tolerance: { amount: null, share: null },
  isGate: false,
  every: 'hour',
  reasons: {
    late: 'The list was not read for too long. See faxsync status and the pulls.',
    callbacks_slow: 'Of 100 callbacks of the last week more than 5 came a day late or later. See what receives them.',
    month_over: 'The month is over; later looks say nothing of it.',
    never_listed: 'This list was never read.',
  },
  sql: `
  with lists(stream, more_hours) as (values ('faxes', 0), ('account_status', 0), ('phone_numbers', 0), ('countries', 24)), looks as (
    select l.stream, (a.limits ->> 'freshHours')::numeric + l.more_hours as hours_max, a.as_of > a.ends_at + interval '1 day' as is_over,
      extract(epoch from a.as_of - case l.stream
        -- One row a look, and no slice.
        when 'account_status' then (
          select max(s.observed_at) from warehouse.account_snapshots s where s.account_id = a.account_id and s.observed_at <= a.as_of)
        else (
          select s.requested_at from ops.slices s
          where s.account_id = a.account_id and s.stream = l.stream and s.is_complete and s.requested_at <= a.as_of
            and (l.stream <> 'faxes' or s.pass = 'head')
          order by s.observation_no desc limit 1)
        end) / 3600 as hours
    from lists l cross join asked a
  ), called as (
    select percentile_cont(0.95) within group (order by extract(epoch from k.requested_at - f.completed_at)) / 3600 as hours
    from asked a
    join ops.fax_looks k on k.account_id = a.account_id and k.observed_via = 'callback' and k.requested_at <= a.as_of and k.requested_at > a.as_of - interval '7 days'
    join run_faxes f on f.fax_id = k.fax_id and f.completed_at is not null
  )
  select 'period' as grain, 'stream' as subject_kind, stream as subject_id, greatest(ceil(((hours - hours_max) / 24)::numeric), 0) as left_value, 0::numeric as right_value,
    0::bigint as cents, 0::bigint as owed_cents,
    case when is_over or hours is null then 'not_testable' when hours > hours_max then 'exception' else 'pass' end as verdict,
    case when is_over then 'month_over' when hours is null then 'never_listed' when hours > hours_max then 'late' end as reason
  from looks
  union all
  select 'period', 'stream', 'callbacks', case when hours > 24 then ceil((hours / 24)::numeric) else 0 end, 0, 0, 0, case when hours > 24 then 'explained' else 'pass' end,
    case when hours > 24 then 'callbacks_slow' end
  from called where hours is not null and not (select as_of > ends_at + interval '1 day' from asked)`,
};
