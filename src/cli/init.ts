import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SettingsError } from '../domain/errors.ts';
import { SETTING_VARIABLES } from '../runtime/setting-variables.ts';
import { parseSettings } from '../runtime/settings.ts';
import {
  isUsualPath,
  readSettingLines,
  SETTINGS_FILE_VARIABLE,
  settingsPath,
  settingsText,
} from '../runtime/settings-file.ts';
import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import type { Answers } from './init-questions.ts';
import { FAXSYNC, shellWord } from './typed-command.ts';
import { WholeFileError, writeWholeFile } from './whole-file.ts';

/** `faxsync init`. */
export interface InitOptions {
  /** File to write; null: where the commands look for it. */
  readonly file: string | null;
  /** Writes over one that is there. */
  readonly isForced: boolean;
}

const STDIN_CHARS_MAX = 1_000_000;

/**
 * Writes the settings file of the command line: of what the flags say, asking for the rest on a terminal, else reading it from stdin as lines `FAXSYNC_NAME=value`.
 * Nothing is written before everything is right. Returns the exit code.
 * @throws {SettingsError} for a file that is there, and naming every fault of the answers. @throws {WholeFileError} code `settings_unwritable`.
 */
export async function runInit(context: CommandContext, options: InitOptions): Promise<number> {
  const { output, env, flags } = context;
  const file = options.file ?? settingsPath(env, flags);
  output.intro('faxsync init');
  if (!options.isForced && existsSync(file)) throw alreadyThere(file);
  const given: Answers = Object.fromEntries(
    SETTING_VARIABLES.flatMap(({ variable }) => {
      const value = flags[variable]?.trim();
      return value ? [[variable, value]] : [];
    }),
  );
  const home = given.FAXSYNC_HOME ?? env['FAXSYNC_HOME']?.trim() ?? '';
  const isUsual = isUsualPath(file, home === '' ? '.faxsync' : home);
  // The file in a home is found by the home, so it need not say it.
  if (isUsual) delete given.FAXSYNC_HOME;
  else if (home !== '') given.FAXSYNC_HOME = resolve(home);
  const answers = await gather(given, context);
  if (answers === null) {
    output.outro('Nothing was written.');
    output.document({ command: 'init', ok: false, file: null });
    return EXIT.failed;
  }
  const { FAXSYNC_HOME: _, ...told } = answers;
  parseSettings(told, {}, { needs: ['provider'] });
  await writeSettings(file, settingsText(answers), options.isForced);
  const warnings = [...(await repositoryWarnings(file)), ...winners(answers, context)];
  const next = nextCommand(file, isUsual, given.FAXSYNC_HOME ?? flags['FAXSYNC_HOME']);
  const names = SETTING_VARIABLES.map(({ variable }) => variable).filter((name) => answers[name] !== undefined);
  output.step(`Written to ${file}, readable by you only: ${names.join(', ')}`);
  for (const warning of warnings) output.warn(warning);
  output.document({ command: 'init', ok: true, file: resolve(file), settings: names, warnings, next });
  output.outro(`Next: ${next}`);
  return EXIT.fine;
}

async function gather(given: Answers, { signal }: CommandContext): Promise<Answers | null> {
  if (process.stdin.isTTY && process.stdout.isTTY) {
    const { askOnTerminal } = await import('./init-ask.ts');
    return askOnTerminal(given, { input: process.stdin, output: process.stdout, signal });
  }
  const hasKey = given.FAXSYNC_API_KEY !== undefined && given.FAXSYNC_API_SECRET !== undefined;
  // Whoever said all that is needed may have left stdin open.
  if (hasKey || given.FAXSYNC_ACCOUNTS_FILE !== undefined) return given;
  const { texts, faults: found } = readSettingLines('stdin', await readStdin(signal));
  const faults = [...found];
  // By then it is known where the file goes, and whether it need say the home.
  if (texts.FAXSYNC_HOME !== undefined)
    faults.push('stdin has FAXSYNC_HOME, which says where the file goes: say it with --home');
  if (faults.length > 0) {
    throw new SettingsError(`The answers cannot be taken:\n${faults.map((fault) => `  ${fault}`).join('\n')}`, {
      code: 'settings_invalid',
    });
  }
  return { ...texts, ...given };
}

async function readStdin(signal: AbortSignal): Promise<string> {
  let text = '';
  const stop = () => process.stdin.destroy();
  signal.addEventListener('abort', stop, { once: true });
  process.stdin.setEncoding('utf8');
  for await (const piece of process.stdin) {
    text += String(piece);
    if (text.length > STDIN_CHARS_MAX) break;
  }
  signal.removeEventListener('abort', stop);
  return text;
}

/** The file is whole or as it was, and never readable by others, not even for a moment. */
async function writeSettings(file: string, text: string, isForced: boolean): Promise<void> {
  const options = { code: 'settings_unwritable', name: file, makesFolders: true, isNew: !isForced };
  await writeWholeFile(file, text, options).catch((error: unknown) => {
    throw error instanceof WholeFileError && error.reason === 'EEXIST' ? alreadyThere(file) : error;
  });
}

function alreadyThere(file: string): SettingsError {
  return new SettingsError(`${file} is there already. Write another with --file, or over it with --force.`, {
    code: 'settings_file_there',
  });
}

/** A secret in a repository is told to everyone who ever has it. */
async function repositoryWarnings(file: string): Promise<string[]> {
  const path = resolve(file);
  let folder = dirname(path);
  while (!existsSync(join(folder, '.git'))) {
    if (dirname(folder) === folder) return [];
    folder = dirname(folder);
  }
  const isIgnored = await new Promise<boolean>((done) => {
    execFile('git', ['-C', dirname(path), 'check-ignore', '-q', '--', path], (error) => done(error === null));
  });
  return isIgnored
    ? []
    : [`${file} lies in a git work tree (${folder}) and is not ignored there: add it to .gitignore before you commit.`];
}

/** Settings of the file that the environment says otherwise, and wins. */
function winners(answers: Answers, { env }: CommandContext): string[] {
  const names = SETTING_VARIABLES.map(({ variable }) => variable).filter((name) => {
    const set = env[name]?.trim();
    return answers[name] !== undefined && set && set !== answers[name];
  });
  return names.length === 0
    ? []
    : [
        `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} also set in the environment, which wins over the file.`,
      ];
}

function nextCommand(file: string, isUsual: boolean, home: string | undefined): string {
  const run = `${FAXSYNC} doctor`;
  if (!isUsual) return `${SETTINGS_FILE_VARIABLE}=${shellWord(resolve(file))} ${run}`;
  return home === undefined ? run : `${run} --home ${shellWord(home)}`;
}
