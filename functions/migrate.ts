import type { Context } from 'aws-lambda';
import { atEdge } from '../src/runtime/function-edge.ts';
import { functionTools } from '../src/runtime/function-tools.ts';
import { buildMigrateDeps, type MigrateDeps } from '../src/runtime/migrate-deps.ts';
import type { MigrateResult } from '../src/warehouse/migrate.ts';

/** Takes any event: a deployment, an operator's invocation, the command line. */
export type MigrateHandler = (event: unknown, context: Context) => Promise<MigrateResult>;

/**
 * The function that brings the warehouse to the schema of this version and answers what it did.
 * It throws what failed, so that a deployment that calls it fails with it; calling it again is safe. A deployment that goes back to an
 * older version goes through: that one leaves the newer schema as it is.
 */
export function createMigrateHandler({ migrateWarehouse, log }: MigrateDeps): MigrateHandler {
  return async (_event, context) => {
    log.addContext(context);
    try {
      const result = await migrateWarehouse();
      log.info('warehouse migrated', { applied_count: result.applied.length, rebuilt_count: result.rebuilt.length });
      if (result.newer.length > 0) log.warn('schema is newer than the code', { last: result.newer.at(-1) });
      return result;
    } catch (error) {
      log.error('migration failed', error);
      throw error;
    }
  };
}

const { log } = functionTools('migrate', process.env);
let built: MigrateDeps | undefined;

/** The entry of the deployed function; built from the environment on first use, so that importing it needs no settings. */
export const handler: MigrateHandler = atEdge(
  'migrate',
  createMigrateHandler({
    log,
    migrateWarehouse: async () => {
      built ??= buildMigrateDeps(process.env, log);
      return built.migrateWarehouse();
    },
  }),
);
