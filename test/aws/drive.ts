import type { Simulator } from '../../src/simulator/simulator.ts';
import type { EmulatedCloud } from './cloud.ts';
import type { QueuePoller } from './host/queue-poller.ts';
import type { Scheduler } from './host/scheduler.ts';
import { waitFor } from './wait.ts';

/** Longest time that the functions may take to come to rest, real ms. */
const REST_MAX_MS = 120_000;

/** What is driven. */
export interface DriveParts {
  readonly cloud: EmulatedCloud;
  readonly simulator: Simulator;
  readonly scheduler: Scheduler;
  readonly poller: QueuePoller;
  /** Seconds that a message stays hidden. */
  readonly visibilitySeconds: number;
  readonly signal: AbortSignal;
}

/**
 * Moves the cloud through time: the clock jumps, what is due happens, and everything comes to rest before the next jump. Where only time is
 * waited for (a batch to fill, a message to show again) the clock jumps there too.
 */
export class Drive {
  readonly parts: DriveParts;

  constructor(parts: DriveParts) {
    this.parts = parts;
  }

  /** Lets `ms` go by, then does everything that is due; `isAtOnce` makes the schedules collide. */
  async step(ms: number, isAtOnce = false): Promise<void> {
    await this.pass(ms, isAtOnce);
    await this.settle();
  }

  /** Lets `ms` go by: callbacks are sent and schedules fire; what was landed may still be on its way to the warehouse. */
  async pass(ms: number, isAtOnce = false): Promise<void> {
    const { cloud, simulator, scheduler, signal } = this.parts;
    signal.throwIfAborted();
    await this.rest();
    await this.#move(ms);
    await simulator.callbacks.deliverDue(cloud.clock.now());
    scheduler.fireDue(isAtOnce);
    await scheduler.settled();
    if (cloud.defects.length > 0) throw new Error(`A part of the test is broken: ${cloud.defects[0]}`);
  }

  /** A token or a deadline would be too old for a function that runs while the clock jumps. */
  async #move(ms: number): Promise<void> {
    const { clock, functions } = this.parts.cloud;
    await functions.whileStill(() => clock.move(ms));
  }

  /** Waits until no function runs; messages may still wait. */
  async rest(): Promise<void> {
    const { cloud, scheduler, poller } = this.parts;
    await waitFor(
      'that every function came to rest',
      REST_MAX_MS,
      async () => {
        if (scheduler.busy > 0 || cloud.functions.running > 0 || poller.runs > 0) return null;
        const { visible } = await poller.depth();
        return visible === 0 || poller.gathered > 0 ? true : null;
      },
      () => `${scheduler.busy} schedules, ${cloud.functions.running} functions, ${poller.runs} batches are under way.`,
    );
  }

  /**
   * Brings everything that was landed to its end: loaded, or among the dead letters. `roundsMax` bounds how often the time until a message shows
   * again is let go by; with less than it takes, messages stay.
   */
  async settle(roundsMax = 20): Promise<void> {
    const { cloud, poller, visibilitySeconds, signal } = this.parts;
    for (let round = 0; ; ) {
      signal.throwIfAborted();
      await this.rest();
      if (poller.gathered > 0) {
        await this.#move(Math.max(0, poller.dueAt - cloud.clock.now()) + 1);
        continue;
      }
      const { visible, inFlight } = await poller.depth();
      if (visible > 0) continue;
      if (inFlight === 0) return;
      if (round >= roundsMax) return;
      round += 1;
      await this.#move((visibilitySeconds + 1) * 1000);
    }
  }
}
