import type pg from 'pg';
import { FaxsyncError, InvariantError } from '../../domain/errors.ts';
import { type Period, parsePeriod, shiftPeriod } from '../../domain/reconciliation.ts';
import { DAY_MS, INSTANT_MIN, type Instant, parseRfc3339, toIso } from '../../domain/time.ts';
import { type CsvFault, type CsvTable, parseCsv } from './csv.ts';

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

/** A row with only those columns that could be read. */
export type ReadableRow<C extends Columns> = Pick<ReadRow<C>, 'line'> & Partial<ReadRow<C>>;

/** What is wrong with a line, or with one column of it; no value of the file. */
export interface FileFault extends CsvFault {
  readonly column?: string;
}

/** What is wrong with rows that can be told only of several columns or lines; told together with the faults of single cells. */
export type RowRules<C extends Columns> = (rows: ReadonlyArray<ReadableRow<C>>) => readonly FileFault[];

/**
 * Reads a file of exactly these columns, in any order.
 * @throws {ImportError} `import_invalid`, naming every fault.
 */
export function readRows<const C extends Columns>(
  what: string,
  text: string,
  columns: C,
  rules: RowRules<C>,
): ReadRow<C>[] {
  const names = Object.keys(columns);
  const strange = faultOfForm(text, names);
  if (strange !== null) throw faulty(what, [strange]);
  const table = parseCsv(text);
  const faults: FileFault[] = [...table.faults];
  const rows = table.rows.map(({ line, fields }) => {
    const row: Record<string, unknown> = { line };
    for (const name of names) {
      const reader = columns[name];
      const written = fields[name];
      if (reader === undefined || written === undefined) continue;
      const read = reader(written.trim());
      if ('fault' in read) faults.push({ line, column: name, fault: read.fault });
      else row[name] = read.value;
    }
    return row as ReadableRow<C>;
  });
  faults.push(...rules(rows));
  const told = [...headingFaults(table, names), ...faults.sort((left, right) => left.line - right.line).map(wordsOf)];
  if (table.rows.length === 0 && table.faults.length === 0) told.push('there is no line below the heading');
  if (told.length > 0) throw faulty(what, told);
  // Without a fault every column of every row was read.
  return rows as unknown as ReadRow<C>[];
}

/** What makes a file another one than was meant, so that nothing else need be said of it; null where nothing does. */
function faultOfForm(text: string, names: readonly string[]): string | null {
  const [heading = ''] = text
    .replace(/^\ufeff/, '')
    // A line by which Excel says how columns are separated.
    .replace(/^sep=.\r?\n/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  if (heading === '') return `the file is empty; its first line is the heading: ${names.join(',')}`;
  const known = (separator: string) =>
    heading.split(separator).filter((name) =>
      names.includes(
        name
          .trim()
          .replace(/^"(.*)"$/, '$1')
          .trim(),
      ),
    ).length;
  const other = [';', '\t'].find((separator) => known(separator) > Math.max(1, known(',')));
  if (other !== undefined)
    return `the columns are separated by ${other === ';' ? 'semicolons' : 'tabs'}; save it with commas`;
  if (known(',') > 0) return null;
  return `the first line has none of the documented columns; the heading is: ${names.join(',')}`;
}

function headingFaults({ columns }: CsvTable, names: readonly string[]): string[] {
  const missing = names.filter((name) => !columns.includes(name)).map((name) => `the column ${name} is missing`);
  const others = columns.flatMap((name, index) => {
    // An unknown heading may be anything, so its place stands for it.
    if (!names.includes(name)) return [`column ${index + 1} of the heading is none of the documented ones`];
    return columns.indexOf(name) === index ? [] : [`the column ${name} is there twice`];
  });
  return [...missing, ...others];
}

function wordsOf({ line, column, fault }: FileFault): string {
  return column === undefined ? `line ${line} ${fault}` : `line ${line}, ${column} ${fault}`;
}

function faulty(what: string, faults: readonly string[]): ImportError {
  const more = faults.length > FAULTS_MAX ? [`and ${faults.length - FAULTS_MAX} more`] : [];
  const listed = [...faults.slice(0, FAULTS_MAX), ...more].map((fault) => `  ${fault}`).join('\n');
  return new ImportError(
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

/** First day that may stand on a paper: older ones are slips of the pen. */
const FIRST_DAY = toIso(INSTANT_MIN).slice(0, 10);

/** Our own day may be a day behind the one of who wrote it. */
const AHEAD_MS = DAY_MS;

/** Reads a day, `YYYY-MM-DD`, that may stand on what is imported now. */
export function dayUntil(now: Instant): ColumnReader<string> {
  const last = toIso(now + AHEAD_MS).slice(0, 10);
  return (text) => {
    if (!/^\d{4}-\d\d-\d\d$/.test(text) || !isDay(text)) return { fault: 'is no day YYYY-MM-DD' };
    return text >= FIRST_DAY && text <= last ? { value: text } : { fault: `is not from ${FIRST_DAY} to ${last}` };
  };
}

function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && toIso(at).startsWith(text);
}

/** Reads a month, `YYYY-MM`, to the one after the present, which may be invoiced ahead: its first day. */
export function monthUntil(now: Instant): ColumnReader<Period> {
  const present = parsePeriod(toIso(now + AHEAD_MS).slice(0, 7));
  if (present === null) throw new InvariantError('The present month is none.');
  const last = shiftPeriod(present, 1).slice(0, 7);
  return (text) => {
    const value = parsePeriod(text);
    if (value === null) return { fault: 'is no month YYYY-MM' };
    return value >= FIRST_DAY && value.slice(0, 7) <= last
      ? { value }
      : { fault: `is not from ${FIRST_DAY.slice(0, 7)} to ${last}` };
  };
}

/** Reads an instant with its offset that has come. */
export function instantUntil(now: Instant): ColumnReader<Instant> {
  return (text) => {
    const value = parseRfc3339(text);
    if (value === null) return { fault: 'is no instant such as 2026-10-31T17:00:00-05:00' };
    return value <= now + AHEAD_MS ? { value } : { fault: 'has not come yet' };
  };
}

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
