import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { SettingsError } from '../domain/errors.ts';
import { migrationsDirectory } from '../runtime/migrate-deps.ts';
import { readMigrationFiles } from '../warehouse/migration-files.ts';
import { openSqlLogin } from '../warehouse/sql-login.ts';
import { SqlSession } from '../warehouse/sql-session.ts';
import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { onlyRaw } from './output.ts';
import { withSession } from './session.ts';
import { runSqlPrompt } from './sql-prompt.ts';
import { findPsql, isForPsql, PSQL_WORDS, runPsql } from './sql-psql.ts';
import { SqlShell } from './sql-shell.ts';
import { type SqlInput, StatementReader } from './sql-statements.ts';
import { printableLines } from './sql-table.ts';
import { sayViews } from './sql-words.ts';

/** `faxsync sql`. */
export interface SqlOptions {
  /** Statements to run; null: ask for them on a terminal, else read them from stdin. */
  readonly statement: string | null;
  readonly isCsv: boolean;
  /** Most rows of a table, and of an answer with `--json`. */
  readonly rowsMax: number;
  /** Longest time of a statement. */
  readonly timeoutMs: number;
  readonly mayUsePsql: boolean;
}

/**
 * Runs statements that read, or asks for them, on a login that can do nothing else. Returns the exit code.
 * @throws {SqlInputError} for the first that is refused, where nobody is there to type another.
 * @throws {SettingsError} where nothing is asked, and nobody is there to ask. @throws {SqlLoginError} where there is no login that only reads.
 */
export async function runSql(context: CommandContext, options: SqlOptions): Promise<number> {
  const isAsking = options.statement === null && process.stdin.isTTY && process.stdout.isTTY;
  const isPrompt = isAsking && context.output.mode !== 'json' && !options.isCsv;
  const output = isPrompt ? context.output : onlyRaw(context.output);
  output.intro('faxsync sql');
  return withSession({ ...context, output }, { settings: [], schema: 'filled' }, async ({ runtime }) => {
    const login = await openSqlLogin(runtime.pool, randomBytes(24).toString('hex'));
    try {
      const psql = isPrompt && options.mayUsePsql && isForPsql(login.url) ? findPsql(context.env) : null;
      if (psql === null) return await withShell({ ...context, output }, options, login.url, isPrompt);
      output.info(PSQL_WORDS);
      return await runPsql(psql, login.url, context.env, options.timeoutMs);
    } finally {
      await login.close();
    }
  });
}

async function withShell(
  context: CommandContext,
  options: SqlOptions,
  url: string,
  isPrompt: boolean,
): Promise<number> {
  const { output, signal } = context;
  const isJson = output.mode === 'json';
  const out = async (text: string) => {
    if (isPrompt) process.stdout.write(text);
    else if (!isJson) await output.raw(text);
  };
  // Off a terminal stdout has the answers and nothing else.
  const say = (text: string) => {
    if (isPrompt) process.stdout.write(`${text}\n`);
    else if (!isJson) process.stderr.write(`${text}\n`);
  };
  const session = new SqlSession(url, { timeoutMs: options.timeoutMs, onNotice: (text) => say(printableLines(text)) });
  const scripts = async () => (await readMigrationFiles(migrationsDirectory(context.env))).reports;
  const width = () => (process.stdout.isTTY ? process.stdout.columns || 80 : null);
  const shell = new SqlShell(
    { session, out, say, width, now: () => Date.now(), scripts, rowsMax: options.rowsMax },
    isJson ? 'collect' : options.isCsv ? 'csv' : 'table',
  );
  const cancel = () => {
    const { isRunning } = session;
    void session.cancel();
    return isRunning;
  };
  const stop = () => void session.stop();
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    // A login that nobody is connected with may be taken for one that was left behind.
    await session.connect();
    if (isPrompt) {
      await out(`${sayViews(await shell.relations(), width())}\nWhat else there is: \\?\n`);
      await runSqlPrompt({ shell, input: process.stdin, output: process.stdout, cancel, signal });
    } else await runBatch(shell, options.statement, signal);
    await shell.close();
    output.document({ command: 'sql', ok: true, results: shell.results });
    return signal.aborted && !isPrompt ? EXIT.failed : EXIT.fine;
  } finally {
    signal.removeEventListener('abort', stop);
    await shell.discard();
    await session.close();
  }
}

/**
 * Runs what the argument says, or what stdin says, statement by statement as it comes.
 * @throws {SettingsError} code `usage`, where that holds no statement.
 */
async function runBatch(shell: SqlShell, statement: string | null, signal: AbortSignal): Promise<void> {
  const reader = new StatementReader();
  let isAsked = false;
  const runAll = async (inputs: readonly SqlInput[]) => {
    for (const input of inputs) {
      isAsked = true;
      if (!(await shell.run(input))) return false;
    }
    return true;
  };
  const lines = statement === null ? linesOfStdin(signal) : statement.split(/\r?\n/);
  for await (const line of lines) if (!(await runAll(reader.line(line)))) return;
  if (!(await runAll(reader.rest()))) return;
  if (isAsked || signal.aborted) return;
  const where = statement === null ? 'stdin had no statement' : 'the statement is empty';
  throw new SettingsError(
    `Nothing was asked: ${where}. Give one, faxsync sql "select * from billing_by_month", or begin faxsync sql on a terminal, where it asks for them.`,
    { code: 'usage' },
  );
}

function linesOfStdin(signal: AbortSignal): AsyncIterable<string> {
  const lines = createInterface({ input: process.stdin });
  signal.addEventListener('abort', () => lines.close(), { once: true });
  return lines;
}
