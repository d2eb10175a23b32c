import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { LOCAL_CONTEXT } from '../../src/cli/local-host.ts';
import { toIso } from '../../src/domain/time.ts';
import { FolderLandingZone } from '../../src/landing/folder.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { readMigrationFiles } from '../../src/warehouse/migration-files.ts';
import { DEPLOYED, START } from '../faults/load-rig.ts';
import { freshEmptyDatabase, MIGRATIONS_DIRECTORY } from '../support/database.ts';
import { EventSource } from '../support/event-source.ts';
import { envelopeOf, wireFax } from '../support/landed.ts';
import { bundleRelease } from './bundle-release.ts';
import { unpackRelease } from './previous-release.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('the bundle of a release', () => {
  it('can be made of this code: its functions migrate an empty database and load an object into it', async () => {
    const { migrations } = await readMigrationFiles(MIGRATIONS_DIRECTORY);
    const scripts = Object.fromEntries(migrations.map(({ name, sql }) => [`${name}.sql`, sql]));
    const entry = relative(ROOT, fileURLToPath(new URL('./release-entry.ts', import.meta.url)));
    const release = await unpackRelease(await bundleRelease(ROOT, entry, { revision: 'present', scripts }));
    const landing = await mkdtemp(join(tmpdir(), 'faxsync-release-bundle-'));
    const database = await freshEmptyDatabase();
    try {
      const environment = {
        FAXSYNC_API_KEY: 'none',
        FAXSYNC_API_SECRET: 'none',
        FAXSYNC_DATABASE_URL: database.url,
        FAXSYNC_LANDING: landing,
      };
      const functions = await release.open({ environment, clock: systemClock, random: () => 0.5 });
      expect((await functions.migrate({}, LOCAL_CONTEXT)).applied).toEqual(release.migrationNames);
      const source = new EventSource({ ...DEPLOYED, startAt: START, environment: () => functions.load });
      const spec = { observation: 1, at: START, kind: 'lookup', subjectId: '7' } as const;
      source.announce((await new FolderLandingZone(landing).put(envelopeOf(spec, wireFax(7, toIso(START))))).key);
      await source.drain();
      await functions.close();
      expect(source.dead).toEqual([]);
      expect((await database.pool.query('select fax_id from warehouse.faxes')).rows).toEqual([{ fax_id: '7' }]);
    } finally {
      await database.drop();
      await release.remove();
      await rm(landing, { recursive: true, force: true });
    }
  });

  it('is not made of a revision that is not there', async () => {
    const script = fileURLToPath(new URL('./build-previous.ts', import.meta.url));
    const build = promisify(execFile)(process.execPath, [script, 'no-such-release']);
    await expect(build).rejects.toMatchObject({ stderr: expect.stringContaining('no-such-release') });
  });
});
