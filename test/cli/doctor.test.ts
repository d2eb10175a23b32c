import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  callbacksFinding,
  clockFinding,
  diskFinding,
  type Finding,
  landingFolderFinding,
  runFindings,
  schemaFinding,
  serverFinding,
  signatureFinding,
} from '../../src/cli/doctor-checks.ts';
import { parseSettings } from '../../src/runtime/settings.ts';
import { CliBed } from './cli-bed.ts';
import { type CliResult, documentOf, runCli } from './run-cli.ts';

type Found = Finding & { readonly check: string };
const foundBy = (result: CliResult) => documentOf<{ checks: readonly Found[] }>(result).checks;
const named = (found: readonly Found[], status: Finding['status']) =>
  found.filter((one) => one.status === status).map(({ check, detail }) => `${check}: ${detail}`);

describe('faxsync doctor', () => {
  let bed: CliBed;
  beforeAll(async () => {
    bed = await CliBed.open({ world: { days: 10, faxesPerDay: 20, deletedTestShare: 0 } });
    await bed.run(['sync']);
  });
  afterAll(() => bed.close());

  it('finds nothing red where all is well, says what to do beside each line that is not green, and tells no secret', async () => {
    const { code, stdout, stderr } = await bed.run(['doctor']);
    expect([code, stderr]).toEqual([0, '']);
    const checks = ['settings', 'signature', 'disk', 'credentials (main)', 'provider (main)', 'landing', 'database'];
    for (const check of [...checks, 'schema', 'roles', 'row security'])
      expect(stdout).toMatch(new RegExp(`^green   ${check.replace(/[()]/g, '\\$&')}: `, 'm'));
    expect(stdout).not.toMatch(/^red/m);
    // The pretend provider stands still in June.
    expect(stdout).toMatch(
      /^yellow {2}clock \(main\): this machine is \d+ days ahead of the provider's clock\n {8}-> /m,
    );
    expect(stdout).toMatch(/^yellow {2}runs \(main\): never reconciled\n {8}-> faxsync reconcile$/m);
    const { FAXSYNC_API_KEY: key = '?', FAXSYNC_API_SECRET: secret = '?' } = bed.env;
    for (const hidden of [key, secret, new URL(bed.database.url).password]) expect(stdout).not.toContain(hidden);
    expect(stdout).not.toMatch(/\+1\d{10}/);
  });

  it('asks nothing of the provider when told so', async () => {
    const before = bed.simulator.stats().requests;
    const result = await bed.run(['doctor', '--offline', '--json']);
    expect(result.code).toBe(0);
    expect(foundBy(result).map(({ check }) => check)).not.toContain('provider');
    expect(bed.simulator.stats().requests).toBe(before);
  });

  it('makes one call for each account, and goes on where one is refused', async () => {
    const file = join(bed.home, 'accounts.json');
    const { FAXSYNC_API_KEY: api_key, FAXSYNC_API_SECRET: api_secret, ...env } = bed.env;
    const accounts = [
      { account: 'main', api_key, api_secret },
      { account: 'other', api_key, api_secret: 'wrong-canary' },
      { account: 'bare' },
    ];
    await writeFile(file, JSON.stringify(accounts));
    const before = bed.simulator.stats().requests;
    const result = await runCli(['doctor', '--json', '--accounts-file', file], env);
    expect(result.code).toBe(2);
    expect(bed.simulator.stats().requests - before).toBe(2);
    expect(named(foundBy(result), 'red')).toEqual([
      'credentials: no API key',
      expect.stringMatching(/^provider: The provider refused our credentials/),
    ]);
    expect(result.stdout).not.toContain('wrong-canary');
  });

  it('goes on to the end whatever is broken', async () => {
    const result = await bed.run(['doctor', '--json'], {
      FAXSYNC_DATABASE_URL: 'postgres://canary-user:canary-password@127.0.0.1:1/x',
      FAXSYNC_PROVIDER_URL: 'http://127.0.0.1:1',
      FAXSYNC_LANDING: join(bed.home, 'accounts.json'),
    });
    expect(result.code).toBe(2);
    expect(named(foundBy(result), 'red').map((line) => line.split(':')[0])).toEqual([
      'provider',
      'landing',
      'database',
    ]);
    expect(result.stdout + result.stderr).not.toMatch(/canary/);
  });

  it('names every fault of the settings', async () => {
    const result = await bed.run(['doctor', '--json'], { FAXSYNC_API_VERSION: 'v9', FAXSYNC_BILLING_ZONE: 'Mars' });
    expect(result.code).toBe(2);
    expect(named(foundBy(result), 'red')).toEqual([
      expect.stringContaining('FAXSYNC_BILLING_ZONE'),
      expect.stringContaining('FAXSYNC_API_VERSION'),
    ]);
    expect(named(foundBy(result), 'green').some((line) => line.startsWith('signature'))).toBe(true);
  });

  it('finds rights that are not as they should be, tables without row security, and records set aside', async () => {
    await bed.database.pool.query(`
      grant update on warehouse.faxes to faxsync_reader;
      revoke insert on ops.landed_objects from faxsync_loader;
      alter table warehouse.fax_recipients disable row level security;
      alter view report.billing_by_day reset (security_invoker);
      insert into ops.rejected_records (account_id, stream, scope, object, record_id, path, reason, raw, raw_digest, occurrences,
          first_landed_key, last_landed_key, first_seen_at, last_seen_at)
        select account_id, 'faxes', 'record', 'fax', '1', '', 'no_id', '{}', 'd', 1, 'k', 'k', now(), now() from warehouse.accounts`);
    const found = foundBy(await bed.run(['doctor', '--offline', '--json']));
    expect(named(found, 'red')).toEqual([
      'roles: faxsync_loader may not write ops.landed_objects',
      'roles: readers may do what they should not, faxsync_reader: warehouse.faxes',
      'row security: BI logins see every account in report.billing_by_day, warehouse.fax_recipients',
    ]);
    expect(found.find(({ check }) => check === 'set aside')).toMatchObject({
      status: 'yellow',
      remedy: 'faxsync rejected',
    });
  });

  it('is red where a database of the user has no schema', async () => {
    await bed.database.pool.query('drop schema ops cascade');
    const found = foundBy(await bed.run(['doctor', '--offline', '--json']));
    expect(found.find(({ check }) => check === 'schema')).toMatchObject({ status: 'red', remedy: 'faxsync migrate' });
  });
});

describe('a check', () => {
  const [account] = parseSettings({
    FAXSYNC_CALLBACK_TOKENS: 't',
    FAXSYNC_CALLBACK_URL: 'https://example.com/',
  }).accounts;
  const now = Date.UTC(2026, 10, 28);
  const health = {
    pulledAt: now,
    loadedAt: now,
    calledBackAt: null,
    reconciledAt: now - 10 * 86_400_000,
    rejectedCount: 0,
  };

  it('of the signature uses the documented vectors', () => {
    expect(signatureFinding().status).toBe('green');
  });

  it.each([
    [0, 'green'],
    [30_000, 'green'],
    [-30_001, 'yellow'],
    [30_001, 'yellow'],
  ])('of a clock that is %s ms off is %s', (difference, status) => {
    expect(clockFinding("the provider's clock", difference).status).toBe(status);
  });

  it('of the runs is yellow where one is older than 26 hours', () => {
    expect(runFindings('main', health, now).map(({ status }) => status)).toEqual(['green', 'green', 'yellow']);
    expect(runFindings('main', null, now).map(({ remedy }) => remedy)).toEqual(['faxsync sync']);
  });

  it('of the callbacks is yellow where they are set up and none came lately', () => {
    if (account === undefined) throw new Error('no account');
    expect(callbacksFinding(account, health, now).status).toBe('yellow');
    expect(callbacksFinding(account, { ...health, calledBackAt: now - 60_000 }, now).status).toBe('green');
    expect(callbacksFinding({ ...account, callbackTokens: [] }, health, now).status).toBe('green');
  });

  it('of the server is red below Postgres 15 and on a copy', () => {
    const server = { versionNumber: 180_004, version: '18.4', at: now, isReplica: false };
    expect(serverFinding(server).status).toBe('green');
    expect(serverFinding({ ...server, isReplica: true }).status).toBe('red');
    expect(serverFinding({ ...server, versionNumber: 140_010 }).status).toBe('red');
  });

  it('of the schema is red only where nobody runs migrations by himself', () => {
    const lacks = { appliedCount: 3, pending: ['x'], newer: [] };
    expect([schemaFinding(lacks, true).status, schemaFinding(lacks, false).status]).toEqual(['yellow', 'red']);
    expect(schemaFinding({ appliedCount: 3, pending: [], newer: ['y'] }, false).status).toBe('yellow');
  });

  it('of folders knows one that is not there yet, and leaves nothing in one that is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'faxsync-doctor-'));
    try {
      expect((await landingFolderFinding(join(folder, 'none'))).status).toBe('yellow');
      expect((await landingFolderFinding(folder)).status).toBe('green');
      expect((await diskFinding(join(folder, 'none', 'deeper'))).detail).toMatch(/MB free/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
