import type { Context } from 'aws-lambda';
import { atEdge } from '../src/runtime/function-edge.ts';
import { functionTools } from '../src/runtime/function-tools.ts';
import {
  buildPrepareDatabaseDeps,
  type PrepareDatabaseDeps,
  type PreparedDatabase,
} from '../src/runtime/prepare-database.ts';

/** Takes any event: a deployment, or an operator's invocation. */
export type PrepareDatabaseHandler = (event: unknown, context: Context) => Promise<PreparedDatabase>;

/** Time kept back to say that the database did not wake. */
const RESERVE_MS = 5_000;

/**
 * The function that makes the logins of the other functions in a new database, before the schema is made. It has no connection to the
 * database: it speaks to Aurora's Data API as the master. It throws what failed, so that a deployment fails with it; calling it again is safe.
 */
export function createPrepareDatabaseHandler({ clock, log, prepare }: PrepareDatabaseDeps): PrepareDatabaseHandler {
  return async (_event, context) => {
    log.addContext(context);
    const startedAt = clock.now();
    try {
      const prepared = await prepare(startedAt + context.getRemainingTimeInMillis() - RESERVE_MS);
      log.info('database prepared', { attempts: prepared.attempts, duration_ms: clock.now() - startedAt });
      if (!prepared.canCopy) log.info('loads will insert instead of copy');
      return prepared;
    } catch (error) {
      log.error('database not prepared', error);
      throw error;
    }
  };
}

const { clock, log } = functionTools('prepare-database', process.env);
let built: PrepareDatabaseDeps | undefined;

/** The entry of the deployed function; built from the environment on first use, so that importing it needs no settings. */
export const handler: PrepareDatabaseHandler = atEdge(
  'prepare-database',
  createPrepareDatabaseHandler({
    clock,
    log,
    prepare: async (deadline) => {
      built ??= buildPrepareDatabaseDeps(process.env);
      return built.prepare(deadline);
    },
  }),
);
