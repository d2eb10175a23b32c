import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { FolderLandingZone } from '../src/landing/folder.ts';
import { type LoadDeps, loadLanded } from '../src/pipeline/load.ts';
import { systemClock } from '../src/runtime/system-clock.ts';
import { PostgresStateStore } from '../src/state/postgres.ts';
import { BENCH_LOAD } from './ground.ts';
import type { Writer } from './race.ts';

/** From the landed object to the commit, as the load function does it: read, gunzip, parse, decode, hash, load. */
export async function landingWriter(pool: Pool, pages: number): Promise<Writer & { end(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'faxsync-bench-'));
  const landing = new FolderLandingZone(folder);
  const { random, billingZone } = BENCH_LOAD;
  const deps: LoadDeps = {
    landing,
    pool,
    state: new PostgresStateStore(pool, { clock: systemClock, random }),
    clock: systemClock,
    random,
    accountSettings: () => ({ v1Zone: billingZone, billingZone }),
  };
  return {
    name: 'from landing',
    pages,
    phases: ['fresh'],
    prepare: async (envelopes) => {
      const keys: string[] = [];
      for (const envelope of envelopes) keys.push((await landing.put(envelope)).key);
      return async () => {
        for (const key of keys) await loadLanded(key, deps);
      };
    },
    end: () => rm(folder, { recursive: true, force: true }),
  };
}
