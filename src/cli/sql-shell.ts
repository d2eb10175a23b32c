import { readFile } from 'node:fs/promises';
import { FaxsyncError } from '../domain/errors.ts';
import { csvLine } from '../pipeline/proof-csv.ts';
import type { MigrationFile } from '../warehouse/migration-files.ts';
import { readRelations, type SqlRelation } from '../warehouse/sql-catalogue.ts';
import type { SqlColumn, SqlOutcome, SqlRow, SqlSession, SqlSink } from '../warehouse/sql-session.ts';
import { countOf, formatCount, formatSpan } from './output.ts';
import { nearNames } from './sql-near.ts';
import { type SqlInput, StatementReader } from './sql-statements.ts';
import { printableLines, sqlBlocks, sqlTable } from './sql-table.ts';
import { SQL_HELP, sayRelation, sayViews, sayWhy, unknownRelation, wordsOf } from './sql-words.ts';
import { WholeFile } from './whole-file.ts';

/** Where a shell reads and writes. */
export interface SqlShellPorts {
  readonly session: SqlSession;
  /** Takes results; resolves once they are passed on. */
  readonly out: (text: string) => Promise<void>;
  /** Takes what is said beside them. */
  readonly say: (text: string) => void;
  /** Columns of the terminal; null where nothing is to be cut. */
  readonly width: () => number | null;
  readonly now: () => number;
  /** The scripts of the report views. */
  readonly scripts: () => Promise<readonly MigrationFile[]>;
  /** Most rows of a table; null: all of them, which memory then holds. */
  readonly rowsMax: number | null;
}

/** Rows and columns as a machine takes them. */
export interface SqlResult {
  readonly columns: readonly string[];
  readonly rows: readonly SqlRow[];
  /** True where there are more than were asked for. */
  readonly has_more: boolean;
}

/** The server refused a statement (code `sql_refused`), or a command is not understood (`sql_command`). Told to who asked; it may quote values. */
export class SqlInputError extends FaxsyncError {}

type Form = { readonly kind: 'table' | 'csv' | 'collect' } | CsvFile;

/** Takes results as CSV until another form is chosen. */
interface CsvFile {
  readonly kind: 'file';
  readonly file: WholeFile;
  /** Of all answers so far. */
  rowCount: number;
}

const NESTED_MAX = 10;

/** Runs statements and backslash commands, and shows what comes of them in the form that was chosen. */
export class SqlShell {
  readonly #ports: SqlShellPorts;
  #form: Form;
  #isExpanded = false;
  #isTiming = false;
  #relations: readonly SqlRelation[] | null = null;
  /** What `collect` gathered. */
  readonly results: SqlResult[] = [];

  constructor(ports: SqlShellPorts, form: 'table' | 'csv' | 'collect') {
    this.#ports = ports;
    this.#form = { kind: form };
  }

  /** The views and tables the login may ask, read once. @throws {WarehouseError} */
  async relations(): Promise<readonly SqlRelation[]> {
    this.#relations ??= await readRelations(this.#ports.session);
    return this.#relations;
  }

  /**
   * Does one thing; false where it was the wish to end.
   * @throws {SqlInputError} for what is refused. @throws {WarehouseError} where the database is out of reach.
   */
  async run(input: SqlInput, depth = 0): Promise<boolean> {
    if (input.kind === 'command') return this.#command(input.word, input.argument, depth);
    await this.#statement(input.text);
    return true;
  }

  /** Runs a whole text. False where it asked to end. @throws as {@link run}: what comes after is not run. */
  async runText(text: string, depth = 0): Promise<boolean> {
    const reader = new StatementReader();
    for (const line of text.split(/\r?\n/)) {
      for (const input of reader.line(line)) if (!(await this.run(input, depth))) return false;
    }
    for (const input of reader.rest()) if (!(await this.run(input, depth))) return false;
    return true;
  }

  /** Gives the file that is being written its name. @throws {WholeFileError} */
  async close(): Promise<void> {
    const form = this.#form;
    this.#form = { kind: 'table' };
    if (form.kind !== 'file') return;
    await form.file.close();
    this.#ports.say(`${countOf(form.rowCount, 'row')} written to ${form.file.path}`);
  }

  /** Gives up the file that is being written, if one is. */
  async discard(): Promise<void> {
    const form = this.#form;
    this.#form = { kind: 'table' };
    if (form.kind === 'file') await form.file.discard();
  }

  async #statement(text: string): Promise<void> {
    const { session, now, say } = this.#ports;
    const startedAt = now();
    const sink = this.#sink();
    const outcome = await session.run(text, sink);
    if (outcome.kind === 'refused') throw await this.#refusal(text, outcome);
    if (outcome.kind === 'rows') await sink.end(outcome.count);
    else say(outcome.command);
    if (this.#isTiming) say(`Took ${formatSpan(now() - startedAt)}`);
  }

  #sink(): SqlSink & { end(count: number): Promise<void> } {
    const { out, say, rowsMax, width } = this.#ports;
    const form = this.#form;
    if (form.kind === 'csv' || form.kind === 'file') {
      const write = async (text: string) => {
        if (form.kind === 'file') await form.file.write(text);
        // On a terminal it is to be looked at; what programs and files are given is as it is.
        else await out(width() === null ? text : printableLines(text));
      };
      let heading = '';
      return {
        begin: (columns) => {
          heading = csvLine(columns.map(({ name }) => name));
        },
        take: async (rows) => {
          await write(heading + rows.map(csvLine).join(''));
          heading = '';
          return true;
        },
        end: async (count) => {
          if (heading !== '') await write(heading);
          if (form.kind !== 'file') return;
          form.rowCount += count;
          say(`(${countOf(count, 'row')}; the file is there at the next \\csv or \\table, or at the end)`);
        },
      };
    }
    const max = rowsMax ?? Number.POSITIVE_INFINITY;
    let columns: readonly SqlColumn[] = [];
    let seen = 0;
    const kept: SqlRow[] = [];
    return {
      begin: (begun) => {
        columns = begun;
      },
      take: async (rows) => {
        seen += rows.length;
        for (const row of rows.slice(0, max - kept.length)) kept.push(row);
        // One row more than is shown is waited for, so that it is known whether there are more.
        return seen <= max;
      },
      end: async () => {
        const hasMore = seen > kept.length;
        if (form.kind === 'collect') {
          this.results.push({ columns: columns.map(({ name }) => name), rows: kept, has_more: hasMore });
        } else await this.#show(columns, kept, hasMore);
      },
    };
  }

  async #show(columns: readonly SqlColumn[], rows: readonly SqlRow[], hasMore: boolean): Promise<void> {
    const { out, say, width } = this.#ports;
    const lines = (this.#isExpanded ? sqlBlocks : sqlTable)(columns, rows, width());
    await out(lines.map((line) => `${line}\n`).join(''));
    say(
      hasMore
        ? `(the first ${formatCount(rows.length)} rows, there are more; all of them: \\csv FILE, or --csv)`
        : `(${countOf(rows.length, 'row')})`,
    );
  }

  async #refusal(text: string, outcome: Extract<SqlOutcome, { kind: 'refused' }>): Promise<SqlInputError> {
    const relations = await this.relations().catch(() => []);
    return new SqlInputError(wordsOf(text, outcome, relations), {
      code: 'sql_refused',
      context: { sql_state: outcome.sqlState },
    });
  }

  async #command(word: string, argument: string, depth: number): Promise<boolean> {
    const { session, out, say, scripts } = this.#ports;
    switch (word) {
      case 'q':
      case 'quit':
        return false;
      case '?':
      case 'help':
        await out(SQL_HELP);
        return true;
      case 'views':
        await out(sayViews(await this.relations(), this.#ports.width()));
        return true;
      case 'd':
        if (argument === '') await out(sayViews(await this.relations(), this.#ports.width()));
        else await out(sayRelation(await this.#relation(argument), this.#ports.width()));
        return true;
      case 'why':
        await out(await sayWhy(session, await this.#relation(argument), await scripts()));
        return true;
      case 'csv':
        await this.#toForm(argument === '' ? { kind: 'csv' } : await csvFile(argument));
        return true;
      case 'table':
        await this.#toForm({ kind: 'table' });
        return true;
      case 'x':
        this.#isExpanded = !this.#isExpanded;
        say(this.#isExpanded ? 'A row is a block now; \\x takes it back.' : 'Rows are lines again.');
        return true;
      case 'timing':
        this.#isTiming = !this.#isTiming;
        say(this.#isTiming ? 'Timing is on.' : 'Timing is off.');
        return true;
      case 'i':
        return this.#include(argument, depth);
      default: {
        const known = ['views', 'd', 'why', 'csv', 'table', 'x', 'timing', 'i', 'q', '?'];
        const near = nearNames(word, known).map((name) => ` Did you mean \\${name}?`);
        throw refusedCommand(`There is no command \\${word}.${near[0] ?? ''} All of them: \\?`);
      }
    }
  }

  async #relation(typed: string): Promise<SqlRelation> {
    const relations = await this.relations();
    const wanted = typed.replaceAll('"', '');
    const found = relations.find(({ schema, name }) => wanted === name || wanted === `${schema}.${name}`);
    if (found === undefined) throw refusedCommand(unknownRelation(wanted, relations));
    return found;
  }

  async #toForm(form: Form): Promise<void> {
    await this.close().catch(async (error: unknown) => {
      if (form.kind === 'file') await form.file.discard();
      throw error;
    });
    this.#form = form;
  }

  async #include(path: string, depth: number): Promise<boolean> {
    if (path === '') throw refusedCommand('Name the file: \\i FILE');
    if (depth >= NESTED_MAX) throw refusedCommand('Files that take in files are too deep inside each other.');
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw refusedCommand(`The file cannot be read (${error.code ?? 'for an unknown reason'}).`);
    });
    return this.runText(text, depth + 1);
  }
}

function refusedCommand(message: string): SqlInputError {
  return new SqlInputError(printableLines(message), { code: 'sql_command' });
}

async function csvFile(path: string): Promise<CsvFile> {
  return { kind: 'file', file: await WholeFile.open(path, { code: 'sql_command' }), rowCount: 0 };
}
