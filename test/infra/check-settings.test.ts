import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkSettings, connectionsAllowed } from '../../infra/check-settings.ts';
import { mergeSettings, readSettings } from '../../infra/read-settings.ts';
import { SETTINGS } from '../../infra/settings.ts';
import { settingsWith } from './stacks.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'faxsync-settings-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Forty prices, one month each. */
const RATES = Array.from({ length: 40 }, (_, n) => ({
  country: 'US',
  direction: 'sent',
  price_per_page_cents: 4.5,
  from: `20${20 + Math.floor(n / 12)}-${String((n % 12) + 1).padStart(2, '0')}-01`,
  to: `20${20 + Math.floor((n + 1) / 12)}-${String(((n + 1) % 12) + 1).padStart(2, '0')}-01`,
}));

/** What is wrong, and what the refusal says about it: the place, the reason, and where there is one the arithmetic. */
const WRONG: readonly (readonly [what: string, over: unknown, says: string | RegExp])[] = [
  ['a name that cannot prefix anything', { name: 'Fax_Sync' }, 'name: use at most 31 lowercase letters'],
  ['no account', { accounts: [] }, /accounts: .*FAXSYNC_ACCOUNTS/],
  ['two accounts of one name', { accounts: [{ account: 'a' }, { account: 'a' }] }, /accounts: .*is there twice/],
  [
    'an account setting that does not exist',
    { accounts: [{ account: 'a', colour: 'red' }] },
    /accounts: .*does not exist/,
  ],
  ['a secret among the settings', { accounts: [{ account: 'a', api_key: 'k' }] }, /accounts: .*Secrets Manager/],
  ['the account of the canary', { accounts: [{ account: 'canary' }] }, 'the key "canary" is taken'],
  [
    'a reconciliation setting that cannot be',
    { accounts: [{ account: 'a', reconciliation: { settle_days: -1 } }] },
    /accounts: .*FAXSYNC_ACCOUNTS\[0\]\.reconciliation\.settle_days is not a whole number/,
  ],
  [
    'more negotiated prices than the environment has room for',
    { accounts: [{ account: 'a' }, { account: 'clinic', reconciliation: { rates: RATES } }] },
    /accounts\[\]\.reconciliation: \d{4} bytes of them and about 10\d\d of the rest are more than the 4096 .* of clinic with \d{4}: leave out/,
  ],
  [
    'too many accounts for the environment',
    { accounts: Array.from({ length: 200 }, (_, n) => ({ account: `clinic-${n}` })) },
    /environment of a function would have about \d+ bytes, more than 4096/,
  ],
  [
    'more accounts than a stack has room for',
    { accounts: Array.from({ length: 20 }, (_, n) => ({ account: `clinic-${n}` })) },
    '137 + 20 accounts x 24 = 617 resources are more than the 500 of a stack',
  ],
  ['too little memory', { functions: { load: { memoryMb: 64 } } }, 'functions.load.memoryMb: 64 is not 128 to 10240'],
  [
    'a timeout beyond what Lambda gives',
    { functions: { audit: { timeoutSeconds: 1000 } } },
    'functions.audit.timeoutSeconds: 1000 is not 1 to 900',
  ],
  [
    'no concurrency at all',
    { functions: { pull: { reservedConcurrency: 0 } } },
    'functions.pull.reservedConcurrency: 0 is not 1 to 1000, or null',
  ],
  [
    'a pull too short for one window',
    { functions: { pull: { timeoutSeconds: 30 } } },
    'functions.pull.timeoutSeconds: 30 s are too few',
  ],
  [
    'pulls longer than their interval',
    { schedules: { trailingMinutes: 10 } },
    '10 min x 60 = 600 s is less than functions.pull.timeoutSeconds 900 s',
  ],
  [
    'messages that come back while they are worked on',
    { loads: { visibilitySeconds: 300 } },
    '300 is less than 6 x timeout 120 + window 5 = 725',
  ],
  [
    'messages hidden longer than SQS can',
    { loads: { visibilitySeconds: 50_000 } },
    '50000 is more than the 43200 s that SQS takes',
  ],
  [
    'dead letters that expire with the live ones',
    { loads: { deadRetentionDays: 4 } },
    '4 d is not longer than retentionDays 4 d',
  ],
  ['dead letters kept longer than SQS can', { loads: { deadRetentionDays: 20 } }, 'are not within 0 to 14 days'],
  [
    'a retention that ends before the tries do',
    { loads: { receivesMax: 500 } },
    'receivesMax 500 x visibility 725 s = 4.20 d',
  ],
  ['too few tries', { loads: { receivesMax: 2 } }, '2 is less than 4'],
  [
    'a batch too large to wait for nothing',
    { loads: { batchSize: 50, batchingWindowSeconds: 0 } },
    'batchSize: 50 is not 1 to 10',
  ],
  ['an hour of the report that is none', { schedules: { reportPageHour: 24 } }, 'reportPageHour: 24 is no hour'],
  ['report pages that go at once', { reports: { keptDays: 0 } }, 'reports.keptDays: 0 is not 1 to 3650'],
  ['a concurrency that no event source takes', { loads: { concurrencyMax: 1 } }, 'concurrencyMax: 1 is not 2 to 1000'],
  [
    'fewer loaders set aside than are fed',
    { functions: { load: { reservedConcurrency: 5 } } },
    '5 is less than loads.concurrencyMax 10',
  ],
  [
    'more loaders than the database has connections',
    { warehouse: { maxAcu: 1 }, loads: { concurrencyMax: 200 } },
    '(load 200 + audit, reconcile and report 5 x 1 accounts + migrate 1) x 1 connection + 20 spare = 226, but the warehouse allows 180 with maxAcu 1',
  ],
  [
    'more loaders than an external database gives',
    { warehouse: { kind: 'external', connectionsMax: 25 } },
    '= 36, but the warehouse allows 25: raise connectionsMax',
  ],
  ['capacity that is no range', { warehouse: { minAcu: 8 } }, 'minAcu 8 to maxAcu 4 is no range in halves'],
  [
    'a pause that Aurora does not know',
    { warehouse: { minAcu: 0, pauseAfterMinutes: 1 } },
    'pauseAfterMinutes: 1 is not 5 to 1440',
  ],
  [
    'a function too short for a database that was asleep',
    { warehouse: { minAcu: 0 }, functions: { load: { timeoutSeconds: 30 } } },
    'functions.load.timeoutSeconds: 30 s is less than 60 s',
  ],
  ['backups longer than Aurora keeps them', { warehouse: { backupDays: 90 } }, 'backupDays: 90 is not 1 to 35'],
  ['half a minute', { schedules: { headMinutes: 0.5 } }, 'schedules.headMinutes: 0.5 is not a whole number of minutes'],
  ['a head less often than the rest', { schedules: { headMinutes: 60 } }, '60 is more than trailingMinutes 15'],
  [
    'audits with gaps between them',
    { schedules: { auditHours: 1 } },
    '1 h x 60 = 60 min is not longer than auditMinutes 60',
  ],
  ['a throttle that lets nothing through', { callbacks: { ratePerSecond: 0 } }, '0 would refuse every callback'],
  [
    'a domain without a certificate',
    { callbacks: { domain: { name: 'fax.example.com', certificateArn: '' } } },
    'give a host name and the ARN of its certificate',
  ],
  [
    'a log retention that CloudWatch does not know',
    { logs: { retentionDays: 100 } },
    '100 is none of the terms of CloudWatch: 1, 3, 5',
  ],
  ['an address that is none', { alarms: { email: 'nobody' } }, 'alarms.email: is not an e-mail address'],
];

describe('checkSettings', () => {
  it('takes the settings as they are shipped', () => {
    expect(() => checkSettings(SETTINGS)).not.toThrow();
  });

  it.each(WRONG)('refuses %s with its reason', (_what, over, says) => {
    expect(() => checkSettings(settingsWith(over))).toThrow(says);
  });

  it('names all faults at once', () => {
    const wrong = settingsWith({ name: '', logs: { retentionDays: 2 }, loads: { receivesMax: 1 } });
    expect(() => checkSettings(wrong)).toThrow(/name:[\s\S]*receivesMax[\s\S]*retentionDays/);
  });

  it('counts connections as Aurora gives them, rounded down, and no more than a small minimum allows', () => {
    const aurora = { ...SETTINGS.warehouse, kind: 'aurora' } as Extract<typeof SETTINGS.warehouse, { kind: 'aurora' }>;
    // The values that AWS documents for the largest capacity.
    const documented: readonly (readonly [maxAcu: number, connections: number])[] = [
      [1, 189],
      [4, 823],
      [8, 1_669],
      [16, 3_360],
      [32, 5_000],
    ];
    for (const [maxAcu, connections] of documented) {
      const allowed = connectionsAllowed({ ...aurora, minAcu: 1, maxAcu });
      expect(allowed).toBeLessThanOrEqual(connections);
      expect(allowed).toBeGreaterThan(connections * 0.8);
    }
    expect(connectionsAllowed({ ...aurora, minAcu: 0.5, maxAcu: 64 })).toBe(2_000);
  });
});

describe('mergeSettings', () => {
  it('lays sections over each other name by name, and lists whole', () => {
    const merged = mergeSettings(SETTINGS, { loads: { batchSize: 5 }, accounts: [{ account: 'north' }] });
    expect(merged.loads).toEqual({ ...SETTINGS.loads, batchSize: 5 });
    expect(merged.accounts).toEqual([{ account: 'north' }]);
    expect(merged.schedules).toEqual(SETTINGS.schedules);
  });

  it('takes a warehouse of another kind whole', () => {
    const merged = mergeSettings(SETTINGS, { warehouse: { kind: 'external', connectionsMax: 50 } });
    expect(merged.warehouse).toEqual({ kind: 'external', connectionsMax: 50 });
  });

  it.each([
    [{ load: {} }, 'load does not exist; known here: name, accounts'],
    [{ loads: { batchsize: 5 } }, 'loads.batchsize does not exist'],
    [{ loads: 5 }, 'loads is not an object'],
    [{ loads: { batchSize: '5' } }, 'loads.batchSize is not a number'],
    [{ accounts: {} }, 'accounts is not a list'],
    [[], 'the whole is not an object'],
    [{ warehouse: { kind: 'external', maxAcu: 2 } }, 'maxAcu does not exist'],
    [{ warehouse: { kind: 'mysql' } }, 'warehouse.kind is neither aurora nor external'],
  ])('names what does not fit in %j', (over, says) => {
    expect(() => mergeSettings(SETTINGS, over)).toThrow(says);
  });
});

describe('readSettings', () => {
  it('says which file it could not read, and never what is in it', async () => {
    expect(() => readSettings(join(folder, 'none.json'))).toThrow('cannot be read (ENOENT)');
    const broken = join(folder, 'broken.json');
    await writeFile(broken, '{"api_key": secret}');
    expect(() => readSettings(broken)).toThrow('it is not JSON');
    expect(() => readSettings(broken)).not.toThrow('secret');
  });
});

describe('cdk synth', () => {
  it('fails with the reason of a wrong setting, and nothing behind it', async () => {
    const file = join(folder, 'wrong.json');
    await writeFile(file, JSON.stringify({ loads: { visibilitySeconds: 100 } }));
    const run = promisify(execFile)(process.execPath, ['infra/app.ts'], {
      env: { ...process.env, CDK_CONTEXT_JSON: JSON.stringify({ settings: file }), CDK_OUTDIR: join(folder, 'out') },
    });
    await expect(run).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('100 is less than 6 x timeout 120 + window 5 = 725'),
    });
  });
});
