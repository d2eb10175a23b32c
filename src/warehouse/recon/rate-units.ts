import type pg from 'pg';

/** First and last fax of the run: ids rise with time, so a month's recipients lie together and are read by one range of their key. */
const FIND_RANGE = `
select coalesce(min(fax_id), 0)::text as first_id, coalesce(max(fax_id), 0)::text as last_id from known_faxes`;

/**
 * What each fax is priced by, table `run_units`: a row a recipient of a sent fax as it was known at `as_of`, one row a received fax.
 * `head`: the first digits of the number, as many as tell the country. `outcome`: 1 arrived, 0 failed, null not known.
 * Recipients have no history of their own; what later looks changed of a fax that was over is taken from its before-images.
 * $1 and $2: first and last fax id.
 */
const TAKE_UNITS = `
create temp table run_units on commit drop as
with altered as (
  select distinct on (c.fax_id, c.ordinal) c.fax_id, c.ordinal, c.was_present, c.phone_number, c.status
  from ops.fax_recipient_changes c
  where c.account_id = (select account_id from asked) and c.observed_at > (select as_of from asked)
    and c.fax_id between $1::bigint and $2::bigint
  order by c.fax_id, c.ordinal, c.observation_no
), recipients as (
  select r.fax_id, r.phone_number, r.status from warehouse.fax_recipients r
  where r.account_id = (select account_id from asked) and r.fax_id between $1::bigint and $2::bigint
    and not exists (select from altered a where a.fax_id = r.fax_id and a.ordinal = r.ordinal)
  union all
  select fax_id, phone_number, status from altered where was_present
), units as (
  select k.fax_id, r.phone_number as number,
    case r.status when 'success' then 1 when 'failure' then 0 else case k.status when 'success' then 1 when 'failure' then 0 end end as outcome
  from known_faxes k join recipients r on r.fax_id = k.fax_id
  where k.direction is distinct from 'received'
  union all
  select k.fax_id, k.to_number, case k.status when 'success' then 1 when 'failure' then 0 end
  from known_faxes k where k.direction = 'received'
)
select fax_id, coalesce(case when number like '+1%' then left(number, 6) else left(number, 9) end, '') as head, outcome::smallint as outcome
from units`;

/** Country of every head, table `run_heads`; `??` where no prefix fits. */
const TAKE_HEADS = `
create temp table run_heads on commit drop as
with heads as (select distinct head from run_units)
select h.head, coalesce(p.alpha2, '??') as country
from heads h
left join lateral (
  select d.alpha2 from warehouse.dial_prefixes d
  where h.head like '+%' and d.prefix in (
    substr(h.head, 2, 1), substr(h.head, 2, 2), substr(h.head, 2, 3), substr(h.head, 2, 4), substr(h.head, 2, 5), substr(h.head, 2, 6),
    substr(h.head, 2, 7), substr(h.head, 2, 8))
  order by length(d.prefix) desc limit 1
) p on true`;

/** Fills `run_units` and `run_heads` from `known_faxes`. */
export async function takeUnits(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ first_id: string; last_id: string }>(FIND_RANGE);
  await client.query(TAKE_UNITS, [rows[0]?.first_id ?? '0', rows[0]?.last_id ?? '0']);
  await client.query('analyze run_units');
  await client.query(TAKE_HEADS);
  await client.query('analyze run_heads');
}
