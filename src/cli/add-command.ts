import type { Command } from 'commander';
import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { FAXSYNC } from './typed-command.ts';

const EXIT_HELP = `
Exit codes: ${EXIT.fine} done · ${EXIT.failed} something failed, the next run goes on · ${EXIT.different} a check found a difference · ${EXIT.usage} wrong command, flag or setting`;

/** The end of a command's help: examples, given without what calls the program, and the exit codes. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${FAXSYNC} ${line}`).join('\n')}\n${EXIT_HELP}`;
}

/** Options as commander gives them: of what its own parsers made. */
export type Parsed = Readonly<Record<string, unknown>>;

/** Adds a command below a parent: usage, summary and examples for its help, and what it does with its context, options and words. */
export type AddCommand = (
  parent: Command,
  usage: string,
  summary: string,
  help: readonly string[],
  run: (context: CommandContext, options: Parsed, args: readonly string[]) => Promise<number>,
) => Command;

/** The texts among some options, by the names a command's function has for them; those that were not given are left out. */
export function textsOf(options: Parsed, ...names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = options[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

/** Options that were given, as their own parsers made them, by the names they have. */
export function pick<Options extends object>(
  options: Parsed,
  ...names: ReadonlyArray<keyof Options & string>
): Partial<Options> {
  const given = names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]);
  return Object.fromEntries(given) as Partial<Options>;
}
