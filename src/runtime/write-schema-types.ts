import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createWarehousePool } from '../warehouse/connection.ts';
import { describeDashboard } from '../warehouse/describe-dashboard.ts';
import { describeDbtSources } from '../warehouse/describe-dbt.ts';
import { describeReports } from '../warehouse/describe-reports.ts';
import { fillTableLists } from '../warehouse/describe-tables.ts';
import { generateTypes } from '../warehouse/generate-types.ts';
import { migrate } from '../warehouse/migrate.ts';
import { fillCheckLists } from '../warehouse/recon/describe-checks.ts';
import { CHECKS } from '../warehouse/recon/registry.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';

/** `npm run generate`: migrates a temporary database and writes what follows from it: the types, the lists of tables and of checks in the documents, the dictionary of the reports, the files for dbt and Grafana. */
async function main(): Promise<void> {
  const server = await startEmbeddedPostgres({ isDurable: false });
  const pool = createWarehousePool(server.connectionString, { connectionsMax: 1 });
  try {
    await migrate(pool, { directory: fileURLToPath(new URL('../../migrations', import.meta.url)) });
    await writeFile(new URL('../warehouse/schema.generated.ts', import.meta.url), await generateTypes(pool));
    const page = new URL('../../docs/tables.md', import.meta.url);
    await writeFile(page, await fillTableLists(pool, await readFile(page, 'utf8')));
    await writeFile(new URL('../../docs/report-columns.md', import.meta.url), await describeReports(pool));
    await writeFile(new URL('../../docs/dbt/sources.yml', import.meta.url), await describeDbtSources(pool));
    await writeFile(new URL('../../docs/grafana/faxsync.json', import.meta.url), await describeDashboard(pool));
    const checks = new URL('../../docs/reconciliation.md', import.meta.url);
    await writeFile(checks, fillCheckLists(CHECKS, await readFile(checks, 'utf8')));
  } finally {
    await pool.end();
    await server.stop();
  }
}

await main();
