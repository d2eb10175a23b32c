import { FaxsyncError } from '../domain/errors.ts';
import type { Announcer } from '../landing/contract.ts';

/** How objects are announced. */
export interface AnnounceOptions {
  /** An object that was announced so often already is given up. */
  readonly timesMax: number;
  /** The most objects announced by one run: each is a message on the queue. */
  readonly announcedMax: number;
  /** Asked before each object; true ends it. */
  readonly isOver: () => boolean;
}

/** What was done about unloaded objects. */
export interface AnnounceResult {
  readonly announced: number;
  /** Keys of those announced as often as is allowed, in order. */
  readonly givenUp: readonly string[];
  /** Not looked at: too many for one run, no time left, or a failure before them. */
  readonly left: number;
  /** Why it ended early; null where it did not. */
  readonly failure: FaxsyncError | null;
}

/** Objects asked about at once: each takes one request or two of some 10 ms. */
const ANNOUNCED_AT_ONCE = 8;

/**
 * Announces landed objects that were never loaded, in order, so that the loader is told of them again. An object that is gone in the
 * meantime is passed over. Ends at the first failure of the landing zone, and says it.
 * @throws what is not a {@link FaxsyncError}: a defect.
 */
export async function announceUnloaded(
  announcer: Announcer,
  keys: readonly string[],
  { timesMax, announcedMax, isOver }: AnnounceOptions,
): Promise<AnnounceResult> {
  const givenUp = new Set<string>();
  let failure: FaxsyncError | null = null;
  let announced = 0;
  let asked = 0;
  let next = 0;
  const work = async (): Promise<void> => {
    // Those being asked count as announced, so that all together never announce too many.
    while (next < keys.length && announced + asked < announcedMax && failure === null && !isOver()) {
      const key = keys[next] ?? '';
      next += 1;
      asked += 1;
      try {
        const { isAnnounced } = await announcer.announce(key, timesMax);
        if (isAnnounced) announced += 1;
        else givenUp.add(key);
      } catch (error) {
        if (!(error instanceof FaxsyncError)) throw error;
        if (error.code !== 'landed_object_missing') failure ??= error;
      } finally {
        asked -= 1;
      }
    }
  };
  await Promise.all(Array.from({ length: ANNOUNCED_AT_ONCE }, work));
  return { announced, givenUp: keys.filter((key) => givenUp.has(key)), left: keys.length - next, failure };
}
