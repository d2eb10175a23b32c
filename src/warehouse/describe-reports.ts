import type pg from 'pg';
import { tableCell } from './describe-tables.ts';
import { REPORT_KEYS } from './report-keys.ts';
import { type ReportColumn, readReportViews } from './report-views.ts';

/** What the end of a column's name says of its unit, everywhere in the warehouse; the first that fits. */
const UNITS: ReadonlyArray<readonly [names: RegExp, unit: string]> = [
  [/_cents$/, 'US cents'],
  [/_usd$/, 'US dollars'],
  [/_share$/, 'share, 0 to 1'],
  [/_percent$/, 'per cent'],
  [/_seconds$|^seconds_/, 'seconds'],
  [/_minutes$/, 'minutes'],
  [/_hours$/, 'hours'],
  [/_days$|_days_|^days_/, 'days'],
  [/_month$|_period$/, 'month, its first day'],
  [/_date$/, 'day'],
  [/_at$/, 'instant'],
  [/_count$/, 'count'],
  [/^(is|has)_/, 'true or false'],
];

/** The dictionary of schema report as a page of Markdown: of each view what a row is, its key, and of each column type, unit and meaning. */
export async function describeReports(pool: pg.Pool): Promise<string> {
  const views = await readReportViews(pool);
  const parts = views.map(({ name, meaning, columns }) => {
    const key = REPORT_KEYS[name]?.columns ?? [];
    const told = key.length === 0 ? 'Rows have no key.' : `Key: ${key.map((column) => `\`${column}\``).join(', ')}.`;
    return `## ${name}\n\n${tableCell(meaning)} ${told}\n\n| column | type | unit | meaning |\n|---|---|---|---|\n${columns.map(lineOf).join('')}`;
  });
  return `# Columns of the report views

Written by \`npm run generate\` from the comments of the database; change them in \`migrations/report\`. Which view answers what is in the list of
[tables.md](tables.md#report-views-with-names-that-stay).

${parts.join('\n')}`;
}

function lineOf({ name, type, meaning }: ReportColumn): string {
  const unit = UNITS.find(([names]) => names.test(name))?.[1] ?? '';
  return `| \`${name}\` | ${type.replace('timestamp with time zone', 'timestamptz')} | ${unit} | ${tableCell(meaning)} |\n`;
}
