import { createLoadHandler } from '../../functions/load.ts';
import { createMigrateHandler } from '../../functions/migrate.ts';
import { createPullHandler } from '../../functions/pull.ts';
import { createReceiveCallbackHandler } from '../../functions/receive-callback.ts';
import { buildMigrateDeps } from '../../src/runtime/migrate-deps.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { parseSettings } from '../../src/runtime/settings.ts';
import type { ReleasedFunctions, ReleaseOptions } from './previous-release.ts';

/** What the bundle of a release exports: its functions as one machine runs them, on a clock of the caller's. */
export async function openRelease(options: ReleaseOptions): Promise<ReleasedFunctions> {
  const { environment, clock, random, pullSettings = {} } = options;
  const runtime = await Runtime.open(parseSettings(environment), { clock, random, pullSettings });
  const landedKeyOf = (key: string) => runtime.landedKeyOf(key);
  const pullDeps = (account: string) => runtime.pullDeps(account);
  return {
    load: createLoadHandler({ ...runtime.loadDeps(), log: runtime.log('load'), landedKeyOf }),
    pull: createPullHandler({ clock, log: runtime.log('pull'), pullDeps }),
    receiveCallback: createReceiveCallbackHandler(runtime.callbackDeps()),
    migrate: createMigrateHandler({ ...buildMigrateDeps(environment), log: runtime.log('migrate') }),
    close: () => runtime.close(),
  };
}
