import type { Clock, Random } from '../domain/clock.ts';
import type { Instant } from '../domain/time.ts';
import type { Lease, StateStore } from '../state/contract.ts';

/** How long a puller that died keeps others away. */
export const LEASE_TTL_MS = 60_000;

/** Longest pause between two looks at a lease that another one holds, and the first one; each is drawn between its half and itself. */
const WAIT_MAX_MS = 4_000;
const WAIT_FIRST_MS = 500;

/** How long a run waits for the lease that another one holds. */
export interface LeasePatience {
  /** Ends the wait, by the caller's clock. */
  readonly until: Instant;
  readonly random: Random;
  /** Ends it at once. */
  readonly signal?: AbortSignal;
}

/** How a lease is taken. */
export interface LeaseOptions {
  /** Default {@link LEASE_TTL_MS}. */
  readonly ttlMs?: number;
  /** Absent: who finds the lease held goes away at once. */
  readonly patience?: LeasePatience;
}

/** What a holder of the lease works with. */
export interface HeldLease {
  /** Rises with every new holder; goes into every cursor write. */
  readonly fence: number;
  /** Aborted as soon as the lease is lost. */
  readonly lost: AbortSignal;
}

/**
 * Does `work` while holding the account's lease, renewing it every third of its life; gives it back at the end.
 * Null, without working, when another puller holds it, and still holds it once the patience is over.
 *
 *     free or expired --acquire--> held --renew every ttl/3--> held --release--> free
 *                                   |                           |
 *                                   +--- taken over, or store gone until expiry ---> lost: `lost` is aborted
 *
 * A holder that froze past its lease is stopped twice: by `lost` when it wakes, and by its fence at the state store.
 * @throws whatever `work` throws.
 */
export async function withLease<Result>(
  ports: { readonly state: StateStore; readonly clock: Clock },
  account: string,
  holder: string,
  work: (held: HeldLease) => Promise<Result>,
  { ttlMs = LEASE_TTL_MS, patience }: LeaseOptions = {},
): Promise<Result | null> {
  const { state } = ports;
  const lease = await acquire(ports, { account, holder, ttlMs }, patience);
  if (lease === null) return null;
  const lost = new AbortController();
  const ended = new AbortController();
  const renewing = renewUntilEnded(ports, lease, ttlMs, ended.signal, lost);
  try {
    return await work({ fence: lease.fence, lost: lost.signal });
  } finally {
    ended.abort();
    const last = await renewing;
    // Unreachable store: the lease runs out by itself.
    await state.releaseLease(last).catch(() => undefined);
  }
}

/** Asks for the lease until it is given or the patience is over; with growing pauses, drawn so that several waiters do not ask in step. */
async function acquire(
  { state, clock }: { readonly state: StateStore; readonly clock: Clock },
  { account, holder, ttlMs }: { readonly account: string; readonly holder: string; readonly ttlMs: number },
  patience: LeasePatience | undefined,
): Promise<Lease | null> {
  for (let waitMs = WAIT_FIRST_MS; ; waitMs = Math.min(2 * waitMs, WAIT_MAX_MS)) {
    const lease = await state.acquireLease(account, holder, ttlMs, clock.now());
    if (lease !== null || patience === undefined) return lease;
    const leftMs = patience.until - clock.now();
    if (leftMs <= 0) return null;
    const pauseMs = Math.ceil((waitMs * (1 + patience.random())) / 2);
    const isStopped = await clock.sleep(Math.min(pauseMs, leftMs), patience.signal).then(
      () => false,
      () => true,
    );
    if (isStopped || patience.signal?.aborted === true) return null;
  }
}

async function renewUntilEnded(
  { state, clock }: { readonly state: StateStore; readonly clock: Clock },
  acquired: Lease,
  ttlMs: number,
  ended: AbortSignal,
  lost: AbortController,
): Promise<Lease> {
  let lease = acquired;
  for (;;) {
    const isEnded = await clock.sleep(Math.floor(ttlMs / 3), ended).then(
      () => false,
      () => true,
    );
    if (isEnded || ended.aborted) return lease;
    try {
      const renewed = await state.renewLease(lease, ttlMs, clock.now());
      if (renewed === null) {
        lost.abort();
        return lease;
      }
      lease = renewed;
    } catch {
      if (clock.now() >= lease.expiresAt) {
        lost.abort();
        return lease;
      }
    }
  }
}
