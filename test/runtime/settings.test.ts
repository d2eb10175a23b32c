import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SettingsError } from '../../src/domain/errors.ts';
import { RECONCILIATION_DEFAULTS } from '../../src/domain/reconciliation.ts';
import { flagOf, SETTING_VARIABLES } from '../../src/runtime/setting-variables.ts';
import {
  type ParseSettingsOptions,
  parseSettings,
  type Settings,
  type SettingTexts,
} from '../../src/runtime/settings.ts';

const KEYS = { FAXSYNC_API_KEY: 'key-canary', FAXSYNC_API_SECRET: 'secret-canary' };

function faultsOf(env: SettingTexts, flags: SettingTexts = {}, options: ParseSettingsOptions = {}): string[] {
  try {
    parseSettings(env, flags, options);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    expect(error).toMatchObject({ code: 'settings_invalid', retryable: false });
    const lines = (error as SettingsError).message.split('\n');
    expect((error as SettingsError).context['failedCount']).toBe(lines.length - 1);
    return lines.slice(1).map((line) => line.trim());
  }
  return [];
}

/** The settings with their secrets told, to compare them. */
function told(settings: Settings) {
  return {
    ...settings,
    databaseUrl: settings.databaseUrl?.reveal() ?? null,
    accounts: settings.accounts.map((account) => ({
      ...account,
      credentials: account.credentials.map(({ apiKey, apiSecret }) => [apiKey.reveal(), apiSecret.reveal()]),
      callbackTokens: account.callbackTokens.map((token) => token.reveal()),
      callbackUrl: account.callbackUrl?.reveal() ?? null,
    })),
  };
}

const MAIN = {
  account: 'main',
  apiVersion: 'v2.1',
  providerUrl: 'https://api.phaxio.com',
  credentials: [],
  callbackTokens: [],
  callbackUrl: null,
  billingZone: 'America/Chicago',
  v1Zone: 'America/Chicago',
  firstDay: null,
  backfillFrom: null,
  requestsPerSecond: 1,
  skippedStreams: [],
  undocumentedPaths: new Map(),
  reconciliation: RECONCILIATION_DEFAULTS,
};

describe('settings', () => {
  it('have a default for everything but keys', () => {
    expect(told(parseSettings({}))).toEqual({
      databaseUrl: null,
      databaseAuth: 'password',
      secretsPrefix: null,
      landing: { kind: 'folder', path: '.faxsync/landing' },
      state: { kind: 'postgres' },
      deadLettersUrl: null,
      loadsUrl: null,
      auditGraceMs: 3_700_000,
      home: '.faxsync',
      logLevel: 'INFO',
      accounts: [MAIN],
    });
  });

  it('are all read from variables', () => {
    const settings = parseSettings({
      ...KEYS,
      FAXSYNC_API_KEY_2: 'key-2',
      FAXSYNC_API_SECRET_2: 'secret-2',
      FAXSYNC_API_VERSION: 'v1',
      FAXSYNC_SKIPPED_STREAMS: 'countries',
      FAXSYNC_RECONCILIATION: '{"settle_days": 7, "recharge_cents": 5000}',
      FAXSYNC_PROVIDER_URL: 'https://fax.example/base/',
      FAXSYNC_DATABASE_URL: 'postgres://u:p@db.example:5432/fax?sslmode=require',
      FAXSYNC_CALLBACK_TOKENS: ' new-token , old-token ,',
      FAXSYNC_CALLBACK_URL: 'https://u:p@hooks.example/Fax/?a=1',
      FAXSYNC_ACCOUNT: 'clinic-7',
      FAXSYNC_REQUESTS_PER_SECOND: '0.5',
      FAXSYNC_FIRST_DAY: '2024-03-10',
      FAXSYNC_BILLING_ZONE: 'America/New_York',
      FAXSYNC_V1_ZONE: 'UTC',
      FAXSYNC_LANDING: 's3://my-bucket/clinics/fax/',
      FAXSYNC_STATE: 'dynamodb:faxsync-State_1',
      FAXSYNC_DEAD_LETTERS: 'https://sqs.eu-west-1.amazonaws.com/123456789012/dead-Loads_1',
      FAXSYNC_LOADS: 'http://localhost:5000/123456789012/loads',
      FAXSYNC_HOME: '/var/lib/faxsync',
      FAXSYNC_LOG_LEVEL: 'debug',
      PATH: '/bin',
    });
    expect(told(settings)).toEqual({
      databaseUrl: 'postgres://u:p@db.example:5432/fax?sslmode=require',
      databaseAuth: 'password',
      secretsPrefix: null,
      landing: { kind: 's3', bucket: 'my-bucket', prefix: 'clinics/fax' },
      state: { kind: 'dynamodb', table: 'faxsync-State_1' },
      deadLettersUrl: 'https://sqs.eu-west-1.amazonaws.com/123456789012/dead-Loads_1',
      loadsUrl: 'http://localhost:5000/123456789012/loads',
      auditGraceMs: 3_700_000,
      home: '/var/lib/faxsync',
      logLevel: 'DEBUG',
      accounts: [
        {
          account: 'clinic-7',
          apiVersion: 'v1',
          providerUrl: 'https://fax.example/base',
          credentials: [
            ['key-canary', 'secret-canary'],
            ['key-2', 'secret-2'],
          ],
          callbackTokens: ['new-token', 'old-token'],
          callbackUrl: 'https://u:p@hooks.example/Fax/?a=1',
          billingZone: 'America/New_York',
          v1Zone: 'UTC',
          firstDay: '2024-03-10',
          backfillFrom: Date.UTC(2024, 2, 10, 5),
          requestsPerSecond: 0.5,
          skippedStreams: ['countries'],
          undocumentedPaths: new Map(),
          reconciliation: {
            limits: { ...RECONCILIATION_DEFAULTS.limits, settleDays: 7, rechargeCents: 5_000 },
            rates: [],
          },
        },
      ],
    });
  });

  it('are won by flags, and blank ones count as not set', () => {
    const env = { FAXSYNC_ACCOUNT: 'from-env', FAXSYNC_HOME: '  ', FAXSYNC_API_VERSION: 'v1' };
    const settings = parseSettings(env, { FAXSYNC_ACCOUNT: 'from-flag', FAXSYNC_API_VERSION: '' });
    expect(settings.accounts[0]).toMatchObject({ account: 'from-flag', apiVersion: 'v1' });
    expect(settings.home).toBe('.faxsync');
  });

  it('put the landing zone into the home folder unless it has a place', () => {
    expect(parseSettings({ FAXSYNC_HOME: '/data' }).landing).toEqual({ kind: 'folder', path: '/data/landing' });
    expect(parseSettings({ FAXSYNC_LANDING: './zone' }).landing).toEqual({ kind: 'folder', path: './zone' });
    expect(parseSettings({ FAXSYNC_LANDING: 's3://bucket' }).landing).toEqual({
      kind: 's3',
      bucket: 'bucket',
      prefix: '',
    });
  });

  it('list every fault by name in one error, with the remedy and without a value', () => {
    const wrong = {
      FAXSYNC_API_SECRET: 'canary',
      FAXSYNC_API_KEY_2: 'canary',
      FAXSYNC_API_VERSION: 'canary',
      FAXSYNC_PROVIDER_URL: 'canary',
      FAXSYNC_DATABASE_URL: 'mysql://canary',
      FAXSYNC_CALLBACK_TOKENS: ' , ',
      FAXSYNC_ACCOUNT: 'Canary',
      FAXSYNC_REQUESTS_PER_SECOND: 'canary',
      FAXSYNC_FIRST_DAY: '2024-02-30',
      FAXSYNC_BILLING_ZONE: 'Canary/City',
      FAXSYNC_V1_ZONE: '+05:00',
      FAXSYNC_SKIPPED_STREAMS: 'canary',
      FAXSYNC_UNDOCUMENTED_STREAMS: 'addresses=/canary?canary',
      FAXSYNC_LANDING: 'gs://canary',
      FAXSYNC_STATE: 'redis:canary',
      FAXSYNC_LOG_LEVEL: 'canary',
    };
    const faults = faultsOf(wrong, {}, { needs: ['provider', 'callbacks'] });
    const named = [...Object.keys(wrong), 'FAXSYNC_API_KEY', 'FAXSYNC_API_SECRET_2', 'FAXSYNC_CALLBACK_URL'];
    const right = 'FAXSYNC_API_SECRET';
    const first = (line: string) => line.split(' ')[0] ?? '';
    const expected = named.filter((name) => name !== right && name !== 'FAXSYNC_API_KEY_2');
    expect(faults.map(first).sort()).toEqual(expected.sort());
    expect(faults.join('\n')).not.toMatch(/canary/i);
    for (const line of faults) expect(line, 'says what to do').toMatch(/: (write|set|use)|without/);
  });

  it('name a fault in a flag as the user wrote it', () => {
    expect(faultsOf({ FAXSYNC_API_VERSION: 'v2' }, { FAXSYNC_API_VERSION: 'v3' })).toEqual([
      '--api-version is not a version: write v1, v2 or v2.1',
    ]);
  });

  it('ask for keys and callbacks only where they are needed', () => {
    expect(faultsOf({}, {}, { needs: [] })).toEqual([]);
    const first = (line: string) => line.split(' ')[0];
    expect(faultsOf({}, {}, { needs: ['provider'] }).map(first)).toEqual(['FAXSYNC_API_KEY', 'FAXSYNC_API_SECRET']);
    expect(faultsOf(KEYS, {}, { needs: ['callbacks'] }).map(first)).toEqual([
      'FAXSYNC_CALLBACK_TOKENS',
      'FAXSYNC_CALLBACK_URL',
    ]);
    expect(faultsOf({ FAXSYNC_CALLBACK_URL: 'https://h.example' }).map(first)).toEqual(['FAXSYNC_CALLBACK_TOKENS']);
    expect(faultsOf({ FAXSYNC_CALLBACK_TOKENS: 'token' }).map(first)).toEqual(['FAXSYNC_CALLBACK_URL']);
  });

  it.each([
    ['http://127.0.0.1:8080', true],
    ['http://127.9.9.9', true],
    ['http://localhost:1', true],
    ['http://[::1]:8080/fax', true],
    ['https://fax.example', true],
    ['http://fax.example', false],
    ['http://127.0.0.1.evil.example', false],
    ['http://localhost.evil.example', false],
    ['http://10.0.0.1', false],
    ['https://user:pass@fax.example', false],
    ['https://fax.example/?a=1', false],
    ['https://fax.example/v2.1', false],
    ['ftp://fax.example', false],
    ['fax.example', false],
  ])('take %s for a provider URL: %s', (url, isTaken) => {
    expect(faultsOf({ FAXSYNC_PROVIDER_URL: url }).length === 0).toBe(isTaken);
  });

  it.each([
    ['FAXSYNC_REQUESTS_PER_SECOND', ['0', '-1', '101', '1e3', 'Infinity', '1,5'], ['1', '0.2', '100']],
    ['FAXSYNC_ACCOUNT', ['-a', 'a_b', 'a/b', '..', 'a'.repeat(64)], ['a', '0', 'clinic-7', 'a'.repeat(63)]],
    [
      'FAXSYNC_FIRST_DAY',
      ['2024-1-1', '2023-02-29', '1999-12-31', '20240101', '2024-01-01T00'],
      ['2024-02-29', '2000-01-02'],
    ],
    [
      'FAXSYNC_STATE',
      ['dynamodb', 'dynamodb:', 'dynamodb:ab', 'dynamodb:a b c', 'Postgres'],
      ['postgres', 'dynamodb:abc'],
    ],
    [
      'FAXSYNC_DEAD_LETTERS',
      ['Dead', 'https://sqs.us-east-1.amazonaws.com/dead', 'http://sqs.us-east-1.amazonaws.com/123456789012/dead'],
      ['https://sqs.us-east-1.amazonaws.com/123456789012/dead', 'http://127.0.0.1:9324/000000000000/dead'],
    ],
    [
      'FAXSYNC_LANDING',
      ['s3://', 's3://A', 's3://ab', 'https://x.example'],
      ['zone', '/a b/c', 's3://abc', 's3://abc/d/'],
    ],
    ['FAXSYNC_DATABASE_URL', ['localhost', 'http://x', '://'], ['postgres://h/d', 'postgresql://u@h/d']],
    ['FAXSYNC_V1_ZONE', ['Mars/Base', '-06:00', '0'], ['UTC', 'America/Denver', 'Europe/Amsterdam']],
  ])('hold %s to its form', (name, wrong, right) => {
    for (const text of wrong) expect(faultsOf({ [name]: text }), text).toHaveLength(1);
    for (const text of right) expect(faultsOf({ [name]: text }), text).toEqual([]);
  });

  it('end in settings or in one SettingsError, whatever is written', () => {
    const names = SETTING_VARIABLES.map(({ variable }) => variable).filter((name) => name !== 'FAXSYNC_ACCOUNTS_FILE');
    const env = fc.dictionary(fc.constantFrom(...names), fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl()));
    fc.assert(
      fc.property(env, (texts) => {
        faultsOf(texts);
      }),
      { numRuns: 500, seed: 7 },
    );
  });

  it('show no secret when they are printed in any way', () => {
    const env = {
      ...KEYS,
      FAXSYNC_CALLBACK_TOKENS: 'token-canary',
      FAXSYNC_CALLBACK_URL: 'https://u:canary@hooks.example',
      FAXSYNC_DATABASE_URL: 'postgres://u:canary@h/d',
    };
    const settings = parseSettings(env);
    const [account] = settings.accounts;
    const prints = [
      JSON.stringify(settings),
      inspect(settings, { depth: 9, showHidden: true, getters: true }),
      `${account?.credentials[0]?.apiKey} ${account?.callbackTokens}`,
      String(settings.databaseUrl),
      JSON.stringify({ ...settings.databaseUrl }),
      inspect(structuredClone({ ...settings.databaseUrl })),
    ].join('\n');
    expect(prints).not.toContain('canary');
    expect(prints).toContain('[secret]');
    expect(account?.credentials[0]?.apiKey.reveal()).toBe('key-canary');
  });
});

describe('setting variables', () => {
  it('are described once each, and have flags of the same name', () => {
    const names = SETTING_VARIABLES.map(({ variable }) => variable);
    expect(new Set(names).size).toBe(names.length);
    expect(flagOf('FAXSYNC_API_KEY_2')).toBe('api-key-2');
    for (const { variable, description } of SETTING_VARIABLES) {
      expect(variable).toMatch(/^FAXSYNC_[A-Z0-9_]+$/);
      expect(description.length).toBeGreaterThan(10);
    }
  });

  it('document the defaults that hold', () => {
    const documented = Object.fromEntries(
      SETTING_VARIABLES.map(({ variable, fallback }) => [variable, fallback ?? undefined]),
    );
    expect(told(parseSettings(documented))).toEqual(told(parseSettings({})));
  });
});
