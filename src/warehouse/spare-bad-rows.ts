import type { Rejection } from '../domain/notes.ts';
import { badValueReason } from './database-error.ts';
import type { LoadTransaction } from './load-transaction.ts';

/** How rows are written in careful mode, and how one of them is set aside. */
export interface SparingWrite<Row> {
  write(rows: readonly Row[]): Promise<unknown>;
  describe(row: Row): Pick<Rejection, 'object' | 'recordId' | 'raw'>;
  /** True: what was written is taken back every time, since all the rows that are taken must then be written together. */
  readonly isTrial: boolean;
}

/**
 * The rows that the database takes: where it refuses a value, they are halved until the bad row stands alone, which is put among the rejected
 * records. Uses savepoints, so what was written before stands.
 */
export async function spareBadRows<Row>(
  load: LoadTransaction,
  rows: readonly Row[],
  how: SparingWrite<Row>,
): Promise<readonly Row[]> {
  if (rows.length === 0) return rows;
  await load.client.query('savepoint rows');
  let reason: string | null = null;
  try {
    await how.write(rows);
  } catch (error) {
    reason = badValueReason(error);
    if (reason === null) throw error;
  }
  if (how.isTrial || reason !== null) await load.client.query('rollback to savepoint rows');
  await load.client.query('release savepoint rows');
  if (reason === null) return rows;
  const only = rows.length === 1 ? rows[0] : undefined;
  if (only !== undefined) {
    load.notes.reject({ ...how.describe(only), scope: 'record', path: '$', reason: `database_refused_${reason}` });
    return [];
  }
  const half = Math.ceil(rows.length / 2);
  return [
    ...(await spareBadRows(load, rows.slice(0, half), how)),
    ...(await spareBadRows(load, rows.slice(half), how)),
  ];
}
