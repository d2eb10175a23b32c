import { isFinalStatus } from '../domain/fax.ts';
import type { ProviderAnswer } from '../phaxio/client.ts';
import { ProviderDeadlineError, ProviderError } from '../phaxio/errors.ts';
import { HTTP_NOT_FOUND, readFaxRequest, readFaxStatus } from '../phaxio/listing.ts';
import type { WatchedObject } from '../state/contract.ts';
import { faxes } from '../streams/faxes.ts';
import { phaxCodes, readPhaxCodeRequest } from '../streams/phax-codes.ts';
import { LISTED_STREAMS, type ListedStream } from '../streams/registry.ts';
import { GONE_AFTER_MS } from '../warehouse/fax-looks.ts';
import { isTaken, type StreamRequest } from './due-lists.ts';
import { isOddAnswer, isOfOneEndpoint } from './provider-faults.ts';
import type { PullRun } from './pull-run.ts';
import { landList } from './snapshots.ts';

const MINUTE_MS = 60_000;

/** The name under which look-ups are landed. */
const WATCH_PASS = 'watch';

/** Waits between looks at a fax that is not final yet: 5, 10, 20, ... minutes, at most a day. */
const POSTPONE_FIRST_MS = 5 * MINUTE_MS;
const POSTPONE_MAX_MS = 24 * 60 * MINUTE_MS;

/** An object that was looked at this often in vain, over nearly two weeks, is let go: it would cost a call a day for ever. */
const LOOKS_MAX = 20;

/** The second look at a missing fax comes when it can prove that the fax is gone. */
const MISSING_AGAIN_MS = GONE_AFTER_MS + MINUTE_MS;

/** How long it is remembered that a fax was missing. */
const MISSING_KEPT_MS = 7 * 24 * 60 * MINUTE_MS;

/** Objects of one stream that are fetched before it is another one's turn. */
const TURN_OBJECTS = 10;

/** Odd answers in a row after which they are the endpoint's. */
const ODD_ANSWERS_MAX = 5;

/** What one round over the watch list did. */
export interface WatchResult {
  readonly looks: number;
  /** Objects whose look-up failed, or was answered, but not as documented; they stay on the list. */
  readonly failures: number;
  /** Objects let go after {@link LOOKS_MAX} looks that settled nothing. */
  readonly givenUp: number;
  /** The first failure that ended neither the round nor the run; null where there was none, and for faxes. */
  readonly failure: ProviderError | null;
}

/** One stream of the watch list: how one of its objects is asked for, and how much a failure means. */
interface WatchedStream {
  readonly name: string;
  /** Lands one look-up; ms until the next one, null when the object needs none. */
  look(run: PullRun, watched: WatchedObject): Promise<number | null>;
  /** Whether an endpoint that fails ends the round only; else it ends the run. */
  readonly isAside: boolean;
}

/** Where the endpoint of faxes fails, this run is the one probe. */
const WATCHED_FAXES: WatchedStream = { name: faxes.name, look: lookAtFax, isAside: false };

/** Faxes do not depend on PhaxCodes: an endpoint of theirs that is forbidden or down is their own. */
const WATCHED_CODES: WatchedStream = { name: phaxCodes.name, look: lookAtCode, isAside: true };

/** A list that exists once for each of other objects: read whole, landed, and done with until the next round. */
function watchedLists(stream: ListedStream): WatchedStream {
  const look = async (run: PullRun, { subjectId }: WatchedObject) => {
    await landList(run, stream, subjectId);
    return null;
  };
  return { name: stream.name, look, isAside: true };
}

/**
 * The objects of one run that are fetched one by one: faxes and PhaxCodes that the loader put on the watch list, and lists of single
 * objects that a round put there. Each is landed (a missing one with status 404) and then leaves the list or is postponed, ever longer,
 * {@link LOOKS_MAX} times. Every round stops quietly when the run's time is over or `shouldPause` says so.
 */
export class WatchList {
  readonly #run: PullRun;
  /** Streams of which anything can still be had in this run, without the faxes. */
  #aside: readonly WatchedStream[];

  constructor(run: PullRun, request: StreamRequest) {
    this.#run = run;
    const lists = LISTED_STREAMS.filter((stream) => stream.listing.subjects !== undefined && isTaken(stream, request));
    this.#aside = [...lists.map(watchedLists), ...(isTaken(phaxCodes, request) ? [WATCHED_CODES] : [])];
  }

  /**
   * Fetches the faxes that are due, at most `limit`. A final fax leaves the list, and one that is still missing after an hour.
   * @throws {ProviderError} when the provider failed or refused us: the fax is postponed before, so that one which it can never
   * show does not end every run here.
   */
  fetchFaxes(limit: number, shouldPause: () => boolean): Promise<WatchResult> {
    return fetchBatch(this.#run, WATCHED_FAXES, limit, shouldPause);
  }

  /**
   * Fetches what else is due, at most `limit` in all, until nothing is left. Each leaves the list with its answer, whatever that is.
   * When the endpoint of a stream fails, its object is postponed, no more of the stream is asked for in this run, and the rest goes on.
   * @throws {ProviderThrottledError} when the provider wants no calls at all.
   */
  async fetchAside(limit: number, shouldPause: () => boolean): Promise<WatchResult> {
    let sum = NOTHING_WATCHED;
    // In turns, so that none of the streams waits for another one's thousands.
    for (let isMore = true; isMore; ) {
      isMore = false;
      for (const stream of this.#aside) {
        const size = Math.min(limit - sum.looks, TURN_OBJECTS);
        if (size <= 0) break;
        const batch = await fetchBatch(this.#run, stream, size, shouldPause);
        sum = {
          looks: sum.looks + batch.looks,
          failures: sum.failures + batch.failures,
          givenUp: sum.givenUp + batch.givenUp,
          failure: sum.failure ?? batch.failure,
        };
        if (batch.isEndpointDead) this.#aside = this.#aside.filter((other) => other !== stream);
        else if (batch.looks === size) isMore = true;
      }
    }
    return sum;
  }
}

const NOTHING_WATCHED: WatchResult = { looks: 0, failures: 0, givenUp: 0, failure: null };

async function fetchBatch(
  run: PullRun,
  stream: WatchedStream,
  limit: number,
  shouldPause: () => boolean,
): Promise<WatchResult & { readonly isEndpointDead: boolean }> {
  let [looks, failures, givenUp] = [0, 0, 0];
  let failure: ProviderError | null = null;
  let isEndpointDead = false;
  let oddInARow = 0;
  const putOff = async (watched: WatchedObject, waitMs: number): Promise<void> => {
    if (watched.attempts + 1 < LOOKS_MAX) return run.state.postpone(watched, run.clock.now() + waitMs);
    givenUp += 1;
    await run.state.unwatch(watched);
  };
  // The list is not even asked for when nothing of it could be done.
  const due =
    run.isOver() || shouldPause() ? [] : await run.state.dueObjects(run.account, stream.name, run.clock.now(), limit);
  for (const watched of due) {
    if (isEndpointDead || run.isOver() || shouldPause()) break;
    looks += 1;
    try {
      const waitMs = await stream.look(run, watched);
      oddInARow = 0;
      if (waitMs === null) await run.state.unwatch(watched);
      else await putOff(watched, waitMs);
    } catch (error) {
      if (!(error instanceof ProviderError) || error instanceof ProviderDeadlineError) throw error;
      failures += 1;
      await putOff(watched, waitAfter(watched));
      // One object that cannot be read must not keep the others waiting.
      oddInARow = isOddAnswer(error) ? oddInARow + 1 : 0;
      if (isOddAnswer(error) && !(stream.isAside && oddInARow >= ODD_ANSWERS_MAX)) continue;
      if (!stream.isAside || !isOfOneEndpoint(error)) throw error;
      failure = error;
      isEndpointDead = true;
    }
  }
  return { looks, failures, givenUp, failure, isEndpointDead };
}

/** Lands one look at a fax; ms until the next one, null when it needs none. */
async function lookAtFax(run: PullRun, watched: WatchedObject): Promise<number | null> {
  const faxId = watched.subjectId;
  const observation = await run.nextObservation();
  const answer = await run.ask(readFaxRequest(run.client.account.dialect, faxId));
  await landLookup(run, watched, observation, answer);
  if (answer.status === HTTP_NOT_FOUND) {
    return (await isMissingForLong(run, faxId)) ? null : Math.max(MISSING_AGAIN_MS, waitAfter(watched));
  }
  return isFinalStatus(readFaxStatus(answer)) ? null : waitAfter(watched);
}

/** Lands what the provider knows of a PhaxCode, or that it knows none: it is asked once. */
async function lookAtCode(run: PullRun, watched: WatchedObject): Promise<null> {
  const observation = await run.nextObservation();
  await landLookup(run, watched, observation, await run.ask(readPhaxCodeRequest(watched.subjectId)));
  return null;
}

function landLookup(
  run: PullRun,
  { stream, subjectId }: WatchedObject,
  observation: number,
  answer: ProviderAnswer,
): Promise<string> {
  return run.land({
    stream,
    kind: 'lookup',
    pass: WATCH_PASS,
    window: null,
    observation,
    subjectId,
    answers: [answer],
  });
}

/** Whether a fax found missing now was so an hour ago; else that is remembered, since attempts count other looks too. */
async function isMissingForLong(run: PullRun, faxId: string): Promise<boolean> {
  const now = run.clock.now();
  const isEarly = !(await run.state.rememberDigest(run.account, `missing-lately:${faxId}`, GONE_AFTER_MS, now));
  const isFirst = await run.state.rememberDigest(run.account, `missing:${faxId}`, MISSING_KEPT_MS, now);
  return !isFirst && !isEarly;
}

function waitAfter({ attempts }: WatchedObject): number {
  return Math.min(POSTPONE_MAX_MS, POSTPONE_FIRST_MS * 2 ** Math.min(attempts, 20));
}
