import { type Check, EXACT } from '../check.ts';
import { isoText } from '../rents.ts';

/**
 * Left: the rent of a number, at each look of the month that showed another one. Right: the rent it was listed with before.
 * Tolerance: none. A number whose rent stayed is one row that passes. A change is an event of the month in which it was first seen.
 */
export const rentChanges: Check = {
  id: 'C15',
  name: 'rent_changes',
  left: 'rent of a number',
  right: 'the rent it was listed with before',
  why: 'The provider tells nobody when a number gets dearer; somebody must agree to it.',
  unit: 'cents',
  severity: 'warn',
  tolerance: EXACT,
  isGate: false,
  every: 'day',
  reasons: {
    rent_changed: 'The list shows another rent than before. Accept it, or ask the provider why.',
    cost_unknown: 'The list gave no rent for the number at one of the two looks.',
  },
  sql: `
  with listed as (
    select h.phone_number, h.observed_at, h.cost_cents, lag(h.cost_cents) over earlier as cost_before,
      row_number() over earlier = 1 as is_first
    from warehouse.phone_number_history h
    where h.account_id = (select account_id from asked) and h.is_listed
      and h.observed_at <= (select as_of from asked) and h.observed_at < (select ends_at from asked)
    window earlier as (partition by h.phone_number order by h.observation_no)
  ), changed as (
    select * from listed
    where not is_first and cost_cents is distinct from cost_before and observed_at >= (select starts_at from asked)
  ), kept as (
    select distinct on (phone_number) l.* from listed l
    where not exists (select from changed c where c.phone_number = l.phone_number)
    order by phone_number, observed_at desc
  )
  select (c.observed_at at time zone (select billing_zone from asked))::date::text as grain, 'number' as subject_kind,
    c.phone_number || '@' || ${isoText('c.observed_at')} as subject_id,
    c.cost_before::numeric as left_value, c.cost_cents::numeric as right_value,
    coalesce(c.cost_cents - c.cost_before, 0)::bigint as cents, 0::bigint as owed_cents, null::text as verdict,
    case when c.cost_cents is null or c.cost_before is null then 'cost_unknown' else 'rent_changed' end as reason
  from changed c
  union all
  select 'period', 'number', k.phone_number, k.cost_cents, k.cost_cents, 0, 0, null,
    case when k.cost_cents is null then 'cost_unknown' end
  from kept k`,
};
