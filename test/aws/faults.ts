import pg from 'pg';
import type { Drive } from './drive.ts';
import type { ExecutionEnvironment } from './host/execution-environment.ts';
import type { Operator } from './operator.ts';
import { waitFor } from './wait.ts';

const WAIT_MS = 90_000;

/** What was put into queue and bucket and can never be loaded: a text for each, by which a dead letter about it is known. */
export type Poison = readonly string[];

/**
 * Puts poison among the healthy: garbage under a key of the landing zone, a notification of an object that is not there, and a message that no
 * bucket sent. `number` tells them from others.
 */
export async function addPoison(
  operator: Operator,
  { bucket, loadsUrl }: { readonly bucket: string; readonly loadsUrl: string },
  account: string,
  number: number,
): Promise<Poison> {
  const keyOf = (observation: number): string => {
    const digits = String(observation).padStart(16, '0');
    return `${account}/${digits.slice(0, 13)}/${digits}.faxes.slice.0123456789ab.json.gz`;
  };
  const garbage = keyOf(number);
  const absent = keyOf(number + 1);
  const stranger = `not a notification ${number}`;
  await operator.putObject(bucket, garbage, Buffer.from('this was never gzip'));
  const notification = {
    Records: [{ eventSource: 'aws:s3', s3: { bucket: { name: bucket }, object: { key: encodeURIComponent(absent) } } }],
  };
  await operator.send(loadsUrl, JSON.stringify(notification));
  await operator.send(loadsUrl, stranger);
  return [encodeURIComponent(garbage), encodeURIComponent(absent), stranger];
}

/** Whether a dead letter is about any of these. */
export function isAbout(body: string, poison: Poison): boolean {
  return poison.some((each) => body.includes(each));
}

/** One kill of the loader. */
export interface Kill {
  /** Processes that were killed. */
  readonly killed: number;
  /** Sessions of the loader that had a transaction open at that moment. */
  readonly openTransactions: number;
}

/**
 * Kills the loader in the middle of a batch: another session holds the table it writes to, so that its transaction is open for certain when it
 * is killed. `land` makes something to load, and what is landed waits.
 */
export async function killLoaderInTransaction(
  drive: Drive,
  databaseUrl: string,
  loadFunction: string,
  land: () => Promise<void>,
): Promise<Kill> {
  const holder = new pg.Client({ connectionString: databaseUrl, application_name: 'test-holder' });
  const watcher = new pg.Client({ connectionString: databaseUrl, application_name: 'test-watcher' });
  await Promise.all([holder.connect(), watcher.connect()]);
  try {
    await holder.query('begin; lock table warehouse.faxes in access exclusive mode');
    const landed = land();
    const openTransactions = await waitFor('that the loader has a transaction open', WAIT_MS, async () => {
      const { rows } = await watcher.query<{ count: number }>(`
        select count(*)::int as count from pg_stat_activity
        where usename = 'faxsync_load' and xact_start is not null and wait_event_type = 'Lock'`);
      const count = rows[0]?.count ?? 0;
      return count > 0 ? count : null;
    });
    const busy = await drive.parts.cloud.functions.busyOf(loadFunction);
    for (const environment of busy) environment.kill('killed by the test');
    await waitFor('that the killed loader is gone', WAIT_MS, () => (busy.every(isGone) ? true : null));
    await holder.query('rollback');
    await landed;
    return { killed: busy.length, openTransactions };
  } finally {
    await Promise.all([holder.end(), watcher.end()]);
  }
}

function isGone(environment: ExecutionEnvironment): boolean {
  return environment.isOver;
}
