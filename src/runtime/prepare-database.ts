import { ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import * as v from 'valibot';
import type { Clock } from '../domain/clock.ts';
import { FaxsyncError } from '../domain/errors.ts';
import type { Instant } from '../domain/time.ts';
import { CAN_COPY, MAKE_LOGINS } from '../warehouse/database-logins.ts';
import { createLogger, type FunctionLog } from './logger.ts';
import { SettingFaults } from './setting-faults.ts';
import type { SettingTexts } from './settings.ts';
import { systemClock } from './system-clock.ts';

/** A statement of the master that Aurora, or its Data API, did not run. Code `data_api_unavailable` (retryable) or `data_api_refused`. */
export class PrepareDatabaseError extends FaxsyncError {}

/** What preparing the database found. */
export interface PreparedDatabase {
  /** Whether the login that loads may use COPY; else it inserts, at about twice the time. */
  readonly canCopy: boolean;
  /** How often the database was asked until it was awake. */
  readonly attempts: number;
}

/** What the function `prepare-database` is built from. */
export interface PrepareDatabaseDeps {
  readonly clock: Clock;
  readonly log: FunctionLog;
  /** Makes the logins; waits for a database that resumes until `deadline`. @throws {PrepareDatabaseError} */
  readonly prepare: (deadline: Instant) => Promise<PreparedDatabase>;
}

/** How long between two questions whether the database is awake. It takes about 15 seconds from 0 units. */
const PAUSE_MS = 3_000;
/** A call runs one statement; the Data API itself ends it after 45 seconds. */
const LIMITS = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 50_000, throwOnRequestTimeout: true },
} as const;

/** What passes by itself: the database resumes, or is just being made. */
const PASSING: ReadonlySet<string> = new Set([
  'DatabaseResumingException',
  'DatabaseUnavailableException',
  'InvalidResourceStateException',
  'ServiceUnavailableError',
  'InternalServerErrorException',
  'ThrottlingException',
  'TimeoutError',
]);
/** Codes of Node's for a network that failed: the error's name is `Error` as a rule. Not those of a certificate, which begin with `ERR_`. */
const NETWORK = /^(E[A-Z]+|EAI_AGAIN)$/;
/** What passes within seconds where rights were given a moment ago, and stays where they were not. */
const DENIED: ReadonlySet<string> = new Set(['AccessDeniedException', 'ForbiddenException']);
const DENIALS_MAX = 10;

const arn = (service: string) =>
  v.pipe(
    v.string(),
    v.regex(new RegExp(`^arn:[a-z-]+:${service}:[a-z0-9-]*:\\d{12}:.+$`), `is not an ARN of ${service}`),
  );
const databaseName = v.pipe(v.string(), v.regex(/^[a-z_][a-z0-9_]{0,62}$/, 'is not the name of a database'));

/**
 * Builds the function from its environment: `FAXSYNC_CLUSTER_ARN`, `FAXSYNC_MASTER_SECRET_ARN`, `FAXSYNC_DATABASE_NAME`.
 * @throws {SettingsError} code `settings_invalid`, naming every fault.
 */
export function buildPrepareDatabaseDeps(
  environment: SettingTexts,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): PrepareDatabaseDeps {
  const faults = new SettingFaults();
  const read = (schema: v.GenericSchema<string>, name: string): string => {
    const written = environment[name]?.trim() || undefined;
    if (written === undefined) faults.add(name, 'is missing: the deployment sets it');
    return faults.read(schema, name, written) ?? '';
  };
  const where = {
    resourceArn: read(arn('rds'), 'FAXSYNC_CLUSTER_ARN'),
    secretArn: read(arn('secretsmanager'), 'FAXSYNC_MASTER_SECRET_ARN'),
    database: read(databaseName, 'FAXSYNC_DATABASE_NAME'),
  };
  faults.throwIfAny();
  const client = new RDSDataClient(LIMITS);
  const execute = async (sql: string) => {
    const command = new ExecuteStatementCommand({ ...where, sql, formatRecordsAs: 'JSON' });
    return (await client.send(command)).formattedRecords;
  };
  return {
    clock,
    log: createLogger({ service: 'prepare-database' }),
    prepare: (deadline) => prepareDatabase(execute, clock, deadline),
  };
}

/**
 * Makes the logins of the functions. Safe to repeat, and beside itself: two at once take turns.
 * `execute` runs one statement of the master and gives its rows as JSON, undefined where it has none.
 * @throws {PrepareDatabaseError} where the database does not wake until `deadline`, or refuses.
 */
async function prepareDatabase(
  execute: (sql: string) => Promise<string | undefined>,
  clock: Clock,
  deadline: Instant,
): Promise<PreparedDatabase> {
  let attempts = 0;
  for (;;) {
    attempts += 1;
    try {
      await execute(MAKE_LOGINS);
      const rows = JSON.parse((await execute(CAN_COPY)) ?? '[]') as { can_copy?: boolean }[];
      return { canCopy: rows[0]?.can_copy === true, attempts };
    } catch (error) {
      const name = nameOf(error);
      const mayPass = PASSING.has(name) || NETWORK.test(name) || (DENIED.has(name) && attempts < DENIALS_MAX);
      if (!mayPass) throw refused(name, error);
      if (clock.now() + PAUSE_MS >= deadline) throw unavailable(name, attempts);
    }
    await clock.sleep(PAUSE_MS);
  }
}

/** What the error is called: by the network's code, else by the name that the Data API gave it. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' && NETWORK.test(code) ? code : error.name;
}

function unavailable(name: string, attempts: number): PrepareDatabaseError {
  return new PrepareDatabaseError(
    `The database could not be reached through the Data API, ${attempts} times (${name}). See whether the cluster is available, then deploy again.`,
    { code: 'data_api_unavailable', retryable: true, context: { cause_code: name, attempts } },
  );
}

/** The server's own words name roles and rights of ours; those of the Data API may name secrets, and are left out. */
function refused(name: string, error: unknown): PrepareDatabaseError {
  const text = name === 'DatabaseErrorException' && error instanceof Error ? error.message : '';
  const state = /SQLState: ([0-9A-Z]{5})/.exec(text)?.[1];
  return new PrepareDatabaseError(
    `The logins of the functions could not be made (${name}). ` +
      (text === ''
        ? 'Check the rights of the function, its secret and that the Data API is on.'
        : `The server says: ${text}`),
    { code: 'data_api_refused', context: { cause_code: name, sql_state: state } },
  );
}
