import type { Instant } from '../domain/time.ts';

/** Where one pass over one stream of one account stands. */
export interface CursorKey {
  readonly account: string;
  readonly stream: string;
  readonly pass: string;
}

/** A pass's place: everything created before `position` has been landed by it. */
export interface Cursor {
  /** Creation time up to which the pass has landed everything (exclusive). */
  readonly position: Instant;
  /** Width in ms that last filled a page well; a hint, never needed for correctness. */
  readonly widthMs: number | null;
  /** When the cursor was last moved, by the mover's clock. */
  readonly movedAt: Instant;
}

/** The right to pull for one account until `expiresAt`; `fence` rises with every new holder. */
export interface Lease {
  readonly account: string;
  readonly holder: string;
  readonly fence: number;
  readonly expiresAt: Instant;
}

/**
 * Why an object is on the watch list; `not_looked_up`: a loaded fax names it, and nothing is stored of it; `list_due`: a round over the lists
 * of single objects is due.
 */
export type WatchReason = 'looks_disagree' | 'open_too_long' | 'not_looked_up' | 'list_due';

/** One object of the provider: a stream, and its id there. An id may be personal data (what a barcode says). */
export interface WatchKey {
  readonly account: string;
  readonly stream: string;
  readonly subjectId: string;
}

/** An object to be fetched by id. */
export interface WatchedObject extends WatchKey {
  readonly reason: WatchReason;
  /** Not to be fetched before this instant. */
  readonly dueAt: Instant;
  /** How often it was fetched since it was put here. */
  readonly attempts: number;
}

/** What a request for provider calls was told. */
export interface TokenGrant {
  /** 0 when granted now; otherwise ms to wait before asking again (nothing was taken). */
  readonly waitMs: number;
}

/** Size of the shared bucket of provider calls. */
export interface TokenBucketLimits {
  /** Calls a second, refilled continuously. */
  readonly ratePerSecond: number;
  /** Calls that may be saved up. */
  readonly burst: number;
}

/**
 * What must outlive a run and be agreed between runs. Every `now` is the caller's clock, so tests own time.
 * All writes are single conditional writes: of racing callers exactly one wins, and no call is lost half-way.
 * Both implementations pass one contract suite (`test/state/contract.test.ts`).
 *
 * Every method @throws {StateUnavailableError} (retryable) when the store cannot be reached or keeps refusing.
 */
export interface StateStore {
  /** A number higher than every one given before for this account; starts at 1. Gaps are normal. */
  nextObservation(account: string): Promise<number>;

  /** The cursor, or null where the pass never moved. */
  readCursor(key: CursorKey): Promise<Cursor | null>;
  /** All cursors of an account, by stream then pass. */
  listCursors(account: string): Promise<ReadonlyArray<CursorKey & Cursor>>;
  /**
   * Moves a cursor forward. Refused (false) when the stored position is not lower than `to.position`,
   * or when a holder with a higher fence has already written this account's cursors.
   */
  advanceCursor(key: CursorKey, to: Omit<Cursor, 'movedAt'>, fence: number, now: Instant): Promise<boolean>;

  /**
   * Takes the account's lease if it is free or expired; null when another holder has it. The fence is one higher each time.
   * `holder` names one run. Who holds it already and asks again (its first answer was lost) gets it anew, under a higher fence.
   */
  acquireLease(account: string, holder: string, ttlMs: number, now: Instant): Promise<Lease | null>;
  /** Extends an unexpired or expired lease that nobody took over; null when it was lost. */
  renewLease(lease: Lease, ttlMs: number, now: Instant): Promise<Lease | null>;
  /** Gives the lease back; harmless when it was already lost. */
  releaseLease(lease: Lease): Promise<void>;

  /** Takes one provider call from the bucket shared by every function of this account. */
  takeToken(account: string, limits: TokenBucketLimits, now: Instant): Promise<TokenGrant>;
  /**
   * Empties the bucket until `until` (at least until `now`): the provider said to slow down. Then one call is free and the rest
   * refills. A later end that was already set stays.
   */
  drainTokens(account: string, until: Instant, now: Instant): Promise<void>;

  /** Whether this digest is remembered (and not yet expired at `now`). */
  hasDigest(account: string, digest: string, now: Instant): Promise<boolean>;
  /** Remembers a digest until `now + ttlMs`; false when it was already remembered. */
  rememberDigest(account: string, digest: string, ttlMs: number, now: Instant): Promise<boolean>;

  /** Puts an object on the watch list; an earlier `dueAt` and the first reason are kept when it is already there. */
  watch(key: WatchKey, reason: WatchReason, dueAt: Instant): Promise<void>;
  /** Objects of one stream due at `now`, longest due first, then shorter ids, then by their UTF-8 bytes; at most `limit`. */
  dueObjects(account: string, stream: string, now: Instant, limit: number): Promise<readonly WatchedObject[]>;
  /** Counts an attempt and sets the next `dueAt`. No effect when the object is no longer listed. */
  postpone(key: WatchKey, dueAt: Instant): Promise<void>;
  /** Takes an object off the list. */
  unwatch(key: WatchKey): Promise<void>;
}
