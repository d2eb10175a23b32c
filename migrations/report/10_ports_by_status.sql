-- Answers: which ports are stuck, since when, and whose move it is. Counts and times only; no number, name or note leaves this view.
-- Runs with the caller's rights, so a BI login sees the accounts it was granted.

drop view if exists report.ports_by_status;

create view report.ports_by_status with (security_invoker = true) as
with
  listed_numbers as (
    select account_id, port_number_id, port_order_id, status, coalesce(status in ('succeeded', 'failed'), false) as is_final
    from warehouse.port_numbers
    where gone_at_source_at is null
  ),
  listed_states as (
    select
      account_id, port_number_id, observation_no, observed_at, status,
      lag(status) over of_number as status_before,
      row_number() over of_number = 1 as is_first
    from warehouse.port_number_history
    -- A number that left the list for a while and came back as it was has not changed its status.
    where is_listed
    window of_number as (partition by account_id, port_number_id order by observation_no)
  ),
  status_starts as (
    select distinct on (account_id, port_number_id) account_id, port_number_id, observed_at as started_at
    from listed_states
    where is_first or status is distinct from status_before
    order by account_id, port_number_id, observation_no desc
  ),
  note_times as (
    select account_id, port_number_id, max(greatest(created_at, updated_at)) as latest_note_at
    from warehouse.port_number_notes
    where gone_at_source_at is null
    group by account_id, port_number_id
  ),
  numbers_with_times as (
    select
      n.account_id, n.port_order_id, n.status, n.is_final,
      case when n.is_final then o.completed_at else now() end - o.created_at as order_age,
      now() - s.started_at as time_in_status,
      coalesce(o.requested_for < now() and not n.is_final, false) as is_overdue,
      t.latest_note_at,
      row_number() over (partition by n.account_id, n.status, n.port_order_id order by n.port_number_id) = 1 as stands_for_order
    from listed_numbers n
    left join warehouse.port_orders o on o.account_id = n.account_id and o.port_order_id = n.port_order_id
    left join status_starts s on s.account_id = n.account_id and s.port_number_id = n.port_number_id
    left join note_times t on t.account_id = n.account_id and t.port_number_id = n.port_number_id
  ),
  numbers_with_days as (
    select
      account_id, port_order_id, status, is_final, is_overdue, latest_note_at,
      -- An order with many numbers counts once among the ages of orders.
      case when stands_for_order then extract(epoch from order_age) / 86400 end as order_age_days,
      extract(epoch from time_in_status) / 86400 as in_status_days
    from numbers_with_times
  ),
  statuses as (
    select
      account_id, status, is_final,
      count(*)::integer as number_count,
      count(distinct port_order_id)::integer as order_count,
      max(order_age_days)::numeric(10, 2) as order_age_days_max,
      (percentile_cont(0.5) within group (order by order_age_days))::numeric(10, 2) as order_age_days_median,
      max(in_status_days)::numeric(10, 2) as in_status_days_max,
      (percentile_cont(0.5) within group (order by in_status_days))::numeric(10, 2) as in_status_days_median,
      (count(*) filter (where is_overdue))::integer as overdue_count,
      max(latest_note_at) as latest_note_at
    from numbers_with_days
    group by account_id, status, is_final
  )
select
  a.account_key,
  s.status,
  s.is_final,
  coalesce(s.status = 'needinfo', false) as is_blocked_on_information,
  case s.status when 'open' then 'provider' when 'submitted' then 'carrier' when 'needinfo' then 'account_holder' end as waiting_for,
  s.number_count,
  s.order_count,
  s.overdue_count,
  s.order_age_days_max,
  s.order_age_days_median,
  s.in_status_days_max,
  s.in_status_days_median,
  s.latest_note_at
from statuses s
join warehouse.accounts a on a.account_id = s.account_id;

comment on view report.ports_by_status is 'One row an account and status of numbers being ported, over all numbers the provider still lists in an order. Counts and times only, no personal data.';
comment on column report.ports_by_status.account_key is 'Name of the account in the settings.';
comment on column report.ports_by_status.status is 'Status of the numbers (port_numbers.status): open, submitted, needinfo, succeeded, failed, or another word as sent; null where none was sent.';
comment on column report.ports_by_status.is_final is 'True for succeeded and failed. Other words, and none, count as under way.';
comment on column report.ports_by_status.is_blocked_on_information is 'True for needinfo: the port goes on once somebody answers. What is asked for stands in the notes (warehouse.port_number_notes).';
comment on column report.ports_by_status.waiting_for is 'Whose move it is: provider (open), carrier that loses the number (submitted), account_holder (needinfo); null where final or not known.';
comment on column report.ports_by_status.number_count is 'Numbers in this status.';
comment on column report.ports_by_status.order_count is 'Orders with at least one number in this status; an order with numbers in several statuses counts in each.';
comment on column report.ports_by_status.overdue_count is 'Numbers whose order was asked to complete (requested_for) before now and that are not final.';
comment on column report.ports_by_status.order_age_days_max is 'Age in days of the oldest of these orders: from its creation until now, for final numbers until its completion. Null where no order has the times.';
comment on column report.ports_by_status.order_age_days_median is 'Median age in days of these orders, each counted once; null as for the oldest.';
comment on column report.ports_by_status.in_status_days_max is 'Longest time in days that a number has been in this status, from the first look that showed it until now. At least so long: looks before the mirror began are not known.';
comment on column report.ports_by_status.in_status_days_median is 'Median over the numbers of their days in this status, counted in the same way.';
comment on column report.ports_by_status.latest_note_at is 'When somebody last wrote or changed a note on one of these numbers; null where none has notes.';

grant select on report.ports_by_status to faxsync_reader, faxsync_bi;
