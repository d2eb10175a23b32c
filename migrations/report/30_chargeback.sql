-- Answers: what each department (or any other tag) cost in a month. For every tag name in use the rows of a month add up to all charges of that
-- month, to the cent: the values of the tag, sent faxes without it (untagged), received faxes without it, since nobody can give them one (received), and what
-- belongs to nobody alone (shared: rents).
-- Read from sums, but for a tag with too many values to be kept as sums (more than 10,000 in a month): that one is counted from the faxes of the month, by index.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.chargeback;

create view report.chargeback with (security_invoker = true) as
select
  a.account_key,
  c.usage_month,
  c.tag_name,
  c.share_kind,
  c.tag_value,
  c.fax_count::bigint as fax_count,
  c.page_count::bigint as page_count,
  c.cents::bigint as cost_cents,
  (c.cents / 100.0)::numeric(14, 2) as cost_usd
from warehouse.accounts a
-- One account and month after the other, so that a question about one reads its rows alone.
cross join lateral (
  with
    months as (
      select
        rollup.month_of(d.usage_date) as usage_month, sum(d.fax_count) as fax_count, sum(d.page_count) as page_count, sum(d.cost_cents) as cents,
        coalesce(sum(d.fax_count) filter (where d.direction = 'received'), 0) as received_fax_count,
        coalesce(sum(d.page_count) filter (where d.direction = 'received'), 0) as received_page_count,
        coalesce(sum(d.cost_cents) filter (where d.direction = 'received'), 0) as received_cents
      from rollup.fax_days d
      where d.account_id = a.account_id
      group by rollup.month_of(d.usage_date)
      having sum(d.fax_count) <> 0
    ),
    rents as (
      select rollup.month_of((r.billed_at at time zone a.billing_zone)::date) as usage_month, sum(r.cost_cents) as cents
      from warehouse.phone_number_charges r
      where r.account_id = a.account_id
      group by rollup.month_of((r.billed_at at time zone a.billing_zone)::date)
    ),
    totals as (
      select m.*, r.cents as rent_cents
      from months m
      left join rents r on r.usage_month = m.usage_month
    )
  select t.usage_month, v.tag_name, s.share_kind, s.tag_value, s.fax_count, s.page_count, s.cents
  from totals t
  cross join lateral (
    -- Each value with the sums of its name. One row of each name also brings what is not of any value.
    select
      g.tag_name, g.tag_value, g.fax_count, g.page_count, g.cents,
      sum(g.fax_count) over name as name_fax_count, sum(g.page_count) over name as name_page_count, sum(g.cents) over name as name_cents,
      sum(g.received_fax_count) over name as name_received_fax_count, sum(g.received_page_count) over name as name_received_page_count,
      sum(g.received_cents) over name as name_received_cents, row_number() over name = 1 as is_first
    from (
      select
        k.tag_name, k.tag_value, sum(k.fax_count) as fax_count, sum(k.page_count) as page_count, sum(k.cost_cents) as cents,
        coalesce(sum(k.fax_count) filter (where k.is_received), 0) as received_fax_count,
        coalesce(sum(k.page_count) filter (where k.is_received), 0) as received_page_count,
        coalesce(sum(k.cost_cents) filter (where k.is_received), 0) as received_cents
      from rollup.tag_months k
      where k.account_id = a.account_id and k.usage_month = t.usage_month
        and not exists (select from rollup.unrolled_tags u where u.account_id = a.account_id and u.tag_name = k.tag_name)
      group by k.tag_name, k.tag_value
      having sum(k.fax_count) <> 0
      union all
      -- Tags of too many values to be kept as sums, from the faxes of the month.
      select u.tag_name, f.tag_value, f.fax_count, f.page_count, f.cents, f.received_fax_count, f.received_page_count, f.received_cents
      from rollup.unrolled_tags u
      cross join lateral (
        select
          rollup.tag_label(x.tags ->> u.tag_name) as tag_value, count(*) as fax_count, coalesce(sum(x.num_pages), 0) as page_count,
          coalesce(sum(x.cost_cents), 0) as cents, count(*) filter (where x.direction = 'received') as received_fax_count,
          coalesce(sum(x.num_pages) filter (where x.direction = 'received'), 0) as received_page_count,
          coalesce(sum(x.cost_cents) filter (where x.direction = 'received'), 0) as received_cents
        from warehouse.faxes x
        where x.account_id = a.account_id and x.is_test is not true and x.tags ? u.tag_name
          and (x.created_at >= t.usage_month::timestamp at time zone a.billing_zone and x.created_at < (t.usage_month + interval '1 month') at time zone a.billing_zone
            or x.created_at is null and coalesce(x.completed_at, x.observed_at) >= t.usage_month::timestamp at time zone a.billing_zone
              and coalesce(x.completed_at, x.observed_at) < (t.usage_month + interval '1 month') at time zone a.billing_zone)
        group by rollup.tag_label(x.tags ->> u.tag_name)
      ) f
      where u.account_id = a.account_id
    ) g
    window name as (partition by g.tag_name)
  ) v
  -- What no value of the name has, of all and of the received.
  cross join lateral (
    select
      t.received_fax_count - v.name_received_fax_count as received_fax_count, t.received_page_count - v.name_received_page_count as received_page_count,
      t.received_cents - v.name_received_cents as received_cents, t.fax_count - v.name_fax_count as fax_count, t.page_count - v.name_page_count as page_count,
      t.cents - v.name_cents as cents
  ) w
  cross join lateral (values
    ('tag', v.tag_value, v.fax_count, v.page_count, v.cents, true),
    ('untagged', null, w.fax_count - w.received_fax_count, w.page_count - w.received_page_count, w.cents - w.received_cents,
      v.is_first and (w.fax_count, w.page_count, w.cents) is distinct from (w.received_fax_count, w.received_page_count, w.received_cents)),
    ('received', null, w.received_fax_count, w.received_page_count, w.received_cents,
      v.is_first and (w.received_fax_count, w.received_page_count, w.received_cents) is distinct from (0::numeric, 0::numeric, 0::numeric)),
    ('shared', null, 0, 0, t.rent_cents, v.is_first and t.rent_cents is not null)
  ) s (share_kind, tag_value, fax_count, page_count, cents, is_there)
  where s.is_there
) c;

comment on view report.chargeback is 'What each value of a tag cost, one row a month, tag name and value; with what carries no such tag, what was received and what is shared, the rows of one tag name and month add up to all charges of the month. Tag values are the account''s own words.';
comment on column report.chargeback.account_key is 'Name of the account in the settings.';
comment on column report.chargeback.usage_month is 'First day of the month, in the account''s billing zone, in which faxes were sent or received and rents were taken.';
comment on column report.chargeback.tag_name is 'Name of a tag that is in use in the month; choose one, since every fax is in the rows of each name.';
comment on column report.chargeback.share_kind is 'tag: faxes with this value; untagged: faxes without the tag that were not received; received: received faxes without it, which nobody of the account can tag; shared: rents of numbers.';
comment on column report.chargeback.tag_value is 'Value of the tag, of one of more than 500 bytes its beginning and the MD5 of it all; null for untagged, received and shared, and where the provider sent a null.';
comment on column report.chargeback.fax_count is 'Faxes, test faxes left out.';
comment on column report.chargeback.page_count is 'Pages of these faxes, each fax once whatever its recipients.';
comment on column report.chargeback.cost_cents is 'US cents, credits taken off.';
comment on column report.chargeback.cost_usd is 'The same in US dollars.';

grant select on report.chargeback to faxsync_reader, faxsync_bi;
