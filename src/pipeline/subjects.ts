import type { ProviderError } from '../phaxio/errors.ts';
import type { ListedStream } from '../streams/registry.ts';
import { isNoAnswer, isOddAnswer } from './provider-faults.ts';
import type { PullRun } from './pull-run.ts';
import { landList, rememberTaken } from './snapshots.ts';

/** The pass whose cursor holds how many lists of the round under way are landed, as its width. */
export const SUBJECTS_PASS = 'subjects';

/** Lists in a row of which no answer can be had before it is no longer taken for the fault of each. */
const LISTS_WITHOUT_ANSWER_MAX = 3;

/** What one walk over the lists of a stream did. */
export interface SubjectsResult {
  /** False when the round goes on in the next walk. */
  readonly isDone: boolean;
  /** Why the first list could not be read of those that could not; such a list is read again in the next round that chooses it. */
  readonly failure: ProviderError | null;
}

/**
 * Reads the list of each of some objects, one call each, in the order of `ids`, each landed as an object of its own.
 * Stops when the run's time is over or `shouldPause` says so, and goes on there in the next walk or run; a round that was begun is due
 * until it is done. One list that cannot be read does not keep the others waiting.
 * @throws {ProviderError} what is not of one list alone: also when {@link LISTS_WITHOUT_ANSWER_MAX} in a row give no answer.
 */
export async function walkSubjects(
  run: PullRun,
  stream: ListedStream,
  ids: readonly string[],
  shouldPause: () => boolean,
): Promise<SubjectsResult> {
  let failure: SubjectsResult['failure'] = null;
  const progress = await run.readCursor(stream.name, SUBJECTS_PASS);
  const done = progress?.widthMs ?? 0;
  let position = progress?.position ?? 0;
  const keep = async (count: number): Promise<void> => {
    position = Math.max(run.providerNow(), position + 1);
    await run.advance(stream.name, SUBJECTS_PASS, { position, widthMs: count });
  };
  let unanswered = 0;
  for (const [index, id] of ids.entries()) {
    if (index < done) continue;
    if (run.isOver()) return { isDone: false, failure };
    try {
      await landList(run, stream, id);
      unanswered = 0;
    } catch (error) {
      unanswered = isNoAnswer(error) ? unanswered + 1 : 0;
      const isOfOneList = isOddAnswer(error) || isNoAnswer(error);
      if (!isOfOneList || unanswered === LISTS_WITHOUT_ANSWER_MAX) throw error;
      failure ??= error;
    }
    // Should the next ones fail alike, the provider is down: then the next run begins with the first of these. So no pause before that is known.
    if (unanswered > 0) continue;
    await keep(index + 1);
    // Asked after each: one list at least is read in every walk, however busy the run is.
    if (shouldPause() && index + 1 < ids.length) return { isDone: false, failure };
  }
  // In this order: what ends in between makes the round be read again, not the next one be left out.
  if (ids.length > 0 || done > 0) await keep(0);
  await rememberTaken(run, stream.name);
  return { isDone: true, failure };
}
