import type { Instant } from '../domain/time.ts';
import type { MirrorTableRow } from '../warehouse/read-mirror.ts';
import type { CellRow } from './compare-world-rows.ts';

/** One complete look at a whole list, as the mirror says it took it. */
export interface Look {
  readonly at: Instant;
  readonly observation: string;
  /** False where the mirror did not take the list as complete: then nothing counts as missing. */
  readonly isComplete: boolean;
}

/** An object from one look on; null values: not listed. */
export interface Point {
  readonly look: Look;
  readonly values: CellRow | null;
}

/** The looks at one list, in their order; `subject`: the object whose own list it is, null for lists of the account. */
export function looksAt(
  slices: ReadonlyArray<MirrorTableRow<'ops.slices'>>,
  stream: string,
  subject: string | null = null,
): Look[] {
  return slices
    .filter((slice) => slice.stream === stream && slice.subject_id === subject)
    .map((slice) => ({
      at: slice.requested_at.getTime(),
      observation: slice.observation_no,
      isComplete: slice.is_complete,
    }))
    .sort((a, b) => Number(BigInt(a.observation) - BigInt(b.observation)));
}

/** The history of every object over a series of looks: a point for each change, leaving the list included. */
export function pointsOf(
  looks: readonly Look[],
  listAt: (at: Instant) => ReadonlyMap<string, CellRow>,
): Map<string, Point[]> {
  const points = new Map<string, Point[]>();
  for (const look of looks) {
    const listed = listAt(look.at);
    for (const key of new Set([...points.keys(), ...listed.keys()])) {
      const values = listed.get(key) ?? null;
      if (values === null && !look.isComplete) continue;
      const before = points.get(key) ?? [];
      points.set(key, before);
      const last = before.at(-1);
      if (last === undefined || !sameCells(last.values, values)) before.push({ look, values });
    }
  }
  return points;
}

function sameCells(a: CellRow | null, b: CellRow | null): boolean {
  if (a === null || b === null) return a === b;
  return Object.keys(a).every((name) => a[name] === b[name]);
}
