#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { FaxsyncError, SettingsError } from '../domain/errors.ts';
import { readSettingsFile, type SettingsFile, withSettingsFile } from '../runtime/settings-file.ts';
import type { CommandContext } from './context.ts';
import { createOutput } from './create-output.ts';
import { EXIT } from './exit-codes.ts';
import { describeError, type Output } from './output.ts';
import { passOn } from './pass-on.ts';
import { buildProgram } from './program.ts';

/** Errors that are found late, with the database open, and yet say that a flag is missing or wrong. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  'decision_incomplete',
  'decision_needs_second_person',
  'decision_sum',
  'item_unknown',
  'name_missing',
]);

/** Runs one command line; returns the exit code. */
async function run(args: readonly string[]): Promise<number> {
  const { stdout, stderr } = process;
  const { signal } = stopping;
  let output: Output | null = null;
  let level = process.env['FAXSYNC_LOG_LEVEL']?.trim().toUpperCase();
  let code: number = EXIT.fine;
  const program = buildProgram({
    context: async (flags, isJson): Promise<CommandContext> => {
      output = await createOutput({ isJson, stdout, stderr, env: process.env, signal });
      // What writes the file does not go by the one that is there.
      const file = args[0] === 'init' ? null : readSettingsFile(process.env, flags);
      // What looks for faults goes on and shows them.
      if (args[0] !== 'doctor') refuseFaulty(file);
      const env = withSettingsFile(process.env, file);
      level = (flags['FAXSYNC_LOG_LEVEL'] ?? env['FAXSYNC_LOG_LEVEL'])?.trim().toUpperCase();
      // Log lines are for machines: on a command line they are shown only where a level was asked for.
      const isLogging = level !== undefined && level !== '';
      const writeLog = (line: string) => {
        if (isLogging) stderr.write(`${line}\n`);
      };
      return { output, env, flags, signal, writeLog };
    },
    exit: (exitCode) => {
      code = exitCode;
    },
  });
  // Said below, once, in the form that was asked for.
  const quiet = { ...SILENT, writeErr: (text: string) => stdout.write(text) };
  // Flags are said in the help of the command that has them.
  let help = program;
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
    command.configureOutput(quiet).exitOverride((error) => {
      help = command;
      throw error;
    });
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.fine;
    // No command at all: its help was shown.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage;
    output ??= await createOutput({ isJson: args.includes('--json'), stdout, stderr, env: process.env, signal });
    if (error instanceof CommanderError) {
      output.fail({ code: 'usage', message: usageMessage(error, help), frames: null });
      return EXIT.usage;
    }
    if (!isUnread) output.fail(describeError(error, level === 'DEBUG'));
    return isUsage(error) ? EXIT.usage : EXIT.failed;
  }
}

/** Settings that cannot be taken as they stand would be others than are meant: another database, another provider. @throws {SettingsError} */
function refuseFaulty(file: SettingsFile | null): void {
  if (file === null || file.faults.length === 0) return;
  throw new SettingsError(
    `The settings file cannot be taken:\n${file.faults.map((fault) => `  ${fault}`).join('\n')}`,
    {
      code: 'settings_file_faulty',
    },
  );
}

const SILENT = { outputError: () => {} };

function isUsage(error: unknown): boolean {
  return error instanceof SettingsError || (error instanceof FaxsyncError && USAGE_CODES.has(error.code));
}

/**
 * Commander's words for a word that is none of a command's subcommands, with the one that is near: a command that does something by itself
 * takes it for one argument, or its flags for flags, too many. Null where it is something else.
 */
function unknownWord(error: CommanderError, { commands, args }: Command): string | null {
  const [word] = args;
  if (!['commander.excessArguments', 'commander.unknownOption'].includes(error.code) || word === undefined) return null;
  // What is no word of a command may be a number or an address of somebody, and is not said again.
  if (commands.length === 0 || !/^[a-z][a-z-]*$/.test(word)) return null;
  const parent = new Command().helpCommand(false).exitOverride().configureOutput(SILENT);
  for (const command of commands) parent.command(command.name());
  try {
    parent.parse([word], { from: 'user' });
    return null;
  } catch (fault) {
    return fault instanceof CommanderError ? fault.message : null;
  }
}

/** Commander's words, without its prefix, without the value of a mistyped flag, which may be a secret, and without words that are too many, such as a statement that lacks its quotes. */
function usageMessage(error: CommanderError, help: Command): string {
  const text = (unknownWord(error, help) ?? error.message)
    .replace(/^(error: too many arguments.*? but got \d+): [\s\S]*$/, '$1.')
    .replace(/^error: /, '')
    .replace('\n', ' ')
    .replace(/(--[\w-]+)=\S*?(?='|\s|$)/g, '$1');
  return `${text.endsWith('.') ? text : `${text}.`} See: ${pathOf(help)} --help`;
}

/** A command's names from the program's on: `faxsync rejected retry`. */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** The first Ctrl-C ends in order, the second at once; the database's watchdog then stops what is left. */
function onSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(EXIT.failed);
      stopping.abort();
    });
  }
  // Whoever read our output has gone: what is under way ends in order, which takes away what was made for it, such as a login.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => {
      if (ended !== null) process.exit(ended);
      if (isUnread) return;
      isUnread = true;
      stopping.abort();
      setTimeout(() => process.exit(EXIT.failed), UNREAD_MAX_MS).unref();
    });
  }
}

/** Longest that a command may take to end where nobody reads what it says. */
const UNREAD_MAX_MS = 10_000;

/** Longest that a command that was told to stop waits for a reader of what it said. */
const STOPPED_MAX_MS = 1_000;

// Flags may hold secrets, and the title is what a list of processes shows.
process.title = 'faxsync';
let ended: number | null = null;
let isUnread = false;
const stopping = new AbortController();
onSignals();
const code = await run(process.argv.slice(2));
// Work that was under way is not done, whatever the pipe's other end made of it.
ended = isUnread ? EXIT.failed : code;
// A pipe takes no more than its reader does, and what is not passed on yet would be lost with the process.
// Whoever was told to stop does not wait for a reader that may never read on.
const waiting = new AbortController();
const stop = () => setTimeout(() => waiting.abort(), STOPPED_MAX_MS).unref();
if (stopping.signal.aborted) stop();
else stopping.signal.addEventListener('abort', stop, { once: true });
const passed = [process.stdout, process.stderr].map((stream) => passOn(stream, '', waiting.signal));
if ((await Promise.all(passed)).includes(false)) ended = EXIT.failed;
process.exit(ended);
