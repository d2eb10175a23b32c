import type pg from 'pg';
import { rentSteps, stateOf } from './rents.ts';

/**
 * By how much the clocks of provider and mirror, whole seconds in its stamps and the time of an answer may differ together. A look at the
 * balance whose answer took longer is left out.
 */
const SLACK = `interval '5 seconds'`;
/** A listing may show what was so some time before it was asked for. */
const STALE_MAX = `interval '15 minutes'`;
/** An opening balance older than this is none: an SQL interval. */
export const OPENING_MAX = `interval '35 days'`;
/** Failed faxes of this age may still be credited. */
const CREDIT_MAX = `interval '75 days'`;
/** Every fax that was under way is over after this, but for some that are stuck; these are looked for by their history. */
const OPEN_MAX = `interval '3 days'`;
/** Most faxes are over this long after they were made. */
const LIFE_MAX = `interval '1 hour'`;
/** Time between two looks at a fax above which the looks in between are searched for. */
const LOOSE = `interval '8 hours'`;
/** The full price of a fax is reckoned by the price list of its creation; it may have changed until it was sent. */
const FULL_PRICE_MARGIN = '1.25';

/**
 * Usable looks at the balance in the month, and those of the last day before it that has any, table `run_snapshots`, in order of time. Of each
 * three hours of a day the last: every look costs a closer look at all faxes that were under way then.
 * `is_edge`: where the month begins and where it ends: of the looks of either day the one with the fewest pages under way, of equals the last.
 * The run of this month and that of the next must part the money at the same look, or what is lost between two is told by neither: so nothing
 * counts here but what both know alike, and no look is taken that only one of them could use.
 */
const TAKE_SNAPSHOTS = `
create temp table run_snapshots on commit drop as
with looks as (
  select distinct on (l.day, l.part) s.observation_no, s.observed_at, s.balance_cents, l.day, s.observed_at >= a.starts_at as is_inside
  from asked a
  join warehouse.account_snapshots s on s.account_id = a.account_id and s.observed_at >= a.starts_at - ${OPENING_MAX}
    and s.observed_at < a.ends_at - 2 * ${SLACK} and s.observed_at <= a.as_of
    and not (s.observed_at >= a.starts_at - 2 * ${SLACK} and s.observed_at < a.starts_at)
  cross join lateral (
    select (s.observed_at at time zone a.billing_zone)::date as day, extract(hour from s.observed_at at time zone a.billing_zone)::integer / 3 as part
  ) l
  where s.balance_cents is not null and not exists (
    select from ops.landed_objects o
    where o.account_id = s.account_id and o.observation_no = s.observation_no and o.responded_at > o.requested_at + ${SLACK})
  order by l.day, l.part, s.observed_at desc, s.observation_no desc
), edges as (
  select distinct on (l.day) l.observation_no
  from looks l
  cross join lateral (
    select coalesce(sum(greatest(h.num_pages, 1) * greatest(f.recipient_count, 1)), 0) as pages
    from warehouse.faxes f
    cross join lateral (
      select h.stage, h.num_pages from warehouse.fax_history h
      where h.account_id = f.account_id and h.fax_id = f.fax_id and h.observed_at <= (select as_of from asked)
      order by h.observation_no desc limit 1
    ) h
    where f.account_id = (select account_id from asked) and f.is_test is not true
      and f.created_at >= l.observed_at - ${LIFE_MAX} and f.created_at < l.observed_at + ${SLACK}
      and (h.stage < 2 or f.completed_at >= l.observed_at - ${SLACK} or f.error_type is not null)
  ) w
  where l.day in (select max(day) from looks group by is_inside)
  order by l.day, w.pages, l.observed_at desc, l.observation_no desc
)
select row_number() over (order by observed_at, observation_no)::integer as place, observation_no, observed_at, balance_cents, day,
  observation_no in (select observation_no from edges) as is_edge
from looks where is_inside or day = (select max(day) from looks where not is_inside)`;

/** Looks at the balance up to an instant: the gap between two of them that it falls in. */
const gap = (instant: string): string =>
  `width_bucket(${instant}, (select array_agg(observed_at order by place) from run_snapshots))`;
const FIRST_AT = '(select min(observed_at) from run_snapshots)';
const LAST_AT = '(select max(observed_at) from run_snapshots)';

/**
 * Every movement of money that may lie between two of these looks, table `run_movements`: `cents` taken from the balance in one of the gaps
 * `first_gap` to `last_gap` (gap n follows the n-th look), and what the books show for it at `booked_gap`. `is_maybe`: it may not have been at all.
 * `unknown`: how much it was nobody knows, and why.
 */
const MAKE_MOVEMENTS = `
create temp table run_movements (
  first_gap integer, last_gap integer, is_maybe boolean, unknown text, cents bigint, booked_gap integer, booked_cents bigint
) on commit drop`;

/** What is over and paid between two looks at the balance needs no closer look. One row a gap. */
const IS_SETTLED = `r.stage >= 2 and r.created_at is not null and r.cost_cents is not null
  and (r.status = 'success' or r.direction = 'received' or r.cost_cents <= coalesce(r.expected_cents, 0))`;
const IS_PLAIN = `${IS_SETTLED} and ${gap(`r.created_at - ${SLACK}`)} = ${gap(`greatest(r.changed_at, r.created_at) + ${SLACK}`)}`;
const ADD_PLAIN = `
insert into run_movements
select p.gap, p.gap, false, null, sum(p.cost_cents), p.gap, sum(p.cost_cents)
from (
  select r.cost_cents, ${gap('r.created_at')} as gap from run_faxes r where not r.is_test and ${IS_PLAIN}
) p
group by p.gap`;

/**
 * The other faxes, table `run_doubtful`: those of the month whose life touches a look at the balance, and older ones that changed, ended or
 * may have been credited since the first of these looks. `bound_cents`: it never cost more; null where nobody knows.
 */
const TAKE_DOUBTFUL = `
create temp table run_doubtful on commit drop as
with inside as (
  select r.fax_id, r.created_at, r.completed_at, r.direction, r.status, r.stage, r.cost_cents, r.num_pages, r.recipient_count, r.changed_at,
    r.expected_cents, ceil(r.full_cents * ${FULL_PRICE_MARGIN}) as bound_cents
  from run_faxes r
  where not r.is_test and not coalesce(${IS_PLAIN}, false)
), older as (
  select f.fax_id from warehouse.faxes f
  where f.account_id = (select account_id from asked) and f.created_at >= ${FIRST_AT} - ${OPEN_MAX} and f.created_at < (select starts_at from asked)
  union
  select f.fax_id from warehouse.faxes f
  where f.account_id = (select account_id from asked) and f.error_type is not null
    and f.created_at >= ${FIRST_AT} - ${CREDIT_MAX} and f.created_at < ${FIRST_AT} - ${OPEN_MAX} and (f.cost_cents > 0 or f.observed_at > ${FIRST_AT})
  union
  select h.fax_id from warehouse.fax_history h
  join warehouse.faxes f on f.account_id = h.account_id and f.fax_id = h.fax_id
  where h.account_id = (select account_id from asked) and h.observed_at > ${FIRST_AT} and h.observed_at <= (select as_of from asked)
    and h.cost_delta_cents <> 0 and f.created_at < ${FIRST_AT} - ${OPEN_MAX}
    and not exists (select from run_faxes r where r.fax_id = h.fax_id)
    and not (h.cost_delta_cents = h.cost_cents and h.status = 'success' and greatest(f.completed_at, f.created_at) < ${FIRST_AT} - ${SLACK})
), outside as (
  select f.fax_id, f.created_at, case when h.stage >= 2 then f.completed_at end as completed_at, f.direction, h.status, h.stage, h.cost_cents,
    h.num_pages, f.recipient_count, h.observed_at as changed_at, null::bigint as expected_cents,
    h.num_pages * f.recipient_count * (
      select max(c.price_per_page_cents) from warehouse.rate_card c
      where c.account_id = (select account_id from asked) and c.valid_from <= (select as_of from asked))::numeric as bound_cents
  from older o
  join warehouse.faxes f on f.account_id = (select account_id from asked) and f.fax_id = o.fax_id and f.is_test is not true
  cross join lateral (
    select h.* from warehouse.fax_history h
    where h.account_id = f.account_id and h.fax_id = f.fax_id and h.observed_at <= (select as_of from asked)
    order by h.observation_no desc limit 1
  ) h
), doubtful as (select * from inside union all select * from outside)
select d.*, coalesce(d.created_at, d.completed_at, d.changed_at) - case when d.created_at is null then interval '1 day' else interval '0' end as began_at,
  case
    when d.expected_cents is not null then d.expected_cents
    when d.status is distinct from 'partialsuccess' then 0
    else coalesce((
      select max(h.cost_cents) * (
          select count(*) filter (where r.status = 'success') / nullif(count(*), 0)::numeric from warehouse.fax_recipients r
          where r.account_id = h.account_id and r.fax_id = h.fax_id)
      from warehouse.fax_history h
      where h.account_id = (select account_id from asked) and h.fax_id = d.fax_id and h.observed_at <= (select as_of from asked)
      group by h.account_id, h.fax_id), 0)::bigint end as due_cents
from doubtful d`;

/** A complete listing that showed the fax: of what it shows as before, history has no row. */
const SHOWED_IT = `s.account_id = (select account_id from asked) and s.stream = 'faxes' and s.is_complete and s.created_within @> d.created_at
      and not exists (
        select from ops.fax_looks m
        where m.account_id = s.account_id and m.fax_id = e.fax_id and m.observation_no = s.observation_no and m.outcome <> 'seen')`;

/** Their looks, table `run_cost_looks`: each change of the cost with the last look before it that did not show it yet. */
const TAKE_LOOKS = `
create temp table run_cost_looks on commit drop as
with looks as (
  select d.fax_id, h.observation_no, h.observed_at, coalesce(h.cost_cents, 0) as cents, h.stage, h.status,
    coalesce(h.cost_cents - lag(h.cost_cents) over earlier, h.cost_cents, 0) as delta_cents,
    lag(h.observation_no) over earlier as earlier_no, case when h.observed_via <> 'callback' then h.observed_at end as shown_at,
    max(h.observed_at) filter (where h.observed_via <> 'callback') over (earlier rows between unbounded preceding and 1 preceding) as earlier_at,
    row_number() over earlier as place,
    coalesce(max(h.cost_cents) over (earlier rows between unbounded preceding and 1 preceding), 0) = 0 as is_uncharged,
    min(h.observed_at) filter (where h.stage >= 2) over (partition by d.fax_id) as final_at
  from run_doubtful d
  join warehouse.fax_history h on h.account_id = (select account_id from asked) and h.fax_id = d.fax_id and h.observed_at <= (select as_of from asked)
  window earlier as (partition by d.fax_id order by h.observation_no)
), ends as (
  select l.*, lead(l.observation_no) over (partition by l.fax_id order by l.observation_no) is null as is_last from looks l
)
select e.*,
  coalesce(case when e.delta_cents <> 0 and e.earlier_no is not null and e.observed_at - coalesce(e.earlier_at, d.began_at) > ${LOOSE} then (
    select max(s.requested_at) from ops.slices s
    where ${SHOWED_IT} and s.observation_no >= e.earlier_no and s.observation_no < e.observation_no) end, e.earlier_at) as unchanged_at,
  case when e.is_last and (e.stage < 2 or (d.direction is distinct from 'received' and e.status is distinct from 'success' and e.cents > d.due_cents)) then
    greatest(e.shown_at, e.earlier_at, d.began_at, (
      select max(s.requested_at) from ops.slices s
      where ${SHOWED_IT} and s.observation_no >= e.observation_no and s.requested_at <= (select as_of from asked))) end as confirmed_at
from ends e
join run_doubtful d on d.fax_id = e.fax_id`;

/**
 * What each look says of the money. A received fax is charged when it is made. A sent one is charged once, for all recipients, before it ends,
 * and credited after it ended: so one that was first seen when it was over has paid its full price and got back the difference in between.
 */
const ADD_DOUBTFUL = `
with looks as (
  select l.*, greatest(l.confirmed_at - ${STALE_MAX}, d.began_at) as still_at, d.began_at, d.completed_at, d.direction = 'received' as is_received, d.cost_cents as last_cents, d.due_cents, d.num_pages,
    case when l.unchanged_at >= d.completed_at then l.observed_at else least(l.observed_at, d.completed_at) end as charged_by, greatest(d.began_at, l.unchanged_at - ${STALE_MAX}) as charged_from,
    greatest(d.began_at, l.unchanged_at - ${STALE_MAX}, case when l.stage >= 2 then d.completed_at end) as credited_from,
    case
      when l.cents > 0 and (l.stage < 2 or l.status = 'success') then l.cents
      when d.bound_cents is null and l.cents > 0 and l.status = 'failure' then l.cents
      when d.num_pages = 0 and l.stage >= 2 then l.cents
      else greatest(d.bound_cents, l.cents) end as full_cents,
    case when l.cents > 0 and l.stage >= 2 and l.status <> 'success' and d.bound_cents is null then 'unknown_hold' end as hold
  from run_cost_looks l join run_doubtful d on d.fax_id = l.fax_id
  where d.cost_cents is not null
), movements as (
  select began_at as from_at, began_at as to_at, false as is_maybe, null as unknown, delta_cents as cents, began_at as booked_at, delta_cents as booked_cents
  from looks where is_received and place = 1
  union all
  select charged_from, observed_at, false, null, delta_cents, case when delta_cents > 0 then began_at else observed_at end, delta_cents
  from looks where delta_cents <> 0 and case when is_received then place > 1 else not is_uncharged end and (delta_cents > 0 or is_received)
  union all
  select credited_from, observed_at, false, null, delta_cents, observed_at, delta_cents
  from looks where delta_cents < 0 and not is_received and not is_uncharged
  union all
  select charged_from, charged_by, false, null, full_cents, began_at, delta_cents
  from looks where not is_received and is_uncharged and cents > 0
  union all
  select case when hold is null then credited_from else charged_from end, observed_at, false, hold, cents - full_cents, null, 0
  from looks where not is_received and is_uncharged and cents > 0 and (full_cents > cents or hold is not null)
  union all
  select charged_from, charged_by, false, null, full_cents, null, 0
  from looks where not is_received and is_uncharged and cents = 0 and stage >= 2 and status is distinct from 'success' and observed_at = final_at
  union all
  select case when full_cents is null then charged_from else credited_from end, observed_at, false,
    case when full_cents is null then 'unknown_hold' end, -full_cents, null, 0
  from looks where not is_received and is_uncharged and cents = 0 and stage >= 2 and status is distinct from 'success' and observed_at = final_at
  union all
  select greatest(still_at, completed_at), 'infinity', true, null, due_cents - cents, null, 0
  from looks where is_last and stage >= 2 and not is_received and status is distinct from 'success' and cents > due_cents
  union all
  select still_at, 'infinity', true, null, -cents, null, 0 from looks where is_last and stage < 2 and cents > 0
  union all
  select still_at, 'infinity', true, case when num_pages > 0 and full_cents is not null then null else 'unknown_hold' end, side.sign * full_cents, null, 0
  from looks cross join (values (1), (-1)) side(sign) where is_last and stage < 2 and cents = 0
  union all
  select d.began_at, case when d.status = 'success' or d.direction = 'received' then coalesce(d.completed_at, d.changed_at) else d.changed_at end,
    true, 'cost_unknown', 0, null, 0
  from run_doubtful d where d.cost_cents is null
), placed as (
  select m.*, ${gap(`m.from_at - ${SLACK}`)} as first_gap, ${gap(`greatest(m.to_at, m.from_at) + ${SLACK}`)} as last_gap from movements m
)
insert into run_movements
select p.first_gap, p.last_gap, p.is_maybe, p.unknown, coalesce(p.cents, 0), ${gap('p.booked_at')}, p.booked_cents from placed p`;

/**
 * Rents: taken at the instant the list shows. Where the rent changed between the looks around it, the difference is in doubt; where no look
 * tells whether one was taken, all of it is.
 */
const ADD_RENTS = `
with ${rentSteps(`(${FIRST_AT} - interval '8 days')`, `(${LAST_AT} + interval '8 days')`)},
priced as (
  select r.*, (select s.cost_cents from (${stateOf('r.phone_number', 'h.is_listed and h.observed_at <= r.at')}) s) as cents_before
  from rents r where r.kind <> 'skipped'
), movements as (
  select billed_at as from_at, billed_at as to_at, false as is_maybe, least(cents, cents_before)::bigint as cents,
    case when cents is null then 'cost_unknown' end as unknown, cents as booked_cents
  from priced where billed_at is not null
  union all
  select billed_at, billed_at, true, abs(cents - cents_before), null, 0 from priced where billed_at is not null and cents <> cents_before
  union all
  select due_at, overflow_at + interval '3 days', true, cents, case when cents is null then 'cost_unknown' end, 0 from priced where billed_at is null
), placed as (
  select m.*, ${gap(`m.from_at - ${SLACK}`)} as first_gap, ${gap(`m.to_at + ${SLACK}`)} as last_gap from movements m
)
insert into run_movements
select p.first_gap, p.last_gap, p.is_maybe, p.unknown, coalesce(p.cents, 0), ${gap('p.from_at')}, coalesce(p.booked_cents, 0) from placed p`;

/**
 * What nobody has listed yet: faxes made when no complete listing has covered, a quarter of an hour after they were made at the earliest, and
 * numbers bought after the last complete list. What they cost is not known, so a fault of the mirror, which C1 tells, is none of the balance.
 */
const ADD_UNLISTED = `
with covered as (
  select range_agg(tstzrange(lower(s.created_within), least(upper(s.created_within), s.requested_at - ${STALE_MAX}))) as ranges
  from ops.slices s
  where s.account_id = (select account_id from asked) and s.stream = 'faxes' and s.is_complete and s.requested_at <= (select as_of from asked)
    and s.created_within && tstzrange(${FIRST_AT} - ${LIFE_MAX}, ${LAST_AT}) and lower(s.created_within) < s.requested_at - ${STALE_MAX}
), missed as (
  select unnest(tstzmultirange(tstzrange(${FIRST_AT} - ${LIFE_MAX}, ${LAST_AT})) - coalesce((select ranges from covered), '{}')) as made
), pieces as (
  select lower(made) as from_at, upper(made) + ${LIFE_MAX} as to_at from missed
  union all
  select coalesce(max(s.requested_at), '-infinity'), 'infinity' from ops.slices s
  where s.account_id = (select account_id from asked) and s.stream = 'phone_numbers' and s.is_complete and s.requested_at <= (select as_of from asked)
)
insert into run_movements
select ${gap(`p.from_at - ${SLACK}`)}, ${gap('p.to_at')}, true, 'not_listed', 0, null, 0 from pieces p`;

const DROP = 'drop table run_doubtful, run_cost_looks';

/**
 * Sets up `run_snapshots` and `run_movements` of a run whose faxes are rated. Each fax is read once; only those whose life touches a look at
 * the balance are read with their history.
 */
export async function takeMovements(client: pg.ClientBase): Promise<void> {
  await client.query(TAKE_SNAPSHOTS);
  await client.query(MAKE_MOVEMENTS);
  const { rows } = await client.query<{ count: number }>('select count(*)::integer as count from run_snapshots');
  if ((rows[0]?.count ?? 0) < 2) return;
  await client.query(ADD_PLAIN);
  await client.query(TAKE_DOUBTFUL);
  await client.query('analyze run_doubtful');
  await client.query(TAKE_LOOKS);
  await client.query('analyze run_cost_looks');
  await client.query(ADD_DOUBTFUL);
  await client.query(ADD_RENTS);
  await client.query(ADD_UNLISTED);
  await client.query(DROP);
}
