import type { Clock, Random } from '../domain/clock.ts';

/** Calls of the store one operation may cost; with pauses of at most 1.5 s each. */
export const ATTEMPTS_MAX = 6;
const RETRY_DELAY_BASE_MS = 50;
const RETRY_DELAY_CAP_MS = 1_500;

/** What a store needs besides its connection; time and chance stay the caller's. */
export interface StoreEnvironment {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly random: Random;
}

/** A result and how often it had to be asked for. */
export interface Attempted<Result> {
  readonly result: Result;
  readonly attempts: number;
}

/**
 * Repeats a call with full jitter until it works, `isPassing` says that waiting will not help, or {@link ATTEMPTS_MAX} is reached.
 * @throws the last error of `call`, unchanged.
 */
export async function withAttempts<Result>(
  environment: StoreEnvironment,
  isPassing: (error: unknown) => boolean,
  call: (attempt: number) => Promise<Result>,
): Promise<Attempted<Result>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return { result: await call(attempt), attempts: attempt };
    } catch (error) {
      if (attempt >= ATTEMPTS_MAX || !isPassing(error)) throw error;
      const ceiling = Math.min(RETRY_DELAY_CAP_MS, RETRY_DELAY_BASE_MS * 2 ** attempt);
      await environment.clock.sleep(Math.ceil(environment.random() * ceiling));
    }
  }
}
