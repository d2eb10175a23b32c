import { hash } from 'node:crypto';
import { expandHistory, foldLooks, type Look, type LookMark } from '../domain/fold-looks.ts';
import { toIso } from '../domain/time.ts';
import { plainArray, textArray } from './array-literal.ts';
import { doubtMassLosses } from './doubt-losses.ts';
import { REPLACE_TOTALS } from './load-ledger.ts';
import type { LoadTransaction } from './load-transaction.ts';
import { scopeOf, subjectOf } from './snapshot-scope.ts';
import { columnArray, readValue, type SnapshotTable, type SnapshotValue } from './snapshot-table.ts';

/** Longest key that is loaded; an index entry holds 2,700 bytes. */
const KEY_MAX_CHARS = 200;

/** One listed object: its key and its values in the order of the table's columns. */
export interface SnapshotRow {
  readonly key: string;
  readonly values: readonly SnapshotValue[];
}

/** An object's values, or null while it is not listed. */
type State = readonly SnapshotValue[] | null;

/** How one object changed by this look: its newest state, and whether a second complete look confirmed its absence. */
export interface SnapshotChange {
  readonly key: string;
  readonly last: Look<State>;
  /** The values it was last listed with; null where it never was. */
  readonly lastListed: Look<readonly SnapshotValue[]> | null;
  readonly isAbsenceConfirmed: boolean;
  /** It left together with too large a share of all: the listing is not believed, nothing is marked. */
  readonly isDoubted: boolean;
}

/** What a snapshot did to its history table. */
export interface SnapshotResult {
  readonly changes: readonly SnapshotChange[];
  readonly added: number;
  readonly changed: number;
  readonly missing: number;
}

/**
 * The looks after this one, and the last complete one before it; `subject` is a condition an index knows, unlike `is not distinct from`.
 * An incomplete look speaks for the objects it showed, and for nothing else.
 */
const looksAround = (subject: 'subject_id is null' | 'subject_id = $4') => `
(select observation_no, requested_at, is_complete, null::text[] as shown_keys from ops.slices
 where account_id = $1 and stream = $2 and is_complete and observation_no < $3 and ${subject}
 order by observation_no desc limit 1)
union all
(select observation_no, requested_at, is_complete, shown_keys from ops.slices
 where account_id = $1 and stream = $2 and (is_complete or shown_keys is not null) and observation_no > $3 and ${subject})
order by observation_no`;
const LOOKS_AROUND = looksAround('subject_id is null');
const LOOKS_AROUND_OF_SUBJECT = looksAround('subject_id = $4');

const INSERT_SLICE = `
insert into ops.slices (account_id, stream, observation_no, requested_at, pass, created_within, is_complete, record_count,
  cost_cents, content_digest, missing_count, subject_id, shown_keys)
values ($1, $2, $3, $4, $5, null, $6, $7, null, $8, $9, $10, $11)
${REPLACE_TOTALS}`;

function sameState(a: State, b: State): boolean {
  if (a === null || b === null) return a === b;
  return a.every((value, i) => value === b[i]);
}

/** The last state before this look, the last listed one, its own and every later one, for each object of the account. */
async function readPoints(load: LoadTransaction, table: SnapshotTable): Promise<Map<string, Look<State>[]>> {
  const key = table.key.name;
  // Numbers beyond 2^53 inside: the driver's own parser would change them.
  const columns = table.columns
    .map(({ name, type }) => (type === 'jsonb' ? `${name}::text as ${name}` : name))
    .join(', ');
  const all = `${key}, observation_no, ${table.at} as seen_at, is_listed, ${columns}`;
  const scope = table.scope === undefined ? '' : `and ${table.scope} = $3`;
  const of = (filter: string) =>
    `select ${all} from ${table.history} h where account_id = $1 ${scope} and h.${key} = k.${key} ${filter}`;
  const newest = 'order by observation_no desc limit 1';
  // Some probes of the key's index an object, however long its history is.
  const found = await load.client.query<Record<string, unknown>>(
    `with known_keys as (select distinct ${key} from ${table.current?.table ?? table.history} where account_id = $1 ${scope})
     select p.* from known_keys k cross join lateral (
       (${of('and observation_no < $2')} ${newest})
       union (${of('and observation_no < $2 and is_listed')} ${newest})
       union (${of('and observation_no >= $2')})
     ) p
     order by 1, 2`,
    [load.accountId, load.observation, ...scopeOf(load, table)],
  );
  const points = new Map<string, Look<State>[]>();
  for (const row of found.rows) {
    const id = String(row[key]);
    const known = points.get(id) ?? [];
    points.set(id, known);
    const seenAt = row['seen_at'];
    known.push({
      observation: Number(row['observation_no']),
      at: seenAt instanceof Date ? seenAt.getTime() : 0,
      via: 'listing',
      stage: 1,
      value: row['is_listed'] === true ? table.columns.map(({ name, type }) => readValue(type, row[name])) : null,
    });
  }
  return points;
}

/** A known look: what it speaks for. */
interface KnownLook extends LookMark {
  readonly isComplete: boolean;
  /** Objects an incomplete look showed. */
  readonly shown: ReadonlySet<string>;
}

async function readLooksAround(load: LoadTransaction, table: SnapshotTable): Promise<KnownLook[]> {
  const found = await load.client.query<{
    observation_no: string;
    requested_at: Date;
    is_complete: boolean;
    shown_keys: string[] | null;
  }>(table.scope === undefined ? LOOKS_AROUND : LOOKS_AROUND_OF_SUBJECT, [
    load.accountId,
    table.stream,
    load.observation,
    ...scopeOf(load, table),
  ]);
  return found.rows.map((row) => ({
    observation: Number(row.observation_no),
    at: row.requested_at.getTime(),
    via: 'listing',
    isComplete: row.is_complete,
    shown: new Set(row.shown_keys),
  }));
}

/**
 * Loads one snapshot into its history: a row for each change of each object, leaving the list included.
 * The result depends on the set of snapshots loaded, not on their order. An incomplete one (`isComplete` false, or a record set aside here) says
 * nothing of what it does not list. Objects that left with too large a share at once are doubted, until a list a day later lacks them too.
 */
export async function loadSnapshot(
  load: LoadTransaction,
  table: SnapshotTable,
  rows: readonly SnapshotRow[],
  isComplete: boolean,
): Promise<SnapshotResult> {
  const usable = usableRows(load, table, rows);
  const provesAbsence = isComplete && usable.length === rows.length;
  const listed = new Map(usable.map((row) => [row.key, row.values]));
  const points = await readPoints(load, table);
  const looks = await readLooksAround(load, table);
  const laterLooks = looks.filter(({ observation }) => observation > load.observation);
  // What this look does not show it confirms only where it is complete itself.
  const own: LookMark[] = provesAbsence
    ? [{ observation: load.observation, at: load.requestedAt, via: 'listing' }]
    : [];
  const lastComplete = [...looks.filter((look) => look.isComplete), ...own].reduce<LookMark | null>(
    (last, look) => (last === null || look.observation > last.observation ? look : last),
    null,
  );
  const lost = [...points].filter(([key, of]) => !listed.has(key) && listedBefore(of, load.observation)).length;
  const states: Array<Omit<SnapshotChange, 'isDoubted'>> = [];
  const rewritten: Array<{ key: string; from: number; points: readonly Look<State>[] }> = [];
  let added = 0;
  for (const key of [...new Set([...points.keys(), ...listed.keys()])].sort()) {
    const before = points.get(key) ?? [];
    const value = listed.get(key) ?? null;
    const look: Look<State> = { observation: load.observation, at: load.requestedAt, via: 'listing', stage: 1, value };
    const after =
      value === null && !provesAbsence
        ? before
        : placeLook(
            before,
            laterLooks.filter((later) => later.isComplete || later.shown.has(key)),
            look,
          );
    if (before.length === 0) added += 1;
    if (!samePoints(before, after)) rewritten.push({ key, from: before[0]?.observation ?? 0, points: after });
    const last = after.at(-1);
    if (last === undefined) continue;
    states.push({
      key,
      last,
      lastListed: lastListed(after),
      isAbsenceConfirmed: last.value === null && (lastComplete?.observation ?? 0) > last.observation,
    });
  }
  await rewriteHistory(load, table, rewritten);
  const content = [...rows]
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ key, values }) => JSON.stringify([key, values]));
  await load.client.query(INSERT_SLICE, [
    load.accountId,
    table.stream,
    load.observation,
    toIso(load.requestedAt),
    load.pass,
    provesAbsence,
    rows.length,
    hash('sha256', content.join('\n'), 'hex'),
    lost,
    subjectOf(load, table),
    provesAbsence ? null : textArray([...listed.keys()].sort()),
  ]);
  return {
    changes: await doubtMassLosses(load, table, states, lastComplete?.at ?? load.requestedAt),
    added,
    changed: rewritten.length - added,
    missing: lost,
  };
}

/** Rows whose key an index can hold; the others are set aside, and the rest of the snapshot is loaded. */
function usableRows(load: LoadTransaction, table: SnapshotTable, rows: readonly SnapshotRow[]): SnapshotRow[] {
  return rows.filter(({ key }) => {
    if (key.length <= KEY_MAX_CHARS) return true;
    const raw = JSON.stringify(key);
    load.notes.reject({
      scope: 'record',
      object: table.stream,
      recordId: null,
      path: '$',
      reason: 'key_too_long',
      raw,
    });
    return false;
  });
}

function listedBefore(points: readonly Look<State>[], observation: number): boolean {
  const before = points.filter((point) => point.observation < observation);
  return before.at(-1)?.value !== null && before.length > 0;
}

/** The history with one more look in its place. Looks before an object was first listed showed nothing, and are no state. */
function placeLook(
  before: readonly Look<State>[],
  laterLooks: readonly LookMark[],
  look: Look<State>,
): readonly Look<State>[] {
  const first = before[0];
  const absent: Look<State>[] = laterLooks
    .filter(({ observation }) => first === undefined || observation < first.observation)
    .map((mark) => ({ ...mark, stage: 1, value: null }));
  // The same look read again, perhaps by a better decoder, takes its own place.
  const seen = expandHistory(before, laterLooks, () => 1).filter(({ observation }) => observation !== look.observation);
  const { points } = foldLooks([...seen, ...absent, look], sameState);
  const firstListed = points.findIndex((point) => point.value !== null);
  return firstListed === -1 ? [] : points.slice(firstListed);
}

function samePoints(a: readonly Look<State>[], b: readonly Look<State>[]): boolean {
  return (
    a.length === b.length &&
    a.every((point, i) => point.observation === b[i]?.observation && sameState(point.value, b[i]?.value ?? null))
  );
}

function lastListed(points: readonly Look<State>[]): Look<readonly SnapshotValue[]> | null {
  for (let i = points.length - 1; i >= 0; i--) {
    const point = points[i];
    if (point?.value != null) return { ...point, value: point.value };
  }
  return null;
}

async function rewriteHistory(
  load: LoadTransaction,
  table: SnapshotTable,
  rewritten: ReadonlyArray<{ key: string; from: number; points: readonly Look<State>[] }>,
): Promise<void> {
  if (rewritten.length === 0) return;
  const { columns, history, key, scope } = table;
  await load.client.query(
    `delete from ${history} h using unnest($2::${key.type}[], $3::bigint[]) as p(key, observation_no)
     where h.account_id = $1 and h.${key.name} = p.key and h.observation_no >= p.observation_no ${scope === undefined ? '' : `and h.${scope} = $4`}`,
    [
      load.accountId,
      keyArray(table, rewritten),
      plainArray(rewritten.map(({ from }) => from)),
      ...scopeOf(load, table),
    ],
  );
  const rows = rewritten.flatMap(({ key, points }) => points.map((point) => ({ key, ...point })));
  const types = columns.map(({ type }, i) => `$${i + 6}::${type}[]`);
  const scopeName = scope === undefined ? '' : `${scope}, `;
  const scopeValue = scope === undefined ? '' : `$${columns.length + 6}::bigint, `;
  await load.client.query(
    `insert into ${history} (account_id, ${scopeName}${key.name}, observation_no, ${table.at}, is_listed, ${columns.map(({ name }) => name).join(', ')})
     select $1, ${scopeValue}p.* from unnest($2::${key.type}[], $3::bigint[], $4::timestamptz[], $5::boolean[], ${types.join(', ')}) as p`,
    [
      load.accountId,
      keyArray(table, rows),
      plainArray(rows.map(({ observation }) => observation)),
      plainArray(rows.map(({ at }) => toIso(at))),
      plainArray(rows.map(({ value }) => value !== null)),
      ...columnArrays(
        table,
        rows.map(({ value }) => value),
      ),
      ...scopeOf(load, table),
    ],
  );
}

/** The keys of rows as one array literal. */
export function keyArray(table: SnapshotTable, rows: ReadonlyArray<{ readonly key: string }>): string {
  return columnArray(
    table.key.type,
    rows.map(({ key }) => key),
  );
}

/** One array literal for each column of the table; a row of null is null throughout. */
export function columnArrays(table: SnapshotTable, rows: ReadonlyArray<readonly SnapshotValue[] | null>): string[] {
  return table.columns.map(({ type }, i) =>
    columnArray(
      type,
      rows.map((row) => row?.[i] ?? null),
    ),
  );
}
