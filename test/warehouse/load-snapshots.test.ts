import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toIso } from '../../src/domain/time.ts';
import { LOST_MIN } from '../../src/warehouse/doubt-losses.ts';
import { loadObject, type PreparedLoad } from '../../src/warehouse/load-object.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { preparedOf, TEST_LOAD } from '../support/landed.ts';
import { emptyWarehouse, warehouseContent } from '../support/warehouse-content.ts';

const START = Date.UTC(2026, 8, 1, 12);
const HOUR = 3_600_000;
const MONTH = 30 * 24 * HOUR;

function wireNumber(n: number, billing = 0, cost = 200) {
  return {
    phone_number: `+1414555${String(1000 + n)}`,
    city: 'Milwaukee',
    state: 'Wisconsin',
    country: 'United States of America',
    cost,
    last_billed_at: toIso(START + billing * MONTH),
    provisioned_at: toIso(START),
    callback_url: null,
    ata_name: null,
  };
}

function snapshot(observation: number, data: unknown, stream = 'phone_numbers'): PreparedLoad {
  return preparedOf({ observation, at: START + observation * HOUR, kind: 'snapshot', stream }, data);
}

describe('loading snapshots', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterAll(async () => {
    await database.drop();
  });

  async function empty({ pool }: TestDatabase): Promise<void> {
    await emptyWarehouse(pool);
  }
  beforeEach(() => empty(database));

  async function load(...objects: readonly PreparedLoad[]): Promise<void> {
    for (const object of objects) await loadObject(database.pool, object, TEST_LOAD);
  }

  async function rows(sql: string): Promise<unknown[]> {
    return (await database.pool.query(sql)).rows;
  }

  const marks = 'select phone_number, missing_since, released_at from warehouse.phone_numbers order by 1';

  it('marks a number missing at the first complete listing without it and released at the second', async () => {
    const [one, two] = [wireNumber(1), wireNumber(2)];
    await load(snapshot(1, [one, two]), snapshot(2, [one]));
    const missing = new Date(START + 2 * HOUR);
    expect((await rows(marks))[1]).toEqual({
      phone_number: two.phone_number,
      missing_since: missing,
      released_at: null,
    });
    await load(snapshot(3, [one]));
    expect((await rows(marks))[1]).toEqual({
      phone_number: two.phone_number,
      missing_since: missing,
      released_at: missing,
    });
    await load(snapshot(4, [one, two]));
    expect((await rows(marks))[1]).toEqual({ phone_number: two.phone_number, missing_since: null, released_at: null });
  });

  it('believes a large loss once a list a day later lacks the same, and goes on believing it when the rest shrinks', async () => {
    const all = Array.from({ length: 20 }, (_, n) => wireNumber(n));
    const released = async () =>
      (await rows('select count(*)::integer as n from warehouse.phone_numbers where released_at is not null'))[0];
    await load(snapshot(1, all), snapshot(2, all.slice(5)), snapshot(3, all.slice(5)), snapshot(24, all.slice(5)));
    expect(await released()).toEqual({ n: 0 });
    await load(snapshot(26, all.slice(5)));
    expect(await released()).toEqual({ n: 5 });
    for (let left = 6, look = 27; left <= 19; left++, look += 2) {
      await load(snapshot(look, all.slice(left)), snapshot(look + 1, all.slice(left)));
    }
    expect(await released()).toEqual({ n: 19 });
  });

  it('judges a loss by what was listed before it, not by what is listed now', async () => {
    const all = Array.from({ length: 30 }, (_, n) => wireNumber(n));
    // Five of thirty are believed at once; that only six are left within the day does not take it back.
    await load(snapshot(1, all), snapshot(2, all.slice(5)), snapshot(3, all.slice(5)));
    for (let left = 8, look = 4; left <= 24; left += 3, look += 2) {
      await load(snapshot(look, all.slice(left)), snapshot(look + 1, all.slice(left)));
    }
    const [found] = await rows(
      'select count(*)::integer as n from warehouse.phone_numbers where released_at is not null',
    );
    expect(found).toEqual({ n: 23 });
  });

  it('sets aside the one number the database refuses, and loads the others', async () => {
    await database.pool.query(
      "alter table warehouse.phone_number_history add constraint canary check (city <> 'Nowhere')",
    );
    try {
      const numbers = [wireNumber(1), { ...wireNumber(2), city: 'Nowhere' }, wireNumber(3)];
      await load(snapshot(1, numbers), snapshot(2, [wireNumber(1)]), snapshot(3, [wireNumber(1)]));
      expect(await rows('select phone_number from warehouse.phone_numbers order by 1')).toHaveLength(2);
      expect(await rows('select reason, record_id from ops.rejected_records')).toEqual([
        { reason: 'database_refused_23514', record_id: wireNumber(2).phone_number },
      ]);
      expect(await rows('select is_complete, record_count from ops.slices order by observation_no')).toEqual([
        { is_complete: false, record_count: 2 },
        { is_complete: true, record_count: 1 },
        { is_complete: true, record_count: 1 },
      ]);
    } finally {
      await database.pool.query('alter table warehouse.phone_number_history drop constraint canary');
    }
  });

  it('marks nothing by a listing of which a record could not be read', async () => {
    await load(snapshot(1, [wireNumber(1), wireNumber(2)]), snapshot(2, [wireNumber(1), { city: 'nowhere' }]));
    await load(snapshot(3, [wireNumber(1), { city: 'nowhere' }]));
    expect(
      await rows('select count(*)::integer as missing from warehouse.phone_numbers where missing_since is not null'),
    ).toEqual([{ missing: 0 }]);
    expect(await rows('select distinct reason, scope from ops.rejected_records')).toEqual([
      { scope: 'record', reason: expect.any(String) },
    ]);
  });

  it('marks nothing by a listing that lost too large a share at once', async () => {
    const numbers = Array.from({ length: 20 }, (_, n) => wireNumber(n));
    await load(snapshot(1, numbers), snapshot(2, numbers.slice(0, 5)), snapshot(3, numbers.slice(0, 5)));
    expect(
      await rows('select count(*)::integer as missing from warehouse.phone_numbers where missing_since is not null'),
    ).toEqual([{ missing: 0 }]);
  });

  it('keeps each rent it sees once, with the first price it was seen at', async () => {
    await load(snapshot(1, [wireNumber(1)]), snapshot(2, [wireNumber(1)]), snapshot(3, [wireNumber(1, 1, 250)]));
    expect(
      await rows('select billed_at, cost_cents, observation_no from warehouse.phone_number_charges order by 1'),
    ).toEqual([
      { billed_at: new Date(START), cost_cents: 200, observation_no: '1' },
      { billed_at: new Date(START + MONTH), cost_cents: 250, observation_no: '3' },
    ]);
    expect(await rows('select cost_cents from warehouse.phone_number_history order by observation_no')).toEqual([
      { cost_cents: 200 },
      { cost_cents: 250 },
    ]);
  });

  it('dates the rate card: a row for each change, none for repeats', async () => {
    const card = (price: number) => [
      {
        name: 'Puerto Rico',
        alpha2: 'PR',
        country_code: 1,
        price_per_page: price,
        send_support: 'full',
        receive_support: 'none',
      },
    ];
    await load(
      snapshot(1, card(10), 'countries'),
      snapshot(2, card(10), 'countries'),
      snapshot(3, card(7), 'countries'),
    );
    expect(
      await rows('select price_per_page_cents, valid_from from warehouse.rate_card order by observation_no'),
    ).toEqual([
      { price_per_page_cents: 10, valid_from: new Date(START + HOUR) },
      { price_per_page_cents: 7, valid_from: new Date(START + 3 * HOUR) },
    ]);
  });

  it('keeps every look at the account', async () => {
    const status = { balance: -5, faxes_today: { sent: 1, received: 2 }, faxes_this_month: { sent: 3, received: 4 } };
    await load(snapshot(1, status, 'account_status'), snapshot(2, status, 'account_status'));
    expect(await rows('select balance_cents, received_this_month from warehouse.account_snapshots')).toEqual([
      { balance_cents: -5, received_this_month: 4 },
      { balance_cents: -5, received_this_month: 4 },
    ]);
  });

  it('ends the same in any order of arrival, repeats included', async () => {
    const other = await freshDatabase();
    // More numbers than may be lost at once, so that some losses are doubted.
    const listed = fc.array(
      fc.record({ n: fc.nat(LOST_MIN + 1), billing: fc.nat(1), cost: fc.constantFrom(200, 250) }),
      { maxLength: 6 },
    );
    const runs = fc.array(listed, { minLength: 2, maxLength: 7 }).chain((looks) =>
      fc.tuple(
        fc.constant(looks),
        fc.shuffledSubarray(
          looks.map((_, i) => i),
          { minLength: looks.length },
        ),
      ),
    );
    await fc.assert(
      fc.asyncProperty(runs, async ([looks, order]) => {
        await empty(database);
        await empty(other);
        const objects = looks.map((look, i) => {
          const numbers = new Map(look.map(({ n, billing, cost }) => [n, wireNumber(n, billing, cost)]));
          return snapshot(i + 1, [...numbers.values()]);
        });
        await load(...objects);
        for (const i of [...order, ...order]) {
          const object = objects[i];
          if (object !== undefined) await loadObject(other.pool, object, { ...TEST_LOAD, isReread: true });
        }
        expect(await warehouseContent(other.pool)).toEqual(await warehouseContent(database.pool));
      }),
      { numRuns: Number(process.env['FAXSYNC_ORDER_RUNS'] ?? 60) },
    );
    await other.drop();
  });
});
