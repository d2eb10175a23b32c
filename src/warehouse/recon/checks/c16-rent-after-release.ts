import { type Check, EXACT } from '../check.ts';
import { isoText, rentSteps } from '../rents.ts';

/**
 * Left: rent billed while a number was not the account's: gone by two complete lists, and not bought anew since. Right: none.
 * Tolerance: none. Beside it, each number held at the end of the month (or of what the run knows): a number older than `idleDays` that
 * neither sent nor received in that time is explained as idle, its rent on the left; nothing is wrong with the bill.
 */
export const rentAfterRelease: Check = {
  id: 'C16',
  name: 'rent_after_release',
  left: 'rent of numbers that were given back or lie idle',
  right: 'none',
  why: 'A number that was given back costs nothing; one that nobody uses costs every month for nothing.',
  unit: 'cents',
  severity: 'error',
  tolerance: EXACT,
  isGate: false,
  every: 'day',
  reasons: {
    rent_after_release:
      'Billed after two complete lists lacked the number, which was not bought anew. Ask the provider for the amount.',
    idle_number: 'No traffic for idle_days. Give the number back, or keep it knowing that it costs.',
    mirrored_too_short: 'The account has been mirrored for less than idle_days.',
    cost_unknown: 'The list gave no rent for the number.',
  },
  sql: `
  with ${rentSteps('(select starts_at from asked)', '(select ends_at from asked)')},
  seen_until as (
    select least(a.as_of, a.ends_at) as at, least(a.as_of, a.ends_at) - make_interval(days => (a.limits ->> 'idleDays')::integer) as idle_from,
      (select min(l.requested_at) from rent_lists l) as mirrored_from
    from asked a
  ), held as (
    select s.phone_number, s.cost_cents, coalesce(s.provisioned_at > u.idle_from, false) as is_new
    from rent_spans s cross join seen_until u
    where s.is_listed and s.observed_at < u.at and coalesce(s.next_at >= u.at, true)
  ), called as (
    select distinct f.to_number as phone_number from run_faxes f where f.direction = 'received' and f.used_at < (select at from seen_until)
  ), quiet as materialized (
    select h.* from held h cross join seen_until u
    where not h.is_new and u.mirrored_from <= u.idle_from
      and not exists (select from called c where c.phone_number = h.phone_number)
  ), used as materialized (
    -- "is true" keeps it a hashed list, whatever the planner believes of the sizes: a join was faxes times numbers.
    select distinct n.phone_number from warehouse.faxes f
    cross join lateral (values (f.to_number), (f.caller_id)) n(phone_number)
    cross join seen_until u
    where exists (select from quiet) and (n.phone_number in (select q.phone_number from quiet q)) is true
      and f.account_id = (select account_id from asked)
      and f.created_at >= u.idle_from and f.created_at < u.at
      and (f.observed_at <= (select as_of from asked) or exists (
        select from warehouse.fax_history h
        where h.account_id = f.account_id and h.fax_id = f.fax_id and h.observed_at <= (select as_of from asked)))
  )
  select (r.at at time zone (select billing_zone from asked))::date::text as grain, 'number' as subject_kind,
    r.phone_number || '@' || ${isoText('r.billed_at')} as subject_id,
    case when r.kind = 'after_release' then r.cents else 0 end::numeric as left_value, 0::numeric as right_value,
    case when r.kind = 'after_release' then r.cents else 0 end::bigint as cents,
    case when r.kind = 'after_release' then r.cents else 0 end::bigint as owed_cents,
    case when r.kind = 'after_release' and r.cents is null then 'not_testable' end as verdict,
    case when r.kind = 'after_release' then case when r.cents is null then 'cost_unknown' else 'rent_after_release' end end as reason
  from rents r where r.billed_at is not null
  union all
  select 'period', 'number', h.phone_number, i.idle_cents, 0, 0, 0,
    case when i.is_unclear then 'not_testable' when i.is_idle then 'explained' else 'pass' end,
    case when i.is_unclear then 'mirrored_too_short' when i.is_idle then 'idle_number' end
  from held h
  cross join lateral (
    select not h.is_new and (select mirrored_from > idle_from from seen_until) as is_unclear,
      exists (select from quiet q where q.phone_number = h.phone_number)
        and not exists (select from used s where s.phone_number = h.phone_number) as is_idle
  ) n
  cross join lateral (select n.is_unclear, n.is_idle, case when n.is_idle then coalesce(h.cost_cents, 0) else 0 end as idle_cents) i`,
};
