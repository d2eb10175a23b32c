/**
 * The lines that a closing adds, in one statement, and so on one state of the warehouse, as known at the instant of the approved run:
 * - the first closing of a month takes every fax and rent of it that is not free;
 * - a fax or rent that has lines already, in whichever month, is taken up by `recon.corrections` alone, which gives what it costs beyond them;
 * - a month closed again takes its own differences in the same way.
 * Lines go in by the order of their key, and so all are found before the first is written: what reads the table meanwhile would go through those
 * of its own statement again and again.
 *
 * Corrections are taken as of the latest instant any closing knew, so that none is taken back by a run that was made before another month's.
 * One row: what was added, and `present_cents`, what the month costs at that instant, to be held against what the run saw.
 * $1 account, $2 month, $3 number of the closing, $4 the run's instant.
 */
export const ADD_LINES = `
with bounds as materialized (
  select a.billing_zone, $2::date::timestamp at time zone a.billing_zone as starts_at, ($2::date + interval '1 month') at time zone a.billing_zone as ends_at
  from warehouse.accounts a where a.account_id = $1
), inside as (
  select f.fax_id, f.created_at as used_at, f.observed_at, f.is_test, f.num_pages, f.cost_cents from warehouse.faxes f
  where f.account_id = $1 and f.created_at >= (select starts_at from bounds) and f.created_at < (select ends_at from bounds)
  union all
  select f.fax_id, coalesce(f.completed_at, f.observed_at), f.observed_at, f.is_test, f.num_pages, f.cost_cents from warehouse.faxes f
  where f.account_id = $1 and f.created_at is null
    and coalesce(f.completed_at, f.observed_at) >= (select starts_at from bounds) and coalesce(f.completed_at, f.observed_at) < (select ends_at from bounds)
), known as (
  select i.fax_id, i.used_at,
    case when i.observed_at <= $4::timestamptz then i.num_pages else h.num_pages end as num_pages,
    case when i.observed_at <= $4::timestamptz then i.cost_cents else h.cost_cents end as cost_cents
  from inside i
  left join lateral (
    select h.num_pages, h.cost_cents from warehouse.fax_history h
    where h.account_id = $1 and h.fax_id = i.fax_id and h.observed_at <= $4::timestamptz
    order by h.observation_no desc limit 1
  ) h on i.observed_at > $4::timestamptz
  where i.is_test is not true
), charges as materialized (
  select 'fax' as charge_kind, k.fax_id::text as subject_id, k.used_at, k.num_pages as quantity, k.cost_cents::bigint as cents
  from known k where k.cost_cents <> 0
  union all
  select 'rent', recon.rent_subject(r.phone_number, r.billed_at), r.billed_at, 1, r.cost_cents::bigint
  from warehouse.phone_number_charges r
  where r.account_id = $1 and r.billed_at >= (select starts_at from bounds) and r.billed_at < (select ends_at from bounds)
    and r.observed_at <= $4::timestamptz and r.cost_cents <> 0
), own as (
  select $2::date as charge_period, (c.used_at at time zone (select billing_zone from bounds))::date as usage_date, c.charge_kind, c.subject_id, c.quantity, c.cents
  from charges c
  where $3::smallint = 1 and not exists (
    select from recon.bill_lines l where l.account_id = $1 and l.charge_kind = c.charge_kind and l.subject_id = c.subject_id)
), late as (
  select c.charge_period, c.usage_date, c.charge_kind, c.subject_id, c.quantity, c.cents
  from recon.corrections($1, date '2000-01-01', case when $3::smallint = 1 then $2::date - interval '1 month' else $2::date end::date,
    greatest($4::timestamptz, (select max(k.as_of) from recon.closings k where k.account_id = $1))) c
), added as (
  insert into recon.bill_lines (account_id, billing_period, closing_no, charge_period, usage_date, charge_kind, subject_id, is_correction, quantity, cents)
  select $1, $2::date, $3, n.charge_period, n.usage_date, n.charge_kind, n.subject_id, n.charge_period < $2::date, n.quantity, n.cents
  from (select * from own union all select * from late) n
  order by n.charge_kind, n.subject_id collate "C"
  returning is_correction, cents
)
select count(*) as line_count, coalesce(sum(cents), 0)::bigint as billed_cents, count(*) filter (where is_correction) as correction_count,
  coalesce(sum(cents) filter (where is_correction), 0)::bigint as correction_cents,
  (select coalesce(sum(cents), 0)::bigint from charges) as present_cents
from added`;
