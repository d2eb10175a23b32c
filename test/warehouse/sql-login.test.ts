import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWarehousePool } from '../../src/warehouse/connection.ts';
import { openSqlLogin } from '../../src/warehouse/sql-login.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

describe('the login of a session of SQL', () => {
  let database: TestDatabase;
  const names: string[] = [];
  const pools: pg.Pool[] = [];
  beforeAll(async () => {
    database = await freshDatabase();
    await database.pool.query('create table public.payroll (cents integer); create sequence public.tickets');
  });
  afterAll(async () => {
    for (const pool of pools) await pool.end();
    await database.drop();
    const url = new URL(database.url);
    url.pathname = '/postgres';
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    for (const name of names) await client.query(`drop role if exists ${name}`);
    await client.end();
  });

  /** A login with these attributes and groups; `grants` has its name for `$`. */
  async function loginOf(attributes: string, grants = 'select 1'): Promise<pg.Pool> {
    const name = `test_login_${randomBytes(4).toString('hex')}`;
    const password = randomBytes(12).toString('hex');
    names.push(name);
    await database.pool.query(`create role ${name} login password '${password}' ${attributes}`);
    await database.pool.query(grants.replaceAll('$', name));
    const url = new URL(database.url);
    url.username = name;
    url.password = password;
    const pool = createWarehousePool(url.href, { connectionsMax: 1 });
    pools.push(pool);
    return pool;
  }
  const secret = () => randomBytes(24).toString('hex');
  const isThere = async (role: string) =>
    (await database.pool.query('select from pg_roles where rolname = $1', [role])).rowCount === 1;

  it.each([['faxsync_reader'], ['faxsync_bi'], ['faxsync_reader, faxsync_bi']])(
    'is that of the settings where it is in %s and no more',
    async (groups) => {
      const pool = await loginOf(`in role ${groups}`);
      expect((await openSqlLogin(pool, secret())).isMade).toBe(false);
    },
  );

  it('is made by one that may make logins in the group of readers, as the owner of a managed database may', async () => {
    const pool = await loginOf('createrole', 'grant faxsync_reader to $ with admin option');
    const login = await openSqlLogin(pool, secret());
    expect(login.isMade).toBe(true);
    const { username } = new URL(login.url);
    expect(await isThere(username)).toBe(true);
    await login.close();
    expect(await isThere(username)).toBe(false);
  });

  it.each([
    ['createrole', 'select 1'],
    ['createdb', 'select 1'],
    ['replication', 'select 1'],
    ['bypassrls', 'select 1'],
    ['in role pg_read_all_data', 'select 1'],
    ['in role faxsync_loader', 'select 1'],
    ['in role faxsync_reconciler', 'select 1'],
    ['', 'grant update (status) on warehouse.faxes to $'],
    ['', 'grant delete on warehouse.faxes to $'],
    ['', 'grant truncate on report.charges to $'],
    ['', 'grant select (raw) on ops.rejected_records to $'],
    ['', 'grant select on warehouse.account_grants to $'],
    ['', 'grant execute on function rollup.rebuild(integer) to $'],
    ['', 'grant execute on function rollup.fold() to $'],
    ['', 'grant execute on function recon.close_month(integer, date, text, timestamptz) to $'],
    ['', 'grant execute on function pg_read_file(text) to $'],
    ['', 'grant select on public.payroll to $'],
    ['', 'grant usage on sequence public.tickets to $'],
    [
      '',
      'create table public.own_$ (a integer); alter table public.own_$ owner to $; revoke all on public.own_$ from $',
    ],
    ['', 'grant create on schema public to $'],
  ])('is refused to a reader that is also %s: %s', async (attributes, grants) => {
    const isGroup = attributes.startsWith('in role ');
    const pool = await loginOf(
      isGroup ? `${attributes}, faxsync_reader` : `${attributes} in role faxsync_reader`,
      grants,
    );
    await expect(openSqlLogin(pool, secret())).rejects.toMatchObject({ code: 'sql_login_too_strong' });
  });

  it('is taken away by the next session once its own was killed some minutes ago, and not while it may be about to connect', async () => {
    const made = async (age: string) => {
      const name = `faxsync_sql_${randomBytes(6).toString('hex')}`;
      names.push(name);
      await database.pool.query(`create role ${name} login`);
      await database.pool.query(
        `do $$ begin execute format('alter role ${name} valid until %L', now() + interval '24 hours' - interval '${age}'); end $$`,
      );
      return name;
    };
    const [old, young] = [await made('11 minutes'), await made('9 minutes')];
    await (await openSqlLogin(database.pool, secret())).close();
    expect([await isThere(old), await isThere(young)]).toEqual([false, true]);
  });

  it('is left alone as long as somebody is connected with it, however old', async () => {
    const login = await openSqlLogin(database.pool, secret());
    const { username } = new URL(login.url);
    const client = new pg.Client({ connectionString: login.url });
    await client.connect();
    await database.pool.query(`alter role ${username} valid until '2020-01-01'`);
    await (await openSqlLogin(database.pool, secret())).close();
    expect(await isThere(username)).toBe(true);
    await client.end();
    await login.close();
    expect(await isThere(username)).toBe(false);
  });
});
