import { DAY_MS, HOUR_MS, type Instant, toIso } from '../domain/time.ts';
import { START_PASS } from '../pipeline/passes.ts';
import { SNAPSHOT_PASS } from '../pipeline/snapshots.ts';
import type { AccountSettings } from '../runtime/account-settings.ts';
import type { Cursor, CursorKey } from '../state/contract.ts';
import { accountStatus } from '../streams/account-status.ts';
import { faxes } from '../streams/faxes.ts';
import { STREAMS } from '../streams/registry.ts';
import type { Stream } from '../streams/stream.ts';
import { adviceForMissingList, type StreamState, streamState } from '../streams/stream-state.ts';
import type { MirrorStatus } from '../warehouse/mirror-status.ts';
import { countNothing, type ObjectCounts } from '../warehouse/object-counts.ts';
import { formatCount, type Output } from './output.ts';

/** So many intervals may go by without a list, since a run may be cut short or the provider be down, before it is said. */
const MISSED_INTERVALS_MAX = 3;

/** How a stream is mirrored, or why it is not. */
type Mirroring = 'listed' | 'walked' | 'looked_up' | Exclude<StreamState, 'taken'>;

/** How one kind of object stands in one account. */
export interface StreamStatus extends ObjectCounts {
  readonly state: Mirroring;
  /** The state as it is told, e.g. `listed every 6 hours`. */
  readonly told: string;
  /** How often it is listed, in ms; null where it is not. */
  readonly everyMs: number | null;
}

type Cursors = ReadonlyArray<CursorKey & Cursor>;

/** How every kind of object stands, in the order of the registry; with counts of 0 where nothing was ever loaded. */
export function streamsOf(account: AccountSettings, mirror: MirrorStatus | null): readonly StreamStatus[] {
  const counts = mirror?.objects ?? countNothing([...STREAMS.values()]);
  return counts.flatMap((count) => {
    const stream = STREAMS.get(count.stream);
    if (stream === undefined) return [];
    const { state, told } = mirroringOf(stream, account);
    const everyMs = state === 'listed' ? (stream.listing?.everyMs ?? null) : null;
    const isInside = count.name !== count.stream && state === 'listed';
    return [{ ...count, state, told: isInside ? `with ${count.stream}` : told, everyMs }];
  });
}

function mirroringOf(stream: Stream, account: AccountSettings): { state: Mirroring; told: string } {
  const { apiVersion: dialect, skippedStreams, undocumentedPaths } = account;
  const state = streamState(stream, { dialect, skippedStreams, undocumentedPaths });
  switch (state) {
    case 'not_in_version':
      return { state, told: `not in ${dialect}` };
    case 'off':
      return { state, told: 'off: FAXSYNC_UNDOCUMENTED_STREAMS' };
    case 'skipped':
      return { state, told: 'skipped' };
    case 'taken':
      if (stream.listing !== null) return { state: 'listed', told: `listed ${everyOf(stream.listing.everyMs)}` };
      if (stream.name === faxes.name) return { state: 'walked', told: 'walked by passes' };
      return { state: 'looked_up', told: 'looked up' };
  }
}

function everyOf(everyMs: number): string {
  if (everyMs === DAY_MS) return 'every day';
  return everyMs === HOUR_MS ? 'every hour' : `every ${formatCount(everyMs / HOUR_MS)} hours`;
}

/**
 * A line for each list that fails: by the cursors the account is pulled, and this list was not taken for three of its intervals.
 * All by the provider's clock. A list that never was taken is due since first contact, or since the last migration if that was later.
 */
export function streamWarnings(
  streams: readonly StreamStatus[],
  cursors: Cursors,
  migratedAt: Instant | null,
): readonly string[] {
  const takenAt = (stream: string) =>
    cursors.find((cursor) => cursor.stream === stream && cursor.pass === SNAPSHOT_PASS)?.position ?? null;
  const pulledAt = takenAt(accountStatus.name);
  const startAt = cursors.find(({ pass }) => pass === START_PASS)?.position ?? null;
  if (pulledAt === null || startAt === null) return [];
  return streams.flatMap(({ name, stream: streamName, everyMs, told }) => {
    const stream = STREAMS.get(streamName);
    const at = takenAt(streamName);
    const dueSince = at ?? Math.max(startAt, migratedAt ?? startAt);
    const isMissed = everyMs !== null && pulledAt - dueSince > MISSED_INTERVALS_MAX * everyMs;
    if (stream === undefined || name !== streamName || !isMissed) return [];
    const since = at === null ? 'never taken' : `last taken ${toIso(at)}`;
    return [
      `${name} is ${told} and was ${since}. Why: faxsync sync --streams ${name} --now. ${adviceForMissingList(stream)}`,
    ];
  });
}

/** Shows the streams as a table. */
export function sayStreams(output: Output, streams: readonly StreamStatus[], mirror: MirrorStatus | null): void {
  output.table(
    ['stream', 'state', 'last complete', 'known', 'gone', 'set aside', 'drift'],
    streams.map(({ name, told, lastCompleteAt, known, gone, rejected, drift }) => [
      name,
      told,
      lastCompleteAt === null ? '' : toIso(lastCompleteAt),
      known,
      gone ?? '',
      rejected,
      drift,
    ]),
  );
  const codes = mirror?.phaxCodesNotLookedUp ?? 0;
  if (codes > 0) {
    output.info(
      `${formatCount(codes)} PhaxCodes that barcodes name are not stored: not looked up yet, or unknown to the provider`,
    );
  }
}

/** The streams as they stand in the document of `--json`. */
export function streamDocuments(streams: readonly StreamStatus[]): readonly object[] {
  return streams.map(({ name, state, everyMs, lastCompleteAt, known, gone, rejected, drift }) => ({
    stream: name,
    state,
    every_ms: everyMs,
    last_complete_at: lastCompleteAt === null ? null : toIso(lastCompleteAt),
    known,
    gone,
    rejected,
    drift,
  }));
}
