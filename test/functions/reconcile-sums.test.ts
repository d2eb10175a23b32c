import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createReconcileHandler, RECONCILE_RESERVE_MS, type ReconcileHandler } from '../../functions/reconcile.ts';
import { LOCAL_CONTEXT } from '../../src/cli/local-host.ts';
import { RECONCILIATION_DEFAULTS } from '../../src/domain/reconciliation.ts';
import { DAY_MS, HOUR_MS, toIso } from '../../src/domain/time.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { loadObject } from '../../src/warehouse/load-object.ts';
import { mendRollups } from '../../src/warehouse/mend-rollups.ts';
import { compareRollups } from '../../src/warehouse/rollups.ts';
import { countedMetrics } from '../support/counted-metrics.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { preparedOf, TEST_LOAD, wireFax } from '../support/landed.ts';
import { type ReaderLogin, readerOf } from '../support/reader-login.ts';

const START = Date.UTC(2026, 6, 1, 12);
const NOW = START + 2 * DAY_MS;
const DAILY = { account: 'main', task: 'reconcile', every: 'day' };
const clock = { now: () => NOW, sleep: async () => {} };

let database: TestDatabase;
/** With the rights of the deployed login, no more. */
let login: ReaderLogin;
let reconcile: ReconcileHandler;
let lines: Record<string, unknown>[];
const { metrics, counted } = countedMetrics('reconcile');

beforeAll(async () => {
  database = await freshDatabase();
  login = await readerOf(database, { mayReconcile: true });
  const window = { after: START, before: START + HOUR_MS };
  const shapes = [1, 2].map((id) => wireFax(id, toIso(START + id * 1_000), { status: 'success', cost: 7 }));
  const faxes = shapes.map((shape) => ({ ...shape, tags: { department: 'Lab' } }));
  await loadObject(database.pool, preparedOf({ observation: 1, at: START + HOUR_MS, window }, faxes), TEST_LOAD);
});
afterAll(async () => {
  await database.drop();
  await login.drop();
});
beforeEach(() => {
  lines = [];
  counted();
  reconcile = createReconcileHandler({
    clock,
    log: createLogger({ service: 'reconcile', write: (line) => lines.push(JSON.parse(line)) }),
    metrics,
    codeVersion: '1.2.3',
    reconcileDeps: async () => ({ pool: login.pool, settings: RECONCILIATION_DEFAULTS }),
  });
});
afterEach(async () => {
  expect(await compareRollups(database.pool, 'main')).toEqual([]);
});

const pending = async () => {
  const { rows } = await database.pool.query<{ count: string }>('select count(*) from rollup.fax_days_pending');
  return Number(rows[0]?.count);
};
const told = (message: string) => lines.filter((line) => line['message'] === message);
const differing = () => counted().flatMap((line) => ('RollupsDiffering' in line ? [line['RollupsDiffering']] : []));

/** What a trigger that was switched off would leave: a sum too many, and a fax that no sum has. */
async function spoil(): Promise<void> {
  await database.pool.query(`update rollup.tag_months_folded set cost_cents = cost_cents + 1`);
  await database.pool.query(`delete from rollup.fax_days_folded`);
}

describe('the sums that reports read', () => {
  it('are folded by each measure, and what was folded is said', async () => {
    expect(await pending()).toBeGreaterThan(0);
    const answer = await reconcile({ account: 'main', task: 'measure' }, LOCAL_CONTEXT);
    expect(answer).toMatchObject({ foldedRows: expect.any(Number) });
    expect(await pending()).toBe(0);
    const folded = answer.task === 'measure' ? answer.foldedRows : null;
    expect(folded).toBeGreaterThan(0);
    expect(told('warehouse measured')).toMatchObject([{ folded_count: folded }]);
    expect(await reconcile({ account: 'main', task: 'measure' }, LOCAL_CONTEXT)).toMatchObject({ foldedRows: 0 });
  });

  it('are left to another fold that is at work', async () => {
    const client = await database.pool.connect();
    try {
      await client.query('begin; select rollup.fold()');
      expect(await reconcile({ account: 'main', task: 'measure' }, LOCAL_CONTEXT)).toMatchObject({ foldedRows: null });
      expect(told('warehouse measured')).toHaveLength(1);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });

  it('are held against the tables every day, and nothing is said of them where all is well', async () => {
    const answer = await reconcile(DAILY, LOCAL_CONTEXT);
    expect(answer).toMatchObject({ rollups: { differences: [], isRight: true } });
    expect(differing()).toEqual([0]);
    expect(lines.filter(({ level }) => level === 'ERROR')).toEqual([]);
  });

  it('that differ are counted, named without any content, and right on the next day', async () => {
    await spoil();
    const answer = await reconcile(DAILY, LOCAL_CONTEXT);
    const differences = [
      { rollup: 'fax_days', differenceCount: 1 },
      { rollup: 'tag_months', differenceCount: 1 },
    ];
    expect(answer).toMatchObject({ task: 'reconcile', left: [], rollups: { differences, isRight: true } });
    expect(differing()).toEqual([2]);
    const line = { level: 'ERROR', message: 'sums differed', account: 'main', differing_count: 1 };
    const error = { name: 'RollupsDifferError', code: 'rollups_differ' };
    expect(told('sums differed')).toMatchObject([
      { ...line, table: 'fax_days', error },
      { ...line, table: 'tag_months', error },
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/dropped_keys|Lab|department/);
    await reconcile(DAILY, LOCAL_CONTEXT);
    expect(differing()).toEqual([0]);
  });

  it('are not looked at every hour, nor by a run for one month', async () => {
    for (const asked of [
      { ...DAILY, every: 'hour' },
      { ...DAILY, period: '2026-07' },
    ]) {
      expect(await reconcile(asked, LOCAL_CONTEXT)).toMatchObject({ rollups: null });
      expect(differing()).toEqual([]);
    }
  });

  it('are left for another day where no time is left, which is said', async () => {
    // Enough when the months begin, none when they end.
    const left = [RECONCILE_RESERVE_MS + 60_000, RECONCILE_RESERVE_MS];
    const context = { ...LOCAL_CONTEXT, getRemainingTimeInMillis: () => left.shift() ?? 0 };
    expect(await reconcile(DAILY, context)).toMatchObject({ rollups: { differences: null, isRight: false } });
    expect(told('sums not compared')).toMatchObject([{ level: 'WARN', reason: 'deadline' }]);
    expect(differing()).toEqual([]);
  });

  it('stay as they are where making them anew takes longer than there is time', async () => {
    await spoil();
    const loader = await database.pool.connect();
    try {
      // A load of the account that does not end.
      await loader.query(`begin; select pg_advisory_xact_lock(1717663852, account_id) from warehouse.accounts`);
      const instants = [0, 0, 59_900];
      const late = { ...clock, now: () => instants.shift() ?? 0 };
      const check = await mendRollups(login.pool, { account: 'main', clock: late, timeoutMs: 60_000 });
      expect(check).toMatchObject({ differences: [{ rollup: 'fax_days' }, { rollup: 'tag_months' }], isRight: false });
    } finally {
      await loader.query('rollback');
      loader.release();
    }
    expect(await mendRollups(login.pool, { account: 'main', clock, timeoutMs: 60_000 })).toMatchObject({
      isRight: true,
    });
  });
});
