import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import pg from 'pg';
import { FaxsyncError } from '../domain/errors.ts';
import { toWarehouseError } from './database-error.ts';
import { SQL_SETTINGS } from './sql-session.ts';

/** A login that may read what `faxsync_reader` may, and nothing else. */
export interface SqlLogin {
  /** Its URL, password included: never to be shown. */
  readonly url: string;
  /** True where it was made for this session; false where the login of the settings is no more than a reader. */
  readonly isMade: boolean;
  /** Takes it away where it was made; its connections must have ended. */
  close(): Promise<void>;
}

/** The login of the settings may do more than read, and one that may not cannot be made with it (code `sql_login_too_strong`). */
export class SqlLoginError extends FaxsyncError {}

/** Connections a session needs: the statement, and one that cancels it; the rest is for psql. */
const CONNECTIONS_MAX = 4;
const SCRAM_ROUNDS = 4_096;

/**
 * Whether a login may make others, and whether it could do more than faxsync_reader, by itself or by becoming any role it is a member of. A role that was set is left by
 * whoever wants to, from inside a function too, so only what the login itself cannot do is safe. Everywhere in the database: rights on tables, columns, sequences,
 * functions, schemas and large objects, what it owns, attributes, and what comes with a role of Postgres' own.
 */
const STRENGTH = `
with roles as (
  select r.* from pg_roles r where pg_has_role(session_user, r.oid, 'member') and r.rolname <> 'faxsync_reader'
), reader as (
  select oid from pg_roles where rolname = 'faxsync_reader'
), relations as (
  select c.oid, c.relkind from pg_class c where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relpersistence <> 't'
), rights as (
  select unnest(array['select', 'insert', 'update', 'references']) as name
)
select (
  select (rolsuper or rolcreaterole) and not pg_is_in_recovery() from pg_roles where rolname = session_user
) as may_make, exists (
  select from roles where rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls or rolname like 'pg\\_%'
) or exists (
  select from roles r cross join relations t cross join rights p
  where t.relkind <> 'S' and has_any_column_privilege(r.oid, t.oid, p.name)
    and has_any_column_privilege((select oid from reader), t.oid, p.name) is not true
) or exists (
  select from roles r cross join relations t
  where case when t.relkind = 'S' then has_sequence_privilege(r.oid, t.oid, 'usage, update') and has_sequence_privilege((select oid from reader), t.oid, 'usage, update') is not true
    else has_table_privilege(r.oid, t.oid, 'delete, truncate, trigger') and has_table_privilege((select oid from reader), t.oid, 'delete, truncate, trigger') is not true end
) or exists (
  select from roles r cross join pg_proc f
  where has_function_privilege(r.oid, f.oid, 'execute') and has_function_privilege((select oid from reader), f.oid, 'execute') is not true
) or exists (
  select from roles r cross join pg_namespace n
  where has_schema_privilege(r.oid, n.oid, 'create') and has_schema_privilege((select oid from reader), n.oid, 'create') is not true
) or exists (
  select from roles r cross join pg_database d
  where d.datname = current_database() and has_database_privilege(r.oid, d.oid, 'create')
    and has_database_privilege((select oid from reader), d.oid, 'create') is not true
) or exists (
  select from roles r join pg_shdepend o on o.refclassid = 'pg_authid'::regclass and o.refobjid = r.oid
  where o.dbid in (0, (select oid from pg_database where datname = current_database()))
    and (o.deptype = 'o' or (o.deptype = 'a' and o.classid in ('pg_largeobject'::regclass, 'pg_foreign_server'::regclass)))
) as is_strong`;

/** Logins of sessions that were killed: nobody is connected with them, and they are too old for their session to be about to connect. */
const LEFT_BEHIND = `
select rolname as name from pg_roles
where rolname ~ '^faxsync_sql_[0-9a-f]{12}$' and rolvaliduntil < now() + interval '23 hours 50 minutes'
  and not exists (select from pg_stat_activity where usename = rolname)`;

/**
 * The login for a session of SQL: one made for the session where that of `pool` may make logins, with a password nobody knows, that ends by itself after a day; else the one of
 * `pool`, where it is no more than a reader. `secret` has at least 32 hexadecimal digits of chance.
 * @throws {SqlLoginError} where neither can be. @throws {WarehouseError}
 */
export async function openSqlLogin(pool: pg.Pool, secret: string): Promise<SqlLogin> {
  const own = pool.options.connectionString ?? '';
  try {
    const { rows } = await pool.query<{ may_make: boolean; is_strong: boolean }>(STRENGTH);
    const [strength] = rows;
    if (strength?.may_make !== true) {
      if (strength?.is_strong !== false) throw tooStrong();
      return { url: own, isMade: false, close: async () => {} };
    }
    await removeLeftBehind(pool);
    return await makeLogin(pool, own, secret);
  } catch (error) {
    if (refusesRoles(error)) throw tooStrong();
    throw error instanceof SqlLoginError ? error : toWarehouseError(error);
  }
}

async function makeLogin(pool: pg.Pool, own: string, secret: string): Promise<SqlLogin> {
  const name = `faxsync_sql_${secret.slice(0, 12)}`;
  const password = secret.slice(12);
  const settings = SQL_SETTINGS.map((setting) => `alter role ${name} set ${setting}`);
  // The server is given what the password proves itself by, and not the password, which its log may keep.
  await pool.query(
    `begin;
    create role ${name} login password '${scramVerifier(password, secret.slice(0, 16))}' connection limit ${CONNECTIONS_MAX} in role faxsync_reader;
    do $$ begin execute format('alter role ${name} valid until %L', now() + interval '24 hours'); end $$;
    ${settings.join('; ')};
    commit`,
  );
  const url = new URL(own);
  url.username = name;
  url.password = password;
  return { url: url.href, isMade: true, close: () => dropLogin(pool, name) };
}

async function removeLeftBehind(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(LEFT_BEHIND);
  for (const { name } of rows) await dropLogin(pool, name);
}

/** One that cannot be dropped now is when the next session begins. */
async function dropLogin(pool: pg.Pool, name: string): Promise<void> {
  const role = pg.escapeIdentifier(name);
  // It can own nothing but what psql lets it make for itself: temporary tables and large objects.
  await pool.query(`drop owned by ${role}`).catch(() => undefined);
  await pool.query(`drop role if exists ${role}`).catch(() => undefined);
}

/** What Postgres stores of a password (RFC 5803). */
function scramVerifier(password: string, saltText: string): string {
  const salt = Buffer.from(saltText);
  const salted = pbkdf2Sync(password, salt, SCRAM_ROUNDS, 32, 'sha256');
  const key = (what: string) => createHmac('sha256', salted).update(what).digest();
  const stored = createHash('sha256').update(key('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${SCRAM_ROUNDS}:${salt.toString('base64')}$${stored}:${key('Server Key').toString('base64')}`;
}

function refusesRoles(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return code === '42501';
}

function tooStrong(): SqlLoginError {
  return new SqlLoginError(
    `The login in FAXSYNC_DATABASE_URL may do more than read, and may not make a login that only reads. Have its owner run "create role my_reader login password '...' in role faxsync_reader", and give "faxsync sql" the URL of that login.`,
    { code: 'sql_login_too_strong' },
  );
}
