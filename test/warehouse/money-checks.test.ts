import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, toIso } from '../../src/domain/time.ts';
import type { WireFaxV2 } from '../../src/phaxio/wire.ts';
import { loadObject } from '../../src/warehouse/load-object.ts';
import { checkMoney, type MoneyReport } from '../../src/warehouse/money-checks.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { type LandedSpec, preparedOf, TEST_LOAD, wireFax } from '../support/landed.ts';
import { type ReaderLogin, readerOf } from '../support/reader-login.ts';

const START = Date.UTC(2026, 6, 1, 12);
const WINDOW = { after: START, before: START + HOUR_MS };
/** When the last pass comes by. */
const SETTLED = START + 36 * DAY_MS;

const fax = (id: number, cost: number, over: Partial<WireFaxV2> = {}) =>
  wireFax(id, toIso(START + id * 1_000), { status: 'success', cost, ...over });

let database: TestDatabase;
let reader: ReaderLogin;
let account: string;
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
});

/** Loads one look; by default a slice of the window. */
async function load(spec: Partial<LandedSpec> & { observation: number; at: number }, data: unknown): Promise<void> {
  const kind = spec.kind ?? 'slice';
  const prepared = preparedOf({ account, window: kind === 'slice' ? WINDOW : null, ...spec }, data);
  const mark = { ...prepared.mark, landedKey: `${account}/${spec.observation}` };
  expect(await loadObject(database.pool, { ...prepared, mark }, TEST_LOAD)).toMatchObject({ kind: 'loaded' });
}

function check(over: { createdFrom?: number; createdTo?: number; timeoutMs?: number } = {}): Promise<MoneyReport> {
  const { createdFrom = START - DAY_MS, createdTo = START + 60 * DAY_MS, timeoutMs = 30_000 } = over;
  return checkMoney(reader.pool, { account, createdFrom, createdTo, settledAfterMs: 34 * DAY_MS }, timeoutMs);
}

/** Somebody's own statement about this account, past every trigger. */
async function tamper(sql: string): Promise<void> {
  const client = await database.pool.connect();
  try {
    await client.query(`begin; set local session_replication_role = replica`);
    await client.query(
      sql.replaceAll('$ACCOUNT', `(select account_id from warehouse.accounts where account_key = '${account}')`),
    );
    await client.query('commit');
  } finally {
    client.release();
  }
}

const NOTHING = { differing: 0, differingCents: 0, differences: [] };

describe('the money checks', () => {
  it('find nothing where the last look is what is stored, and say how much they looked at', async () => {
    await load({ observation: 1, at: START + HOUR_MS }, [fax(1, 7), fax(2, 14, { status: 'inprogress' }), fax(3, 7)]);
    await load({ observation: 2, at: SETTLED }, [fax(1, 7), fax(2, 7), fax(3, 0, { status: 'failure' })]);
    expect(await check()).toEqual({
      history: { faxes: 3, ...NOTHING },
      slices: {
        windows: 1,
        faxes: 3,
        cents: 14,
        laterFaxes: 0,
        laterCents: 0,
        unclear: 0,
        differingFaxes: 0,
        ...NOTHING,
      },
    });
  });

  it('find nothing where nothing was loaded', async () => {
    expect(await check()).toMatchObject({ history: { faxes: 0, differing: 0 }, slices: { windows: 0, differing: 0 } });
  });

  it('explain what later looks changed, what the look missed, and what it did not know yet', async () => {
    await load({ observation: 1, at: START + HOUR_MS }, [fax(1, 7), fax(2, 7), fax(9, 3)]);
    await load({ observation: 2, at: SETTLED }, [fax(1, 7), fax(2, 7)]);
    await load({ observation: 3, at: SETTLED + DAY_MS, kind: 'lookup' }, fax(2, 5));
    await load({ observation: 4, at: SETTLED + DAY_MS, kind: 'lookup' }, fax(4, 20));
    // Credited two cents, shown late for 20, and one of 3 that is gone.
    const explained = { windows: 1, cents: 14, laterFaxes: 2, laterCents: 21, ...NOTHING };
    expect((await check()).slices).toMatchObject(explained);
    await tamper('delete from ops.fax_looks where account_id = $ACCOUNT and fax_id = 4');
    expect((await check()).slices).toMatchObject(explained);
  });

  it('leave windows alone that were not settled when they were listed, or whose listing was not whole', async () => {
    await load({ observation: 1, at: START + HOUR_MS }, [fax(1, 7)]);
    expect((await check()).slices.windows).toBe(0);
    await load({ observation: 2, at: SETTLED, status: 200 }, [fax(1, 7)]);
    expect((await check()).slices.windows).toBe(1);
    await tamper('update ops.slices set is_complete = false where account_id = $ACCOUNT');
    expect((await check()).slices.windows).toBe(0);
  });

  it('take the last of several looks at one window', async () => {
    await load({ observation: 1, at: SETTLED }, [fax(1, 7), fax(2, 7)]);
    await load({ observation: 2, at: SETTLED + DAY_MS }, [fax(1, 7), fax(2, 0)]);
    expect((await check()).slices).toMatchObject({ windows: 1, cents: 7, laterCents: 0, ...NOTHING });
    const wide = { after: START - DAY_MS, before: START + 2 * HOUR_MS };
    await load({ observation: 3, at: SETTLED + 2 * DAY_MS, window: wide }, [fax(1, 7), fax(2, 4)]);
    expect((await check()).slices).toMatchObject({ windows: 1, cents: 11, laterCents: 0, ...NOTHING });
  });

  it('see a loss in a settled window over which a wider look went that is not settled itself', async () => {
    await load({ observation: 1, at: SETTLED }, [fax(1, 7), fax(2, 7)]);
    const wide = { after: START - DAY_MS, before: SETTLED + 4 * DAY_MS };
    await load({ observation: 2, at: wide.before, window: wide }, [fax(1, 7), fax(2, 5), fax(3, 4)]);
    expect((await check()).slices).toMatchObject({ windows: 1, cents: 14, laterFaxes: 1, laterCents: 2, ...NOTHING });
    await tamper('delete from warehouse.fax_history where account_id = $ACCOUNT and fax_id = 1');
    await tamper('delete from warehouse.faxes where account_id = $ACCOUNT and fax_id = 1');
    expect((await check()).slices).toMatchObject({ windows: 1, differing: 1, differingFaxes: 1, differingCents: 7 });
  });

  it('call a window unclear where the look itself was worth less than what was known', async () => {
    await load({ observation: 1, at: START + HOUR_MS, kind: 'lookup' }, fax(1, 7));
    await load({ observation: 2, at: SETTLED }, [fax(1, 9, { status: 'inprogress' }), fax(2, 7)]);
    expect((await check()).slices).toMatchObject({ windows: 1, unclear: 1, ...NOTHING });
  });

  it('call a window unclear where a value of the look was refused', async () => {
    await load({ observation: 1, at: START + HOUR_MS }, [fax(1, 7), fax(2, 7)]);
    await load({ observation: 2, at: SETTLED }, [fax(1, 7), fax(2, -7)]);
    expect((await check()).slices).toMatchObject({ windows: 1, unclear: 1, ...NOTHING });
  });

  it('see a cost that is not the sum of its history, at one cent too', async () => {
    await load({ observation: 1, at: START + HOUR_MS }, [fax(1, 7), fax(2, 7)]);
    await tamper('update warehouse.faxes set cost_cents = 8 where account_id = $ACCOUNT and fax_id = 2');
    expect((await check()).history).toEqual({
      faxes: 2,
      differing: 1,
      differingCents: 1,
      differences: [{ faxId: '2', costCents: 8, historyCents: 7 }],
    });
    await tamper('delete from warehouse.fax_history where account_id = $ACCOUNT and fax_id = 1');
    expect((await check()).history).toMatchObject({ differing: 2, differingCents: 8 });
  });

  it('see a fax that was lost from a settled window, one that was doubled, and a cost and history altered together', async () => {
    await load({ observation: 1, at: SETTLED }, [fax(1, 7), fax(2, 7), fax(3, 9)]);
    const difference = { observation: 1, pass: 'head', after: expect.any(String), before: expect.any(String) };
    await tamper('delete from warehouse.fax_history where account_id = $ACCOUNT and fax_id = 3');
    await tamper('delete from warehouse.faxes where account_id = $ACCOUNT and fax_id = 3');
    expect(await check()).toMatchObject({
      history: NOTHING,
      slices: {
        differing: 1,
        differingFaxes: 1,
        differingCents: 9,
        differences: [{ ...difference, faxes: -1, cents: -9 }],
      },
    });
    await tamper(`
      insert into warehouse.faxes (account_id, fax_id, created_at, observed_at, observation_no, content_hash, cost_cents, stage, observed_via)
      select account_id, 30, created_at, observed_at, observation_no, content_hash, 9, stage, observed_via
      from warehouse.faxes where account_id = $ACCOUNT and fax_id = 2`);
    await tamper(`
      insert into warehouse.fax_history select account_id, 30, observation_no, observed_at, 9, 9, num_pages, stage, observed_via, status
      from warehouse.fax_history where account_id = $ACCOUNT and fax_id = 2`);
    expect(await check()).toMatchObject({ history: NOTHING, slices: { differing: 0 } });
    await tamper('update warehouse.faxes set cost_cents = 4 where account_id = $ACCOUNT and fax_id = 1');
    await tamper(
      'update warehouse.fax_history set cost_cents = 4, cost_delta_cents = 4 where account_id = $ACCOUNT and fax_id = 1',
    );
    expect(await check()).toMatchObject({
      history: NOTHING,
      slices: {
        differing: 1,
        differingFaxes: 0,
        differingCents: 3,
        differences: [{ ...difference, faxes: 0, cents: -3 }],
      },
    });
  });

  it('see a window of which nothing is stored any more', async () => {
    await load({ observation: 1, at: SETTLED }, [fax(1, 7), fax(2, 7)]);
    await tamper('delete from warehouse.faxes where account_id = $ACCOUNT');
    expect((await check()).slices).toMatchObject({ differing: 1, differingFaxes: 2, differingCents: 14 });
  });

  it('look at what was created in their scope, and at faxes whose creation is not known', async () => {
    await load({ observation: 1, at: SETTLED }, [fax(1, 7)]);
    await load({ observation: 2, at: SETTLED, kind: 'lookup' }, fax(5, 7, { created_at: null as unknown as string }));
    expect(await check({ createdFrom: START + DAY_MS })).toMatchObject({
      history: { faxes: 1 },
      slices: { windows: 0 },
    });
    expect(await check({ createdTo: START + 1_000 })).toMatchObject({ history: { faxes: 1 }, slices: { windows: 1 } });
    expect(await check()).toMatchObject({ history: { faxes: 2 }, slices: { windows: 1 } });
  });

  it('know nothing of the faxes and windows of another account', async () => {
    await load({ observation: 1, at: SETTLED }, [fax(1, 7)]);
    account = `${account}-other`;
    await load({ observation: 1, at: SETTLED }, [fax(1, 100), fax(2, 100)]);
    await tamper('update warehouse.fax_history set cost_delta_cents = 0 where account_id = $ACCOUNT');
    expect(await check()).toMatchObject({ history: { differingCents: 200 }, slices: { differingCents: 200 } });
    account = account.replace('-other', '');
    expect(await check()).toMatchObject({ history: { faxes: 1, ...NOTHING }, slices: { windows: 1, ...NOTHING } });
  });

  it('name the largest differences and count all', async () => {
    const many = Array.from({ length: 50 }, (_, index) => fax(index + 1, index + 1));
    await load({ observation: 1, at: SETTLED }, many);
    await tamper('update warehouse.fax_history set cost_delta_cents = 0 where account_id = $ACCOUNT');
    const { history } = await check();
    expect(history).toMatchObject({ differing: 50, differingCents: (50 * 51) / 2 });
    expect(history.differences.map(({ faxId }) => Number(faxId))).toEqual(
      Array.from({ length: 20 }, (_, index) => 50 - index),
    );
  });

  it('end when their time is over, and leave the connection usable', async () => {
    await load({ observation: 1, at: SETTLED }, [fax(1, 7)]);
    const blocker = await database.pool.connect();
    await blocker.query('begin; lock table warehouse.fax_history in access exclusive mode');
    await expect(check({ timeoutMs: 20 })).rejects.toMatchObject({ name: 'WarehouseError' });
    await blocker.query('rollback');
    blocker.release();
    expect((await check()).slices).toMatchObject({ faxes: 1, ...NOTHING });
  });
});
