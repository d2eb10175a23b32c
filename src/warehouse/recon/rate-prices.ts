import type pg from 'pg';
import type { NegotiatedRate } from '../../domain/reconciliation.ts';

/**
 * Between these instants the price of a fax `k` was taken: a sent one's when it went into progress, a received one's on reception. The
 * margins are for clocks that differ and for times in whole seconds.
 */
export const WINDOW_FROM = `(least(k.used_at, k.completed_at) - case when k.created_at is null then interval '1 day' else interval '1 minute' end)`;
export const WINDOW_TO = `(greatest(k.used_at, coalesce(k.completed_at, k.changed_at)) + interval '5 minutes')`;

/**
 * The price lists that may have been in force for the faxes of the run, table `run_lists`: what was negotiated changes at midnight in the
 * billing zone; the provider's list is known by its looks, so a change lies anywhere between two of them, and for that time the list before
 * and the one after are both possible. Before the first look no list is known (`gap` before_card). After the latest one the list may have
 * changed unseen (`gap` unconfirmed). A list is possible within (possible_from, possible_to). Lists are numbered in order of time.
 * $1: negotiated rates as JSON.
 */
const TAKE_LISTS = `
create temp table run_lists on commit drop as
with looks as (
  select requested_at as at from ops.slices
  where account_id = (select account_id from asked) and stream = 'countries' and is_complete and requested_at <= (select as_of from asked)
), lines as (
  select valid_from, price_per_page_cents as price, lag(price_per_page_cents) over (partition by country_name order by observation_no) as former
  from warehouse.rate_card
  where account_id = (select account_id from asked) and is_listed and price_per_page_cents is not null
    and valid_from <= (select as_of from asked)
), changes as (
  select distinct valid_from as at from lines where price is distinct from former
), ends as (
  select (select min(at) from changes) as first_at,
    greatest((select max(at) from looks), (select max(at) from changes)) as last_at
), cards as (
  select c.at as card_at, null::text as gap,
    case when c.at = e.first_at then c.at else coalesce((select max(l.at) from looks l where l.at < c.at), e.first_at) end as possible_from,
    coalesce(lead(c.at) over (order by c.at), 'infinity') as possible_to
  from changes c cross join ends e
  union all
  select null, 'before_card', '-infinity', coalesce(first_at, 'infinity') from ends
  union all
  select null, 'unconfirmed', last_at, 'infinity' from ends where first_at is not null
), days as (
  select distinct day from jsonb_to_recordset($1::jsonb) as r("from" text, "to" text)
  cross join lateral (values (r."from"::date), (r."to"::date)) d(day) where day is not null
), instants as (
  select (day::timestamp at time zone (select billing_zone from asked)) as at, day from days
  union all
  select '-infinity', null
), terms as (
  select at as possible_from, coalesce(lead(at) over (order by at), 'infinity') as possible_to, day as term_day from instants
), lists as (
  select c.card_at, c.gap, t.term_day, greatest(c.possible_from, t.possible_from) as possible_from, least(c.possible_to, t.possible_to) as possible_to
  from cards c join terms t on t.possible_from < c.possible_to and c.possible_from < t.possible_to
)
select row_number() over (order by possible_from, card_at nulls first, gap) as list_no, l.*
from lists l
where possible_from < (select max(${WINDOW_TO}) from known_faxes k) and possible_to > (select min(${WINDOW_FROM}) from known_faxes k)`;

/**
 * The price of a page by list, direction and country, table `run_prices`, in ten-thousandths of a cent; no row where none is known.
 * Negotiated lines stand above the provider's; among them a country's own line above that of all countries, then a direction's own one.
 * $1: negotiated rates as JSON.
 */
const TAKE_PRICES = `
create temp table run_prices on commit drop as
with rates as (
  select r.country, r.direction, round(r."pricePerPageCents" * 10000)::bigint as price, r."from"::date as from_day, r."to"::date as to_day
  from jsonb_to_recordset($1::jsonb) as r(country text, direction text, "pricePerPageCents" numeric, "from" text, "to" text)
), wanted as (
  select l.list_no, l.card_at, l.term_day, d.direction, c.country
  from run_lists l cross join (values ('sent'), ('received')) d(direction) cross join (select distinct country from run_heads) c
), agreed as (
  select distinct on (w.list_no, w.direction, w.country) w.list_no, w.direction, w.country, r.price
  from wanted w
  join rates r on r.country in (w.country, '*') and r.direction in (w.direction, '*')
    and w.term_day >= r.from_day and (r.to_day is null or w.term_day < r.to_day)
  order by w.list_no, w.direction, w.country, r.country = '*', r.direction = '*', r.from_day desc, r.price
), lines as (
  select coalesce(upper(c.alpha2), n.alpha2) as country, c.country_name, c.observation_no, c.valid_from, c.is_listed,
    c.price_per_page_cents::bigint * 10000 as price
  from warehouse.rate_card c
  left join warehouse.country_names n on n.country_name = lower(btrim(c.country_name))
  where c.account_id = (select account_id from asked) and c.valid_from <= (select as_of from asked)
), cards as (
  select distinct card_at from run_lists where card_at is not null
), latest as (
  select distinct on (v.card_at, l.country_name) v.card_at, l.country_name, l.is_listed
  from cards v join lines l on l.valid_from <= v.card_at
  order by v.card_at, l.country_name, l.observation_no desc
), priced as (
  select distinct on (v.card_at, l.country_name) v.card_at, l.country_name, l.country, l.price, l.observation_no
  from cards v join lines l on l.valid_from <= v.card_at
  where l.is_listed and l.price is not null and l.country is not null
  order by v.card_at, l.country_name, l.observation_no desc
), carded as (
  -- Where two names mean one country, the one that is still on the list counts.
  select distinct on (p.card_at, p.country) p.card_at, p.country, p.price
  from priced p join latest t using (card_at, country_name)
  order by p.card_at, p.country, not t.is_listed, p.observation_no desc, p.country_name
)
select w.list_no, w.direction, w.country, coalesce(a.price, c.price) as price, a.price is not null as is_negotiated
from wanted w
left join agreed a using (list_no, direction, country)
left join carded c on c.card_at = w.card_at and c.country = w.country
where coalesce(a.price, c.price) is not null`;

/** Fills `run_lists` and `run_prices`; needs `known_faxes` and `run_heads`. */
export async function takePrices(client: pg.ClientBase, rates: readonly NegotiatedRate[]): Promise<void> {
  const lines = JSON.stringify(rates);
  await client.query(TAKE_LISTS, [lines]);
  await client.query(TAKE_PRICES, [lines]);
  await client.query('analyze run_lists, run_prices');
}
