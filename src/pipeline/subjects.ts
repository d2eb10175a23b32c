import { assertInvariant } from '../domain/errors.ts';
import type { ProviderAnswer } from '../phaxio/client.ts';
import type { ProviderError } from '../phaxio/errors.ts';
import {
  ProviderContractError,
  ProviderRequestError,
  ProviderUnavailableError,
  ProviderUnreachableError,
} from '../phaxio/errors.ts';
import { isListed, type ListedStream } from '../streams/registry.ts';
import type { Stream, Subjects } from '../streams/stream.ts';
import type { PullRun } from './pull-run.ts';
import { landList, readTakenAt, rememberTaken, takeSnapshot } from './snapshots.ts';

/** The pass whose cursor holds how many lists of the round under way are landed, as its width. */
export const SUBJECTS_PASS = 'subjects';

/** Lists in a row of which no answer can be had before it is no longer taken for the fault of each. */
export const LISTS_WITHOUT_ANSWER_MAX = 3;

/** What one walk over the lists of a stream did. */
export interface SubjectsResult {
  /** False when the round goes on in the next walk. */
  readonly isDone: boolean;
  /** Why the first list could not be read of those that could not; such a list is read again in the next round that chooses it. */
  readonly failure: ProviderError | null;
}

/**
 * Reads the list of every object that the stream's parent names, one call each, in order of their ids, each landed as an object of its own.
 * Stops when the run's time is over or `shouldPause` says so, and goes on there in the next walk or run; a round that was begun is due
 * until it is done. One list that cannot be read does not keep the others waiting.
 * @throws {ProviderError} what is not of one list alone: also when {@link LISTS_WITHOUT_ANSWER_MAX} in a row give no answer.
 */
export async function walkSubjects(
  run: PullRun,
  stream: ListedStream,
  subjects: Subjects,
  shouldPause: () => boolean,
): Promise<SubjectsResult> {
  const ids = subjects.choose(
    await parentAnswers(run, subjects.parent),
    run.providerNow(),
    await readTakenAt(run, stream.name),
  );
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
      unanswered = isUnanswered(error) ? unanswered + 1 : 0;
      if (!isOfOneList(error) || unanswered === LISTS_WITHOUT_ANSWER_MAX) throw error;
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

/** Whether a list could not be read for a reason that need not hold for the next one. */
function isOfOneList(error: unknown): error is ProviderError {
  return error instanceof ProviderContractError || error instanceof ProviderRequestError || isUnanswered(error);
}

function isUnanswered(error: unknown): boolean {
  return error instanceof ProviderUnavailableError || error instanceof ProviderUnreachableError;
}

/** The parent's listing of this run; taken, and landed, where this run has none yet. */
async function parentAnswers(run: PullRun, parent: Stream): Promise<readonly ProviderAnswer[]> {
  assertInvariant(isListed(parent), 'the objects of a list are to come from a stream that is not listed', {
    stream: parent.name,
  });
  return run.listings.get(parent.name) ?? takeSnapshot(run, parent);
}
