/** One statement as the server logged it. */
export interface LoggedStatement {
  /** Of the session: its application name. */
  readonly application: string;
  /** Name of a prepared statement; null where it has none. */
  readonly prepared: string | null;
  readonly sql: string;
}

/** How a server must be started so that {@link readStatements} can read its log. */
export const LOG_SETTINGS: Readonly<Record<string, string>> = { log_statement: 'all', log_line_prefix: '%a|' };

/** Reads the log of a server that logs every statement. */
export function readStatements(log: string): LoggedStatement[] {
  const entries = log.split(/\n(?!\t)/).map((entry) => entry.replaceAll('\n\t', '\n'));
  return entries.flatMap((entry) => {
    const found = /^([^|\n]*)\|LOG: {2}(?:statement|execute ([^:\n]+)): ([\s\S]*)$/.exec(entry);
    if (found === null) return [];
    const [, application = '', name, sql = ''] = found;
    return [{ application, prepared: name === undefined || name === '<unnamed>' ? null : name, sql }];
  });
}

/** What outlives its transaction, and so pins a session to a client behind a proxy, by what it is called. */
const PINNING: ReadonlyArray<readonly [what: string, sign: RegExp]> = [
  ['a setting of the session', /^(set (?!local\b|transaction\b|constraints\b)|reset\b|discard\b)/],
  ['a setting of the session', /set_config\((?:[^()]|\([^()]*\))*,\s*(?:false|'f(?:alse)?'|\$\d+)\s*\)/],
  ['a lock of the session', /pg_(try_)?advisory_(lock|unlock)/],
  ['a prepared statement', /^(prepare\b(?! transaction)|deallocate\b)/],
  ['listening', /^(listen|unlisten)\b/],
  ['a temporary table', /\b(create|into) ((local|global) )?temp(orary)?\b|pg_temp\.\w/],
  ['a cursor that is held', /\bwith hold\b/],
];

/** Why a statement would pin its session; empty where it does not. */
export function pinningOf({ prepared, sql }: LoggedStatement): string[] {
  const parts = sql
    .replace(/--[^\n]*/g, ' ')
    .toLowerCase()
    .split(';')
    .map((part) => part.replace(/\s+/g, ' ').trim());
  const found = PINNING.filter(([, sign]) => parts.some((part) => sign.test(part))).map(([what]) => what);
  return prepared === null ? found : [...found, 'a prepared statement'];
}
