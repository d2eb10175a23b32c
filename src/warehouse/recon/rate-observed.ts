import type pg from 'pg';

const COUNT_UNRATED = `
select count(*)::integer as unrated from run_faxes where unrated_reason in ('before_card', 'no_card') and num_pages > 0 and not is_test`;

/**
 * Prices of a page seen where no list says them, table `run_observed`, in ten-thousandths of a cent: by country, direction and day those that
 * several fully successful faxes of one country agree on, that day or next to it. `place` 1 is the most frequent.
 */
const TAKE_OBSERVED = `
create temp table run_observed on commit drop as
with seen as (
  select country, direction, usage_date, cost_cents::bigint * 10000 / (num_pages * unit_count) as price, count(*) as faxes
  from run_faxes
  where stage >= 2 and status = 'success' and not is_test and country is not null and failed_count = 0 and succeeded_count = unit_count
    and num_pages > 0 and cost_cents > 0 and missing_since is null
  group by 1, 2, 3, 4
), near as (
  select s.country, s.direction, s.usage_date + d.days as usage_date, s.price, sum(s.faxes) as faxes
  from seen s cross join (values (-1), (0), (1)) d(days)
  group by 1, 2, 3, 4
), counted as (
  select n.*, sum(faxes) over (partition by country, direction, usage_date) as all_faxes from near n
)
select country, direction, usage_date, price,
  row_number() over (partition by country, direction, usage_date order by faxes desc, price) as place,
  count(*) over (partition by country, direction, usage_date) as prices
from counted where faxes >= greatest(3, 0.05 * all_faxes)`;

/**
 * Rates what has no list price by the observed ones. A fax of one country may have any of its day's prices, and its cost says which; one of
 * several countries is rated only where each has a single one.
 */
const FILL = `
with wanted as (
  select r.fax_id, r.direction, r.usage_date, r.num_pages, r.cost_cents, r.unit_count, r.succeeded_count, r.failed_count, r.country,
    row_number() over () as place
  from run_faxes r
  where r.unrated_reason in ('before_card', 'no_card') and r.num_pages is not null and r.succeeded_count + r.failed_count = r.unit_count
), alone as (
  select w.fax_id, w.cost_cents, w.failed_count, w.succeeded_count, o.place,
    (o.price * w.unit_count * w.num_pages + 5000) / 10000 as full_cents, (o.price * w.succeeded_count * w.num_pages + 5000) / 10000 as expected_cents,
    exists (
      select from generate_series(1, w.failed_count) n
      where (o.price * (w.succeeded_count + n) * w.num_pages + 5000) / 10000 = w.cost_cents) as is_partly
  from wanted w
  join run_observed o on o.country = w.country and o.direction = w.direction and o.usage_date = w.usage_date
), priced as (
  select w.fax_id, w.cost_cents, w.num_pages, w.unit_count, w.succeeded_count, u.outcome, coalesce(p.price, o.price) as price
  from wanted w
  join run_units u on u.fax_id = w.fax_id
  join run_heads h on h.head = u.head
  join run_rated r on r.fax_id = w.fax_id
  left join run_prices p on p.list_no = r.list_no and p.country = h.country and p.direction = w.direction
  left join run_observed o on o.country = h.country and o.direction = w.direction and o.usage_date = w.usage_date and o.prices = 1
  where w.country is null
), mixed as (
  select fax_id, min(cost_cents) as cost_cents, min(succeeded_count) as succeeded_count, count(*) filter (where outcome = 0) as failed_count,
    (sum(price)::bigint * min(num_pages) + 5000) / 10000 as full_cents,
    (coalesce(sum(price) filter (where outcome = 1), 0)::bigint * min(num_pages) + 5000) / 10000 as expected_cents
  from priced group by fax_id having count(price) = min(unit_count)
), all_rated as (
  select fax_id, full_cents, expected_cents, place,
    failed_count > 0 and cost_cents > expected_cents and cost_cents <= full_cents
      and (succeeded_count = 0 or is_partly) as is_uncredited, cost_cents
  from alone
  union all
  select fax_id, full_cents, expected_cents, 1,
    failed_count > 0 and cost_cents > expected_cents and cost_cents <= full_cents and (succeeded_count = 0 or cost_cents = full_cents), cost_cents
  from mixed
), chosen as (
  select distinct on (fax_id) * from all_rated
  order by fax_id, case when cost_cents = expected_cents then 1 when is_uncredited then 2 else 3 end, place
)
update run_faxes r set expected_cents = c.expected_cents, full_cents = c.full_cents, rate_source = 'observed', unrated_reason = null,
  is_uncredited = c.is_uncredited
from chosen c where c.fax_id = r.fax_id`;

/** Rates by observed prices what the lists leave open, where anything is. */
export async function fillObserved(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ unrated: number }>(COUNT_UNRATED);
  if ((rows[0]?.unrated ?? 0) === 0) return;
  await client.query(TAKE_OBSERVED);
  await client.query('analyze run_observed');
  await client.query(FILL);
}
