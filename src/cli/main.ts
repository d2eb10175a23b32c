#!/usr/bin/env node
import { type Command, CommanderError } from 'commander';
import { SettingsError } from '../domain/errors.ts';
import type { CommandContext } from './context.ts';
import { createOutput } from './create-output.ts';
import { EXIT } from './exit-codes.ts';
import { describeError, type Output } from './output.ts';
import { buildProgram } from './program.ts';

/** Runs one command line; returns the exit code. */
async function run(args: readonly string[]): Promise<number> {
  const { env, stdout, stderr } = process;
  const stopping = new AbortController();
  let output: Output | null = null;
  let level = env['FAXSYNC_LOG_LEVEL']?.trim().toUpperCase();
  let code: number = EXIT.fine;
  onSignals(stopping);
  const program = buildProgram({
    context: async (flags, isJson): Promise<CommandContext> => {
      output = await createOutput({ isJson, stdout, stderr, env });
      level = (flags['FAXSYNC_LOG_LEVEL'] ?? level)?.trim().toUpperCase();
      // Log lines are for machines: on a command line they are shown only where a level was asked for.
      const isLogging = level !== undefined && level !== '';
      const writeLog = (line: string) => {
        if (isLogging) stderr.write(`${line}\n`);
      };
      return { output, env, flags, signal: stopping.signal, writeLog };
    },
    exit: (exitCode) => {
      code = exitCode;
    },
  });
  // Said below, once, in the form that was asked for.
  const quiet = { outputError: () => {}, writeErr: (text: string) => stdout.write(text) };
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
    output ??= await createOutput({ isJson: args.includes('--json'), stdout, stderr, env });
    if (error instanceof CommanderError) {
      output.fail({ code: 'usage', message: usageMessage(error, help), frames: null });
      return EXIT.usage;
    }
    output.fail(describeError(error, level === 'DEBUG'));
    return error instanceof SettingsError ? EXIT.usage : EXIT.failed;
  }
}

/** Commander's words, without its prefix and without the value of a mistyped flag, which may be a secret. */
function usageMessage({ message }: CommanderError, help: Command): string {
  const text = message
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
function onSignals(stopping: AbortController): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(EXIT.failed);
      stopping.abort();
    });
  }
  // Whoever read our output has gone; work that was under way is not done, whatever the pipe's other end made of it.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => process.exit(ended ?? EXIT.failed));
  }
}

// Flags may hold secrets, and the title is what a list of processes shows.
process.title = 'faxsync';
let ended: number | null = null;
ended = await run(process.argv.slice(2));
process.exit(ended);
