import { type Check, EXACT } from '../check.ts';

/** Deviation of a robust z-score beyond which a day stands out, if it also differs by half and by more than a floor. */
const Z_MAX = 4;
const WEEKS = 8;
const WEEKS_MIN = 4;
/** An unusual day so soon after another in the same direction is the same story; two days of a week-end may lie between. */
const STREAK_DAYS = 3;

/**
 * Left: faxes, cost and failures of a day. Right: the median of the same weekday in the eight weeks before. Tolerance: four standard deviations,
 * half of the median, and a floor of 20 faxes, 5 dollars or 20 failures; a day stands out where it is beyond all three. The deviation is the robust
 * one of these weeks (1.4826 x MAD), and no less than chance makes it: the root of the sum of squares of single faxes, of the day or of those
 * weeks on average, for a few weeks may lie together by luck, and one fax of 300 pages to 30 recipients is no anomaly of volume.
 * One story, one exception: what lasts for days is told on the first of them, and cost or failures that go with the count are told with it.
 * Only days that are over and listed to their end; a day with fewer than four such weeks before it cannot be tested.
 * Why: what is right fax by fax can still be a machine gone wild, or one that has stopped.
 */
export const volume: Check = {
  id: 'C22',
  name: 'volume',
  left: 'faxes, cost and failures of a day',
  right: 'median of the same weekday in eight weeks',
  why: 'A loop that sends the same fax all night is billed correctly; so is a line that has gone dead.',
  unit: 'rows',
  unitOf: (subjectId) => (subjectId.endsWith(' cost') ? 'cents' : 'faxes'),
  severity: 'warn',
  tolerance: EXACT,
  isGate: false,
  every: 'day',
  reasons: {
    unusual: 'The day is far from what its weekday is like. See which number or tag it comes from.',
    goes_on: 'The days before were unusual in the same direction; the first of them is told.',
    with_count: 'Goes with the number of faxes of the day.',
    too_young: 'Fewer than four weeks before it are known.',
  },
  sql: `
  with days as (
    select generate_series(starts_at at time zone billing_zone - make_interval(weeks => ${WEEKS}), ends_at at time zone billing_zone - interval '1 day', interval '1 day')::date as day
    from asked
  ), listed as (
    -- What no complete list has shown yet is not missing.
    select least(a.as_of, (
      select s.requested_at from ops.slices s
      where s.account_id = a.account_id and s.stream = 'faxes' and s.pass = 'head' and s.is_complete and s.requested_at <= a.as_of
      order by s.observation_no desc limit 1)) as until
    from asked a
  ), faxes as (
    -- As they were known, as the faxes of the run are.
    select (f.created_at at time zone (select billing_zone from asked))::date as day,
      coalesce(case when h.observation_no is null then f.cost_cents else h.cost_cents end, 0)::bigint as cents,
      coalesce(h.status, f.status) = 'failure' as is_failed
    from warehouse.faxes f
    left join lateral (
      select h.observation_no, h.status, h.cost_cents from warehouse.fax_history h
      where f.observed_at > (select as_of from asked)
        and h.account_id = f.account_id and h.fax_id = f.fax_id and h.observed_at <= (select as_of from asked)
      order by h.observation_no desc limit 1
    ) h on true
    where f.account_id = (select account_id from asked) and f.is_test is not true
      and f.created_at >= (select (starts_at at time zone billing_zone - make_interval(weeks => ${WEEKS})) at time zone billing_zone from asked)
      and f.created_at < (select ends_at from asked)
      and (f.observed_at <= (select as_of from asked) or h.observation_no is not null)
  ), counted as (
    select day, count(*) as faxes, sum(cents) as cents, sum(cents * cents) as squares, count(*) filter (where is_failed) as failures
    from faxes group by day
  ), measured as materialized (
    -- A day before the first fax is not an empty one, it is unknown.
    select d.day, m.measure, m.value, m.squares, m.floor
    from days d
    left join counted c using (day)
    cross join lateral (values
      ('count', coalesce(c.faxes, 0), coalesce(c.faxes, 0), 20),
      ('cost', coalesce(c.cents, 0), coalesce(c.squares, 0), 500),
      ('failures', coalesce(c.failures, 0), coalesce(c.failures, 0), 20)) m(measure, value, squares, floor)
    where d.day > (select min(day) from counted)
  ), tested as (
    select t.day, t.measure, t.value, t.floor, count(b.value) as weeks, percentile_cont(0.5) within group (order by b.value) as median,
      sqrt(greatest(t.squares, avg(b.squares))) as chance
    from measured t
    left join measured b on b.measure = t.measure and b.day < t.day and b.day >= t.day - ${WEEKS * 7} and (t.day - b.day) % 7 = 0
    where t.day >= (select period from asked) - ${STREAK_DAYS} and (t.day + 1)::timestamp at time zone (select billing_zone from asked) <= (select until from listed)
    group by t.day, t.measure, t.value, t.squares, t.floor
  ), spread as (
    select t.*, abs(t.value - t.median) as off, greatest(t.chance, 1.4826 * (
      select percentile_cont(0.5) within group (order by abs(b.value - t.median)) from measured b
      where b.measure = t.measure and b.day < t.day and b.day >= t.day - ${WEEKS * 7} and (t.day - b.day) % 7 = 0)) as deviation
    from tested t
  ), judged as (
    select s.*, s.off > ${Z_MAX} * s.deviation and s.off >= 0.5 * s.median and s.off >= s.floor as is_unusual from spread s
  ), streaks as (
    select j.*, (j.value > j.median)::integer as is_up, max(j.day) filter (where j.is_unusual) over (
      partition by j.measure, j.value > j.median order by j.day range between interval '${STREAK_DAYS} days' preceding and interval '1 day' preceding) is not null as goes_on
    from judged j
  ), told as (
    select s.*, case
      when s.weeks < ${WEEKS_MIN} then 'too_young'
      when not s.is_unusual then null
      when c.is_unusual and c.is_up = s.is_up and (s.is_up = 0 or s.value * c.median <= 2 * c.value * s.median) then 'with_count'
      when s.goes_on then 'goes_on'
      else 'unusual' end as reason
    from streaks s left join streaks c on s.measure <> 'count' and c.day = s.day and c.measure = 'count'
    where s.day >= (select period from asked)
  )
  select day::text as grain, 'day' as subject_kind, day || ' ' || measure as subject_id, value::numeric as left_value, round(median::numeric, 2) as right_value,
    case measure when 'cost' then round((value - median)::numeric)::bigint else 0 end as cents, 0::bigint as owed_cents,
    case when reason is null then 'pass' when reason = 'too_young' then 'not_testable' when reason = 'unusual' then 'exception' else 'explained' end as verdict, reason
  from told`,
};
