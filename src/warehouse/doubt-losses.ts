import type { Look } from '../domain/fold-looks.ts';
import { DAY_MS, type Instant } from '../domain/time.ts';
import { plainArray } from './array-literal.ts';
import type { LoadTransaction } from './load-transaction.ts';
import { scopeOf } from './snapshot-scope.ts';
import type { SnapshotTable } from './snapshot-table.ts';

/** Objects that may leave a listing at once and be believed gone: the larger of this many and {@link LOST_SHARE_MAX}. */
export const LOST_MIN = 3;
/** Share of the listed objects that may leave at once and be believed gone. */
export const LOST_SHARE_MAX = 0.2;
/** How long so large a loss is doubted: a fault of the provider is mended by then, and a clinic that closes stays closed. */
export const DOUBT_MS = DAY_MS;
/** How many objects the last complete look before each of these showed; none for a look without one before it. */
const countShownBefore = (subject: 'subject_id is null' | 'subject_id = $4') => `
select l.observation_no, s.record_count from unnest($3::bigint[]) as l(observation_no)
cross join lateral (
  select record_count from ops.slices
  where account_id = $1 and stream = $2 and is_complete and observation_no < l.observation_no and ${subject}
  order by observation_no desc limit 1
) s`;
const COUNT_SHOWN_BEFORE = countShownBefore('subject_id is null');
const COUNT_SHOWN_BEFORE_OF_SUBJECT = countShownBefore('subject_id = $4');

/** What an object is now; null while it is not listed. */
interface Loss {
  readonly last: Look<unknown>;
}

/**
 * Marks the losses of a look that lost more at once than is believed of what was listed before it; by the looks and the history alone, so in
 * any order of loading. A complete list {@link DOUBT_MS} later that lacks them as well settles it: then they have left.
 */
export async function doubtMassLosses<Change extends Loss>(
  load: LoadTransaction,
  table: SnapshotTable,
  states: readonly Change[],
  lastCompleteAt: Instant,
): Promise<Array<Change & { readonly isDoubted: boolean }>> {
  const lostBy = new Map<number, number>();
  for (const { last } of states) {
    if (last.value !== null || last.at + DOUBT_MS <= lastCompleteAt) continue;
    lostBy.set(last.observation, (lostBy.get(last.observation) ?? 0) + 1);
  }
  const suspects = [...lostBy].filter(([, lost]) => lost > LOST_MIN);
  const listedNow = states.filter(({ last }) => last.value !== null).length;
  const shownBefore = await readShownBefore(
    load,
    table,
    suspects.map(([observation]) => observation),
  );
  const doubted = new Set(
    suspects.flatMap(([observation, lost]) =>
      lost > (shownBefore.get(observation) ?? listedNow + lost) * LOST_SHARE_MAX ? [observation] : [],
    ),
  );
  return states.map((state) => ({
    ...state,
    isDoubted: state.last.value === null && doubted.has(state.last.observation),
  }));
}

async function readShownBefore(
  load: LoadTransaction,
  table: SnapshotTable,
  observations: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  if (observations.length === 0) return new Map();
  const found = await load.client.query<{ observation_no: string; record_count: number }>(
    table.scope === undefined ? COUNT_SHOWN_BEFORE : COUNT_SHOWN_BEFORE_OF_SUBJECT,
    [load.accountId, table.stream, plainArray(observations), ...scopeOf(load, table)],
  );
  return new Map(found.rows.map((row) => [Number(row.observation_no), row.record_count]));
}
