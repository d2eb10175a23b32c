import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeReports } from '../../src/warehouse/describe-reports.ts';
import { readReportViews } from '../../src/warehouse/report-views.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

describe('docs/report-columns.md', () => {
  it('is what "npm run generate" would write for the migrated schema', async () => {
    const page = await readFile(new URL('../../docs/report-columns.md', import.meta.url), 'utf8');
    expect(page).toBe(await describeReports(database.pool));
  });

  it('has each view once, and each column in a line with type, unit and meaning', async () => {
    const page = await describeReports(database.pool);
    const views = await readReportViews(database.pool);
    expect([...page.matchAll(/^## (\w+)$/gm)].map(([, name]) => name)).toEqual(views.map(({ name }) => name));
    const lines = page.match(/^\| `\w+` \|( [^|]* \|){2} .+\. \|$/gm) ?? [];
    expect(lines).toHaveLength(views.reduce((sum, { columns }) => sum + columns.length, 0));
    expect(page).toContain('\nKey: `account_key`, `usage_date`, `charge_kind`.'.trim());
    expect(page).toContain('| `cost_usd` | numeric(14,2) | US dollars | The same in US dollars. |');
  });
});
