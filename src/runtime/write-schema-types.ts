import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createWarehousePool } from '../warehouse/connection.ts';
import { generateTypes } from '../warehouse/generate-types.ts';
import { migrate } from '../warehouse/migrate.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';

/** `npm run generate`: migrates a temporary database and writes its types into the warehouse's room. */
async function main(): Promise<void> {
  const server = await startEmbeddedPostgres({ isDurable: false });
  const pool = createWarehousePool(server.connectionString, { connectionsMax: 1 });
  try {
    await migrate(pool, { directory: fileURLToPath(new URL('../../migrations', import.meta.url)) });
    const target = new URL('../warehouse/schema.generated.ts', import.meta.url);
    await writeFile(target, await generateTypes(pool));
  } finally {
    await pool.end();
    await server.stop();
  }
}

await main();
