-- Why: one list of everything the provider took or gave back, row by row, that bill, reports and checks all add up: prices and credits of
--   faxes as their history has them, and the rents that were seen.
-- Locks: none beyond the catalogue. Safe with the code before it: yes, nothing reads it.

create view warehouse.charges with (security_invoker = true) as
select
  h.account_id,
  case when h.cost_delta_cents > 0 then 'usage' else 'credit' end as charge_kind,
  f.fax_id,
  null::text as phone_number,
  h.observation_no,
  coalesce(f.created_at, f.completed_at, f.observed_at) as used_at,
  (coalesce(f.created_at, f.completed_at, f.observed_at) at time zone a.billing_zone)::date as usage_date,
  case when h.cost_delta_cents > 0 then coalesce(f.created_at, f.completed_at, h.observed_at) else h.observed_at end as posted_at,
  (case when h.cost_delta_cents > 0 then coalesce(f.created_at, f.completed_at, h.observed_at) else h.observed_at end
    at time zone a.billing_zone)::date as posting_date,
  h.observed_at,
  f.direction,
  h.num_pages as quantity,
  h.cost_delta_cents::bigint as cents
from warehouse.fax_history h
join warehouse.faxes f on f.account_id = h.account_id and f.fax_id = h.fax_id
join warehouse.accounts a on a.account_id = h.account_id
where h.cost_delta_cents <> 0 and f.is_test is not true
union all
select
  r.account_id, 'rent', null::bigint, r.phone_number, r.observation_no,
  r.billed_at, (r.billed_at at time zone a.billing_zone)::date, r.billed_at, (r.billed_at at time zone a.billing_zone)::date,
  r.observed_at, null::text, 1, coalesce(r.cost_cents, 0)::bigint
from warehouse.phone_number_charges r
join warehouse.accounts a on a.account_id = r.account_id;

comment on view warehouse.charges is 'Every charge and credit that was seen, one row each: the price of a fax, what was credited of it, a month''s rent of a number. Test faxes are not billed and have none. Days are those of the account''s billing zone.';
comment on column warehouse.charges.account_id is 'warehouse.accounts.account_id.';
comment on column warehouse.charges.charge_kind is 'usage: price of a fax; credit: what was given back of it; rent: a month of a number.';
comment on column warehouse.charges.fax_id is 'warehouse.faxes.fax_id; null for rents.';
comment on column warehouse.charges.phone_number is 'Own number the rent is for; null for faxes.';
comment on column warehouse.charges.observation_no is 'Number of the first look that showed it.';
comment on column warehouse.charges.used_at is 'When the fax was requested or received; when the month of the rent begins.';
comment on column warehouse.charges.usage_date is 'That day.';
comment on column warehouse.charges.posted_at is 'When the provider moved the money: taken at the fax''s own time, given back at the latest by the look that showed it.';
comment on column warehouse.charges.posting_date is 'That day.';
comment on column warehouse.charges.observed_at is 'When that look was made.';
comment on column warehouse.charges.direction is 'sent or received; null for rents.';
comment on column warehouse.charges.quantity is 'Pages of the fax at that look; 1 month for rents.';
comment on column warehouse.charges.cents is 'US cents: above zero taken from the account, below zero given back.';

grant select on warehouse.charges to faxsync_reader, faxsync_bi;
