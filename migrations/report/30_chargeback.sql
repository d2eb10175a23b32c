-- Answers: what each department (or any other tag) cost in a month. For every tag name in use the rows of a month add up to all charges of that
-- month, to the cent: the values of the tag, what carries no such tag (untagged), and what belongs to nobody alone (shared: rents).
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.chargeback;

create view report.chargeback with (security_invoker = true) as
with
  months as not materialized (
    select account_id, rollup.month_of(usage_date) as usage_month, sum(fax_count) as fax_count, sum(page_count) as page_count, sum(cost_cents) as cents
    from rollup.fax_days
    group by account_id, rollup.month_of(usage_date)
    having sum(fax_count) <> 0
  ),
  rents as not materialized (
    select r.account_id, rollup.month_of((r.billed_at at time zone a.billing_zone)::date) as usage_month, sum(r.cost_cents) as cents
    from warehouse.phone_number_charges r
    join warehouse.accounts a on a.account_id = r.account_id
    group by r.account_id, rollup.month_of((r.billed_at at time zone a.billing_zone)::date)
  ),
  tagged as not materialized (
    select t.account_id, t.usage_month, t.tag_name, t.tag_value, sum(t.fax_count) as fax_count, sum(t.page_count) as page_count, sum(t.cost_cents) as cents
    from rollup.tag_months t
    where not exists (select from rollup.unrolled_tags u where u.account_id = t.account_id and u.tag_name = t.tag_name)
    group by t.account_id, t.usage_month, t.tag_name, t.tag_value
    having sum(t.fax_count) <> 0
    union all
    -- Tags of too many values to be kept as sums, month by month from the faxes.
    select m.account_id, m.usage_month, u.tag_name, f.tag_value, f.fax_count, f.page_count, f.cents
    from rollup.unrolled_tags u
    join warehouse.accounts a on a.account_id = u.account_id
    join months m on m.account_id = u.account_id
    cross join lateral (
      select f.tags ->> u.tag_name as tag_value, count(*) as fax_count, coalesce(sum(f.num_pages), 0) as page_count, coalesce(sum(f.cost_cents), 0) as cents
      from warehouse.faxes f
      where f.account_id = m.account_id and f.is_test is not true and f.tags ? u.tag_name
        and (f.created_at >= m.usage_month::timestamp at time zone a.billing_zone and f.created_at < (m.usage_month + interval '1 month') at time zone a.billing_zone
          or f.created_at is null and coalesce(f.completed_at, f.observed_at) >= m.usage_month::timestamp at time zone a.billing_zone
            and coalesce(f.completed_at, f.observed_at) < (m.usage_month + interval '1 month') at time zone a.billing_zone)
      group by f.tags ->> u.tag_name
    ) f
  ),
  names as not materialized (
    select account_id, usage_month, tag_name, sum(fax_count) as fax_count, sum(page_count) as page_count, sum(cents) as cents
    from tagged
    group by account_id, usage_month, tag_name
  ),
  shares as (
    select account_id, usage_month, tag_name, 'tag' as share_kind, tag_value, fax_count, page_count, cents from tagged
    union all
    select n.account_id, n.usage_month, n.tag_name, 'untagged', null, m.fax_count - n.fax_count, m.page_count - n.page_count, m.cents - n.cents
    from names n
    join months m on m.account_id = n.account_id and m.usage_month = n.usage_month
    where m.fax_count > n.fax_count
    union all
    select n.account_id, n.usage_month, n.tag_name, 'shared', null, 0, 0, r.cents
    from names n
    join rents r on r.account_id = n.account_id and r.usage_month = n.usage_month
    where r.cents is not null
  )
select
  a.account_key,
  s.usage_month,
  s.tag_name,
  s.share_kind,
  s.tag_value,
  s.fax_count::bigint as fax_count,
  s.page_count::bigint as page_count,
  s.cents::bigint as cost_cents,
  (s.cents / 100.0)::numeric(14, 2) as cost_usd
from shares s
join warehouse.accounts a on a.account_id = s.account_id;

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
