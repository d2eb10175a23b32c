import { Runtime } from './runtime.ts';
import type { RuntimeKind } from './runtime-source.ts';
import { parseSettings } from './settings.ts';

/** The runtime of `pull`: everything but a login to the warehouse of a deployment. */
export const pullRuntime: RuntimeKind<Runtime> = {
  parse: (env) => parseSettings(env),
  open: (settings, { clock, writeLog }) => Runtime.open(settings, { clock, writeLog, connectionsMax: 1 }),
  withAccounts: (runtime, accounts) => runtime.withAccounts(accounts),
};
