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
import { isSnapshotDue, readTakenAt, rememberTaken, takeSnapshot } from './snapshots.ts';

/** What a pull says about the streams it wants. */
export interface StreamRequest {
  readonly provider: Pick<ProviderAccount, 'dialect'>;
  /** Names of streams; undefined: all that this version of the API has. */
  readonly streams?: readonly string[];
  /** Names of streams that are not pulled unless `streams` has them; by default none. */
  readonly skippedStreams?: readonly string[];
  /** Paths of lists the provider does not document, by stream; those that are not named here are not asked for. */
  readonly undocumentedPaths?: ReadonlyMap<string, string>;
  /** True: lists are taken although they are not due. */
  readonly eager?: boolean;
}

/** The provider answers, but refuses some lists (code `stream_refused`): the key may not, or there are no such lists. */
export class StreamRefusedError extends FaxsyncError {
  constructor(refused: ReadonlyArray<{ readonly stream: Stream; readonly error: ProviderError }>) {
    const names = refused.map(({ stream, error }) => `${stream.name} (HTTP ${error.status})`).join(', ');
    const advice = [...new Set(refused.map(({ stream }) => adviceForMissingList(stream)))].join(' ');
    const [first] = refused;
    super(`The provider refuses to list ${names}, though the key is good for the rest. ${advice}`, {
      code: 'stream_refused',
      context: { ...first?.error.context, stream: refused.map(({ stream }) => stream.name).join(',') },
      cause: first?.error,
    });
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
    throw new SettingsError(
      `There is no stream of this name to pull${shownName(name)}. Known: ${[...STREAMS.keys()].join(', ')}.`,
      {
        code: 'unknown_stream',
      },
    );
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

/** A name may be shown where it looks like one: it might be a secret in the wrong place. */
function shownName(name: string): string {
  return /^[a-z_]{1,30}$/.test(name) ? `: ${name}` : '';
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

/** The pass whose cursor holds the provider's time of a list's last failure. */
const FAILED_PASS = 'failed';

/** How long a list that failed is left alone: a dead one costs minutes of a run, and what refuses once refuses again. */
export const RETRY_LIST_MS = 15 * 60_000;

/** The lists of one run that are wanted: each is taken at most once, when it is due. */
export class DueLists {
  readonly #run: PullRun;
  readonly #tally: { failure: FaxsyncError | null };
  readonly #isEager: boolean;
  readonly #wanted: readonly ListedStream[];
  readonly #refused: Array<{ readonly stream: Stream; readonly error: ProviderError }> = [];
  /** What this run was answered to those lists that name the objects of a round, by stream. */
  readonly #parentAnswers = new Map<string, readonly ProviderAnswer[]>();
  /** The lists of the whole account that are still to be looked at. */
  readonly #pending: ListedStream[];
  #areSubjectsWatched = false;

  constructor(run: PullRun, request: StreamRequest, tally: { failure: FaxsyncError | null }) {
    this.#run = run;
    this.#tally = tally;
    this.#isEager = request.eager ?? false;
    this.#wanted = LISTED_STREAMS.filter((stream) => isTaken(stream, request));
    this.#pending = this.#wanted.filter(
      ({ name, listing }) => name !== accountStatus.name && listing.subjects === undefined,
    );
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

  /** Takes the other lists of the whole account that are due, each once a run, until `shouldPause` says so; goes on there when called again. */
  async takeAccountLists(shouldPause: () => boolean): Promise<void> {
    while (!this.#run.isOver()) {
      const stream = this.#pending.shift();
      if (stream === undefined) return;
      if (!(await this.#isDue(stream))) continue;
      try {
        await this.#takeList(stream);
      } catch (error) {
        await this.#goOnAfter(error, stream);
      }
      if (shouldPause()) return;
    }
  }

  /**
   * Puts the lists that exist once for each of other objects onto the watch list, where a round of them is due: from there each is read, and
   * one that fails is tried again by itself. No effect the second time.
   */
  async watchSubjects(): Promise<void> {
    if (this.#areSubjectsWatched) return;
    this.#areSubjectsWatched = true;
    for (const stream of this.#wanted) {
      const { subjects } = stream.listing;
      if (subjects === undefined || this.#run.isOver() || !(await this.#isDue(stream))) continue;
      try {
        await this.#watchRound(stream, subjects);
      } catch (error) {
        await this.#goOnAfter(error, stream);
      }
    }
  }

  /** Should it end half-way, the next run begins the round again: watching what is watched changes nothing. */
  async #watchRound(stream: ListedStream, { parent, choose }: Subjects): Promise<void> {
    const run = this.#run;
    assertInvariant(isListed(parent), 'the objects of a list are to come from a stream that is not listed', {
      stream: parent.name,
    });
    // The parent's listing of this run; taken, and landed, where this run has none yet.
    const answers = this.#parentAnswers.get(parent.name) ?? (await this.#takeList(parent));
    for (const subjectId of choose(answers, run.providerNow(), await readTakenAt(run, stream.name))) {
      if (run.isOver()) return;
      await run.state.watch({ account: run.account, stream: stream.name, subjectId }, 'list_due', run.clock.now());
    }
    await rememberTaken(run, stream.name);
  }

  async #takeList(stream: ListedStream): Promise<readonly ProviderAnswer[]> {
    const answers = await takeSnapshot(this.#run, stream);
    const isParent = this.#wanted.some(({ listing }) => listing.subjects?.parent.name === stream.name);
    if (isParent) this.#parentAnswers.set(stream.name, answers);
    return answers;
  }

  /** Remembers what is the fault of one list alone, which must not keep the others waiting. @throws what is not. */
  async #goOnAfter(error: unknown, stream: ListedStream): Promise<void> {
    if (!isOfOneEndpoint(error)) throw error;
    if (isRefusal(error)) this.#refused.push({ stream, error });
    const [first] = this.#refused;
    const isFirst = this.#tally.failure === null || this.#tally.failure instanceof StreamRefusedError;
    if (isFirst && first !== undefined) this.#tally.failure = new StreamRefusedError(this.#refused);
    else this.#tally.failure ??= error;
    const failedAt = (await this.#run.readCursor(stream.name, FAILED_PASS))?.position ?? 0;
    const position = Math.max(this.#run.providerNow(), failedAt + 1);
    await this.#run.advance(stream.name, FAILED_PASS, { position, widthMs: null });
  }

  async #isDue(stream: ListedStream): Promise<boolean> {
    if (this.#isEager) return true;
    if (!(await isSnapshotDue(this.#run, stream))) return false;
    const failedAt = (await this.#run.readCursor(stream.name, FAILED_PASS))?.position ?? null;
    return failedAt === null || Math.abs(this.#run.providerNow() - failedAt) >= RETRY_LIST_MS;
  }
}
