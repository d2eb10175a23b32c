import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toIso } from '../../src/domain/time.ts';
import { createWarehousePool } from '../../src/warehouse/connection.ts';
import { type LoadOutcome, loadObject, type PreparedLoad } from '../../src/warehouse/load-object.ts';
import { ConcurrentWriteError } from '../../src/warehouse/write-faxes.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { type LandedSpec, preparedOf, TEST_LOAD, wireFax } from '../support/landed.ts';
import { emptyWarehouse } from '../support/warehouse-content.ts';

const START = Date.UTC(2026, 8, 1, 12);
const HOUR = 3_600_000;
const WINDOW = { after: START, before: START + HOUR };
const CREATED = toIso(START + 60_000);

function slice(observation: number, faxes: unknown, over: Partial<LandedSpec> = {}): PreparedLoad {
  return preparedOf({ observation, at: START + observation * HOUR, window: WINDOW, ...over }, faxes);
}

function numbers(observation: number, ...listed: readonly unknown[]): PreparedLoad {
  return slice(observation, listed, { kind: 'snapshot', stream: 'phone_numbers', window: null });
}

const NUMBER = {
  city: 'Milwaukee',
  state: 'Wisconsin',
  country: 'US',
  last_billed_at: CREATED,
  provisioned_at: CREATED,
  callback_url: null,
};

describe('the load path, where it once failed', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterAll(async () => {
    await database.drop();
  });
  beforeEach(async () => {
    await emptyWarehouse(database.pool);
  });

  async function load(...objects: readonly PreparedLoad[]): Promise<LoadOutcome | undefined> {
    let last: LoadOutcome | undefined;
    for (const object of objects) last = await loadObject(database.pool, object, TEST_LOAD);
    return last;
  }

  async function reread(object: PreparedLoad): Promise<LoadOutcome> {
    return loadObject(database.pool, object, { ...TEST_LOAD, isReread: true });
  }

  async function rows(sql: string): Promise<unknown[]> {
    return (await database.pool.query(sql)).rows;
  }

  it.each(['n/a', -7, null, undefined])('takes a cost of %j for unknown, not for a credit', async (cost) => {
    const odd = { ...wireFax(1, CREATED), cost, created_at: 'soon' };
    await load(slice(1, [wireFax(1, CREATED, { cost: 14 })]), slice(2, [odd]));
    expect(await rows('select cost_cents, created_at from warehouse.faxes')).toEqual([
      { cost_cents: 14, created_at: new Date(START + 60_000) },
    ]);
    expect(await rows('select cost_delta_cents as cents from warehouse.fax_history')).toEqual([{ cents: 14 }]);
  });

  it('drops a session that became read-only, so that the next try finds the primary', async () => {
    const pool = createWarehousePool(database.url, { connectionsMax: 1 });
    await pool.query('set default_transaction_read_only = on');
    expect(await loadObject(pool, slice(1, [wireFax(1, CREATED)]), TEST_LOAD)).toMatchObject({
      kind: 'loaded',
      added: 1,
    });
    await pool.end();
  });

  it('sets limits to waiting inside its own transaction', async () => {
    const seen: unknown[] = [];
    const prepared = slice(1, [wireFax(1, CREATED)]);
    await loadObject(
      database.pool,
      {
        ...prepared,
        write: async (load) => {
          const found =
            await load.client.query(`select name from pg_settings where source = 'session' and setting::bigint > 0
            and name in ('lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout') order by 1`);
          seen.push(...found.rows.map(({ name }: { name: string }) => name));
          return prepared.write(load);
        },
      },
      TEST_LOAD,
    );
    expect(seen).toEqual(['idle_in_transaction_session_timeout', 'lock_timeout', 'statement_timeout']);
  });

  it('calls nobody gone by slices that lost too much, whichever was loaded first', async () => {
    const many = Array.from({ length: 20 }, (_, i) => wireFax(i + 1, CREATED));
    await load(slice(2, many.slice(0, 3)), slice(4, many.slice(0, 3)), slice(1, many));
    expect(
      await rows('select count(*)::integer as missing from warehouse.faxes where missing_since is not null'),
    ).toEqual([{ missing: 0 }]);
    expect(await rows('select observation_no, is_complete from ops.slices order by 1')).toEqual([
      { observation_no: '1', is_complete: true },
      { observation_no: '2', is_complete: false },
      { observation_no: '4', is_complete: false },
    ]);
  });

  it('asks by id for what a slice with a nameless record does not show', async () => {
    await load(slice(1, [wireFax(1, CREATED, { is_test: true }), wireFax(2, CREATED)]));
    expect(await load(slice(2, [wireFax(2, CREATED), { status: 'success' }]))).toMatchObject({ disagreements: ['1'] });
  });

  it('mends a number, its history and its rent when a snapshot is read again better', async () => {
    const listed = { ...NUMBER, phone_number: '+14145551000' };
    await load(numbers(1, { ...listed, cost: '2 USD' }), numbers(2, { ...listed, cost: '2 USD' }));
    await reread(numbers(1, { ...listed, cost: 200 }));
    await reread(numbers(2, { ...listed, cost: 200 }));
    expect(await rows('select cost_cents from warehouse.phone_numbers')).toEqual([{ cost_cents: 200 }]);
    expect(await rows('select observation_no, cost_cents from warehouse.phone_number_history')).toEqual([
      { observation_no: '1', cost_cents: 200 },
    ]);
    expect(await rows('select cost_cents from warehouse.phone_number_charges')).toEqual([{ cost_cents: 200 }]);
  });

  it('mends the totals of a slice that is read again better', async () => {
    await load(slice(1, [wireFax(1, CREATED, { cost: 7 }), { status: 'success' }]));
    await reread(slice(1, [wireFax(1, CREATED, { cost: 7 }), wireFax(2, CREATED, { cost: 7 })]));
    expect(await rows('select record_count, cost_cents, is_complete from ops.slices')).toEqual([
      { record_count: 2, cost_cents: '14', is_complete: true },
    ]);
  });

  it('sets aside a number too long for an index and loads the others', async () => {
    const long = { ...NUMBER, phone_number: '中'.repeat(9_000), cost: 200 };
    expect(await load(numbers(1, long, { ...NUMBER, phone_number: '+14145551000', cost: 200 }))).toMatchObject({
      added: 1,
    });
    expect(await rows('select phone_number from warehouse.phone_numbers')).toEqual([{ phone_number: '+14145551000' }]);
    expect(await rows(`select reason from ops.rejected_records where scope = 'record'`)).toEqual([
      { reason: 'key_too_long' },
    ]);
  });

  it('names a fax that is open for a day, and not one that only a stale look shows open', async () => {
    const open = wireFax(1, CREATED);
    await load(slice(1, [open, wireFax(2, CREATED, { status: 'success' })]));
    expect(await load(slice(30, [open, wireFax(2, CREATED)]))).toMatchObject({
      openTooLong: ['1'],
      disagreements: ['2'],
    });
  });

  it('does not take a callback for proof that a missing fax is there, but asks for it by id', async () => {
    const fax = wireFax(1, CREATED, { is_test: true, status: 'success' });
    await load(slice(1, [fax, wireFax(2, CREATED)]), slice(2, [wireFax(2, CREATED)]), slice(4, [wireFax(2, CREATED)]));
    const late = slice(5, fax, { kind: 'callback', window: null, subjectId: '1' });
    expect(await load(late)).toMatchObject({ disagreements: ['1'] });
    expect(await rows('select missing_since, gone_at_source_at from warehouse.faxes where fax_id = 1')).toEqual([
      { missing_since: new Date(START + 2 * HOUR), gone_at_source_at: new Date(START + 4 * HOUR) },
    ]);
  });

  it('does not call a fax missing that a callback told of before the listings showed it', async () => {
    await load(slice(1, []), slice(2, wireFax(1, CREATED), { kind: 'callback', window: null, subjectId: '1' }));
    expect(await rows('select missing_since from warehouse.faxes')).toEqual([{ missing_since: null }]);
  });

  it('tries a conflict three times more, with a pause each, and then passes it on', async () => {
    const prepared = slice(1, [wireFax(1, CREATED)]);
    const conflict = new ConcurrentWriteError('A test stands in the way.', {
      code: 'concurrent_write',
      retryable: true,
    });
    const failing = (times: number): PreparedLoad => {
      let left = times;
      return {
        ...prepared,
        write: (load) => {
          left -= 1;
          return left >= 0 ? Promise.reject(conflict) : prepared.write(load);
        },
      };
    };
    let pauses = 0;
    const sleep = async () => {
      pauses += 1;
    };
    const options = { ...TEST_LOAD, sleep };
    await expect(loadObject(database.pool, failing(4), options)).rejects.toBe(conflict);
    expect(pauses).toBe(3);
    expect(await loadObject(database.pool, failing(3), options)).toMatchObject({ kind: 'loaded', added: 1 });
  });

  it('follows the billing zone of the settings', async () => {
    await load(slice(1, [wireFax(1, CREATED)]));
    const pool = createWarehousePool(database.url);
    await loadObject(pool, slice(2, [wireFax(1, CREATED)]), { ...TEST_LOAD, billingZone: 'UTC' });
    await pool.end();
    expect(await rows('select billing_zone from warehouse.accounts')).toEqual([{ billing_zone: 'UTC' }]);
  });
});
