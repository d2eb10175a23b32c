-- Answers: on which days the money that left the balance, and the faxes the provider counted, are those the warehouse knows. By checks C17 and C2 of the last run.
--   Not by sums over listings: their windows do not end at midnight and hold test faxes, which are not billed, so that no sum of them is that of a day;
--   each is held against the tables by itself (C1).
-- Every day that the run knows of has a row, also where neither check has one: of such a day the reason is told here, by what is there of the days after it.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.bill_agreement_by_day;

create view report.bill_agreement_by_day with (security_invoker = true) as
select
  a.account_key,
  s.usage_date,
  case
    when 'exception' in (s.balance_outcome, s.count_outcome) then 'differs'
    when s.balance_outcome = 'explained' or s.count_outcome = 'explained' then 'explained'
    when s.balance_outcome in ('pass', 'within_tolerance') then 'agrees'
    else 'not_testable'
  end as state,
  s.provider_cents,
  s.warehouse_cents,
  s.provider_cents - s.warehouse_cents as difference_cents,
  ((s.provider_cents - s.warehouse_cents) / 100.0)::numeric(14, 2) as difference_usd,
  s.provider_fax_count,
  s.warehouse_fax_count,
  s.provider_fax_count - s.warehouse_fax_count as fax_difference_count,
  -- Of the side that makes the state; what could not be said of the counts stands beside money that agrees.
  case
    when s.balance_outcome = 'exception' then s.balance_reason
    when s.count_outcome = 'exception' then s.count_reason
    when s.balance_outcome = 'explained' then s.balance_reason
    when s.count_outcome = 'explained' then s.count_reason
    when s.balance_outcome in ('pass', 'within_tolerance') then null
    else s.balance_reason
  end as reason,
  s.count_reason,
  o.open_fax_count,
  r.finished_at as last_run_at
from recon.periods p
join warehouse.accounts a on a.account_id = p.account_id
cross join lateral recon.last_full_run(p.account_id, p.period) r
left join lateral recon.last_full_run(p.account_id, (p.period + interval '1 month')::date) n on true
cross join lateral (
  with
    found as (
      select
        x.grain::date as usage_date,
        max(x.outcome) filter (where x.check_id = 'C17') as balance_outcome,
        max(x.outcome) filter (where x.check_id = 'C2') as count_outcome,
        sum(x.left_value) filter (where x.check_id = 'C17')::bigint as provider_cents,
        sum(x.right_value) filter (where x.check_id = 'C17')::bigint as warehouse_cents,
        sum(x.right_value) filter (where x.check_id = 'C2')::bigint as provider_fax_count,
        sum(x.left_value) filter (where x.check_id = 'C2')::bigint as warehouse_fax_count,
        max(x.reason) filter (where x.check_id = 'C17') as balance_reason,
        max(x.reason) filter (where x.check_id = 'C2') as count_reason
      from recon.results x
      where x.run_id = r.results_run_id and x.check_id in ('C2', 'C17') and x.grain ~ '^\d{4}-\d{2}-\d{2}$'
      group by x.grain
    ),
    -- A check has no row of a day that it takes together with the next ones: the last of them has it.
    days as (
      select d::date as usage_date
      from generate_series(
        p.period::timestamp,
        least(p.period + interval '1 month - 1 day', date_trunc('day', r.as_of at time zone a.billing_zone)),
        interval '1 day') d
      union
      select f.usage_date from found f
    ),
    placed as (
      select
        d.usage_date, f.balance_outcome, f.count_outcome, f.provider_cents, f.warehouse_cents, f.provider_fax_count, f.warehouse_fax_count, f.balance_reason, f.count_reason,
        bool_or(f.balance_outcome is not null) over (order by d.usage_date rows between unbounded preceding and 1 preceding) as has_balance_before,
        bool_or(f.balance_outcome is not null) over (order by d.usage_date rows between 1 following and unbounded following) as has_balance_after
      from days d
      left join found f using (usage_date)
    )
  select
    o.usage_date, o.balance_outcome, o.count_outcome, o.provider_cents, o.warehouse_cents, o.provider_fax_count, o.warehouse_fax_count,
    case
      when o.balance_outcome is not null then o.balance_reason
      -- The next month begins with the last look of this one.
      when o.has_balance_after is not true and not exists (
        select from recon.results x where x.run_id = n.results_run_id and x.check_id = 'C17' and x.grain ~ '^\d{4}-\d{2}-\d{2}$') then 'no_look'
      when o.has_balance_before then 'with_next_day'
      -- As far back as C17 takes a look for the first of a month.
      when exists (
        select from warehouse.account_snapshots l
        where l.account_id = p.account_id and l.balance_cents is not null and l.observed_at < o.usage_date::timestamp at time zone a.billing_zone
          and l.observed_at >= ((p.period + case when o.has_balance_after then interval '0' else interval '1 month' end) at time zone a.billing_zone) - interval '35 days')
        then 'with_next_day'
      else 'no_look'
    end as balance_reason,
    case
      when o.count_outcome is not null then o.count_reason
      else coalesce((
        select case f.count_outcome when 'not_testable' then f.count_reason else 'with_next_day' end
        from found f where f.count_outcome is not null and f.usage_date > o.usage_date order by f.usage_date limit 1), 'no_snapshot')
    end as count_reason
  from placed o
) s
cross join lateral (
  select coalesce(sum(d.fax_count), 0)::bigint as open_fax_count from rollup.fax_days d
  where d.account_id = p.account_id and d.usage_date = s.usage_date and d.is_open and not d.is_gone
) o;

comment on view report.bill_agreement_by_day is 'What the provider''s own balance and counters say of a day, held against the warehouse by the last complete run of all checks, one row a day of each month that was reconciled, from its first to its last or to the day until which the run knows.';
comment on column report.bill_agreement_by_day.account_key is 'Name of the account in the settings; with usage_date the key of the view.';
comment on column report.bill_agreement_by_day.usage_date is 'Day, in the account''s billing zone; of counts in the zone of the provider''s counters (setting counter_zone).';
comment on column report.bill_agreement_by_day.state is 'differs: money or counts do, and nobody knows why; explained: what nobody could see may be why, as faxes under way at the look; agrees: the money does, and the counts do or could not be tested (count_reason says why); not_testable: the balance could not be held against it, or not by itself (reason with_next_day: its money is part of what the next day with a result says).';
comment on column report.bill_agreement_by_day.provider_cents is 'US cents the balance lost from the quiet look of the day before to that of the day, recharges left out (C17), with the days before it of reason with_next_day; null where it could not be tested.';
comment on column report.bill_agreement_by_day.warehouse_cents is 'US cents of charges less credits, and of rents, that the warehouse knows of the same stretch; null as before.';
comment on column report.bill_agreement_by_day.difference_cents is 'Above zero where the balance lost more.';
comment on column report.bill_agreement_by_day.difference_usd is 'The same in US dollars.';
comment on column report.bill_agreement_by_day.provider_fax_count is 'Faxes that the provider''s counters show (C2), both directions that could be tested; null where none could.';
comment on column report.bill_agreement_by_day.warehouse_fax_count is 'Faxes of the day that must be counted, by what is stored; test faxes are counted too unless the settings say otherwise. Null as before.';
comment on column report.bill_agreement_by_day.fax_difference_count is 'Above zero where the provider counts more.';
comment on column report.bill_agreement_by_day.reason is 'Why the day is in this state, as a stable word of docs/reconciliation.md; null where it agrees, and only there.';
comment on column report.bill_agreement_by_day.count_reason is 'Why the counts (C2) differ, are explained, or could not be tested in both directions or one, or not by themselves (with_next_day), also where the money agrees; null where both agree.';
comment on column report.bill_agreement_by_day.open_fax_count is 'Faxes of the day that are under way now: their credits are still to come.';
comment on column report.bill_agreement_by_day.last_run_at is 'When the run ended.';

grant select on report.bill_agreement_by_day to faxsync_reader, faxsync_bi;
