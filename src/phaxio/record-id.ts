import { isExactNumber } from '../domain/exact-number.ts';

/** The largest id a Postgres `bigint` holds. */
const RECORD_ID_MAX = 9_223_372_036_854_775_807n;

/** An id of a record, or why there is none. */
export type ReadRecordId =
  | { readonly kind: 'read'; readonly id: string }
  | { readonly kind: 'refused'; readonly reason: 'missing_id' | 'unreadable_id' | 'id_out_of_range' };

/**
 * Reads the id of a record as decimal digits: a whole number of 1 to 2^63 - 1, or a text of its digits.
 * The value must come from an exact parse where it is no safe integer.
 */
export function readRecordId(value: unknown): ReadRecordId {
  if (value === undefined || value === null) return { kind: 'refused', reason: 'missing_id' };
  const isScalar = typeof value === 'string' || typeof value === 'number';
  const digits = isExactNumber(value) ? value.rawJSON : isScalar ? String(value) : '';
  if (!/^-?(?:0|[1-9]\d{0,99})$/.test(digits)) return { kind: 'refused', reason: 'unreadable_id' };
  const id = BigInt(digits);
  if (id < 1n || id > RECORD_ID_MAX) return { kind: 'refused', reason: 'id_out_of_range' };
  return { kind: 'read', id: digits };
}
