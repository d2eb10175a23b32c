import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { SettingsError } from '../domain/errors.ts';
import { SETTING_VARIABLES, type SettingName } from './setting-variables.ts';
import type { SettingTexts } from './settings.ts';

/** Names the settings file of the command line where it is not in its usual place. */
export const SETTINGS_FILE_VARIABLE = 'FAXSYNC_SETTINGS_FILE';
/** What it is called in FAXSYNC_HOME. */
const FILE_NAME = 'settings.env';

const NAMES: ReadonlySet<string> = new Set(SETTING_VARIABLES.map(({ variable }) => variable));

/** The settings file, with what it holds. */
export interface SettingsFile {
  readonly path: string;
  readonly texts: Readonly<Partial<Record<SettingName, string>>>;
  /** What is wrong with it, in words that repeat nothing of it but names of variables; each begins with the path. */
  readonly faults: readonly string[];
}

/** Where the settings file is: where FAXSYNC_SETTINGS_FILE says, else `settings.env` in the home. */
export function settingsPath(env: SettingTexts, flags: SettingTexts): string {
  const named = env[SETTINGS_FILE_VARIABLE]?.trim();
  if (named) return named;
  return join(flags['FAXSYNC_HOME']?.trim() || env['FAXSYNC_HOME']?.trim() || '.faxsync', FILE_NAME);
}

/** Reads the settings file; null where there is none and none was named. Never throws: what is wrong is in `faults`. */
export function readSettingsFile(env: SettingTexts, flags: SettingTexts): SettingsFile | null {
  const path = settingsPath(env, flags);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    const isNamed = (env[SETTINGS_FILE_VARIABLE]?.trim() ?? '') !== '';
    if (!isNamed && (code === 'ENOENT' || code === 'ENOTDIR')) return null;
    return { path, texts: {}, faults: [`${path} cannot be read (${code}): check the path and the rights of the file`] };
  }
  return { path, ...readSettingLines(path, text) };
}

/** Reads lines `FAXSYNC_NAME=value` as of an environment file: quotes of three kinds, `#` begins a comment outside of them. */
export function readSettingLines(place: string, text: string): Pick<SettingsFile, 'texts' | 'faults'> {
  const texts: Partial<Record<SettingName, string>> = {};
  const faults: string[] = [];
  for (const [name, value] of Object.entries(parseEnv(text.replace(/^\ufeff/, '')))) {
    if (value === undefined) continue;
    if (isSettingName(name)) texts[name] = value;
    // Another name may be a secret in the wrong place.
    else if (/^FAXSYNC_[A-Z0-9_]{1,40}$/.test(name)) faults.push(`${place} has ${name}, which is no setting`);
    else faults.push(`${place} has a line that names no setting: write FAXSYNC_NAME=value`);
  }
  return { texts, faults };
}

function isSettingName(name: string): name is SettingName {
  return NAMES.has(name);
}

/** The environment with what the file adds to it: what is set in the environment wins, blank counts as not set. */
export function withSettingsFile(env: SettingTexts, file: SettingsFile | null): SettingTexts {
  if (file === null) return env;
  const added = Object.entries(file.texts).filter(([name]) => !env[name]?.trim());
  return { ...env, ...Object.fromEntries(added) };
}

/**
 * The text of a settings file: a line a setting below a line of what it is, in the order of the documentation. Whatever {@link readSettingLines} makes of it is the same again.
 * @throws {SettingsError} code `setting_invalid` for a value that no line can hold: with a line break, or with all three quotes.
 */
export function settingsText(texts: SettingsFile['texts']): string {
  const lines = SETTING_VARIABLES.flatMap(({ variable, description }) => {
    const value = texts[variable];
    return value === undefined ? [] : ['', `# ${description}`, `${variable}=${quoted(variable, value)}`];
  });
  return `# Settings of faxsync for the command line (docs/cli.md). Holds secrets: for its owner only, and in no repository.\n${lines.join('\n')}\n`;
}

function quoted(name: SettingName, value: string): string {
  const quote = ["'", '"', '`'].find((one) => !value.includes(one) && (one !== '"' || !value.includes('\\n')));
  if (quote === undefined || /[\r\n]/.test(value)) {
    throw new SettingsError(`${name} cannot be written to a file: it has a line break or all kinds of quotes in it.`, {
      code: 'setting_invalid',
      context: { setting: name },
    });
  }
  return `${quote}${value}${quote}`;
}

/** Whether a path is meant as the usual place below a home. */
export function isUsualPath(path: string, home: string): boolean {
  return resolve(path) === resolve(home, FILE_NAME);
}
