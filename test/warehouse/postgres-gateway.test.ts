import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { testCertificate } from '../support/certificate.ts';
import { freshEmptyDatabase, type TestDatabase } from '../support/database.ts';
import { type GatewayOptions, PostgresGateway } from '../support/postgres-gateway.ts';

let database: TestDatabase;
const LOGIN = `faxsync_gate_${process.pid}`;
beforeAll(async () => {
  database = await freshEmptyDatabase();
  await database.pool.query(`create role ${LOGIN} login`);
});
afterAll(async () => {
  await database.pool.query(`drop role ${LOGIN}`);
  await database.drop();
});

async function gateway(options: Partial<GatewayOptions> = {}): Promise<PostgresGateway> {
  const started = await PostgresGateway.start({
    upstream: database.url,
    judge: (_user, password) => password === 'token',
    ...options,
  });
  onTestFinished(() => started.stop());
  return started;
}

async function connect(to: string, { password = 'token', ssl }: pg.ClientConfig = {}): Promise<pg.Client> {
  const url = new URL(to);
  url.password = String(password);
  const client = new pg.Client({ connectionString: url.href, ...(ssl === undefined ? {} : { ssl }) });
  client.on('error', () => {});
  onTestFinished(() => client.end().catch(() => {}));
  await client.connect();
  return client;
}

describe('the gateway of the tests', () => {
  it('lets in whom the judge lets in, as the login itself, and counts', async () => {
    const gate = await gateway();
    const client = await connect(gate.urlFor(LOGIN));
    const { rows } = await client.query('select session_user, current_user, repeat($1, 100000) as much', ['x']);
    expect(rows).toEqual([{ session_user: LOGIN, current_user: LOGIN, much: 'x'.repeat(100_000) }]);
    await expect(connect(gate.urlFor(LOGIN), { password: 'other' })).rejects.toMatchObject({ code: '28000' });
    await expect(connect(gate.urlFor(LOGIN, 'nowhere'))).rejects.toMatchObject({ code: '3D000' });
    expect(gate.counts).toMatchObject({ accepted: 3, admitted: 2, refused: 1 });
  });

  it('speaks TLS where it has a certificate, and nothing else then', async () => {
    const certificate = testCertificate();
    const gate = await gateway({ tls: certificate });
    const client = await connect(gate.urlFor(LOGIN), { ssl: { ca: certificate.cert } });
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await expect(connect(gate.urlFor(LOGIN))).rejects.toMatchObject({ code: '28000' });
    const other = testCertificate();
    await expect(connect(gate.urlFor(LOGIN), { ssl: { ca: other.cert } })).rejects.toThrow(/self-signed certificate/);
  });

  it('swallows what is said while it is frozen, and what is said on connections from before', async () => {
    const gate = await gateway();
    const before = await connect(gate.urlFor(LOGIN));
    let answers = 0;
    gate.freeze();
    before.query('select 1').then(
      () => {
        answers += 1;
      },
      () => {},
    );
    gate.thaw();
    const after = await connect(gate.urlFor(LOGIN));
    await after.query('select pg_sleep(0.05)');
    expect(answers).toBe(0);
    expect(gate.counts).toMatchObject({ admitted: 2, open: 2 });
  });

  it('ends every connection at once', async () => {
    const gate = await gateway();
    const client = await connect(gate.urlFor(LOGIN));
    const ended = new Promise((resolve) => client.once('end', resolve));
    gate.cut();
    await ended;
    await expect(client.query('select 1')).rejects.toThrow();
  });
});
