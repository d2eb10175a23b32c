import type { Pool, QueryResultRow } from 'pg';
import type { Instant } from '../domain/time.ts';
import { type StoreEnvironment, withAttempts } from './attempts.ts';
import type {
  Cursor,
  CursorKey,
  Lease,
  StateStore,
  TokenBucketLimits,
  TokenGrant,
  WatchedObject,
  WatchKey,
  WatchReason,
} from './contract.ts';
import { StateUnavailableError } from './errors.ts';
import {
  ACQUIRE_LEASE,
  ADVANCE_CURSOR,
  DRAIN_TOKENS,
  DUE_OBJECTS,
  HAS_DIGEST,
  LIST_CURSORS,
  NEXT_OBSERVATION,
  POSTPONE,
  READ_CURSOR,
  RELEASE_LEASE,
  REMEMBER_DIGEST,
  RENEW_LEASE,
  TAKE_TOKEN,
  UNWATCH,
  WATCH,
} from './postgres-statements.ts';
import { bucketSteps } from './token-bucket.ts';

type Parameter = string | number | null;

/** Every statement touches a row or a few; one that takes longer has lost its server, and its connection is thrown away. */
const QUERY_LIMIT = { query_timeout: 30_000 } as const;

interface CursorRow {
  readonly stream: string;
  readonly pass: string;
  readonly position: number;
  readonly width_ms: number | null;
  readonly moved_at: number;
}

interface WatchRow {
  readonly subject_id: string;
  readonly reason: WatchReason;
  readonly due_at: number;
  readonly attempts: number;
}

/**
 * SQLSTATEs and socket errors after which the statement surely did nothing, so repeating it is safe even for those that are not
 * repeatable: no connection was made (08001, 53300, 57P03, ECONNREFUSED), or the server rolled back (40001, 40P01, 55P03).
 */
const SURELY_NOT_DONE: ReadonlySet<string> = new Set([
  '08001',
  '53300',
  '57P03',
  'ECONNREFUSED',
  '40001',
  '40P01',
  '55P03',
]);

function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : 'unknown';
}

/** Wrong credentials (28), no such database (3D), missing table or right (42): no use in asking again. */
function isUnusable(code: string): boolean {
  return /^(28|3D|42)...$/.test(code);
}

/**
 * The {@link StateStore} on Postgres: tables `ops.sync_*` (migrations 0004 and 0015), for one machine and for tests.
 * Every method is one statement in its own implicit transaction; {@link QUERY_LIMIT} bounds the wait for it.
 * It never leaves the row it races for half-written, and a process killed at any point leaves nothing to clean up.
 */
export class PostgresStateStore implements StateStore {
  readonly #pool: Pick<Pool, 'query'>;
  readonly #environment: StoreEnvironment;

  constructor(pool: Pick<Pool, 'query'>, environment: StoreEnvironment) {
    this.#pool = pool;
    this.#environment = environment;
  }

  async nextObservation(account: string): Promise<number> {
    const rows = await this.#run<{ observation: number }>('draw an observation number', account, NEXT_OBSERVATION, [
      account,
    ]);
    return this.#only(rows, 'draw an observation number', account).observation;
  }

  async readCursor(key: CursorKey): Promise<Cursor | null> {
    const parameters = [key.account, key.stream, key.pass];
    const [row] = await this.#run<CursorRow>('read a cursor', key.account, READ_CURSOR, parameters);
    return row === undefined ? null : { position: row.position, widthMs: row.width_ms, movedAt: row.moved_at };
  }

  async listCursors(account: string): Promise<ReadonlyArray<CursorKey & Cursor>> {
    const rows = await this.#run<CursorRow>('list cursors', account, LIST_CURSORS, [account]);
    return rows.map((row) => ({
      account,
      stream: row.stream,
      pass: row.pass,
      position: row.position,
      widthMs: row.width_ms,
      movedAt: row.moved_at,
    }));
  }

  async advanceCursor(key: CursorKey, to: Omit<Cursor, 'movedAt'>, fence: number, now: Instant): Promise<boolean> {
    const parameters = [key.account, key.stream, key.pass, to.position, to.widthMs, now, fence];
    const rows = await this.#run('move a cursor', key.account, ADVANCE_CURSOR, parameters);
    return rows.length === 1;
  }

  async acquireLease(account: string, holder: string, ttlMs: number, now: Instant): Promise<Lease | null> {
    const expiresAt = now + ttlMs;
    const parameters = [account, holder, expiresAt, now];
    const [row] = await this.#run<{ fence: number }>('take the lease', account, ACQUIRE_LEASE, parameters);
    return row === undefined ? null : { account, holder, fence: row.fence, expiresAt };
  }

  async renewLease(lease: Lease, ttlMs: number, now: Instant): Promise<Lease | null> {
    const expiresAt = now + ttlMs;
    const parameters = [lease.account, lease.holder, lease.fence, expiresAt];
    const rows = await this.#run('renew the lease', lease.account, RENEW_LEASE, parameters);
    return rows.length === 1 ? { ...lease, expiresAt } : null;
  }

  async releaseLease(lease: Lease): Promise<void> {
    await this.#run('release the lease', lease.account, RELEASE_LEASE, [lease.account, lease.holder, lease.fence]);
  }

  async takeToken(account: string, limits: TokenBucketLimits, now: Instant): Promise<TokenGrant> {
    const { stepUs, slackUs } = bucketSteps(limits);
    const parameters = [account, now, stepUs, slackUs];
    const rows = await this.#run<{ granted: boolean; wait_ms: number | null }>(
      'take a provider call',
      account,
      TAKE_TOKEN,
      parameters,
    );
    const { granted, wait_ms: waitMs } = this.#only(rows, 'take a provider call', account);
    // The wait is read from the statement's snapshot: while others race it may be a little short, never the grant too many.
    return { waitMs: granted ? 0 : Math.max(1, waitMs ?? Math.ceil(stepUs / 1000)) };
  }

  async drainTokens(account: string, until: Instant, now: Instant): Promise<void> {
    await this.#run('drain the provider calls', account, DRAIN_TOKENS, [account, Math.max(until, now)]);
  }

  async hasDigest(account: string, digest: string, now: Instant): Promise<boolean> {
    const rows = await this.#run('look up a digest', account, HAS_DIGEST, [account, digest, now]);
    return rows.length === 1;
  }

  async rememberDigest(account: string, digest: string, ttlMs: number, now: Instant): Promise<boolean> {
    const parameters = [account, digest, now + ttlMs, now];
    const rows = await this.#run('remember a digest', account, REMEMBER_DIGEST, parameters);
    return rows.length === 1;
  }

  async watch({ account, stream, subjectId }: WatchKey, reason: WatchReason, dueAt: Instant): Promise<void> {
    await this.#run('watch an object', account, WATCH, [account, stream, subjectId, reason, dueAt]);
  }

  async dueObjects(account: string, stream: string, now: Instant, limit: number): Promise<readonly WatchedObject[]> {
    const rows = await this.#run<WatchRow>('list due objects', account, DUE_OBJECTS, [account, stream, now, limit]);
    return rows.map((row) => ({
      account,
      stream,
      subjectId: row.subject_id,
      reason: row.reason,
      dueAt: row.due_at,
      attempts: row.attempts,
    }));
  }

  async postpone({ account, stream, subjectId }: WatchKey, dueAt: Instant): Promise<void> {
    await this.#run('postpone an object', account, POSTPONE, [account, stream, subjectId, dueAt]);
  }

  async unwatch({ account, stream, subjectId }: WatchKey): Promise<void> {
    await this.#run('unwatch an object', account, UNWATCH, [account, stream, subjectId]);
  }

  async #run<Row extends QueryResultRow>(
    operation: string,
    account: string,
    text: string,
    values: Parameter[],
  ): Promise<Row[]> {
    try {
      const { result } = await withAttempts(
        this.#environment,
        (error) => SURELY_NOT_DONE.has(errorCode(error)),
        () => this.#pool.query<Row>({ text, values, ...QUERY_LIMIT }),
      );
      return result.rows;
    } catch (cause) {
      const code = errorCode(cause);
      const context = { account, operation, store: 'postgres', causeCode: code };
      if (isUnusable(code)) {
        throw new StateUnavailableError(
          `The state tables in Postgres refused to ${operation} (${code}). Run "faxsync migrate" and check FAXSYNC_DATABASE_URL and the rights of its user.`,
          { code: 'state_unusable', context, cause },
        );
      }
      throw new StateUnavailableError(
        `The state tables in Postgres could not ${operation} (${code}). Check that the database of FAXSYNC_DATABASE_URL is up; the work is repeated by the next run.`,
        { code: 'state_unavailable', retryable: true, context, cause },
      );
    }
  }

  #only<Row>(rows: readonly Row[], operation: string, account: string): Row {
    const [row] = rows;
    if (row !== undefined) return row;
    throw new StateUnavailableError(`The state tables in Postgres gave no answer when asked to ${operation}.`, {
      code: 'state_unavailable',
      retryable: true,
      context: { account, operation, store: 'postgres' },
    });
  }
}
