import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { SettingTexts } from '../runtime/settings.ts';
import { PSQL_VARIABLES } from '../warehouse/sql-catalogue.ts';
import { SQL_SETTINGS } from '../warehouse/sql-session.ts';
import { EXIT } from './exit-codes.ts';

/** What is said before psql takes over. */
export const PSQL_WORDS = `psql, as a login that only reads. :views lists the report views (elsewhere \\views), \\d+ VIEW shows columns with meanings,
\\set view NAME, then :why, shows the SQL of one (elsewhere \\why NAME). Without psql: --no-psql`;

/** The psql on the path; null where there is none. */
export function findPsql(env: SettingTexts): string | null {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    const path = join(folder, 'psql');
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // The next one.
    }
  }
  return null;
}

/** Whether psql would read the URL as we do: what stands behind its question mark means other things to it. */
export function isForPsql(url: string): boolean {
  return new URL(url).search === '';
}

/** What psql is started with: where to log in stands in its environment, which others cannot see, and nothing of ours beside it. */
export function psqlCall(
  url: string,
  env: SettingTexts,
  timeoutMs: number,
): { readonly args: readonly string[]; readonly env: Record<string, string> } {
  const { hostname, port, username, password, pathname } = new URL(url);
  const own = Object.entries(env).filter(([name]) => !/^(FAXSYNC_|PG)/.test(name));
  const settings = [...SQL_SETTINGS, `statement_timeout = ${Math.ceil(timeoutMs)}`].map((setting) => {
    const [name = '', value = ''] = setting.split(' = ');
    return `-c ${name}=${value.replaceAll("'", '').replaceAll(' ', '\\ ')}`;
  });
  return {
    args: Object.entries(PSQL_VARIABLES).flatMap(([name, text]) => ['-v', `${name}=${text}`]),
    env: {
      ...Object.fromEntries(own.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
      PGHOST: hostname.replace(/^\[|\]$/g, ''),
      PGPORT: port === '' ? '5432' : port,
      PGUSER: decodeURIComponent(username),
      PGPASSWORD: decodeURIComponent(password),
      PGDATABASE: decodeURIComponent(pathname.slice(1)),
      PGAPPNAME: 'faxsync-sql',
      PGOPTIONS: settings.join(' '),
    },
  };
}

/** Hands the terminal to psql until it ends; returns our exit code. */
export async function runPsql(path: string, url: string, env: SettingTexts, timeoutMs: number): Promise<number> {
  const call = psqlCall(url, env, timeoutMs);
  // Ctrl-C is psql's: it ends a statement there. Ours would end the program, and with it the database.
  const taken = process.listeners('SIGINT');
  process.removeAllListeners('SIGINT');
  const ignore = () => {};
  process.on('SIGINT', ignore);
  try {
    const child = spawn(path, call.args, { env: call.env, stdio: 'inherit' });
    const code = await new Promise<number | null>((done, fail) => {
      child.once('error', fail);
      child.once('close', done);
    });
    return code === 0 ? EXIT.fine : EXIT.failed;
  } finally {
    process.off('SIGINT', ignore);
    for (const listener of taken) process.on('SIGINT', listener);
  }
}
