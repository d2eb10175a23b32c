import { InvariantError } from '../domain/errors.ts';

/** One value of a row as it is compared: instants in ms, JSON as text with its names in order, `bigint` as digits. */
export type Cell = string | number | boolean | null;

/** One row by column name. */
export type CellRow = Readonly<Record<string, Cell>>;

/** How one row differs. Holds names and ids only, never a value: it may be printed. */
export interface Difference {
  /** Which row, without personal data: a fax id, the position of a number, the name of a country. */
  readonly row: string;
  /** `missing`: not in the warehouse. `surplus`: not at the provider. `differs`: in the columns named. */
  readonly kind: 'missing' | 'surplus' | 'differs';
  readonly columns: readonly string[];
}

/** How one table compares. */
export interface TableComparison {
  readonly table: string;
  /** Rows the table must have, by what the provider showed or shows. */
  readonly provider: number;
  readonly warehouse: number;
  /** Rows equal in every compared column. */
  readonly equal: number;
  readonly differing: number;
  /** The first {@link DIFFERENCES_SHOWN_MAX} of them. */
  readonly differences: readonly Difference[];
  /** What else there is to know, as a short text; null where there is nothing. */
  readonly note: string | null;
}

/** Differences kept of one table; all are counted. */
export const DIFFERENCES_SHOWN_MAX = 5;

function sortedJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${sortedJson(member)}`).join(',')}}`;
}

/** A value of the driver or of the domain in the one form it is compared in. */
export function toCell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'object') return sortedJson(value);
  if (typeof value === 'bigint') return String(value);
  return value as Cell;
}

/**
 * A row of the warehouse without the columns that are left out, which must all be there.
 * @throws {InvariantError} when one of them is not: the schema has changed and the comparison has to be told.
 */
export function cellsOf(row: Readonly<Record<string, unknown>>, leftOut: readonly string[]): CellRow {
  const cells: Record<string, Cell> = {};
  for (const [name, value] of Object.entries(row)) cells[name] = toCell(value);
  for (const name of leftOut) {
    if (!(name in cells))
      throw new InvariantError('A column left out of the comparison is not there.', { column: name });
    delete cells[name];
  }
  return cells;
}

/** Collects what differs in one table. */
export class TableComparer {
  readonly #table: string;
  readonly #differences: Difference[] = [];
  #provider = 0;
  #warehouse = 0;
  #equal = 0;
  #differing = 0;

  constructor(table: string) {
    this.#table = table;
  }

  /**
   * Compares one row; null stands for "not there". Both must have the same columns, so that none is forgotten.
   * @throws {InvariantError} naming the columns only one side has.
   */
  compare(row: string, expected: CellRow | null, actual: CellRow | null): void {
    if (expected !== null) this.#provider += 1;
    if (actual !== null) this.#warehouse += 1;
    if (expected === null || actual === null) {
      if (expected !== actual) this.differs(row, actual === null ? 'missing' : 'surplus', []);
      return;
    }
    const columns = Object.keys(actual);
    const forgotten = [...columns.filter((name) => !(name in expected))];
    for (const name of Object.keys(expected)) if (!(name in actual)) forgotten.push(name);
    if (forgotten.length > 0) {
      throw new InvariantError(`The comparison and table ${this.#table} do not have the same columns.`, {
        table: this.#table,
        column: forgotten.join(', '),
      });
    }
    const unequal = columns.filter((name) => expected[name] !== actual[name]);
    if (unequal.length === 0) this.#equal += 1;
    else this.differs(row, 'differs', unequal);
  }

  /** Compares two sets of rows by key; `nameOf` gives the printable name of a row. */
  compareAll(
    expected: ReadonlyMap<string, CellRow>,
    actual: ReadonlyMap<string, CellRow>,
    nameOf: (key: string) => string = (key) => key,
  ): this {
    for (const [key, row] of expected) this.compare(nameOf(key), row, actual.get(key) ?? null);
    for (const [key, row] of actual) if (!expected.has(key)) this.compare(nameOf(key), null, row);
    return this;
  }

  /** Counts a row that was judged elsewhere as equal on both sides. */
  agrees(): void {
    this.#provider += 1;
    this.#warehouse += 1;
    this.#equal += 1;
  }

  /** Notes a difference. */
  differs(row: string, kind: Difference['kind'], columns: readonly string[]): void {
    this.#differing += 1;
    if (this.#differences.length < DIFFERENCES_SHOWN_MAX) this.#differences.push({ row, kind, columns });
  }

  /** The result; `note` says what else there is to know. */
  result(note: string | null = null): TableComparison {
    return {
      table: this.#table,
      provider: this.#provider,
      warehouse: this.#warehouse,
      equal: this.#equal,
      differing: this.#differing,
      differences: this.#differences,
      note,
    };
  }
}
