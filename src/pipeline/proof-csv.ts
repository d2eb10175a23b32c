import { FaxsyncError } from '../domain/errors.ts';

/** A text of a cell: null is written as nothing, an empty text as `""`, so that both come back as they were. */
export type CsvValue = string | number | boolean | null;

/** A file that should be CSV is not (code `csv_unreadable`); `context.line` is the line at which it ends to be. */
export class CsvError extends FaxsyncError {
  constructor(line: number, what: string) {
    super(`Line ${line} is no CSV: ${what}.`, { code: 'csv_unreadable', context: { line } });
  }
}

const NUMBER = /^-?\d+(\.\d+)?$/;
/** What a spreadsheet takes for the beginning of a formula, and the mark that keeps it from doing so. */
const FORMULA = /^['=+\-@\t\r]/;

/**
 * One cell. Texts that a spreadsheet would take for a formula get an apostrophe in front, and so do texts that begin with one: reading takes
 * exactly one away again. Numbers stay as they are.
 */
export function csvCell(value: CsvValue): string {
  if (value === null) return '';
  const text = String(value);
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return safe === '' || /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One line with its end. */
export function csvLine(values: readonly CsvValue[]): string {
  return `${values.map(csvCell).join(',')}\n`;
}

/** A row as it was read, with the line of the file on which it begins. */
export interface CsvRow {
  readonly line: number;
  /** Texts with the apostrophe of {@link csvCell} taken away; null where nothing was written. */
  readonly cells: ReadonlyArray<string | null>;
}

/**
 * Reads what {@link csvLine} wrote, row by row, from pieces of any size; memory holds one piece and one row.
 * @throws {CsvError} for anything that it cannot have written.
 */
export async function* readCsv(pieces: AsyncIterable<string>): AsyncGenerator<CsvRow> {
  let rest = '';
  let line = 1;
  for await (const piece of pieces) {
    rest += piece;
    for (let at = 0; ; ) {
      const end = rowEnd(rest, at);
      if (end === -1) {
        rest = rest.slice(at);
        break;
      }
      const text = rest.slice(at, end);
      yield { line, cells: cellsOf(text, line) };
      line += 1 + (text.split('\n').length - 1);
      at = end + 1;
    }
  }
  if (rest !== '') throw new CsvError(line, 'the last line has no end');
}

/** Where the row that begins at `from` ends: its line feed outside quotes, or -1 where more is needed. */
function rowEnd(text: string, from: number): number {
  let end = text.indexOf('\n', from);
  let quote = text.indexOf('"', from);
  while (end !== -1 && quote !== -1 && quote < end) {
    const close = text.indexOf('"', quote + 1);
    if (close === -1) return -1;
    quote = text.indexOf('"', close + 1);
    if (close > end) end = text.indexOf('\n', close);
  }
  return end;
}

function cellsOf(text: string, line: number): Array<string | null> {
  if (!text.includes('"')) return text.split(',').map((cell) => (cell === '' ? null : unmark(cell)));
  const cells: Array<string | null> = [];
  for (let at = 0; ; ) {
    if (text[at] !== '"') {
      const end = text.indexOf(',', at);
      const cell = end === -1 ? text.slice(at) : text.slice(at, end);
      if (cell.includes('"')) throw new CsvError(line, 'a quote stands inside a cell without quotes');
      cells.push(cell === '' ? null : unmark(cell));
      if (end === -1) return cells;
      at = end + 1;
      continue;
    }
    let close = text.indexOf('"', at + 1);
    while (close !== -1 && text[close + 1] === '"') close = text.indexOf('"', close + 2);
    if (close === -1) throw new CsvError(line, 'a quote is not closed');
    cells.push(unmark(text.slice(at + 1, close).replaceAll('""', '"')));
    if (close + 1 === text.length) return cells;
    if (text[close + 1] !== ',') throw new CsvError(line, 'something stands between a quote and the comma');
    at = close + 2;
  }
}

function unmark(cell: string): string {
  return cell.startsWith("'") ? cell.slice(1) : cell;
}
