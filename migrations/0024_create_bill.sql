-- Why: one list of every charge of every month: as they were closed, as they are now, and what changed since. Reports and exports add it up.
-- Locks: writes to ops.landed_objects wait while its small index is made. Safe with the code before it: yes, nothing reads the views.

-- Where in the ledger the objects lie that were loaded lately: it is written in order of time, so that a few pages suffice.
create index landed_objects_loaded on ops.landed_objects using brin (loaded_at) with (pages_per_range = 16);

create function recon.charge_month(at timestamptz, zone text) returns date language sql immutable as $$
  select date_trunc('month', at at time zone zone)::date
$$;
comment on function recon.charge_month is 'First day of the month in whose bill an instant lies, by the clock of a zone.';

create function recon.rent_subject(phone_number text, billed_at timestamptz) returns text language sql immutable as $$
  select phone_number || '@' || to_char(billed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;
comment on function recon.rent_subject is 'Name of a rent in bills and items: own number and instant, +14145550123@2026-07-16T22:10:50.000Z.';

create function recon.used_at(of_account integer, fax_id bigint, completed_at timestamptz, observed_at timestamptz, zone text) returns timestamptz
language sql stable as $$
  select coalesce(
    (select min(l.usage_date)::timestamp at time zone zone from recon.bill_lines l
      where l.account_id = of_account and l.charge_kind = 'fax' and l.subject_id = used_at.fax_id::text),
    completed_at, observed_at)
$$;
comment on function recon.used_at is 'When a fax counts that does not say when it was created: on the day of its first line; one without lines when it was over, else when it was last looked at, which may move to another month.';

-- Readers of schema recon need not be readers of schema ops: they learn when late looks were made, and nothing else.
create function recon.late_looks(of_account integer, loaded_since timestamptz, made_until timestamptz) returns setof timestamptz
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select distinct o.requested_at from ops.landed_objects o
  where o.account_id = of_account and o.loaded_at > loaded_since and o.requested_at <= made_until
    and (pg_has_role(session_user, current_user, 'member') or pg_has_role(session_user, 'faxsync_reader', 'member')
      or pg_has_role(session_user, 'faxsync_reconciler', 'member') or of_account in (select warehouse.visible_accounts()))
$$;
comment on function recon.late_looks is 'When looks were made that were loaded after an instant although made before another. Security definer: the ledger itself stays with its readers.';
revoke execute on function recon.late_looks from public;
grant execute on function recon.late_looks to faxsync_reconciler, faxsync_reader, faxsync_bi;

create function recon.corrections(of_account integer, first_period date, last_period date, known_at timestamptz)
returns table (
  charge_period date, usage_date date, charge_kind text, subject_id text, quantity integer, billed_cents bigint, present_cents bigint, cents bigint
) language sql stable as $$
with closed_months as materialized (
  -- Every closing also swept the months before its own, so the latest closing of a month or of a later one is the one to go by.
  select s.period, s.swept_as_of, s.swept_at
  from (
    select c.period, max(c.as_of) over later as swept_as_of, max(c.read_at) over later as swept_at
    from recon.closings c
    where c.account_id = of_account and c.as_of <= known_at
    window later as (order by c.period desc)
  ) s
  where s.period between first_period and last_period
  group by s.period, s.swept_as_of, s.swept_at
), since as materialized (
  -- An hour for objects that were being loaded while the lines were read.
  select min(swept_as_of) as as_of, min(swept_at) - interval '1 hour' as loaded_since, max(period) as last_closed from closed_months
), asked as materialized (
  select s.*, a.billing_zone, (s.last_closed + interval '1 month') at time zone a.billing_zone as ends_at
  from since s join warehouse.accounts a on a.account_id = of_account
  where s.last_closed is not null
), highest as materialized (
  -- Ids rise with time as a rule: no fax of a closed month has a higher one, and most of what changed since is of the months after.
  select h.fax_id
  from asked s
  cross join lateral (
    select w.fax_id from warehouse.faxes w
    where w.account_id = of_account
      and coalesce(w.created_at, recon.used_at(of_account, w.fax_id, w.completed_at, w.observed_at, s.billing_zone)) < s.ends_at
    order by w.fax_id desc limit 1
  ) h
), late as (
  select l.made_at from asked s cross join lateral recon.late_looks(of_account, s.loaded_since, s.as_of) as l (made_at)
), changed as materialized (
  select h.fax_id from asked s join warehouse.fax_history h on h.account_id = of_account and h.observed_at > s.as_of and h.observed_at <= known_at
  where h.fax_id <= (select fax_id from highest)
  union
  select h.fax_id from late l join warehouse.fax_history h on h.account_id = of_account and h.observed_at = l.made_at
), present as materialized (
  select f.fax_id::text as subject_id, f.used_at, f.is_test, f.observed_at > known_at as is_younger, f.fax_id, f.num_pages, f.cost_cents
  from changed c
  cross join asked s
  cross join lateral (
    select w.*, coalesce(w.created_at, recon.used_at(of_account, w.fax_id, w.completed_at, w.observed_at, s.billing_zone)) as used_at
    from warehouse.faxes w where w.account_id = of_account and w.fax_id = c.fax_id offset 0
  ) f
  where f.used_at < s.ends_at
), known as (
  select p.subject_id, p.used_at, p.is_test,
    case when p.is_younger then h.num_pages else p.num_pages end as num_pages, case when p.is_younger then h.cost_cents else p.cost_cents end as cost_cents
  from present p
  left join lateral (
    select h.observation_no, h.num_pages, h.cost_cents from warehouse.fax_history h
    where h.account_id = of_account and h.fax_id = p.fax_id and h.observed_at <= known_at
    order by h.observation_no desc limit 1
  ) h on p.is_younger
  where not p.is_younger or h.observation_no is not null
), charges as (
  select 'fax' as charge_kind, k.subject_id, k.used_at, k.num_pages as quantity, case when k.is_test then 0 else coalesce(k.cost_cents, 0) end::bigint as cents
  from known k
  union all
  select 'rent', recon.rent_subject(r.phone_number, r.billed_at), r.billed_at, 1, coalesce(r.cost_cents, 0)::bigint
  from asked s
  join warehouse.phone_number_charges r on r.account_id = of_account and r.billed_at < s.ends_at and r.observed_at <= known_at
), compared as (
  -- What has lines stays in the month of its lines, wherever its time has moved.
  select c.charge_kind, c.subject_id, c.quantity, c.cents, b.line_count, b.billed_cents, b.billed_quantity,
    coalesce(b.charge_period, recon.charge_month(c.used_at, s.billing_zone)) as charge_period,
    coalesce(b.usage_date, (c.used_at at time zone s.billing_zone)::date) as usage_date
  from charges c
  cross join asked s
  cross join lateral (
    select count(*) as line_count, coalesce(sum(l.cents), 0)::bigint as billed_cents, sum(l.quantity)::integer as billed_quantity,
      min(l.charge_period) as charge_period, min(l.usage_date) as usage_date
    from recon.bill_lines l
    join recon.closings k on k.account_id = l.account_id and k.period = l.billing_period and k.closing_no = l.closing_no and k.as_of <= known_at
    where l.account_id = of_account and l.charge_kind = c.charge_kind and l.subject_id = c.subject_id
  ) b
)
select c.charge_period, c.usage_date, c.charge_kind, c.subject_id, c.quantity - coalesce(c.billed_quantity, 0), c.billed_cents, c.cents, c.cents - c.billed_cents
from compared c
where c.cents <> c.billed_cents and c.charge_period in (select m.period from closed_months m)
$$;
comment on function recon.corrections is 'Charges of closed months of an account, from one month to another, that are no longer what was billed of them: by what had been looked at until an instant. cents is what a line has to add. Looks only at what was loaded since the lines were read.';
revoke execute on function recon.corrections from public;
grant execute on function recon.corrections to faxsync_reconciler, faxsync_reader, faxsync_bi;

create view recon.pending_corrections with (security_invoker = true) as
with open_months as (
  select p.account_id, p.period, p.closing_no, lag(p.period) over (partition by p.account_id order by p.period) as open_before
  from recon.periods p
  where p.state <> 'closed'
), targets as (
  -- A reopened month takes what changed in itself; every open month takes what changed in the closed ones before it.
  select o.account_id, o.period, coalesce(o.open_before + interval '1 month', date '2000-01-01')::date as first_period,
    case when o.closing_no > 0 then o.period else o.period - interval '1 month' end::date as last_period
  from open_months o
  union all
  -- Where every month is closed, the next one will.
  select l.account_id, (l.period + interval '1 month')::date, coalesce((l.open_before + interval '1 month')::date, date '2000-01-01'), l.period
  from (
    select p.account_id, max(p.period) as period, max(p.period) filter (where p.state <> 'closed') as open_before
    from recon.periods p
    group by p.account_id
  ) l
  where l.open_before is distinct from l.period
)
select t.account_id, t.period as billing_period, c.charge_period, c.usage_date, c.charge_kind, c.subject_id, c.quantity, c.billed_cents, c.present_cents, c.cents
from targets t
cross join lateral recon.corrections(t.account_id, t.first_period, t.last_period, 'infinity') c;

comment on view recon.pending_corrections is 'Charges of closed months that are no longer what was billed of them, one row each, and in whose bill the difference will stand: that of the next month that is not closed.';
comment on column recon.pending_corrections.account_id is 'warehouse.accounts.account_id.';
comment on column recon.pending_corrections.billing_period is 'Month in whose bill the difference will stand; a reopened month takes its own.';
comment on column recon.pending_corrections.charge_period is 'Closed month in which the fax was sent or the rent was due.';
comment on column recon.pending_corrections.usage_date is 'That day, in the account''s billing zone.';
comment on column recon.pending_corrections.charge_kind is 'fax or rent.';
comment on column recon.pending_corrections.subject_id is 'As recon.bill_lines.subject_id.';
comment on column recon.pending_corrections.quantity is 'Pages or months beyond those that were billed; null where not known.';
comment on column recon.pending_corrections.billed_cents is 'US cents billed so far, 0 where nothing was.';
comment on column recon.pending_corrections.present_cents is 'US cents it costs now.';
comment on column recon.pending_corrections.cents is 'The difference, which will be the line.';

create view recon.bill with (security_invoker = true) as
with months as (
  select a.account_id, a.billing_zone, m.month_at::date as period,
    m.month_at at time zone a.billing_zone as starts_at, (m.month_at + interval '1 month') at time zone a.billing_zone as ends_at
  from warehouse.accounts a
  cross join lateral (
    select least((select min(f.created_at) from warehouse.faxes f where f.account_id = a.account_id), min(r.billed_at)) as first_at,
      greatest((select max(f.created_at) from warehouse.faxes f where f.account_id = a.account_id), max(r.billed_at)) as last_at
    from warehouse.phone_number_charges r
    where r.account_id = a.account_id
  ) s
  cross join lateral generate_series(
    date_trunc('month', s.first_at at time zone a.billing_zone), date_trunc('month', s.last_at at time zone a.billing_zone), interval '1 month') m (month_at)
  where not exists (select from recon.closings c where c.account_id = a.account_id and c.period = m.month_at::date)
)
select l.account_id, l.billing_period, l.charge_period, l.usage_date, l.charge_kind, l.subject_id, l.is_correction, true as is_closed, l.quantity, l.cents
from recon.bill_lines l
union all
select p.account_id, p.billing_period, p.charge_period, p.usage_date, p.charge_kind, p.subject_id, p.charge_period < p.billing_period, false, p.quantity, p.cents
from recon.pending_corrections p
union all
select m.account_id, m.period, m.period, (f.created_at at time zone m.billing_zone)::date, 'fax', f.fax_id::text, false, false, f.num_pages, f.cost_cents::bigint
from months m
join warehouse.faxes f on f.account_id = m.account_id and f.created_at >= m.starts_at and f.created_at < m.ends_at
where f.is_test is not true and f.cost_cents <> 0
union all
-- Without a time of its own a fax may move to another month as it is looked at: what has lines stays where they are.
select a.account_id, u.period, u.period, (u.used_at at time zone a.billing_zone)::date, 'fax', f.fax_id::text, false, false, f.num_pages, f.cost_cents::bigint
from warehouse.accounts a
join warehouse.faxes f on f.account_id = a.account_id and f.created_at is null
cross join lateral (select coalesce(f.completed_at, f.observed_at) as used_at, recon.charge_month(coalesce(f.completed_at, f.observed_at), a.billing_zone) as period) u
where f.is_test is not true and f.cost_cents <> 0
  and not exists (select from recon.closings c where c.account_id = a.account_id and c.period = u.period)
  and not exists (select from recon.bill_lines l where l.account_id = f.account_id and l.charge_kind = 'fax' and l.subject_id = f.fax_id::text)
union all
select m.account_id, m.period, m.period, (r.billed_at at time zone m.billing_zone)::date, 'rent', recon.rent_subject(r.phone_number, r.billed_at),
  false, false, 1, r.cost_cents::bigint
from months m
join warehouse.phone_number_charges r on r.account_id = m.account_id and r.billed_at >= m.starts_at and r.billed_at < m.ends_at
where r.cost_cents <> 0;

comment on view recon.bill is 'Every charge of every month, one row a line: closed months as they were closed, the others as they are now, with what changed in closed months since. Figures of a closed month never change. What costs nothing has no line.';
comment on column recon.bill.account_id is 'warehouse.accounts.account_id.';
comment on column recon.bill.billing_period is 'Month in whose bill the line stands, its first day.';
comment on column recon.bill.charge_period is 'Month in which the fax was sent or received or the rent was due; earlier than billing_period in corrections.';
comment on column recon.bill.usage_date is 'That day, in the account''s billing zone.';
comment on column recon.bill.charge_kind is 'fax: its price less what was credited of it; rent: a month of a number.';
comment on column recon.bill.subject_id is 'Id of the fax; own number and instant of the rent.';
comment on column recon.bill.is_correction is 'True where the line changes what an earlier closed month said.';
comment on column recon.bill.is_closed is 'True where the line was closed and never changes; false where it is what stands now.';
comment on column recon.bill.quantity is 'Pages of the fax, or 1 month, beyond those of earlier lines; null where not known.';
comment on column recon.bill.cents is 'US cents; below zero where a correction gives back.';

grant select on recon.pending_corrections, recon.bill to faxsync_reconciler, faxsync_reader, faxsync_bi;

create function recon.lines_digest(of_account integer, of_period date, of_closing smallint) returns text language sql stable as $$
with days as (
  select l.usage_date, encode(sha256(convert_to(string_agg(
      concat_ws('|', l.charge_kind, l.subject_id, l.charge_period::text, case when l.is_correction then 't' else 'f' end, coalesce(l.quantity::text, '-'), l.cents),
      E'\n' order by l.charge_kind collate "C", l.subject_id collate "C"), 'UTF8')), 'hex') as digest
  from recon.bill_lines l
  where l.account_id = of_account and l.billing_period = of_period and l.closing_no = of_closing
  group by l.usage_date
)
select encode(sha256(convert_to(coalesce(string_agg(to_char(d.usage_date, 'YYYY-MM-DD') || ' ' || d.digest, E'\n' order by d.usage_date), ''), 'UTF8')), 'hex')
from days d
$$;
comment on function recon.lines_digest is 'SHA-256 over the lines of one closing. A line is kind|subject|charge period|t or f|quantity or -|cents; a day''s digest is that of its lines in order of their bytes by kind and subject, one a line; the whole is that of "day digest", one a line, in order of days.';

create function recon.part(content text) returns text language sql immutable as $$
  select coalesce(octet_length(convert_to(content, 'UTF8')) || ':' || content, '-')
$$;
comment on function recon.part is 'A text as digests take it, so that no two lists of parts look alike: its length in bytes, a colon and itself; null as a dash.';

create function recon.instant_text(at timestamptz) returns text language sql immutable as $$
  select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;
comment on function recon.instant_text is 'An instant as digests and proofs have it: in UTC, to the microsecond.';

create function recon.items_digest(of_account integer, of_period date, of_closing smallint) returns text language sql stable as $$
select encode(sha256(convert_to(coalesce(string_agg(concat(
    i.item_id, '|', i.check_id, '|', i.subject_kind, '|', recon.part(i.subject_id), '|', i.reason, '|', i.severity, '|',
    i.state, '|', i.cents, '|', i.owed_cents, '|', recon.part(i.decided_by), '|',
    recon.part(i.approved_by), '|',
    recon.part(i.note)), E'\n' order by i.item_id), ''), 'UTF8')), 'hex')
from recon.closing_items i
where i.account_id = of_account and i.period = of_period and i.closing_no = of_closing
$$;
comment on function recon.items_digest is 'SHA-256 over the items of one closing in order of their numbers, one a line: number|check|kind|subject|reason|severity|state|cents|owed cents|who decided|who approved|note; subject, names and note as <length in bytes>:<text>, null as -.';

create function recon.run_facts(of_run bigint) returns jsonb language sql stable as $$
select jsonb_build_object(
  'run_id', r.run_id, 'as_of', recon.instant_text(r.as_of), 'code_version', r.code_version, 'rate_card_observation', r.rate_card_observation,
  'fax_count', r.fax_count, 'charge_count', r.charge_count, 'charged_cents', r.charged_cents, 'input_digest', r.input_digest,
  'results_digest', r.results_digest, 'tested_count', r.tested_count, 'matched_count', r.matched_count, 'tested_cents', r.tested_cents,
  'matched_cents', r.matched_cents, 'exception_count', r.exception_count, 'unexplained_cents', r.unexplained_cents, 'owed_cents', r.owed_cents,
  'tolerances', t.content, 'rates', p.content)
from recon.runs r
join recon.settings_versions t on t.settings_version = r.tolerances_version
join recon.settings_versions p on p.settings_version = r.rates_version
where r.run_id = of_run
$$;
comment on function recon.run_facts is 'What a run came to, by the names of its columns, with the tolerances and rates it used.';

create function recon.closing_digest(c recon.closings) returns text language sql stable as $$
select encode(sha256(convert_to(string_agg(recon.part(part), '' order by place), 'UTF8')), 'hex')
from unnest(array[
  c.account_id::text, to_char(c.period, 'YYYY-MM-DD'), c.closing_no::text, c.run_id::text, recon.instant_text(c.as_of),
  c.prepared_by, recon.instant_text(c.prepared_at), c.approved_by,
  recon.instant_text(c.closed_at), c.statement, recon.run_facts(c.run_id)::text]) with ordinality p (part, place)
$$;
comment on function recon.closing_digest is 'SHA-256 over who closed what, when and with which words: account, month, number, run, its instant, who prepared and when, who approved and when, statement, and the text of recon.run_facts; each as <length in bytes>:<text>, null as -.';

-- The only way in for lines, items and closings of a closed month: its caller has no right to add one by itself.
create function recon.close_month(of_account integer, of_period date, approver text, closed_at timestamptz) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  held recon.periods;
  run recon.runs;
  bill record;
  kept recon.closings;
  closing smallint;
  chain text;
begin
  select p.* into held from recon.periods p where p.account_id = of_account and p.period = of_period for update;
  if held.state is distinct from 'prepared' then
    raise exception 'Only a prepared month is closed.' using errcode = 'restrict_violation';
  end if;
  closing := held.closing_no + 1;
  select r.* into strict run from recon.runs r
  where r.run_id = held.prepared_run_id and r.account_id = of_account and r.period = of_period and r.status = 'complete';

  -- All of it in one statement, and so on one state of the warehouse, as known at the instant of the run: the first closing of a month takes every
  -- fax and rent of it that is not free; one that has lines already, in whichever month, is taken up by recon.corrections alone, which gives what it
  -- costs beyond them, and so is a month that is closed again. Corrections are taken as of the latest instant any closing knew, so that none is taken
  -- back by a run that was made before another month's. Lines go in by the order of their key, and so all are found before the first is written.
  with bounds as materialized (
    select a.billing_zone, of_period::timestamp at time zone a.billing_zone as starts_at, (of_period + interval '1 month') at time zone a.billing_zone as ends_at
    from warehouse.accounts a where a.account_id = of_account
  ), inside as (
    select f.fax_id, f.created_at as used_at, f.observed_at, f.is_test, f.num_pages, f.cost_cents from warehouse.faxes f
    where f.account_id = of_account and f.created_at >= (select starts_at from bounds) and f.created_at < (select ends_at from bounds)
    union all
    select f.fax_id, u.used_at, f.observed_at, f.is_test, f.num_pages, f.cost_cents
    from bounds b
    join warehouse.faxes f on f.account_id = of_account and f.created_at is null
    cross join lateral (select recon.used_at(of_account, f.fax_id, f.completed_at, f.observed_at, b.billing_zone) offset 0) u (used_at)
    where u.used_at >= b.starts_at and u.used_at < b.ends_at
  ), known as materialized (
    select i.fax_id, i.used_at, i.is_test is true as is_test,
      case when i.observed_at <= run.as_of then i.num_pages else h.num_pages end as num_pages,
      case when i.observed_at <= run.as_of then i.cost_cents else h.cost_cents end as cost_cents
    from inside i
    left join lateral (
      select h.observation_no, h.num_pages, h.cost_cents from warehouse.fax_history h
      where h.account_id = of_account and h.fax_id = i.fax_id and h.observed_at <= run.as_of
      order by h.observation_no desc limit 1
    ) h on i.observed_at > run.as_of
    where i.observed_at <= run.as_of or h.observation_no is not null
  ), rents as materialized (
    select recon.rent_subject(r.phone_number, r.billed_at) as subject_id, r.billed_at, r.cost_cents::bigint as cents
    from warehouse.phone_number_charges r
    where r.account_id = of_account and r.billed_at >= (select starts_at from bounds) and r.billed_at < (select ends_at from bounds)
      and r.observed_at <= run.as_of
  ), seen as (
    -- As the run's input_digest has it.
    select (k.used_at at time zone (select billing_zone from bounds))::date as day, k.fax_id::text as subject, k.cost_cents::bigint as cents from known k
    union all
    select (r.billed_at at time zone (select billing_zone from bounds))::date, r.subject_id, coalesce(r.cents, 0) from rents r
  ), seen_days as (
    select day, encode(sha256(convert_to(string_agg(subject || ':' || coalesce(cents::text, '-'), ',' order by subject collate "C"), 'UTF8')), 'hex') as digest
    from seen group by day
  ), charges as materialized (
    select 'fax' as charge_kind, k.fax_id::text as subject_id, k.used_at, k.num_pages as quantity, k.cost_cents::bigint as cents
    from known k where k.cost_cents <> 0 and not k.is_test
    union all
    select 'rent', r.subject_id, r.billed_at, 1, r.cents from rents r where r.cents <> 0
  ), own as (
    select of_period as charge_period, (c.used_at at time zone (select billing_zone from bounds))::date as usage_date, c.charge_kind, c.subject_id, c.quantity, c.cents
    from charges c
    where closing = 1 and not exists (
      select from recon.bill_lines l where l.account_id = of_account and l.charge_kind = c.charge_kind and l.subject_id = c.subject_id)
  ), late as (
    select c.charge_period, c.usage_date, c.charge_kind, c.subject_id, c.quantity, c.cents
    from recon.corrections(of_account, date '2000-01-01', case when closing = 1 then of_period - interval '1 month' else of_period end::date,
      greatest(run.as_of, (select max(k.as_of) from recon.closings k where k.account_id = of_account))) c
  ), added as (
    insert into recon.bill_lines (account_id, billing_period, closing_no, charge_period, usage_date, charge_kind, subject_id, is_correction, quantity, cents)
    select of_account, of_period, closing, n.charge_period, n.usage_date, n.charge_kind, n.subject_id, n.charge_period < of_period, n.quantity, n.cents
    from (select * from own union all select * from late) n
    order by n.charge_kind, n.subject_id collate "C"
    returning is_correction, cents
  )
  select count(*) as line_count, coalesce(sum(cents), 0)::bigint as billed_cents, count(*) filter (where is_correction) as correction_count,
    coalesce(sum(cents) filter (where is_correction), 0)::bigint as correction_cents,
    (select encode(sha256(convert_to(coalesce(string_agg(d.day || ' ' || d.digest, ',' order by d.day), ''), 'UTF8')), 'hex') from seen_days d) as input_digest
  into bill
  from added;
  if bill.input_digest is distinct from run.input_digest then
    raise exception 'Month % of account % is no longer what its run has seen.', to_char(of_period, 'YYYY-MM'), of_account using errcode = 'FX001';
  end if;

  insert into recon.closing_items (account_id, period, closing_no, item_id, check_id, subject_kind, subject_id, reason, severity, state, cents,
    owed_cents, decided_by, approved_by, note)
  select i.account_id, i.period, closing, i.item_id, i.check_id, i.subject_kind, i.subject_id, i.reason, i.severity, i.state, i.cents, i.owed_cents,
    i.decided_by, i.approved_by, i.note
  from recon.items i where i.account_id = of_account and i.period = of_period;

  insert into recon.closings (account_id, period, closing_no, run_id, as_of, prepared_by, prepared_at, approved_by, closed_at, read_at, statement,
    line_count, billed_cents, correction_count, correction_cents, lines_digest, results_digest, items_digest)
  select of_account, of_period, closing, run.run_id, run.as_of, held.prepared_by, held.prepared_at, approver, closed_at, transaction_timestamp(),
    held.statement, bill.line_count, bill.billed_cents, bill.correction_count, bill.correction_cents,
    recon.lines_digest(of_account, of_period, closing), run.results_digest, recon.items_digest(of_account, of_period, closing)
  returning * into kept;

  update recon.periods p set state = 'closed', closing_no = closing, changed_at = closed_at where p.account_id = of_account and p.period = of_period;

  insert into recon.events (account_id, actor, kind, period, run_id, details)
  values (of_account, approver, 'period_closed', of_period, run.run_id, json_build_object('closing_no', closing, 'closing_digest', recon.closing_digest(kept),
    'lines_digest', kept.lines_digest, 'items_digest', kept.items_digest, 'results_digest', kept.results_digest, 'line_count', kept.line_count,
    'billed_cents', kept.billed_cents, 'correction_count', kept.correction_count, 'correction_cents', kept.correction_cents,
    'prepared_by', kept.prepared_by, 'approved_by', kept.approved_by)::text)
  returning digest into chain;

  return to_jsonb(kept) || jsonb_build_object('head', chain);
end
$$;
comment on function recon.close_month is 'Closes a prepared month: lines, items, closing, state and event, or nothing of it. SQLSTATE FX001 where what the run saw is no longer what is known of its instant. Security definer: nobody adds lines or closings by themselves.';
revoke execute on function recon.close_month from public;
grant execute on function recon.close_month to faxsync_reconciler;
