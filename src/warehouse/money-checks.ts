import type pg from 'pg';
import { inTransaction } from './connection.ts';
import { checkHistory, type HistoryCheck } from './money-checks-history.ts';
import type { MoneyScope } from './money-checks-scope.ts';
import { checkSlices, type SliceCheck } from './money-checks-slices.ts';

/** What the money checks found; each check has its file, which says what it holds against what. */
export interface MoneyReport {
  readonly history: HistoryCheck;
  readonly slices: SliceCheck;
}

/**
 * Runs the money checks on one account, all on one state of the warehouse, with the rights of a reader. A statement that takes longer than
 * `timeoutMs` is ended.
 * @throws {WarehouseError}
 */
export function checkMoney(pool: pg.Pool, scope: MoneyScope, timeoutMs: number): Promise<MoneyReport> {
  const timeout = Math.max(1, Math.floor(timeoutMs));
  return inTransaction(
    pool,
    async (client) => ({ history: await checkHistory(client, scope), slices: await checkSlices(client, scope) }),
    `begin isolation level repeatable read read only; set local statement_timeout = ${timeout}`,
  );
}
