-- Why: who may read what. A reader sees all accounts; a BI login sees the accounts it was granted in warehouse.account_grants
--   and nothing else (row-level security; report views run with the caller's rights).
-- Locks: short exclusive locks on empty tables. Safe with the code before it: yes.

create table warehouse.account_grants (
  role_name name not null,
  account_id integer not null,
  constraint account_grants_pkey primary key (role_name, account_id)
);
comment on table warehouse.account_grants is 'Which accounts a login in the role faxsync_bi may read.';
comment on column warehouse.account_grants.role_name is 'The login.';
comment on column warehouse.account_grants.account_id is 'warehouse.accounts.account_id.';

create function warehouse.visible_accounts() returns setof integer
language sql stable security definer set search_path = warehouse, pg_temp as $$
  select account_id from warehouse.account_grants where role_name = session_user
$$;
comment on function warehouse.visible_accounts is 'Accounts granted to the login that asks. Security definer: a login cannot read or change the grants themselves.';

do $$
declare
  table_name text;
  tables text[] := array['accounts', 'faxes', 'fax_recipients', 'fax_barcodes', 'fax_history', 'phone_numbers',
    'phone_number_history', 'phone_number_charges', 'account_snapshots', 'rate_card'];
begin
  foreach table_name in array tables loop
    execute format('alter table warehouse.%I enable row level security', table_name);
    execute format('create policy all_accounts on warehouse.%I to faxsync_loader, faxsync_reader using (true) with check (true)', table_name);
    execute format(
      'create policy granted_accounts on warehouse.%I for select to faxsync_bi using (account_id in (select warehouse.visible_accounts()))',
      table_name);
    execute format('grant select on warehouse.%I to faxsync_reader, faxsync_bi', table_name);
    execute format('grant select, insert, update on warehouse.%I to faxsync_loader', table_name);
  end loop;
end
$$;

-- Sets are replaced and late looks rewrite a fax's history; nothing else is ever deleted by the loader.
grant delete on warehouse.fax_recipients, warehouse.fax_barcodes, warehouse.fax_history,
  warehouse.phone_number_history, warehouse.rate_card to faxsync_loader;
grant select on warehouse.error_codes to faxsync_loader, faxsync_reader, faxsync_bi;
grant select, insert, update on ops.landed_objects, ops.slices, ops.fax_looks, ops.rejected_records, ops.schema_drift to faxsync_loader;
grant delete on ops.fax_looks to faxsync_loader;
-- What status shows; rejected_records hold personal data and stay with the loader.
grant select on ops.landed_objects, ops.slices, ops.fax_looks, ops.schema_drift to faxsync_reader;
-- Written by the runner; whoever works with the schema may ask which one it is.
grant select on ops.migrations, ops.report_scripts to faxsync_loader, faxsync_reader;
