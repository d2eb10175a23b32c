import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
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
    await writeFile(join(home, 'settings.env'), 'FAXSYNC_ACCOUNT=file\nFAXSYNC_API_VERSION="v2" # as agreed\n');
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
    const { texts, faults } = readSettingLines('f', 'FAXSYNC_API_KEI=canary\nsk_canary=1\nAWS_REGION=x\n');
    expect(texts).toEqual({});
    expect(faults).toContain('f has FAXSYNC_API_KEI, which is no setting');
    expect(faults).toHaveLength(3);
    expect(faults.join()).not.toMatch(/canary/);
  });
});
