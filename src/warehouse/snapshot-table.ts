import { type ExactNumber, isExactNumber, parseExactJson } from '../domain/exact-number.ts';
import type { Extra } from '../domain/fax.ts';
import { instantArray, plainArray, textArray } from './array-literal.ts';

/** One value of a snapshot row as it is compared and sent: instants in ms, JSON as text with its names in order, `bigint` as digits. */
export type SnapshotValue = string | number | boolean | null;

/** Types of the columns of snapshot tables. */
export type ColumnType = 'text' | 'integer' | 'bigint' | 'boolean' | 'timestamptz' | 'jsonb';

/** A column of a snapshot table. */
export interface SnapshotColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** Where the objects of one listing, and their changes, are kept. All names are constants of this code. */
export interface SnapshotTable {
  /** Name of the listing in the control totals. */
  readonly stream: string;
  /** History table: account_id, scope (if any), key, observation_no, a time, is_listed, `columns`. */
  readonly history: string;
  /** Column that holds the time of the look in the history. */
  readonly at: string;
  readonly key: { readonly name: string; readonly type: 'text' | 'bigint' };
  /** For lists that exist once for each of other objects: the `bigint` column with the id of the one whose list it was. */
  readonly scope?: string;
  /** Table of the objects as last listed: the same columns, observation_no, observed_at and the marks; left out where only the history is kept. */
  readonly current?: {
    readonly table: string;
    /** Set by the first complete listing without the object. */
    readonly missing?: string;
    /** Set, to the same instant, once a second one missed it too. */
    readonly gone: string;
  };
  readonly columns: readonly SnapshotColumn[];
}

/**
 * JSON text with the names of every object in order and every number in one form, so that what `jsonb` reordered and wrote in its own
 * way (`1e21`, `1.50`) compares equal; null stays null.
 */
export function stableJson(value: Extra): string | null {
  if (value === null) return null;
  return JSON.stringify(value, (_name, part: unknown) => {
    if (typeof part === 'number') return Number.isSafeInteger(part) ? part : stableNumber(String(part));
    if (isExactNumber(part)) return stableNumber(part.rawJSON);
    return typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part;
  });
}

/** Numbers with more digits before or after the point are written with an exponent. */
const PLAIN_DIGITS_MAX = 40;

/** The one way to write a JSON number: no sign at zero, no zeros at the end of a fraction, an exponent only where it is far from the point. */
function stableNumber(text: string): number | ExactNumber {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return 0;
  const point = Number(exponent) - fraction.length + digits.length - significant.length;
  const sign = mantissa.startsWith('-') ? '-' : '';
  let written = `${significant}e${point}`;
  if (point >= 0 && point <= PLAIN_DIGITS_MAX) written = significant + '0'.repeat(point);
  else if (point < 0 && point >= -PLAIN_DIGITS_MAX) {
    const padded = significant.padStart(1 - point, '0');
    written = `${padded.slice(0, point)}.${padded.slice(point)}`;
  }
  return parseExactJson(sign + written) as number | ExactNumber;
}

/** A column's values as one array literal. */
export function columnArray(type: ColumnType, values: readonly SnapshotValue[]): string {
  if (type === 'timestamptz') return instantArray(values.map((value) => (value === null ? null : Number(value))));
  if (type === 'integer' || type === 'bigint' || type === 'boolean') return plainArray(values);
  return textArray(values.map((value) => (value === null ? null : String(value))));
}

/** A value as the driver returns it (`jsonb` as text), in the form it is compared in. */
export function readValue(type: ColumnType, value: unknown): SnapshotValue {
  if (value === null || value === undefined) return null;
  if (type === 'timestamptz') return value instanceof Date ? value.getTime() : null;
  if (type === 'jsonb') return stableJson(parseExactJson(String(value)) as Extra);
  return typeof value === 'number' || typeof value === 'boolean' ? value : String(value);
}
