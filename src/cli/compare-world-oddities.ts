import type { ObjectOddity } from '../simulator/object-oddities.ts';
import { type Oddity, UNKNOWN_STATUS } from '../simulator/oddities.ts';
import { UNKNOWN_FIELD } from '../simulator/plan.ts';
import type { MirrorTableRow } from '../warehouse/read-mirror.ts';
import { TableComparer, type TableComparison } from './compare-world-rows.ts';

/** What could not be taken as sent, as it is kept. */
export interface StoredNotes {
  readonly rejected: ReadonlyArray<MirrorTableRow<'ops.rejected_records'>>;
  readonly drift: ReadonlyArray<MirrorTableRow<'ops.schema_drift'>>;
}

type Rejected = StoredNotes['rejected'][number];
type Drift = StoredNotes['drift'][number];

/** How an unusual record must have been noted. */
type Evidence =
  | { readonly kind: 'rejected'; readonly of: (row: Rejected) => boolean }
  | { readonly kind: 'drift'; readonly of: (row: Drift) => boolean };

function isDrift(field: string, kind: string, detail?: string): Evidence {
  return {
    kind: 'drift',
    of: (row) =>
      row.object === 'fax' &&
      row.field === field &&
      row.kind === kind &&
      (detail === undefined || row.detail === detail),
  };
}

function isRejected(oddity: Oddity, reason: string): Evidence {
  return { kind: 'rejected', of: (row) => row.reason === reason && row.record_id === oddity.faxId };
}

/** The creation time inside a refused record, in any dialect. */
function createdAtOf(raw: string): number | null {
  try {
    const record = JSON.parse(raw) as { created_at?: unknown; requested_at?: unknown };
    if (typeof record.requested_at === 'number') return record.requested_at * 1000;
    return typeof record.created_at === 'string' ? Date.parse(record.created_at) : null;
  } catch {
    return null;
  }
}

function evidenceFor(oddity: Oddity): Evidence {
  switch (oddity.kind) {
    case 'unknown_status':
      return isDrift('status', 'unknown_value', UNKNOWN_STATUS);
    case 'unknown_field':
      return isDrift(UNKNOWN_FIELD.name, 'unknown_field');
    case 'cost_as_text':
      return isDrift('cost', 'unexpected_type', 'string');
    case 'id_beyond_2_53':
      return isDrift('id', 'unexpected_type', 'beyond_2_53');
    case 'nul_character':
    case 'lone_surrogate':
    case 'negative_cost':
      return isRejected(oddity, oddity.kind);
    case 'missing_id':
      // Its id is not shown, so it is known by the time it was created.
      return {
        kind: 'rejected',
        of: (row) => row.reason === 'missing_id' && row.scope === 'record' && createdAtOf(row.raw) === oddity.createdAt,
      };
  }
}

/**
 * Compares what was planted with what was noted: every unusual record must be in `ops.rejected_records` or `ops.schema_drift`, and
 * nothing may be there that was not planted.
 */
export function compareOddities(
  of: StoredNotes,
  planted: readonly Oddity[],
  objects: readonly ObjectOddity[],
): TableComparison {
  const comparer = new TableComparer('oddities');
  const explained = new Set<Rejected | Drift>();
  for (const oddity of planted) {
    const evidence = evidenceFor(oddity);
    const found = evidence.kind === 'drift' ? of.drift.filter(evidence.of) : of.rejected.filter(evidence.of);
    for (const row of found) explained.add(row);
    if (found.length > 0) comparer.agrees();
    else comparer.compare(`fax ${oddity.faxId}`, { kind: oddity.kind }, null);
  }
  for (const { object, field, kind, detail } of objects) {
    const found = of.drift.filter(
      (row) => row.object === object && row.field === field && row.kind === kind && row.detail === detail,
    );
    for (const row of found) explained.add(row);
    if (found.length > 0) comparer.agrees();
    else comparer.compare(`${object}.${field}`, { kind }, null);
  }
  for (const row of [...of.rejected, ...of.drift]) {
    if (explained.has(row)) continue;
    const name =
      'reason' in row ? `${row.object} ${row.record_id}: ${row.reason}` : `${row.object}.${row.field}: ${row.kind}`;
    comparer.compare(name, null, {});
  }
  return comparer.result('planted on purpose; each is in ops.rejected_records or ops.schema_drift');
}
