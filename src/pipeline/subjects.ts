import type { ProviderAnswer } from '../phaxio/client.ts';
import { ProviderContractError, ProviderRequestError } from '../phaxio/errors.ts';
import type { Subjects } from '../streams/stream.ts';
import type { PullRun } from './pull-run.ts';
import { LISTED_STREAMS, type ListedStream, landList, readTakenAt, rememberTaken, takeSnapshot } from './snapshots.ts';

/** The pass whose cursor holds how many lists of the round under way are landed, as its width. */
export const SUBJECTS_PASS = 'subjects';

/** What one walk over the lists of a stream did. */
export interface SubjectsResult {
  /** False when the round goes on in the next walk. */
  readonly isDone: boolean;
  /** The first list that was answered, but not as documented; it is read again in the next round. */
  readonly failure: ProviderContractError | ProviderRequestError | null;
}

/**
 * Reads the list of every object that the stream's parent names, one call each, in order of their ids, each landed as an object of its own.
 * Stops when the run's time is over or `shouldPause` says so, and goes on there in the next walk or run; a round that was begun is due
 * until it is done. One list that cannot be read does not keep the others waiting.
 * @throws {ProviderError} what is not of one list alone.
 */
export async function walkSubjects(
  run: PullRun,
  stream: ListedStream,
  subjects: Subjects,
  shouldPause: () => boolean,
): Promise<SubjectsResult> {
  const ids = subjects.choose(
    await parentAnswers(run, subjects.stream),
    run.providerNow(),
    await readTakenAt(run, stream.name),
  );
  let failure: SubjectsResult['failure'] = null;
  const progress = await run.readCursor(stream.name, SUBJECTS_PASS);
  let done = progress?.widthMs ?? 0;
  let position = progress?.position ?? 0;
  const keep = async (count: number): Promise<void> => {
    done = count;
    position = Math.max(run.providerNow(), position + 1);
    await run.advance(stream.name, SUBJECTS_PASS, { position, widthMs: count });
  };
  for (const id of ids.slice(done)) {
    if (run.isOver()) return { isDone: false, failure };
    try {
      await landList(run, stream, id);
    } catch (error) {
      if (!(error instanceof ProviderContractError || error instanceof ProviderRequestError)) throw error;
      failure ??= error;
    }
    await keep(done + 1);
    // Asked after each: one list at least is read in every walk, however busy the run is.
    if (shouldPause() && done < ids.length) return { isDone: false, failure };
  }
  await rememberTaken(run, stream.name);
  if (done > 0) await keep(0);
  return { isDone: true, failure };
}

/** The parent's listing of this run; taken, and landed, where this run has none yet. */
async function parentAnswers(run: PullRun, name: string): Promise<readonly ProviderAnswer[]> {
  const known = run.listings.get(name);
  if (known !== undefined) return known;
  const parent = LISTED_STREAMS.find((stream) => stream.name === name);
  return parent === undefined ? [] : takeSnapshot(run, parent);
}
