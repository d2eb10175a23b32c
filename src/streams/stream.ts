import { Notes } from '../domain/notes.ts';
import { bodyText } from '../domain/raw-body.ts';
import type { Envelope, LandedKind } from '../landing/contract.ts';
import type { PreparedLoad } from '../warehouse/load-object.ts';
import type { LoadTransaction, Written } from '../warehouse/load-transaction.ts';

/** How a stream is listed: by windows of creation time, or whole each time. */
export type StreamShape = 'sliced' | 'snapshot';

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
  readonly shape: StreamShape;
  /** Kinds of landed objects the stream understands. */
  readonly kinds: readonly LandedKind[];
  /** Decodes an envelope's bodies, noting what could not be taken as sent. Never throws for content. */
  decode(envelope: Envelope, settings: StreamSettings, notes: Notes): DecodedObject;
}

/** The text of each body; bytes that are not UTF-8 become U+FFFD, since the raw bytes stay in the landing zone. */
export function bodyTexts(envelope: Envelope): string[] {
  return envelope.bodies.map(bodyText);
}

/** Everything the loader needs to write one landed object. */
export function prepareLoad(
  stream: Stream,
  landedKey: string,
  envelope: Envelope,
  settings: StreamSettings,
): PreparedLoad {
  const notes = new Notes();
  const { write } = stream.decode(envelope, settings, notes);
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
