import type { SqlColumn, SqlRow } from '../../src/warehouse/sql-session.ts';

/** A question of docs/reports.md. */
export interface Question {
  readonly title: string;
  /** Its first paragraph. */
  readonly answer: string;
  /** Without the semicolon. */
  readonly sql: string;
  /** The result as the page has it; empty where none was written yet. */
  readonly table: string;
}

/** A query, and the table that follows it or does not yet. */
const QUERY = /^```sql\n([\s\S]*?);\n```\n\n((?:\|.*\n)+\n)?/m;

/** The questions under a heading of the page, such as `Finance`, in their order. */
export function questionsUnder(page: string, heading: string): Question[] {
  const [, ofHeading = ''] = page.split(`\n## ${heading}\n`);
  const [chapter = ''] = ofHeading.split('\n## ');
  return chapter
    .split('\n### ')
    .slice(1)
    .map((part) => {
      const [title = '', rest = ''] = part.split(/\n\n([\s\S]*)/);
      const [answer = ''] = rest.split('\n\n');
      const [, sql = '', table = ''] = QUERY.exec(`${rest}\n`) ?? [];
      return { title, answer, sql, table };
    });
}

/** The page with the table of each query in place of what it has; `tables` by query. A query without one is a fault of whoever calls. */
export function fillPage(page: string, tables: ReadonlyMap<string, string>): string {
  return page.replace(new RegExp(QUERY, 'gm'), (_, sql: string) => {
    const table = tables.get(sql);
    if (table === undefined) throw new Error(`no result of: ${sql}`);
    return `\`\`\`sql\n${sql};\n\`\`\`\n\n${table}\n`;
  });
}

/** Rows as a Markdown table: figures to the right, no value is `null`, whole numbers are cut down to their area and last two digits. */
export function markdownTable(columns: readonly SqlColumn[], rows: readonly SqlRow[]): string {
  const lines = [
    columns.map(({ name }) => name),
    columns.map(({ isNumeric }) => (isNumeric ? '---:' : '---')),
    ...rows.map((row) => row.map(shown)),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

function shown(cell: string | null): string {
  if (cell === null) return 'null';
  return cell
    .replace(/\p{Cc}/gu, '·')
    .replaceAll('|', '\\|')
    .replace(/\+\d{7,15}/g, (number) => `${number.slice(0, 5)}…${number.slice(-2)}`);
}

/** The figures of a text, whatever stands around them: `$1,204.50` is 1204.5. */
export function figuresOf(text: string): number[] {
  return [...text.matchAll(/\d[\d,]*(?:\.\d+)?/g)].map(([figure]) => Number(figure.replaceAll(',', '')));
}
