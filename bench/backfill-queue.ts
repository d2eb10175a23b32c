/** One landed object on its way to the warehouse. Times are ms; those of work are as measured, before any slow-down. */
export interface Arrival {
  readonly at: number;
  readonly account: number;
  /** Getting, unpacking and decoding it, beside the loads of others. */
  readonly readMs: number;
  /** Its transaction, under the account's lock. */
  readonly lockedMs: number;
}

/** The queue and its loaders, as the stack has them. */
export interface LoadQueue {
  /** Runs of load at once. */
  readonly loaders: number;
  readonly batchSize: number;
  /** Longest wait for a batch to fill. */
  readonly batchingWindowMs: number;
  /** From the message to the first object of a run: the poller, the invocation. */
  readonly startMs: number;
  /** How many times slower than measured everything is: a fraction of a processor, a small database far away. */
  readonly slowDown: number;
}

/** What became of the arrivals. */
export interface QueueOutcome {
  /** Most objects that were there and not loaded. */
  readonly backlogMax: number;
  /** Longest from landing to commit, ms. */
  readonly delayMaxMs: number;
  /** From the last arrival until everything is loaded, ms. */
  readonly tailMs: number;
  /** Share of the loaders' time in which they were running. */
  readonly utilisation: number;
  /** Share of running time that was spent waiting for an account's lock. */
  readonly waitingShare: number;
  /** Longest single run, ms: it must end before the function's time-out. */
  readonly runMaxMs: number;
  readonly runs: number;
}

/** Events in order of time; those of one time in the order they were added. */
class Agenda {
  readonly #heap: { at: number; order: number; run: () => void }[] = [];
  #order = 0;

  add(at: number, run: () => void): void {
    const heap = this.#heap;
    const entry = { at, order: this.#order++, run };
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(entry, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  /** The earliest event, taken out. */
  next(): { at: number; run: () => void } | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      const child = [2 * index + 1, 2 * index + 2]
        .filter((at) => at < heap.length)
        .reduce<number | null>((best, at) => (best === null || isBefore(heap[at], heap[best]) ? at : best), null);
      const below = child === null ? undefined : heap[child];
      if (child === null || below === undefined || !isBefore(below, last)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(a?: { at: number; order: number }, b?: { at: number; order: number }): boolean {
  if (a === undefined || b === undefined) return false;
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/**
 * Plays the arrivals through a queue that hands out batches when they are full or have waited long enough, to as many loaders as there may
 * be at once. A loader takes the objects of its batch one after the other; the transactions of one account take turns, first come first
 * served. Nothing fails: what repeats cost is not in it.
 */
export function runQueue(arrivals: readonly Arrival[], queue: LoadQueue): QueueOutcome {
  const agenda = new Agenda();
  const waiting: Arrival[] = [];
  const locks = new Map<number, { isHeld: boolean; readonly next: (() => void)[] }>();
  let taken = 0;
  let free = queue.loaders;
  let now = 0;
  let loaded = 0;
  const sums = { backlogMax: 0, delayMaxMs: 0, lastAt: 0, runningMs: 0, waitingMs: 0, runMaxMs: 0, runs: 0 };

  const handOut = (): void => {
    while (free > 0 && taken < waiting.length) {
      const oldest = waiting[taken]?.at ?? now;
      const isFull = waiting.length - taken >= queue.batchSize;
      if (!isFull && now < oldest + queue.batchingWindowMs) return;
      const batch = waiting.slice(taken, taken + queue.batchSize);
      taken += batch.length;
      free -= 1;
      sums.runs += 1;
      const startedAt = now;
      agenda.add(now + queue.startMs, () => loadNext(batch, 0, startedAt));
    }
  };
  const loadNext = (batch: readonly Arrival[], index: number, startedAt: number): void => {
    const arrival = batch[index];
    if (arrival === undefined) {
      sums.runningMs += now - startedAt;
      sums.runMaxMs = Math.max(sums.runMaxMs, now - startedAt);
      free += 1;
      handOut();
      return;
    }
    agenda.add(now + arrival.readMs * queue.slowDown, () => {
      const askedAt = now;
      const lock = locks.get(arrival.account) ?? { isHeld: false, next: [] };
      locks.set(arrival.account, lock);
      const write = (): void => {
        lock.isHeld = true;
        sums.waitingMs += now - askedAt;
        agenda.add(now + arrival.lockedMs * queue.slowDown, () => {
          loaded += 1;
          sums.delayMaxMs = Math.max(sums.delayMaxMs, now - arrival.at);
          sums.lastAt = now;
          lock.isHeld = false;
          lock.next.shift()?.();
          loadNext(batch, index + 1, startedAt);
        });
      };
      if (lock.isHeld) lock.next.push(write);
      else write();
    });
  };
  for (const arrival of arrivals) {
    agenda.add(arrival.at, () => {
      waiting.push(arrival);
      sums.backlogMax = Math.max(sums.backlogMax, waiting.length - loaded);
      agenda.add(arrival.at + queue.batchingWindowMs, handOut);
      handOut();
    });
  }
  for (let event = agenda.next(); event !== undefined; event = agenda.next()) {
    now = event.at;
    event.run();
  }
  const times = arrivals.map(({ at }) => at);
  const firstAt = times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const lastAt = times.reduce((a, b) => Math.max(a, b), 0);
  return {
    backlogMax: sums.backlogMax,
    delayMaxMs: sums.delayMaxMs,
    tailMs: sums.lastAt - lastAt,
    utilisation: sums.runningMs / (queue.loaders * Math.max(1, sums.lastAt - firstAt)),
    waitingShare: sums.waitingMs / Math.max(1, sums.runningMs),
    runMaxMs: sums.runMaxMs,
    runs: sums.runs,
  };
}

/** The largest slow-down, to a tenth, under which every object is loaded within `delayMaxMs` of its landing; 0 where there is none. */
export function largestSlowDown(
  arrivals: readonly Arrival[],
  queue: Omit<LoadQueue, 'slowDown'>,
  delayMaxMs: number,
): number {
  const keepsUp = (tenths: number) => runQueue(arrivals, { ...queue, slowDown: tenths / 10 }).delayMaxMs <= delayMaxMs;
  let [low, high] = [0, 1];
  while (high < 10_000 && keepsUp(high)) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (keepsUp(middle)) low = middle;
    else high = middle;
  }
  return low / 10;
}
