import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMigrateHandler } from '../../functions/migrate.ts';
import { LOCAL_CONTEXT } from '../../src/cli/local-host.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { migrate } from '../../src/warehouse/migrate.ts';
import { documentOf, runCli } from '../cli/run-cli.ts';
import { freshEmptyDatabase, MIGRATIONS_DIRECTORY, type TestDatabase } from '../support/database.ts';
import { lossesBetween, readCatalogue } from './catalogue.ts';
import { PreviousRelease } from './previous-release.ts';

/** A migration of the future, so that the schema is newer than the previous release's even before this one has added to it. */
const NEXT = '9998_add_note';

let previous: PreviousRelease;
let database: TestDatabase;
let directory: string;
beforeAll(async () => {
  previous = await PreviousRelease.unpack();
  database = await freshEmptyDatabase();
  directory = await mkdtemp(join(tmpdir(), 'faxsync-roll-back-'));
  await cp(MIGRATIONS_DIRECTORY, directory, { recursive: true });
  await writeFile(join(directory, `${NEXT}.sql`), 'alter table warehouse.faxes add column note text;');
  await writeFile(join(directory, 'report', '99_next.sql'), 'create view report.next as select 1 as one;');
  await migrate(database.pool, { directory });
});
afterAll(async () => {
  await previous.remove();
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

const VIEWS = `select string_agg(format('%I %s', viewname, definition), ';' order by 1) as text from pg_views where schemaname = 'report'`;

/** What one call of a migrate function did to the schema and its views: nothing, when it is empty. */
async function changesBy(call: () => Promise<void>): Promise<string[]> {
  const before = await readCatalogue(database.pool);
  const { rows: viewsBefore } = await database.pool.query(VIEWS);
  await call();
  const after = await readCatalogue(database.pool);
  expect((await database.pool.query(VIEWS)).rows).toEqual(viewsBefore);
  return [...lossesBetween(before, after), ...lossesBetween(after, before)];
}

describe('the migrate function of an older version, which a deployment or its roll-back calls', () => {
  it('lets the deployment through on a newer schema, says what it does not know, and changes nothing', async () => {
    const lines: string[] = [];
    const log = createLogger({ service: 'migrate', write: (line) => lines.push(line) });
    const migrateWarehouse = () => migrate(database.pool, { directory: MIGRATIONS_DIRECTORY });
    const changes = await changesBy(async () => {
      const answer = await createMigrateHandler({ migrateWarehouse, log })({}, LOCAL_CONTEXT);
      expect(answer).toEqual({ applied: [], rebuilt: [], newer: [NEXT] });
    });
    expect(changes).toEqual([]);
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ level: 'WARN', message: 'schema is newer than the code', last: NEXT }),
    );
  });

  it('does the same as "faxsync migrate", which ends with 0 and says so', async () => {
    const env = { FAXSYNC_DATABASE_URL: database.url, FAXSYNC_HOME: directory };
    const changes = await changesBy(async () => {
      const asked = await runCli(['migrate', '--json'], env);
      expect(asked.code).toBe(0);
      expect(documentOf(asked)).toMatchObject({ ok: true, applied: [], rebuilt: [], newer: [NEXT] });
      const said = await runCli(['migrate'], env);
      expect(said.stdout + said.stderr).toContain(`A newer version made the schema (${NEXT})`);
    });
    expect(changes).toEqual([]);
  });

  it('refuses in release 89b2cf1, which was never deployed, and changes nothing', async () => {
    const environment = {
      FAXSYNC_DATABASE_URL: database.url,
      FAXSYNC_LANDING: directory,
      FAXSYNC_API_KEY: 'none',
      FAXSYNC_API_SECRET: 'none',
    };
    expect(previous.facts.revision).toMatch(/^89b2cf1/);
    const old = await previous.open({ environment, clock: systemClock, random: () => 0.5 });
    const changes = await changesBy(async () => {
      await expect(old.migrate({}, LOCAL_CONTEXT)).rejects.toMatchObject({
        code: 'migration_newer_schema',
        retryable: false,
        context: { newest_known: previous.migrationNames.at(-1) },
      });
    });
    await old.close();
    expect(changes).toEqual([]);
  });
});
