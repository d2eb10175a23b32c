import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STREAMS } from '../../src/streams/registry.ts';
import { loadObject } from '../../src/warehouse/load-object.ts';
import { countNothing, countObjects, type ObjectCounts } from '../../src/warehouse/object-counts.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { preparedOf, TEST_LOAD } from '../support/landed.ts';

const AT = Date.UTC(2026, 2, 1);
const HOUR = 3_600_000;

let database: TestDatabase;
let pool: Pool;
let observation = 0;
beforeAll(async () => {
  database = await freshDatabase();
  pool = database.pool;
});
afterAll(() => database.drop());

/** Loads one listing of a stream, an hour after the one before. */
async function list(stream: string, data: unknown): Promise<void> {
  observation += 1;
  const spec = { account: 'main', stream, kind: 'snapshot', observation, at: AT + observation * HOUR } as const;
  await loadObject(pool, preparedOf(spec, data), TEST_LOAD);
}

async function countsOf(name: string): Promise<ObjectCounts | undefined> {
  const { rows } = await pool.query<{ account_id: number }>('select account_id from warehouse.accounts');
  const counts = await countObjects(pool, rows[0]?.account_id ?? 0, [...STREAMS.values()]);
  return counts.find((count) => count.name === name);
}

function countries(...names: readonly string[]): object[] {
  return names.map((name) => ({ name, alpha2: 'XX', country_code: 1, price_per_page: 7 }));
}

describe('the counts of objects', () => {
  it('have a row for each table that a stream names, under names of their own', async () => {
    const nothing = countNothing([...STREAMS.values()]);
    const names = nothing.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining([...STREAMS.keys(), 'port_numbers']));
  });

  it('take an object of a dated history once, and do not say whether it is gone', async () => {
    await list('countries', countries('Here', 'There'));
    await list('countries', [{ ...countries('Here')[0], price_per_page: 9 }, ...countries('There')]);
    expect(await countsOf('countries')).toMatchObject({ known: 2, gone: null });
    await list('countries', countries('Here'));
    await list('countries', countries('Here'));
    expect(await countsOf('countries')).toMatchObject({ known: 2, gone: null });
  });

  it('take an object for gone where its own row says so: not before the second complete listing without it', async () => {
    const rule = (id: number) => ({ id, direction: 'send', from: '*', to: '*' });
    await list('blocking_rules', [rule(1), rule(2)]);
    expect(await countsOf('blocking_rules')).toMatchObject({ known: 2, gone: 0 });
    await list('blocking_rules', [rule(1)]);
    expect(await countsOf('blocking_rules')).toMatchObject({ known: 2, gone: 0 });
    await list('blocking_rules', [rule(1)]);
    expect(await countsOf('blocking_rules')).toMatchObject({ known: 2, gone: 1 });
    await list('blocking_rules', [rule(1), rule(2)]);
    expect(await countsOf('blocking_rules')).toMatchObject({ known: 2, gone: 0 });
  });

  it('know of every table but those dated by look or change, and of PhaxCodes, how many of its objects are gone', async () => {
    await list('account_status', { balance: 100 });
    const names = countNothing([...STREAMS.values()]).map(({ name }) => name);
    const untold: string[] = [];
    for (const name of names) if ((await countsOf(name))?.gone === null) untold.push(name);
    expect(untold).toEqual(['account_status', 'countries', 'phax_codes']);
  });

  it('take the account as one object, however often it is looked at, and its last look for the last listing', async () => {
    await list('account_status', { balance: 100 });
    await list('account_status', { balance: 90 });
    const at = AT + observation * HOUR;
    expect(await countsOf('account_status')).toMatchObject({ known: 1, gone: null, lastCompleteAt: at });
  });

  it('tell a listing that proves nothing from a complete one', async () => {
    await list('atas', [{ id: 1, name: 'front desk' }]);
    const at = AT + observation * HOUR;
    await list('atas', [{ id: 1, name: 'front desk' }, { name: 'no id' }]);
    expect(await countsOf('atas')).toMatchObject({ known: 1, lastCompleteAt: at, rejected: 1 });
  });

  it('give what came inside other objects its own share of refusals and surprises', async () => {
    await list('port_orders', [
      {
        id: 1,
        status: 'lost',
        port_numbers: [
          { id: 11, status: 'parked', colour: 'red' },
          { id: 12, status: 'open' },
        ],
      },
      { id: 2, status: 'open', port_numbers: [{ status: 'open' }] },
    ]);
    const at = AT + observation * HOUR;
    expect(await countsOf('port_orders')).toMatchObject({ known: 2, drift: 1, rejected: 0, lastCompleteAt: at });
    expect(await countsOf('port_numbers')).toMatchObject({ known: 2, drift: 2, rejected: 1, lastCompleteAt: null });
  });
});
