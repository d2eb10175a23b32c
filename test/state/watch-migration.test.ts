import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PostgresStateStore } from '../../src/state/postgres.ts';
import { migrate } from '../../src/warehouse/migrate.ts';
import { freshEmptyDatabase, MIGRATIONS_DIRECTORY } from '../support/database.ts';
import { TEST_ENVIRONMENT } from './backends.ts';

const NOW = Date.UTC(2026, 10, 3, 12);

describe('the watch list of the version before', () => {
  it('keeps its faxes, with their reasons, times and attempts', async () => {
    const database = await freshEmptyDatabase();
    const directory = await mkdtemp(join(tmpdir(), 'faxsync-watch-'));
    try {
      const before = (await readdir(MIGRATIONS_DIRECTORY)).filter((name) => name < '0015' && name.endsWith('.sql'));
      expect(before).toHaveLength(14);
      for (const name of before) await cp(join(MIGRATIONS_DIRECTORY, name), join(directory, basename(name)));
      await migrate(database.pool, { directory });
      await database.pool.query(
        `insert into ops.sync_watched_faxes (account, fax_id, reason, due_at, attempts)
         values ('clinic', 9223372036854775807, 'open_too_long', $1, 3), ('clinic', 7, 'looks_disagree', $1, 0)`,
        [new Date(NOW)],
      );
      await migrate(database.pool, { directory: MIGRATIONS_DIRECTORY });
      const store = new PostgresStateStore(database.pool, TEST_ENVIRONMENT);
      const listed = { account: 'clinic', stream: 'faxes', dueAt: NOW };
      expect(await store.dueObjects('clinic', 'faxes', NOW, 10)).toEqual([
        { ...listed, subjectId: '7', reason: 'looks_disagree', attempts: 0 },
        { ...listed, subjectId: '9223372036854775807', reason: 'open_too_long', attempts: 3 },
      ]);
    } finally {
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    }
  });
});
