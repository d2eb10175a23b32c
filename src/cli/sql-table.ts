import type { SqlColumn, SqlRow } from '../warehouse/sql-session.ts';

/** A column narrower than this tells nothing. */
const WIDTH_MIN = 6;
const GAP = '  ';

/** What a terminal would take for a command, or for a change of direction: names and tags are the provider's text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be found
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text of several lines as a terminal may have it. */
export function printableLines(text: string): string {
  return text.replace(UNPRINTABLE, (char) => (char === '\n' || char === '\t' ? char : '·'));
}

function shown(cell: string | null): string {
  return cell === null ? 'null' : cell.replace(UNPRINTABLE, (char) => (char === '\n' ? '↵' : '·'));
}

/**
 * Rows under their headings, cut to `width` columns of a terminal (null: as wide as they are). Numbers are set to the right, no value is `null`. Where not even
 * narrow columns fit, each row is a block of its own.
 */
export function sqlTable(columns: readonly SqlColumn[], rows: readonly SqlRow[], width: number | null): string[] {
  const cells = rows.map((row) => row.map(shown));
  const names = columns.map(({ name }) => shown(name));
  const natural = names.map((name, at) => Math.max(name.length, ...cells.map((row) => row[at]?.length ?? 0)));
  const widths = width === null ? natural : widthsWithin(natural, width - GAP.length * (columns.length - 1));
  if (widths === null) return sqlBlocks(columns, rows, width);
  const line = (row: readonly string[]) =>
    widths
      .map((wide, at) => {
        const cell = cut(row[at] ?? '', wide);
        return columns[at]?.isNumeric === true ? cell.padStart(wide) : cell.padEnd(wide);
      })
      .join(GAP)
      .trimEnd();
  return [line(names), widths.map((wide) => '-'.repeat(wide)).join(GAP), ...cells.map(line)];
}

/** Each row as a block: a line a column. */
export function sqlBlocks(columns: readonly SqlColumn[], rows: readonly SqlRow[], width: number | null): string[] {
  const wide = Math.max(0, ...columns.map(({ name }) => name.length));
  return rows.flatMap((row, index) => [
    `-- row ${index + 1}`,
    ...columns.map(({ name }, at) => {
      const line = `${shown(name).padEnd(wide)}${GAP}${shown(row[at] ?? null)}`;
      return (width === null ? line : cut(line, Math.max(WIDTH_MIN, width))).trimEnd();
    }),
  ]);
}

/** The widths, the widest made narrower until all fit; null where they cannot. */
function widthsWithin(natural: readonly number[], width: number): number[] | null {
  const sum = natural.reduce((total, wide) => total + wide, 0);
  if (sum <= width) return [...natural];
  const least = natural.reduce((total, wide) => total + Math.min(wide, WIDTH_MIN), 0);
  if (least > width) return null;
  let most = Math.max(...natural);
  const at = (limit: number) => natural.map((wide) => Math.min(wide, limit));
  while (at(most).reduce((total, wide) => total + wide, 0) > width) most -= 1;
  const widths = at(most);
  // What is left over goes to the first that were cut.
  let left = width - widths.reduce((total, wide) => total + wide, 0);
  return widths.map((wide, index) => {
    if (left === 0 || wide === natural[index]) return wide;
    left -= 1;
    return wide + 1;
  });
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
