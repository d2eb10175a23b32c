-- Answers: what it costs in a month that faxes fail: what failed faxes still cost, what it costs to send them again, and what of all that is lost. No cent is twice
-- in cost_cents, nor in lost_cost_cents, and all are charges, those of a fax that was sent again perhaps of the month before. A resend that arrives costs what the
-- first sending would have cost: that is no loss. Lost is what was paid and brought nothing: for faxes that reached nobody, and for faxes that reached some, once a
-- resend to all has reached somebody. What counts as a resend is said in the head of the script of report.resend_chains, whose functions are used here.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.cost_of_failures;

create view report.cost_of_failures with (security_invoker = true) as
select
  a.account_key,
  m.usage_month,
  x.fax_count,
  x.failed_fax_count,
  x.partial_fax_count,
  x.failed_recipient_count,
  x.retry_count,
  x.resend_count,
  x.failed_cost_cents,
  x.resend_cost_cents,
  x.failed_cost_cents + x.resend_cost_cents as cost_cents,
  ((x.failed_cost_cents + x.resend_cost_cents) / 100.0)::numeric(14, 2) as cost_usd,
  x.failed_cost_cents + x.repeated_cost_cents as lost_cost_cents,
  ((x.failed_cost_cents + x.repeated_cost_cents) / 100.0)::numeric(14, 2) as lost_cost_usd
from warehouse.accounts a
cross join lateral report.fax_months(a.account_id, a.billing_zone) m
cross join lateral (
  with
    sent as (
      select
        s.status, s.failed_recipient_count, s.retry_count, s.is_resend, s.cost_cents,
        case when s.is_resend and s.status_before = 'partialsuccess' and s.status in ('success', 'partialsuccess') then s.cost_cents_before end as repeated_cost_cents
      from report.sent_faxes(a.account_id, m.starts_at, m.ends_at) s
      union all
      select f.status, r.failed_recipient_count, r.retry_count, false, f.cost_cents, null
      from warehouse.faxes f
      cross join lateral (
        select count(*) filter (where o.status = 'failure') as failed_recipient_count, coalesce(sum(o.retry_count), 0) as retry_count
        from warehouse.fax_recipients o
        where o.account_id = f.account_id and o.fax_id = f.fax_id and o.status in ('success', 'failure')
      ) r
      where f.account_id = a.account_id and f.created_at is null
        and coalesce(f.completed_at, f.observed_at) >= m.starts_at and coalesce(f.completed_at, f.observed_at) < m.ends_at
        and f.direction is distinct from 'received' and f.is_test is not true and f.gone_at_source_at is null
    )
  select
    count(*) as fax_count,
    count(*) filter (where status = 'failure') as failed_fax_count,
    count(*) filter (where status = 'partialsuccess') as partial_fax_count,
    coalesce(sum(failed_recipient_count), 0)::bigint as failed_recipient_count,
    coalesce(sum(retry_count), 0)::bigint as retry_count,
    count(*) filter (where is_resend) as resend_count,
    coalesce(sum(cost_cents) filter (where status = 'failure'), 0)::bigint as failed_cost_cents,
    -- What a resend cost that failed is in the cost of failed faxes.
    coalesce(sum(cost_cents) filter (where is_resend and status is distinct from 'failure'), 0)::bigint as resend_cost_cents,
    coalesce(sum(repeated_cost_cents), 0)::bigint as repeated_cost_cents
  from sent
) x
where x.fax_count > 0;

comment on view report.cost_of_failures is 'What it costs that sent faxes fail, one row a month with sent faxes. No cent is in it twice, and all are in warehouse.charges. Left out: test faxes and faxes gone at the source. What was not credited of single recipients of a fax that reached others cannot be told here; check C10 of the reconciliation names it.';
comment on column report.cost_of_failures.account_key is 'Name of the account in the settings.';
comment on column report.cost_of_failures.usage_month is 'First day of the month, in the account''s billing zone, in which the faxes were requested.';
comment on column report.cost_of_failures.fax_count is 'Sent faxes.';
comment on column report.cost_of_failures.failed_fax_count is 'Of these, faxes that reached nobody (failure).';
comment on column report.cost_of_failures.partial_fax_count is 'Of these, faxes that reached some of their recipients (partialsuccess).';
comment on column report.cost_of_failures.failed_recipient_count is 'Recipients that failed.';
comment on column report.cost_of_failures.retry_count is 'Retries of all recipients that were reached or failed. The provider does not charge them.';
comment on column report.cost_of_failures.resend_count is 'Faxes that were sent again within 24 hours after the same failed wholly or partly, counted in the month of the resend.';
comment on column report.cost_of_failures.failed_cost_cents is 'US cents that faxes that reached nobody still cost, resends among them: nothing once all was credited.';
comment on column report.cost_of_failures.resend_cost_cents is 'US cents that the other resends cost. Of one whose first attempt was credited in full it is the ordinary price; report.resend_chains tells what was paid besides.';
comment on column report.cost_of_failures.cost_cents is 'The sum of both: all that was spent on failed and repeated faxes, of which what resends brought is no loss.';
comment on column report.cost_of_failures.cost_usd is 'The same in US dollars.';
comment on column report.cost_of_failures.lost_cost_cents is 'US cents that were paid for nothing, credits taken off: what faxes that reached nobody still cost (failed_cost_cents), and what faxes cost that reached some of their recipients, once a resend to all reached somebody, in the month of the resend. What a resend that arrived cost is not in it, nor is what was not credited of single recipients of a fax that was not repeated.';
comment on column report.cost_of_failures.lost_cost_usd is 'The same in US dollars.';

grant select on report.cost_of_failures to faxsync_reader, faxsync_bi;
