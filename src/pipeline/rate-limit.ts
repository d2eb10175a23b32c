import type { Clock } from '../domain/clock.ts';
import type { Instant } from '../domain/time.ts';
import type { RateLimiter } from '../phaxio/client.ts';
import { ProviderDeadlineError } from '../phaxio/errors.ts';
import type { StateStore, TokenBucketLimits } from '../state/contract.ts';

/** About what the provider allows an account: third parties and its own test suites space calls by a second. */
export const CALL_LIMITS: TokenBucketLimits = { ratePerSecond: 1, burst: 1 };

/** The shortest pause between two questions to the bucket, so that a store that says "in 0.1 ms" is not hammered. */
const ASK_AGAIN_MIN_MS = 20;

/**
 * The call limit of one account, shared through the state store by everything that calls for it.
 * The bucket is the only judge: callers wait as long as it says and ask again.
 */
export function createRateLimiter(
  state: Pick<StateStore, 'takeToken' | 'drainTokens'>,
  clock: Clock,
  account: string,
  limits: TokenBucketLimits = CALL_LIMITS,
): RateLimiter {
  const operation = 'waiting for the call limit';
  return {
    async take(deadline: Instant, signal?: AbortSignal): Promise<void> {
      for (;;) {
        if (signal?.aborted === true) throw new ProviderDeadlineError('stopped', { operation });
        const { waitMs } = await state.takeToken(account, limits, clock.now());
        if (waitMs <= 0) return;
        const pauseMs = Math.max(ASK_AGAIN_MIN_MS, waitMs);
        if (clock.now() + pauseMs > deadline) throw new ProviderDeadlineError('deadline_reached', { operation });
        await clock.sleep(pauseMs, signal).catch((cause: unknown) => {
          throw new ProviderDeadlineError('stopped', { operation, cause });
        });
      }
    },
    async slowDown(until: Instant): Promise<void> {
      await state.drainTokens(account, until, clock.now());
    },
  };
}
