import { HOUR_MS, type Instant } from '../domain/time.ts';
import type { Dialect } from '../landing/contract.ts';
import type { World } from '../simulator/world.ts';
import { LISTED_STREAMS } from '../streams/registry.ts';
import type { MirrorTableRow } from '../warehouse/read-mirror.ts';
import { looksAt } from './compare-world-looks.ts';
import { TableComparer, type TableComparison } from './compare-world-rows.ts';

/** How late a list may be: a pull that met a fault takes it up again in one of the next. */
const LATE_MS = 2 * HOUR_MS;
/** Share of the looks due by the schedule that may be missing for the same reason. */
const MISSED_SHARE_MAX = 0.25;

/** What the mirror says of its looks. */
export interface StoredLooks {
  readonly slices: ReadonlyArray<MirrorTableRow<'ops.slices'>>;
  readonly landed: ReadonlyArray<MirrorTableRow<'ops.landed_objects'>>;
}

/**
 * Compares the looks themselves with the schedule: the other comparisons ask what each look must have found, and would find nothing wrong with
 * a list that was never looked at. Each list must have been taken whole about as often as it was due when the account was pulled, the
 * last time not long ago; and each number being ported must have had its notes read.
 */
export function compareCoverage(of: StoredLooks, world: World, dialect: Dialect): TableComparison {
  const pulls = of.landed
    .filter(({ stream }) => stream === 'account_status')
    .map(({ requested_at }) => requested_at.getTime())
    .sort((a, b) => a - b);
  const last = pulls.at(-1);
  const comparer = new TableComparer('lists');
  if (last === undefined) return comparer.result('nothing was pulled');
  const judge = (name: string, isCovered: boolean) => comparer.compare(name, {}, isCovered ? {} : null);
  for (const { name, dialects, listing } of LISTED_STREAMS) {
    if (!dialects.includes(dialect) || name === 'account_status' || listing.subjects !== undefined) continue;
    const complete = looksAt(of.slices, name).filter(({ isComplete }) => isComplete);
    const isRecent = complete.some(({ at }) => at >= last - listing.everyMs - LATE_MS);
    judge(name, isRecent && complete.length >= Math.floor(timesDue(pulls, listing.everyMs) * (1 - MISSED_SHARE_MAX)));
  }
  if (dialect === 'v2.1') {
    // New numbers wait for the next round.
    const since = Math.max(pulls[0] ?? last, last - 6 * HOUR_MS - LATE_MS);
    for (const id of world.objectsAt('port_numbers', since).keys()) {
      judge(
        `notes of number ${id}`,
        looksAt(of.slices, 'port_number_notes', id).some(({ isComplete }) => isComplete),
      );
    }
  }
  return comparer.result('each taken whole as often as it was due');
}

/** How often a list was due, had it been taken by every pull that found it so. */
function timesDue(pulls: readonly Instant[], everyMs: number): number {
  let times = 0;
  let takenAt = Number.NEGATIVE_INFINITY;
  for (const at of pulls) {
    if (at - takenAt < everyMs) continue;
    times += 1;
    takenAt = at;
  }
  return times;
}
