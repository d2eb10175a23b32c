-- Answers: how often faxes are sent again after they failed, whether that helps, and what it costs. No number, name or tag leaves this view.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.
-- Nothing of the provider says that a fax repeats another, so it is told by what both have in common. These rules hold in every view about repeated faxes:
-- * Faxes are alike that went to the same numbers with as many pages and the same tags. All recipients count, in whatever order, each as often as it was
--   named, so a fax to some of the recipients of another is not like it. A number of pages that was not sent is like another that was not sent.
-- * A fax failed where the provider says so of the whole of it (failure) or of some of its recipients (partialsuccess).
-- * A fax is a resend if the last one like it failed, was over when this one was requested (at once where its end was not sent), and had been requested at
--   most 24 hours before.
-- * A fax is a duplicate if it was requested at most ten minutes after the last one like it, which had not failed by then: it had arrived or was under way.
-- * Left out: received faxes, test faxes, faxes gone at the source. A fax of which the time of request or the number of a recipient was not sent is like none.
-- Two functions come first, since several views build on them: these go with them, and are made anew by the scripts after this one.

drop view if exists report.resend_chains, report.duplicate_faxes, report.cost_of_failures, report.line_quality;
drop function if exists report.fax_months(integer, text);
drop function if exists report.sent_faxes(integer, timestamptz, timestamptz);

create function report.fax_months(of_account integer, zone text)
returns table (usage_month date, starts_at timestamptz, ends_at timestamptz)
language sql stable as $$
  with
    ends as (
      select min(f.created_at) as first_at, max(f.created_at) as last_at from warehouse.faxes f where f.account_id = of_account
      union all
      select min(coalesce(f.completed_at, f.observed_at)), max(coalesce(f.completed_at, f.observed_at))
      from warehouse.faxes f
      where f.account_id = of_account and f.created_at is null
    )
  select m.month_at::date, m.month_at at time zone zone, (m.month_at + interval '1 month') at time zone zone
  from (select min(first_at) at time zone zone as first_at, max(last_at) at time zone zone as last_at from ends) s
  cross join lateral generate_series(date_trunc('month', s.first_at), date_trunc('month', s.last_at), interval '1 month') m (month_at)
$$;
comment on function report.fax_months is 'Months of an account''s faxes, from the first to the last, in its billing zone: for views that go through one month after the other, so that a question about one reads the faxes of that month alone.';

create function report.sent_faxes(of_account integer, from_at timestamptz, to_at timestamptz)
returns table (
  fax_id bigint, requested_at timestamptz, ended_at timestamptz, status text, is_failed boolean, page_count integer, tags jsonb, numbers text,
  recipient_count bigint, failed_recipient_count bigint, retry_count bigint, cost_cents integer,
  fax_id_before bigint, requested_at_before timestamptz, status_before text, cost_cents_before integer, is_resend boolean, is_duplicate boolean, is_newest boolean)
language sql stable as $$
  with
    sent as (
      select
        f.fax_id, f.created_at as requested_at, coalesce(f.completed_at, f.created_at) as ended_at, f.status,
        coalesce(f.status in ('failure', 'partialsuccess'), false) as is_failed, f.num_pages as page_count, f.tags, f.cost_cents,
        -- Where a number is missing the fax is like no other; no number begins with the end of a line.
        coalesce(
          case when count(r.fax_id) = count(r.phone_number) then string_agg(r.phone_number, e'\n' order by r.phone_number) end,
          e'\n' || f.fax_id) as numbers,
        count(r.fax_id) as recipient_count,
        count(r.fax_id) filter (where r.status = 'failure') as failed_recipient_count,
        coalesce(sum(r.retry_count) filter (where r.status in ('success', 'failure')), 0) as retry_count
      from warehouse.faxes f
      left join warehouse.fax_recipients r on r.account_id = f.account_id and r.fax_id = f.fax_id
      where f.account_id = of_account and f.created_at >= from_at - interval '24 hours' and f.created_at < to_at
        and f.direction is distinct from 'received' and f.is_test is not true and f.gone_at_source_at is null
      group by f.account_id, f.fax_id
    ),
    beside as (
      select
        s.*, lag(s.fax_id) over alike as fax_id_before, lag(s.requested_at) over alike as requested_at_before, lag(s.status) over alike as status_before,
        lag(s.cost_cents) over alike as cost_cents_before,
        lag(s.is_failed) over alike as is_failed_before, lag(s.ended_at) over alike as ended_at_before, lead(s.fax_id) over alike is null as is_newest
      from sent s
      window alike as (partition by s.numbers, s.page_count, s.tags order by s.requested_at, s.fax_id)
    )
  select
    b.fax_id, b.requested_at, b.ended_at, b.status, b.is_failed, b.page_count, b.tags, b.numbers,
    b.recipient_count, b.failed_recipient_count, b.retry_count, b.cost_cents,
    b.fax_id_before, b.requested_at_before, b.status_before, b.cost_cents_before,
    coalesce(b.is_failed_before and b.ended_at_before <= b.requested_at and b.requested_at <= b.requested_at_before + interval '24 hours', false),
    coalesce(not (b.is_failed_before and b.ended_at_before <= b.requested_at) and b.requested_at <= b.requested_at_before + interval '10 minutes', false),
    b.is_newest
  from beside b
  where b.requested_at >= from_at
$$;
comment on function report.sent_faxes is 'Sent faxes requested from one instant to before another, one row each, with the last one like it by the rules in the head of this script. is_newest: none like it follows before the second instant. Test faxes and faxes gone at the source are left out. Personal data.';

create view report.resend_chains with (security_invoker = true) as
select
  a.account_key,
  m.usage_month,
  c.first_fax_id,
  c.last_fax_id,
  c.first_requested_at,
  c.last_requested_at,
  (extract(epoch from c.last_requested_at - c.first_requested_at) / 3600)::numeric(10, 2) as first_to_last_hours,
  c.send_count,
  c.recipient_count,
  c.page_count,
  c.last_status,
  case when c.last_status in ('success', 'failure', 'partialsuccess') then c.last_status = 'success' end as has_ended_well,
  c.resend_cost_cents,
  (c.resend_cost_cents / 100.0)::numeric(14, 2) as resend_cost_usd,
  c.repeated_cost_cents,
  (c.repeated_cost_cents / 100.0)::numeric(14, 2) as repeated_cost_usd
from warehouse.accounts a
cross join lateral report.fax_months(a.account_id, a.billing_zone) m
cross join lateral (
  with recursive
    -- What neither failed nor follows a failure is in no chain, so chains are counted without it.
    linked as (
      select
        s.fax_id, s.requested_at, s.ended_at, s.status, s.is_failed, s.page_count, s.tags, s.numbers, s.recipient_count, s.cost_cents, s.is_newest,
        count(*) filter (where not s.is_resend) over (partition by s.numbers, s.page_count, s.tags order by s.requested_at, s.fax_id) as chain_no
      from report.sent_faxes(a.account_id, m.starts_at, m.ends_at) s
      where s.is_failed or s.is_resend
    ),
    -- Chains belong to the month in which they began. Number 0 are resends of what failed the month before; what failed last is followed beyond the month.
    links as (
      select
        l.fax_id, l.requested_at, l.ended_at, l.status, l.is_failed, l.page_count, l.tags, l.numbers, l.recipient_count, l.cost_cents, l.chain_no,
        l.is_newest and l.is_failed and l.requested_at >= m.ends_at - interval '24 hours' as may_go_on
      from linked l
      where l.chain_no > 0
      union all
      select
        n.fax_id, n.requested_at, n.ended_at, n.status, n.is_failed, l.page_count, l.tags, l.numbers, l.recipient_count, n.cost_cents, l.chain_no,
        n.is_failed
      from links l
      cross join lateral (
        select
          f.fax_id, f.created_at as requested_at, coalesce(f.completed_at, f.created_at) as ended_at, f.status,
          coalesce(f.status in ('failure', 'partialsuccess'), false) as is_failed, f.cost_cents
        from warehouse.fax_recipients r
        join warehouse.faxes f on f.account_id = r.account_id and f.fax_id = r.fax_id
        where r.account_id = a.account_id and r.phone_number = split_part(l.numbers, e'\n', 1)
          and r.fax_created_at >= greatest(l.requested_at, m.ends_at) and r.fax_created_at <= l.requested_at + interval '24 hours'
          and (f.created_at, f.fax_id) > (l.requested_at, l.fax_id) and f.num_pages is not distinct from l.page_count and f.tags = l.tags
          and f.direction is distinct from 'received' and f.is_test is not true and f.gone_at_source_at is null
          and (
            select string_agg(o.phone_number, e'\n' order by o.phone_number) || repeat(e'\n', (count(*) - count(o.phone_number))::integer)
            from warehouse.fax_recipients o
            where o.account_id = f.account_id and o.fax_id = f.fax_id
          ) = l.numbers
        order by f.created_at, f.fax_id
        limit 1
      ) n
      where l.may_go_on and n.requested_at >= l.ended_at
    )
  select
    (array_agg(l.fax_id order by l.requested_at, l.fax_id))[1] as first_fax_id,
    (array_agg(l.fax_id order by l.requested_at desc, l.fax_id desc))[1] as last_fax_id,
    min(l.requested_at) as first_requested_at,
    max(l.requested_at) as last_requested_at,
    count(*) as send_count,
    min(l.recipient_count) as recipient_count,
    l.page_count,
    (array_agg(l.status order by l.requested_at desc, l.fax_id desc))[1] as last_status,
    coalesce(sum(l.cost_cents), 0) - coalesce((array_agg(l.cost_cents order by l.requested_at, l.fax_id))[1], 0) as resend_cost_cents,
    coalesce(sum(l.cost_cents), 0) - coalesce((array_agg(l.cost_cents order by l.requested_at desc, l.fax_id desc))[1], 0) as repeated_cost_cents
  from links l
  group by l.numbers, l.page_count, l.tags, l.chain_no
  having count(*) > 1
) c;

comment on view report.resend_chains is 'Faxes that failed and were sent again within 24 hours, one row a chain: the first, which failed, and the resends after it, up to one that did not fail or was not repeated. Alike are faxes to the same numbers with as many pages and the same tags. Ask for months by usage_month. Left out: received faxes, test faxes, faxes gone at the source, faxes without a time of request or with a recipient without a number.';
comment on column report.resend_chains.account_key is 'Name of the account in the settings.';
comment on column report.resend_chains.usage_month is 'First day of the month, in the account''s billing zone, in which the first fax was requested; the chain may go on after it.';
comment on column report.resend_chains.first_fax_id is 'The provider''s id of the first fax, which failed wholly or partly; "faxsync explain" tells its life.';
comment on column report.resend_chains.last_fax_id is 'Id of the last resend.';
comment on column report.resend_chains.first_requested_at is 'When the first fax was requested.';
comment on column report.resend_chains.last_requested_at is 'When the last resend was requested.';
comment on column report.resend_chains.first_to_last_hours is 'Hours from the one to the other.';
comment on column report.resend_chains.send_count is 'Faxes in the chain, the first included: at least 2.';
comment on column report.resend_chains.recipient_count is 'Recipients of each of them.';
comment on column report.resend_chains.page_count is 'Pages of each of them; null where not sent.';
comment on column report.resend_chains.last_status is 'What became of the last resend, in the provider''s word.';
comment on column report.resend_chains.has_ended_well is 'True where the last resend reached all recipients, false where it reached none or some of them; null while it is under way.';
comment on column report.resend_chains.resend_cost_cents is 'US cents that all but the first fax cost, credits taken off.';
comment on column report.resend_chains.resend_cost_usd is 'The same in US dollars.';
comment on column report.resend_chains.repeated_cost_cents is 'US cents that all but the last fax cost, credits taken off: what would not have been paid had the first reached everybody. 0 once all was credited.';
comment on column report.resend_chains.repeated_cost_usd is 'The same in US dollars.';

grant select on report.resend_chains to faxsync_reader, faxsync_bi;
