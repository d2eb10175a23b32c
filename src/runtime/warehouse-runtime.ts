import { Runtime } from './runtime.ts';
import type { RuntimeKind } from './runtime-source.ts';
import { parseSettings } from './settings.ts';

/** The runtime of the functions that work on the warehouse: `load`, `audit` and `reconcile`. One connection each. */
export const warehouseRuntime: RuntimeKind<Runtime> = {
  parse: (env) => parseSettings(env),
  open: (settings) => Runtime.open(settings, { connectionsMax: 1 }),
  withAccounts: (runtime, accounts) => runtime.withAccounts(accounts),
};
