import { describe, expect, it } from 'vitest';
import { parseSettings, type SettingTexts } from '../../src/runtime/settings.ts';

const ACCOUNTS = [
  {
    account: 'north',
    api_version: 'v2',
    first_day: '2025-01-01',
    requests_per_second: 2,
    skipped_streams: ['countries'],
  },
  { account: 'south' },
];
const AURORA = 'postgres://faxsync_load@db.cluster.us-east-1.rds.amazonaws.com:5432/faxsync?sslmode=verify-full';

function faultsOf(env: SettingTexts): string[] {
  try {
    parseSettings(env);
  } catch (error) {
    const { message } = error as Error;
    expect(message).not.toMatch(/canary/i);
    return message.split('\n').slice(1);
  }
  return [];
}

describe('settings of a deployed function', () => {
  it('have the accounts of a list, without their secrets', () => {
    const { accounts, secretsPrefix } = parseSettings({
      FAXSYNC_ACCOUNTS: JSON.stringify(ACCOUNTS),
      FAXSYNC_SECRETS: 'clinics/faxsync',
    });
    expect(secretsPrefix).toBe('clinics/faxsync');
    expect(accounts).toMatchObject([
      { account: 'north', apiVersion: 'v2', requestsPerSecond: 2, skippedStreams: ['countries'], credentials: [] },
      { account: 'south', apiVersion: 'v2.1', callbackTokens: [], callbackUrl: null },
    ]);
  });

  it('leave landed objects to the queue for as long as the deployment says, by itself a little over an hour', () => {
    const graceOf = (written: string) => parseSettings({ FAXSYNC_AUDIT_GRACE_SECONDS: written }).auditGraceMs;
    expect([graceOf(''), graceOf('725'), graceOf(' 1209600 ')]).toEqual([3_700_000, 725_000, 1_209_600_000]);
    for (const wrong of ['0', '-1', '1.5', '1e3', '1209601', 'an hour']) {
      expect(faultsOf({ FAXSYNC_AUDIT_GRACE_SECONDS: wrong })).toEqual([
        expect.stringContaining('FAXSYNC_AUDIT_GRACE_SECONDS is not a number of seconds from 1 to 1209600'),
      ]);
    }
  });

  it('take no secret from the list, wherever it stands, and say where it belongs', () => {
    const entry = { api_key: 'canary', callback_url: 'https://canary.example' };
    expect(faultsOf({ FAXSYNC_ACCOUNTS: JSON.stringify([{ account: 'north', ...entry }]) })).toEqual([
      '  FAXSYNC_ACCOUNTS[0].api_key is a secret: put it into Secrets Manager and leave it out here',
      '  FAXSYNC_ACCOUNTS[0].callback_url is a secret: put it into Secrets Manager and leave it out here',
    ]);
    expect(faultsOf({ FAXSYNC_ACCOUNTS: '[{"account": "north"}]', FAXSYNC_API_KEY: 'canary' })).toEqual([
      '  FAXSYNC_API_KEY is set beside FAXSYNC_ACCOUNTS: put it into Secrets Manager',
    ]);
  });

  it.each([
    ['no JSON', '[{"account": "canary"', 'FAXSYNC_ACCOUNTS is not JSON: check its commas and quotes'],
    ['no list', '{"account": "canary"}', 'FAXSYNC_ACCOUNTS is not a list of accounts: write [{"account": "main"}]'],
    ['an empty list', '[]', 'FAXSYNC_ACCOUNTS is not a list of accounts'],
    ['an unknown name', '[{"account": "a", "canary": 1}]', 'FAXSYNC_ACCOUNTS[0] has a setting that does not exist'],
    ['no key', '[{"api_version": "v1"}]', 'FAXSYNC_ACCOUNTS[0].account is missing'],
    ['a key twice', '[{"account": "a"}, {"account": "a"}]', 'FAXSYNC_ACCOUNTS[1].account is there twice'],
    ['a wrong value', '[{"account": "a", "v1_zone": "Canary"}]', 'FAXSYNC_ACCOUNTS[0].v1_zone is not a time zone'],
  ])('say what is wrong with a list that has %s, as of the accounts file', (_what, list, fault) => {
    expect(faultsOf({ FAXSYNC_ACCOUNTS: list })).toEqual([expect.stringContaining(fault)]);
  });

  it('take one list of accounts, not two', () => {
    expect(faultsOf({ FAXSYNC_ACCOUNTS: JSON.stringify(ACCOUNTS), FAXSYNC_ACCOUNTS_FILE: '/canary' })).toEqual([
      '  FAXSYNC_ACCOUNTS_FILE is set beside FAXSYNC_ACCOUNTS: leave one of them out',
    ]);
  });

  it('log in by IAM at a server that must prove its name', () => {
    const settings = parseSettings({ FAXSYNC_DATABASE_URL: AURORA, FAXSYNC_DATABASE_AUTH: 'iam' });
    expect(settings).toMatchObject({ databaseAuth: 'iam' });
    const local = {
      FAXSYNC_DATABASE_URL: 'postgres://faxsync_load@localhost:5432/faxsync',
      FAXSYNC_DATABASE_AUTH: 'iam',
    };
    expect(parseSettings(local)).toMatchObject({ databaseAuth: 'iam' });
  });

  it.each([
    ['another word', { FAXSYNC_DATABASE_AUTH: 'canary' }, 'FAXSYNC_DATABASE_AUTH is not a way to log in'],
    ['IAM without a URL', { FAXSYNC_DATABASE_AUTH: 'iam' }, 'FAXSYNC_DATABASE_URL is missing'],
    [
      'IAM with a password',
      { FAXSYNC_DATABASE_AUTH: 'iam', FAXSYNC_DATABASE_URL: AURORA.replace('@', ':canary@') },
      'FAXSYNC_DATABASE_URL has a password in it',
    ],
    [
      'IAM without a login',
      { FAXSYNC_DATABASE_AUTH: 'iam', FAXSYNC_DATABASE_URL: AURORA.replace('faxsync_load@', '') },
      'FAXSYNC_DATABASE_URL names no login',
    ],
    [
      'IAM to whoever answers',
      { FAXSYNC_DATABASE_AUTH: 'iam', FAXSYNC_DATABASE_URL: AURORA.replace('verify-full', 'require') },
      'FAXSYNC_DATABASE_URL would send tokens of IAM to a server of any name',
    ],
    [
      'a secret beside a URL',
      { FAXSYNC_DATABASE_AUTH: 'secret', FAXSYNC_SECRETS: 'faxsync', FAXSYNC_DATABASE_URL: AURORA },
      'FAXSYNC_DATABASE_URL is set beside FAXSYNC_DATABASE_AUTH=secret',
    ],
    ['a secret without a name', { FAXSYNC_DATABASE_AUTH: 'secret' }, 'FAXSYNC_SECRETS is missing'],
    ['a name that is none', { FAXSYNC_SECRETS: 'canary/' }, 'FAXSYNC_SECRETS is not the beginning of a name'],
  ])('refuse %s', (_what, env, fault) => {
    expect(faultsOf(env)).toEqual([expect.stringContaining(fault)]);
  });
});
