import { join } from 'node:path';
import { createMigrateHandler } from '../../functions/migrate.ts';
import { FaxsyncError } from '../domain/errors.ts';
import type { SettingNeed } from '../runtime/account-settings.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../runtime/embedded-postgres.ts';
import { migrationsDirectory } from '../runtime/migrate-deps.ts';
import { Runtime } from '../runtime/runtime.ts';
import { parseSettings, type Settings } from '../runtime/settings.ts';
import { type MigrateResult, migrate } from '../warehouse/migrate.ts';
import { checkSchema, type SchemaState } from '../warehouse/schema-check.ts';
import type { CommandContext } from './context.ts';
import { LOCAL_CONTEXT } from './local-host.ts';
import { countOf, formatSpan } from './output.ts';

/** The database has not the schema of this version (code `schema_outdated`): `faxsync migrate` brings it there. */
export class SchemaOutdatedError extends FaxsyncError {}

/** The embedded database was made only now: there is nothing in it to tell of (code `nothing_loaded`). */
export class NothingLoadedError extends FaxsyncError {}

/** What a command needs before it can begin. */
export interface SessionNeeds {
  readonly settings: readonly SettingNeed[];
  /**
   * `current`: the schema of this version; missing migrations are run on the embedded database, on others they are an error.
   * `any`: as it is.
   * `filled`: as `current`, and an embedded database that was only made now is an error: there is nothing in it to tell of.
   */
  readonly schema: 'current' | 'filled' | 'any';
}

/** Everything a command works with; made from the settings, ended by `close`. */
export interface Session {
  readonly settings: Settings;
  readonly runtime: Runtime;
  /** Where the embedded database lies; null for one of the user's own. */
  readonly embeddedIn: string | null;
  /** How the schema stood when the session began. */
  readonly schema: SchemaState;
  /** Brings the database to the schema of this version, through the deployed function's handler. */
  migrate(): Promise<MigrateResult>;
  /** Ends connections and leaves the embedded server. */
  close(): Promise<void>;
}

/**
 * Reads the settings, starts the embedded database where no other is named, and looks at the schema.
 * @throws {SettingsError} naming every fault; exit code 64.
 * @throws {NothingLoadedError} where `filled` is needed.
 * @throws {SchemaOutdatedError} when a database of the user's own lacks migrations.
 * @throws {WarehouseError} when the database cannot be reached.
 */
async function openSession(context: CommandContext, needs: SessionNeeds): Promise<Session> {
  const settings = parseSettings(context.env, context.flags, { needs: needs.settings });
  let server: EmbeddedPostgres | null = null;
  let runtime: Runtime | null = null;
  try {
    if (settings.databaseUrl === null) server = await startServer(context, settings);
    // One connection for each account's loader and puller, and some for what goes on beside them.
    runtime = await Runtime.open(settings, {
      writeLog: context.writeLog,
      connectionsMax: Math.min(20, 4 + settings.accounts.length),
      ...(server === null ? {} : { databaseUrl: server.connectionString }),
    });
    const session = await withSchema(context, needs, server, runtime);
    return session;
  } catch (error) {
    await runtime?.close();
    await server?.stop();
    throw error;
  }
}

async function startServer({ output }: CommandContext, settings: Settings): Promise<EmbeddedPostgres> {
  const startedAt = Date.now();
  const progress = output.progress('Starting the database');
  try {
    const server = await startEmbeddedPostgres({ directory: join(settings.home, 'db') });
    progress.end();
    for (const notice of server.notices) output.info(notice);
    const how = server.isAttached ? 'shared with another process' : formatSpan(Date.now() - startedAt);
    output.step(`Database ready in ${server.directory} (${how})`);
    return server;
  } finally {
    progress.end();
  }
}

async function withSchema(
  context: CommandContext,
  needs: SessionNeeds,
  server: EmbeddedPostgres | null,
  runtime: Runtime,
): Promise<Session> {
  const directory = migrationsDirectory(context.env);
  const runMigrations = createMigrateHandler({
    log: runtime.log('migrate'),
    migrateWarehouse: () => migrate(runtime.pool, { directory }),
  });
  const session: Session = {
    settings: runtime.settings,
    runtime,
    embeddedIn: server?.directory ?? null,
    schema: await checkSchema(runtime.pool, directory),
    migrate: () => runMigrations({}, LOCAL_CONTEXT),
    close: async () => {
      await runtime.close();
      await server?.stop();
    },
  };
  if (needs.schema === 'any') return session;
  const { appliedCount, pending } = session.schema;
  if (server !== null && needs.schema === 'filled' && appliedCount === 0) {
    throw new NothingLoadedError(
      `Nothing was ever loaded into the database in ${server.directory}. Begin with "faxsync sync", or say where the one you mean is: --home or FAXSYNC_DATABASE_URL.`,
      { code: 'nothing_loaded' },
    );
  }
  if (server !== null) {
    // Asked even where nothing seems to be missing: a report view may have changed.
    const { applied } = await session.migrate();
    if (applied.length > 0) context.output.step(`Schema ready (${countOf(applied.length, 'migration')} run)`);
  } else if (pending.length > 0) {
    const what =
      appliedCount === 0
        ? 'The database in FAXSYNC_DATABASE_URL has no faxsync schema yet.'
        : `The database in FAXSYNC_DATABASE_URL lacks ${countOf(pending.length, 'migration')} of this version.`;
    throw new SchemaOutdatedError(`${what} Run "faxsync migrate" with the same settings, then this command again.`, {
      code: 'schema_outdated',
      context: { failed_count: pending.length },
    });
  }
  return session;
}

/** Does `work` in a session that is closed whatever happens. @throws what opening and `work` throw. */
export async function withSession<Result>(
  context: CommandContext,
  needs: SessionNeeds,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const session = await openSession(context, needs);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
