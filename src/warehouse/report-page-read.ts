import { InvariantError } from '../domain/errors.ts';
import { int8ToNumber } from './connection.ts';
import type { RawRow } from './report-page-ask.ts';

/**
 * A whole number of a column: a count, or cents; null where there is none.
 * @throws {InvariantError} beyond 2^53, where a number would lie.
 */
export function wholeOrNull(row: RawRow, column: string): number | null {
  const value = row[column];
  if (value === null || value === undefined) return null;
  return typeof value === 'number' ? value : int8ToNumber(String(value));
}

/** A whole number of a column; 0 where there is none. @throws {InvariantError} as {@link wholeOrNull}. */
export function whole(row: RawRow, column: string): number {
  return wholeOrNull(row, column) ?? 0;
}

/** A text of a column; null where there is none. */
export function textOrNull(row: RawRow, column: string): string | null {
  const value = row[column];
  return value === null || value === undefined ? null : String(value);
}

/** A text of a column that has one in every row. @throws {InvariantError} where it has not. */
export function text(row: RawRow, column: string): string {
  const value = textOrNull(row, column);
  if (value === null) throw new InvariantError(`A report view gave no ${column}.`);
  return value;
}

/** True where the column says so; null counts as false. */
export function flag(row: RawRow, column: string): boolean {
  return row[column] === true;
}

/** An instant of a column in milliseconds since 1970; null where there is none. */
export function instantOrNull(row: RawRow, column: string): number | null {
  const value = row[column];
  return value instanceof Date ? value.getTime() : null;
}
