import { FaxsyncError, SettingsError } from '../domain/errors.ts';
import type { Instant } from '../domain/time.ts';
import { DAY_MS, HOUR_MS, parseRfc3339, toIso } from '../domain/time.ts';
import { floorSecond } from './slices.ts';

const MINUTE_MS = 60_000;

/** One walk over the faxes' creation time that trails the provider's present by its lag. */
export interface TrailingPass {
  readonly name: string;
  /** How far behind the present the pass keeps; what changed on a fax up to that age is seen by it. */
  readonly lagMs: number;
  /** How far the first window of a run reaches back before the cursor, for faxes that became visible late. */
  readonly overlapMs: number;
  /** The pass waits until this much has gathered, or a page is full: small bites would cost a call each. */
  readonly everyMs: number;
}

/** New faxes. */
export const HEAD_PASS: TrailingPass = { name: 'head', lagMs: 0, overlapMs: 10 * MINUTE_MS, everyMs: 0 };

/**
 * The passes that look again at faxes of a certain age, since the provider cannot list what changed:
 * outcomes and credits of failed recipients (+15m, +6h), the end of the callback retries (+3d), and the last look
 * after which a day is final (+35d).
 */
export const TRAILING_PASSES: readonly TrailingPass[] = [
  { name: '+15m', lagMs: 15 * MINUTE_MS, overlapMs: 0, everyMs: 15 * MINUTE_MS },
  { name: '+6h', lagMs: 6 * HOUR_MS, overlapMs: 0, everyMs: HOUR_MS },
  { name: '+3d', lagMs: 3 * DAY_MS, overlapMs: 0, everyMs: 6 * HOUR_MS },
  { name: '+35d', lagMs: 35 * DAY_MS, overlapMs: 0, everyMs: DAY_MS },
];

/** History, from the account's first day to the moment of first contact. */
export const BACKFILL_PASS = 'backfill';

/** The pass whose cursor holds the provider's time at first contact; written once. */
export const START_PASS = 'start';

/** How far back the backfill begins where no first day is set. */
export const BACKFILL_DEFAULT_MS = 730 * DAY_MS;

/** A cursor further than this beyond where its pass may go was moved by a wrong clock: no two honest answers differ so much. */
export const CURSOR_AHEAD_MAX_MS = 10 * MINUTE_MS;

/**
 * A cursor lies in the provider's future, so its pass has nothing to ask for (code `cursor_in_future`). Retryable: either the clock that
 * is wrong now is set right, or the present arrives at the cursor.
 */
export class CursorAheadError extends FaxsyncError {
  constructor(account: string, pass: string, aheadMs: number) {
    const days = (aheadMs / DAY_MS).toFixed(1);
    super(
      `The provider's clock is ${days} days before the cursor of pass ${pass} of account ${account}, so this pass reads nothing. ` +
        'If this machine and the provider have the right time, a wrong one moved the cursor: delete it (docs/adr/0008-provider-clock.md), ' +
        'and read new days with "faxsync backfill" until then.',
      { code: 'cursor_in_future', retryable: true, context: { account, pass, lagMs: -aheadMs } },
    );
  }
}

/** One pass with what this account makes of it. */
export interface PassPlan {
  readonly name: string;
  /** Where the pass begins while it has no cursor; a whole second. */
  readonly from: Instant;
  /** Where it ends, by the provider's clock; a whole second. Of an open pass: when it was planned. */
  readonly end: Instant;
  /** True when it ends at the provider's present, which only an answer can tell exactly. */
  readonly isOpen: boolean;
  readonly overlapMs: number;
  readonly everyMs: number;
}

/** What the plans depend on. */
export interface PassTimes {
  /** The provider's clock at first contact. */
  readonly startAt: Instant;
  readonly providerNow: Instant;
  /** The account's first day; null: {@link BACKFILL_DEFAULT_MS} before `startAt`. */
  readonly backfillFrom: Instant | null;
}

/** The name of a backfill of its own, with its own cursor: `backfill:2024-01-01T00:00:00Z:2024-02-01T00:00:00Z`; half-open. */
export function backfillPassName(from: Instant, to: Instant): string {
  return `${BACKFILL_PASS}:${toIso(from).slice(0, 19)}Z:${toIso(to).slice(0, 19)}Z`;
}

/** Names of all passes that run when nobody chooses, in order of precedence. */
export function standardPassNames(): string[] {
  return [HEAD_PASS.name, ...TRAILING_PASSES.map(({ name }) => name), BACKFILL_PASS];
}

/**
 * Turns a pass's name into its plan.
 * The head begins at first contact, a trailing pass its lag before; the backfill ends where the head began, so
 * together they look at every fax's creation time without a gap.
 * @throws {SettingsError} code `unknown_pass`.
 */
export function planPass(name: string, times: PassTimes): PassPlan {
  const trailing = [HEAD_PASS, ...TRAILING_PASSES].find((pass) => pass.name === name);
  if (trailing !== undefined) {
    return {
      name,
      from: floorSecond(times.startAt - trailing.lagMs),
      end: floorSecond(times.providerNow - trailing.lagMs),
      isOpen: trailing.lagMs === 0,
      overlapMs: trailing.overlapMs,
      everyMs: trailing.everyMs,
    };
  }
  const range = name === BACKFILL_PASS ? wholeHistory(times) : parseBackfill(name, times);
  return { name, ...range, isOpen: false, overlapMs: 0, everyMs: 0 };
}

function wholeHistory(times: PassTimes): { from: Instant; end: Instant } {
  const from = times.backfillFrom ?? times.startAt - BACKFILL_DEFAULT_MS;
  return { from: floorSecond(from), end: floorSecond(times.startAt) };
}

/** A backfill of its own never reaches into the future: an empty future must not pass for a read one. */
function parseBackfill(name: string, times: PassTimes): { from: Instant; end: Instant } {
  const [, fromText = '', toText = ''] = /^backfill:(.{20}):(.{20})$/.exec(name) ?? [];
  const from = parseRfc3339(fromText);
  const to = parseRfc3339(toText);
  if (from === null || to === null || from >= to) {
    throw new SettingsError(
      `There is no pass of this name. Known: ${standardPassNames().join(', ')}, and ${backfillPassName(0, DAY_MS)} with your own dates.`,
      { code: 'unknown_pass' },
    );
  }
  return { from, end: Math.min(to, floorSecond(times.providerNow)) };
}
