import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { FaxsyncError, SettingsError } from '../domain/errors.ts';
import { ParquetFile } from '../pipeline/parquet-file.ts';
import { csvLine } from '../pipeline/proof-csv.ts';
import { dayColumnOf, type ReportView, readReportRows, readReportViews } from '../warehouse/report-views.ts';
import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { countOf, onlyRaw } from './output.ts';
import { withSession } from './session.ts';

/** How rows are written: as text for spreadsheets, as an object a line, or as Parquet, which needs a file. */
export type ExportFormat = 'csv' | 'jsonl' | 'parquet';

/** `faxsync export`. */
export interface ExportOptions {
  /** Null: list the views. */
  readonly view: string | null;
  readonly format: ExportFormat;
  /** First and last day of the rows, `YYYY-MM-DD`; null: without that end. */
  readonly days: { readonly from: string | null; readonly to: string | null };
  /** File to write; null: stdout. */
  readonly out: string | null;
}

/** The file could not be written (code `export_unwritable`); the one that was there is as it was. */
class ExportError extends FaxsyncError {}

/**
 * Writes all rows of a report view as CSV, JSON lines or Parquet, or lists the views. Memory holds some thousand rows, however many there are. A file is there whole
 * or as it was. Returns the exit code.
 * @throws {SettingsError} for a view that is not there. @throws {ExportError}
 */
export async function runExport(context: CommandContext, options: ExportOptions): Promise<number> {
  const { view, out } = options;
  if (view !== null && out === null && context.output.mode === 'json')
    throw new SettingsError('With --json the rows need a file: --out <file>.', { code: 'usage' });
  if (view !== null && out === null && options.format === 'parquet')
    throw new SettingsError('Parquet needs a file: --out <file>.', { code: 'usage' });
  const output = view !== null && out === null ? onlyRaw(context.output) : context.output;
  output.intro('faxsync export');
  return withSession({ ...context, output }, { settings: [], schema: 'filled' }, async (session) => {
    const { pool } = session.runtime;
    const views = await readReportViews(pool);
    if (view === null) {
      output.table(
        ['view', 'columns', 'what it has'],
        views.map(({ name, columns, meaning }) => [name, columns.length, meaning]),
      );
      output.document({ command: 'export', ok: true, views });
      output.outro('Write one: faxsync export <view> --out <file>');
      return EXIT.fine;
    }
    const found = views.find(({ name }) => name === view);
    if (found === undefined) throw unknownView(views);
    const { days, format } = options;
    if (dayColumnOf(found) === null && (days.from !== null || days.to !== null))
      throw new SettingsError(`The rows of ${view} are of no day or month: leave --from and --to out.`, {
        code: 'usage',
      });
    const accounts = session.settings.accounts.map(({ account }) => account);
    const sink = out === null ? null : new FileSink(out);
    try {
      const write = async (piece: string | Uint8Array) =>
        sink === null ? output.raw(String(piece)) : sink.write(piece);
      const rows = await writeRows({ found, accounts, format, days }, pool, write);
      await sink?.close();
      output.document({ command: 'export', ok: true, view, format, ...days, accounts, rows, file: out });
      output.outro(`${countOf(rows, 'row')} of ${view} written to ${out}`);
      return EXIT.fine;
    } catch (error) {
      await sink?.discard();
      throw error;
    }
  });
}

interface Rows extends Pick<ExportOptions, 'format' | 'days'> {
  readonly found: ReportView;
  readonly accounts: readonly string[];
}

async function writeRows(
  { found, accounts, format, days }: Rows,
  pool: Parameters<typeof readReportRows>[0],
  write: (piece: string | Uint8Array) => Promise<void>,
): Promise<number> {
  const read = (as: 'cells' | 'json', take: Parameters<typeof readReportRows>[2]) =>
    readReportRows(pool, { view: found, accounts, days, as }, take);
  switch (format) {
    case 'csv':
      await write(csvLine(found.columns.map(({ name }) => name)));
      return read('cells', (rows) => write(rows.map(csvLine).join('')));
    case 'jsonl':
      return read('json', (rows) => write(rows.map(([text]) => `${text ?? 'null'}\n`).join('')));
    case 'parquet': {
      const file = new ParquetFile(found, write);
      const count = await read('cells', (rows) => file.add(rows));
      await file.finish();
      return count;
    }
  }
}

/** A file that takes its name once it is whole. */
class FileSink {
  readonly #path: string;
  readonly #part: string;
  readonly #stream: WriteStream;
  /** Settles when all is written, or when nothing can be. */
  readonly #done: Promise<void>;

  constructor(path: string) {
    this.#path = path;
    this.#part = `${path}.part`;
    this.#stream = createWriteStream(this.#part, { mode: 0o600 });
    this.#done = finished(this.#stream);
    // Told by what waits for it.
    this.#done.catch(() => undefined);
  }

  async write(piece: string | Uint8Array): Promise<void> {
    if (this.#stream.write(piece)) return;
    await Promise.race([once(this.#stream, 'drain'), this.#done]).catch(unwritable);
  }

  async close(): Promise<void> {
    this.#stream.end();
    await this.#done.catch(unwritable);
    await rename(this.#part, this.#path).catch(unwritable);
  }

  async discard(): Promise<void> {
    this.#stream.destroy();
    await this.#done.catch(() => undefined);
    await rm(this.#part, { force: true }).catch(() => undefined);
  }
}

function unwritable(error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  throw new ExportError(
    `The file cannot be written (${code ?? 'for an unknown reason'}). Check its folder and its rights.`,
    {
      code: 'export_unwritable',
    },
  );
}

function unknownView(views: readonly ReportView[]): SettingsError {
  return new SettingsError(`There is no such report view. There are: ${views.map(({ name }) => name).join(', ')}.`, {
    code: 'usage',
  });
}
