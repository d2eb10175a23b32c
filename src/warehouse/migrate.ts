import type pg from 'pg';
import { FaxsyncError } from '../domain/errors.ts';
import { newerMigrations, readApplied } from './applied-migrations.ts';
import { inTransaction } from './connection.ts';
import { toWarehouseError, WarehouseError } from './database-error.ts';
import { MigrationError, type MigrationFile, readMigrationFiles } from './migration-files.ts';

/** Where the scripts lie and how patient the runner is. */
export interface MigrateOptions {
  /** Folder with `NNNN_verb_object.sql` and `report/NN_name.sql`. */
  readonly directory: string;
  /** Longest wait for a lock of a running query, since everyone else queues behind the wait; default 3 000 ms. */
  readonly lockTimeoutMs?: number;
  /** How often a script that met a lock is tried; default 10. */
  readonly lockAttempts?: number;
}

/** What was done; all empty when the schema was already there. */
export interface MigrateResult {
  /** Names of the migrations applied by this call, in order. */
  readonly applied: readonly string[];
  /** Names of the report scripts run by this call, in order: none or all. */
  readonly rebuilt: readonly string[];
  /** Names of migrations of a newer version that the database has been through and this code works with: then nothing is changed. */
  readonly newer: readonly string[];
}

/** Any number that is ours alone in this database: "faxm" in ASCII. */
const ADVISORY_LOCK = 0x6661786d;
const PAUSE_BETWEEN_ATTEMPTS_SECONDS = 0.5;

const BOOKKEEPING = `
create schema if not exists ops;
create table if not exists ops.migrations (
  migration_name text primary key,
  checksum text not null,
  applied_at timestamptz not null default now()
);
comment on table ops.migrations is 'Which migrations this database has been through, one row each, written in the migration''s own transaction.';
comment on column ops.migrations.migration_name is 'File name without .sql.';
comment on column ops.migrations.checksum is 'sha256 of the script as it ran; a script edited later is refused.';
comment on column ops.migrations.applied_at is 'When it ran.';
alter table ops.migrations add column if not exists needs_code text;
comment on column ops.migrations.needs_code is 'Name of the migration that code must know to work on the schema after this one; null: every older code does.';
create table if not exists ops.report_scripts (
  script_name text primary key,
  checksum text not null,
  rebuilt_at timestamptz not null default now()
);
comment on table ops.report_scripts is 'The scripts that made the views of schema report; emptied by every migration, so that the views are rebuilt after it.';
comment on column ops.report_scripts.script_name is 'File name without .sql.';
comment on column ops.report_scripts.checksum is 'sha256 of the script as it ran.';
comment on column ops.report_scripts.rebuilt_at is 'When it ran.';
`;

const HAS_BOOKKEEPING = `
select to_regclass('ops.report_scripts') is not null and exists (
  select from pg_attribute where attrelid = to_regclass('ops.migrations') and attname = 'needs_code'
) as is_there`;

/**
 * Brings the database to the schema of `directory`: every migration not yet applied, in order and each in its own
 * transaction, then the report views, all of them in one transaction when one of them changed.
 * A rival runner waits for each transaction and goes on from what it finds; a script that fails leaves nothing.
 * A schema that a newer version made, and that this code works with, is left alone with its views: so a roll-back succeeds.
 * @throws {MigrationError} for an edited script, a schema that needs newer code, a number that comes too late, migrations of its own beside
 *   unknown ones, a failing script.
 * @throws {WarehouseError} when the database cannot be reached.
 */
export async function migrate(pool: pg.Pool, options: MigrateOptions): Promise<MigrateResult> {
  const { migrations, reports } = await readMigrationFiles(options.directory);
  await locked(pool, options, 'the bookkeeping tables', async (client) => {
    const { rows } = await client.query(HAS_BOOKKEEPING);
    if (rows[0]?.is_there !== true) await client.query(BOOKKEEPING);
  });
  const applied: string[] = [];
  for (;;) {
    const { ran, newer } = await applyNext(pool, options, migrations);
    if (newer.length > 0) return { applied, rebuilt: [], newer };
    if (ran === null) return { applied, rebuilt: await rebuildReports(pool, options, reports), newer };
    applied.push(ran);
  }
}

/** What one step did: the name of the migration it applied, null when none is missing. */
interface Step {
  readonly ran: string | null;
  readonly newer: readonly string[];
}

/** Applies the first migration that is missing. */
function applyNext(pool: pg.Pool, options: MigrateOptions, files: readonly MigrationFile[]): Promise<Step> {
  return locked(pool, options, 'the list of migrations', async (client) => {
    const { pending, newer } = await compareApplied(client, files);
    if (pending === null) return { ran: null, newer };
    await runScript(client, pending, 'migration');
    await client.query('insert into ops.migrations (migration_name, checksum, needs_code) values ($1, $2, $3)', [
      pending.name,
      pending.checksum,
      pending.needsCode,
    ]);
    await client.query('delete from ops.report_scripts');
    return { ran: pending.name, newer };
  });
}

/** The first migration that the database lacks, null for none; or those that it has and we do not. Both at once is refused. */
async function compareApplied(
  client: pg.PoolClient,
  files: readonly MigrationFile[],
): Promise<{ readonly pending: MigrationFile | null; readonly newer: readonly string[] }> {
  const applied = await readApplied(client);
  const newer = newerMigrations(applied, files);
  const byName = new Map(files.map((file) => [file.name, file]));
  for (const { name, checksum } of applied) {
    if ((byName.get(name)?.checksum ?? checksum) === checksum) continue;
    throw new MigrationError(
      `Migration ${name} was edited after it ran here. Restore the file and put the change into a new migration.`,
      { code: 'migration_edited', context: { migration: name } },
    );
  }
  const done = new Set(applied.map(({ name }) => name));
  const pending = files.find((file) => !done.has(file.name)) ?? null;
  const last = applied.at(-1)?.name;
  if (pending !== null && last !== undefined && pending.name < last) {
    throw new MigrationError(
      `Migration ${pending.name} comes before ${last}, which already ran. Give it a higher number.`,
      {
        code: 'migration_out_of_order',
        context: { migration: pending.name, last },
      },
    );
  }
  const [unknown] = newer;
  if (pending !== null && unknown !== undefined) {
    throw new MigrationError(
      `Migration ${pending.name} has not run here, while the database has been through ${unknown}, which this version of faxsync does not know: the two come from different lines of the code. Nothing was changed. Deploy a version that knows both.`,
      { code: 'migration_out_of_order', context: { migration: pending.name, unknown } },
    );
  }
  return { pending, newer };
}

/** Drops the views of schema report and makes them anew when one script changed, came or went. */
function rebuildReports(pool: pg.Pool, options: MigrateOptions, files: readonly MigrationFile[]): Promise<string[]> {
  return locked(pool, options, 'the report views', async (client) => {
    const { rows } = await client.query<{ script_name: string; checksum: string }>(
      'select script_name, checksum from ops.report_scripts',
    );
    const recorded = new Map(rows.map((row) => [row.script_name, row.checksum]));
    const isCurrent =
      recorded.size === files.length && files.every((file) => recorded.get(file.name) === file.checksum);
    if (isCurrent) return [];
    await dropReportViews(client);
    await client.query('delete from ops.report_scripts');
    for (const file of files) {
      await runScript(client, file, 'report script');
      await client.query('insert into ops.report_scripts (script_name, checksum) values ($1, $2)', [
        file.name,
        file.checksum,
      ]);
    }
    return files.map((file) => file.name);
  });
}

async function dropReportViews(client: pg.PoolClient): Promise<void> {
  const { rows } = await client.query<{ views: string | null }>(
    `select string_agg(format('%I.%I', schemaname, viewname), ', ') as views from pg_views where schemaname = 'report'`,
  );
  const views = rows[0]?.views ?? null;
  if (views === null) return;
  // One command for all: views that build on each other go together, but a foreign view on top of ours is kept and reported.
  await client.query(`drop view ${views} restrict`).catch((error: unknown) => {
    const cause = toWarehouseError(error);
    if (!(cause instanceof WarehouseError) || cause.sqlState !== '2BP01') throw cause;
    throw new MigrationError(
      'The report views cannot be rebuilt: an object outside of schema report depends on one. Drop it, migrate, create it again.',
      { code: 'migration_failed', cause },
    );
  });
}

async function runScript(client: pg.PoolClient, file: MigrationFile, kind: string): Promise<void> {
  try {
    await client.query(file.sql);
  } catch (error) {
    const cause = toWarehouseError(error);
    if (isLockTimeout(cause)) throw cause;
    const line = lineOf(error, file.sql);
    throw new MigrationError(
      `The ${kind} ${file.name} failed${line === null ? '' : ` in line ${line}`} and left nothing behind. ${cause.message}`,
      { code: 'migration_failed', retryable: cause.retryable, context: { script: file.name, line }, cause },
    );
  }
}

/** Line of the script at which the server stopped, where it says so. */
function lineOf(error: unknown, sql: string): number | null {
  const position =
    typeof error === 'object' && error !== null && 'position' in error ? Number(error.position) : Number.NaN;
  return Number.isInteger(position) ? sql.slice(0, position).split('\n').length : null;
}

function isLockTimeout(error: FaxsyncError): boolean {
  return error instanceof WarehouseError && error.sqlState === '55P03';
}

/**
 * Runs `work` in a transaction in which no other runner is at work. Waiting for a rival has no limit; waiting for the
 * locks of ordinary queries has, because every reader queues behind a waiting DDL statement: we give up and try again.
 */
async function locked<T>(
  pool: pg.Pool,
  options: MigrateOptions,
  on: string,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const attempts = options.lockAttempts ?? 10;
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTransaction(pool, async (client) => {
        await client.query('set local lock_timeout = 0; set local statement_timeout = 0');
        if (attempt > 1) await client.query('select pg_sleep($1)', [PAUSE_BETWEEN_ATTEMPTS_SECONDS]);
        await client.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCK]);
        await client.query(`select set_config('lock_timeout', $1, true)`, [`${options.lockTimeoutMs ?? 3_000}ms`]);
        return await work(client);
      });
    } catch (error) {
      const isLast = !(error instanceof FaxsyncError) || !isLockTimeout(error) || attempt >= attempts;
      if (!isLast) continue;
      if (!(error instanceof FaxsyncError) || !isLockTimeout(error)) throw error;
      throw new MigrationError(
        `A running query kept a lock that changing ${on} needs, ${attempts} times. End it or migrate at a quiet hour.`,
        { code: 'migration_failed', retryable: true, context: { attempts }, cause: error },
      );
    }
  }
}
