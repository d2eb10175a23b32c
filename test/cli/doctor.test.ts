import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  callbacksFinding,
  clockFinding,
  credentialsFinding,
  diskFinding,
  type Finding,
  landingFolderFinding,
  PENDING_MAX,
  rightsFindings,
  runFindings,
  schemaFinding,
  serverFinding,
  signatureFinding,
  sumsFinding,
} from '../../src/cli/doctor-checks.ts';
import { signCallback } from '../../src/phaxio/signature.ts';
import { parseSettings } from '../../src/runtime/settings.ts';
import { countPendingRows } from '../../src/warehouse/database-health.ts';
import { readRightsHealth } from '../../src/warehouse/rights-health.ts';
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
    for (const check of [...checks, 'schema', 'roles', 'row security', 'sums', 'billing zone (main)'])
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

  it.each([0, 1])(
    'sees that one of two keys is wrong (number %i), which only taking back the other would show',
    async (wrong) => {
      const file = join(bed.home, `keys-${wrong}.json`);
      const { FAXSYNC_API_KEY: api_key, FAXSYNC_API_SECRET: api_secret, ...env } = bed.env;
      const [first, second] = [0, 1].map((at) => (at === wrong ? 'wrong-canary' : api_secret));
      const account = { account: 'main', api_key, api_secret: first, api_key_2: api_key, api_secret_2: second };
      await writeFile(file, JSON.stringify([account]));
      const result = await runCli(['doctor', '--json', '--accounts-file', file], env);
      expect(result.code).toBe(2);
      const found = foundBy(result);
      expect(named(found, 'red')).toEqual([
        expect.stringMatching(new RegExp(`^provider: key ${wrong + 1} of 2: The provider refused our credentials`)),
      ]);
      expect(named(found, 'green')).toContainEqual(
        expect.stringMatching(new RegExp(`^provider: key ${2 - wrong} of 2: .* answers in`)),
      );
      expect(found.some(({ check }) => check === 'clock')).toBe(true);
      expect(result.stdout).not.toContain('wrong-canary');
    },
  );

  it('says that days were loaded by another zone than that of the settings, and what would become of them', async () => {
    const { code, stdout } = await bed.run(['doctor', '--offline'], { FAXSYNC_BILLING_ZONE: 'Asia/Tokyo' });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^yellow {2}billing zone \(main\): the settings say Asia\/Tokyo, and days and months were loaded as those of America\/Chicago\n {8}-> unless .* set FAXSYNC_BILLING_ZONE=America\/Chicago$/m,
    );
  });

  it('counts what waits to be folded, no further than it needs', async () => {
    const { pool } = bed.database;
    const before = await countPendingRows(pool, 1_000_000);
    // Without seconds in them they change no sum.
    await pool.query(`insert into rollup.delivery_months_pending (account_id, usage_month)
      select account_id, date '2026-06-01' from warehouse.accounts cross join generate_series(1, 50)`);
    expect((await countPendingRows(pool, 1_000_000)) - before).toBe(50);
    expect(await countPendingRows(pool, 5)).toBeLessThan(before + 50);
    await pool.query('select rollup.fold()');
    expect(await countPendingRows(pool, 1_000_000)).toBe(0);
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

  it('finds nothing to object to in what the migrations grant, to the letter', async () => {
    expect(await readRightsHealth(bed.database.pool)).toEqual({
      missingRoles: [],
      lacks: [],
      exceeds: [],
      unprotected: [],
      wrongPolicies: [],
      mayLoad: true,
    });
  });

  it('finds rights that are not as they should be, tables without row security, and records set aside', async () => {
    await bed.database.pool.query(`
      grant update (status) on warehouse.faxes to faxsync_reader;
      grant select on ops.rejected_records to faxsync_bi;
      grant execute on function rollup.rebuild(integer) to public;
      grant create on schema report to faxsync_reader;
      revoke insert on ops.landed_objects from faxsync_loader;
      revoke update on warehouse.faxes from faxsync_loader;
      revoke delete on warehouse.fax_history from faxsync_loader;
      revoke select on report.charges from faxsync_reader, faxsync_bi;
      revoke execute on function warehouse.quality_counts from faxsync_bi;
      revoke usage on schema recon from faxsync_bi;
      alter table warehouse.fax_recipients disable row level security;
      alter view report.billing_by_day reset (security_invoker);
      create policy everything on warehouse.faxes for select to public using (true);
      drop policy granted_accounts on warehouse.atas;
      create policy granted_accounts on warehouse.atas for select to faxsync_bi using (true);
      alter policy all_accounts on warehouse.addresses to faxsync_loader, faxsync_reader, faxsync_bi;
      drop policy all_accounts on warehouse.blocking_rules;
      insert into ops.rejected_records (account_id, stream, scope, object, record_id, path, reason, raw, raw_digest, occurrences,
          first_landed_key, last_landed_key, first_seen_at, last_seen_at)
        select account_id, 'faxes', 'record', 'fax', '1', '', 'no_id', '{}', 'd', 1, 'k', 'k', now(), now() from warehouse.accounts`);
    expect(await readRightsHealth(bed.database.pool)).toEqual({
      missingRoles: [],
      lacks: [
        'faxsync_bi: execute on warehouse.quality_counts',
        'faxsync_bi: select on report.charges',
        'faxsync_bi: usage on recon',
        'faxsync_loader: delete on warehouse.fax_history',
        'faxsync_loader: insert on ops.landed_objects',
        'faxsync_loader: update on warehouse.faxes',
        'faxsync_reader: select on report.charges',
      ],
      exceeds: [
        'faxsync_bi: execute on rollup.rebuild',
        'faxsync_bi: select on ops.rejected_records',
        'faxsync_reader: create on report',
        'faxsync_reader: execute on rollup.rebuild',
        'faxsync_reader: update on warehouse.faxes',
      ],
      unprotected: ['report.billing_by_day', 'warehouse.fax_recipients'],
      wrongPolicies: [
        'all_accounts on warehouse.addresses',
        'everything on warehouse.faxes',
        'granted_accounts on warehouse.atas',
        'no all_accounts on warehouse.blocking_rules',
      ],
      mayLoad: true,
    });
    const found = foundBy(await bed.run(['doctor', '--offline', '--json']));
    expect(named(found, 'red')).toEqual([
      expect.stringMatching(/^roles: may not do what they are for, faxsync_bi: execute on warehouse.quality_counts, /),
      expect.stringMatching(/^roles: may do what they should not, faxsync_bi: execute on rollup.rebuild, /),
      'row security: BI logins see every account in report.billing_by_day, warehouse.fax_recipients',
      expect.stringMatching(
        /^row security: policies that are not as migrations make them: all_accounts on warehouse.ad/,
      ),
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
    billingZone: 'America/Chicago',
  };

  it('of the signature uses the documented vectors', () => {
    expect(signatureFinding().status).toBe('green');
    // As one would be that leaves the files out.
    expect(signatureFinding((token, url, { fields }) => signCallback(token, url, { fields, files: [] })).status).toBe(
      'red',
    );
  });

  it('of the roles is red where one is missing, lacks a right or has one too many, and yellow for a login that only reads', () => {
    const fine = { missingRoles: [], lacks: [], exceeds: [], unprotected: [], wrongPolicies: [], mayLoad: true };
    expect(rightsFindings(fine).map(({ status }) => status)).toEqual(['green']);
    expect(rightsFindings({ ...fine, mayLoad: false }).map(({ status }) => status)).toEqual(['green', 'yellow']);
    expect(rightsFindings({ ...fine, missingRoles: ['faxsync_bi'] })).toEqual([
      expect.objectContaining({ status: 'red', detail: 'missing: faxsync_bi' }),
    ]);
    const many = Array.from({ length: 10 }, (_, at) => `r${at}`);
    expect(
      rightsFindings({ ...fine, lacks: many, exceeds: ['x'] }).map(({ status, detail }) => [status, detail]),
    ).toEqual([
      ['red', 'may not do what they are for, r0, r1, r2, r3, r4, r5, r6, r7, and 2 more'],
      ['red', 'may do what they should not, x'],
    ]);
  });

  it('of the sums is yellow above a hundred thousand rows', () => {
    expect([sumsFinding(PENDING_MAX).status, sumsFinding(PENDING_MAX + 1).status]).toEqual(['green', 'yellow']);
    expect(sumsFinding(700_007).detail).toMatch(/^more than 100,000 rows of loads wait/);
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

  it('of a home that the demo made asks for no key and no pull, but for a reconciliation; elsewhere for all of them', () => {
    if (account === undefined) throw new Error('no account');
    const old = { ...health, pulledAt: health.reconciledAt, loadedAt: health.reconciledAt };
    expect(runFindings('main', old, now, true).map(({ status }) => status)).toEqual(['green', 'green', 'yellow']);
    expect(runFindings('main', old, now).map(({ status }) => status)).toEqual(['yellow', 'yellow', 'yellow']);
    expect([credentialsFinding(account, true).status, credentialsFinding(account, false).status]).toEqual([
      'green',
      'red',
    ]);
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
