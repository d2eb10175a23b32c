-- Answers: which faxes are under way, since when, and which of them are stuck. No number, name or tag leaves this view.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.open_faxes;

create view report.open_faxes with (security_invoker = true) as
select
  a.account_key,
  f.fax_id,
  f.direction,
  f.status,
  f.created_at,
  f.observed_at as changed_at,
  round((extract(epoch from now() - coalesce(f.created_at, f.observed_at)) / 3600)::numeric, 1)::numeric(10, 1) as open_hours,
  now() - coalesce(f.created_at, f.observed_at) > interval '24 hours' as is_stuck,
  f.missing_since is not null as is_missing,
  f.num_pages as page_count,
  f.recipient_count,
  f.cost_cents as held_cents,
  (f.cost_cents / 100.0)::numeric(14, 2) as held_usd
from warehouse.accounts a
-- The sums tell on which days anything is under way; only the faxes of these are read.
cross join lateral (
  with
    days as (
      -- Wider by the hour that a clock may be set back at midnight.
      select d.usage_date, d.usage_date::timestamp at time zone a.billing_zone - interval '1 hour' as starts_at,
        (d.usage_date + 1)::timestamp at time zone a.billing_zone + interval '1 hour' as ends_at
      from rollup.fax_days d
      where d.account_id = a.account_id and d.is_open and not d.is_gone
      group by d.usage_date
      having sum(d.fax_count) <> 0
    )
  select x.*
  from days d
  cross join lateral (
    select x.* from warehouse.faxes x
    where x.account_id = a.account_id and x.created_at >= d.starts_at and x.created_at < d.ends_at
      and (x.created_at at time zone a.billing_zone)::date = d.usage_date and x.stage < 2 and x.is_test is not true and x.gone_at_source_at is null
    offset 0
  ) x
  union all
  select x.* from warehouse.faxes x
  where x.account_id = a.account_id and x.created_at is null and x.stage < 2 and x.is_test is not true and x.gone_at_source_at is null
) f;

comment on view report.open_faxes is 'Faxes that are under way, one row each, with the price that is held for them meanwhile. Test faxes and faxes gone at the source are left out.';
comment on column report.open_faxes.account_key is 'Name of the account in the settings.';
comment on column report.open_faxes.fax_id is 'The provider''s id of the fax; "faxsync explain" tells its life.';
comment on column report.open_faxes.direction is 'sent or received; null where it was not sent.';
comment on column report.open_faxes.status is 'Status in the provider''s word; one that faxsync does not know counts as under way.';
comment on column report.open_faxes.created_at is 'When the fax was requested or received; null where it was not sent.';
comment on column report.open_faxes.changed_at is 'When the look was made that showed it as it is.';
comment on column report.open_faxes.open_hours is 'Hours since it was requested, or since it was seen as it is where that is not known.';
comment on column report.open_faxes.is_stuck is 'True above 24 hours. The check C5 goes by the setting stuck_hours instead.';
comment on column report.open_faxes.is_missing is 'True where the last complete listing no longer showed it.';
comment on column report.open_faxes.page_count is 'Pages; 0 before conversion, null where not sent.';
comment on column report.open_faxes.recipient_count is 'Recipients; null where not sent.';
comment on column report.open_faxes.held_cents is 'US cents taken for all recipients so far; what fails is given back once it is over. Null where not sent.';
comment on column report.open_faxes.held_usd is 'The same in US dollars.';

grant select on report.open_faxes to faxsync_reader, faxsync_bi;
