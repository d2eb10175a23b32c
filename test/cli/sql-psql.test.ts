import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { PSQL_WORDS } from '../../src/cli/sql-psql.ts';
import { PSQL_VARIABLES } from '../../src/warehouse/sql-catalogue.ts';

describe('faxsync sql in psql', () => {
  it('says at its beginning, as the page of questions does, what the commands of the prompt are called there', async () => {
    const page = await readFile(new URL('../../docs/reports.md', import.meta.url), 'utf8');
    for (const name of Object.keys(PSQL_VARIABLES)) {
      for (const text of [PSQL_WORDS, page]) {
        expect(text).toMatch(new RegExp(`(^|[\\s\`]):${name}\\b`));
        expect(text).toContain(`\\${name}`);
      }
    }
  });
});
