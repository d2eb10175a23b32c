import { type Instant, toIso } from '../domain/time.ts';
import { auditLanded } from '../pipeline/audit.ts';
import { CURSOR_AHEAD_MAX_MS, planPass, START_PASS, standardPassNames } from '../pipeline/passes.ts';
import type { Cursor, CursorKey } from '../state/contract.ts';
import { STREAMS } from '../streams/registry.ts';
import { type MirrorStatus, readMirrorStatus } from '../warehouse/mirror-status.ts';
import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { countOf, formatCount, formatSpan, type Output } from './output.ts';
import { type Session, withSession } from './session.ts';
import { type StreamStatus, sayStreams, streamDocuments, streamsOf, streamWarnings } from './status-streams.ts';

/** Most faxes of the watch list that are counted one by one. */
const WATCHED_MAX = 10_000;
/** Nothing is due later than this. */
const END_OF_TIME: Instant = Date.UTC(2100, 0, 1);

/** `faxsync status`. */
export interface StatusOptions {
  /** Ends with 2 when something needs a look. */
  readonly isCheck: boolean;
}

/** One cursor with how far it is behind where its pass may go. */
interface PassStatus extends CursorKey, Cursor {
  /** Null for places that are no pass of the faxes (snapshots, first contact). */
  readonly lagMs: number | null;
  /** True when it lies beyond where any honest clock could have moved it. */
  readonly isAhead: boolean;
}

interface AccountStatus {
  readonly account: string;
  readonly cursors: readonly PassStatus[];
  readonly landed: number;
  readonly unloaded: number;
  readonly watched: number;
  readonly streams: readonly StreamStatus[];
  /** Null where nothing was ever loaded. */
  readonly mirror: MirrorStatus | null;
  /** What needs a look, each with the next command. */
  readonly warnings: readonly string[];
}

/** Says how the mirror stands. Returns the exit code. */
export async function runStatus({ output, ...context }: CommandContext, options: StatusOptions): Promise<number> {
  output.intro('faxsync status');
  return withSession({ output, ...context }, { settings: [], schema: 'current' }, async (session) => {
    const accounts: AccountStatus[] = [];
    for (const { account } of session.settings.accounts) accounts.push(await readAccount(session, account, output));
    for (const account of accounts) sayAccount(output, account);
    const isFine = accounts.every(({ warnings }) => warnings.length === 0);
    output.document({
      command: 'status',
      ok: isFine,
      accounts: accounts.map(accountDocument),
    });
    output.outro(isFine ? 'Nothing needs a look.' : 'See the warnings above.');
    return options.isCheck && !isFine ? EXIT.different : EXIT.fine;
  });
}

async function readAccount(session: Session, account: string, output: Output): Promise<AccountStatus> {
  const { pool, landing, state, clock } = session.runtime;
  const progress = output.progress(`${account}: counting`);
  try {
    const cursors = await state.listCursors(account);
    const audit = await auditLanded({ landing, pool }, account, {
      onProgress: (seen) => progress.update(`${account}: checking ${formatCount(seen)} landed objects`),
    });
    const watched = await state.dueObjects(account, 'faxes', END_OF_TIME, WATCHED_MAX);
    const mirror = await readMirrorStatus(pool, account, [...STREAMS.values()]);
    const settings = session.runtime.account(account);
    const unloaded = audit.unloaded.length;
    const passes = withLags(cursors, clock.now(), settings.backfillFrom);
    const streams = streamsOf(settings, mirror);
    return {
      account,
      cursors: passes,
      landed: audit.landed,
      unloaded,
      watched: watched.length,
      streams,
      mirror,
      warnings: [
        ...cursorWarnings(passes),
        ...streamWarnings(streams, cursors, mirror?.migratedAt ?? null),
        ...warningsOf(unloaded, mirror),
      ],
    };
  } finally {
    progress.end();
  }
}

/** Lags by this machine's clock; the pull itself goes by the provider's. */
function withLags(
  cursors: ReadonlyArray<CursorKey & Cursor>,
  now: Instant,
  backfillFrom: Instant | null,
): PassStatus[] {
  const startAt = cursors.find(({ pass }) => pass === START_PASS)?.position ?? now;
  const standard = new Set(standardPassNames());
  return cursors.map((cursor) => {
    const isPass = standard.has(cursor.pass) || cursor.pass.startsWith('backfill:');
    if (!isPass) return { ...cursor, lagMs: null, isAhead: cursor.position > now + CURSOR_AHEAD_MAX_MS };
    const { end, everyMs, isOpen } = planPass(cursor.pass, { startAt, providerNow: now, backfillFrom });
    // A backfill's end is in the settings, which may have changed; only the present limits it.
    const limit = isOpen || everyMs > 0 ? end : now;
    const isAhead = cursor.position > limit + CURSOR_AHEAD_MAX_MS;
    return { ...cursor, lagMs: Math.max(0, end - cursor.position), isAhead };
  });
}

function cursorWarnings(cursors: readonly PassStatus[]): string[] {
  return cursors
    .filter(({ isAhead }) => isAhead)
    .map(
      ({ stream, pass, position }) =>
        `${stream}, ${pass}: its cursor lies in the future (${toIso(position)}), so nothing is read until then. Compare this machine's clock with the provider's; docs/adr/0008-provider-clock.md says what to do.`,
    );
}

function warningsOf(unloaded: number, mirror: MirrorStatus | null): string[] {
  const warnings: string[] = [];
  if (unloaded > 0) warnings.push(`${countOf(unloaded, 'landed object')} not loaded. Load: faxsync sync`);
  if (mirror === null) return warnings;
  const { goneLive } = mirror.faxes;
  if (goneLive > 0) {
    const are = goneLive === 1 ? 'is' : 'are';
    warnings.push(`${countOf(goneLive, 'live fax', 'live faxes')} ${are} gone at the source: ask the provider.`);
  }
  if (mirror.rejected.length > 0) {
    const open = mirror.rejected.reduce((sum, { records }) => sum + records, 0);
    warnings.push(`${countOf(open, 'record or value', 'records or values')} set aside. Look: faxsync rejected`);
  }
  if (mirror.slices.incomplete > 0) {
    warnings.push(
      `${countOf(mirror.slices.incomplete, 'listing')} not taken as complete: what ${mirror.slices.incomplete === 1 ? 'it' : 'they'} did not show is not called missing.`,
    );
  }
  return warnings;
}

function sayAccount(output: Output, status: AccountStatus): void {
  const { account, cursors, landed, unloaded, watched, streams, mirror, warnings } = status;
  if (mirror === null) {
    output.step(`${account}: nothing loaded yet. Begin: faxsync sync`);
  } else {
    const dollars = (Number(mirror.costCents) / 100).toLocaleString('en-US', { style: 'currency', currency: 'USD' });
    const at = mirror.lastLoadedAt === null ? 'never' : toIso(mirror.lastLoadedAt);
    output.step(
      `${account}: ${countOf(mirror.rows['warehouse.faxes'] ?? 0, 'fax', 'faxes')}, ${dollars}, last load ${at}`,
    );
    const { open, missing, goneTest, goneLive } = mirror.faxes;
    output.info(
      `faxes: ${formatCount(open)} open, ${formatCount(missing)} missing, gone at the source ${formatCount(goneTest)} test and ${formatCount(goneLive)} live, ${formatCount(watched)} watched`,
    );
  }
  output.info(`objects: ${formatCount(landed)} landed, ${formatCount(unloaded)} not loaded`);
  if (cursors.length > 0) {
    output.table(
      ['stream', 'pass', 'everything before', 'behind'],
      cursors.map(({ stream, pass, position, lagMs }) => [
        stream,
        pass,
        toIso(position),
        lagMs === null ? '' : formatSpan(lagMs),
      ]),
    );
  }
  sayStreams(output, streams, mirror);
  if (mirror !== null) sayMirror(output, mirror);
  for (const warning of warnings) output.warn(`${account}: ${warning}`);
}

function sayMirror(output: Output, mirror: MirrorStatus): void {
  output.table(['table', 'rows'], Object.entries(mirror.rows));
  output.info(
    `listings: ${formatCount(mirror.slices.complete)} complete, ${formatCount(mirror.slices.incomplete)} not complete`,
  );
  if (mirror.latestIncomplete.length > 0) {
    output.table(
      ['not complete', 'pass', 'at', 'records', 'not shown'],
      mirror.latestIncomplete.map((slice) => [
        slice.stream,
        slice.pass ?? '',
        toIso(slice.requestedAt),
        slice.recordCount,
        slice.missingCount,
      ]),
    );
  }
  if (mirror.rejected.length > 0) {
    output.table(
      ['set aside', 'scope', 'reason', 'records', 'seen'],
      mirror.rejected.map(({ object, scope, reason, records, occurrences }) => [
        object,
        scope,
        reason,
        records,
        occurrences,
      ]),
    );
  }
  if (mirror.drift.length > 0) {
    output.table(
      ['drift', 'field', 'kind', 'detail', 'seen'],
      mirror.drift.map(({ object, field, kind, detail, occurrences }) => [
        object,
        field,
        kind,
        detail,
        Number(occurrences),
      ]),
    );
  }
}

function accountDocument(status: AccountStatus): object {
  const { account, cursors, landed, unloaded, watched, streams, mirror, warnings } = status;
  return {
    account,
    cursors: cursors.map(({ stream, pass, position, movedAt, lagMs }) => ({
      stream,
      pass,
      position: toIso(position),
      moved_at: toIso(movedAt),
      lag_ms: lagMs,
    })),
    objects: { landed, unloaded },
    watched_faxes: watched,
    streams: streamDocuments(streams),
    mirror: mirror === null ? null : mirrorDocument(mirror),
    warnings,
  };
}

function mirrorDocument(mirror: MirrorStatus): object {
  const { rows, costCents, faxes, slices, latestIncomplete, lastLoadedAt, rejected, drift, phaxCodesNotLookedUp } =
    mirror;
  return {
    rows,
    cost_cents: Number(costCents),
    last_loaded_at: lastLoadedAt === null ? null : toIso(lastLoadedAt),
    faxes: { open: faxes.open, missing: faxes.missing, gone_test: faxes.goneTest, gone_live: faxes.goneLive },
    phax_codes_not_looked_up: phaxCodesNotLookedUp,
    slices,
    latest_incomplete: latestIncomplete.map(({ stream, pass, requestedAt, recordCount, missingCount }) => ({
      stream,
      pass,
      requested_at: toIso(requestedAt),
      record_count: recordCount,
      missing_count: missingCount,
    })),
    rejected,
    drift: drift.map((note) => ({ ...note, occurrences: Number(note.occurrences) })),
  };
}
