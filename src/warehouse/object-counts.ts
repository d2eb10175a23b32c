import type { Instant } from '../domain/time.ts';
import type { MirrorTable } from './mirror-tables.ts';

/** A table that holds the objects of a stream. */
export interface ObjectTable {
  readonly table: MirrorTable;
  /**
   * What notes call these objects, where they came inside others of the same stream (the numbers of port orders).
   * Their control totals then stand under the table's own name.
   */
  readonly object?: string;
}

/** How the objects of one stream's table stand. */
export interface ObjectCounts {
  /** The stream; for objects that came inside others the table's name without its schema. */
  readonly name: string;
  readonly table: MirrorTable;
  /** Different objects ever mirrored: keys, not rows, where the table is a history. */
  readonly known: number;
  /** Of these, no longer shown by the provider; null where the table does not tell. */
  readonly gone: number | null;
  /** When the last complete listing was asked for; for streams without control totals the last look. Null when never. */
  readonly lastCompleteAt: Instant | null;
  /** Records and values set aside, still open. */
  readonly rejected: number;
  /** Ways in which the objects differ from their documentation: unknown fields, words, types. */
  readonly drift: number;
}
