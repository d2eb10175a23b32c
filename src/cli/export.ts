import { FaxsyncError, SettingsError } from '../domain/errors.ts';
import { ParquetFile } from '../pipeline/parquet-file.ts';
import { csvLine } from '../pipeline/proof-csv.ts';
import { dayColumnOf, type ReportView, readReportRows, readReportViews } from '../warehouse/report-views.ts';
import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { countOf, onlyRaw } from './output.ts';
import { withSession } from './session.ts';
import { WholeFile } from './whole-file.ts';

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

/** Nobody wants the rows any more (code `export_stopped`). */
class ExportError extends FaxsyncError {}

/**
 * Writes all rows of a report view as CSV, JSON lines or Parquet, or lists the views. Memory holds some thousand rows, however many there are. A file is there whole
 * or as it was. Returns the exit code.
 * @throws {SettingsError} for a view that is not there. @throws {WholeFileError} code `export_unwritable`. @throws {ExportError} where it was stopped.
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
    const sink = out === null ? null : await WholeFile.open(out, { code: 'export_unwritable' });
    try {
      const write = async (piece: string | Uint8Array) => {
        if (sink !== null) await sink.write(piece);
        else await output.raw(String(piece));
        if (context.signal.aborted)
          throw new ExportError('Stopped before all rows were written.', { code: 'export_stopped' });
      };
      const rows = await writeRows({ found, accounts, format, days }, pool, write);
      await sink?.close();
      if (rows === 0) output.warn(`0 rows: nothing in ${view} of ${accounts.join(', ')}${daysText(days)}`);
      output.document({ command: 'export', ok: true, view, format, ...days, accounts, rows, file: out });
      output.outro(`${countOf(rows, 'row')} of ${view} written to ${out}`);
      return EXIT.fine;
    } catch (error) {
      await sink?.discard();
      throw error;
    }
  });
}

/** The days that were looked at, for the end of a sentence. */
function daysText({ from, to }: ExportOptions['days']): string {
  if (from !== null && to !== null) return ` between ${from} and ${to}`;
  if (from !== null) return ` from ${from} on`;
  return to === null ? '' : ` until ${to}`;
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

function unknownView(views: readonly ReportView[]): SettingsError {
  return new SettingsError(`There is no such report view. There are: ${views.map(({ name }) => name).join(', ')}.`, {
    code: 'usage',
  });
}
