import type { Clock, Random } from '../domain/clock.ts';
import { SettingsError } from '../domain/errors.ts';
import type { LandingZone } from '../landing/contract.ts';
import type { CallbackPorts, CallbackSettings } from '../pipeline/receive-callback.ts';
import type { StateStore } from '../state/contract.ts';
import { noStreams } from './account-settings.ts';
import { createLogger, type FunctionLog } from './logger.ts';
import { readSettings } from './read-settings.ts';
import type { RuntimeKind } from './runtime-source.ts';
import type { Settings } from './settings.ts';
import { openStores } from './stores.ts';

/** What a function works with that only lands objects: no database and no streams, so that its bundle stays small. */
export interface IngressRuntime {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: Random;
  readonly landing: LandingZone;
  readonly state: StateStore;
  /** A logger named after the function. */
  log(service: string): FunctionLog;
  /** What receiving callbacks takes, for every account that has tokens. */
  callbackDeps(): CallbackDeps;
}

/** What receiving callbacks takes. */
export interface CallbackDeps {
  readonly ports: CallbackPorts;
  /** Every account that has tokens and a URL. */
  readonly settings: readonly CallbackSettings[];
}

/** The settings of every account that receives callbacks. */
export function callbackSettings(accounts: Settings['accounts']): CallbackSettings[] {
  return accounts.flatMap(({ account, callbackTokens, callbackUrl }) =>
    callbackUrl === null
      ? []
      : [{ account, tokens: callbackTokens.map((token) => token.reveal()), url: callbackUrl.reveal() }],
  );
}

/** The runtime of `receive-callback` and `canary`. */
export const ingressRuntime: RuntimeKind<IngressRuntime> = {
  parse: (env) => readSettings(noStreams, env, {}, {}),
  open: async (settings, { clock, writeLog }) => {
    const random = Math.random;
    const { landing, state } = await openStores(settings, { clock, random });
    if (state === null) {
      throw new SettingsError('FAXSYNC_STATE names no table. Set it to dynamodb:<table>: there is no database here.', {
        code: 'setting_missing',
        context: { setting: 'FAXSYNC_STATE' },
      });
    }
    const level = settings.logLevel;
    const log = (service: string) =>
      createLogger({ service, level, ...(writeLog === undefined ? {} : { write: writeLog }) });
    return withDeps({ settings, clock, random, landing, state, log });
  },
  withAccounts: (runtime, accounts) => withDeps({ ...runtime, settings: { ...runtime.settings, accounts } }),
};

function withDeps(base: Omit<IngressRuntime, 'callbackDeps'>): IngressRuntime {
  const { clock, state, landing, log, settings } = base;
  return {
    ...base,
    callbackDeps: () => ({
      ports: { clock, state, landing, log: log('receive-callback') },
      settings: callbackSettings(settings.accounts),
    }),
  };
}
