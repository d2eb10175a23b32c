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

/** The login of the settings may write, and a login that may not cannot be made with it (code `sql_login_too_strong`). */
export class SqlLoginError extends FaxsyncError {}

/** Connections a session needs: the statement, and one that cancels it; the rest is for psql. */
const CONNECTIONS_MAX = 4;
const SCRAM_ROUNDS = 4_096;

/**
 * Whether a login could do more than read what readers read, by itself or by becoming any role it is a member of. A role that was set is left by
 * whoever wants to, from inside a function too, so only what the login itself cannot do is safe.
 */
const IS_STRONG = `
with roles as (
  select r.* from pg_roles r where pg_has_role(session_user, r.oid, 'member')
), relations as (
  select c.oid, n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('warehouse', 'ops', 'report', 'recon', 'rollup') and c.relkind in ('r', 'p', 'v', 'm')
)
select exists (
  select from roles
  where rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls
    or rolname in ('pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files', 'pg_signal_backend')
) or exists (
  select from roles r cross join relations t
  where has_table_privilege(r.oid, t.oid, 'insert, update, delete, truncate')
    or (t.name = 'ops.rejected_records' and has_table_privilege(r.oid, t.oid, 'select'))
) or exists (
  select from roles r cross join pg_namespace n
  where n.nspname in ('warehouse', 'ops', 'report', 'recon', 'rollup') and has_schema_privilege(r.oid, n.oid, 'create')
) as is_strong`;

/** Logins of sessions that were killed: their passwords are over, and nobody uses them. */
const LEFT_BEHIND = `
select rolname as name from pg_roles
where rolname ~ '^faxsync_sql_[0-9a-f]{12}$' and rolvaliduntil < now()
  and not exists (select from pg_stat_activity where usename = rolname)`;

/**
 * The login for a session of SQL: that of `pool` where it is no more than a reader, else one made for the session, with a password nobody knows, that
 * ends by itself after a day. `secret` has at least 32 hexadecimal digits of chance.
 * @throws {SqlLoginError} where neither can be. @throws {WarehouseError}
 */
export async function openSqlLogin(pool: pg.Pool, secret: string): Promise<SqlLogin> {
  const own = pool.options.connectionString ?? '';
  try {
    const { rows } = await pool.query<{ is_strong: boolean }>(IS_STRONG);
    if (rows[0]?.is_strong === false) return { url: own, isMade: false, close: async () => {} };
    await removeLeftBehind(pool);
    return await makeLogin(pool, own, secret);
  } catch (error) {
    if (refusesRoles(error)) throw tooStrong();
    throw toWarehouseError(error);
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
    do $$ begin execute format('alter role ${name} valid until %L', now() + interval '1 day'); end $$;
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
    `The login in FAXSYNC_DATABASE_URL may write, and may not make a login that only reads. Have its owner run "create role my_reader login password '...' in role faxsync_reader", and give "faxsync sql" the URL of that login.`,
    { code: 'sql_login_too_strong' },
  );
}
