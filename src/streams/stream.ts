import { Notes } from '../domain/notes.ts';
import { bodyText, type RawBody } from '../domain/raw-body.ts';
import type { Instant } from '../domain/time.ts';
import type { Dialect, Envelope, LandedKind } from '../landing/contract.ts';
import type { ProviderAnswer, ProviderRequest } from '../phaxio/client.ts';
import { withoutSecrets } from '../phaxio/secrets.ts';
import type { PreparedLoad } from '../warehouse/load-object.ts';
import type { LoadTransaction, Written } from '../warehouse/load-transaction.ts';
import type { ObjectTable } from '../warehouse/object-counts.ts';

/** Every version of the provider's API. */
export const ALL_DIALECTS: readonly Dialect[] = ['v1', 'v2', 'v2.1'];

/** What came with the last version: ports, adapters, rules, addresses, PhaxCodes on barcodes. */
export const SINCE_V21: readonly Dialect[] = ['v2.1'];

/** What one page of a list is asked with. */
export interface PageAsk {
  readonly dialect: Dialect;
  readonly page: number;
  readonly perPage: number;
  /** Path of an undocumented endpoint, as the settings give it; null for documented ones. */
  readonly path: string | null;
  /** The object whose own list is asked for; null for lists of the whole account. */
  readonly subjectId: string | null;
}

/** How the puller lists a stream whole. */
export interface Listing {
  /** How often, in ms. */
  readonly everyMs: number;
  /** The call for one page, in any of the stream's versions of the API. */
  request(ask: PageAsk): ProviderRequest;
  /** Set where the provider documents the object but no way to list it: the path that is tried when the settings name none. Off by default. */
  readonly undocumentedPath?: string;
  /** Set where the list exists once for each of other objects. */
  readonly subjects?: Subjects;
}

/** Whose lists a stream consists of. */
export interface Subjects {
  /** The stream whose listing names them. */
  readonly parent: Stream;
  /**
   * Ids (decimal digits, ascending) of those whose list is to be read, from the answers of that listing.
   * `now`: the provider's time. `lastRoundAt`: when all were last read; null when never.
   */
  choose(answers: readonly ProviderAnswer[], now: Instant, lastRoundAt: Instant | null): readonly string[];
}

/** What decoding needs to know about the account. */
export interface StreamSettings {
  /** IANA zone of v1's stamps without one. */
  readonly v1Zone: string;
}

/** A landed object decoded, and how to write it; what the stream's own part of a {@link PreparedLoad} is. */
export interface DecodedObject {
  readonly write: (load: LoadTransaction) => Promise<Written>;
}

/**
 * One kind of object of the provider: its whole meaning in one file.
 * A stream is added by its file, a migration for its table, and a line in the registry.
 */
export interface Stream {
  readonly name: string;
  /** Versions of the provider's API that have such objects. */
  readonly dialects: readonly Dialect[];
  /** Kinds of landed objects the stream understands. */
  readonly kinds: readonly LandedKind[];
  /** How it is listed whole; null for what is walked by slices, or only looked up. */
  readonly listing: Listing | null;
  /** Where its objects are, those that came inside others last. */
  readonly tables: readonly ObjectTable[];
  /** Decodes an envelope's bodies, noting what could not be taken as sent. Never throws for content. */
  decode(envelope: Envelope, settings: StreamSettings, notes: Notes): DecodedObject;
}

/** The text of each body; bytes that are not UTF-8 become U+FFFD, since the raw bytes stay in the landing zone. */
export function bodyTexts(envelope: Envelope): string[] {
  return envelope.bodies.map(bodyText);
}

/**
 * The stream's answers as they may be stored: landed, and once more before they are loaded, should an older version have landed them.
 * Lists of the provider's objects lose their secrets; faxes and PhaxCodes hold what users gave them, under names of the users' own.
 */
export function storableBodies({ listing }: Stream, bodies: readonly RawBody[]): readonly RawBody[] {
  return listing === null ? bodies : bodies.map(withoutSecrets);
}

/** Everything the loader needs to write one landed object. */
export function prepareLoad(
  stream: Stream,
  landedKey: string,
  envelope: Envelope,
  settings: StreamSettings,
): PreparedLoad {
  const notes = new Notes();
  const { write } = stream.decode({ ...envelope, bodies: storableBodies(stream, envelope.bodies) }, settings, notes);
  const { subjectId } = envelope;
  const { account, dialect, kind, observation, requestedAt, respondedAt, pass, window, eventType, digest } = envelope;
  return {
    mark: {
      landedKey,
      account,
      stream: stream.name,
      dialect,
      kind,
      observation,
      requestedAt,
      respondedAt,
      pass,
      subjectId,
      callback: kind === 'callback' ? { eventType, digest } : null,
      window: kind === 'slice' ? window : null,
    },
    notes,
    write,
  };
}

/** Whether nothing of the object was refused whole: only then may what it does not show be called missing. */
export function provesAbsence(notes: Notes): boolean {
  return !notes.rejections.some(({ scope }) => scope === 'record');
}
