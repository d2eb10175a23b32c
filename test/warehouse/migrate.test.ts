import { mkdir, mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWarehousePool } from '../../src/warehouse/connection.ts';
import { migrate } from '../../src/warehouse/migrate.ts';
import { checkSchema } from '../../src/warehouse/schema-check.ts';
import { freshEmptyDatabase, MIGRATIONS_DIRECTORY, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let directory: string;

beforeEach(async () => {
  database = await freshEmptyDatabase();
  directory = await mkdtemp(join(tmpdir(), 'faxsync-migrate-'));
  await mkdir(join(directory, 'report'));
});
afterEach(async () => {
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

function script(name: string, sql: string): Promise<void> {
  return writeFile(join(directory, `${name}.sql`), sql);
}

async function column(sql: string): Promise<unknown[]> {
  const { rows } = await database.pool.query({ text: sql, rowMode: 'array' });
  return rows.map((row) => row[0]);
}

function tables(): Promise<unknown[]> {
  return column(`select tablename from pg_tables where schemaname = 'public' order by 1`);
}

describe('migrate', () => {
  it('applies what is missing in the order of the numbers, once', async () => {
    await script('0002_add_size', 'alter table things add column size integer;');
    const body = 'begin\n  create table others (id integer);\nend;';
    await script('0001_create_things', `create table things (id integer);\ndo $$\n${body}\n$$;`);
    const first = await migrate(database.pool, { directory });
    expect(first.applied).toEqual(['0001_create_things', '0002_add_size']);
    const second = await migrate(database.pool, { directory });
    expect(second).toEqual({ applied: [], rebuilt: [], newer: [] });
    expect(await tables()).toEqual(['others', 'things']);
  });

  it('does nothing for an empty folder and for none', async () => {
    expect(await migrate(database.pool, { directory })).toEqual({ applied: [], rebuilt: [], newer: [] });
    expect(await migrate(database.pool, { directory: join(directory, 'nowhere') })).toEqual({
      applied: [],
      rebuilt: [],
      newer: [],
    });
  });

  it('lets eight runners start at once, each migration running exactly once', async () => {
    for (let i = 1; i <= 6; i++) {
      await script(`000${i}_create_t${i}`, `create table t${i} (id integer); select pg_sleep(0.02);`);
    }
    await writeFile(join(directory, 'report', '10_all.sql'), 'create view report.all_t as select id from public.t1;');
    await script('0000_create_report', 'create schema report;');
    const pools = Array.from({ length: 8 }, () => createWarehousePool(database.url, { connectionsMax: 1 }));
    const results = await Promise.all(pools.map((pool) => migrate(pool, { directory })));
    await Promise.all(pools.map((pool) => pool.end()));
    const applied = results.flatMap((result) => result.applied).sort();
    expect(applied).toEqual(['0000_create_report', ...[1, 2, 3, 4, 5, 6].map((i) => `000${i}_create_t${i}`)]);
    expect(results.flatMap((result) => result.rebuilt)).toEqual(['10_all']);
  });

  it('refuses a script that was edited after it ran', async () => {
    await script('0001_create_things', 'create table things (id integer);');
    await migrate(database.pool, { directory });
    await script('0001_create_things', 'create table things (id bigint);');
    await expect(migrate(database.pool, { directory })).rejects.toMatchObject({
      code: 'migration_edited',
      message: expect.stringContaining('0001_create_things'),
    });
  });

  it('takes the same script with other line ends as the same script', async () => {
    await script('0001_create_things', 'create table things\n(id integer);\n');
    await migrate(database.pool, { directory });
    await script('0001_create_things', 'create table things\r\n(id integer);\r\n');
    expect((await migrate(database.pool, { directory })).applied).toEqual([]);
  });

  it('leaves a schema that a newer version made as it is, and names what it does not know', async () => {
    await script('0001_create_things', 'create table things (id integer); create schema report;');
    await script('0002_create_more', 'create table more (id integer);');
    await writeFile(join(directory, 'report', '10_all.sql'), 'create view report.all_t as select id from public.more;');
    await migrate(database.pool, { directory });
    await unlink(join(directory, '0002_create_more.sql'));
    await writeFile(join(directory, 'report', '10_all.sql'), 'create view report.all_t as select 1 as id;');
    const back = { applied: [], rebuilt: [], newer: ['0002_create_more'] };
    expect(await migrate(database.pool, { directory })).toEqual(back);
    expect(await column(`select definition from pg_views where schemaname = 'report'`)).toEqual([
      expect.stringContaining('more'),
    ]);
    expect(await checkSchema(database.pool, directory)).toEqual({
      appliedCount: 2,
      pending: [],
      newer: ['0002_create_more'],
    });
  });

  it('refuses a schema after which only newer code works, and names the migration and the code', async () => {
    await script('0001_create_things', 'create table things (id integer);');
    await script('0002_create_more', 'create table more (id integer);');
    await script('0003_drop_things', '-- needs code: 0002_create_more\ndrop table things;');
    await migrate(database.pool, { directory });
    const full = { applied: [], rebuilt: [], newer: ['0003_drop_things'] };
    await unlink(join(directory, '0003_drop_things.sql'));
    expect(await migrate(database.pool, { directory }), 'code that knows what it needs').toEqual(full);
    await unlink(join(directory, '0002_create_more.sql'));
    const refusal = {
      code: 'migration_newer_schema',
      message: expect.stringMatching(/0003_drop_things.*0002_create_more.*0001_create_things/s),
    };
    await expect(migrate(database.pool, { directory })).rejects.toMatchObject(refusal);
    await expect(checkSchema(database.pool, directory)).rejects.toMatchObject(refusal);
  });

  it('adds nothing of its own to a schema that another line of the code went on with', async () => {
    await script('0001_create_things', 'create table things (id integer); create schema report;');
    await script('0002_create_theirs', 'create table theirs (id integer);');
    await writeFile(
      join(directory, 'report', '10_all.sql'),
      'create view report.all_t as select id from public.things;',
    );
    await migrate(database.pool, { directory });
    await unlink(join(directory, '0002_create_theirs.sql'));
    await script('0003_create_ours', 'create table ours (id integer);');
    await script('0004_create_more', 'create table more (id integer);');
    await expect(migrate(database.pool, { directory })).rejects.toMatchObject({
      code: 'migration_out_of_order',
      message: expect.stringMatching(/0003_create_ours.*0002_create_theirs/s),
      context: { migration: '0003_create_ours', unknown: '0002_create_theirs' },
    });
    expect(await tables()).toEqual(['theirs', 'things']);
    expect(await column('select script_name from ops.report_scripts')).toEqual(['10_all']);
    expect(await column('select migration_name from ops.migrations order by 1')).toHaveLength(2);
  });

  it('takes a database whose bookkeeping an older version made', async () => {
    await script('0001_create_things', 'create table things (id integer);');
    await migrate(database.pool, { directory });
    await database.pool.query('alter table ops.migrations drop column needs_code');
    expect(await checkSchema(database.pool, directory)).toMatchObject({ appliedCount: 1, newer: [] });
    await script('0002_drop_things', '-- needs code: 0002_drop_things\ndrop table things;');
    expect((await migrate(database.pool, { directory })).applied).toEqual(['0002_drop_things']);
    expect(await column('select needs_code from ops.migrations order by migration_name')).toEqual([
      null,
      '0002_drop_things',
    ]);
  });

  it('refuses a number lower than one that already ran', async () => {
    await script('0002_create_more', 'create table more (id integer);');
    await migrate(database.pool, { directory });
    await script('0001_create_things', 'create table things (id integer);');
    await expect(migrate(database.pool, { directory })).rejects.toMatchObject({ code: 'migration_out_of_order' });
    expect(await tables()).toEqual(['more']);
  });

  it('leaves nothing of a script that fails, keeps those before it and names the line', async () => {
    await script('0001_create_things', 'create table things (id integer);');
    await script('0002_break_things', 'create table half (id integer);\n\nalter table nothing add column x text;');
    await expect(migrate(database.pool, { directory })).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringMatching(/0002_break_things failed.*left nothing behind.*42P01/s),
    });
    expect(await tables()).toEqual(['things']);
    expect(await column('select migration_name from ops.migrations')).toEqual(['0001_create_things']);
    await script('0002_break_things', 'create table half (id integer);\nselect nonsense;');
    await expect(migrate(database.pool, { directory })).rejects.toThrow('in line 2');
    await script('0002_break_things', 'create table whole (id integer);');
    expect((await migrate(database.pool, { directory })).applied).toEqual(['0002_break_things']);
  });

  it('never shows a value of a row in its error', async () => {
    await script('0001_create_things', `create table things (id integer); select 'Jane Canary'::integer;`);
    const error: unknown = await migrate(database.pool, { directory }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'migration_failed' });
    expect(`${String(error)} ${(error as Error).stack} ${JSON.stringify(error)}`).not.toContain('Canary');
  });

  it('refuses scripts that are misnamed, share a number or end the transaction', async () => {
    await script('1_things', 'select 1;');
    await expect(migrate(database.pool, { directory })).rejects.toMatchObject({ code: 'migration_name' });
    await unlink(join(directory, '1_things.sql'));
    await script('0001_create_things', 'select 1;');
    await script('0001_create_others', 'select 1;');
    await expect(migrate(database.pool, { directory })).rejects.toThrow('same number');
    await unlink(join(directory, '0001_create_others.sql'));
    await script('0001_create_things', 'select 1;\ncommit;');
    await expect(migrate(database.pool, { directory })).rejects.toThrow('transaction');
  });

  it('gives up on a lock that a query keeps, lets readers through, and leaves nothing', async () => {
    await script('0001_create_things', 'create table things (id integer);');
    await migrate(database.pool, { directory });
    await script('0002_add_size', 'create table other (id integer); alter table things add column size integer;');
    const holder = await database.pool.connect();
    await holder.query('begin; select * from things;');
    const options = { directory, lockTimeoutMs: 50, lockAttempts: 2 };
    await expect(migrate(database.pool, options)).rejects.toMatchObject({ code: 'migration_failed', retryable: true });
    await holder.query('commit');
    holder.release();
    expect(await tables()).toEqual(['things']);
    expect((await migrate(database.pool, options)).applied).toEqual(['0002_add_size']);
  });
});

describe('report scripts', () => {
  beforeEach(async () => {
    await script('0001_create_report', 'create schema report; create table public.things (id integer, size integer);');
    await writeFile(
      join(directory, 'report', '10_things.sql'),
      'create view report.things as select id from public.things;',
    );
    await writeFile(
      join(directory, 'report', '20_count.sql'),
      'create view report.count as select count(*) from report.things;',
    );
  });

  const views = () => column(`select viewname from pg_views where schemaname = 'report' order by 1`);

  it('run once and then only when one of them changes, all in order', async () => {
    expect((await migrate(database.pool, { directory })).rebuilt).toEqual(['10_things', '20_count']);
    expect((await migrate(database.pool, { directory })).rebuilt).toEqual([]);
    await writeFile(
      join(directory, 'report', '10_things.sql'),
      'create view report.things as select size from public.things;',
    );
    expect((await migrate(database.pool, { directory })).rebuilt).toEqual(['10_things', '20_count']);
    expect(
      await column(`select column_name from information_schema.columns where table_schema = 'report' order by 1`),
    ).toEqual(['count', 'size']);
  });

  it('take the views of a removed script away', async () => {
    await migrate(database.pool, { directory });
    await unlink(join(directory, 'report', '20_count.sql'));
    expect((await migrate(database.pool, { directory })).rebuilt).toEqual(['10_things']);
    expect(await views()).toEqual(['things']);
  });

  it('are rebuilt after every migration, since it may have dropped a view', async () => {
    await migrate(database.pool, { directory });
    await script(
      '0002_retype_id',
      'drop view report.count, report.things; alter table public.things alter id type bigint;',
    );
    expect((await migrate(database.pool, { directory })).rebuilt).toEqual(['10_things', '20_count']);
    expect(await views()).toEqual(['count', 'things']);
  });

  it('keep the old views when one of them fails', async () => {
    await migrate(database.pool, { directory });
    await writeFile(
      join(directory, 'report', '20_count.sql'),
      'create view report.count as select nothing from report.things;',
    );
    await expect(migrate(database.pool, { directory })).rejects.toMatchObject({ code: 'migration_failed' });
    expect(await views()).toEqual(['count', 'things']);
  });

  it('keep a view of somebody else that builds on ours, and say so', async () => {
    await migrate(database.pool, { directory });
    await database.pool.query('create view public.theirs as select * from report.things');
    await unlink(join(directory, 'report', '20_count.sql'));
    await expect(migrate(database.pool, { directory })).rejects.toThrow('outside of schema report');
    expect(await views()).toEqual(['count', 'things']);
  });
});

describe("the project's own migrations", () => {
  it('apply to an empty database and then find nothing to do', async () => {
    const first = await migrate(database.pool, { directory: MIGRATIONS_DIRECTORY });
    expect(first.applied.length).toBeGreaterThan(0);
    expect(await migrate(database.pool, { directory: MIGRATIONS_DIRECTORY })).toEqual({
      applied: [],
      rebuilt: [],
      newer: [],
    });
  });
});
