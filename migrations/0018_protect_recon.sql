-- Why: what was closed stays as it was, by grants first and by triggers for whoever owns the tables; what people and runs did is kept in
--   a chain of events, each with the digest of the one before it, so that nothing can be changed or left out unseen.
-- Locks: new tables, and short ones on tables made by the migration before. Safe with the code before it: yes, nothing reads them.

create table recon.closings (
  account_id integer not null,
  period date not null,
  closing_no smallint not null,
  run_id bigint not null,
  as_of timestamptz not null,
  prepared_by text not null,
  prepared_at timestamptz not null,
  approved_by text not null,
  closed_at timestamptz not null,
  read_at timestamptz not null,
  statement text,
  line_count bigint not null,
  billed_cents bigint not null,
  correction_count bigint not null,
  correction_cents bigint not null,
  lines_digest text not null,
  results_digest text not null,
  items_digest text not null,
  constraint closings_pkey primary key (account_id, period, closing_no),
  constraint closings_two_people check (recon.plain_name(prepared_by) <> recon.plain_name(approved_by))
);
comment on table recon.closings is 'Each closing of a month: who prepared, who approved, and the figures that stand from then on. Never changed.';
comment on column recon.closings.account_id is 'warehouse.accounts.account_id.';
comment on column recon.closings.period is 'First day of the month.';
comment on column recon.closings.closing_no is '1 for the first closing, more after a reopening.';
comment on column recon.closings.run_id is 'Run whose results were approved.';
comment on column recon.closings.as_of is 'The lines hold what had been looked at until this instant; corrections until that of an earlier closing where it is later.';
comment on column recon.closings.prepared_by is 'Who prepared it.';
comment on column recon.closings.prepared_at is 'When.';
comment on column recon.closings.approved_by is 'Who approved it; somebody else.';
comment on column recon.closings.closed_at is 'When it was closed.';
comment on column recon.closings.read_at is 'When the lines were read, by the database''s clock: what was loaded later may change what they say, and becomes a correction.';
comment on column recon.closings.statement is 'What the preparer said.';
comment on column recon.closings.line_count is 'Lines this closing added to the bill.';
comment on column recon.closings.billed_cents is 'Their sum in US cents, corrections of earlier months included.';
comment on column recon.closings.correction_count is 'Lines of these that correct earlier months.';
comment on column recon.closings.correction_cents is 'Sum of these in US cents.';
comment on column recon.closings.lines_digest is 'SHA-256 over the lines, day by day: see function recon.lines_digest.';
comment on column recon.closings.results_digest is 'recon.runs.results_digest of the run.';
comment on column recon.closings.items_digest is 'SHA-256 over the items of the month as they stood: see function recon.items_digest.';

create table recon.bill_lines (
  account_id integer not null,
  billing_period date not null,
  closing_no smallint not null,
  charge_period date not null,
  usage_date date not null,
  charge_kind text not null,
  subject_id text collate "C" not null,
  is_correction boolean not null,
  quantity integer,
  cents bigint not null,
  constraint bill_lines_pkey primary key (account_id, charge_kind, subject_id, billing_period, closing_no),
  constraint bill_lines_kind_known check (charge_kind in ('fax', 'rent')),
  constraint bill_lines_correction check (is_correction = (charge_period < billing_period))
);
create index bill_lines_period on recon.bill_lines (account_id, billing_period, usage_date);
create index bill_lines_charged on recon.bill_lines (account_id, charge_period);
comment on table recon.bill_lines is 'The lines of closed months: one row a fax or rent and closing, with what that closing added. The sum of a subject''s lines is what it was billed. Never changed.';
comment on column recon.bill_lines.account_id is 'warehouse.accounts.account_id.';
comment on column recon.bill_lines.billing_period is 'Month in whose bill the line stands.';
comment on column recon.bill_lines.closing_no is 'recon.closings.closing_no.';
comment on column recon.bill_lines.charge_period is 'Month in which the fax was sent or the rent was due; earlier than billing_period in corrections.';
comment on column recon.bill_lines.usage_date is 'That day, in the account''s billing zone.';
comment on column recon.bill_lines.charge_kind is 'fax: its price less credits; rent: a month of a number.';
comment on column recon.bill_lines.subject_id is 'Id of the fax; number and instant of the rent.';
comment on column recon.bill_lines.is_correction is 'True where the line changes what an earlier closed month said.';
comment on column recon.bill_lines.quantity is 'Pages of the fax, or 1 month, beyond those of earlier lines of it; null where not known.';
comment on column recon.bill_lines.cents is 'US cents.';

create table recon.closing_items (
  account_id integer not null,
  period date not null,
  closing_no smallint not null,
  item_id bigint not null,
  check_id text not null,
  subject_kind text not null,
  subject_id text not null,
  reason text not null,
  severity text not null,
  state text not null,
  cents bigint not null,
  owed_cents bigint not null,
  decided_by text,
  approved_by text,
  note text,
  constraint closing_items_pkey primary key (account_id, period, closing_no, item_id)
);
comment on table recon.closing_items is 'The items of a month as they stood when it was closed. Never changed.';
comment on column recon.closing_items.account_id is 'warehouse.accounts.account_id.';
comment on column recon.closing_items.period is 'recon.closings.period.';
comment on column recon.closing_items.closing_no is 'recon.closings.closing_no.';
comment on column recon.closing_items.item_id is 'recon.items.item_id.';
comment on column recon.closing_items.check_id is 'As recon.items.check_id.';
comment on column recon.closing_items.subject_kind is 'As recon.items.subject_kind.';
comment on column recon.closing_items.subject_id is 'As recon.items.subject_id.';
comment on column recon.closing_items.reason is 'As recon.items.reason then.';
comment on column recon.closing_items.severity is 'As recon.items.severity then.';
comment on column recon.closing_items.state is 'As recon.items.state then.';
comment on column recon.closing_items.cents is 'As recon.items.cents then.';
comment on column recon.closing_items.owed_cents is 'As recon.items.owed_cents then.';
comment on column recon.closing_items.decided_by is 'As recon.items.decided_by then.';
comment on column recon.closing_items.approved_by is 'As recon.items.approved_by then.';
comment on column recon.closing_items.note is 'As recon.items.note then.';

create table recon.events (
  account_id integer not null,
  sequence_no bigint not null,
  happened_at timestamptz not null,
  actor text not null,
  login text not null,
  kind text not null,
  period date,
  item_id bigint,
  run_id bigint,
  details text not null,
  previous_digest text not null,
  digest text not null,
  constraint events_pkey primary key (account_id, sequence_no)
);
create index events_item on recon.events (account_id, item_id) where item_id is not null;
comment on table recon.events is 'What happened to items and periods, one chain an account: each event holds the digest of the one before it. Never changed.';
comment on column recon.events.account_id is 'warehouse.accounts.account_id.';
comment on column recon.events.sequence_no is 'Place in the chain, from 1 without a gap.';
comment on column recon.events.happened_at is 'When, by the database''s clock.';
comment on column recon.events.actor is 'Who, as they named themselves; faxsync for what a run did.';
comment on column recon.events.login is 'Login of the database session that wrote it.';
comment on column recon.events.kind is 'What happened, as a stable word: item_opened, item_cleared, period_closed, ...';
comment on column recon.events.period is 'Month concerned; null where none is.';
comment on column recon.events.item_id is 'Item concerned; null where none is.';
comment on column recon.events.run_id is 'Run concerned; null where none is.';
comment on column recon.events.details is 'What else there is to know, as JSON text. No personal data.';
comment on column recon.events.previous_digest is 'digest of the event before it; 64 zeros for the first.';
comment on column recon.events.digest is 'SHA-256, hexadecimal, over the previous digest and every other column, each as <length in bytes>:<text>; docs/reconciliation.md says how.';

-- One text of all columns, in which no two different events look alike: of each its length in bytes, a colon and its text; of null a dash.
-- Without settings of its own, so that it becomes part of what calls it: half the time of a call for each event.
create function recon.event_text(e recon.events) returns text language sql immutable as $$
  select concat(
    octet_length(convert_to(e.previous_digest, 'UTF8')), ':', e.previous_digest,
    octet_length(e.account_id::text), ':', e.account_id, octet_length(e.sequence_no::text), ':', e.sequence_no,
    '27:', to_char(e.happened_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    octet_length(convert_to(e.actor, 'UTF8')), ':', e.actor, octet_length(convert_to(e.login, 'UTF8')), ':', e.login,
    octet_length(convert_to(e.kind, 'UTF8')), ':', e.kind, coalesce('10:' || to_char(e.period, 'YYYY-MM-DD'), '-'),
    coalesce(octet_length(e.item_id::text) || ':' || e.item_id, '-'), coalesce(octet_length(e.run_id::text) || ':' || e.run_id, '-'),
    octet_length(convert_to(e.details, 'UTF8')), ':', e.details)
$$;
comment on function recon.event_text is 'The text of an event whose SHA-256 is its digest.';

create function recon.chain_event() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  last record;
begin
  -- Writers of one account's chain take turns; the lock goes with the transaction.
  perform pg_advisory_xact_lock(hashtextextended('recon.events', new.account_id));
  select sequence_no, digest into last from recon.events where account_id = new.account_id order by sequence_no desc limit 1;
  new.sequence_no := coalesce(last.sequence_no, 0) + 1;
  new.previous_digest := coalesce(last.digest, repeat('0', 64));
  new.happened_at := date_trunc('microseconds', clock_timestamp());
  new.login := session_user;
  new.digest := encode(sha256(convert_to(recon.event_text(new), 'UTF8')), 'hex');
  return new;
end
$$;
comment on function recon.chain_event is 'Puts an event at the end of its account''s chain; place, time, login and digests are never the writer''s.';
create trigger events_chained before insert on recon.events for each row execute function recon.chain_event();

create function recon.refuse_change() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'Rows of recon.% are never changed or removed; what changes later becomes a correction in the next open month.', tg_table_name
    using errcode = 'restrict_violation';
end
$$;
comment on function recon.refuse_change is 'Refuses every update, delete and truncate, whoever asks.';

create function recon.keep_rows(recon_table text, may_change boolean) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  execute format('create trigger %I before %s on recon.%I for each row execute function recon.refuse_change()',
    recon_table || '_stay', case when may_change then 'delete' else 'update or delete' end, recon_table);
  execute format('create trigger %I before truncate on recon.%I execute function recon.refuse_change()', recon_table || '_kept', recon_table);
end
$$;
comment on function recon.keep_rows is 'For migrations: nobody removes a row of this table of schema recon, nor changes one unless may_change.';
revoke execute on function recon.keep_rows from public;

select recon.protect_table(name) from unnest(array['closings', 'closing_items', 'bill_lines', 'events']) name;
select recon.keep_rows(name, false) from unnest(array['settings_versions', 'results', 'closings', 'closing_items', 'bill_lines', 'events']) name;
select recon.keep_rows(name, true) from unnest(array['runs', 'items', 'periods']) name;

-- What an item and a month are about never changes, only what became of them.
create trigger items_same before update on recon.items for each row
  when ((old.item_id, old.account_id, old.period, old.check_id, old.subject_kind, old.subject_id, old.opened_at, old.opened_run_id)
    is distinct from (new.item_id, new.account_id, new.period, new.check_id, new.subject_kind, new.subject_id, new.opened_at, new.opened_run_id))
  execute function recon.refuse_change();
create trigger periods_same before update on recon.periods for each row
  when ((old.account_id, old.period) is distinct from (new.account_id, new.period))
  execute function recon.refuse_change();

create function recon.keep_finished_run() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if old.status <> 'running' then
    raise exception 'Run % is over and stays as it is.', old.run_id using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
comment on function recon.keep_finished_run is 'A run is changed once: when it ends.';
create trigger runs_kept_finished before update on recon.runs for each row execute function recon.keep_finished_run();

create function recon.begin_run() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if new.status <> 'running' or new.finished_at is not null or new.input_digest is not null or new.results_digest is not null then
    raise exception 'A run begins as running, without what it found.' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
comment on function recon.begin_run is 'A run begins as running; what it found comes with its end.';
create trigger runs_begun before insert on recon.runs for each row execute function recon.begin_run();

create function recon.check_results() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if exists (
    select from (select distinct run_id, account_id from added) a
    where not exists (select from recon.runs r where r.run_id = a.run_id and r.account_id = a.account_id and r.status = 'running')
  ) then
    raise exception 'Only a run that is under way takes results.' using errcode = 'restrict_violation';
  end if;
  return null;
end
$$;
comment on function recon.check_results is 'Refuses results of a run that is over.';
create trigger results_in_time after insert on recon.results
  referencing new table as added for each statement execute function recon.check_results();

create function recon.begin_period() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if new.state <> 'open' or new.closing_no <> 0 or new.prepared_by is not null then
    raise exception 'A month begins as open.' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
comment on function recon.begin_period is 'A month begins as open and was never closed.';
create trigger periods_begun before insert on recon.periods for each row execute function recon.begin_period();

create function recon.step_period() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if new.closing_no <> old.closing_no + (new.state = 'closed' and old.state <> 'closed')::integer then
    raise exception 'The number of closings of month % of account % rises by a closing only.', to_char(old.period, 'YYYY-MM'), old.account_id
      using errcode = 'restrict_violation';
  end if;
  if old.state = new.state and old.state <> 'closed' then
    return new;
  end if;
  if not (old.state, new.state) in (
    ('open', 'settling'), ('settling', 'ready'), ('ready', 'settling'), ('ready', 'prepared'), ('prepared', 'settling'),
    ('prepared', 'closed'), ('closed', 'reopened'), ('reopened', 'ready'), ('reopened', 'settling')
  ) then
    raise exception 'Month % of account % cannot go from % to %.', to_char(old.period, 'YYYY-MM'), old.account_id, old.state, new.state
      using errcode = 'restrict_violation';
  end if;
  if new.state = 'closed' and not exists (
    select from recon.closings c where c.account_id = new.account_id and c.period = new.period and c.closing_no = new.closing_no
  ) then
    raise exception 'Month % of account % cannot be closed without its closing.', to_char(old.period, 'YYYY-MM'), old.account_id
      using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
comment on function recon.step_period is 'A month goes only from state to state as docs/reconciliation.md has it; a closed one only by a reopening.';
create trigger periods_stepped before update on recon.periods for each row execute function recon.step_period();

-- A closing comes with its lines and items while the month is prepared. Only function recon.close_month may add them.
create function recon.check_closing() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if exists (
    select from (select distinct account_id, period, closing_no from added) a
    where not exists (
      select from recon.periods p
      where p.account_id = a.account_id and p.period = a.period and p.state = 'prepared' and p.closing_no + 1 = a.closing_no
    )
  ) then
    raise exception 'Only a prepared month is closed.' using errcode = 'restrict_violation';
  end if;
  return null;
end
$$;
comment on function recon.check_closing is 'Refuses closings, and items of closings, of a month that is not prepared.';
create trigger closings_in_time after insert on recon.closings
  referencing new table as added for each statement execute function recon.check_closing();
create trigger closing_items_in_time after insert on recon.closing_items
  referencing new table as added for each statement execute function recon.check_closing();

create function recon.check_lines() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if exists (
    select from (select distinct account_id, billing_period, closing_no from added) a
    where not exists (
      select from recon.periods p
      where p.account_id = a.account_id and p.period = a.billing_period and p.state = 'prepared' and p.closing_no + 1 = a.closing_no
    )
  ) then
    raise exception 'Only a prepared month takes lines.' using errcode = 'restrict_violation';
  end if;
  return null;
end
$$;
comment on function recon.check_lines is 'Refuses lines of a month that is not prepared.';
create trigger bill_lines_in_time after insert on recon.bill_lines
  referencing new table as added for each statement execute function recon.check_lines();
revoke insert on recon.closings, recon.closing_items, recon.bill_lines from faxsync_reconciler;
