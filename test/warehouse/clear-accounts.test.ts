import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clearAccounts, countLoaded } from '../../src/warehouse/clear-accounts.ts';
import { loadObject } from '../../src/warehouse/load-object.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { preparedOf, TEST_LOAD, wireFax } from '../support/landed.ts';

const AT = Date.UTC(2026, 0, 2);
const WINDOW = { after: Date.UTC(2026, 0, 1), before: AT };

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

async function load(account: string, observation: number): Promise<void> {
  const spec = { observation, at: AT, window: WINDOW, account };
  await loadObject(
    database.pool,
    preparedOf(spec, [wireFax(observation, '2026-01-01T12:00:00.000-06:00'), {}]),
    TEST_LOAD,
  );
}

async function faxesOf(): Promise<string[]> {
  const { rows } = await database.pool.query<{ fax_id: string }>('select fax_id from warehouse.faxes order by fax_id');
  return rows.map(({ fax_id }) => fax_id);
}

describe('clearAccounts', () => {
  it('empties the accounts named and leaves the others', async () => {
    await load('east', 1);
    await load('west', 2);
    await clearAccounts(database.pool, ['east']);
    expect(await faxesOf()).toEqual(['2']);
    expect(await countLoaded(database.pool, ['east'])).toBe(0);
    expect(await countLoaded(database.pool, ['west'])).toBe(1);
  });

  it('empties every table when all accounts are named, and lets them be loaded again', async () => {
    await clearAccounts(database.pool, ['east', 'west']);
    const { rows } = await database.pool.query<{ table_name: string }>(
      `select format('%s.%s', table_schema, table_name) as table_name
       from information_schema.columns join information_schema.tables using (table_schema, table_name)
       where table_schema in ('warehouse', 'ops') and column_name = 'account_id' and table_type = 'BASE TABLE'
         and table_name not in ('accounts', 'account_grants')`,
    );
    expect(rows.length).toBeGreaterThan(20);
    for (const { table_name: table } of rows) {
      const { rowCount } = await database.pool.query(`select from ${table}`);
      expect([table, rowCount]).toEqual([table, 0]);
    }
    await load('east', 1);
    expect(await faxesOf()).toEqual(['1']);
  });
});
