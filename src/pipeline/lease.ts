import type { Clock } from '../domain/clock.ts';
import type { Lease, StateStore } from '../state/contract.ts';

/** How long a puller that died keeps others away. */
export const LEASE_TTL_MS = 60_000;

/** What a holder of the lease works with. */
export interface HeldLease {
  /** Rises with every new holder; goes into every cursor write. */
  readonly fence: number;
  /** Aborted as soon as the lease is lost. */
  readonly lost: AbortSignal;
}

/**
 * Does `work` while holding the account's lease, renewing it every third of its life; gives it back at the end.
 * Null, without working, when another puller holds it.
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
  ttlMs: number = LEASE_TTL_MS,
): Promise<Result | null> {
  const { state, clock } = ports;
  const lease = await state.acquireLease(account, holder, ttlMs, clock.now());
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
