import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  distrustOf,
  readSettingLines,
  readSettingsFile,
  settingsPath,
  settingsText,
  withSettingsFile,
} from '../../src/runtime/settings-file.ts';

describe('the settings file', () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'faxsync-settings-'));
  });
  afterAll(() => rm(home, { recursive: true }));

  it('lies in the home, or where its variable says', () => {
    expect(settingsPath({}, {})).toBe('.faxsync/settings.env');
    expect(settingsPath({ FAXSYNC_HOME: '/a' }, {})).toBe('/a/settings.env');
    expect(settingsPath({ FAXSYNC_HOME: '/a' }, { FAXSYNC_HOME: '/b' })).toBe('/b/settings.env');
    expect(settingsPath({ FAXSYNC_SETTINGS_FILE: '/c.env' }, { FAXSYNC_HOME: '/b' })).toBe('/c.env');
  });

  it('comes back as it was written, whatever is in a value', () => {
    const value = fc.string({ unit: 'grapheme' }).map((text) => text.trim());
    fc.assert(
      fc.property(value, (text) => {
        fc.pre(text !== '' && !/[\r\n]/.test(text) && !["'", '"', '`'].every((quote) => text.includes(quote)));
        fc.pre(!(text.includes("'") && text.includes('`') && text.includes('\\n')));
        const texts = { FAXSYNC_API_KEY: text, FAXSYNC_ACCOUNT: 'main' };
        expect(readSettingLines('f', settingsText(texts))).toEqual({ texts, faults: [] });
      }),
    );
  });

  it('refuses what no line can hold, without repeating it', () => {
    for (const text of ['canary\nx', `canary'"\``]) {
      expect(() => settingsText({ FAXSYNC_API_KEY: text })).toThrow(/FAXSYNC_API_KEY cannot be written/);
      expect(() => settingsText({ FAXSYNC_API_KEY: text })).not.toThrow(/canary/);
    }
  });

  it('gives what the environment leaves out', async () => {
    await writeFile(join(home, 'settings.env'), 'FAXSYNC_ACCOUNT=file\nFAXSYNC_API_VERSION="v2" # as agreed\n', {
      mode: 0o600,
    });
    const env = { FAXSYNC_HOME: home, FAXSYNC_ACCOUNT: 'env', FAXSYNC_API_VERSION: ' ' };
    const file = readSettingsFile(env, {});
    expect(withSettingsFile(env, file)).toEqual({ ...env, FAXSYNC_API_VERSION: 'v2' });
    expect(withSettingsFile(env, null)).toBe(env);
  });

  it('is none where there is none, and a fault where one was named', () => {
    expect(readSettingsFile({ FAXSYNC_HOME: join(home, 'none') }, {})).toBeNull();
    const named = readSettingsFile({ FAXSYNC_SETTINGS_FILE: join(home, 'none') }, {});
    expect(named?.faults).toEqual([expect.stringContaining('cannot be read (ENOENT)')]);
  });

  it('names lines that are no setting, but not what may be a secret', () => {
    const { texts, faults } = readSettingLines('f', 'FAXSYNC_API_KEI=canary\nsk_canary=1\n\nAWS_REGION=x\n');
    expect(texts).toEqual({});
    expect(faults).toEqual([
      'f has FAXSYNC_API_KEI, which is no setting',
      'f, line 2, names no setting: write FAXSYNC_NAME=value',
      'f, line 4, names no setting: write FAXSYNC_NAME=value',
    ]);
  });

  it.each([
    ['# words\n\nFAXSYNC_API_KEY canary\n', 'f, line 3, has no "=": write FAXSYNC_NAME=value'],
    ['FAXSYNC_API_KEY: canary', 'f, line 1, has no "=": write FAXSYNC_NAME=value'],
    ["FAXSYNC_RECONCILIATION='{\n}'\ncanary", 'f, line 3, has no "=": write FAXSYNC_NAME=value'],
    ["FAXSYNC_API_KEY='canary\nFAXSYNC_ACCOUNT=a", 'f, line 1, has a quote that is not closed'],
    ["FAXSYNC_API_KEY='can'ary'", 'f, line 1, has something behind its closing quote: take a quote of another kind'],
    ['=canary', 'f, line 1, has no "=": write FAXSYNC_NAME=value'],
  ])('says by its number which line of %j is wrong', (text, fault) => {
    expect(readSettingLines('f', text).faults).toEqual([fault]);
  });

  it.each([
    ['FAXSYNC_API_KEY= \nFAXSYNC_ACCOUNT=a', { FAXSYNC_API_KEY: '', FAXSYNC_ACCOUNT: 'a' }],
    ['export FAXSYNC_ACCOUNT = a # words\r\nFAXSYNC_API_KEY=\tk\r\n', { FAXSYNC_ACCOUNT: 'a', FAXSYNC_API_KEY: 'k' }],
    ["\ufeffFAXSYNC_ACCOUNT='a # b' # c\n#FAXSYNC_API_KEY=k", { FAXSYNC_ACCOUNT: 'a # b' }],
    ['FAXSYNC_ACCOUNT="a\\nb"', { FAXSYNC_ACCOUNT: 'a\nb' }],
    [
      "FAXSYNC_RECONCILIATION=`{\n}`\nFAXSYNC_API_KEY=it's",
      { FAXSYNC_RECONCILIATION: '{\n}', FAXSYNC_API_KEY: "it's" },
    ],
  ])('is read as %j is meant', (text, texts) => {
    expect(readSettingLines('f', text)).toEqual({ texts, faults: [] });
  });

  it.each([0o602, 0o620, 0o666])('is not taken where others may write into it (mode %o)', async (mode) => {
    const path = join(home, 'loose.env');
    await writeFile(path, 'FAXSYNC_ACCOUNT=theirs\n');
    await chmod(path, mode);
    const file = readSettingsFile({ FAXSYNC_SETTINGS_FILE: path }, {});
    expect(file).toMatchObject({ texts: {}, faults: [expect.stringContaining(`chmod 600 ${path}`)] });
  });

  it.each([
    [1_000, 0o644, false, null],
    [0, 0o640, false, null],
    [0, 0o666, true, null],
    [1_001, 0o600, false, 'belongs to another user'],
    [1_001, 0o666, true, 'belongs to another user'],
    [1_000, 0o620, false, 'can be written by others'],
    [0, 0o602, false, 'can be written by others'],
  ])('of user %i with mode %o (device: %s), read by user 1000: %s', (uid, mode, isDevice, fault) => {
    const found = distrustOf('f', { uid, mode, isDevice }, 1_000);
    expect(found).toEqual(fault === null ? null : expect.stringContaining(fault));
    expect(distrustOf('f', { uid, mode, isDevice }, null)).toBeNull();
  });

  it('does not say where keys go that stand elsewhere', async () => {
    const path = join(home, 'url.env');
    await writeFile(path, 'FAXSYNC_PROVIDER_URL=https://elsewhere.example\nFAXSYNC_ACCOUNT=a\n', { mode: 0o600 });
    const named = { FAXSYNC_SETTINGS_FILE: path };
    for (const name of ['FAXSYNC_API_KEY', 'FAXSYNC_API_SECRET_2', 'FAXSYNC_ACCOUNTS_FILE']) {
      for (const file of [readSettingsFile({ ...named, [name]: 'x' }, {}), readSettingsFile(named, { [name]: 'x' })]) {
        expect(file?.texts).toEqual({ FAXSYNC_ACCOUNT: 'a' });
        expect(file?.faults).toEqual([
          expect.stringContaining('has FAXSYNC_PROVIDER_URL, and keys that stand elsewhere'),
        ]);
      }
    }
    const url = { FAXSYNC_PROVIDER_URL: 'https://own.example' };
    expect(readSettingsFile({ ...named, ...url, FAXSYNC_API_KEY: 'x' }, {})?.faults).toEqual([]);
    expect(readSettingsFile({ ...named, FAXSYNC_API_KEY: ' ' }, {})?.texts.FAXSYNC_PROVIDER_URL).toBe(
      'https://elsewhere.example',
    );
  });
});
