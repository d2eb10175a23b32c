import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { buildMigrateDeps } from '../../src/runtime/migrate-deps.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { RuntimeSource } from '../../src/runtime/runtime-source.ts';
import { warehouseRuntime } from '../../src/runtime/warehouse-runtime.ts';
import { ManualClock } from '../../src/simulator/manual-clock.ts';
import { IDLE_MAX_MS } from '../../src/warehouse/connection.ts';
import { freshEmptyDatabase, type TestDatabase } from '../support/database.ts';
import { PostgresGateway } from '../support/postgres-gateway.ts';
import { isGoodToken } from '../support/rds-token.ts';
import { SecretsServer } from '../support/secrets-server.ts';

const SECRET = 'faxsync/warehouse/load';
const OWNERS_SECRET = 'faxsync/warehouse/migrate';
const ENV = { FAXSYNC_ACCOUNTS: '[{"account": "main"}]', FAXSYNC_SECRETS: 'faxsync', FAXSYNC_DATABASE_AUTH: 'secret' };
const login = `test_login_${randomBytes(4).toString('hex')}`;

let database: TestDatabase;
let server: SecretsServer;
let clock: ManualClock;
let lines: string[];
beforeAll(async () => {
  database = await freshEmptyDatabase();
  await database.pool.query(`create role ${login} login password 'first'`);
});
afterAll(async () => {
  await database.pool.query(`drop role ${login}`);
  await database.drop();
});
beforeEach(async () => {
  server = await SecretsServer.start();
  for (const [name, value] of Object.entries(server.environment)) vi.stubEnv(name, value);
  clock = new ManualClock(Date.UTC(2026, 10, 22, 10));
  lines = [];
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.stop();
  expect(lines.join('\n')).not.toContain('canary');
});

function urlWith(password: string): string {
  const url = new URL(database.url);
  url.username = login;
  url.password = password;
  return url.href;
}

async function runtimeOf(env: Record<string, string>): Promise<Runtime> {
  const runtime = await new RuntimeSource(env, {
    service: 'load',
    runtime: warehouseRuntime,
    secrets: ['warehouse'],
    clock,
    writeLog: (line) => lines.push(line),
  }).current();
  onTestFinished(() => runtime.close());
  return runtime;
}

const WHO = 'select session_user as who, application_name as what from pg_stat_activity where pid = pg_backend_pid()';

describe('a login by a secret', () => {
  it('is made with the URL as it is at every connect, so that a rotated password is picked up', async () => {
    server.put(SECRET, { database_url: urlWith('first') });
    const { pool } = await runtimeOf(ENV);
    expect(server.asked).toEqual([]);
    expect((await pool.query(WHO)).rows).toEqual([{ who: login, what: 'faxsync-load' }]);
    await pool.query('select 1');
    expect(server.asked).toEqual([SECRET]);
    await database.pool.query(`alter role ${login} password 'second'`);
    server.put(SECRET, { database_url: urlWith('second') });
    clock.advance(IDLE_MAX_MS);
    expect((await pool.query(WHO)).rows).toHaveLength(1);
    expect(server.asked).toEqual([SECRET, SECRET]);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { message: 'connection replaced', reason: 'idle_too_long' },
    ]);
    await database.pool.query(`alter role ${login} password 'first'`);
  });

  it('goes on with the URL read before while Secrets Manager is out of reach', async () => {
    server.put(SECRET, { database_url: urlWith('first') });
    const { pool } = await runtimeOf(ENV);
    await pool.query('select 1');
    server.failure = { status: 500, type: 'InternalServiceError' };
    clock.advance(IDLE_MAX_MS);
    expect((await pool.query(WHO)).rows).toHaveLength(1);
    expect(lines.map((line) => JSON.parse(line).error?.code)).toContain('secrets_unavailable');
  });

  it.each([
    [
      'is blank',
      { database_url: ' ' },
      /database_url in the secret faxsync\/warehouse\/load is blank: .*put-secret-value/,
    ],
    [
      'has no URL in it',
      { database_url: 'canary' },
      /database_url in the secret faxsync\/warehouse\/load is not a database URL/,
    ],
    [
      'has another field',
      { database_url: 'postgres://a:canary@b/c', canary: 'x' },
      /does not exist: allowed are database_url/,
    ],
  ])('names the secret that %s', async (_what, content, fault) => {
    server.put(SECRET, content);
    const { pool } = await runtimeOf(ENV);
    await expect(pool.query('select 1')).rejects.toThrow(fault);
    // It is read anew the next time, so that whoever mends it need not wait.
    server.put(SECRET, { database_url: urlWith('first') });
    expect((await pool.query(WHO)).rows).toHaveLength(1);
  });

  it('is another one for the migration', async () => {
    const owner = new URL(database.url);
    server.put(SECRET, { database_url: urlWith('canary') });
    server.put(OWNERS_SECRET, { database_url: owner.href });
    const { migrateWarehouse } = buildMigrateDeps(ENV);
    expect((await migrateWarehouse()).applied.length).toBeGreaterThan(10);
    server.put(OWNERS_SECRET, { database_url: '' });
    await expect(migrateWarehouse()).rejects.toThrow('database_url in the secret faxsync/warehouse/migrate is blank');
  });
});

describe('a login by IAM', () => {
  async function gateway(): Promise<PostgresGateway> {
    const gate: PostgresGateway = await PostgresGateway.start({
      upstream: database.url,
      judge: (user, password) =>
        isGoodToken(password, user, {
          accessKeyId: 'testing',
          secretAccessKey: 'testing',
          region: 'us-east-1',
          host: `localhost:${gate.port}`,
        }),
    });
    onTestFinished(() => gate.stop());
    return gate;
  }

  it('sends a token that is signed for this login, host and hour, a new one at every connect', async () => {
    const gate = await gateway();
    const { pool } = await runtimeOf({
      ...ENV,
      FAXSYNC_DATABASE_AUTH: 'iam',
      FAXSYNC_DATABASE_URL: gate.urlFor(login),
    });
    expect((await pool.query(WHO)).rows).toEqual([{ who: login, what: 'faxsync-load' }]);
    clock.advance(IDLE_MAX_MS);
    expect((await pool.query(WHO)).rows).toHaveLength(1);
    expect(gate.counts).toMatchObject({ admitted: 2, refused: 0 });
    expect(server.asked).toEqual([]);
  });

  it('is refused, after one more try, where it is signed with a key that has no right', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'canary');
    const gate = await gateway();
    const { pool } = await runtimeOf({
      ...ENV,
      FAXSYNC_DATABASE_AUTH: 'iam',
      FAXSYNC_DATABASE_URL: gate.urlFor(login),
    });
    await expect(pool.query('select 1')).rejects.toMatchObject({ code: '28000' });
    expect(gate.counts).toMatchObject({ admitted: 0, refused: 2 });
  });

  it('says that no token can be signed, without the words of the client of AWS', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere');
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    const gate = await gateway();
    const { pool } = await runtimeOf({
      ...ENV,
      FAXSYNC_DATABASE_AUTH: 'iam',
      FAXSYNC_DATABASE_URL: gate.urlFor(login),
    });
    await expect(pool.query('select 1')).rejects.toMatchObject({
      code: 'warehouse_credentials',
      message: expect.stringMatching(/^No token of IAM could be signed for the database \(CredentialsProviderError\)/),
    });
  });
});
