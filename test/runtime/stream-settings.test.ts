import { describe, expect, it } from 'vitest';
import { SettingsError } from '../../src/domain/errors.ts';
import { parseSettings, type SettingTexts } from '../../src/runtime/settings.ts';
import { STREAMS } from '../../src/streams/registry.ts';

const SKIPPED = 'FAXSYNC_SKIPPED_STREAMS';
const UNDOCUMENTED = 'FAXSYNC_UNDOCUMENTED_STREAMS';

/** The faults of some settings, without their first line; never a word with "canary". */
function faultsOf(env: SettingTexts, file?: object): string {
  try {
    parse(env, file);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    const { message } = error as SettingsError;
    expect(message).not.toMatch(/canary/i);
    return message.split('\n').slice(1).join('\n').trim();
  }
  return '';
}

function parse(env: SettingTexts, file?: object) {
  if (file === undefined) return parseSettings(env);
  const accounts = [{ account: 'main', api_key: 'k', api_secret: 's', ...file }];
  return parseSettings(
    { ...env, FAXSYNC_ACCOUNTS_FILE: 'accounts.json' },
    {},
    { readText: () => JSON.stringify(accounts) },
  );
}

function undocumentedOf(text: string): object {
  return Object.fromEntries(parse({ [UNDOCUMENTED]: text }).accounts[0]?.undocumentedPaths ?? []);
}

describe('the setting of undocumented lists', () => {
  it('gives each named list its own path, or the one that is written', () => {
    expect(undocumentedOf('addresses')).toEqual({ addresses: '/addresses' });
    expect(undocumentedOf(' addresses , detected_atas = /atas/autodetected ,')).toEqual({
      addresses: '/addresses',
      detected_atas: '/atas/autodetected',
    });
  });

  it('has a default path for every list that the registry calls undocumented, and takes no other list', () => {
    const listed = [...STREAMS.values()].flatMap(({ name, listing }) => (listing === null ? [] : [{ name, listing }]));
    const open = listed.filter(({ listing }) => listing.undocumentedPath !== undefined);
    expect(open.length).toBeGreaterThan(1);
    const expected = Object.fromEntries(open.map(({ name, listing }) => [name, listing.undocumentedPath]));
    expect(undocumentedOf(Object.keys(expected).join(','))).toEqual(expected);
    for (const { name, listing } of listed) {
      const fault = faultsOf({ [UNDOCUMENTED]: name });
      if (listing.undocumentedPath === undefined)
        expect(fault).toContain(`names ${name}, which the provider documents`);
    }
  });

  it.each([
    'addresses=',
    'addresses=addresses',
    'addresses=/',
    'addresses=//canary.example/addresses',
    'addresses=https://user:canary@fax.example/addresses',
    'addresses=/user:canary@fax',
    'addresses=/addresses?token=canary',
    'addresses=/addresses#canary',
    'addresses=/canary/../addresses',
    'addresses=/canary/%2e%2e/addresses',
    'addresses=/.canary',
    'addresses=/canary addresses',
    'addresses=/canary\\addresses',
    'addresses=/addresses/',
    'addresses=/v2.1/addresses',
    `addresses=/${'canary'.repeat(50)}`,
  ])('refuses the path in %j by the name of the list', (text) => {
    expect(faultsOf({ [UNDOCUMENTED]: text })).toBe(
      `${UNDOCUMENTED} has a path for addresses that cannot be asked for: write what follows the version, such as /addresses, without host, query or dots`,
    );
  });

  it.each([
    ['addresses,canary-token', /names no stream in place 2: use only addresses, /],
    ['canary=/canary', /names no stream in place 1: use only/],
    ['faxes', /names faxes, which the provider documents/],
    ['addresses,addresses=/other', /names addresses twice: write it once/],
  ])('refuses %j without repeating it', (text, fault) => {
    expect(faultsOf({ [UNDOCUMENTED]: text })).toMatch(fault);
  });

  it.each(['v1', 'v2'] as const)('is refused with version %s of the API, which has none of them', (version) => {
    expect(faultsOf({ [UNDOCUMENTED]: 'addresses', FAXSYNC_API_VERSION: version })).toContain(
      `version ${version} of the API has no addresses`,
    );
    expect(faultsOf({ FAXSYNC_API_VERSION: version })).toBe('');
  });

  it('is written as a list too in the accounts file, and an empty one takes back what the variable says', () => {
    const env = { [UNDOCUMENTED]: 'addresses' };
    const of = (file: object) => [...(parse(env, file).accounts[0]?.undocumentedPaths.keys() ?? [])];
    expect(of({})).toEqual(['addresses']);
    expect(of({ undocumented_streams: ['detected_atas'] })).toEqual(['detected_atas']);
    expect(of({ undocumented_streams: [], api_version: 'v1' })).toEqual([]);
    expect(faultsOf(env, { undocumented_streams: ['canary'] })).toContain(
      'FAXSYNC_ACCOUNTS_FILE[0].undocumented_streams names no stream in place 1',
    );
    expect(faultsOf(env, { undocumented_streams: 7 })).toContain('undocumented_streams is not a list of texts');
  });
});

describe('the setting of skipped streams', () => {
  const skippedOf = (text: string) => parse({ [SKIPPED]: text }).accounts[0]?.skippedStreams;

  it('takes every stream of the registry but the two without which there is no mirror', () => {
    const names = [...STREAMS.keys()].filter((name) => name !== 'faxes' && name !== 'account_status');
    expect(names.length).toBeGreaterThan(5);
    expect(skippedOf(names.join(', '))).toEqual(names);
    expect(skippedOf('')).toEqual([]);
  });

  it.each([
    ['faxes', /names faxes, which is always pulled: use only phone_numbers, /],
    ['atas,account_status', /names account_status, which is always pulled/],
    ['atas,canary', /names no stream in place 2/],
    ['atas,atas', /names atas twice/],
    ['atas=/canary', /has a path for atas: write the name alone/],
  ])('refuses %j without repeating what it does not know', (text, fault) => {
    expect(faultsOf({ [SKIPPED]: text })).toMatch(fault);
  });

  it('may name what a version of the API lacks anyway, so that accounts of several versions can share it', () => {
    expect(faultsOf({ [SKIPPED]: 'port_orders,atas', FAXSYNC_API_VERSION: 'v1' })).toBe('');
  });
});
