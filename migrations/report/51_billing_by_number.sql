-- Answers: what each of the account's own numbers cost in a month, faxes and rent. Its sum is that of warehouse.charges, to the cent.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted. Shown: the account's own numbers, and never those of others.

drop view if exists report.billing_by_number;

create view report.billing_by_number with (security_invoker = true) as
with
  charges as (
    select
      c.account_id, c.fax_id, date_trunc('month', c.usage_date)::date as usage_month, c.cents,
      case when c.charge_kind = 'rent' then 'rent' else c.direction end as charge_kind,
      case
        when c.charge_kind = 'rent' then c.phone_number
        when c.direction = 'received' then f.to_number
        else f.caller_id
      end as phone_number
    from warehouse.charges c
    left join warehouse.faxes f on f.account_id = c.account_id and f.fax_id = c.fax_id
  )
select
  a.account_key,
  c.usage_month,
  c.phone_number,
  c.charge_kind,
  count(distinct c.fax_id) as fax_count,
  sum(c.cents)::bigint as cost_cents,
  (sum(c.cents) / 100.0)::numeric(14, 2) as cost_usd
from charges c
join warehouse.accounts a on a.account_id = c.account_id
group by a.account_key, c.usage_month, c.phone_number, c.charge_kind;

comment on view report.billing_by_number is 'What the account''s own numbers cost, one row a month, number and kind of charge; its sum is all charges, to the cent.';
comment on column report.billing_by_number.account_key is 'Name of the account in the settings.';
comment on column report.billing_by_number.usage_month is 'First day of the month of use, in the account''s billing zone.';
comment on column report.billing_by_number.phone_number is 'Own number: the one that received the fax, the caller id it was sent with, or the one that is rented. Null where the provider did not say: then the cost is shared by all.';
comment on column report.billing_by_number.charge_kind is 'sent or received: faxes; rent: the number itself; null: faxes whose direction was not sent.';
comment on column report.billing_by_number.fax_count is 'Faxes of which anything was charged, free ones left out; 0 for rent.';
comment on column report.billing_by_number.cost_cents is 'US cents, credits taken off.';
comment on column report.billing_by_number.cost_usd is 'The same in US dollars.';

grant select on report.billing_by_number to faxsync_reader, faxsync_bi;
