import type { RawBody } from '../domain/raw-body.ts';
import type { Instant } from '../domain/time.ts';

/** The provider's wire dialects. 2.1 is v2 plus fields. */
export type Dialect = 'v1' | 'v2' | 'v2.1';

/** Half-open window of creation time `[after, before)`. */
export interface TimeWindow {
  readonly after: Instant;
  readonly before: Instant;
}

/**
 * What one landed object is about.
 * - `slice`: every object of the stream created inside `window`; authoritative for that window.
 * - `snapshot`: the whole list of the stream.
 * - `lookup`: one object by id.
 * - `callback`: one event the provider sent us.
 */
export type LandedKind = 'slice' | 'snapshot' | 'lookup' | 'callback';

/**
 * One immutable object of the landing zone. The version rises when a reader of the old form would misread the new one.
 * Holds personal data; its key never does.
 */
export interface Envelope {
  readonly version: 1;
  /** The account's key from the settings. */
  readonly account: string;
  readonly stream: string;
  readonly dialect: Dialect;
  readonly kind: LandedKind;
  /** Set for slices only. */
  readonly window: TimeWindow | null;
  /** Name of the pass that asked; null for callbacks. */
  readonly pass: string | null;
  /** Drawn from the state store before the request was sent; orders all looks of an account. */
  readonly observation: number;
  readonly requestedAt: Instant;
  readonly respondedAt: Instant;
  /**
   * The provider's id of the object, for `lookup` and `callback`, and of the object whose own list it is, for lists of that kind; null
   * elsewhere or when it could not be read.
   */
  readonly subjectId: string | null;
  /** For callbacks: `fax_completed`, `transmitting_page`, ... as sent; null elsewhere. */
  readonly eventType: string | null;
  /** For callbacks: lowercase hex SHA-256 of all signed fields; null elsewhere. */
  readonly digest: string | null;
  /** Usually one; several pages where a snapshot or one second does not fit a page. */
  readonly bodies: readonly RawBody[];
}

/** A place in the landing zone: where `ls` and notifications find an object. */
export interface LandedRef {
  readonly key: string;
}

/** An object met in a list. */
export interface ListedRef extends LandedRef {
  /** When it was stored, by the place's own clock; null where a list does not tell. */
  readonly landedAt: Instant | null;
}

/** The immutable log of everything the provider told us. */
export interface LandingZone {
  /**
   * Stores one object and returns its key. Returns only when the object is durable.
   * Storing the same envelope twice gives the same key and one object.
   * @throws {LandingError} retryable, when the object could not be stored.
   */
  put(envelope: Envelope): Promise<LandedRef>;
  /**
   * Reads one object back.
   * @throws {LandingError} code `landed_object_missing` or `landed_object_unreadable` (not retryable).
   */
  get(key: string): Promise<Envelope>;
  /**
   * Keys of an account in order of observation number (as text: keys are zero-padded).
   * `after` leaves out keys up to and including that key, `streams` others than those.
   */
  list(
    account: string,
    options?: { readonly after?: string; readonly streams?: readonly string[] },
  ): AsyncIterable<ListedRef>;
}

/** What became of an object that was to be announced. */
export interface Announcement {
  readonly isAnnounced: boolean;
  /** How often it was announced again up to now, this time included. */
  readonly times: number;
}

/**
 * Has the landing zone tell of an object once more, as if it had just been stored: for one that never came to be loaded. Only where
 * the zone tells of its objects by itself (S3); who works on a folder loads them.
 */
export interface Announcer {
  /**
   * Announces the object, unless that was done `timesMax` times already.
   * @throws {LandingError} code `landed_object_missing`; `landing_unusable` or `landing_unavailable` when it could not be done.
   */
  announce(key: string, timesMax: number): Promise<Announcement>;
}
