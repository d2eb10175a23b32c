import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createReconcileHandler, handler, type ReconcileHandler } from '../../functions/reconcile.ts';
import { LOCAL_CONTEXT } from '../../src/cli/local-host.ts';
import { SettingsError } from '../../src/domain/errors.ts';
import { DAY_MS, HOUR_MS, toIso } from '../../src/domain/time.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { loadObject } from '../../src/warehouse/load-object.ts';
import { countedMetrics } from '../support/counted-metrics.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { type LandedSpec, preparedOf, TEST_LOAD, wireFax } from '../support/landed.ts';
import { type ReaderLogin, readerOf } from '../support/reader-login.ts';

const START = Date.UTC(2026, 6, 1, 12);
const WINDOW = { after: START, before: START + HOUR_MS };
const NOW = START + 40 * DAY_MS;

let database: TestDatabase;
let reader: ReaderLogin;
let reconcile: ReconcileHandler;
let lines: Record<string, unknown>[];
const { metrics, counted } = countedMetrics('reconcile');

beforeAll(async () => {
  database = await freshDatabase();
  reader = await readerOf(database);
  const fax = (id: number, cost: number) => wireFax(id, toIso(START + id * 1_000), { status: 'success', cost });
  const load = async (spec: LandedSpec, data: unknown) => {
    const prepared = preparedOf({ window: WINDOW, ...spec }, data);
    await loadObject(database.pool, prepared, TEST_LOAD);
  };
  await load({ observation: 1, at: START + HOUR_MS }, [fax(1, 7), fax(2, 7)]);
  await load({ observation: 2, at: START + 36 * DAY_MS }, [fax(1, 7), fax(2, 5)]);
  await load({ observation: 3, at: NOW - HOUR_MS, window: { after: NOW - 2 * DAY_MS, before: NOW } }, [
    wireFax(3, toIso(NOW - 30 * HOUR_MS), { status: 'inprogress', cost: -2 }),
  ]);
});
afterAll(async () => {
  await database.drop();
  await reader.drop();
});
beforeEach(() => {
  lines = [];
  counted();
  reconcile = createReconcileHandler({
    clock: { now: () => NOW, sleep: async () => {} },
    log: createLogger({ service: 'reconcile', write: (line) => lines.push(JSON.parse(line)) }),
    metrics,
    warehouseOf: async (account) => {
      if (account !== 'main') throw new SettingsError('no such account', { code: 'unknown_account' });
      return reader.pool;
    },
  });
});

/** Somebody's own statement, past every trigger; undone by the next one. */
async function tamper(...statements: readonly string[]): Promise<void> {
  const client = await database.pool.connect();
  await client.query(`begin; set local session_replication_role = replica; ${statements.join(';')}; commit`);
  client.release();
}

describe('the reconcile function', () => {
  it('measures the account: what it counts and what it logs', async () => {
    const answer = await reconcile({ account: 'main', task: 'measure' }, LOCAL_CONTEXT);
    expect(answer).toMatchObject({ task: 'measure', account: 'main', openOverDay: 1, rejectedOpen: 1, canaryAt: null });
    expect(counted()).toEqual([
      {
        service: 'reconcile',
        account: 'main',
        FaxesOpenOverDay: 1,
        RejectedOpen: 1,
        DriftFields: 0,
        FaxesGoneLive: 0,
        ListingsIncomplete: 0,
        LoadedAge: 3_599.8,
      },
    ]);
    expect(lines).toEqual([
      expect.objectContaining({ message: 'warehouse measured', open_count: 1, rejected_count: 1, age_ms: 3_599_800 }),
    ]);
    expect(JSON.stringify(lines)).not.toContain('dropped_keys');
  });

  it('finds nothing to say about money that agrees', async () => {
    const answer = await reconcile({ account: 'main', task: 'reconcile' }, LOCAL_CONTEXT);
    expect(answer).toMatchObject({ task: 'reconcile', centsUnexplained: 0, faxesUnexplained: 0 });
    expect(counted()).toEqual([{ service: 'reconcile', account: 'main', CentsUnexplained: 0, FaxesUnexplained: 0 }]);
    expect(lines).toEqual([
      expect.objectContaining({
        message: 'money checked',
        level: 'INFO',
        row_count: 3,
        slice_count: 1,
        record_count: 2,
        differing_count: 0,
        differing_cents: 0,
      }),
    ]);
  });

  it('names by ids and amounts what differs, counts it, and does not fail', async () => {
    await tamper(
      'update warehouse.faxes set cost_cents = 9 where fax_id = 1',
      'delete from warehouse.faxes where fax_id = 2',
    );
    const answer = await reconcile({ account: 'main', task: 'reconcile' }, LOCAL_CONTEXT);
    expect(answer).toMatchObject({ centsUnexplained: 2 + 5, faxesUnexplained: 1 });
    expect(counted()).toMatchObject([{ CentsUnexplained: 7, FaxesUnexplained: 1 }]);
    expect(lines).toMatchObject([
      { level: 'WARN', message: 'cost is not the sum of its history', fax_id: '1', expected: 9, differing_cents: -2 },
      {
        level: 'WARN',
        message: 'settled window differs from its look',
        observation: 2,
        pass: 'head',
        after: expect.stringMatching(/^2026-07-01T/),
        differing_count: -1,
        differing_cents: -5,
      },
      { level: 'INFO', message: 'money checked', differing_count: 2, differing_cents: 7 },
    ]);
    expect(JSON.stringify(lines)).not.toContain('dropped_keys');
    // What was created before the days asked for is not looked at.
    expect(await reconcile({ account: 'main', task: 'reconcile', days: 20 }, LOCAL_CONTEXT)).toMatchObject({
      centsUnexplained: 0,
      history: { faxes: 1 },
    });
  });

  it.each([
    null,
    {},
    { account: 'main' },
    { account: 'main', task: 'audit' },
    { account: 'main', task: 'measure', days: 3 },
  ])('refuses the input %j with a clear error that names no value', async (event) => {
    await expect(reconcile(event, LOCAL_CONTEXT)).rejects.toMatchObject({
      code: 'reconcile_event_invalid',
      message: expect.stringContaining('Give {"account"'),
    });
  });

  it('fails where the account is not known or the warehouse cannot be asked', async () => {
    await expect(reconcile({ account: 'other', task: 'measure' }, LOCAL_CONTEXT)).rejects.toMatchObject({
      code: 'unknown_account',
    });
    await expect(handler({ account: 'other', task: 'measure' }, LOCAL_CONTEXT)).rejects.toMatchObject({
      code: 'unknown_account',
    });
    lines = [];
    await database.pool.query('alter table warehouse.fax_history rename to fax_history_away');
    try {
      await expect(reconcile({ account: 'main', task: 'reconcile' }, LOCAL_CONTEXT)).rejects.toMatchObject({
        name: 'WarehouseError',
      });
    } finally {
      await database.pool.query('alter table warehouse.fax_history_away rename to fax_history');
    }
    expect(lines).toMatchObject([{ level: 'ERROR', message: 'reconciling failed' }]);
  });

  it('writes nothing', async () => {
    const client = await reader.pool.connect();
    const { rows } = await client.query<{ count: string }>(
      `select count(*) from pg_class c
       where relnamespace::regnamespace::text in ('warehouse', 'ops') and relkind = 'r'
         and has_table_privilege(c.oid, 'insert, update, delete, truncate')`,
    );
    client.release();
    expect(rows[0]?.count).toBe('0');
  });
});
