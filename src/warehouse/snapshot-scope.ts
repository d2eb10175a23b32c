import { assertInvariant } from '../domain/errors.ts';
import type { LoadTransaction } from './load-transaction.ts';
import type { SnapshotTable } from './snapshot-table.ts';

/** The object whose own list this look was; null for lists of the whole account. */
export function subjectOf(load: LoadTransaction, table: SnapshotTable): string | null {
  if (table.scope === undefined) return null;
  assertInvariant(/^[1-9]\d{0,18}$/.test(load.subjectId ?? ''), 'a list that belongs to one object names none', {
    stream: load.stream,
  });
  return load.subjectId;
}

/** The parameter for the scope's column; none where the table has no scope. */
export function scopeOf(load: LoadTransaction, table: SnapshotTable): string[] {
  const subject = subjectOf(load, table);
  return subject === null ? [] : [subject];
}
