import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
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

/** With these the provider is asked. */
const KEYS: readonly SettingName[] = [
  'FAXSYNC_API_KEY',
  'FAXSYNC_API_SECRET',
  'FAXSYNC_API_KEY_2',
  'FAXSYNC_API_SECRET_2',
  'FAXSYNC_ACCOUNTS_FILE',
];

/**
 * Reads the settings file; null where there is none and none was named. Nothing is taken from a file that somebody else could have written, and no provider
 * for keys that stand elsewhere. Never throws: what is wrong is in `faults`.
 */
export function readSettingsFile(env: SettingTexts, flags: SettingTexts): SettingsFile | null {
  const path = settingsPath(env, flags);
  let read: { readonly text: string; readonly fault: string | null };
  try {
    read = readOwn(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    const isNamed = (env[SETTINGS_FILE_VARIABLE]?.trim() ?? '') !== '';
    if (!isNamed && (code === 'ENOENT' || code === 'ENOTDIR')) return null;
    return { path, texts: {}, faults: [`${path} cannot be read (${code}): check the path and the rights of the file`] };
  }
  if (read.fault !== null) return { path, texts: {}, faults: [`${path} ${read.fault}`] };
  const { texts, faults } = readSettingLines(path, read.text);
  const isSet = (name: SettingName) => Boolean(flags[name]?.trim() || env[name]?.trim());
  if (!texts.FAXSYNC_PROVIDER_URL?.trim() || isSet('FAXSYNC_PROVIDER_URL') || !KEYS.some(isSet))
    return { path, texts, faults };
  const { FAXSYNC_PROVIDER_URL: _, ...others } = texts;
  const fault = `${path} has FAXSYNC_PROVIDER_URL, and keys that stand elsewhere (environment, flags, accounts file) would be sent there: say the URL where the keys are said`;
  return { path, texts: others, faults: [...faults, fault] };
}

/** A file with what it holds, or why it is not to be trusted. What is looked at is what is read, whatever takes its name meanwhile. */
function readOwn(path: string): { readonly text: string; readonly fault: string | null } {
  const file = openSync(path, 'r');
  try {
    const found = fstatSync(file);
    const fault = distrustOf(path, { ...found, isDevice: found.isCharacterDevice() }, process.getuid?.() ?? null);
    if (fault !== null) return { text: '', fault };
    return { text: readFileSync(file, 'utf8'), fault: null };
  } finally {
    closeSync(file);
  }
}

/** Why a file is not to be trusted, completing the sentence that begins with its path; null where it is. `self`: our user; null where the system has none. */
export function distrustOf(
  path: string,
  { uid, mode, isDevice }: { readonly uid: number; readonly mode: number; readonly isDevice: boolean },
  self: number | null,
): string | null {
  if (self !== null && uid !== self && uid !== 0)
    return 'belongs to another user of this machine, who may write into it: have a file of your own';
  // Everybody may write to a device such as /dev/null, which holds nothing.
  if (self !== null && (mode & 0o022) !== 0 && !isDevice)
    return `can be written by others on this machine: look what it says, then chmod 600 ${path}`;
  return null;
}

const ASSIGNMENT = /^\s*(?:export\s+)?([^\s=]+)\s*=\s*/;

/**
 * Reads lines `FAXSYNC_NAME=value` as of an environment file: quotes of three kinds, `#` begins a comment outside of them. By ourselves: Node's `parseEnv` leaves out
 * silently what it cannot read, and takes the next line for the value of a name that only spaces follow.
 */
export function readSettingLines(place: string, content: string): Pick<SettingsFile, 'texts' | 'faults'> {
  const texts: Partial<Record<SettingName, string>> = {};
  const faults: string[] = [];
  const text = content.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  for (let at = 0, number = 1; at < text.length; ) {
    const { assigned, fault, end } = readLine(text, at);
    if (fault !== null) faults.push(`${place}, line ${number}, ${fault}`);
    if (assigned !== null) {
      const [name, value] = assigned;
      if (isSettingName(name)) texts[name] = value;
      // Another name may be a secret in the wrong place.
      else if (/^FAXSYNC_[A-Z0-9_]{1,40}$/.test(name)) faults.push(`${place} has ${name}, which is no setting`);
      else faults.push(`${place}, line ${number}, names no setting: write FAXSYNC_NAME=value`);
    }
    number += text.slice(at, end + 1).split('\n').length - 1;
    at = end + 1;
  }
  return { texts, faults };
}

interface Line {
  /** Name and value; null where there is none. */
  readonly assigned: readonly [name: string, value: string] | null;
  readonly fault: string | null;
  /** Where its line break is: behind the closing quote, where there is one. */
  readonly end: number;
}

function readLine(text: string, at: number): Line {
  const endFrom = (place: number) => {
    const found = text.indexOf('\n', place);
    return found === -1 ? text.length : found;
  };
  const end = endFrom(at);
  const line = text.slice(at, end);
  if (/^\s*(#|$)/.test(line)) return { assigned: null, fault: null, end };
  const [head, name] = ASSIGNMENT.exec(line) ?? [];
  if (head === undefined || name === undefined)
    return { assigned: null, fault: 'has no "=": write FAXSYNC_NAME=value', end };
  const from = at + head.length;
  const quote = text[from] ?? '';
  if (quote === '' || !`'"\``.includes(quote))
    return { assigned: [name, line.slice(head.length).replace(/#.*$/, '').trim()], fault: null, end };
  const close = text.indexOf(quote, from + 1);
  if (close === -1) return { assigned: null, fault: 'has a quote that is not closed', end };
  const last = endFrom(close);
  if (!/^\s*(#|$)/.test(text.slice(close + 1, last)))
    return { assigned: null, fault: 'has something behind its closing quote: take a quote of another kind', end: last };
  const value = text.slice(from + 1, close);
  return { assigned: [name, quote === '"' ? value.replaceAll('\\n', '\n') : value], fault: null, end: last };
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
