/** Days by which a billing may lie away from the day it is due, in either direction. */
const NEAR = `interval '3 days'`;
/** The shortest time from one anniversary to the next. */
const MONTH_MIN = `interval '28 days'`;

/** An instant as `Date.toISOString` writes it, for the ids of subjects. */
export function isoText(instant: string): string {
  return `to_char(${instant} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

/** The last row of a number's history, as known at `as_of`, that meets a condition: one probe of its key. */
export function stateOf(phoneNumber: string, condition: string): string {
  return `
    select h.is_listed, h.provisioned_at, h.last_billed_at, h.cost_cents from warehouse.phone_number_history h
    where h.account_id = (select account_id from asked) and h.phone_number = ${phoneNumber} and h.observed_at <= (select as_of from asked)
      and ${condition}
    order by h.observation_no desc limit 1`;
}

/** Whether a list showed the number of a row of `rent_dues` as held; null before it was ever shown. */
const stateAt = (list: string): string => `(
      select case when h.is_listed and h.provisioned_at = d.provisioned_at then 'held' else 'gone' end
      from (${stateOf('d.phone_number', `h.observation_no <= ${list}.observation_no`)}) h
      where ${list}.observation_no >= d.first_no)`;

/**
 * Steps of a `with` that end in `rents`: every rent of the account that was billed or due in [from, to), as known at `as_of`, one row each.
 * `from` and `to` are SQL expressions. Columns: `phone_number`, `due_at` (the anniversary; null for what belongs to none), `overflow_at`,
 * `billed_at` (null where no billing was seen), `at` (one of both: the instant it counts at), `cents` (null where not known), `kind`:
 * - `rent`: an anniversary and its billing; `extra`: a billing that belongs to no anniversary, or a second one to the same;
 * - `after_release`: billed while the number was gone, by two complete lists, and back since without having been bought anew;
 * - `skipped`: a complete list more than 3 days after the anniversary, and before the next, still showed the number, not billed;
 * - `unknown`: an anniversary of which no look tells; `reason` says why: not_due (3 days are not over), released_meanwhile, no_look;
 * - `unplaced`: a billing of a number of which nobody knows when it was bought.
 * A number that the last look before its anniversary did not show is not due.
 */
export function rentSteps(from: string, to: string): string {
  return `
rent_lists as materialized (
  select s.observation_no, s.requested_at from ops.slices s
  where s.account_id = (select account_id from asked) and s.stream = 'phone_numbers' and s.is_complete
    and s.requested_at <= (select as_of from asked)
), rent_looks as materialized (
  select array_agg(requested_at order by requested_at, observation_no) as ats, array_agg(observation_no order by requested_at, observation_no) as nos
  from rent_lists
), rent_spans as materialized (
  select h.*, lead(h.observation_no) over later as next_no, lead(h.observed_at) over later as next_at,
    lag(h.provisioned_at) over later as provisioned_before, lead(h.provisioned_at) over later as provisioned_after
  from warehouse.phone_number_history h
  where h.account_id = (select account_id from asked) and h.observed_at <= (select as_of from asked)
  window later as (partition by h.phone_number order by h.observation_no)
), rent_absences as materialized (
  select s.phone_number, s.observed_at as gone_at, s.next_at as back_at from rent_spans s
  where not s.is_listed and s.provisioned_before = s.provisioned_after
    and (select count(*) from rent_lists l where l.observation_no >= s.observation_no and l.observation_no < s.next_no) >= 2
), rent_billings as (
  select c.phone_number, c.billed_at, c.cost_cents, exists (
      select from rent_absences a
      where a.phone_number = c.phone_number and c.billed_at > a.gone_at and c.billed_at <= a.back_at) as is_after_release
  from warehouse.phone_number_charges c
  where c.account_id = (select account_id from asked) and c.observed_at <= (select as_of from asked)
    and c.billed_at >= ${from} - interval '10 days' and c.billed_at < ${to} + interval '10 days'
), rent_tenures as (
  select phone_number, provisioned_at, min(observation_no) as first_no from rent_spans
  where is_listed and provisioned_at is not null group by phone_number, provisioned_at
), rent_dues as materialized (
  select t.*, d.expected_at, d.overflow_at, d.month_no from rent_tenures t
  cross join lateral warehouse.rent_anniversaries(t.provisioned_at, ${from} - interval '13 days', ${to} + interval '13 days') d
), rent_nearest as (
  select distinct on (b.phone_number, b.billed_at) b.*, d.provisioned_at, d.expected_at, d.overflow_at,
    least(abs(extract(epoch from b.billed_at - d.expected_at)), abs(extract(epoch from b.billed_at - d.overflow_at))) as seconds_off
  from rent_billings b
  left join rent_dues d on not b.is_after_release and d.phone_number = b.phone_number
    and b.billed_at between d.expected_at - ${NEAR} and d.overflow_at + ${NEAR}
  order by b.phone_number, b.billed_at, seconds_off
), rent_placed as (
  select n.*, row_number() over (partition by phone_number, provisioned_at, expected_at order by seconds_off, billed_at) as place from rent_nearest n
), rent_unbilled as (
  select d.*, ${stateAt('before')} as state_before, ${stateAt('after')} as state_after, s.cost_cents,
    coalesce(s.is_listed and s.provisioned_at = d.provisioned_at and s.last_billed_at < d.expected_at - ${NEAR}, false) as is_proven
  from rent_dues d
  left join rent_placed p on p.phone_number = d.phone_number and p.provisioned_at = d.provisioned_at and p.expected_at = d.expected_at
  cross join lateral (
    select width_bucket(d.expected_at, k.ats) as place, width_bucket(d.overflow_at + ${NEAR}, k.ats) as later_place, k.* from rent_looks k
  ) k
  cross join lateral (select k.nos[k.place] as observation_no) before
  cross join lateral (select k.nos[k.place + 1] as observation_no) after
  cross join lateral (
    select case when k.ats[k.later_place + 1] < d.expected_at + ${MONTH_MIN} then k.nos[k.later_place + 1] end as observation_no
  ) decisive
  left join lateral (${stateOf('d.phone_number', 'h.observation_no <= decisive.observation_no')}) s on true
  where p.phone_number is null and d.expected_at >= ${from} and d.expected_at < ${to} and d.expected_at <= (select as_of from asked)
), rent_prices as (
  select distinct on (phone_number) phone_number, cost_cents from rent_spans where is_listed order by phone_number, observation_no desc
), rents as materialized (
  select p.phone_number, p.expected_at as due_at, p.overflow_at, p.billed_at, p.billed_at as at, p.cost_cents as cents,
    case
      when p.is_after_release then 'after_release'
      when p.expected_at is not null and p.place = 1 then 'rent'
      when p.expected_at is not null or exists (select from rent_tenures t where t.phone_number = p.phone_number) then 'extra'
      else 'unplaced' end as kind, null::text as reason
  from rent_placed p
  where p.billed_at >= ${from} and p.billed_at < ${to}
  union all
  select u.phone_number, u.expected_at, u.overflow_at, null, u.expected_at, coalesce(u.cost_cents, c.cost_cents),
    case when u.is_proven then 'skipped' else 'unknown' end,
    case
      when u.is_proven then null
      when u.overflow_at + ${NEAR} >= (select as_of from asked) then 'not_due'
      when u.state_after = 'gone' then 'released_meanwhile'
      else 'no_look' end
  from rent_unbilled u left join rent_prices c on c.phone_number = u.phone_number
  where u.state_before is distinct from 'gone' or u.month_no = 0
)`;
}
