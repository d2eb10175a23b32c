import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, toIso } from '../../src/domain/time.ts';
import type { WireFaxV2 } from '../../src/phaxio/wire.ts';
import { loadObject } from '../../src/warehouse/load-object.ts';
import { type Measures, measureAccount } from '../../src/warehouse/measure.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { type LandedSpec, preparedOf, TEST_LOAD, wireFax } from '../support/landed.ts';
import { type ReaderLogin, readerOf } from '../support/reader-login.ts';

const NOW = Date.UTC(2026, 10, 20, 12);

let database: TestDatabase;
let reader: ReaderLogin;
let account: string;
let observation: number;
let count = 0;

beforeAll(async () => {
  database = await freshDatabase();
  reader = await readerOf(database);
});
afterAll(async () => {
  await database.drop();
  await reader.drop();
});
beforeEach(() => {
  count += 1;
  account = `clinic-${count}`;
  observation = 0;
});

/** Loads the next look. */
async function load(spec: Partial<LandedSpec> & { at: number }, data: unknown): Promise<void> {
  observation += 1;
  const prepared = preparedOf({ account, observation, ...spec }, data);
  const mark = { ...prepared.mark, landedKey: `${account}/${observation}` };
  expect(await loadObject(database.pool, { ...prepared, mark }, TEST_LOAD)).toMatchObject({ kind: 'loaded' });
}

const measure = (over: { account?: string; now?: number } = {}): Promise<Measures> =>
  measureAccount(reader.pool, { account, canary: { account: 'canary', faxId: 1 }, now: NOW, ...over });

/** A fax created so many hours ago. */
const fax = (id: number, hoursAgo: number, over: Partial<WireFaxV2> = {}) =>
  wireFax(id, toIso(NOW - hoursAgo * HOUR_MS), { status: 'success', ...over });

const everything = { after: NOW - 30 * DAY_MS, before: NOW + DAY_MS };

describe('measuring an account', () => {
  it('gives zeros where nothing was ever loaded', async () => {
    expect(await measure()).toEqual({
      openOverDay: 0,
      rejectedOpen: 0,
      driftFields: 0,
      goneLive: 0,
      listingsIncomplete: 0,
      newestAnswerAt: null,
      canaryAt: null,
    });
  });

  it('counts live faxes that are not final a day to a week after they were created', async () => {
    const open = { status: 'inprogress' };
    await load({ at: NOW - HOUR_MS, window: everything }, [
      fax(1, 23, open),
      fax(2, 25, open),
      fax(3, 6 * 24, { status: 'a-new-word' }),
      fax(4, 8 * 24, open),
      fax(5, 30),
      fax(6, 30, { ...open, is_test: true }),
    ]);
    expect(await measure()).toMatchObject({ openOverDay: 2 });
    expect(await measure({ now: NOW + 3 * HOUR_MS })).toMatchObject({ openOverDay: 3 });
  });

  it('counts what was set aside until it is resolved, and what of the form was first seen during the last day', async () => {
    const odd = (id: number) => ({ ...fax(id, 100, { cost: -1 }), holograms: 1 });
    await load({ at: NOW - 3 * DAY_MS, window: everything }, [odd(1)]);
    await load({ at: NOW - 2 * HOUR_MS, window: everything }, [odd(1), { ...odd(2), colour: 'blue', size: 1 }]);
    expect(await measure()).toMatchObject({ rejectedOpen: 2, driftFields: 2 });
    await database.pool.query(
      `update ops.rejected_records set resolved_at = now()
       where record_id = '2' and account_id = (select account_id from warehouse.accounts where account_key = $1)`,
      [account],
    );
    expect(await measure()).toMatchObject({ rejectedOpen: 1 });
    expect(await measure({ now: NOW + 2 * DAY_MS })).toMatchObject({ driftFields: 0 });
  });

  it('counts faxes that are no tests and that listings of the last day showed to be gone', async () => {
    const kept = Array.from({ length: 40 }, (_, index) => fax(100 + index, 400));
    const lost = [fax(1, 300), fax(2, 200), fax(3, 100, { is_test: true }), fax(4, 50), fax(5, 20)];
    await load({ at: NOW - 60 * HOUR_MS, window: everything }, [...kept, ...lost.slice(0, 4)]);
    await load({ at: NOW - 50 * HOUR_MS, window: everything }, [...kept, ...lost.slice(1, 4)]);
    // The first one is gone by this look, two days ago.
    await load({ at: NOW - 48 * HOUR_MS, window: everything }, [...kept, ...lost.slice(1)]);
    await load({ at: NOW - 5 * HOUR_MS, window: everything }, [...kept, ...lost.slice(3)]);
    expect(await measure()).toMatchObject({ goneLive: 0 });
    await load({ at: NOW - 3 * HOUR_MS, window: everything }, [...kept, ...lost.slice(3)]);
    expect(await measure()).toMatchObject({ goneLive: 1 });
    // Windows of several looks overlap; no fax counts twice.
    const part = { after: NOW - 250 * HOUR_MS, before: NOW };
    await load({ at: NOW - HOUR_MS, window: part }, lost.slice(3));
    await load({ at: NOW, window: part }, lost.slice(3));
    expect(await measure()).toMatchObject({ goneLive: 1 });
    expect(await measure({ now: NOW + HOUR_MS })).toMatchObject({ goneLive: 1 });
    expect(await measure({ now: NOW + 2 * DAY_MS })).toMatchObject({ goneLive: 0 });
  });

  it('counts listings of any stream that were not whole during the last day', async () => {
    const many = Array.from({ length: 40 }, (_, index) => fax(index + 1, 100));
    await load({ at: NOW - 50 * HOUR_MS, window: everything }, many);
    await load({ at: NOW - 30 * HOUR_MS, window: everything }, []);
    await load({ at: NOW - 20 * HOUR_MS, window: everything }, many);
    expect(await measure()).toMatchObject({ listingsIncomplete: 0, goneLive: 0 });
    await load({ at: NOW - 10 * HOUR_MS, window: everything }, []);
    await load({ at: NOW - 9 * HOUR_MS, stream: 'phone_numbers', kind: 'snapshot' }, [
      { phone_number: null, cost: 200 },
    ]);
    await load({ at: NOW - 8 * HOUR_MS, stream: 'countries', kind: 'snapshot' }, []);
    expect(await measure()).toMatchObject({ listingsIncomplete: 2, goneLive: 0 });
    expect(await measure({ now: NOW + 16 * HOUR_MS })).toMatchObject({ listingsIncomplete: 0 });
  });

  it('tells the newest answer that is loaded, in whatever order objects came', async () => {
    await load({ at: NOW - HOUR_MS, kind: 'lookup' }, fax(1, 10));
    await load({ at: NOW - 2 * HOUR_MS, kind: 'lookup' }, fax(2, 10));
    expect(await measure()).toMatchObject({ newestAnswerAt: NOW - HOUR_MS + 200 });
  });

  it('tells when the canary was sent that is stored, to every account', async () => {
    expect(await measure()).toMatchObject({ canaryAt: null });
    const own = account;
    account = 'canary';
    await load({ at: NOW - 5 * HOUR_MS, kind: 'lookup' }, fax(1, 10, { is_test: true, caller_name: 'a' }));
    expect(await measure({ account: own })).toMatchObject({ canaryAt: NOW - 5 * HOUR_MS });
    await load({ at: NOW - HOUR_MS, kind: 'lookup' }, fax(1, 10, { is_test: true, caller_name: 'b' }));
    expect(await measure({ account: own })).toMatchObject({ canaryAt: NOW - HOUR_MS, newestAnswerAt: null });
  });
});
