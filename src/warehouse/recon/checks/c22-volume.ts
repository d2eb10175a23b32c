import { type Check, EXACT } from '../check.ts';

/** Deviation of a robust z-score beyond which a day stands out, if it also differs by half and by more than a floor. */
const Z_MAX = 4;
const WEEKS = 8;
const WEEKS_MIN = 4;

/**
 * Left: faxes, cost and failures of a day. Right: the median of the same weekday in the eight weeks before. Tolerance: four robust standard
 * deviations (1.4826 x MAD), half of the median, and a floor of 20 faxes, 5 dollars or 20 failures; a day stands out where it is beyond all three.
 * Only days that are over; a day with fewer than four such weeks before it cannot be tested.
 * Why: what is right fax by fax can still be a machine gone wild, or one that has stopped.
 */
export const volume: Check = {
  id: 'C22',
  name: 'volume',
  left: 'faxes, cost and failures of a day',
  right: 'median of the same weekday in eight weeks',
  why: 'A loop that sends the same fax all night is billed correctly; so is a line that has gone dead.',
  unit: 'rows',
  severity: 'warn',
  tolerance: EXACT,
  isGate: false,
  every: 'day',
  reasons: {
    unusual: 'The day is far from what its weekday is like. See which number or tag it comes from.',
    too_young: 'Fewer than four weeks before it are known.',
  },
  sql: `
  with days as (
    select generate_series(starts_at at time zone billing_zone - make_interval(weeks => ${WEEKS}), ends_at at time zone billing_zone - interval '1 day', interval '1 day')::date as day
    from asked
  ), counted as (
    select (f.created_at at time zone (select billing_zone from asked))::date as day, count(*) as faxes, coalesce(sum(f.cost_cents), 0) as cents,
      count(*) filter (where f.status = 'failure') as failures
    from warehouse.faxes f
    where f.account_id = (select account_id from asked) and f.is_test is not true
      and f.created_at >= (select (starts_at at time zone billing_zone - make_interval(weeks => ${WEEKS})) at time zone billing_zone from asked)
      and f.created_at < (select ends_at from asked)
    group by 1
  ), measured as materialized (
    -- A day before the first fax is not an empty one, it is unknown.
    select d.day, m.measure, m.value, m.floor
    from days d
    left join counted c using (day)
    cross join lateral (values ('count', coalesce(c.faxes, 0), 20), ('cost', coalesce(c.cents, 0), 500), ('failures', coalesce(c.failures, 0), 20)) m(measure, value, floor)
    where d.day > (select min(day) from counted)
  ), tested as (
    select t.day, t.measure, t.value, t.floor, count(b.value) as weeks, percentile_cont(0.5) within group (order by b.value) as median
    from measured t
    left join measured b on b.measure = t.measure and b.day < t.day and b.day >= t.day - ${WEEKS * 7} and (t.day - b.day) % 7 = 0
    where t.day >= (select period from asked) and (t.day + 1)::timestamp at time zone (select billing_zone from asked) <= (select as_of from asked)
    group by t.day, t.measure, t.value, t.floor
  ), spread as (
    select t.*, (
      select percentile_cont(0.5) within group (order by abs(b.value - t.median)) from measured b
      where b.measure = t.measure and b.day < t.day and b.day >= t.day - ${WEEKS * 7} and (t.day - b.day) % 7 = 0) as mad
    from tested t
  )
  select day::text as grain, 'day' as subject_kind, day || ' ' || measure as subject_id, value::numeric as left_value, round(median::numeric, 2) as right_value,
    case measure when 'cost' then round((value - median)::numeric)::bigint else 0 end as cents, 0::bigint as owed_cents,
    case
      when weeks < ${WEEKS_MIN} then 'not_testable'
      when abs(value - median) > ${Z_MAX} * 1.4826 * mad and abs(value - median) >= 0.5 * median and abs(value - median) >= floor then 'exception'
      else 'pass' end as verdict,
    case
      when weeks < ${WEEKS_MIN} then 'too_young'
      when abs(value - median) > ${Z_MAX} * 1.4826 * mad and abs(value - median) >= 0.5 * median and abs(value - median) >= floor then 'unusual' end as reason
  from spread`,
};
