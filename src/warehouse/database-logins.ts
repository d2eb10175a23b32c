/**
 * Makes the logins of the deployed functions, in one statement that may run again and beside itself: run by Aurora's master, who is no
 * superuser. `faxsync_migrate` owns the database and makes the schema, `faxsync_load` writes the mirror, `faxsync_reconcile` reads it;
 * all three log in by IAM. The group roles are made here too, since a role may only be given away by who made it.
 *
 * A session whose function is gone ends by itself: nothing of ours rests for a minute inside a transaction. These are settings of the role, as a
 * proxy would pin a session that sets anything.
 *
 * Without a colon: the Data API would take what follows it for a parameter.
 */
export const MAKE_LOGINS = `
do $$
declare
  role_name text;
begin
  perform pg_advisory_xact_lock(1717660780);
  foreach role_name in array array['faxsync_loader', 'faxsync_reader', 'faxsync_bi'] loop
    if not exists (select from pg_roles where rolname = role_name) then
      execute format('create role %I nologin', role_name);
    end if;
  end loop;
  foreach role_name in array array['faxsync_migrate', 'faxsync_load', 'faxsync_reconcile'] loop
    if not exists (select from pg_roles where rolname = role_name) then
      execute format('create role %I login', role_name);
    end if;
    if not pg_has_role(role_name, 'rds_iam', 'member') then
      execute format('grant rds_iam to %I', role_name);
    end if;
  end loop;
  foreach role_name in array array['faxsync_load', 'faxsync_reconcile'] loop
    execute format('alter role %I set idle_in_transaction_session_timeout = %L', role_name, '60s');
    execute format('alter role %I set client_connection_check_interval = %L', role_name, '10s');
  end loop;
  -- The first migration makes the group roles where they are missing.
  alter role faxsync_migrate createrole;
  if not pg_has_role('faxsync_load', 'faxsync_loader', 'member') then
    grant faxsync_loader to faxsync_load;
  end if;
  if not pg_has_role('faxsync_reconcile', 'faxsync_reader', 'member') then
    grant faxsync_reader to faxsync_reconcile;
  end if;
  if 'faxsync_migrate' <> (
    select r.rolname from pg_database d join pg_roles r on r.oid = d.datdba where d.datname = current_database()
  ) then
    -- A database is only given away to a role that the giver may be.
    execute format('grant faxsync_migrate to %I', current_user);
    execute format('alter database %I owner to faxsync_migrate', current_database());
  end if;
  -- COPY into a table with row-level security needs this. Where the server does not let us, loads go in by array parameters.
  begin
    alter role faxsync_load bypassrls;
  exception
    when insufficient_privilege then null;
  end;
end
$$`;

/** Whether the login that loads may use COPY: one row, `can_copy`. */
export const CAN_COPY = `select rolbypassrls as can_copy from pg_roles where rolname = 'faxsync_load'`;
