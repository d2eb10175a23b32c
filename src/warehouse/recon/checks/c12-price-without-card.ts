import type { Check } from '../check.ts';

/**
 * Left: price of a page of a fully successful fax to one country, for which no list is known. Right: the most frequent price of faxes of that
 * country and direction, that day and next to it. Tolerance: 1 % and 1 cent, the stricter.
 * Prices change, and then two are right: so a price that another of the ten faxes before or after it has as well is not held against the most
 * frequent one. Untested: fewer than three alike, or nothing known yet of what came before or after.
 */
export const priceWithoutCard: Check = {
  id: 'C12',
  name: 'price_without_card',
  left: 'price of a page',
  right: 'most frequent price for country, direction and day',
  why: 'Where no list was seen, the other faxes are the list: one that stands alone with its price was likely charged wrongly.',
  unit: 'cents',
  severity: 'warn',
  tolerance: { amount: 1, share: 0.01 },
  isGate: false,
  every: 'day',
  reasons: {
    unusual_price:
      'Other faxes to the country cost otherwise at that time. Compare with the price list of that day, then claim.',
    too_few: 'Too few faxes to the country to know its price.',
  },
  sql: `
  with priced as (
    select r.fax_id, r.usage_date, r.country, r.direction, r.cost_cents, r.num_pages * r.unit_count as pages,
      r.cost_cents::numeric / (r.num_pages * r.unit_count) as price, r.changed_after_closing,
      row_number() over (partition by r.country, r.direction order by r.used_at, r.fax_id) as place,
      count(*) over (partition by r.country, r.direction) as places
    from run_faxes r
    where (r.rate_source = 'observed' or r.unrated_reason in ('before_card', 'no_card')) and r.stage >= 2 and r.status = 'success'
      and not r.is_test and r.country is not null and r.succeeded_count = r.unit_count and r.num_pages > 0 and r.cost_cents > 0
      and r.missing_since is null and r.gone_at is null
  ), neighbours as (
    select p.*,
      least(p.place - lag(p.place) over alike, lead(p.place) over alike - p.place) as distance
    from priced p
    window alike as (partition by p.country, p.direction, p.price order by p.place)
  ), days as (
    select country, direction, usage_date, price, count(*) as faxes from priced group by 1, 2, 3, 4
  ), near as (
    select d.country, d.direction, d.usage_date + n.days as usage_date, d.price, sum(d.faxes) as faxes
    from days d cross join (values (-1), (0), (1)) n(days) group by 1, 2, 3, 4
  ), modes as (
    select distinct on (country, direction, usage_date) country, direction, usage_date, price, faxes
    from near order by country, direction, usage_date, faxes desc, price
  ), held as (
    select n.*, case when coalesce(n.distance, 11) <= 10 then n.price else m.price end as usual_price,
      m.faxes < 3 or (coalesce(n.distance, 11) > 10 and n.price <> m.price and (n.place <= 3 or n.place > n.places - 3)) as is_few
    from neighbours n join modes m using (country, direction, usage_date)
    where not n.changed_after_closing
  )
  select usage_date::text as grain, 'fax' as subject_kind, fax_id::text as subject_id, round(price, 4) as left_value,
    round(usual_price, 4) as right_value, (cost_cents - round(usual_price * pages))::bigint as cents, 0::bigint as owed_cents,
    case when is_few then 'not_testable' end as verdict,
    case when is_few then 'too_few' when price <> usual_price then 'unusual_price' end as reason
  from held`,
};
