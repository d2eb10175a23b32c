import type { Instant } from '../domain/time.ts';
import { plainArray } from './array-literal.ts';
import { columnArrays, keyArray, loadSnapshot, type SnapshotChange, type SnapshotRow } from './load-snapshot.ts';
import { type LoadTransaction, NOTHING_WRITTEN, type WriteCounts } from './load-transaction.ts';
import { scopeOf } from './snapshot-scope.ts';
import { columnArray, type SnapshotTable } from './snapshot-table.ts';
import { spareBadRows } from './spare-bad-rows.ts';

/**
 * Loads one listing: the history of each object, and its current row where the table has one.
 * `provesAbsence` false: the listing says nothing of what it does not show.
 */
export async function loadListed(
  load: LoadTransaction,
  table: SnapshotTable,
  rows: readonly SnapshotRow[],
  provesAbsence: boolean,
): Promise<WriteCounts> {
  // Only tried: the history follows from all rows together, and what a part of them lacks is not missing.
  const storable = load.isCareful
    ? await spareBadRows(load, rows, {
        write: (some) => writeListed(load, table, some, false),
        describe: ({ key, values }) => ({ object: table.stream, recordId: key, raw: JSON.stringify([key, ...values]) }),
        isTrial: true,
      })
    : rows;
  return writeListed(load, table, storable, provesAbsence && storable.length === rows.length);
}

async function writeListed(
  load: LoadTransaction,
  table: SnapshotTable,
  rows: readonly SnapshotRow[],
  provesAbsence: boolean,
): Promise<WriteCounts> {
  const { changes, added, changed, missing } = await loadSnapshot(load, table, rows, provesAbsence);
  await writeCurrent(load, table, changes);
  return { ...NOTHING_WRITTEN, records: rows.length, added, changed, missing };
}

/** The counts of two listings that came in one object. */
export function addCounts(a: WriteCounts, b: WriteCounts): WriteCounts {
  return {
    ...NOTHING_WRITTEN,
    records: a.records + b.records,
    added: a.added + b.added,
    changed: a.changed + b.changed,
    missing: a.missing + b.missing,
  };
}

/** Unchanged rows are not written. */
async function writeCurrent(
  load: LoadTransaction,
  table: SnapshotTable,
  changes: readonly SnapshotChange[],
): Promise<void> {
  const { current, key, scope, columns } = table;
  if (current === undefined) return;
  const rows = changes.flatMap(({ key, last, lastListed, isAbsenceConfirmed, isDoubted }) => {
    if (lastListed === null) return [];
    const missingSince: Instant | null = last.value === null && !isDoubted ? last.at : null;
    return [{ key, of: lastListed, missingSince, goneAt: isAbsenceConfirmed ? missingSince : null }];
  });
  if (rows.length === 0) return;
  const marks = [...(current.missing === undefined ? [] : [current.missing]), current.gone];
  const instants = (values: ReadonlyArray<Instant | null>) => columnArray('timestamptz', values);
  const names = ['observation_no', 'observed_at', ...marks, ...columns.map(({ name }) => name)];
  const types = ['bigint', 'timestamptz', ...marks.map(() => 'timestamptz'), ...columns.map(({ type }) => type)];
  const parameters = [
    load.accountId,
    keyArray(table, rows),
    plainArray(rows.map(({ of }) => of.observation)),
    instants(rows.map(({ of }) => of.at)),
    ...(current.missing === undefined ? [] : [instants(rows.map(({ missingSince }) => missingSince))]),
    instants(rows.map(({ goneAt }) => goneAt)),
    ...columnArrays(
      table,
      rows.map(({ of }) => of.value),
    ),
    ...scopeOf(load, table),
  ];
  const scopeName = scope === undefined ? '' : `${scope}, `;
  await load.client.query(
    `insert into ${current.table} as c (account_id, ${scopeName}${key.name}, ${names.join(', ')})
     select $1, ${scope === undefined ? '' : `$${parameters.length}::bigint, `}p.*
     from unnest($2::${key.type}[], ${types.map((type, i) => `$${i + 3}::${type}[]`).join(', ')}) as p(${key.name}, ${names.join(', ')})
     on conflict (account_id, ${scopeName}${key.name}) do update set ${names.map((name) => `${name} = excluded.${name}`).join(', ')}
     where (${names.map((name) => `c.${name}`).join(', ')}) is distinct from (${names.map((name) => `excluded.${name}`).join(', ')})`,
    parameters,
  );
}
