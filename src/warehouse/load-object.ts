import type { Pool, PoolClient, QueryResult } from 'pg';
import type { Random } from '../domain/clock.ts';
import { assertInvariant, InvariantError } from '../domain/errors.ts';
import type { Notes } from '../domain/notes.ts';
import { inTransaction } from './connection.ts';
import { toWarehouseError, WarehouseError } from './database-error.ts';
import { recordLanded } from './load-ledger.ts';
import { recordNotes } from './load-notes.ts';
import type { LoadTransaction, ObjectMark, WriteCounts, Written } from './load-transaction.ts';

/** Tries at one object before the failure is passed on: deadlocks, lost connections and refused values are tried again. */
export const LOAD_ATTEMPTS_MAX = 4;
/** Longest pause before a new try, in ms; the real one is drawn below it. */
const RETRY_PAUSE_MAX_MS = 200;

/** One landed object, decoded, with the function that writes its rows. */
export interface PreparedLoad {
  readonly mark: ObjectMark;
  /** What the decoders could not take as sent. */
  readonly notes: Notes;
  /** Writes the rows inside the transaction; called again from scratch when the transaction is. */
  write(load: LoadTransaction): Promise<Written>;
}

/** What became of one object. */
export type LoadOutcome =
  | ({ readonly kind: 'loaded'; readonly rejected: number } & WriteCounts)
  | { readonly kind: 'already_loaded' };

/** How a load is run. */
export interface LoadOptions {
  /** IANA zone of the account's bill, kept when the account is first seen. */
  readonly billingZone: string;
  readonly random: Random;
  sleep(ms: number): Promise<void>;
  /** Reads the object again although the ledger has it: after a decoder was mended. */
  readonly isReread?: boolean;
}

const FIND_ACCOUNT = 'select account_id from warehouse.accounts where account_key = $1';
const ADD_ACCOUNT = `
insert into warehouse.accounts as a (account_key, billing_zone) values ($1, $2)
on conflict (account_key) do update set billing_zone = excluded.billing_zone where a.billing_zone <> excluded.billing_zone`;

/** Namespace of the advisory locks that make loads of one account take turns: 'faxl'. */
export const ACCOUNT_LOCK = 0x6661_786c;

/** A frozen holder of the lock is thrown out, a waiting loader gives up and comes again, and no statement runs for ever. */
const TIMEOUTS = `select set_config('lock_timeout', '20s', true), set_config('statement_timeout', '60s', true),
  set_config('idle_in_transaction_session_timeout', '30s', true)`;

const accountIds = new WeakMap<Pool, Map<string, number>>();
const copyRights = new WeakMap<Pool, boolean>();

/** The short key of an account, made on first sight; remembered for the life of the pool. */
async function accountIdOf(pool: Pool, account: string, billingZone: string): Promise<number> {
  const known = accountIds.get(pool) ?? new Map<string, number>();
  accountIds.set(pool, known);
  let id = known.get(account);
  if (id !== undefined) return id;
  await pool.query(ADD_ACCOUNT, [account, billingZone]);
  const found = await pool.query<{ account_id: number }>(FIND_ACCOUNT, [account]);
  id = found.rows[0]?.account_id;
  if (id === undefined) throw new InvariantError('An account that was just added cannot be read.');
  known.set(account, id);
  return id;
}

/** Whether this login may COPY into tables with row-level security. */
async function mayCopy(pool: Pool): Promise<boolean> {
  const known = copyRights.get(pool);
  if (known !== undefined) return known;
  const found = await pool.query<{ is_active: boolean }>(`select row_security_active('warehouse.faxes') as is_active`);
  const may = found.rows[0]?.is_active === false;
  copyRights.set(pool, may);
  return may;
}

/**
 * Loads one landed object in one transaction: its rows, their history, its control totals, what could not be taken as sent,
 * and its line in the load ledger. An object the ledger has is left alone; loading again by force changes nothing either.
 *
 * Conflicts and lost connections are tried again with a drawn pause. When the database refuses a value the transaction is run once
 * more in careful mode, which sets the row to blame aside and keeps the rest.
 * @throws {WarehouseError} when the database cannot be reached, or keeps refusing.
 */
export async function loadObject(pool: Pool, prepared: PreparedLoad, options: LoadOptions): Promise<LoadOutcome> {
  let isCareful = false;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await loadOnce(pool, prepared, options, isCareful);
    } catch (thrown) {
      const error = toWarehouseError(thrown);
      const isRefused: boolean = error instanceof WarehouseError && error.failure === 'bad_value' && !isCareful;
      if ((!error.retryable && !isRefused) || attempt >= LOAD_ATTEMPTS_MAX) throw error;
      isCareful ||= isRefused;
      if (!isRefused) await options.sleep(options.random() * RETRY_PAUSE_MAX_MS * attempt);
    }
  }
}

async function loadOnce(
  pool: Pool,
  prepared: PreparedLoad,
  options: LoadOptions,
  isCareful: boolean,
): Promise<LoadOutcome> {
  const { mark } = prepared;
  const accountId = await accountIdOf(pool, mark.account, options.billingZone);
  const canCopy = await mayCopy(pool);
  assertInvariant(Number.isSafeInteger(mark.observation), 'an observation number is not a whole number');
  // Several statements in one message, which cannot carry parameters: only whole numbers of our own are written into it. The ledger is
  // read by a statement of its own, after the lock: it must see what the holder before us committed.
  const begin = `begin; ${TIMEOUTS}; select pg_advisory_xact_lock(${ACCOUNT_LOCK}, ${accountId});
    select landed_key from ops.landed_objects where account_id = ${accountId} and observation_no = ${mark.observation}`;
  const run = async (
    client: PoolClient,
    begun: readonly QueryResult<{ landed_key: string }>[],
  ): Promise<LoadOutcome> => {
    const isLanded = begun.at(-1)?.rows.some((row) => row.landed_key === mark.landedKey) === true;
    if (isLanded && options.isReread !== true) return { kind: 'already_loaded' };
    const load: LoadTransaction = { ...mark, client, accountId, canCopy, isCareful, notes: prepared.notes.copy() };
    const { slice, ...counts } = await prepared.write(load);
    const rejected = await recordNotes(load);
    await recordLanded(load, counts, rejected, slice ?? null);
    return { kind: 'loaded', rejected, ...counts };
  };
  return inTransaction(pool, run, begin);
}
