-- Answers: what exactly was charged and given back, row by row: the list behind every other view of money, for exports and warehouses of others.
-- Told from the tables themselves, so that a span of used_at is found by the indexes of the faxes; a test holds it against warehouse.charges.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.charges;

create view report.charges with (security_invoker = true) as
select
  a.account_key,
  case when h.cost_delta_cents > 0 then 'usage' else 'credit' end as charge_kind,
  f.fax_id,
  null::text as phone_number,
  h.observation_no,
  f.created_at as used_at,
  (f.created_at at time zone a.billing_zone)::date as usage_date,
  case when h.cost_delta_cents > 0 then f.created_at else h.observed_at end as posted_at,
  (case when h.cost_delta_cents > 0 then f.created_at else h.observed_at end at time zone a.billing_zone)::date as posting_date,
  h.observed_at,
  f.direction,
  h.num_pages as page_count,
  h.cost_delta_cents::bigint as cost_cents,
  (h.cost_delta_cents / 100.0)::numeric(14, 2) as cost_usd
from warehouse.accounts a
join warehouse.faxes f on f.account_id = a.account_id
join warehouse.fax_history h on h.account_id = f.account_id and h.fax_id = f.fax_id
where f.created_at is not null and h.cost_delta_cents <> 0 and f.is_test is not true
union all
select
  a.account_key, case when h.cost_delta_cents > 0 then 'usage' else 'credit' end, f.fax_id, null::text, h.observation_no,
  coalesce(f.completed_at, f.observed_at), (coalesce(f.completed_at, f.observed_at) at time zone a.billing_zone)::date,
  case when h.cost_delta_cents > 0 then coalesce(f.completed_at, h.observed_at) else h.observed_at end,
  (case when h.cost_delta_cents > 0 then coalesce(f.completed_at, h.observed_at) else h.observed_at end at time zone a.billing_zone)::date,
  h.observed_at, f.direction, h.num_pages, h.cost_delta_cents::bigint, (h.cost_delta_cents / 100.0)::numeric(14, 2)
from warehouse.accounts a
join warehouse.faxes f on f.account_id = a.account_id
join warehouse.fax_history h on h.account_id = f.account_id and h.fax_id = f.fax_id
where f.created_at is null and h.cost_delta_cents <> 0 and f.is_test is not true
union all
select
  a.account_key, 'rent', null::bigint, r.phone_number, r.observation_no,
  r.billed_at, (r.billed_at at time zone a.billing_zone)::date, r.billed_at, (r.billed_at at time zone a.billing_zone)::date,
  r.observed_at, null::text, null::integer, coalesce(r.cost_cents, 0)::bigint, (coalesce(r.cost_cents, 0) / 100.0)::numeric(14, 2)
from warehouse.accounts a
join warehouse.phone_number_charges r on r.account_id = a.account_id;

comment on view report.charges is 'Every charge and credit that was seen, one row each; its sum is all charges, to the cent. Test faxes are not billed and have none. No number but the account''s own. Ask for a span of used_at: it is large.';
comment on column report.charges.account_key is 'Name of the account in the settings.';
comment on column report.charges.charge_kind is 'usage: price of a fax; credit: what was given back of it; rent: a month of a number.';
comment on column report.charges.fax_id is 'The provider''s id of the fax; null for rents.';
comment on column report.charges.phone_number is 'Own number the rent is for; null for faxes.';
comment on column report.charges.observation_no is 'Number of the first look that showed it; a fax has one row a look that changed its cost.';
comment on column report.charges.used_at is 'When the fax was requested or received, over, or last looked at, the first of these that is known; when the month of the rent begins.';
comment on column report.charges.usage_date is 'That day, in the account''s billing zone.';
comment on column report.charges.posted_at is 'When the provider moved the money: taken at the fax''s own time, given back at the latest by the look that showed it.';
comment on column report.charges.posting_date is 'That day, in the account''s billing zone.';
comment on column report.charges.observed_at is 'When that look was made.';
comment on column report.charges.direction is 'sent, received, or another word of the provider; null for rents, and where it was not sent. It may be any word: rents are told by charge_kind.';
comment on column report.charges.page_count is 'Pages of the fax at that look; null for rents, and where not sent.';
comment on column report.charges.cost_cents is 'US cents: above zero taken from the account, below zero given back; 0 for a rent whose price was not sent.';
comment on column report.charges.cost_usd is 'The same in US dollars.';

grant select on report.charges to faxsync_reader, faxsync_bi;
