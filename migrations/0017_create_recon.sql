-- Why: schema recon holds what the reconciliation found and what people decided. This script makes its runs, results, items and months, the
--   next one what is never changed again. It is written by members of faxsync_reconciler only, who can change nothing of the mirror.
-- Locks: new tables only. Safe with the code before it: yes, nothing reads them.

do $$
begin
  create role faxsync_reconciler nologin;
exception
  when duplicate_object or unique_violation then null; -- Roles belong to the whole server.
end
$$;

create schema recon;
comment on schema recon is 'The reconciliation: runs of the checks, what differs, who explained it, and the periods of the bill.';

create table recon.settings_versions (
  settings_version integer generated always as identity primary key,
  account_id integer not null,
  kind text not null,
  digest text not null,
  content jsonb not null,
  first_used_at timestamptz not null,
  constraint settings_versions_once unique (account_id, kind, digest),
  constraint settings_versions_kind_known check (kind in ('tolerances', 'rates'))
);
comment on table recon.settings_versions is 'Every set of tolerances and of negotiated rates that a run has used; never changed.';
comment on column recon.settings_versions.settings_version is 'Number of the version; runs name it.';
comment on column recon.settings_versions.account_id is 'warehouse.accounts.account_id.';
comment on column recon.settings_versions.kind is 'tolerances: limits and tolerances of the checks; rates: negotiated prices, which stand above the provider''s list.';
comment on column recon.settings_versions.digest is 'SHA-256 of the content as text, hexadecimal.';
comment on column recon.settings_versions.content is 'The settings as they were.';
comment on column recon.settings_versions.first_used_at is 'When a run used them first.';

create table recon.runs (
  run_id bigint generated always as identity primary key,
  account_id integer not null,
  period date not null,
  as_of timestamptz not null,
  status text not null,
  every text not null,
  code_version text not null,
  tolerances_version integer not null,
  rates_version integer not null,
  rate_card_observation bigint,
  started_at timestamptz not null,
  finished_at timestamptz,
  results_run_id bigint,
  fax_count bigint,
  charge_count bigint,
  charged_cents bigint,
  input_digest text,
  results_digest text,
  tested_count bigint,
  matched_count bigint,
  tested_cents bigint,
  matched_cents bigint,
  exception_count integer,
  unexplained_cents bigint,
  owed_cents bigint,
  error_code text,
  constraint runs_status_known check (status in ('running', 'complete', 'failed')),
  constraint runs_every_known check (every in ('hour', 'day'))
);
create index runs_period on recon.runs (account_id, period, run_id);
comment on table recon.runs is 'One row a run of the checks over one period of one account.';
comment on column recon.runs.run_id is 'Number of the run.';
comment on column recon.runs.account_id is 'warehouse.accounts.account_id.';
comment on column recon.runs.period is 'First day of the month of the bill, in the account''s billing zone.';
comment on column recon.runs.as_of is 'The run saw what had been looked at until this instant.';
comment on column recon.runs.status is 'running, complete or failed. A newer complete run of the same period supersedes it.';
comment on column recon.runs.every is 'hour: it had only the checks of every hour; day: all of them. Only such a run makes a month ready and can be prepared.';
comment on column recon.runs.code_version is 'Version of faxsync that ran.';
comment on column recon.runs.tolerances_version is 'recon.settings_versions.settings_version.';
comment on column recon.runs.rates_version is 'recon.settings_versions.settings_version.';
comment on column recon.runs.rate_card_observation is 'Number of the latest look at the price list that the run knew; null where there was none.';
comment on column recon.runs.started_at is 'When it began.';
comment on column recon.runs.finished_at is 'When it ended; null while it runs.';
comment on column recon.runs.results_run_id is 'Run whose rows in recon.results are its results: itself, or an earlier one that found exactly the same.';
comment on column recon.runs.fax_count is 'Faxes of the period that the run saw.';
comment on column recon.runs.charge_count is 'Charges of the period that the run saw.';
comment on column recon.runs.charged_cents is 'Their sum in US cents.';
comment on column recon.runs.input_digest is 'Digest over number and cost of every fax and rent the run saw: equal digest, equal input.';
comment on column recon.runs.results_digest is 'Digest over the results and what differs: equal digest, equal results.';
comment on column recon.runs.tested_count is 'Faxes whose cost was held against their rate.';
comment on column recon.runs.matched_count is 'Those whose cost agrees.';
comment on column recon.runs.tested_cents is 'Cost in US cents of the faxes held against their rate.';
comment on column recon.runs.matched_cents is 'Cost in US cents of those that agree.';
comment on column recon.runs.exception_count is 'Rows that differ and that nobody has explained, by checks of severity error and warn.';
comment on column recon.runs.unexplained_cents is 'Their US cents, each without its sign, by checks of severity error.';
comment on column recon.runs.owed_cents is 'US cents that the provider owes after the run by items of the month that are open or disputed, less what it has credited of them; of a run that looks back by what it found itself.';
comment on column recon.runs.error_code is 'Why it failed, as a stable word; null where it did not.';

create table recon.results (
  run_id bigint not null,
  check_id text not null,
  grain text not null,
  account_id integer not null,
  outcome text not null,
  severity text not null,
  unit text not null,
  left_value numeric,
  right_value numeric,
  tolerance_amount numeric,
  tolerance_share numeric,
  tested_count bigint not null,
  within_count bigint not null,
  explained_count bigint not null,
  exception_count bigint not null,
  untestable_count bigint not null,
  exception_cents bigint not null,
  owed_cents bigint not null,
  reason text,
  findings_digest text,
  constraint results_pkey primary key (run_id, check_id, grain),
  constraint results_outcome_known check (outcome in ('pass', 'within_tolerance', 'explained', 'exception', 'not_testable'))
);
comment on table recon.results is 'What each check found, one row a check and grain; of runs that found the same only the first has rows.';
comment on column recon.results.run_id is 'recon.runs.run_id; see results_run_id there.';
comment on column recon.results.check_id is 'C1 to C24; docs/reconciliation.md says what each holds against what.';
comment on column recon.results.grain is 'What the row is about: a day in the billing zone, a line, or the whole period.';
comment on column recon.results.account_id is 'warehouse.accounts.account_id.';
comment on column recon.results.outcome is 'The worst of what was tested: exception, then explained, within_tolerance, pass; not_testable where nothing could be tested.';
comment on column recon.results.severity is 'error, warn or info: what an exception of this check is worth.';
comment on column recon.results.unit is 'Unit of left and right: cents, faxes, ...';
comment on column recon.results.left_value is 'Sum of the left sides that were tested.';
comment on column recon.results.right_value is 'Sum of the right sides that were tested.';
comment on column recon.results.tolerance_amount is 'Largest difference of one row that passes, in the unit; null: any. The stricter of amount and share holds.';
comment on column recon.results.tolerance_share is 'Largest difference of one row that passes, as a share of its right side; null: any.';
comment on column recon.results.tested_count is 'Rows that were tested.';
comment on column recon.results.within_count is 'Rows that differ by no more than the tolerance.';
comment on column recon.results.explained_count is 'Rows that differ for a reason the check itself knows.';
comment on column recon.results.exception_count is 'Rows that differ.';
comment on column recon.results.untestable_count is 'Rows that could not be tested.';
comment on column recon.results.exception_cents is 'US cents at stake in the rows that differ, each without its sign.';
comment on column recon.results.owed_cents is 'US cents of these that the provider owes.';
comment on column recon.results.reason is 'The most frequent reason: of the exceptions, else of what is explained, else of what cannot be tested; null where all passes.';
comment on column recon.results.findings_digest is 'SHA-256 over the rows that differ or are explained; null where none is.';

create function recon.plain_name(name text) returns text language sql immutable as $$
  select lower(regexp_replace(normalize(name, NFKC), '[[:punct:][:space:]]+', '', 'g'))
$$;
comment on function recon.plain_name is 'A name by which a person signs as it is compared: whatever the case of its letters, the space around and inside it, and dots, commas and dashes.';

create table recon.items (
  item_id bigint generated always as identity primary key,
  account_id integer not null,
  period date not null,
  check_id text not null,
  subject_kind text not null,
  subject_id text not null,
  grain text not null,
  reason text not null,
  severity text not null,
  is_gate boolean not null default false,
  state text not null,
  actual numeric,
  expected numeric,
  cents bigint not null,
  owed_cents bigint not null,
  owner text,
  note text,
  ticket text,
  claimed_cents bigint,
  credited_cents bigint,
  decided_by text,
  approved_by text,
  opened_at timestamptz not null,
  opened_run_id bigint not null,
  changed_at timestamptz not null,
  changed_run_id bigint not null,
  cleared_run_id bigint,
  reopened_count integer not null default 0,
  constraint items_once unique (account_id, period, check_id, subject_kind, subject_id),
  constraint items_state_known check (state in ('open', 'explained', 'disputed', 'accepted', 'written_off', 'closed', 'cleared')),
  constraint items_two_people check (approved_by is null or recon.plain_name(approved_by) <> recon.plain_name(decided_by))
);
create index items_standing on recon.items (account_id, period) where state <> 'cleared';
create index items_open on recon.items (account_id, period) where state = 'open';
comment on table recon.items is 'What differs, one row a check and subject, and what became of it. Never deleted: what passes again is cleared, what comes back is open again.';
comment on column recon.items.item_id is 'Number of the item; logs and messages name it and never its subject.';
comment on column recon.items.account_id is 'warehouse.accounts.account_id.';
comment on column recon.items.period is 'First day of the month in whose bill it stands.';
comment on column recon.items.check_id is 'Check that found it.';
comment on column recon.items.subject_kind is 'fax, number, day, window, snapshot, line, receipt, tag, stream, account or export.';
comment on column recon.items.subject_id is 'Id of the fax, own phone number with the instant of its rent, day, number of the look, line of an invoice, ...';
comment on column recon.items.grain is 'Row of recon.results it counts in.';
comment on column recon.items.reason is 'Why it differs, as a stable word; docs/reconciliation.md lists them.';
comment on column recon.items.severity is 'error, warn or info.';
comment on column recon.items.is_gate is 'True where the month cannot be made ready while it is open.';
comment on column recon.items.state is 'open; explained (by the check itself, or by somebody); disputed with the provider; accepted; written_off; closed; cleared: it passed since.';
comment on column recon.items.actual is 'Left side of the check; null where it is not known.';
comment on column recon.items.expected is 'Right side of the check; null where it is not known.';
comment on column recon.items.cents is 'US cents at stake: above zero where the account paid too much.';
comment on column recon.items.owed_cents is 'US cents of these that the provider owes.';
comment on column recon.items.owner is 'Who looks after it.';
comment on column recon.items.note is 'What was found out. No personal data of patients belongs here.';
comment on column recon.items.ticket is 'Number of the dispute at the provider.';
comment on column recon.items.claimed_cents is 'US cents claimed in the dispute.';
comment on column recon.items.credited_cents is 'US cents the provider agreed to.';
comment on column recon.items.decided_by is 'Who set the present state; faxsync where a run explained or cleared it; null where a run left it open.';
comment on column recon.items.approved_by is 'Second person of a write-off above the limit; somebody else than decided_by.';
comment on column recon.items.opened_at is 'When a run found it first; its age counts from here.';
comment on column recon.items.opened_run_id is 'That run.';
comment on column recon.items.changed_at is 'When state or figures changed last.';
comment on column recon.items.changed_run_id is 'Latest run that changed it.';
comment on column recon.items.cleared_run_id is 'Run in which it passed again; null while it differs.';
comment on column recon.items.reopened_count is 'How often it was open again after it was cleared or somebody had decided about it.';

create table recon.periods (
  account_id integer not null,
  period date not null,
  state text not null,
  settles_on date not null,
  changed_at timestamptz not null,
  prepared_by text,
  prepared_at timestamptz,
  prepared_run_id bigint,
  statement text,
  closing_no smallint not null default 0,
  constraint periods_pkey primary key (account_id, period),
  constraint periods_first_day check (extract(day from period) = 1),
  constraint periods_state_known check (state in ('open', 'settling', 'ready', 'prepared', 'closed', 'reopened'))
);
comment on table recon.periods is 'Where each month of the bill stands, one row an account and month.';
comment on column recon.periods.account_id is 'warehouse.accounts.account_id.';
comment on column recon.periods.period is 'First day of the month, in the account''s billing zone.';
comment on column recon.periods.state is 'open, settling (it ended, credits still come), ready (nothing stands unexplained), prepared, closed, reopened.';
comment on column recon.periods.settles_on is 'Day from which on it may be ready.';
comment on column recon.periods.changed_at is 'When the state changed last.';
comment on column recon.periods.prepared_by is 'Who prepared the bill; null before.';
comment on column recon.periods.prepared_at is 'When.';
comment on column recon.periods.prepared_run_id is 'Run whose results were prepared.';
comment on column recon.periods.statement is 'What the preparer says of it.';
comment on column recon.periods.closing_no is 'How often it was closed; 0 where never.';

create function recon.protect_table(recon_table text) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  execute format('alter table recon.%I enable row level security', recon_table);
  execute format('create policy all_accounts on recon.%I to faxsync_reconciler, faxsync_reader using (true) with check (true)', recon_table);
  execute format(
    'create policy granted_accounts on recon.%I for select to faxsync_bi using (account_id in (select warehouse.visible_accounts()))', recon_table);
  execute format('grant select on recon.%I to faxsync_reader, faxsync_bi', recon_table);
  execute format('grant select, insert on recon.%I to faxsync_reconciler', recon_table);
end
$$;
comment on function recon.protect_table is 'For migrations: gives a table of schema recon its row-level security, and the rights to read it and to add rows.';
revoke execute on function recon.protect_table from public;

select recon.protect_table(name) from unnest(array['settings_versions', 'runs', 'results', 'items', 'periods']) name;
grant update on recon.runs, recon.items, recon.periods to faxsync_reconciler;
grant usage on schema recon to faxsync_reconciler, faxsync_reader, faxsync_bi;
