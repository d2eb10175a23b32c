import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/runtime/embedded-postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of a superuser on the server of this run. */
    databaseUrl: string;
  }
}

/**
 * Starts the one database server of a run, or takes the one in FAXSYNC_TEST_DATABASE_URL, and refuses a Node older than 24.
 * Tests get databases of their own from `test/support/database.ts`.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 24) {
    throw new Error(`The tests need Node 24; this is ${process.versions.node}. Run them with "npm test".`);
  }
  const given = process.env['FAXSYNC_TEST_DATABASE_URL'];
  if (given !== undefined && given !== '') {
    project.provide('databaseUrl', given);
    return async () => {};
  }
  const server = await startEmbeddedPostgres({ isDurable: false, settings: { max_connections: '200' } });
  project.provide('databaseUrl', server.connectionString);
  return () => server.stop();
}
