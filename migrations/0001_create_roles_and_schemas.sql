-- Why: schemas by reader (warehouse: the mirrored account, ops: how it got there, report: stable views) and one group role for
--   each kind of access, so that a login is given rights by membership and never by single grants.
-- Locks: none beyond the catalogue. Safe with the code before it: there is none.
-- Roles belong to the whole server; two databases may be migrated at once, so "already there" is not an error.

do $$
declare
  role_name text;
begin
  foreach role_name in array array['faxsync_loader', 'faxsync_reader', 'faxsync_bi'] loop
    begin
      execute format('create role %I nologin', role_name);
    exception
      when duplicate_object or unique_violation then null;
    end;
  end loop;
  -- COPY into a table with row-level security needs this. It counts for logins as faxsync_loader itself; members do not inherit it
  -- (alter role <login> bypassrls). Where the server does not let us grant it, the load path notices and inserts instead.
  begin
    alter role faxsync_loader bypassrls;
  exception
    when insufficient_privilege then
      raise notice 'faxsync_loader has no bypassrls: loads will use insert instead of copy';
    when sqlstate 'XX000' then null; -- "tuple concurrently updated": another database's migration did it just now
  end;
end
$$;

create schema if not exists ops;
create schema warehouse;
create schema report;

comment on schema ops is 'How the mirror was made: the load ledger, control totals, rejected records, schema drift, state.';
comment on schema warehouse is 'The mirrored account: faxes with recipients, barcodes and history, numbers, balances, rates.';
comment on schema report is 'Views for readers; names and columns are an interface and change only with a notice.';

grant usage on schema warehouse, ops to faxsync_loader;
grant usage on schema warehouse, report, ops to faxsync_reader;
grant usage on schema warehouse, report to faxsync_bi;
