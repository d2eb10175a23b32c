import { openLogin } from './database-login.ts';
import { Runtime } from './runtime.ts';
import type { RuntimeKind } from './runtime-source.ts';
import { parseSettings } from './settings.ts';

/**
 * The runtime of the functions that load into the warehouse and audit it. One connection each. `load` writes the mirror; the login of `audit`
 * is that of `reconcile`, and reads it.
 */
export const warehouseRuntime: RuntimeKind<Runtime> = {
  parse: (env) => parseSettings(env),
  open: (settings, tools) =>
    Runtime.open(settings, {
      clock: tools.clock,
      writeLog: tools.writeLog,
      openPool: () => openLogin(settings, tools, tools.service === 'load' ? 'load' : 'reconcile'),
    }),
  withAccounts: (runtime, accounts) => runtime.withAccounts(accounts),
};
