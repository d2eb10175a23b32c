import type { AccountSettings, SettingNeed, StreamsReader } from './account-settings.ts';
import type { LogLevel } from './logger.ts';
import { readSettings } from './read-settings.ts';
import type { Secret } from './secret.ts';
import type { DatabaseAuth, LandingPlace, StatePlace } from './setting-values.ts';
import { readSkippedStreams, readUndocumentedStreams } from './stream-settings.ts';

/** Everything that can be set, checked and in the form the code uses. */
export interface Settings {
  /** Null: the embedded Postgres in {@link home}, or {@link databaseAuth} says where it is. */
  readonly databaseUrl: Secret | null;
  /** How the functions log in; the command line always does as the URL says. */
  readonly databaseAuth: DatabaseAuth;
  /** What the names of the deployment's secrets begin with; null where there are none. */
  readonly secretsPrefix: string | null;
  readonly landing: LandingPlace;
  readonly state: StatePlace;
  /** Queue of the messages that the loader gave up; null where it is not named. */
  readonly deadLettersUrl: string | null;
  /** The load queue, for putting messages back; null where it is not named. */
  readonly loadsUrl: string | null;
  /** How old a landed object must be before the audit of a deployment takes it for lost, ms: until then the load queue may still try it. */
  readonly auditGraceMs: number;
  /** Folder for what has no place of its own. */
  readonly home: string;
  readonly logLevel: LogLevel;
  /** At least one; keys are unique. */
  readonly accounts: readonly AccountSettings[];
}

/** Values by variable name, as in `process.env`. */
export type SettingTexts = Readonly<Record<string, string | undefined>>;

/** What a caller of {@link parseSettings} may say. */
export interface ParseSettingsOptions {
  /** What this command cannot do without; default: nothing. */
  readonly needs?: readonly SettingNeed[];
  /** Reads the accounts file; default: from disk, as UTF-8. */
  readonly readText?: (path: string) => string;
}

const readStreams: StreamsReader = ({ fields, nameOf }, version, faults) => ({
  skippedStreams: readSkippedStreams(nameOf('skipped_streams'), fields.skipped_streams, faults),
  undocumentedPaths: readUndocumentedStreams(
    nameOf('undocumented_streams'),
    fields.undocumented_streams,
    version,
    faults,
  ),
});

/**
 * Reads all settings once, at cold start. `flags` has the command line's values by variable name (see `flagOf`); they win over `env`.
 * Blank values count as not set. With an accounts file, or the list that a deployment gives its functions, its entries are the accounts,
 * the variables give what an entry leaves out, and FAXSYNC_ACCOUNT picks one of them.
 * @throws {SettingsError} code `settings_invalid`: one line for every fault, with the name of the setting and the remedy, and
 *   without any value. Exit code 64.
 */
export function parseSettings(
  env: SettingTexts,
  flags: SettingTexts = {},
  options: ParseSettingsOptions = {},
): Settings {
  return readSettings(readStreams, env, flags, options);
}
