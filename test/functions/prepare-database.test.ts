import net, { type AddressInfo } from 'node:net';
import { ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import type { Context } from 'aws-lambda';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createMigrateHandler } from '../../functions/migrate.ts';
import { createPrepareDatabaseHandler } from '../../functions/prepare-database.ts';
import { toIso } from '../../src/domain/time.ts';
import { makeReportPage } from '../../src/report/make-report-page.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/runtime/embedded-postgres.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { buildMigrateDeps } from '../../src/runtime/migrate-deps.ts';
import { buildPrepareDatabaseDeps } from '../../src/runtime/prepare-database.ts';
import { RuntimeSource } from '../../src/runtime/runtime-source.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { warehouseRuntime } from '../../src/runtime/warehouse-runtime.ts';
import { ManualClock } from '../../src/simulator/manual-clock.ts';
import { createWarehousePool } from '../../src/warehouse/connection.ts';
import { MAKE_LOGINS } from '../../src/warehouse/database-logins.ts';
import { loadObject } from '../../src/warehouse/load-object.ts';
import { mendRollups } from '../../src/warehouse/mend-rollups.ts';
import { foldRollups } from '../../src/warehouse/rollups.ts';
import { testCertificate } from '../support/certificate.ts';
import { preparedOf, TEST_LOAD, wireFax } from '../support/landed.ts';
import { PostgresGateway } from '../support/postgres-gateway.ts';
import { RdsDataServer } from '../support/rds-data-server.ts';
import { isGoodToken } from '../support/rds-token.ts';

const CLUSTER = 'arn:aws:rds:us-east-1:123456789012:cluster:faxsync';
const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!cluster-1';
const ENV = {
  FAXSYNC_CLUSTER_ARN: CLUSTER,
  FAXSYNC_MASTER_SECRET_ARN: SECRET,
  FAXSYNC_DATABASE_NAME: 'faxsync',
};
const KEY = { accessKeyId: 'testing', secretAccessKey: 'testing-secret', region: 'us-east-1' };
const START = Date.UTC(2026, 8, 1, 12);
const context = { functionName: 'f', awsRequestId: 'r-1', getRemainingTimeInMillis: () => 120_000 } as Context;

/** A server of its own: the names of the logins are fixed, and belong to the whole server. */
let server: EmbeddedPostgres;
let superuser: pg.Pool;
/** URL of the master; RDS lets it in by its password only while it is no member of rds_iam. */
let masterUrl: string;
let api: RdsDataServer;
let lines: string[] = [];

beforeAll(async () => {
  server = await startEmbeddedPostgres({ isDurable: false });
  superuser = createWarehousePool(server.connectionString, { connectionsMax: 2 });
  // What RDS gives its master: no superuser, but may make logins and databases, and give the role of IAM away.
  await superuser.query(`create role master login createrole createdb password 'm'`);
  await superuser.query('create role rds_iam nologin');
  await superuser.query('grant rds_iam to master with admin option');
  await superuser.query('alter database faxsync owner to master');
  const master = new URL(server.connectionString);
  master.username = 'master';
  master.password = 'm';
  masterUrl = master.href;
  api = await RdsDataServer.start({ master: masterUrl, resourceArn: CLUSTER, secretArn: SECRET });
});
afterAll(async () => {
  await api.stop();
  await superuser.end();
  await server.stop();
});
afterEach(() => {
  vi.unstubAllEnvs();
  lines = [];
});

const log = createLogger({ service: 'test', write: (line) => lines.push(line) });

function stubAws(): void {
  vi.stubEnv('AWS_ENDPOINT_URL_RDS_DATA', api.url);
  vi.stubEnv('AWS_REGION', KEY.region);
  vi.stubEnv('AWS_ACCESS_KEY_ID', KEY.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', KEY.secretAccessKey);
}

async function prepare(): Promise<{ canCopy: boolean; attempts: number }> {
  stubAws();
  return createPrepareDatabaseHandler({ ...buildPrepareDatabaseDeps(ENV), log })({}, context);
}

/** What an operator does with `sql` of the runbook: one statement of the master, rows as JSON. */
async function sql(statement: string): Promise<unknown> {
  stubAws();
  const call = { resourceArn: CLUSTER, secretArn: SECRET, database: 'faxsync', sql: statement };
  const command = new ExecuteStatementCommand({ ...call, formatRecordsAs: 'JSON' });
  return JSON.parse((await new RDSDataClient().send(command)).formattedRecords ?? 'null');
}

/** Where nobody listens. */
async function closedPort(): Promise<string> {
  const listening = net.createServer();
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  await new Promise((resolve) => listening.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** A gateway that lets in whoever has a good token, as RDS does. */
async function gateway(): Promise<PostgresGateway> {
  const started: PostgresGateway = await PostgresGateway.start({
    upstream: server.connectionString,
    judge: (user, password) => isGoodToken(password, user, { ...KEY, host: `localhost:${started.port}` }),
  });
  onTestFinished(() => started.stop());
  return started;
}

/** What a function of the deployment is told of the database. */
function environmentOf(gate: PostgresGateway, login: string): Record<string, string> {
  stubAws();
  return {
    FAXSYNC_ACCOUNTS: '[{"account": "main"}]',
    FAXSYNC_DATABASE_URL: gate.urlFor(login),
    FAXSYNC_DATABASE_AUTH: 'iam',
  };
}

async function runtimeOf(gate: PostgresGateway, login: string) {
  const source = new RuntimeSource(environmentOf(gate, login), {
    service: 'load',
    runtime: warehouseRuntime,
    secrets: [],
    writeLog: (line) => lines.push(line),
  });
  const runtime = await source.current();
  onTestFinished(() => runtime.close());
  return runtime;
}

describe('the function that prepares the database', () => {
  it('makes the logins as a master who is no superuser, once, and whoever runs beside it', async () => {
    const done = await Promise.all([prepare(), prepare(), prepare()]);
    expect(done).toEqual(Array.from({ length: 3 }, () => ({ canCopy: false, attempts: 1 })));
    expect(await prepare()).toEqual({ canCopy: false, attempts: 1 });
    const { rows } = await superuser.query(`
      select rolname, rolcanlogin, rolsuper, rolcreaterole, pg_has_role(oid, 'rds_iam', 'member') as iam,
        array(select g.rolname::text from pg_auth_members m join pg_roles g on g.oid = m.roleid
          where m.member = r.oid and m.inherit_option and g.rolname like 'faxsync%' order by 1) as groups
      from pg_roles r where rolname like 'faxsync%' order by 1`);
    const group = { rolcanlogin: false, rolsuper: false, rolcreaterole: false, iam: false, groups: [] };
    const login = { ...group, rolcanlogin: true, iam: true };
    expect(rows).toEqual([
      { rolname: 'faxsync_bi', ...group },
      { rolname: 'faxsync_load', ...login, groups: ['faxsync_loader'] },
      { rolname: 'faxsync_loader', ...group },
      { rolname: 'faxsync_migrate', ...login, rolcreaterole: true, groups: ['faxsync_owner'] },
      { rolname: 'faxsync_owner', ...group, rolcreaterole: true },
      { rolname: 'faxsync_reader', ...group },
      { rolname: 'faxsync_reconcile', ...login, groups: ['faxsync_reader', 'faxsync_reconciler'] },
      { rolname: 'faxsync_reconciler', ...group },
      { rolname: 'faxsync_report', ...login, groups: ['faxsync_reader'] },
    ]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ message: 'database prepared', attempts: 1 });
  });

  it('gives an older deployment the group that reconciles, before its migrations need it', async () => {
    await superuser.query('drop role faxsync_reconciler');
    await prepare();
    const { rows } = await superuser.query(
      `select pg_has_role('faxsync_reconcile', 'faxsync_reconciler', 'usage') as is_member`,
    );
    expect(rows).toEqual([{ is_member: true }]);
  });

  it('makes a database that migrates, loads, is read and reconciled by tokens of IAM', async () => {
    await prepare();
    const gate = await gateway();
    const migrateHandler = createMigrateHandler({ ...buildMigrateDeps(environmentOf(gate, 'faxsync_migrate')), log });
    expect((await migrateHandler({}, context)).applied[0]).toBe('0001_create_roles_and_schemas');
    expect((await migrateHandler({}, context)).applied).toEqual([]);

    const { pool } = await runtimeOf(gate, 'faxsync_load');
    const spec = { observation: 1, at: START, window: { after: START, before: START + 3_600_000 } };
    const faxes = [wireFax(1, toIso(START + 1_000)), { ...wireFax(2, toIso(START + 2_000)), cost: 'canary' }];
    expect(await loadObject(pool, preparedOf(spec, faxes), TEST_LOAD)).toMatchObject({ kind: 'loaded', added: 2 });

    const reader = (await runtimeOf(gate, 'faxsync_reconcile')).pool;
    const counted = await reader.query(`
      select (select count(*) from warehouse.faxes) as faxes, (select count(*) from ops.landed_objects) as objects,
        (select count(*) from ops.slices) as slices, (select sum(open_count) from ops.rejected_counts) as refused`);
    expect(counted.rows).toEqual([{ faxes: '2', objects: '1', slices: '1', refused: '1' }]);
    await expect(reader.query('select raw from ops.rejected_records')).rejects.toMatchObject({ code: '42501' });
    await expect(reader.query('update warehouse.faxes set cost_cents = 0')).rejects.toMatchObject({ code: '42501' });
    // What reconciles writes its own schema, and of that nothing twice.
    const run = `insert into recon.settings_versions (account_id, kind, digest, content, first_used_at) values (1, 'rates', 'd', '[]', now())`;
    expect((await reader.query(run)).rowCount).toBe(1);
    await expect(reader.query('delete from recon.settings_versions')).rejects.toMatchObject({ code: '42501' });
    await expect(reader.query('update recon.events set actor = null')).rejects.toMatchObject({ code: '42501' });
    await expect(pool.query('select from recon.runs')).rejects.toMatchObject({ code: '42501' });
    expect(gate.counts.refused).toBe(0);

    // It folds the sums that reports read, holds them against the tables and mends them, and changes none by hand.
    expect(await foldRollups(reader)).toBeGreaterThan(0);
    await superuser.query('delete from rollup.fax_days_folded');
    const check = await mendRollups(reader, { account: 'main', clock: systemClock, timeoutMs: 60_000 });
    expect(check).toEqual({ differences: [{ rollup: 'fax_days', differenceCount: 1 }], isRight: true });
    await expect(reader.query('delete from rollup.fax_days_folded')).rejects.toMatchObject({ code: '42501' });

    // A session of a function that is gone ends by itself.
    const { rows } = await pool.query(
      `select current_setting('idle_in_transaction_session_timeout') as idle, current_setting('client_connection_check_interval') as gone`,
    );
    expect(rows).toEqual([{ idle: '1min', gone: '10s' }]);
    expect(lines.join('\n')).not.toContain('canary');

    // The master may do what the owner may, row-level security notwithstanding, and logs in by its password as before.
    expect(await sql('select count(*) as faxes from warehouse.faxes')).toEqual([{ faxes: '2' }]);
    const granted = `insert into warehouse.account_grants (role_name, account_id) select 'clinic', account_id from warehouse.accounts`;
    expect(await sql(granted)).toBeNull();
    expect(await sql('select current_user as me, pg_has_role($$faxsync_migrate$$, $$member$$) as is_login')).toEqual([
      { me: 'master', is_login: false },
    ]);
  });

  it('lets the login of the report read every report view, make the page, and do nothing else', async () => {
    const { pool } = await runtimeOf(await gateway(), 'faxsync_report');
    const page = await makeReportPage(pool, { account: 'main', from: null, to: null, now: START });
    expect(page.html).toContain('</svg>');
    const views = await pool.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'report'::regnamespace and relkind in ('v', 'm', 'r')`,
    );
    expect(views.rows.length).toBeGreaterThan(25);
    for (const { name } of views.rows) {
      await expect(pool.query(`select * from report.${name} limit 1`), name).resolves.toBeDefined();
    }
    const { rows } = await pool.query(`
      with ours as (
        select c.oid, format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('warehouse', 'ops', 'recon', 'rollup', 'report', 'faxsync') and c.relkind in ('r', 'v', 'm', 'p')
      )
      select array(select name from ours where has_table_privilege(oid, 'insert, update, delete, truncate, references, trigger')) as may_write,
        array(select nspname::text from pg_namespace where has_schema_privilege(oid, 'create') and nspname !~ '^pg_') as may_create,
        array(select oid::regprocedure::text from pg_proc where prosecdef and provolatile = 'v' and has_function_privilege(oid, 'execute')) as may_change,
        has_database_privilege(current_database(), 'create') as may_make_schemas,
        array(select distinct g.rolname::text from pg_roles g where g.oid <> current_user::regrole and pg_has_role(g.oid, 'member') order by 1) as groups`);
    expect(rows).toEqual([
      { may_write: [], may_create: [], may_change: [], may_make_schemas: false, groups: ['faxsync_reader', 'rds_iam'] },
    ]);
    await expect(pool.query('select raw from ops.rejected_records')).rejects.toMatchObject({ code: '42501' });
    await expect(foldRollups(pool)).rejects.toMatchObject({ sqlState: '42501' });
  });

  it('leaves everything to the owner, who is no login', async () => {
    const { rows } = await superuser.query(`
      select distinct r.rolname from pg_roles r join (
        select relowner as owner from pg_class where relnamespace::regnamespace::text in ('warehouse', 'ops', 'recon', 'report')
        union all select nspowner from pg_namespace where nspname in ('warehouse', 'ops', 'recon', 'report')
        union all select datdba from pg_database where datname = 'faxsync') owned on owned.owner = r.oid`);
    expect(rows).toEqual([{ rolname: 'faxsync_owner' }]);
  });

  it('makes a login that is missing, which may COPY where the master may give that right', async () => {
    await superuser.query('drop role faxsync_load');
    await superuser.query('alter role master bypassrls');
    expect(await prepare()).toMatchObject({ canCopy: true });
    expect(await prepare()).toMatchObject({ canCopy: true });
    expect(await sql('select count(*) as faxes from warehouse.faxes')).toEqual([{ faxes: '2' }]);
  });

  it('changes nothing rather than have the master logged out by RDS', async () => {
    await superuser.query('drop role faxsync_reconcile');
    await superuser.query('grant rds_iam to faxsync_owner');
    const master = new pg.Client({ connectionString: masterUrl });
    await master.connect();
    onTestFinished(() => master.end());
    await expect(master.query(MAKE_LOGINS)).rejects.toThrow('a member of rds_iam by way of faxsync_owner, and');
    const made = await superuser.query(`select from pg_roles where rolname in ('faxsync_reconcile', 'faxsync_maker')`);
    expect(made.rowCount).toBe(0);
    await expect(prepare()).rejects.toMatchObject({ context: { cause_code: 'BadRequestException' } });
    await superuser.query('revoke rds_iam from faxsync_owner');
    await prepare();
  });

  it('waits for a database that resumes, and for rights that were given a moment ago', async () => {
    const clock = new ManualClock(START);
    api.failures.push('AccessDeniedException', ...Array.from({ length: 4 }, () => 'DatabaseResumingException'));
    stubAws();
    const deps = buildPrepareDatabaseDeps(ENV, { clock });
    const preparing = deps.prepare(START + 60_000);
    for (let pause = 0; pause < 5; pause++) {
      while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
      clock.advance(3_000);
    }
    expect(await preparing).toMatchObject({ attempts: 6 });
  });

  it('asks again where the network failed', async () => {
    const clock = new ManualClock(START);
    stubAws();
    vi.stubEnv('AWS_ENDPOINT_URL_RDS_DATA', await closedPort());
    const refused = buildPrepareDatabaseDeps(ENV, { clock }).prepare(START + 3_000);
    await expect(refused).rejects.toMatchObject({
      code: 'data_api_unavailable',
      context: { cause_code: 'ECONNREFUSED', attempts: 1 },
    });

    stubAws();
    api.resets = 1;
    const preparing = buildPrepareDatabaseDeps(ENV, { clock }).prepare(START + 60_000);
    while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(3_000);
    expect(await preparing).toMatchObject({ attempts: 2 });
  });

  it('gives up at its deadline, in words that say what to do', async () => {
    const clock = new ManualClock(START);
    api.failures.push('DatabaseResumingException');
    stubAws();
    const error = await buildPrepareDatabaseDeps(ENV, { clock })
      .prepare(START + 3_000)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'data_api_unavailable', retryable: true });
  });

  it('fails at once where waiting does not help, without words of the Data API', async () => {
    api.failures.push('HttpEndpointNotEnabledException');
    await expect(prepare()).rejects.toMatchObject({
      code: 'data_api_refused',
      message: expect.stringContaining('that the Data API is on'),
    });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      message: 'database not prepared',
      error: { code: 'data_api_refused' },
    });
  });

  it('tells what the server did not allow', async () => {
    await superuser.query('alter role master nocreaterole');
    onTestFinished(async () => {
      await superuser.query('alter role master createrole');
    });
    await expect(prepare()).rejects.toMatchObject({ context: { sql_state: '42501' } });
  });

  it('names every setting that is missing or wrong', () => {
    expect(() => buildPrepareDatabaseDeps({})).toThrow(
      /FAXSYNC_CLUSTER_ARN .*\n.*FAXSYNC_MASTER_SECRET_ARN .*\n.*FAXSYNC_DATABASE_NAME /,
    );
    const wrong = { FAXSYNC_CLUSTER_ARN: SECRET, FAXSYNC_MASTER_SECRET_ARN: 'canary', FAXSYNC_DATABASE_NAME: 'a"b' };
    expect(() => buildPrepareDatabaseDeps(wrong)).toThrow(/^3 settings are missing or wrong/);
    expect(() => buildPrepareDatabaseDeps(wrong)).not.toThrow('canary');
  });
});

describe('the connection of a deployed function', () => {
  it('is only made to a server that proves its name', async () => {
    const certificate = testCertificate();
    const gate: PostgresGateway = await PostgresGateway.start({
      upstream: server.connectionString,
      judge: () => true,
      tls: certificate,
    });
    onTestFinished(() => gate.stop());
    const environment = environmentOf(gate, 'faxsync_load');
    const url = `${gate.urlFor('faxsync_load')}?sslmode=verify-full`;
    const source = new RuntimeSource(
      { ...environment, FAXSYNC_DATABASE_URL: url },
      {
        service: 'load',
        runtime: warehouseRuntime,
        secrets: [],
        writeLog: (line) => lines.push(line),
      },
    );
    const runtime = await source.current();
    onTestFinished(() => runtime.close());
    await expect(runtime.pool.query('select 1')).rejects.toThrow(/self-signed/);
    expect(gate.counts).toMatchObject({ accepted: 1, admitted: 0, refused: 0 });
  });
});
