import type { Instant } from '../../src/domain/time.ts';
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
} from '../../src/state/contract.ts';

/** How many calls an account has saved up, as the textbook has it; times and amounts are whole milliseconds of refill. */
interface ModelBucket {
  savedMs: number;
  at: Instant;
  drainedUntil: Instant | null;
}

/** What the contract says, written once more in the plainest way, to compare the real stores with. Clocks only move forward. */
export class ModelStateStore implements StateStore {
  readonly #observations = new Map<string, number>();
  readonly #cursors = new Map<string, CursorKey & Cursor>();
  readonly #fences = new Map<string, number>();
  readonly #leases = new Map<string, { holder: string | null; fence: number; expiresAt: Instant }>();
  readonly #buckets = new Map<string, ModelBucket>();
  readonly #digests = new Map<string, Instant>();
  readonly #watched = new Map<string, WatchedObject>();

  async nextObservation(account: string): Promise<number> {
    const next = (this.#observations.get(account) ?? 0) + 1;
    this.#observations.set(account, next);
    return next;
  }

  async readCursor(key: CursorKey): Promise<Cursor | null> {
    const stored = this.#cursors.get(JSON.stringify([key.account, key.stream, key.pass]));
    return stored === undefined
      ? null
      : { position: stored.position, widthMs: stored.widthMs, movedAt: stored.movedAt };
  }

  async listCursors(account: string): Promise<ReadonlyArray<CursorKey & Cursor>> {
    const order = ({ stream, pass }: CursorKey) => `${stream}\u0000${pass}`;
    return [...this.#cursors.values()]
      .filter((cursor) => cursor.account === account)
      .sort((a, b) => (order(a) < order(b) ? -1 : 1));
  }

  async advanceCursor(key: CursorKey, to: Omit<Cursor, 'movedAt'>, fence: number, now: Instant): Promise<boolean> {
    const stored = await this.readCursor(key);
    if (stored !== null && stored.position >= to.position) return false;
    if ((this.#fences.get(key.account) ?? 0) > fence) return false;
    this.#fences.set(key.account, fence);
    const cursor = { ...key, position: to.position, widthMs: to.widthMs, movedAt: now };
    this.#cursors.set(JSON.stringify([key.account, key.stream, key.pass]), cursor);
    return true;
  }

  async acquireLease(account: string, holder: string, ttlMs: number, now: Instant): Promise<Lease | null> {
    const stored = this.#leases.get(account) ?? { holder: null, fence: 0, expiresAt: 0 };
    if (stored.holder !== null && stored.holder !== holder && stored.expiresAt > now) return null;
    const lease = { holder, fence: stored.fence + 1, expiresAt: now + ttlMs };
    this.#leases.set(account, lease);
    return { account, ...lease };
  }

  async renewLease(lease: Lease, ttlMs: number, now: Instant): Promise<Lease | null> {
    const stored = this.#leases.get(lease.account);
    if (stored === undefined || stored.holder !== lease.holder || stored.fence !== lease.fence) return null;
    stored.expiresAt = now + ttlMs;
    return { ...lease, expiresAt: stored.expiresAt };
  }

  async releaseLease(lease: Lease): Promise<void> {
    const stored = this.#leases.get(lease.account);
    if (stored?.holder === lease.holder && stored.fence === lease.fence) stored.holder = null;
  }

  async takeToken(account: string, limits: TokenBucketLimits, now: Instant): Promise<TokenGrant> {
    const callMs = 1000 / limits.ratePerSecond;
    const bucket = this.#buckets.get(account) ?? { savedMs: limits.burst * callMs, at: now, drainedUntil: null };
    bucket.savedMs = Math.min(limits.burst * callMs, bucket.savedMs + now - bucket.at);
    bucket.at = now;
    if (bucket.drainedUntil !== null) bucket.savedMs = Math.min(bucket.savedMs, callMs + now - bucket.drainedUntil);
    this.#buckets.set(account, bucket);
    if (bucket.savedMs < callMs) return { waitMs: callMs - bucket.savedMs };
    bucket.savedMs -= callMs;
    return { waitMs: 0 };
  }

  async drainTokens(account: string, until: Instant, now: Instant): Promise<void> {
    const bucket = this.#buckets.get(account) ?? { savedMs: Number.MAX_SAFE_INTEGER / 4, at: now, drainedUntil: null };
    bucket.drainedUntil = Math.max(bucket.drainedUntil ?? 0, until, now);
    this.#buckets.set(account, bucket);
  }

  async hasDigest(account: string, digest: string, now: Instant): Promise<boolean> {
    return (this.#digests.get(`${account} ${digest}`) ?? 0) > now;
  }

  async rememberDigest(account: string, digest: string, ttlMs: number, now: Instant): Promise<boolean> {
    if (await this.hasDigest(account, digest, now)) return false;
    this.#digests.set(`${account} ${digest}`, now + ttlMs);
    return true;
  }

  async watch(key: WatchKey, reason: WatchReason, dueAt: Instant): Promise<void> {
    const stored = this.#watched.get(nameOf(key)) ?? { ...key, reason, dueAt, attempts: 0 };
    this.#watched.set(nameOf(key), { ...stored, dueAt: Math.min(stored.dueAt, dueAt) });
  }

  async dueObjects(account: string, stream: string, now: Instant, limit: number): Promise<readonly WatchedObject[]> {
    return [...this.#watched.values()]
      .filter((object) => object.account === account && object.stream === stream && object.dueAt <= now)
      .sort((a, b) => a.dueAt - b.dueAt || (orderOf(a) < orderOf(b) ? -1 : 1))
      .slice(0, limit);
  }

  async postpone(key: WatchKey, dueAt: Instant): Promise<void> {
    const stored = this.#watched.get(nameOf(key));
    if (stored === undefined) return;
    this.#watched.set(nameOf(key), { ...stored, dueAt, attempts: stored.attempts + 1 });
  }

  async unwatch(key: WatchKey): Promise<void> {
    this.#watched.delete(nameOf(key));
  }
}

function nameOf({ account, stream, subjectId }: WatchKey): string {
  return JSON.stringify([account, stream, subjectId]);
}

/** A text that sorts as the ids do: how many bytes, then the bytes. */
function orderOf({ subjectId }: WatchKey): string {
  const bytes = [...new TextEncoder().encode(subjectId)];
  return [bytes.length, ...bytes].map((number) => String(number).padStart(3, '0')).join(' ');
}
