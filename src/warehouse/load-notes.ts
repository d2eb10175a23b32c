import { hash } from 'node:crypto';
import type { Rejection } from '../domain/notes.ts';
import { toIso } from '../domain/time.ts';
import { plainArray, textArray } from './array-literal.ts';
import type { LoadTransaction } from './load-transaction.ts';

const INSERT_REJECTIONS = `
insert into ops.rejected_records as r (account_id, stream, scope, object, record_id, path, reason, raw, raw_digest, occurrences,
  first_landed_key, last_landed_key, first_seen_at, last_seen_at)
select $1, $2, p.scope, p.object, p.record_id, p.path, p.reason, p.raw, p.raw_digest, 1, $3, $3, $4, $4
from unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])
  as p(scope, object, record_id, path, reason, raw, raw_digest)
on conflict on constraint rejected_records_once do update set
  occurrences = r.occurrences + 1, last_landed_key = excluded.last_landed_key,
  first_seen_at = least(r.first_seen_at, excluded.first_seen_at), last_seen_at = greatest(r.last_seen_at, excluded.last_seen_at),
  resolved_at = null`;

const INSERT_DRIFT = `
insert into ops.schema_drift as d (account_id, stream, dialect, object, field, kind, detail, occurrences, first_seen_at, last_seen_at)
select $1, $2, $3, p.object, p.field, p.kind, p.detail, p.occurrences, $4, $4
from unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[]) as p(object, field, kind, detail, occurrences)
on conflict on constraint schema_drift_pkey do update set
  occurrences = d.occurrences + excluded.occurrences,
  first_seen_at = least(d.first_seen_at, excluded.first_seen_at), last_seen_at = greatest(d.last_seen_at, excluded.last_seen_at)`;

/** Characters of a refused value that are kept; more is cut and marked. */
export const REJECTED_RAW_MAX_CHARS = 65_536;

function shorten(raw: string): string {
  const text = raw.length > REJECTED_RAW_MAX_CHARS ? `${raw.slice(0, REJECTED_RAW_MAX_CHARS)} [cut]` : raw;
  return text.replaceAll('\0', '\\u0000').toWellFormed();
}

/**
 * Keeps what the decoders could not take as sent, and the surprises they counted, in the object's own transaction.
 * Two refusals of one record that are alike are kept as one. Returns how many refusals the object had.
 */
export async function recordNotes(load: LoadTransaction): Promise<number> {
  const { notes } = load;
  const seenAt = toIso(load.requestedAt);
  const rejections = new Map<string, ReturnType<typeof rejectionRow>>();
  for (const rejection of notes.rejections) {
    const row = rejectionRow(rejection);
    rejections.set([row.object, row.recordId, row.path, row.reason, row.digest].join('\n'), row);
  }
  const rows = [...rejections.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  if (rows.length > 0) {
    await load.client.query(INSERT_REJECTIONS, [
      load.accountId,
      load.stream,
      load.landedKey,
      seenAt,
      textArray(rows.map((row) => row.scope)),
      textArray(rows.map((row) => row.object)),
      textArray(rows.map((row) => row.recordId)),
      textArray(rows.map((row) => row.path)),
      textArray(rows.map((row) => row.reason)),
      textArray(rows.map((row) => row.raw)),
      textArray(rows.map((row) => row.digest)),
    ]);
  }
  const drift = notes.driftNotes();
  if (drift.length > 0) {
    await load.client.query(INSERT_DRIFT, [
      load.accountId,
      load.stream,
      load.dialect,
      seenAt,
      textArray(drift.map((note) => note.object)),
      textArray(drift.map((note) => shorten(note.field))),
      textArray(drift.map((note) => note.kind)),
      textArray(drift.map((note) => shorten(note.detail))),
      plainArray(drift.map((note) => note.occurrences)),
    ]);
  }
  return rows.length;
}

function rejectionRow(rejection: Rejection) {
  const raw = shorten(rejection.raw);
  const recordId = shorten(rejection.recordId ?? '').slice(0, 64);
  const { scope, object, reason } = rejection;
  return {
    scope,
    object,
    reason,
    recordId,
    path: shorten(rejection.path).slice(0, 400),
    raw,
    digest: hash('sha256', raw, 'hex'),
  };
}
