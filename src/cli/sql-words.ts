import type { MigrationFile } from '../warehouse/migration-files.ts';
import { readViewSource, type SqlRelation } from '../warehouse/sql-catalogue.ts';
import type { SqlRefusal, SqlSession } from '../warehouse/sql-session.ts';
import { nearNames } from './sql-near.ts';
import { printableLines, sqlTable } from './sql-table.ts';

/** What `\?` says. */
export const SQL_HELP = `Statements end with a semicolon and may have many lines. Nothing can be changed here.
  \\views         the report views with what each has
  \\d VIEW        its columns with what they mean; tables of warehouse too
  \\why VIEW      what it answers and the SQL behind it
  \\csv [FILE]    answers as CSV, to a file or here; \\table takes it back
  \\x             a row as a block instead of a line; again takes it back
  \\timing        says how long each answer took; again takes it back
  \\i FILE        runs the statements of a file
  \\q             ends; so does Ctrl-D. Ctrl-C ends the statement that is under way
`;

/** The first sentence of a comment. */
export function firstSentence(meaning: string): string {
  return meaning.split(/(?<=\.)\s/)[0] ?? '';
}

/** The report views with a sentence each. */
export function sayViews(relations: readonly SqlRelation[], width: number | null): string {
  const rows = relations
    .filter(({ schema, isView }) => schema === 'report' && isView)
    .map(({ name, meaning }) => [name, firstSentence(meaning)]);
  if (rows.length === 0) return 'There are no report views that this login may read.\n';
  return textOf([{ name: 'view' }, { name: 'what it has' }], rows, width);
}

/** What a view or table has, and its columns with types and meanings. */
export function sayRelation({ schema, name, meaning, columns }: SqlRelation, width: number | null): string {
  const rows = columns.map((column) => [column.name, column.type, column.meaning]);
  // The meanings are what is asked for here: they are broken and not cut.
  const names = Math.max(...columns.map((column) => column.name.length), 6);
  const types = Math.max(...columns.map((column) => column.type.length), 4);
  const left = width === null ? null : width - names - types - 4;
  const broken = rows.flatMap(([column = '', type = '', what = '']) =>
    wrap(what, left).map((line, at) => (at === 0 ? [column, type, line] : ['', '', line])),
  );
  const table = textOf([{ name: 'column' }, { name: 'type' }, { name: 'what it is' }], broken, null);
  return `${printableLines([`${schema}.${name}`, ...wrap(meaning, width)].join('\n'))}\n\n${table}`;
}

/** The SQL of a view with what it answers. @throws {WarehouseError} */
export async function sayWhy(
  session: SqlSession,
  relation: SqlRelation,
  scripts: readonly MigrationFile[],
): Promise<string> {
  if (!relation.isView) return printableLines(`${relation.schema}.${relation.name} is a table: ${relation.meaning}\n`);
  const source = await readViewSource(session, relation, scripts);
  // A script says it in its first lines.
  return printableLines(source.startsWith('--') ? `${source}\n` : `-- ${relation.meaning}\n${source}\n`);
}

/** Says that there is no such view, and which are near. */
export function unknownRelation(typed: string, relations: readonly SqlRelation[]): string {
  const what = typed === '' ? 'Name a view.' : 'There is no such view or table.';
  return printableLines(`${what}${didYouMean(nearRelations(typed, relations))} All views: \\views`);
}

function nearRelations(typed: string, relations: readonly SqlRelation[]): string[] {
  const names = relations.map(({ schema, name }) =>
    typed.includes('.') || (schema !== 'report' && schema !== 'warehouse') ? `${schema}.${name}` : name,
  );
  return nearNames(typed, names);
}

function didYouMean(names: readonly string[]): string {
  return names.length === 0 ? '' : ` Did you mean ${names.join(' or ')}?`;
}

/** Codes of Postgres: no such table, no such column. */
const NO_TABLE = '42P01';
const NO_COLUMN = '42703';

/** A refusal in words, as a terminal may have them: where it stopped, what the server advises, and the names that are near to an unknown one. */
export function wordsOf(text: string, refusal: SqlRefusal, relations: readonly SqlRelation[]): string {
  const { sqlState, message, detail, hint, position } = refusal;
  const lines = [message, ...placeOf(text, position)];
  if (detail !== null) lines.push(detail);
  if (hint !== null) lines.push(hint);
  const near = nearTo(text, refusal, relations);
  if (near.length > 0) lines.push(`Did you mean ${near.join(' or ')}?`);
  if (sqlState === NO_TABLE && near.length === 0) lines.push('All views: \\views');
  if (sqlState === NO_COLUMN && near.length === 0 && hint === null) lines.push(columnsAt(relationsIn(text, relations)));
  // The server quotes values, and those are anybody's text.
  return printableLines(lines.join('\n'));
}

function nearTo(text: string, { sqlState, message, hint }: SqlRefusal, relations: readonly SqlRelation[]): string[] {
  if (sqlState === NO_TABLE) return nearRelations(/"(.+)"/.exec(message)?.[1] ?? '', relations);
  if (sqlState !== NO_COLUMN || hint !== null) return [];
  const typed = /column "?(.+?)"? /.exec(message)?.[1] ?? '';
  const columns = relationsIn(text, relations).flatMap((relation) => relation.columns.map(({ name }) => name));
  return nearNames(typed.split('.').at(-1) ?? '', columns);
}

/** Views and tables that a statement names. */
function relationsIn(text: string, relations: readonly SqlRelation[]): SqlRelation[] {
  return relations.filter(({ name }) => new RegExp(`\\b${name}\\b`, 'i').test(text));
}

/** Most columns of a view that are listed beside an error; of more the command is told that lists them with their meanings. */
const LISTED_MAX = 15;

/** The columns of what was asked, or where they are listed. */
function columnsAt(asked: readonly SqlRelation[]): string {
  if (asked.length === 0) return 'The columns of a view: \\d VIEW';
  return asked
    .map(({ name, columns }) =>
      columns.length > LISTED_MAX
        ? `All columns: \\d ${name}`
        : `Columns of ${name}: ${columns.map((column) => column.name).join(', ')}. What they mean: \\d ${name}`,
    )
    .join('\n');
}

/** The line at which the server stopped, with a mark below the place. */
function placeOf(text: string, position: number | null): string[] {
  if (position === null || position > text.length + 1) return [];
  // The server counts characters, a string of ours counts halves of some.
  const before = [...text].slice(0, position - 1).join('');
  const start = before.lastIndexOf('\n') + 1;
  const end = text.indexOf('\n', start);
  const line = text.slice(start, end === -1 ? text.length : end);
  return [line, `${' '.repeat(before.length - start)}^`];
}

function wrap(text: string, width: number | null): string[] {
  if (width === null || width < 20) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function textOf(
  columns: ReadonlyArray<{ readonly name: string }>,
  rows: readonly string[][],
  width: number | null,
): string {
  const lines = sqlTable(
    columns.map(({ name }) => ({ name, isNumeric: false })),
    rows,
    width,
  );
  return lines.map((line) => `${line}\n`).join('');
}
