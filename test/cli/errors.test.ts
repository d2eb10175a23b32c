import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../../src/runtime/embedded-postgres.ts';
import { createWarehousePool } from '../../src/warehouse/connection.ts';
import { CliBed } from './cli-bed.ts';
import { type CliResult, documentOf, withoutProgress } from './run-cli.ts';

/** One error in one line, no stack, and nothing that only we should know; lines of progress may stand before it. */
function expectOneError({ stderr, stdout }: CliResult, pattern: RegExp, secrets: readonly string[]): void {
  const lines = stderr.trimEnd().split('\n');
  expect(lines.filter((line) => /^(error|warning): /.test(line))).toEqual([lines.at(-1)]);
  expect(lines.filter((line) => /^\s+at /.test(line))).toEqual([]);
  expect(lines.at(-1)).toMatch(pattern);
  for (const secret of secrets) expect(stdout + stderr).not.toContain(secret);
}

/** Lets the server's user list the folder its data lies in: as root the data would lie elsewhere, and stay there. */
async function openToServer(folder: string): Promise<void> {
  await chmod(folder, 0o755);
}

let bed: CliBed;
let secrets: string[];
beforeAll(async () => {
  bed = await CliBed.open();
  const { apiKey, apiSecret } = bed.simulator.credentials;
  secrets = [apiKey, apiSecret, new URL(bed.database.url).password];
});
afterAll(() => bed.close());

describe('faxsync sync', () => {
  it('says in one line that the provider is down, and completes when it is back', async () => {
    await bed.simulator.stop();
    const result = await bed.run(['sync']);
    await bed.simulator.start();
    expect(result.code).toBe(1);
    expectOneError(result, /connection to the provider broke .*check the provider URL/, secrets);
    expect((await bed.run(['sync'])).code).toBe(0);
    expect((await bed.compareFaxes()).tables.filter(({ differing }) => differing > 0)).toEqual([]);
  });

  it('says in one line that the credentials are wrong', async () => {
    const result = await bed.run(['sync'], { FAXSYNC_API_SECRET: 'canary-wrong-secret' });
    expect(result.code).toBe(1);
    const asDocument = await bed.run(['sync', '--json'], { FAXSYNC_API_SECRET: 'canary-wrong-secret' });
    expect(documentOf(asDocument)).toMatchObject({ accounts: [{ calls: 1, error: { code: 'provider_auth' } }] });
    expectOneError(result, /refused our credentials .*Check the API key and secret/, [
      ...secrets,
      'canary-wrong-secret',
    ]);
    expect((await bed.run(['sync'])).code).toBe(0);
  });

  it.each([
    [
      'no server',
      (url: URL) => (url.port = '1'),
      /cannot be reached; check that it runs and that FAXSYNC_DATABASE_URL/,
    ],
    [
      'no such database',
      (url: URL) => (url.pathname = '/nowhere'),
      /check user, password and database name in FAXSYNC_DATABASE_URL/,
    ],
    [
      'a wrong password',
      (url: URL) => (url.password = 'canary-password'),
      /check user, password and database name in FAXSYNC_DATABASE_URL/,
    ],
  ])('says in one line that the database URL leads to %s', async (_what, spoil, pattern) => {
    const url = new URL(bed.database.url);
    spoil(url);
    const result = await bed.run(['sync'], { FAXSYNC_DATABASE_URL: url.href });
    expect(result.code).toBe(1);
    expectOneError(result, pattern, [...secrets, 'canary-password']);
    const asDocument = await bed.run(['sync', '--json'], { FAXSYNC_DATABASE_URL: url.href });
    expect(documentOf(asDocument)).toMatchObject({ error: { code: expect.stringMatching(/^warehouse_/) } });
  });

  it('is not done when whoever read its output has gone in the middle', async () => {
    const run = bed.start(['sync'], { FAXSYNC_ACCOUNT: 'unread', FAXSYNC_REQUESTS_PER_SECOND: '2' });
    run.child.stdout.destroy();
    run.child.stderr.destroy();
    expect((await run.ended).code).toBe(1);
  });

  it('shows frames of the stack under DEBUG only, still without secrets', async () => {
    const env = { FAXSYNC_API_SECRET: 'canary-wrong-secret', FAXSYNC_LOG_LEVEL: 'DEBUG' };
    const { stderr, stdout } = await bed.run(['status', '--account', 'Not A Key'], env);
    expect(stderr).toMatch(/^\s+at /m);
    expect(stdout + stderr).not.toContain('canary-wrong-secret');
  });
});

describe('faxsync sync, its database stopped in the middle', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'faxsync-stopped-'));
    await openToServer(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('says so in one line, and the next run completes', async () => {
    const directory = join(folder, 'db');
    const first = await startEmbeddedPostgres({ directory, isDurable: false });
    expect(first.directory).toBe(directory);
    const home = join(folder, 'home');
    const env = { FAXSYNC_HOME: home, FAXSYNC_DATABASE_URL: first.connectionString };
    expect((await bed.run(['migrate'], env)).code).toBe(0);
    // Slow enough that it is under way when the first object has landed.
    const run = bed.start(['sync'], { ...env, FAXSYNC_REQUESTS_PER_SECOND: '2' });
    const landed = async () =>
      (await readdir(join(home, 'landing', 'main'), { recursive: true }).catch(() => [])).length;
    while ((await landed()) < 3) await new Promise((resolve) => setImmediate(resolve));
    await first.stop();
    const result = await run.ended;
    expect(result.code).toBe(1);
    const password = new URL(first.connectionString).password;
    expectOneError(result, /database .*FAXSYNC_DATABASE_URL/i, [...secrets, password]);

    const second = await startEmbeddedPostgres({ directory, isDurable: false });
    try {
      expect((await bed.run(['sync'], { ...env, FAXSYNC_DATABASE_URL: second.connectionString })).code).toBe(0);
      const pool = createWarehousePool(second.connectionString);
      const { rows } = await pool.query<{ faxes: number }>('select count(*)::integer as faxes from warehouse.faxes');
      await pool.end();
      expect(rows[0]?.faxes).toBe(bed.simulator.world.truth(bed.clock.now()).faxes.length);
    } finally {
      await second.stop();
    }
  });
});

describe('the embedded database', () => {
  it('is made, filled and kept between runs where no other is named', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'faxsync-embedded-'));
    await openToServer(folder);
    try {
      const env = { FAXSYNC_DATABASE_URL: '', FAXSYNC_HOME: folder };
      // A slip in --home must not look like an account that owes nothing.
      for (const command of [['reconcile'], ['explain', '1'], ['items'], ['periods']]) {
        const empty = await bed.run(command, env);
        expect(empty.code).toBe(1);
        expect(empty.stderr).toContain(`Nothing was ever loaded into the database in ${join(folder, 'db')}.`);
      }
      const first = await bed.run(['sync'], env);
      expect(withoutProgress(first)).toMatchObject({ code: 0, stderr: '' });
      expect(first.stdout).toContain(`Database ready in ${join(folder, 'db')} `);
      expect(first.stdout).toContain('Schema ready');
      const second = await bed.run(['status', '--json'], env);
      expect(second.code).toBe(0);
      const { accounts } = documentOf<{ accounts: Array<{ mirror: { rows: Record<string, number> } }> }>(second);
      expect(accounts[0]?.mirror.rows['warehouse.faxes']).toBeGreaterThan(1_000);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
