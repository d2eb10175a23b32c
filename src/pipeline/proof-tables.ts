import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { CsvError, readCsv } from './proof-csv.ts';
import { PROOF_COLUMNS, type ProofTable } from './proof-format.ts';

/** A row of a bundle's table by the names of its columns. */
export class TableRow {
  /** Line of the file on which it begins. */
  readonly line: number;
  readonly #columns: readonly string[];
  readonly #cells: ReadonlyArray<string | null>;

  constructor(line: number, columns: readonly string[], cells: ReadonlyArray<string | null>) {
    this.line = line;
    this.#columns = columns;
    this.#cells = cells;
  }

  /** The text of a column; null where nothing was written. */
  optional(column: string): string | null {
    return this.#cells[this.#columns.indexOf(column)] ?? null;
  }

  /** The text of a column that always has one. @throws {CsvError} where it has none. */
  text(column: string): string {
    const value = this.optional(column);
    if (value === null) throw new CsvError(this.line, `${column} is empty`);
    return value;
  }

  /** A whole number. @throws {CsvError} for anything else. */
  whole(column: string): number {
    const text = this.text(column);
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value))
      throw new CsvError(this.line, `${column} is no whole number`);
    return value;
  }
}

/**
 * The rows of one table of a bundle, read piece by piece.
 * @throws {CsvError} where the file is no such table.
 */
export async function* readTable(folder: string, table: ProofTable): AsyncGenerator<TableRow> {
  const columns = PROOF_COLUMNS[table];
  let isFirst = true;
  for await (const { line, cells } of readCsv(createReadStream(join(folder, table), 'utf8'))) {
    if (isFirst) {
      isFirst = false;
      if (cells.join(',') !== columns.join(',')) throw new CsvError(line, 'the columns are others');
    } else if (cells.length !== columns.length) throw new CsvError(line, `it has ${cells.length} cells`);
    else yield new TableRow(line, columns, cells);
  }
  if (isFirst) throw new CsvError(1, 'the file is empty');
}
