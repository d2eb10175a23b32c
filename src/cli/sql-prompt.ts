import { createInterface } from 'node:readline';
import { FaxsyncError } from '../domain/errors.ts';
import { describeError } from './output.ts';
import { nearNames } from './sql-near.ts';
import type { SqlShell } from './sql-shell.ts';
import { type SqlInput, StatementReader } from './sql-statements.ts';

/** What a prompt talks to. */
export interface SqlPromptPorts {
  readonly shell: SqlShell;
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Ends the statement that is under way; false where none is. */
  readonly cancel: () => boolean;
  /** Ends the prompt. */
  readonly signal: AbortSignal;
}

const FIRST = 'faxsync=> ';
const FURTHER = 'faxsync-> ';
const HISTORY_MAX = 500;

/**
 * Asks for statements until `\q`, Ctrl-D or the signal. Ctrl-C ends the statement under way, else forgets what was begun. What was typed can be
 * fetched back as long as the prompt is there; it is not kept, since statements may hold numbers of people.
 */
export async function runSqlPrompt({ shell, input, output, cancel, signal }: SqlPromptPorts): Promise<void> {
  const names = await completions(shell);
  const prompt = createInterface({
    input,
    output,
    terminal: true,
    historySize: HISTORY_MAX,
    removeHistoryDuplicates: true,
    completer: (line: string) => complete(line, names),
  });
  const reader = new StatementReader();
  const lines: string[] = [];
  let working: Promise<void> | null = null;
  let isClosed = false;
  const ask = () => {
    if (isClosed) return;
    prompt.setPrompt(reader.isInside ? FURTHER : FIRST);
    prompt.prompt();
  };
  const say = (text: string) => output.write(`${text}\n`);
  const work = async () => {
    for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
      if (!(await runAll(shell, reader.line(line), say))) prompt.close();
    }
    working = null;
    ask();
  };
  await new Promise<void>((done) => {
    prompt.on('line', (line) => {
      lines.push(line);
      working ??= work();
    });
    prompt.on('SIGINT', () => {
      lines.length = 0;
      if (cancel()) return;
      reader.clear();
      say('^C');
      prompt.write(null, { ctrl: true, name: 'e' });
      prompt.write(null, { ctrl: true, name: 'u' });
      ask();
    });
    prompt.on('close', () => {
      isClosed = true;
      lines.length = 0;
      cancel();
      done();
    });
    signal.addEventListener('abort', () => prompt.close(), { once: true });
    ask();
  });
  // The statement that was under way ends by being cancelled.
  await working;
  say('');
}

/** Runs what a line completed; false where the prompt is to end. A refusal is said, and leaves out the rest of the line. */
async function runAll(shell: SqlShell, inputs: readonly SqlInput[], say: (text: string) => void): Promise<boolean> {
  try {
    for (const input of inputs) if (!(await shell.run(input))) return false;
  } catch (error) {
    say(`error: ${error instanceof FaxsyncError ? error.message : describeError(error, false).message}`);
  }
  return true;
}

async function completions(shell: SqlShell): Promise<string[]> {
  const relations = (await shell.relations()).filter(({ schema }) => schema === 'report');
  return [...new Set(relations.flatMap(({ name, columns }) => [name, ...columns.map((column) => column.name)]))].sort();
}

/** What may follow the letters before the cursor; where nothing begins so, the names that are near. */
function complete(line: string, names: readonly string[]): [string[], string] {
  const word = /[\w]*$/.exec(line)?.[0] ?? '';
  const found = names.filter((name) => name.startsWith(word.toLowerCase()));
  return [found.length > 0 || word.length < 4 ? found : nearNames(word, names), word];
}
