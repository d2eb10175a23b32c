import type { Dialect } from '../landing/contract.ts';
import type { Stream } from './stream.ts';

/** Whether an account's stream is taken; if not, why: its version of the API has none, it is off until named, or the settings skip it. */
export type StreamState = 'taken' | 'not_in_version' | 'off' | 'skipped';

/** What of an account's settings decides which streams are taken. */
export interface StreamChoice {
  readonly dialect: Dialect;
  /** Names of streams that are not pulled; by default none. */
  readonly skippedStreams?: readonly string[];
  /** Paths of lists the provider does not document, by stream; those that are not named here are off. */
  readonly undocumentedPaths?: ReadonlyMap<string, string>;
}

/** How a stream stands by an account's settings: where several reasons keep it out, the one least in the account's hands. */
export function streamState(
  { name, dialects, listing }: Stream,
  { dialect, skippedStreams = [], undocumentedPaths }: StreamChoice,
): StreamState {
  if (!dialects.includes(dialect)) return 'not_in_version';
  if (listing?.undocumentedPath !== undefined && undocumentedPaths?.has(name) !== true) return 'off';
  // Lists of single objects need the list that names these.
  const names = [name, ...(listing?.subjects === undefined ? [] : [listing.subjects.parent.name])];
  return names.some((one) => skippedStreams.includes(one)) ? 'skipped' : 'taken';
}

/** What to do about a list that is never given, as a sentence: a path that was guessed may be wrong, a documented list may not be in the plan. */
export function adviceForMissingList({ name, listing }: Stream): string {
  return listing?.undocumentedPath === undefined
    ? `If the account's plan lacks it, name ${name} in FAXSYNC_SKIPPED_STREAMS.`
    : `The provider does not document its path: mend the path of ${name} in FAXSYNC_UNDOCUMENTED_STREAMS, or take its name out there.`;
}
