import { FaxsyncError, SettingsError } from '../domain/errors.ts';
import {
  ProviderContractError,
  ProviderDeadlineError,
  ProviderError,
  ProviderRequestError,
  ProviderThrottledError,
} from '../phaxio/errors.ts';
import type { ProviderAccount } from '../phaxio/provider-account.ts';
import { accountStatus } from '../streams/account-status.ts';
import { LISTED_STREAMS, type ListedStream, STREAMS } from '../streams/registry.ts';
import type { Stream } from '../streams/stream.ts';
import type { PullRun } from './pull-run.ts';
import { isSnapshotDue, takeSnapshot } from './snapshots.ts';
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

/** Answers by which the provider says that this list is not for this key. */
const REFUSALS: ReadonlySet<number | null> = new Set([403, 404, 422]);

/** The provider answers, but refuses one list (code `stream_refused`): the key may not, or the account has no such thing. */
export class StreamRefusedError extends FaxsyncError {
  constructor(stream: string, cause: ProviderError) {
    super(
      `The provider refuses to list ${stream} (HTTP ${cause.status}), though the key is good for the rest. If the account has none, name the stream in FAXSYNC_SKIPPED_STREAMS.`,
      { code: 'stream_refused', context: { ...cause.context, stream }, cause },
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
    if (!stream.dialects.includes(provider.dialect)) {
      throw new SettingsError(
        `Version ${provider.dialect} of the provider's API has no ${stream.name}. Set FAXSYNC_API_VERSION to v2.1, or leave the stream out.`,
        { code: 'stream_not_in_version', context: { stream: stream.name } },
      );
    }
    if (!isEnabled(stream, request)) {
      throw new SettingsError(
        `How to list ${stream.name} is not documented by the provider. Name the stream in FAXSYNC_UNDOCUMENTED_STREAMS to have it asked for.`,
        { code: 'stream_not_enabled', context: { stream: stream.name } },
      );
    }
  }
}

function isEnabled({ name, listing }: Stream, { undocumentedPaths }: StreamRequest): boolean {
  return listing?.undocumentedPath === undefined || undocumentedPaths?.has(name) === true;
}

/** Whether a run takes a stream: asked for, in this version, enabled, and not left out. */
export function isTaken(stream: Stream, request: StreamRequest): boolean {
  const { streams, skippedStreams = [], provider } = request;
  const isWanted = streams?.includes(stream.name) ?? !skippedStreams.includes(stream.name);
  return isWanted && stream.dialects.includes(provider.dialect) && isEnabled(stream, request);
}

/** The lists of one run that are wanted: each is taken at most once, when it is due. */
export class DueLists {
  readonly #run: PullRun;
  readonly #tally: { failure: FaxsyncError | null };
  readonly #isEager: boolean;
  readonly #wanted: readonly ListedStream[];
  #areSidesTaken = false;
  #walks: ListedStream[] | null = null;

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
    await sparingOthers(this.#tally, async () => void (await takeSnapshot(this.#run, status)), isUndocumented);
  }

  /** Takes the other lists that are due; no effect the second time. */
  async takeSides(): Promise<void> {
    if (this.#areSidesTaken) return;
    this.#areSidesTaken = true;
    for (const stream of this.#wanted) {
      if (stream.name === accountStatus.name || stream.listing.subjects !== undefined) continue;
      if (this.#run.isOver() || !(await this.#isDue(stream))) continue;
      await this.#spared(stream, async () => void (await takeSnapshot(this.#run, stream)));
    }
  }

  /** Goes on with the lists that exist once for each of other objects, until done, the run is over, or `shouldPause` says so. */
  async walkSubjects(shouldPause: () => boolean): Promise<void> {
    if (this.#walks === null) {
      this.#walks = [];
      for (const stream of this.#wanted) {
        if (stream.listing.subjects !== undefined && (await this.#isDue(stream))) this.#walks.push(stream);
      }
    }
    for (const stream of [...this.#walks]) {
      const { subjects } = stream.listing;
      if (subjects === undefined || this.#run.isOver()) return;
      let isDone = true;
      const walk = async () => {
        const walked = await walkSubjects(this.#run, stream, subjects, shouldPause);
        this.#tally.failure ??= walked.failure;
        isDone = walked.isDone;
      };
      await this.#spared(stream, walk);
      if (isDone) this.#walks = this.#walks.filter((other) => other !== stream);
    }
  }

  /** Does the work of one list, whose failure must not keep the others waiting. */
  async #spared({ name }: ListedStream, work: () => Promise<void>): Promise<void> {
    const saying = async () => {
      try {
        await work();
      } catch (error) {
        throw error instanceof ProviderError && REFUSALS.has(error.status)
          ? new StreamRefusedError(name, error)
          : error;
      }
    };
    await sparingOthers(this.#tally, saying, isOfOneEndpoint);
  }

  async #isDue(stream: ListedStream): Promise<boolean> {
    return this.#isEager || (await isSnapshotDue(this.#run, stream));
  }
}

/** What may fail without the others is remembered and must not keep them waiting; anything else ends the run. */
export async function sparingOthers(
  tally: { failure: FaxsyncError | null },
  work: () => Promise<void>,
  isSpared: (error: unknown) => boolean,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof FaxsyncError) || !isSpared(error)) throw error;
    tally.failure ??= error;
  }
}

/** The provider answered, but not as documented: that may be of this one list or window. */
export function isUndocumented(error: unknown): boolean {
  return error instanceof ProviderContractError || error instanceof ProviderRequestError;
}

/** Once key and provider are known to work, whatever a side list is answered is its own: missing, forbidden, dead, or too slow. */
function isOfOneEndpoint(error: unknown): boolean {
  if (error instanceof StreamRefusedError) return true;
  if (error instanceof ProviderThrottledError || error instanceof ProviderDeadlineError) return false;
  return error instanceof ProviderError;
}
