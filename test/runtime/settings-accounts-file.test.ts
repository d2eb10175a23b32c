import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SettingNeed } from '../../src/runtime/account-settings.ts';
import { parseSettings, type SettingTexts } from '../../src/runtime/settings.ts';

const FILE = { FAXSYNC_ACCOUNTS_FILE: 'accounts.json' };
const NORTH = { account: 'north', api_key: 'north-key', api_secret: 'north-canary' };
const SOUTH = { account: 'south', api_key: 'south-key', api_secret: 'south-canary' };

function parse(content: unknown, env: SettingTexts = {}, needs: readonly SettingNeed[] = ['provider']) {
  const readText = () => (typeof content === 'string' ? content : JSON.stringify(content));
  return parseSettings({ ...FILE, ...env }, {}, { needs, readText });
}

function faultsOf(content: unknown, env: SettingTexts = {}, needs: readonly SettingNeed[] = ['provider']): string {
  try {
    parse(content, env, needs);
  } catch (error) {
    const { message } = error as Error;
    expect(message).not.toMatch(/canary/i);
    return message;
  }
  return '';
}

describe('accounts file', () => {
  it('gives several accounts, each with settings of its own', () => {
    const { accounts } = parse([
      { ...NORTH, api_version: 'v1', first_day: '2025-01-01', billing_zone: 'UTC', requests_per_second: 2 },
      {
        ...SOUTH,
        api_key_2: 'k2',
        api_secret_2: 's2',
        callback_tokens: ['t1', 't2'],
        callback_url: 'https://h.example/s',
        v1_zone: 'America/Denver',
        provider_url: 'http://127.0.0.1:99',
      },
    ]);
    expect(accounts).toMatchObject([
      {
        account: 'north',
        apiVersion: 'v1',
        backfillFrom: Date.UTC(2025, 0, 1),
        requestsPerSecond: 2,
        callbackUrl: null,
      },
      { account: 'south', apiVersion: 'v2.1', providerUrl: 'http://127.0.0.1:99', v1Zone: 'America/Denver' },
    ]);
    expect(accounts.map(({ credentials }) => credentials.map(({ apiSecret }) => apiSecret.reveal()))).toEqual([
      ['north-canary'],
      ['south-canary', 's2'],
    ]);
    expect(accounts[1]?.callbackTokens.map((token) => token.reveal())).toEqual(['t1', 't2']);
  });

  it('refuses two accounts that no callback could tell apart, by their names', () => {
    const callbacks = { callback_tokens: ['token-canary'], callback_url: 'https://h.example/canary' };
    const faults = faultsOf([
      { ...NORTH, ...callbacks },
      { ...SOUTH, ...callbacks, callback_tokens: ['other-canary', 'token-canary'] },
    ]);
    expect(faults).toContain('gives the accounts north and south the same callback token and URL');
    expect(
      faultsOf([
        { ...NORTH, ...callbacks },
        { ...SOUTH, ...callbacks, callback_url: 'https://h.example/s' },
      ]),
    ).toBe('');
  });

  it('leaves to the variables what an entry does not say', () => {
    const env = {
      FAXSYNC_PROVIDER_URL: 'http://localhost:8080',
      FAXSYNC_BILLING_ZONE: 'UTC',
      FAXSYNC_API_VERSION: 'v2',
    };
    expect(parse([NORTH, { ...SOUTH, api_version: 'v1' }], env).accounts).toMatchObject([
      { apiVersion: 'v2', billingZone: 'UTC', providerUrl: 'http://localhost:8080' },
      { apiVersion: 'v1', billingZone: 'UTC', providerUrl: 'http://localhost:8080' },
    ]);
    expect(faultsOf([NORTH, SOUTH], { FAXSYNC_BILLING_ZONE: 'Nowhere/At-All' })).toMatch(
      /^One setting .*\n {2}FAXSYNC_BILLING_ZONE is/,
    );
  });

  it('is narrowed to one account by FAXSYNC_ACCOUNT', () => {
    expect(parse([NORTH, SOUTH], { FAXSYNC_ACCOUNT: 'south' }).accounts.map(({ account }) => account)).toEqual([
      'south',
    ]);
    expect(faultsOf([NORTH, SOUTH], { FAXSYNC_ACCOUNT: 'east' })).toContain('FAXSYNC_ACCOUNT is none of the accounts');
  });

  it('does not stand beside keys or callbacks in variables', () => {
    const faults = faultsOf([NORTH], { FAXSYNC_API_KEY: 'canary', FAXSYNC_CALLBACK_TOKENS: 'canary' });
    expect(faults).toContain('FAXSYNC_API_KEY is set beside FAXSYNC_ACCOUNTS_FILE');
    expect(faults).toContain('FAXSYNC_CALLBACK_TOKENS is set beside FAXSYNC_ACCOUNTS_FILE');
    expect(faults).toMatch(/^2 settings/);
  });

  it('has every fault named by its place, in one error', () => {
    const faults = faultsOf([
      { ...NORTH, api_key: 7 },
      { account: 'north', api_secret: 'canary' },
      { account: 'East', api_key: 'k', api_secret: 's', first_day: 'canary', callback_url: 'canary' },
      { api_key: 'k', api_secret: 's', canary: 1 },
      'canary',
    ]);
    for (const fault of [
      '[0].api_key is not text',
      '[1].account is there twice',
      '[1].api_key is missing',
      '[2].account is not an account key',
      '[2].first_day is not a day',
      '[2].callback_url is not a URL',
      '[2].callback_tokens is missing',
      '[3] has a setting that does not exist',
      '[3].account is missing',
      '[4] is not an account',
    ]) {
      expect(faults).toContain(`FAXSYNC_ACCOUNTS_FILE${fault}`);
    }
  });

  it.each([
    ['no JSON', '[{"account": "canary"', 'is not JSON'],
    ['no list', { account: 'canary' }, 'is not a list of accounts'],
    ['empty', [], 'is not a list of accounts'],
  ])('that is %s is refused', (_, content, fault) => {
    expect(faultsOf(content)).toContain(`FAXSYNC_ACCOUNTS_FILE ${fault}`);
  });

  it('needs callbacks for one of its accounts, where they are needed, not for all', () => {
    expect(faultsOf([NORTH, SOUTH], {}, ['callbacks'])).toContain(
      'FAXSYNC_ACCOUNTS_FILE has no account with callback_tokens',
    );
    const south = { ...SOUTH, callback_tokens: 'one,two', callback_url: 'https://h.example/s' };
    expect(
      parse([NORTH, south], {}, ['callbacks']).accounts.map(({ callbackTokens }) => callbackTokens.length),
    ).toEqual([0, 2]);
  });

  it('is read from disk, with or without a byte order mark', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'faxsync-settings-'));
    try {
      const path = join(folder, 'accounts.json');
      await writeFile(path, `\ufeff${JSON.stringify([NORTH])}`);
      expect(parseSettings({}, { FAXSYNC_ACCOUNTS_FILE: path }).accounts[0]?.account).toBe('north');
      expect(() => parseSettings({}, { FAXSYNC_ACCOUNTS_FILE: join(folder, 'none.json') })).toThrow(
        /--accounts-file cannot be read \(ENOENT\)/,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
