import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toIso } from '../../src/domain/time.ts';
import { createWarehousePool } from '../../src/warehouse/connection.ts';
import { loadObject } from '../../src/warehouse/load-object.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { preparedOf, TEST_LOAD, wireFax } from '../support/landed.ts';
import { mirrorTables, warehouseContent } from '../support/warehouse-content.ts';

const START = Date.UTC(2026, 8, 1, 12);
const WINDOW = { after: START, before: START + 3_600_000 };
const GROUPS = ['faxsync_loader', 'faxsync_reader', 'faxsync_bi'] as const;
type Group = (typeof GROUPS)[number];

describe('roles', () => {
  let database: TestDatabase;
  const logins = new Map<Group, { name: string; pool: pg.Pool }>();

  beforeAll(async () => {
    database = await freshDatabase();
    for (const account of ['north', 'south']) {
      const spec = { observation: 1, at: START, window: WINDOW, account };
      const prepared = preparedOf(spec, [wireFax(account === 'north' ? 1 : 2, toIso(START + 1000))]);
      await loadObject(database.pool, { ...prepared, mark: { ...prepared.mark, landedKey: account } }, TEST_LOAD);
    }
    for (const group of GROUPS) {
      const name = `test_${group}_${randomBytes(4).toString('hex')}`;
      const password = randomBytes(12).toString('hex');
      await database.pool.query(`create role ${name} login password '${password}' in role ${group}`);
      const url = new URL(database.url);
      url.username = name;
      url.password = password;
      logins.set(group, { name, pool: createWarehousePool(url.href) });
    }
    await database.pool.query(
      'insert into warehouse.account_grants select $1, account_id from warehouse.accounts where account_key = $2',
      [logins.get('faxsync_bi')?.name, 'north'],
    );
  });
  afterAll(async () => {
    for (const { pool } of logins.values()) await pool.end();
    const names = [...logins.values()].map(({ name }) => name);
    await database.drop();
    const url = new URL(database.url);
    url.pathname = '/postgres';
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    for (const name of names) await client.query(`drop role if exists ${name}`);
    await client.end();
  });

  async function states(group: Group, sql: string): Promise<string> {
    const pool = logins.get(group)?.pool;
    if (pool === undefined) throw new Error('no such login');
    return pool.query(sql).then(
      () => 'allowed',
      (error: { code?: string }) => error.code ?? 'unknown',
    );
  }

  it('show a BI login the accounts it was granted, and nothing of others, in every table', async () => {
    const pool = logins.get('faxsync_bi')?.pool;
    for (const table of await mirrorTables(database.pool)) {
      const found = await pool?.query(`select distinct account_id from ${table}`);
      const seen = found?.rows.map((row: { account_id: number }) => row.account_id);
      expect(seen, table).toEqual(seen?.length === 0 ? [] : [1]);
    }
    const faxes = await pool?.query('select fax_id from warehouse.faxes');
    expect(faxes?.rows).toEqual([{ fax_id: '1' }]);
  });

  it('show a reader every account', async () => {
    const found = await logins.get('faxsync_reader')?.pool.query('select fax_id from warehouse.faxes order by 1');
    expect(found?.rows).toEqual([{ fax_id: '1' }, { fax_id: '2' }]);
  });

  it('let a reader count what was refused, without seeing it', async () => {
    const fax = { ...wireFax(9, toIso(START + 9000)), cost: 'canary' };
    const spec = { observation: 9, at: START + 9000, window: WINDOW, account: 'south' };
    await loadObject(database.pool, preparedOf(spec, [fax]), TEST_LOAD);
    const read = (what: string) => logins.get('faxsync_reader')?.pool.query(what);
    expect((await read('select object, reason, open_count, resolved_count from ops.rejected_counts'))?.rows).toEqual([
      { object: 'fax', reason: expect.any(String), open_count: '1', resolved_count: '0' },
    ]);
    await expect(read('select raw from ops.rejected_records')).rejects.toMatchObject({ code: '42501' });
    await database.pool.query('update ops.rejected_records set resolved_at = now()');
    expect((await read('select open_count, open_since_at, resolved_count from ops.rejected_counts'))?.rows).toEqual([
      { open_count: '0', open_since_at: null, resolved_count: '1' },
    ]);
  });

  it('let nobody do more than their work', async () => {
    const denied = '42501';
    const actions: ReadonlyArray<readonly [string, Readonly<Record<Group, string>>]> = [
      ['select from warehouse.faxes', { faxsync_loader: 'allowed', faxsync_reader: 'allowed', faxsync_bi: 'allowed' }],
      [
        'update warehouse.faxes set cost_cents = 0 where false',
        { faxsync_loader: 'allowed', faxsync_reader: denied, faxsync_bi: denied },
      ],
      ['delete from warehouse.faxes', { faxsync_loader: denied, faxsync_reader: denied, faxsync_bi: denied }],
      ['select from ops.rejected_records', { faxsync_loader: 'allowed', faxsync_reader: denied, faxsync_bi: denied }],
      [
        'select open_count from ops.rejected_counts',
        { faxsync_loader: 'allowed', faxsync_reader: 'allowed', faxsync_bi: denied },
      ],
      ['select from ops.slices', { faxsync_loader: 'allowed', faxsync_reader: 'allowed', faxsync_bi: denied }],
      ['select from warehouse.account_grants', { faxsync_loader: denied, faxsync_reader: denied, faxsync_bi: denied }],
      ['create table warehouse.mine ()', { faxsync_loader: denied, faxsync_reader: denied, faxsync_bi: denied }],
      [
        'alter table warehouse.faxes disable row level security',
        { faxsync_loader: denied, faxsync_reader: denied, faxsync_bi: denied },
      ],
      ["copy (select 1) to program 'true'", { faxsync_loader: denied, faxsync_reader: denied, faxsync_bi: denied }],
    ];
    for (const [sql, expected] of actions) {
      const seen: Partial<Record<Group, string>> = {};
      for (const group of GROUPS) seen[group] = await states(group, sql);
      expect(seen, sql).toEqual(expected);
    }
  });

  it('let a loader that may not COPY load the same warehouse', async () => {
    const [byCopy, byInsert] = [await freshDatabase(), await freshDatabase()];
    const loader = logins.get('faxsync_loader');
    const url = new URL(byInsert.url);
    const own = new URL(byInsert.url);
    const password = randomBytes(12).toString('hex');
    await byInsert.pool.query(`alter role ${loader?.name} password '${password}'`);
    own.username = loader?.name ?? '';
    own.password = password;
    own.pathname = url.pathname;
    const pool = createWarehousePool(own.href);
    const one = wireFax(1, toIso(START + 1000));
    const received = wireFax(3, toIso(START + 3000), {
      direction: 'received',
      status: 'success',
      recipients: null,
      barcodes: [{ type: 'code_128', page: 1, value: 'a"b\\c' }],
      tags: { 'de"pt': 'x\\y' },
    });
    const looks = [
      [one, wireFax(2, toIso(START + 2000)), received],
      [{ ...one, status: 'success', recipients: [] }, received],
    ];
    for (const [i, faxes] of looks.entries()) {
      const spec = { observation: i + 1, at: START + i * 3_600_000, window: WINDOW };
      await loadObject(byCopy.pool, preparedOf(spec, faxes), TEST_LOAD);
      await loadObject(pool, preparedOf(spec, faxes), TEST_LOAD);
    }
    expect(await warehouseContent(byInsert.pool)).toEqual(await warehouseContent(byCopy.pool));
    await pool.end();
    await byCopy.drop();
    await byInsert.drop();
  });
});
