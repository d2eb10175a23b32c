import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { type CliRun, documentOf, runCli, startCli } from './run-cli.ts';

interface SimulateDocument {
  readonly url: string;
  readonly faxes: number;
  readonly try: readonly string[];
}

let run: CliRun;
let told: SimulateDocument;
let database: TestDatabase;
let home: string;
beforeAll(async () => {
  database = await freshDatabase();
  home = await mkdtemp(join(tmpdir(), 'faxsync-simulate-'));
  run = startCli(['simulate', '--port', '0', '--faxes', '400', '--days', '4', '--json']);
  told = JSON.parse((await run.said(/^\{[\s\S]*\n\}\n/))[0]) as SimulateDocument;
});
afterAll(async () => {
  run.child.kill('SIGKILL');
  await database.drop();
  await rm(home, { recursive: true, force: true });
});

describe('faxsync simulate', () => {
  it('prints a sync that works as it stands', async () => {
    expect(told.faxes).toBeGreaterThan(200);
    const [assignments, command] = (told.try[0] ?? '').split(' npm run -s faxsync -- ');
    const env = Object.fromEntries((assignments ?? '').split(' ').map((pair) => pair.split('=') as [string, string]));
    const result = await runCli([...(command ?? '').split(' '), '--json'], {
      ...env,
      FAXSYNC_HOME: home,
      FAXSYNC_DATABASE_URL: database.url,
    });
    expect(result.code).toBe(0);
    const { rows } = await database.pool.query<{ faxes: number }>(
      'select count(*)::integer as faxes from warehouse.faxes',
    );
    expect(rows[0]?.faxes).toBeGreaterThanOrEqual(told.faxes);
    expect(documentOf(result)).toMatchObject({ ok: true });
  });

  it('refuses a port that is taken with one error', async () => {
    const result = await runCli(['simulate', '--port', new URL(told.url).port, '--faxes', '10', '--days', '1']);
    expect(result.code).toBe(64);
    expect(result.stderr).toMatch(/^error: --port \d+ cannot be used \(EADDRINUSE\)/);
  });

  it('gives two simulators of one seed the same account', async () => {
    const twin = startCli(['simulate', '--port', '0', '--faxes', '400', '--days', '4', '--json']);
    const other = JSON.parse((await twin.said(/^\{[\s\S]*\n\}\n/))[0]) as Record<string, unknown>;
    twin.child.kill('SIGINT');
    expect((await twin.ended).code).toBe(0);
    expect(other).toMatchObject({ api_key: (told as unknown as Record<string, unknown>)['api_key'] });
  });

  it('ends in order on Ctrl-C', async () => {
    run.child.kill('SIGINT');
    expect(await run.ended).toMatchObject({ code: 0, stderr: '' });
  });
});
