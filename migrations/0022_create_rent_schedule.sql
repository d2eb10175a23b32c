-- Why: when the rent of each number is due. A number is billed when it is provisioned and then monthly at the same day and time, by UTC; the
--   provider says nowhere on which day a number of the 29th to 31st is billed in a shorter month, so both are given: that month's last day,
--   and as many days on into the next month. The rule stands in one function, which the checks of the reconciliation use too.
-- Locks: none beyond the catalogue. Safe with the code before it: yes, nothing reads it.

create function warehouse.rent_anniversaries(provisioned_at timestamptz, since timestamptz, until timestamptz)
returns table (month_no integer, expected_at timestamptz, overflow_at timestamptz)
language sql immutable set search_path = pg_catalog, pg_temp as $$
  with first as (
    select $1 at time zone 'UTC' as at, ($2 - interval '35 days') at time zone 'UTC' as since, $3 at time zone 'UTC' as until
  ), months as (
    select n, f.at, f.at + make_interval(months => n) as expected_at,
      date_trunc('month', f.at) + make_interval(months => n) + (f.at - date_trunc('month', f.at)) as overflow_at
    from first f
    cross join lateral generate_series(
      greatest(0, ((extract(year from f.since) - extract(year from f.at)) * 12 + extract(month from f.since) - extract(month from f.at))::integer),
      ((extract(year from f.until) - extract(year from f.at)) * 12 + extract(month from f.until) - extract(month from f.at))::integer) n
  )
  select n, m.expected_at at time zone 'UTC', m.overflow_at at time zone 'UTC' from months m
  where m.overflow_at at time zone 'UTC' >= $2 and m.expected_at at time zone 'UTC' <= $3
$$;
comment on function warehouse.rent_anniversaries is 'When the rent of a number is due between two instants: month_no from 0 (its provisioning), expected_at, and overflow_at, which differs from it for days 29 to 31 in shorter months.';

create view warehouse.rent_schedule with (security_invoker = true) as
with held as (
  select h.account_id, h.phone_number, h.provisioned_at, min(h.observed_at) as first_seen_at, max(h.observation_no) as last_listed_no
  from warehouse.phone_number_history h
  where h.is_listed and h.provisioned_at is not null
  group by h.account_id, h.phone_number, h.provisioned_at
), looked as (
  select s.account_id, max(s.requested_at) as looked_at from ops.slices s
  where s.stream = 'phone_numbers' and s.is_complete
  group by s.account_id
), ended as (
  select t.*, l.left_at, coalesce(l.left_at, k.looked_at, t.first_seen_at) as until
  from held t
  left join looked k on k.account_id = t.account_id
  left join lateral (
    select h.observed_at as left_at from warehouse.phone_number_history h
    where h.account_id = t.account_id and h.phone_number = t.phone_number and h.observation_no > t.last_listed_no
    order by h.observation_no limit 1
  ) l on true
)
select e.account_id, e.phone_number, e.provisioned_at, d.month_no, d.expected_at, d.overflow_at,
  (d.expected_at at time zone a.billing_zone)::date as usage_date, e.left_at, c.billed_at, c.cost_cents
from ended e
join warehouse.accounts a on a.account_id = e.account_id
cross join lateral warehouse.rent_anniversaries(e.provisioned_at, e.first_seen_at - interval '1 month', e.until) d
left join lateral (
  select r.billed_at, r.cost_cents from warehouse.phone_number_charges r
  where r.account_id = e.account_id and r.phone_number = e.phone_number
    and r.billed_at between d.expected_at - interval '3 days' and d.overflow_at + interval '3 days'
  order by least(abs(extract(epoch from r.billed_at - d.expected_at)), abs(extract(epoch from r.billed_at - d.overflow_at))), r.billed_at
  limit 1
) c on true;

comment on view warehouse.rent_schedule is 'When the rent of each number was due while the mirror saw it, one row a number and month, with the billing that was seen for it. What is missing or too much is for the reconciliation to judge.';
comment on column warehouse.rent_schedule.account_id is 'warehouse.accounts.account_id.';
comment on column warehouse.rent_schedule.phone_number is 'warehouse.phone_numbers.phone_number.';
comment on column warehouse.rent_schedule.provisioned_at is 'When the number was bought; one that was given back and bought again has two.';
comment on column warehouse.rent_schedule.month_no is 'How many months after it; 0 is the rent of the purchase.';
comment on column warehouse.rent_schedule.expected_at is 'When the rent is due: same day and time by UTC, or the last day of a shorter month.';
comment on column warehouse.rent_schedule.overflow_at is 'The same where the days that a shorter month lacks are carried on into the next one; nobody knows which of the two the provider does.';
comment on column warehouse.rent_schedule.usage_date is 'Day of expected_at in the account''s billing zone.';
comment on column warehouse.rent_schedule.left_at is 'First look that no longer showed the number so; null while it is listed.';
comment on column warehouse.rent_schedule.billed_at is 'The billing nearest to it, within 3 days; null where none was seen.';
comment on column warehouse.rent_schedule.cost_cents is 'US cents of that billing; null where none was seen or no cost was sent.';

grant select on warehouse.rent_schedule to faxsync_reader, faxsync_bi;
