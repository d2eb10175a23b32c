import { type Check, EXACT } from '../check.ts';

/**
 * Left: records and values that were set aside and not resolved, by kind. Right: none. Tolerance: none. Each kind counts in the month in which the oldest
 * open one was seen first. Where that is closed it stays with the month with which it was closed and decided about, until there are more or fewer of it; then it
 * counts in the next month that is not closed. Values that cannot be money, such as a tag with a NUL, are told and
 * hold nothing up; nor do lists that no money hangs on.
 * Why: what could not be read is in no figure; a month is not whole while some of it waits. At stake is the cost of a usual fax, their median, for each that is not
 * there at all: late credits hardly move it, and a decision stands while it stays. One that is there without its cost is C13's.
 */
export const quarantine: Check = {
  id: 'C24',
  name: 'quarantine',
  left: 'records and values set aside',
  right: 'none',
  why: 'What could not be read is in no sum, so a month is not whole while it waits.',
  unit: 'rows',
  severity: 'error',
  tolerance: EXACT,
  isGate: true,
  every: 'day',
  reasons: {
    set_aside: 'Look at them: faxsync rejected; after a fix of the decoder: faxsync rejected retry.',
    no_money: 'Texts kept without a character that cannot be stored, or lists that no money hangs on.',
  },
  sql: `
  with kinds as materialized (
    select c.stream || '/' || c.object || '/' || c.scope || '/' || c.reason as name, c.stream, c.object, c.scope, c.open_count,
      c.stream in ('faxes', 'phone_numbers', 'countries', 'account_status')
        and (c.scope = 'record' or c.reason not in ('nul_character', 'lone_surrogate', 'text_too_long')) as is_money,
      date_trunc('month', c.open_since_at at time zone a.billing_zone)::date as seen_in
    from asked a
    join ops.rejected_counts c on c.account_id = a.account_id and c.open_count > 0 and c.open_since_at <= a.as_of
  ), settled as (
    select i.subject_id as name, i.actual as open_count, max(i.period) as period
    from asked a
    join recon.items i on i.account_id = a.account_id and i.check_id = 'C24' and i.subject_kind = 'stream' and i.state <> 'cleared'
    join recon.periods p on p.account_id = i.account_id and p.period = i.period and p.state = 'closed'
    group by i.subject_id, i.actual
  ), here as (
    select k.* from kinds k cross join asked a
    left join settled s on s.name = k.name and s.open_count = k.open_count and s.period >= k.seen_in
    where case when s.period is not null then s.period = a.period
      else k.seen_in = a.period and not a.is_closed or k.seen_in >= a.corrects_from and k.seen_in < a.period end
  ), usual as (
    select coalesce(percentile_disc(0.5) within group (order by cost_cents), 0) as cents from run_faxes where not is_test and cost_cents > 0
  )
  select 'period' as grain, 'stream' as subject_kind, h.name as subject_id, h.open_count::numeric as left_value, 0::numeric as right_value,
    case when h.stream = 'faxes' and h.object = 'fax' and h.scope = 'record' then h.open_count * u.cents else 0 end::bigint as cents, 0::bigint as owed_cents,
    case when not h.is_money then 'explained' end as verdict, case when h.is_money then 'set_aside' else 'no_money' end as reason
  from here h cross join usual u
  union all
  select 'period', 'stream', 'none', 0, 0, 0, 0, null, null where not exists (select from here)`,
};
