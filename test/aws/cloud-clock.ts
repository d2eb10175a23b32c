import type { Clock } from '../../src/domain/clock.ts';
import { InvariantError } from '../../src/domain/errors.ts';
import type { Instant } from '../../src/domain/time.ts';

/** Longest real sleep before a sleeper looks whether the clock was moved meanwhile. */
const SLICE_MS = 100;

/**
 * The one clock of the emulated cloud: the machine's, and moved forward between invocations. Everybody is told of a move before it counts:
 * moto (visibility and age of messages), each function with its next invocation, and the simulated provider, which reads it.
 */
export class CloudClock implements Clock {
  readonly #tell: (offsetMs: number) => Promise<void>;
  #offsetMs = 0;

  constructor(tell: (offsetMs: number) => Promise<void>) {
    this.#tell = tell;
  }

  /** How far it is before the machine's. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  now(): Instant {
    return Date.now() + this.#offsetMs;
  }

  /** Moves it forward. @throws {InvariantError} for a negative amount. */
  async move(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new InvariantError('A clock only moves forward.', { ms });
    const offsetMs = this.#offsetMs + Math.ceil(ms);
    await this.#tell(offsetMs);
    this.#offsetMs = offsetMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const dueAt = this.now() + ms;
    for (let left = ms; left > 0; left = dueAt - this.now()) {
      signal?.throwIfAborted();
      await new Promise<void>((resolve) => setTimeout(resolve, Math.min(left, SLICE_MS)));
    }
  }
}
