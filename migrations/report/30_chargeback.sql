-- Answers: what each department (or any other tag) cost in a month. For every tag name in use the rows of a month add up to all charges of that
-- month, to the cent: the values of the tag, what carries no such tag (untagged), and what belongs to nobody alone (shared: rents).
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.chargeback;

create view report.chargeback with (security_invoker = true) as
with
  -- One month after the other, so that a question about one month reads the faxes of that month alone.
  months as (
    select
      a.account_id, a.account_key, m.month_at::date as usage_month,
      m.month_at at time zone a.billing_zone as starts_at, (m.month_at + interval '1 month') at time zone a.billing_zone as ends_at
    from warehouse.accounts a
    cross join lateral (
      select
        least((select min(f.created_at) from warehouse.faxes f where f.account_id = a.account_id), min(r.billed_at)) as first_at,
        greatest((select max(f.created_at) from warehouse.faxes f where f.account_id = a.account_id), max(r.billed_at)) as last_at
      from warehouse.phone_number_charges r
      where r.account_id = a.account_id
    ) s
    cross join lateral generate_series(
      date_trunc('month', s.first_at at time zone a.billing_zone),
      date_trunc('month', s.last_at at time zone a.billing_zone), interval '1 month') m (month_at)
  )
select
  m.account_key,
  m.usage_month,
  s.tag_name,
  s.share_kind,
  s.tag_value,
  s.fax_count::bigint as fax_count,
  coalesce(s.page_count, 0)::bigint as page_count,
  coalesce(s.cents, 0)::bigint as cost_cents,
  (coalesce(s.cents, 0) / 100.0)::numeric(14, 2) as cost_usd
from months m
cross join lateral (
  with
    billed_faxes as materialized (
      select f.tags, f.num_pages, coalesce(f.cost_cents, 0) as cost_cents
      from warehouse.faxes f
      where f.account_id = m.account_id and f.created_at >= m.starts_at and f.created_at < m.ends_at and f.is_test is not true
      union all
      select f.tags, f.num_pages, coalesce(f.cost_cents, 0)
      from warehouse.faxes f
      where f.account_id = m.account_id and f.created_at is null and f.is_test is not true
        and coalesce(f.completed_at, f.observed_at) >= m.starts_at and coalesce(f.completed_at, f.observed_at) < m.ends_at
    ),
    tagged as materialized (
      select t.key as tag_name, t.value as tag_value, count(*) as fax_count, sum(f.num_pages) as page_count, sum(f.cost_cents) as cents
      from billed_faxes f cross join lateral jsonb_each_text(f.tags) t
      group by t.key, t.value
    ),
    names as (
      select tag_name, sum(fax_count) as fax_count, coalesce(sum(page_count), 0) as page_count, sum(cents) as cents from tagged group by tag_name
    ),
    whole as (
      select count(*) as fax_count, coalesce(sum(num_pages), 0) as page_count, coalesce(sum(cost_cents), 0) as cents from billed_faxes
    ),
    rents as (
      select sum(r.cost_cents) as cents from warehouse.phone_number_charges r
      where r.account_id = m.account_id and r.billed_at >= m.starts_at and r.billed_at < m.ends_at
    )
  select tag_name, 'tag' as share_kind, tag_value, fax_count, page_count, cents from tagged
  union all
  select n.tag_name, 'untagged', null, w.fax_count - n.fax_count, w.page_count - n.page_count, w.cents - n.cents
  from names n cross join whole w
  where w.fax_count > n.fax_count
  union all
  select n.tag_name, 'shared', null, 0, 0, r.cents from names n cross join rents r where r.cents is not null
) s;

comment on view report.chargeback is 'What each value of a tag cost, one row a month, tag name and value; with what carries no such tag and with what is shared, the rows of one tag name and month add up to all charges of the month. Tag values are the account''s own words.';
comment on column report.chargeback.account_key is 'Name of the account in the settings.';
comment on column report.chargeback.usage_month is 'First day of the month, in the account''s billing zone, in which faxes were sent or received and rents were taken.';
comment on column report.chargeback.tag_name is 'Name of a tag that is in use in the month; choose one, since every fax is in the rows of each name.';
comment on column report.chargeback.share_kind is 'tag: faxes with this value; untagged: faxes without the tag; shared: rents of numbers.';
comment on column report.chargeback.tag_value is 'Value of the tag; null for untagged and shared.';
comment on column report.chargeback.fax_count is 'Faxes, test faxes left out.';
comment on column report.chargeback.page_count is 'Pages of these faxes, each fax once whatever its recipients.';
comment on column report.chargeback.cost_cents is 'US cents, credits taken off.';
comment on column report.chargeback.cost_usd is 'The same in US dollars.';

grant select on report.chargeback to faxsync_reader, faxsync_bi;
