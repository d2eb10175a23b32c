import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaxsyncError, InvariantError, SettingsError } from '../../src/domain/errors.ts';
import {
  createKysely,
  createWarehousePool,
  instantOf,
  inTransaction,
  int8ToNumber,
} from '../../src/warehouse/connection.ts';
import { failureOfSqlState, toWarehouseError, WarehouseError } from '../../src/warehouse/database-error.ts';
import { freshDatabase, freshEmptyDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await freshEmptyDatabase();
  await database.pool.query('create table things (id bigint primary key, number text check (length(number) < 9))');
});
afterAll(() => database.drop());

/** What a query's failure becomes. */
async function failureOf(sql: string): Promise<WarehouseError> {
  const error = await database.pool.query(sql).then(() => null, toWarehouseError);
  if (!(error instanceof WarehouseError)) throw new Error('the query was expected to fail');
  return error;
}

describe('createWarehousePool', () => {
  it('returns bigint and numeric losslessly, days as text, instants as dates', async () => {
    const { rows } = await database.pool.query(`
      select 9223372036854775807::bigint as big, count(*) as count, 0.1::numeric as exact, date '2026-11-01' as day,
             timestamptz '2026-11-22T10:00:00Z' as at, '{"a": 1}'::jsonb as doc`);
    expect(rows[0]).toEqual({
      big: '9223372036854775807',
      count: '1',
      exact: '0.1',
      day: '2026-11-01',
      at: new Date('2026-11-22T10:00:00Z'),
      doc: { a: 1 },
    });
  });

  it('asks a password function anew for every connection', async () => {
    const url = new URL(database.url);
    const right = decodeURIComponent(url.password);
    url.password = 'stale';
    let asked = 0;
    const pool = createWarehousePool(url.href, {
      connectionsMax: 3,
      password: async () => {
        asked += 1;
        return right;
      },
    });
    await Promise.all([1, 2, 3].map(() => pool.query('select pg_sleep(0.05)')));
    await pool.end();
    expect(asked).toBe(3);
  });

  it('survives the loss of an idle connection and tells who listens', async () => {
    const told = Promise.withResolvers<WarehouseError>();
    const pool = createWarehousePool(database.url, { onIdleError: told.resolve, applicationName: 'faxsync-idle' });
    await pool.query('select 1');
    await database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'faxsync-idle'`,
    );
    expect(await told.promise).toMatchObject({ failure: 'connection', sqlState: '57P01' });
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  it('refuses what is not a database URL without quoting it', () => {
    for (const text of ['host=localhost password=canary', 'mysql://user:canary@host/db', '']) {
      const make = () => createWarehousePool(text);
      expect(make).toThrow(SettingsError);
      expect(make).not.toThrow('canary');
    }
  });

  it('serves typed queries over the same pool', async () => {
    const migrated = await freshDatabase();
    const kysely = createKysely(migrated.pool);
    const account = { account_key: 'main', billing_zone: 'UTC' };
    await kysely.insertInto('warehouse.accounts').values(account).execute();
    const row = await kysely.selectFrom('warehouse.accounts').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({ account_id: 1, ...account });
    expect(instantOf(row.created_at)).toBeGreaterThan(0);
    await migrated.drop();
  });
});

describe('inTransaction', () => {
  it('commits what returns and rolls back what throws', async () => {
    await inTransaction(database.pool, (client) => client.query('insert into things values (1)'));
    const failing = inTransaction(database.pool, async (client) => {
      await client.query('insert into things values (2)');
      throw new FaxsyncError('stopped', { code: 'stopped' });
    });
    await expect(failing).rejects.toMatchObject({ code: 'stopped' });
    expect((await database.pool.query('select id from things')).rows).toEqual([{ id: '1' }]);
  });

  it('throws a connection that was cut away and says that the work may be repeated', async () => {
    const cut = inTransaction(database.pool, (client) => client.query('select pg_terminate_backend(pg_backend_pid())'));
    await expect(cut).rejects.toMatchObject({ failure: 'connection', retryable: true });
    await inTransaction(database.pool, (client) => client.query('select 1'));
  });

  it('says that nobody listens at the port', async () => {
    const pool = createWarehousePool('postgres://user:canary@127.0.0.1:1/db');
    const error: unknown = await inTransaction(pool, async () => {}).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ failure: 'connection', message: expect.stringContaining('FAXSYNC_DATABASE_URL') });
    expect(String(error)).not.toContain('canary');
  });

  it('says that the password, the user or the database is wrong', async () => {
    for (const [part, value] of [
      ['password', 'wrong'],
      ['username', 'nobody'],
      ['pathname', '/nowhere'],
    ] as const) {
      const url = new URL(database.url);
      url[part] = value;
      const pool = createWarehousePool(url.href);
      await expect(inTransaction(pool, async () => {})).rejects.toMatchObject({
        failure: 'credentials',
        retryable: false,
      });
      await pool.end();
    }
  });
});

describe('toWarehouseError', () => {
  // One line a line of the table of error classes in docs; measured with pg on Postgres 18 unless only listed.
  it.each([
    ['40P01', 'conflict', true],
    ['40001', 'conflict', true],
    ['23505', 'conflict', true],
    ['53300', 'connection', true],
    ['57P01', 'connection', true],
    ['57P03', 'connection', true],
    ['08006', 'connection', true],
    ['25P03', 'connection', true],
    ['55P03', 'lock_timeout', true],
    ['57014', 'statement_timeout', true],
    ['22021', 'bad_value', false],
    ['22P05', 'bad_value', false],
    ['22P02', 'bad_value', false],
    ['22003', 'bad_value', false],
    ['22008', 'bad_value', false],
    ['23514', 'bad_value', false],
    ['23502', 'bad_value', false],
    ['54000', 'bad_value', false],
    ['21000', 'our_bug', false],
    ['08P01', 'our_bug', false],
    ['42P01', 'our_bug', false],
    ['42601', 'our_bug', false],
    ['XX000', 'our_bug', false],
    ['25006', 'failover', true],
    ['28P01', 'credentials', false],
    ['28000', 'credentials', false],
    ['53100', 'storage', false],
  ] as const)('makes %s a %s (retryable: %s)', (sqlState, failure, retryable) => {
    expect(failureOfSqlState(sqlState)).toBe(failure);
    const error = toWarehouseError(Object.assign(new Error('canary'), { code: sqlState }));
    expect(error).toMatchObject({ code: `warehouse_${failure}`, failure, sqlState, retryable });
  });

  it('keeps state, table and constraint and loses every value the server quoted', async () => {
    const check = await failureOf(`insert into things values (5, '+12065551234')`);
    expect(check).toMatchObject({
      failure: 'bad_value',
      context: { table: 'things', constraint: 'things_number_check' },
    });
    await database.pool.query('insert into things values (77)');
    const twice = await failureOf('insert into things values (77)');
    expect(twice).toMatchObject({ failure: 'conflict', context: { constraint: 'things_pkey' } });
    const number = await failureOf(`select '+12065551234'::integer`);
    for (const error of [check, twice, number]) {
      const everything = `${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`;
      expect(everything).not.toMatch(/2065551234|\(77\)/);
      expect(error.stack).toContain('    at ');
    }
  });

  it('tells what is wrong with a statement of ours', async () => {
    expect(await failureOf('select nonsense from things')).toMatchObject({
      failure: 'our_bug',
      message: expect.stringContaining('column "nonsense" does not exist'),
    });
  });

  it('gives back our own errors and hides what a foreign one says', () => {
    const own = new InvariantError('own');
    expect(toWarehouseError(own)).toBe(own);
    for (const foreign of [new SyntaxError('canary'), 'canary', null, { message: 'canary' }]) {
      const error = toWarehouseError(foreign);
      expect(error).toMatchObject({ failure: 'our_bug' });
      expect(`${error.stack}`).not.toContain('canary');
    }
  });
});

describe('values', () => {
  it('turns a small bigint into a number and refuses a large one', () => {
    expect(int8ToNumber('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => int8ToNumber('9007199254740993')).toThrow(InvariantError);
  });

  it('turns a date into an instant and keeps null', () => {
    expect(instantOf(new Date(5))).toBe(5);
    expect(instantOf(null)).toBeNull();
  });
});

describe('freshDatabase', () => {
  it('is one of its own', async () => {
    const other = await freshEmptyDatabase();
    expect((await other.pool.query(`select to_regclass('public.things') as found`)).rows).toEqual([{ found: null }]);
    await other.drop();
    await expect(inTransaction(createWarehousePool(other.url), async () => {})).rejects.toMatchObject({
      sqlState: '3D000',
    });
  });
});
