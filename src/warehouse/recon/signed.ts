import type pg from 'pg';
import { FaxsyncError } from '../../domain/errors.ts';
import { isSamePerson, plainName } from '../../domain/person.ts';
import { inTransaction } from '../connection.ts';
import { RUN_ACTOR } from './items.ts';

/**
 * What people do to exceptions and months is refused. Code: `account_unknown`, `name_missing`, `item_unknown`, `item_state`,
 * `decision_incomplete`, `decision_sum`, `decision_needs_second_person`, `period_unknown`, `period_state`, `period_not_explained`, `period_changed`,
 * `approver_is_preparer` or `earlier_month_open`.
 */
export class SignOffError extends FaxsyncError {}

/**
 * The name of somebody who decides, without the space around it.
 * @throws {SignOffError} `name_missing` where it has no letter or digit, is longer than 200 characters, has control characters, or is the name by which runs sign.
 */
export function signedName(name: string, role: string): string {
  const trimmed = name.trim();
  if (
    plainName(trimmed) === '' ||
    trimmed.length > 200 ||
    /\p{Cc}/u.test(trimmed) ||
    isSamePerson(trimmed, RUN_ACTOR)
  ) {
    throw new SignOffError(
      `No name of a person is given as ${role}. Give the name of who it is, and not "${RUN_ACTOR}".`,
      {
        code: 'name_missing',
        context: { role },
      },
    );
  }
  return trimmed;
}

/** A statement of a person may wait this long for a run of the same account. */
const BEGIN = `begin; set local lock_timeout = '60s'; set local statement_timeout = '10min'; set local idle_in_transaction_session_timeout = '60s'`;

/**
 * Runs `work` in one transaction while no run of the account is at work and nobody else decides; every statement sees what they left.
 * @throws {SignOffError} `account_unknown` @throws {WarehouseError} `warehouse_lock_timeout` where a run takes longer than a minute.
 */
export async function whileNoRun<T>(
  pool: pg.Pool,
  account: string,
  work: (client: pg.PoolClient, accountId: number) => Promise<T>,
): Promise<T> {
  return inTransaction(
    pool,
    async (client) => {
      const { rows } = await client.query<{ account_id: number }>(
        'select account_id from warehouse.accounts where account_key = $1',
        [account],
      );
      const accountId = rows[0]?.account_id;
      if (accountId === undefined) {
        throw new SignOffError(
          `Nothing of account ${account} was ever loaded. Name an account of the settings that was.`,
          {
            code: 'account_unknown',
            context: { account },
          },
        );
      }
      await client.query(`select pg_advisory_xact_lock(hashtextextended('recon.runs', $1))`, [accountId]);
      return work(client, accountId);
    },
    BEGIN,
  );
}
