import { assertInvariant, FaxsyncError, SettingsError } from '../domain/errors.ts';
import type { ProviderAnswer } from '../phaxio/client.ts';
import type { ProviderError } from '../phaxio/errors.ts';
import type { ProviderAccount } from '../phaxio/provider-account.ts';
import { accountStatus } from '../streams/account-status.ts';
import { isListed, LISTED_STREAMS, type ListedStream, STREAMS } from '../streams/registry.ts';
import type { Stream, Subjects } from '../streams/stream.ts';
import { adviceForMissingList, type StreamState, streamState } from '../streams/stream-state.ts';
import { isOddAnswer, isOfOneEndpoint, isRefusal } from './provider-faults.ts';
import type { PullRun } from './pull-run.ts';
import { isSnapshotDue, readTakenAt, takeSnapshot } from './snapshots.ts';
import { walkSubjects } from './subjects.ts';

/** What a pull says about the streams it wants. */
export interface StreamRequest {
  readonly provider: ProviderAccount;
  /** Names of streams; undefined: all that this version of the API has. */
  readonly streams?: readonly string[];
  /** Names of streams that are not pulled unless `streams` has them; by default none. */
  readonly skippedStreams?: readonly string[];
  /** Paths of lists the provider does not document, by stream; those that are not named here are not asked for. */
  readonly undocumentedPaths?: ReadonlyMap<string, string>;
  /** True: lists are taken although they are not due. */
  readonly eager?: boolean;
}

/** The provider answers, but refuses one list (code `stream_refused`): the key may not, or there is no such list. */
export class StreamRefusedError extends FaxsyncError {
  constructor(stream: Stream, cause: ProviderError) {
    super(
      `The provider refuses to list ${stream.name} (HTTP ${cause.status}), though the key is good for the rest. ${adviceForMissingList(stream)}`,
      { code: 'stream_refused', context: { ...cause.context, stream: stream.name }, cause },
    );
  }
}

/**
 * Checks the streams a request names.
 * @throws {SettingsError} `unknown_stream`, `stream_not_in_version`, `stream_not_enabled`.
 */
export function assertKnownStreams(request: StreamRequest): void {
  const { streams = [], skippedStreams = [], provider } = request;
  for (const name of [...streams, ...skippedStreams]) {
    if (STREAMS.has(name)) continue;
    throw new SettingsError(`There is no stream of this name to pull. Known: ${[...STREAMS.keys()].join(', ')}.`, {
      code: 'unknown_stream',
    });
  }
  for (const stream of STREAMS.values()) {
    if (!streams.includes(stream.name)) continue;
    const state = stateOf(stream, request);
    if (state === 'not_in_version') {
      throw new SettingsError(
        `Version ${provider.dialect} of the provider's API has no ${stream.name}. Set FAXSYNC_API_VERSION to v2.1, or leave the stream out.`,
        { code: 'stream_not_in_version', context: { stream: stream.name } },
      );
    }
    if (state === 'off') {
      throw new SettingsError(
        `How to list ${stream.name} is not documented by the provider. Name the stream in FAXSYNC_UNDOCUMENTED_STREAMS to have it asked for.`,
        { code: 'stream_not_enabled', context: { stream: stream.name } },
      );
    }
  }
}

/** Whether a run takes a stream: asked for, in this version, enabled, and not left out. */
export function isTaken(stream: Stream, request: StreamRequest): boolean {
  return (request.streams?.includes(stream.name) ?? true) && stateOf(stream, request) === 'taken';
}

/** What is asked for by name is not skipped. */
function stateOf(
  stream: Stream,
  { provider: { dialect }, streams, skippedStreams, ...rest }: StreamRequest,
): StreamState {
  const skipped = streams === undefined ? (skippedStreams ?? []) : [];
  return streamState(stream, { ...rest, dialect, skippedStreams: skipped });
}

/** A round over the lists that exist once for each of other objects. */
interface SubjectRound {
  readonly stream: ListedStream;
  readonly subjects: Subjects;
  /** Ids of the objects, chosen once a run; null before. */
  ids: readonly string[] | null;
}

/** The lists of one run that are wanted: each is taken at most once, when it is due. */
export class DueLists {
  readonly #run: PullRun;
  readonly #tally: { failure: FaxsyncError | null };
  readonly #isEager: boolean;
  readonly #wanted: readonly ListedStream[];
  /** What this run was answered to those lists that name the objects of a round, by stream. */
  readonly #parentAnswers = new Map<string, readonly ProviderAnswer[]>();
  #areAccountListsTaken = false;
  #rounds: SubjectRound[] | null = null;

  constructor(run: PullRun, request: StreamRequest, tally: { failure: FaxsyncError | null }) {
    this.#run = run;
    this.#tally = tally;
    this.#isEager = request.eager ?? false;
    this.#wanted = LISTED_STREAMS.filter((stream) => isTaken(stream, request));
  }

  /** Takes the account's status, before all else: a dead key and a provider that is down show at one call. */
  async takeStatus(): Promise<void> {
    const status = this.#wanted.find(({ name }) => name === accountStatus.name);
    if (status === undefined || !(await this.#isDue(status))) return;
    try {
      await takeSnapshot(this.#run, status);
    } catch (error) {
      if (!isOddAnswer(error)) throw error;
      this.#tally.failure ??= error;
    }
  }

  /** Takes the other lists of the whole account that are due; no effect the second time. */
  async takeAccountLists(): Promise<void> {
    if (this.#areAccountListsTaken) return;
    this.#areAccountListsTaken = true;
    for (const stream of this.#wanted) {
      if (stream.name === accountStatus.name || stream.listing.subjects !== undefined) continue;
      if (this.#run.isOver() || !(await this.#isDue(stream))) continue;
      try {
        await this.#takeList(stream);
      } catch (error) {
        this.#goOnAfter(error, stream);
      }
    }
  }

  /** Goes on with the lists that exist once for each of other objects, until done, the run is over, or `shouldPause` says so. */
  async takeSubjectLists(shouldPause: () => boolean): Promise<void> {
    this.#rounds ??= await this.#dueRounds();
    for (const round of [...this.#rounds]) {
      if (this.#run.isOver()) return;
      let isDone = true;
      try {
        round.ids ??= await this.#chooseIds(round);
        const walked = await walkSubjects(this.#run, round.stream, round.ids, shouldPause);
        this.#tally.failure ??= walked.failure;
        isDone = walked.isDone;
      } catch (error) {
        this.#goOnAfter(error, round.stream);
      }
      if (isDone) this.#rounds = this.#rounds.filter((other) => other !== round);
    }
  }

  async #dueRounds(): Promise<SubjectRound[]> {
    const rounds: SubjectRound[] = [];
    for (const stream of this.#wanted) {
      const { subjects } = stream.listing;
      if (subjects !== undefined && (await this.#isDue(stream))) rounds.push({ stream, subjects, ids: null });
    }
    return rounds;
  }

  /** From the parent's listing of this run; taken, and landed, where this run has none yet. */
  async #chooseIds({ stream, subjects: { parent, choose } }: SubjectRound): Promise<readonly string[]> {
    assertInvariant(isListed(parent), 'the objects of a list are to come from a stream that is not listed', {
      stream: parent.name,
    });
    const answers = this.#parentAnswers.get(parent.name) ?? (await this.#takeList(parent));
    return choose(answers, this.#run.providerNow(), await readTakenAt(this.#run, stream.name));
  }

  async #takeList(stream: ListedStream): Promise<readonly ProviderAnswer[]> {
    const answers = await takeSnapshot(this.#run, stream);
    const isParent = this.#wanted.some(({ listing }) => listing.subjects?.parent.name === stream.name);
    if (isParent) this.#parentAnswers.set(stream.name, answers);
    return answers;
  }

  /** Remembers what is the fault of one list alone, which must not keep the others waiting. @throws what is not. */
  #goOnAfter(error: unknown, stream: ListedStream): void {
    if (!isOfOneEndpoint(error)) throw error;
    this.#tally.failure ??= isRefusal(error) ? new StreamRefusedError(stream, error) : error;
  }

  async #isDue(stream: ListedStream): Promise<boolean> {
    return this.#isEager || (await isSnapshotDue(this.#run, stream));
  }
}
