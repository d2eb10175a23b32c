import { type Check, EXACT } from '../check.ts';

/** SQL of a counter's value held into the bounds of what may be counted: equal where it lies inside. */
const HELD = 'greatest(least(counter, most), least)';

/**
 * Left: faxes of a day and direction that the provider must count, by what is stored. Right: its counters. Tolerance: none.
 *
 * `faxes_this_month` less `faxes_today` is what a look at the account says of the month's days that are over. From one day's last look to the
 * next it grows by one day; so a counter that went wrong stands out on its day alone. Of the last day that has a look, `faxes_today`
 * is held against what was there when it was made. A look that is off by itself (the next one undoes it) is told of its own day.
 *
 * What a fax adds is bounded, not guessed. A live fax that is not missing is counted; so is a test fax, which can be deleted, once its day was
 * listed again after the look. One that is missing may be counted from its last showing on; what went before the earlier look moves nothing. Faxes younger than half an hour may not be counted yet. Looks within
 * an hour of midnight are left out, as the provider's copies lag. A day is testable when listings made an hour later cover it, and when it
 * had been listed by the look (two minutes are given), since else a test fax may have come, been counted and gone unseen.
 * Why: it is the only number the provider gives that is not a sum over its own list.
 */
export const counterCompleteness: Check = {
  id: 'C2',
  name: 'counter_completeness',
  left: 'faxes of the day that must be counted, by what is stored',
  right: "faxes the provider's counters show",
  why: 'The counters are the only figure of the provider that is not a sum over its own list.',
  unit: 'faxes',
  severity: 'error',
  tolerance: EXACT,
  isGate: true,
  every: 'day',
  reasons: {
    counter_differs:
      "The provider counts more or fewer faxes on this day than its list shows. Ask it for the day's faxes.",
    window_differs: 'The day lies in a window that C1 has found to differ.',
    no_counter: 'No look at the account showed this counter; v1 has none of received faxes.',
    no_snapshot: 'No look at the account was made on or after this day.',
    not_listed: 'The day is not listed completely, or was not when the account was looked at.',
    with_next_day:
      'Said by report.bill_agreement_by_day: of the day alone nothing is known, it is part of the next day that has a result. Look there.',
  },
  sql: `
  with month as materialized (
    select a.account_id, a.as_of, a.limits ->> 'counterZone' as zone, (a.limits ->> 'countersIncludeTests')::boolean as has_tests,
      (a.period::timestamp at time zone (a.limits ->> 'counterZone')) as starts_at,
      ((a.period + interval '1 month') at time zone (a.limits ->> 'counterZone')) as ends_at,
      a.starts_at as taken_from, a.ends_at as taken_to, a.period
    from asked a
  ), days as materialized (
    select d::date as day, (d at time zone m.zone) as starts_at, ((d + interval '1 day') at time zone m.zone) as ends_at
    from month m, generate_series(m.period::timestamp, m.period + interval '1 month' - interval '1 day', interval '1 day') d
    where (d at time zone m.zone) < m.as_of
  ), looks as materialized (
    select d.day, d.starts_at, s.observation_no, s.observed_at, s.sent_today, s.received_today, s.sent_this_month, s.received_this_month
    from warehouse.account_snapshots s
    join days d on s.observed_at >= d.starts_at + interval '1 hour' and s.observed_at < d.ends_at - interval '10 minutes'
    where s.account_id = (select account_id from month) and s.observed_at <= (select as_of from month)
  ), counters as materialized (
    select l.day, l.starts_at, l.observation_no, l.observed_at, c.direction, c.today, c.this_month - c.today as before_today
    from looks l
    cross join lateral (values
      ('sent', l.sent_today, l.sent_this_month), ('received', l.received_today, l.received_this_month)) c(direction, today, this_month)
    where c.today is not null and c.this_month is not null
  ), last_looks as materialized (
    select distinct on (direction, day) * from counters order by direction, day, observed_at desc
  ), listed as materialized (
    select d.day, coalesce(r.ranges @> tstzrange(d.starts_at, d.ends_at), false) as is_listed, coalesce(r.ranges, '{}') as ranges
    from days d
    cross join lateral (
      select range_agg(s.created_within * tstzrange(null, s.requested_at - interval '1 hour')) as ranges from ops.slices s
      where s.account_id = (select account_id from month) and s.stream = 'faxes' and s.is_complete
        and s.created_within && tstzrange(d.starts_at, d.ends_at) and s.requested_at <= (select as_of from month)
    ) r
  ), listed_by as materialized (
    select d.day, min(n.observed_at) filter (where r.ranges @> tstzrange(d.starts_at, d.ends_at)) as at
    from days d
    cross join lateral (
      select distinct l.observed_at from last_looks l where l.day > d.day order by l.observed_at limit 3
    ) n
    cross join lateral (
      select range_agg(s.created_within) as ranges from ops.slices s
      where s.account_id = (select account_id from month) and s.stream = 'faxes' and s.is_complete
        and s.created_within && tstzrange(d.starts_at, d.ends_at) and s.requested_at <= n.observed_at + interval '2 minutes'
    ) r
    group by d.day
  ), usable as (
    select l.* from last_looks l
    where not exists (select from listed_by b where b.day < l.day and b.at > l.observed_at)
  ), spans as materialized (
    select u.direction, coalesce(lag(u.day) over of_direction, (select period from month)) as first_day, u.day - 1 as last_day,
      coalesce(lag(u.observed_at) over of_direction, '-infinity') as since, u.observed_at as until,
      u.before_today - coalesce(lag(u.before_today) over of_direction, 0) as counter
    from usable u
    window of_direction as (partition by u.direction order by u.day)
  ), faxes as materialized (
    select r.fax_id, r.created_at, (r.created_at at time zone m.zone)::date as day, r.direction, r.is_test, r.missing_since
    from run_faxes r cross join month m
    where r.created_at >= m.starts_at and r.created_at < m.ends_at and (m.has_tests or not r.is_test)
    union all
    -- Where the counters' month is not the bill's: what of it lies outside.
    select f.fax_id, f.created_at, (f.created_at at time zone m.zone)::date, f.direction, coalesce(f.is_test, false),
      case when f.missing_since <= m.as_of then f.missing_since end
    from month m
    join warehouse.faxes f on f.account_id = m.account_id and (m.has_tests or f.is_test is not true) and f.observed_at <= m.as_of
      and (f.created_at >= m.starts_at and f.created_at < least(m.ends_at, m.taken_from)
        or f.created_at >= greatest(m.starts_at, m.taken_to) and f.created_at < m.ends_at)
    where m.starts_at <> m.taken_from or m.ends_at <> m.taken_to
  ), sure as materialized (
    select day, direction, count(*) as faxes, count(*) filter (where is_test) as tests from faxes
    where missing_since is null and direction in ('sent', 'received') group by day, direction
  ), relooks as materialized (
    select d.day, s.requested_at, s.created_within from days d
    join ops.slices s on s.account_id = (select account_id from month) and s.stream = 'faxes' and s.is_complete
      and s.created_within && tstzrange(d.starts_at, d.ends_at) and s.requested_at >= d.starts_at and s.requested_at <= (select as_of from month)
  ), unsure as materialized (
    select f.day, d.direction, f.created_at, f.missing_since,
      case when f.direction = d.direction then greatest(s.at, l.at) end as seen_at
    from faxes f
    join (values ('sent'), ('received')) d(direction) on f.direction = d.direction or f.direction is null or f.direction not in ('sent', 'received')
    left join lateral (
      select max(s.requested_at) as at from ops.slices s
      where s.account_id = (select account_id from month) and s.stream = 'faxes' and s.is_complete and s.created_within @> f.created_at
        and s.requested_at < f.missing_since and not exists (
          select from ops.fax_looks x
          where x.account_id = (select account_id from month) and x.fax_id = f.fax_id and x.observation_no = s.observation_no
            and x.outcome = 'missing')
    ) s on true
    left join lateral (
      select max(x.requested_at) as at from ops.fax_looks x
      where x.account_id = (select account_id from month) and x.fax_id = f.fax_id and x.observed_via <> 'callback' and x.outcome <> 'missing'
        and x.requested_at < f.missing_since
    ) l on true
    where f.missing_since is not null or f.direction is null or f.direction not in ('sent', 'received')
  ), reseen as materialized (
    select d.day, n.until, coalesce(range_agg(s.created_within) @> tstzrange(d.starts_at, d.ends_at), false) as is_seen
    from days d
    join (select distinct last_day, until from spans) n on d.day <= n.last_day
    left join relooks s on s.day = d.day and s.requested_at >= n.until
    group by d.day, n.until, d.starts_at, d.ends_at
  ), bounded as materialized (
    select s.direction, s.first_day, s.last_day, s.counter,
      coalesce((select sum(c.faxes) from sure c where c.direction = s.direction and c.day between s.first_day and s.last_day), 0) as faxes,
      u.counted, u.perhaps, u.lost + t.deletable as lost, l.is_listed and coalesce(b.is_listed, false) as is_listed
    from spans s
    cross join lateral (
      select count(*) filter (where u.day >= s.first_day and u.seen_at >= s.until) as counted,
        count(*) filter (where u.day >= s.first_day) as perhaps,
        count(*) filter (
          where u.day < s.first_day and coalesce(u.missing_since, 'infinity') > s.since and coalesce(u.seen_at, '-infinity') < s.until) as lost
      from unsure u where u.direction = s.direction and u.day <= s.last_day
    ) u
    cross join lateral (
      select coalesce(sum(c.tests), 0) as deletable from sure c join reseen e on e.day = c.day and e.until = s.until
      where c.direction = s.direction and not e.is_seen
    ) t
    cross join lateral (select coalesce(bool_and(is_listed), true) as is_listed from listed where day between s.first_day and s.last_day) l
    cross join lateral (
      select bool_and(coalesce(b.at <= s.until, false)) as is_listed from days d left join listed_by b using (day) where d.day between s.first_day and s.last_day
    ) b
    where s.first_day <= s.last_day
  ), partial as (
    select distinct on (c.direction) c.direction, c.day, c.starts_at, c.observed_at, c.observation_no, c.today,
      l.ranges @> tstzrange(c.starts_at, c.observed_at) and coalesce(b.ranges @> tstzrange(c.starts_at, c.observed_at - interval '1 minute'), false) as is_listed
    from counters c
    join (select direction, max(day) as day from last_looks group by direction) n using (direction, day)
    join listed l using (day)
    cross join lateral (
      select range_agg(s.created_within) as ranges from ops.slices s
      where s.account_id = (select account_id from month) and s.stream = 'faxes' and s.is_complete
        and s.created_within && tstzrange(c.starts_at, c.observed_at) and s.requested_at <= c.observed_at + interval '2 minutes'
    ) b
    order by c.direction, is_listed desc, c.observed_at desc
  ), known as (
    select b.direction, b.first_day, b.last_day, b.counter, b.faxes + b.counted - b.lost as least, b.faxes + b.perhaps as most, b.is_listed
    from bounded b
    union all
    select p.direction, p.day, p.day, p.today, f.certain + u.certain, f.possible + u.possible, p.is_listed
    from partial p
    left join ops.landed_objects o on o.account_id = (select account_id from month) and o.observation_no = p.observation_no
    cross join lateral (
      select coalesce(range_agg(s.created_within) @> tstzrange(p.starts_at, p.observed_at), false) as is_seen from relooks s
      where s.day = p.day and s.requested_at >= p.observed_at
    ) e
    cross join lateral (
      select count(*) filter (where f.created_at <= p.observed_at - interval '30 minutes' and (e.is_seen or not f.is_test)) as certain,
        count(*) filter (where f.created_at <= coalesce(o.responded_at, p.observed_at) + interval '1 minute') as possible
      from faxes f where f.day = p.day and f.direction = p.direction and f.missing_since is null
    ) f
    cross join lateral (
      select count(*) filter (where u.created_at <= p.observed_at - interval '30 minutes' and u.seen_at >= p.observed_at) as certain,
        count(*) filter (where u.created_at <= coalesce(o.responded_at, p.observed_at) + interval '1 minute') as possible
      from unsure u where u.day = p.day and u.direction = p.direction
    ) u
  ), apart as (
    select k.*, ${HELD} as held, counter - ${HELD} as beyond, most - least as band,
      lead(counter - ${HELD}) over of_direction as beyond_next, lead(most - least) over of_direction as band_next,
      lag(counter - ${HELD}) over of_direction as beyond_last, lag(most - least) over of_direction as band_last
    from known k
    window of_direction as (partition by k.direction order by k.last_day)
  ), settled as materialized (
    select a.*,
      -- One look that is off: what it adds to the days before it, it takes from its own.
      a.is_listed and sign(a.beyond) * sign(a.beyond_next) < 0 and abs(a.beyond + a.beyond_next) <= a.band + a.band_next
        and not coalesce(sign(a.beyond) * sign(a.beyond_last) < 0 and abs(a.beyond + a.beyond_last) <= a.band + a.band_last, false) as is_undone
    from apart a
  ), explained as (
    select s.direction, s.last_day, coalesce(w.is_found, false) as has_window, coalesce(q.refused, 0) as refused
    from settled s
    cross join lateral (
      select min(d.starts_at) as starts_at, max(d.ends_at) as ends_at from days d where d.day between s.first_day and s.last_day
    ) t
    cross join lateral (
      select bool_or(true) as is_found from run_findings r
      join ops.slices w on w.account_id = (select account_id from month) and w.stream = 'faxes' and w.observation_no::text = r.subject_id
      where r.check_id = 'C1' and r.reason in ('count_differs', 'rows_without_fax', 'other_month') and w.created_within && tstzrange(t.starts_at, t.ends_at)
    ) w
    cross join lateral (
      select max(of_pass.refused) as refused from (
        select sum(o.rejected_count) as refused from ops.slices x
        join ops.landed_objects o on o.account_id = x.account_id and o.observation_no = x.observation_no and o.rejected_count > 0
        where x.account_id = (select account_id from month) and x.stream = 'faxes' and x.created_within && tstzrange(t.starts_at, t.ends_at)
          and x.requested_at <= (select as_of from month)
        group by x.pass
      ) of_pass
    ) q
    where s.beyond <> 0
  ), tested as (
    select s.direction, s.last_day, s.is_listed, s.counter,
      case when s.is_undone or s.beyond > 0 and s.beyond <= e.refused then s.counter else s.held end as held, coalesce(e.has_window, false) as has_window
    from settled s left join explained e using (direction, last_day)
  ), untested as (
    select d.day, n.direction, case
      when exists (select from known k where k.direction = n.direction and k.last_day >= d.day) then 'not_listed'
      when exists (select from looks) and not exists (select from counters c where c.direction = n.direction) then 'no_counter'
      else 'no_snapshot' end as reason
    from days d cross join (values ('sent'), ('received')) n(direction)
    where not exists (select from known k where k.direction = n.direction and d.day between k.first_day and k.last_day)
  )
  select last_day::text as grain, 'day' as subject_kind, last_day::text || ' ' || direction as subject_id,
    held::numeric as left_value, counter::numeric as right_value, 0::bigint as cents, 0::bigint as owed_cents,
    case when not is_listed then 'not_testable' when held <> counter and has_window then 'explained' end as verdict,
    case when not is_listed then 'not_listed' when held = counter then null when has_window then 'window_differs' else 'counter_differs' end as reason
  from tested
  union all
  select day::text, 'day', day::text || ' ' || direction, null, null, 0, 0, 'not_testable', reason from untested`,
};
