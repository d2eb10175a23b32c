import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../domain/clock.ts';

/** The machine's clock, for what happens on real wires: dripping bytes and the background delivery of callbacks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await sleep(Math.max(0, ms), undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // Node rejects with its own AbortError; callers are promised the signal's reason.
      throw signal?.aborted === true ? signal.reason : error;
    }
  },
};
