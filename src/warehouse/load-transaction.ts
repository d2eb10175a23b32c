import type { ClientBase } from 'pg';
import type { LookVia } from '../domain/fax.ts';
import type { Notes } from '../domain/notes.ts';
import type { Instant } from '../domain/time.ts';

/** What one landed object says about itself; the loader's half of an envelope. */
export interface ObjectMark {
  readonly landedKey: string;
  readonly account: string;
  readonly stream: string;
  readonly dialect: string;
  readonly kind: 'slice' | 'snapshot' | 'lookup' | 'callback';
  readonly observation: number;
  readonly requestedAt: Instant;
  readonly respondedAt: Instant;
  readonly pass: string | null;
  /** The one object that was asked for, or about: a fax's id, a number's whose notes were listed; null for listings of the account. */
  readonly subjectId: string | null;
  /** Set for callbacks: what the provider called the event, and the digest of what it signed. */
  readonly callback: { readonly eventType: string | null; readonly digest: string | null } | null;
  /** Set for slices: creation times `[after, before)` the object speaks for. */
  readonly window: { readonly after: Instant; readonly before: Instant } | null;
}

/** A transaction that holds the account's lock, and the object it loads. */
export interface LoadTransaction extends ObjectMark {
  readonly client: ClientBase;
  readonly accountId: number;
  /** False where row-level security forbids COPY to this role; rows then go in by array parameters. */
  readonly canCopy: boolean;
  /** True on the second try after the database refused a value: every write then looks for the row to blame. */
  readonly isCareful: boolean;
  /** Rows the database refused are added here. */
  readonly notes: Notes;
}

/** What loading one object did. */
export interface WriteCounts {
  /** Records that could be read (after removing repeats and records outside the window). */
  readonly records: number;
  readonly added: number;
  readonly changed: number;
  /** Records that lost against a better look. */
  readonly stale: number;
  /** Known objects a complete listing did not show. */
  readonly missing: number;
  /** Faxes whose looks disagree: to be fetched by id. */
  readonly disagreements: readonly string[];
  /** Faxes that were still open long after they were created: to be fetched by id. */
  readonly openTooLong: readonly string[];
  /** PhaxCodes that the faxes written name and of which nothing is stored: to be looked up. Absent where there are none. */
  readonly unknownCodes?: readonly string[];
}

/** Control totals of a slice of faxes. */
export interface SliceTotals {
  readonly window: NonNullable<ObjectMark['window']>;
  readonly isComplete: boolean;
  readonly records: number;
  readonly costCents: number;
  /** Over the content hashes, 64 hex digits. */
  readonly digest: string;
  readonly missing: number;
}

/** What writing an object's rows did, and control totals still to be written with its line in the ledger. */
export interface Written extends WriteCounts {
  readonly slice?: SliceTotals;
}

/** Counts of an object that did nothing. */
export const NOTHING_WRITTEN: WriteCounts = {
  records: 0,
  added: 0,
  changed: 0,
  stale: 0,
  missing: 0,
  disagreements: [],
  openTooLong: [],
};

/** How the kind of an object names its looks. */
export function viaOf(kind: ObjectMark['kind']): LookVia {
  return kind === 'callback' || kind === 'lookup' ? kind : 'listing';
}
