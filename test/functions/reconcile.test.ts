import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  createReconcileHandler,
  handler,
  RECONCILE_RESERVE_MS,
  type ReconcileHandler,
} from '../../functions/reconcile.ts';
import { LOCAL_CONTEXT } from '../../src/cli/local-host.ts';
import { SettingsError } from '../../src/domain/errors.ts';
import { RECONCILIATION_DEFAULTS } from '../../src/domain/reconciliation.ts';
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
let slept: number[];
let onSleep: () => Promise<unknown>;
const { metrics, counted } = countedMetrics('reconcile');

beforeAll(async () => {
  database = await freshDatabase();
  reader = await readerOf(database, { mayReconcile: true });
  const fax = (id: number, cost: number) => wireFax(id, toIso(START + id * 1_000), { status: 'success', cost });
  const load = async (spec: LandedSpec, data: unknown) => {
    const prepared = preparedOf({ window: WINDOW, ...spec }, data);
    await loadObject(database.pool, prepared, TEST_LOAD);
  };
  await load({ observation: 1, at: START + HOUR_MS }, [fax(1, 7), fax(2, 7)]);
  await load({ observation: 2, at: START + 36 * DAY_MS }, [fax(1, 7), fax(2, 5)]);
  // Known for a day: so long ago it might have been reconciled first.
  await database.pool.query('update warehouse.accounts set created_at = $1', [toIso(NOW - DAY_MS)]);
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
  slept = [];
  onSleep = async () => {};
  counted();
  reconcile = createReconcileHandler({
    clock: {
      now: () => NOW,
      sleep: async (ms) => {
        slept.push(ms);
        await onSleep();
      },
    },
    log: createLogger({ service: 'reconcile', write: (line) => lines.push(JSON.parse(line)) }),
    metrics,
    codeVersion: '1.2.3',
    reconcileDeps: async (account) => {
      if (account !== 'main') throw new SettingsError('no such account', { code: 'unknown_account' });
      return { pool: reader.pool, settings: RECONCILIATION_DEFAULTS };
    },
  });
});

/** Somebody's own statement, past every trigger; undone by the next one. */
async function tamper(...statements: readonly string[]): Promise<void> {
  const client = await database.pool.connect();
  await client.query(`begin; set local session_replication_role = replica; ${statements.join(';')}; commit`);
  client.release();
}

/** What the log says, without what every line has. */
const said = () =>
  lines.map(({ timestamp: _, service: __, cold_start: ___, ...line }) =>
    Object.fromEntries(Object.entries(line).filter(([key]) => !key.startsWith('function_'))),
  );

const contextWith = (remainingMs: number) => ({ ...LOCAL_CONTEXT, getRemainingTimeInMillis: () => remainingMs });

describe('the task measure', () => {
  it('says how the account stands: what it counts and what it logs', async () => {
    const answer = await reconcile({ account: 'main', task: 'measure' }, LOCAL_CONTEXT);
    expect(answer).toMatchObject({ task: 'measure', account: 'main', openOverDay: 1, rejectedOpen: 1, canaryAt: null });
    expect(answer).toMatchObject({ centsUnexplained: 0, faxesUnexplained: 0 });
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
        CentsUnexplained: 0,
        FaxesUnexplained: 0,
        ReconcileAge: 86_400,
      },
    ]);
    expect(lines).toEqual([
      expect.objectContaining({ message: 'warehouse measured', open_count: 1, rejected_count: 1, age_ms: 3_599_800 }),
    ]);
    expect(JSON.stringify(lines)).not.toContain('dropped_keys');
  });
});

describe('the task reconcile', () => {
  it('runs all checks over every month that can change, keeps what they found, and says so by counts and cents', async () => {
    const answer = await reconcile({ account: 'main', task: 'reconcile' }, LOCAL_CONTEXT);
    // Fax 2 became cheaper by two cents later than a credit comes.
    expect(answer).toMatchObject({ task: 'reconcile', every: 'day', centsUnexplained: 2, left: [] });
    const { rows } = await database.pool.query(
      `select period::text, every, status, code_version, fax_count::integer as faxes from recon.runs order by run_id`,
    );
    const run = { every: 'day', status: 'complete', code_version: '1.2.3' };
    expect(rows).toEqual([
      { ...run, period: '2026-08-01', faxes: 1 },
      { ...run, period: '2026-07-01', faxes: 2 },
    ]);
    expect(said().filter(({ level }) => level === 'INFO')).toEqual([
      expect.objectContaining({ message: 'month reconciled', period: '2026-08', record_count: 1, is_repeat: false }),
      expect.objectContaining({
        message: 'month reconciled',
        period: '2026-07',
        charged_cents: 12,
        differing_cents: 2,
      }),
      expect.objectContaining({ message: 'account reconciled', every: 'day', row_count: 2, remaining_count: 0 }),
    ]);
    expect(JSON.stringify(lines)).not.toContain('dropped_keys');
    expect(counted()).toEqual([
      {
        service: 'reconcile',
        account: 'main',
        CentsUnexplained: 2,
        FaxesUnexplained: expect.any(Number),
        ReconcileAge: 0,
        ExceptionsWarn: expect.any(Number),
        CentsOwed: 0,
      },
      { service: 'reconcile', account: 'main', RollupsDiffering: 0 },
    ]);
  });

  it('names by numbers and amounts what differs, counts it, and does not fail', async () => {
    await tamper('update warehouse.faxes set cost_cents = 9 where fax_id = 1');
    const answer = await reconcile({ account: 'main', task: 'reconcile', period: '2026-07' }, LOCAL_CONTEXT);
    const { rows } = await database.pool.query<{ item_id: string; cents: number }>(
      `select min(item_id) filter (where check_id = 'C6') as item_id, sum(abs(cents))::integer as cents
       from recon.items where state = 'open' and severity = 'error'`,
    );
    const cents = rows[0]?.cents ?? 0;
    expect(cents).toBeGreaterThanOrEqual(2);
    expect(answer).toMatchObject({
      centsUnexplained: cents,
      runs: [{ period: '2026-07-01', unexplainedCents: cents }],
    });
    expect(said()).toContainEqual({
      level: 'WARN',
      message: 'difference found',
      account: 'main',
      run_id: expect.any(Number),
      period: '2026-07',
      item_id: Number(rows[0]?.item_id),
      check: 'C6',
      reason: expect.stringMatching(/^[a-z_]+$/),
      differing_cents: expect.any(Number),
      owed_cents: 0,
      fax_id: '1',
    });
    expect(counted()).toMatchObject([{ CentsUnexplained: cents }]);
    expect(JSON.stringify(lines)).not.toContain('dropped_keys');

    // What somebody decides ends the alarm without a run.
    await tamper(`update recon.items set state = 'accepted' where severity = 'error'`);
    await reconcile({ account: 'main', task: 'measure' }, LOCAL_CONTEXT);
    expect(counted()).toMatchObject([{ CentsUnexplained: 0, ReconcileAge: 0 }]);
    await tamper('update warehouse.faxes set cost_cents = 7 where fax_id = 1');
  });

  it('never names a phone number, and no more than 20 differences of a month, most money first', async () => {
    // Of a check that is not run, so that no run clears them.
    await tamper(
      `insert into recon.items (account_id, period, check_id, subject_kind, subject_id, grain, reason, severity, state, cents, owed_cents,
         opened_at, opened_run_id, changed_at, changed_run_id)
       select account_id, '2026-07-01', 'C99', 'number', '+1414555' || n, 'period', 'rent_twice', 'error', 'open', n, n, now(), 1, now(), 1
       from warehouse.accounts, generate_series(1000, 1029) n`,
    );
    await reconcile({ account: 'main', task: 'reconcile', period: '2026-07' }, LOCAL_CONTEXT);
    await tamper(`delete from recon.items where check_id = 'C99'`);
    const named = said().filter(({ message }) => message === 'difference found');
    expect(named.map((line) => line['differing_cents'])).toEqual(Array.from({ length: 20 }, (_, at) => 1_029 - at));
    expect(named.every((line) => line['check'] === 'C99' && line['owed_cents'] && !('fax_id' in line))).toBe(true);
    expect(JSON.stringify(lines)).not.toContain('1414555');
  });

  it('begins with the months that time did not suffice for', async () => {
    const short = contextWith(RECONCILE_RESERVE_MS + 15_000);
    const first = await reconcile({ account: 'main', task: 'reconcile' }, short);
    expect(first).toMatchObject({ runs: [{}], left: [expect.any(String)] });
    expect(said().at(-1)).toMatchObject({ level: 'WARN', message: 'reconciliation cut short', remaining_count: 1 });
    const second = await reconcile({ account: 'main', task: 'reconcile' }, short);
    const periods = [first, second].map((answer) => (answer.task === 'reconcile' ? answer.runs[0]?.period : null));
    expect(periods.toSorted()).toEqual(['2026-07-01', '2026-08-01']);
  });

  it('has the checks of every hour over the present month, and names only what such a run changed', async () => {
    const asked = { account: 'main', task: 'reconcile', every: 'hour' };
    expect(await reconcile(asked, LOCAL_CONTEXT)).toMatchObject({ every: 'hour', runs: [{ period: '2026-08-01' }] });
    const { rows } = await database.pool.query(
      `select every, tested_count from recon.runs where status = 'complete' order by run_id desc limit 1`,
    );
    expect(rows).toEqual([{ every: 'hour', tested_count: null }]);
    // What is told once a day is not told here.
    expect(counted().map((line) => Object.keys(line).sort())).toEqual([
      ['CentsUnexplained', 'FaxesUnexplained', 'ReconcileAge', 'account', 'service'],
    ]);
    lines = [];
    expect(await reconcile(asked, LOCAL_CONTEXT)).toMatchObject({ runs: [{ isRepeat: true }] });
    expect(said().map(({ message }) => message)).toEqual(['month reconciled', 'account reconciled']);
  });

  it('ends quietly by the hour, and waits by the day, where another run is under way', async () => {
    const client = await database.pool.connect();
    try {
      await client.query(
        `begin; select pg_advisory_xact_lock(hashtextextended('recon.runs', account_id)) from warehouse.accounts where account_key = 'main'`,
      );
      const hourly = await reconcile({ account: 'main', task: 'reconcile', every: 'hour' }, LOCAL_CONTEXT);
      expect(hourly).toMatchObject({ runs: [], left: [] });
      expect(said()).toMatchObject([
        { level: 'INFO', message: 'reconciliation left to another run' },
        { message: 'account reconciled', row_count: 0 },
      ]);
      await expect(reconcile({ account: 'main', task: 'reconcile' }, LOCAL_CONTEXT)).rejects.toMatchObject({
        code: 'run_under_way',
        retryable: true,
      });
      expect(slept).toEqual([15_000, 15_000, 15_000]);
      onSleep = () => client.query('commit');
      expect(await reconcile({ account: 'main', task: 'reconcile' }, LOCAL_CONTEXT)).toMatchObject({ runs: [{}, {}] });
      expect(slept).toHaveLength(4);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });

  it('takes one month, as of an instant', async () => {
    const asked = { account: 'main', task: 'reconcile', period: '2026-07', as_of: '2026-07-02T00:00:00Z' };
    const answer = await reconcile(asked, LOCAL_CONTEXT);
    // Before the late credit of two cents was seen.
    expect(answer).toMatchObject({ runs: [{ period: '2026-07-01', chargedCents: 14, asOf: Date.UTC(2026, 6, 2) }] });
  });
});

describe('the reconcile function', () => {
  it.each([
    null,
    {},
    { account: 'main' },
    { account: 'main', task: 'audit' },
    { account: 'main', task: 'measure', every: 'day' },
    { account: 'main', task: 'reconcile', days: 3 },
    { account: 'main', task: 'reconcile', every: 'week' },
    { account: 'main', task: 'reconcile', period: '2026-13' },
    { account: 'main', task: 'reconcile', as_of: 'yesterday' },
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

  it('may write nothing but schema recon', async () => {
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
