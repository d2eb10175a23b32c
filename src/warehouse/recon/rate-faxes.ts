import type pg from 'pg';
import type { ReconciliationSettings } from '../../domain/reconciliation.ts';
import { fillObserved } from './rate-observed.ts';
import { takePrices, WINDOW_FROM, WINDOW_TO } from './rate-prices.ts';
import { takeUnits } from './rate-units.ts';

/** Ten-thousandths of a cent a page, times pages, to whole cents, half up. */
const toCents = (price: string): string => `((${price} * k.num_pages + 5000) / 10000)`;

/**
 * Each fax under each list that may have held for it, and the one it is rated by, table `run_rated`. All recipients of a fax are priced under
 * one list. Its cost says which: the list under which it agrees (first with what is due, then with a credit still missing); else, where a list
 * is possible that nobody knows, none; else the latest.
 * `is_uncredited`: what is charged beyond what is due is the price of one or more failed recipients, to the cent.
 */
const RATE = `
create temp table run_rated on commit drop as
with sums as (
  select u.fax_id, l.list_no, count(*)::integer as unit_count, count(*) filter (where u.outcome = 1)::integer as succeeded_count,
    count(*) filter (where u.outcome = 0)::integer as failed_count, min(h.country) as low_country, max(h.country) as high_country,
    count(p.price)::integer as priced_count, sum(p.price)::bigint as full_price, coalesce(sum(p.price) filter (where u.outcome = 1), 0)::bigint as due_price,
    min(p.price) filter (where u.outcome = 0) as low_failed, max(p.price) filter (where u.outcome = 0) as high_failed,
    array_agg(p.price) filter (where u.outcome = 0) as failed_prices,
    bool_and(p.is_negotiated) as is_negotiated
  from run_units u
  join run_heads h on h.head = u.head
  join known_faxes k on k.fax_id = u.fax_id
  join run_lists l on l.possible_from < ${WINDOW_TO} and l.possible_to > ${WINDOW_FROM}
  left join run_prices p on p.list_no = l.list_no and p.country = h.country and p.direction = case k.direction when 'received' then 'received' else 'sent' end
  group by u.fax_id, l.list_no
), amounts as (
  select s.*, k.cost_cents, k.stage, k.num_pages,
    s.priced_count = s.unit_count and k.num_pages is not null as is_priced,
    s.succeeded_count + s.failed_count = s.unit_count as is_over,
    case when s.priced_count = s.unit_count then ${toCents('s.full_price')} end as full_cents,
    case when s.priced_count = s.unit_count and s.succeeded_count + s.failed_count = s.unit_count then ${toCents('s.due_price')} end as expected_cents
  from sums s join known_faxes k on k.fax_id = s.fax_id
), held as (
  select a.*, case
    when a.expected_cents is null or a.cost_cents is null or a.failed_count = 0 or a.cost_cents <= a.expected_cents or a.cost_cents > a.full_cents then false
    when a.cost_cents = a.full_cents or a.succeeded_count = 0 then true
    when a.low_failed = a.high_failed then a.cost_cents in (
      select ${toCents('(a.due_price + n * a.low_failed)').replaceAll('k.', 'a.')} from generate_series(1, a.failed_count) n)
    else a.cost_cents in (select ${toCents('reached.price').replaceAll('k.', 'a.')} from (
      with recursive sums_of as (
        select 0 as place, a.due_price as price
        union
        select s.place + 1, s.price + a.failed_prices[s.place + 1] * taken.share
        from sums_of s cross join (values (0), (1)) taken(share) where s.place < a.failed_count
      )
      select price from sums_of where place = a.failed_count
    ) reached)
  end as is_uncredited
  from amounts a
), ranked as (
  select h.*, case
    when h.cost_cents = h.expected_cents then 1
    when h.is_uncredited or h.cost_cents = h.full_cents then 2
    when not h.is_priced then 3
    else 4 end as rank
  from held h
)
select distinct on (fax_id) fax_id, list_no, unit_count, succeeded_count, failed_count, priced_count, low_country, high_country, is_negotiated,
  is_priced, is_uncredited, expected_cents, full_cents
from ranked order by fax_id, rank, list_no desc`;

/**
 * The faxes of the run with their rating. `expected_cents` is null while a fax is under way and where no price is known;
 * `unrated_reason` says why. `changed_after_closing`: the month is closed and the cost has since moved away from what is due.
 */
const ADD_RATING = `
create temp table run_faxes on commit drop as
select k.*, false as changed_after_closing,
  case when r.low_country = r.high_country and r.low_country <> '??' then r.low_country end as country,
  coalesce(r.unit_count, 0) as unit_count, coalesce(r.succeeded_count, 0) as succeeded_count, coalesce(r.failed_count, 0) as failed_count,
  case when k.stage >= 2 then r.expected_cents end as expected_cents, r.full_cents,
  case when not coalesce(r.is_priced, false) then null when r.is_negotiated then 'negotiated' else 'card' end as rate_source,
  case
    when k.stage < 2 then 'open'
    when r.unit_count is null then 'no_recipients'
    when k.num_pages is null then 'pages_unknown'
    when r.priced_count < r.unit_count then coalesce(l.gap, 'no_card')
    when r.expected_cents is null then 'recipients_open'
  end as unrated_reason,
  coalesce(r.is_uncredited, false) and k.stage >= 2 as is_uncredited,
  coalesce(l.gap = 'before_card', false) as is_before_card
from known_faxes k
left join run_rated r on r.fax_id = k.fax_id
left join run_lists l on l.list_no = r.list_no`;

const IS_CLOSED = 'select is_closed and closed_as_of is not null as is_closed from asked';

/** A statement of its own: hardly any month is closed, and of a closed one hardly any fax changes. */
const MARK_LATE = `
update run_faxes r set changed_after_closing = true
from run_faxes k
cross join lateral (
  select h.cost_cents as cents_then from warehouse.fax_history h
  where h.account_id = (select account_id from asked) and h.fax_id = k.fax_id and h.observed_at <= (select closed_as_of from asked)
  order by h.observation_no desc limit 1
) c
where k.fax_id = r.fax_id and k.changed_at > (select closed_as_of from asked) and c.cents_then is distinct from k.cost_cents
  and (abs(coalesce(k.cost_cents, 0) - k.expected_cents) > abs(c.cents_then - k.expected_cents)) is not false`;

/**
 * Rates every fax of the run: which country, how many recipients, what is due by the price list that held (see {@link takePrices}), and
 * where no list was known, by the prices seen on other faxes (see {@link fillObserved}). Docs: docs/reconciliation.md.
 */
export async function rateFaxes(client: pg.ClientBase, settings: ReconciliationSettings): Promise<void> {
  await client.query('alter table run_faxes rename to known_faxes');
  await client.query('analyze known_faxes');
  await takeUnits(client);
  await takePrices(client, settings.rates);
  await client.query(RATE);
  await client.query('analyze run_rated');
  await client.query(ADD_RATING);
  await fillObserved(client);
  const { rows } = await client.query<{ is_closed: boolean }>(IS_CLOSED);
  if (rows[0]?.is_closed === true) await client.query(MARK_LATE);
  await client.query('drop table known_faxes, run_units, run_heads, run_lists, run_prices, run_rated');
  await client.query('analyze run_faxes');
}
