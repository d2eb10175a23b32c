import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOCAL_CONTEXT } from '../../src/cli/local-host.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { migrate } from '../../src/warehouse/migrate.ts';
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
  await migrate(database.pool, { directory });
});
afterAll(async () => {
  await previous.remove();
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

describe('a roll-back to the previous release', () => {
  it('finds the schema newer: its migrate function says so, names the migration, and changes nothing', async () => {
    const environment = {
      FAXSYNC_DATABASE_URL: database.url,
      FAXSYNC_LANDING: directory,
      FAXSYNC_API_KEY: 'none',
      FAXSYNC_API_SECRET: 'none',
    };
    const old = await previous.open({ environment, clock: systemClock, random: () => 0.5 });
    const before = await readCatalogue(database.pool);
    const views = `select string_agg(format('%I %s', viewname, definition), ';' order by 1) as text from pg_views where schemaname = 'report'`;
    const { rows: viewsBefore } = await database.pool.query(views);
    await expect(old.migrate({}, LOCAL_CONTEXT)).rejects.toMatchObject({
      code: 'migration_newer_schema',
      retryable: false,
      context: { newest_known: previous.migrationNames.at(-1) },
    });
    await old.close();
    const after = await readCatalogue(database.pool);
    expect([...lossesBetween(before, after), ...lossesBetween(after, before)]).toEqual([]);
    expect((await database.pool.query(views)).rows).toEqual(viewsBefore);
  });
});
