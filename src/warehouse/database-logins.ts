/**
 * Makes the logins of the deployed functions, in one statement that may run again and beside itself: run by Aurora's master, who is no
 * superuser. `faxsync_owner` owns the database and the schemas; `faxsync_migrate` logs in and acts as it, `faxsync_load` writes the mirror,
 * `faxsync_reconcile` reads it and writes schema recon only, `faxsync_report` only reads; all four log in by IAM. The group roles are made here too,
 * since a role may only be given away by who made it: each deployment runs this before its migrations, so a group that is new is there before they need it.
 *
 * The master must not come into `rds_iam`, not by way of another role either: RDS would ask it for a token from then on, and not take its
 * password. Since who makes a role is a member of it, the logins are made by a role that is gone at the end; and the master reads and
 * repairs as a member of the owner, which is no login.
 *
 * A session whose function is gone ends by itself: nothing of ours rests for a minute inside a transaction. These are settings of the role, as a
 * proxy would pin a session that sets anything.
 *
 * Without a colon: the Data API would take what follows it for a parameter.
 */
export const MAKE_LOGINS = `
do $$
declare
  groups constant text[] default array['faxsync_owner', 'faxsync_loader', 'faxsync_reader', 'faxsync_reconciler', 'faxsync_bi'];
  logins constant text[] default array['faxsync_migrate', 'faxsync_load', 'faxsync_reconcile', 'faxsync_report'];
  role_name text;
  ways text;
begin
  perform pg_advisory_xact_lock(1717660780);
  foreach role_name in array groups loop
    if not exists (select from pg_roles where rolname = role_name) then
      execute format('create role %I nologin', role_name);
    end if;
  end loop;
  -- The first migration makes the group roles where they are missing.
  alter role faxsync_owner createrole;
  if not pg_has_role(current_user, 'faxsync_owner', 'usage') or not pg_has_role(current_user, 'faxsync_owner', 'set') then
    execute format('grant faxsync_owner to %I with inherit true, set true', current_user);
  end if;

  if exists (select from unnest(logins) login where login not in (select rolname from pg_roles)) then
    begin
      create role faxsync_maker nologin createrole bypassrls;
    exception
      when insufficient_privilege then create role faxsync_maker nologin createrole;
    end;
    execute format('grant faxsync_maker to %I with inherit false, set true', current_user);
    set local role faxsync_maker;
    if not exists (select from pg_roles where rolname = 'faxsync_migrate') then
      create role faxsync_migrate login createrole;
      alter role faxsync_migrate set role to faxsync_owner;
      grant faxsync_migrate to faxsync_maker with inherit false, set true;
      -- The others are made by a login that stays, so that somebody may change them later.
      set local role faxsync_migrate;
    end if;
    foreach role_name in array logins loop
      if not exists (select from pg_roles where rolname = role_name) then
        execute format('create role %I login', role_name);
        execute format('alter role %I set idle_in_transaction_session_timeout = %L', role_name, '60s');
        execute format('alter role %I set client_connection_check_interval = %L', role_name, '10s');
      end if;
    end loop;
    set local role faxsync_maker;
    -- COPY into a table with row-level security needs this. Where the server does not let us, loads go in by array parameters.
    begin
      alter role faxsync_load bypassrls;
    exception
      when insufficient_privilege then null;
    end;
    set local role none;
    drop role faxsync_maker;
  end if;

  foreach role_name in array logins loop
    if not pg_has_role(role_name, 'rds_iam', 'member') then
      execute format('grant rds_iam to %I', role_name);
    end if;
  end loop;
  if not pg_has_role('faxsync_migrate', 'faxsync_owner', 'set') then
    grant faxsync_owner to faxsync_migrate;
  end if;
  if not pg_has_role('faxsync_load', 'faxsync_loader', 'member') then
    grant faxsync_loader to faxsync_load;
  end if;
  if not pg_has_role('faxsync_reconcile', 'faxsync_reader', 'member') then
    grant faxsync_reader to faxsync_reconcile;
  end if;
  if not pg_has_role('faxsync_reconcile', 'faxsync_reconciler', 'member') then
    grant faxsync_reconciler to faxsync_reconcile;
  end if;
  if not pg_has_role('faxsync_report', 'faxsync_reader', 'member') then
    grant faxsync_reader to faxsync_report;
  end if;
  if 'faxsync_owner' <> (
    select r.rolname from pg_database d join pg_roles r on r.oid = d.datdba where d.datname = current_database()
  ) then
    execute format('alter database %I owner to faxsync_owner', current_database());
  end if;

  with recursive held as (
    select m.roleid from pg_auth_members m join pg_roles r on r.oid = m.member where r.rolname = current_user
    union
    select m.roleid from pg_auth_members m join held h on h.roleid = m.member
  )
  select string_agg(r.rolname, ', ') into ways
  from held h join pg_roles r on r.oid = h.roleid
  where r.rolname = any (groups || logins)
    and exists (select from pg_auth_members m join pg_roles i on i.oid = m.roleid where m.member = h.roleid and i.rolname = 'rds_iam');
  if ways is not null then
    raise exception 'The master would be a member of rds_iam by way of %, and could log in by its password no more. Nothing was changed.', ways;
  end if;
end
$$`;

/** Whether the login that loads may use COPY: one row, `can_copy`. */
export const CAN_COPY = `select rolbypassrls as can_copy from pg_roles where rolname = 'faxsync_load'`;
