import type pg from 'pg';
import { FaxsyncError } from '../../domain/errors.ts';
import { type Instant, parseRfc3339, toIso } from '../../domain/time.ts';
import { parseCsv } from './csv.ts';

/** Faults that are told of one file; how many more there are is said. */
const FAULTS_MAX = 50;

/**
 * A file that was not imported; nothing of it was. `import_invalid`: it is not of the documented form, its message has every fault by line and
 * column, without values. `import_conflict`: something else was imported under one of its numbers. `account_unknown`.
 */
export class ImportError extends FaxsyncError {}

/** A file to import. */
export interface ImportRequest {
  readonly account: string;
  /** The file's content. */
  readonly text: string;
  /** Who imports it. */
  readonly importedBy: string;
  readonly now: Instant;
}

/** Reads one value of a column; a text beginning with "is" says what is wrong. */
export type ColumnReader<T> = (text: string) => { readonly value: T } | { readonly fault: string };

/** The columns of a file, each with what reads it. */
export type Columns = Readonly<Record<string, ColumnReader<unknown>>>;

/** A row as its columns read it, with its line in the file. */
export type ReadRow<C extends Columns> = { readonly line: number } & {
  readonly [Name in keyof C]: C[Name] extends ColumnReader<infer T> ? T : never;
};

/**
 * Reads a file of exactly these columns, in any order.
 * @throws {ImportError} `import_invalid`, naming every fault.
 */
export function readRows<const C extends Columns>(what: string, text: string, columns: C): ReadRow<C>[] {
  const table = parseCsv(text);
  const faults = table.faults.map(({ line, fault }) => `line ${line} ${fault}`);
  const names = Object.keys(columns);
  const given = new Set(table.columns);
  for (const name of names) if (!given.has(name)) faults.push(`the column ${name} is missing`);
  for (const [index, name] of table.columns.entries()) {
    // An unknown heading may be anything, so its place stands for it.
    if (!Object.hasOwn(columns, name)) faults.push(`column ${index + 1} of the heading is none of the documented ones`);
    else if (table.columns.indexOf(name) !== index) faults.push(`the column ${name} is there twice`);
  }
  const rows = table.rows.map(({ line, fields }) => {
    const row: Record<string, unknown> = { line };
    for (const name of names) {
      const reader = columns[name];
      const written = fields[name];
      if (reader === undefined || written === undefined) continue;
      const read = reader(written.trim());
      if ('fault' in read) faults.push(`line ${line}, ${name} ${read.fault}`);
      else row[name] = read.value;
    }
    return row as ReadRow<C>;
  });
  if (table.rows.length === 0 && faults.length === 0) faults.push('there is no row below the heading');
  throwFaults(what, faults);
  return rows;
}

/** @throws {ImportError} `import_invalid` where there are faults. */
export function throwFaults(what: string, faults: readonly string[]): void {
  if (faults.length === 0) return;
  const more = faults.length > FAULTS_MAX ? [`and ${faults.length - FAULTS_MAX} more`] : [];
  const listed = [...faults.slice(0, FAULTS_MAX), ...more].map((fault) => `  ${fault}`).join('\n');
  throw new ImportError(
    `The ${what} were not imported, nothing of the file was:\n${listed}\nThe columns: docs/reconciliation.md.`,
    { code: 'import_invalid', context: { fault: `${faults.length}` } },
  );
}

/** Control characters other than tab and line breaks; a database takes no NUL. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** Any text without control characters; blank is null. */
export const optionalText: ColumnReader<string | null> = (text) =>
  CONTROL.test(text) ? { fault: 'has a control character' } : { value: text === '' ? null : text };

/** A number or name of the provider's, at most 100 characters. */
export const idText: ColumnReader<string> = (text) =>
  text !== '' && text.length <= 100 && !CONTROL.test(text)
    ? { value: text }
    : { fault: 'is blank, longer than 100 characters, or has a control character' };

/** Dollars with at most two decimals, as whole cents; no floating point on the way. */
export const dollars: ColumnReader<number> = (text) => {
  const [, sign = '', whole = '', part = ''] = /^(-?)(\d{1,11})(?:\.(\d{1,2}))?$/.exec(text) ?? [];
  if (whole === '') return { fault: 'is no amount in dollars such as 1234.50' };
  const cents = Number(`${whole}${part.padEnd(2, '0')}`);
  return { value: sign === '-' && cents !== 0 ? -cents : cents };
};

/** A day, `YYYY-MM-DD`. */
export const day: ColumnReader<string> = (text) => {
  const instant = /^\d{4}-\d\d-\d\d$/.test(text) ? parseRfc3339(`${text}T00:00:00Z`) : null;
  return instant !== null && toIso(instant).startsWith(text) ? { value: text } : { fault: 'is no day YYYY-MM-DD' };
};

/** An instant with its offset. */
export const instant: ColumnReader<number> = (text) => {
  const value = parseRfc3339(text);
  return value === null ? { fault: 'is no instant such as 2026-10-31T17:00:00-05:00' } : { value };
};

/**
 * The account's number, and what is stored under these ids. `sql` takes the account's key and the ids, and gives `account_id`, `id` and `content`.
 * @throws {ImportError} `account_unknown`.
 */
export async function readKnown(
  client: pg.ClientBase,
  account: string,
  sql: string,
  ids: readonly string[],
): Promise<{ accountId: number; known: Map<string, string> }> {
  const { rows } = await client.query<{
    account_id: number;
    id: string | null;
    content: string | null;
  }>(sql, [account, ids]);
  const [first] = rows;
  if (first === undefined) {
    throw new ImportError(`Nothing of account ${account} was ever loaded. Run faxsync sync first.`, {
      code: 'account_unknown',
      context: { account },
    });
  }
  const known = new Map<string, string>();
  for (const { id, content } of rows) if (id !== null && content !== null) known.set(id, content);
  return { accountId: first.account_id, known };
}

/** @throws {ImportError} `import_conflict` where lines of the file have a number that stands for something else already. */
export function refuseOthers(what: 'invoice' | 'receipt', lines: readonly number[]): void {
  if (lines.length === 0) return;
  throw new ImportError(
    `Nothing was imported: the ${what} of line ${lines.join(', ')} was imported before with other content. What was imported stays as it is; a correction comes as ${what === 'invoice' ? 'an invoice' : 'a receipt'} with a number of its own.`,
    { code: 'import_conflict', context: { line: lines[0] } },
  );
}
