import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MirrorRig, RIG_ACCOUNT } from '../../src/cli/demo/mirror-rig.ts';
import { auditLanded } from '../../src/pipeline/audit.ts';
import { loadLanded } from '../../src/pipeline/load.ts';
import { startEmbeddedPostgres } from '../../src/runtime/embedded-postgres.ts';
import { buildMigrateDeps } from '../../src/runtime/migrate-deps.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { createGuardedPool } from '../../src/warehouse/guarded-pool.ts';
import { measureAccount } from '../../src/warehouse/measure.ts';
import { LOG_SETTINGS, type LoggedStatement, pinningOf, readStatements } from '../support/session-state.ts';

const START = Date.UTC(2026, 10, 11, 15);
const HOUR = 3_600_000;

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'faxsync-session-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/**
 * Everything that is asked of the database while a world is mirrored, audited and measured, as the server logged it. The reconciliation is left
 * out: its runs work in temporary tables, which end with their one transaction; behind a proxy they would hold a connection for that long.
 */
async function statementsOfAMirror(): Promise<LoggedStatement[]> {
  const directory = await folder();
  const server = await startEmbeddedPostgres({ directory, isDurable: false, settings: LOG_SETTINGS });
  onTestFinished(() => server.stop());
  const rig = await MirrorRig.open({
    seed: 11,
    dialect: 'v2.1',
    databaseUrl: server.connectionString,
    landing: await folder(),
    startAt: START,
    world: {
      days: 6,
      faxesPerDay: 100,
      phoneNumbers: 4,
      oddities: true,
      deletedTestShare: 0.5,
      lateListingShare: 0.03,
    },
  });
  onTestFinished(() => rig.close());
  await rig.migrate();
  await rig.pull();
  for (let hour = 1; hour <= 12; hour++) {
    rig.clock.advance(HOUR);
    await rig.deliverCallbacks();
    await rig.pull();
  }

  // The same once more in a database of its own, as the loader and the reader of a deployment: no COPY, and one connection, which is
  // asked for a sign of life.
  await rig.runtime.pool.query('create database deployed');
  const deployed = new URL(server.connectionString);
  deployed.pathname = '/deployed';
  await buildMigrateDeps({ FAXSYNC_DATABASE_URL: deployed.href }).migrateWarehouse();
  const asLogin = (login: string, group: string) => {
    const url = new URL(deployed);
    url.username = login;
    url.password = 'p';
    let now = START;
    // Every connection seems to have been idle for some seconds.
    const clock = { ...systemClock, now: () => (now += 2_000) };
    const pool = createGuardedPool(url.href, { clock, connectionsMax: 1, applicationName: `faxsync-${group}` });
    onTestFinished(() => pool.end());
    return pool;
  };
  await rig.runtime.pool.query(`create role a_loader login password 'p' in role faxsync_loader`);
  await rig.runtime.pool.query(`create role a_reader login password 'p' in role faxsync_reader`);
  const pool = asLogin('a_loader', 'loader');
  const { landing } = rig.runtime;
  for await (const { key } of landing.list(RIG_ACCOUNT)) {
    await loadLanded(key, { ...rig.runtime.loadDeps(), pool });
  }
  const reader = asLogin('a_reader', 'reader');
  const audited = await auditLanded({ landing, pool: reader }, RIG_ACCOUNT);
  expect(audited).toMatchObject({ unloaded: [] });
  expect(audited.landed).toBeGreaterThan(30);
  await measureAccount(reader, { account: RIG_ACCOUNT, canary: { account: 'canary', faxId: 1 }, now: rig.clock.now() });
  const [cluster = ''] = await readdir(server.directory);
  return readStatements(await readFile(join(server.directory, cluster, 'server.log'), 'utf8'));
}

describe('the statements of faxsync', () => {
  it('leave nothing in a session that would pin it behind a proxy, from the migration to the measuring', async () => {
    const statements = await statementsOfAMirror();
    const of = (application: string) => statements.filter((each) => each.application === application);
    for (const [application, least] of [
      ['faxsync-migrate', 20],
      ['faxsync', 500],
      ['faxsync-loader', 200],
      ['faxsync-reader', 3],
    ] as const) {
      expect(of(application).length, application).toBeGreaterThanOrEqual(least);
    }
    // The run went along all roads: new rows by COPY and without, changes, turns at an account's lock, the state.
    for (const sign of [
      /^copy warehouse\./,
      /insert into warehouse\.faxes/,
      /update warehouse\.faxes/,
      /pg_advisory_xact_lock/,
      /ops\.sync_/,
    ]) {
      expect(
        statements.some(({ sql }) => sign.test(sql.trim())),
        String(sign),
      ).toBe(true);
    }
    const pinning = statements.filter((each) => pinningOf(each).length > 0);
    expect(pinning.map((each) => `${pinningOf(each).join(', ')}: ${each.sql}`)).toEqual([]);
  });

  it.each([
    ["set statement_timeout = '1s'", 'a setting of the session'],
    ["begin; SET\n  session statement_timeout = '1s'", 'a setting of the session'],
    ["select set_config('lock_timeout', '1s', false)", 'a setting of the session'],
    ["select set_config('lock_timeout', current_setting('x'), $2)", 'a setting of the session'],
    ['reset all', 'a setting of the session'],
    ['select pg_advisory_lock(1)', 'a lock of the session'],
    ['select pg_try_advisory_lock(1)', 'a lock of the session'],
    ['prepare p as select 1', 'a prepared statement'],
    ['listen news', 'listening'],
    ['create temp table t ()', 'a temporary table'],
    ['select 1 into temporary t', 'a temporary table'],
    ['declare c cursor with hold for select 1', 'a cursor that is held'],
  ])('are read by rules that bite: %s', (sql, what) => {
    const [statement] = readStatements(`app|LOG:  statement: ${sql.replaceAll('\n', '\n\t')}\napp|LOG:  other`);
    expect(statement === undefined ? [] : pinningOf(statement)).toEqual([what]);
  });

  it('are read by rules that know a prepared statement by its name, and let through what ends with the transaction', () => {
    const log = [
      'app|LOG:  execute named: select 1',
      'app|LOG:  execute <unnamed>: update t set a = $1 where pg_advisory_xact_lock(1) is null',
      "app|LOG:  statement: begin; select set_config('lock_timeout', '20s', true); set local lock_timeout = 0 -- reset",
    ];
    expect(readStatements(log.join('\n')).map(pinningOf)).toEqual([['a prepared statement'], [], []]);
  });
});
