import type { Pool } from 'pg';
import { noStreams } from './account-settings.ts';
import { openLogin } from './database-login.ts';
import { readSettings } from './read-settings.ts';
import type { RuntimeKind } from './runtime-source.ts';
import type { Settings } from './settings.ts';

/** What a function works with that only asks the warehouse: no landing zone, no state and no streams, so that its bundle stays small. */
export interface ReconcileRuntime {
  readonly accounts: Settings['accounts'];
  /** One connection, by a login that reads the mirror and writes schema recon. @throws {SettingsError} where no database is named. */
  pool(): Pool;
}

/** The runtime of `reconcile`. */
export const reconcileRuntime: RuntimeKind<ReconcileRuntime> = {
  parse: (env) => readSettings(noStreams, env, {}, {}),
  open: async (settings, tools) => {
    let opened: Pool | null = null;
    const pool = () => {
      opened ??= openLogin(settings, tools, 'reconcile');
      return opened;
    };
    return { accounts: settings.accounts, pool };
  },
  withAccounts: (runtime, accounts) => ({ ...runtime, accounts }),
};
