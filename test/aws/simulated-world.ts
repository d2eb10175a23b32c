import type { Instant } from '../../src/domain/time.ts';
import type { CallbackOptions } from '../../src/simulator/callback-options.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import type { WorldOptions } from '../../src/simulator/world-options.ts';
import { LISTED_STREAMS } from '../../src/streams/registry.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Version of the API: the one that has every object. */
export const DIALECT = 'v2.1';
/** The account's key. */
export const ACCOUNT_KEY = 'main';
/** How long faxes still come and go after the deployment. */
export const LIVE_MS = 10 * HOUR;
/** How long it is then waited: the pass that closes a day trails by 35 days, and goes once a day. */
export const QUIET_MS = 37 * DAY;
/** Days of history. */
export const HISTORY_DAYS = 10;
const FAXES_PER_DAY = 300;
/** Faxes after the deployment, beside what the hour of the day brings: a run at night has callbacks too. */
const LIVE_FAXES = 160;

/** An account with some of everything; nothing new comes from {@link LIVE_MS} after `startAt` on. */
export function worldOf(startAt: Instant): Partial<WorldOptions> {
  return {
    days: HISTORY_DAYS,
    faxesPerDay: FAXES_PER_DAY,
    oddities: true,
    // The clock runs on while the stack is deployed, and it rests from a whole hour on.
    restsFrom: Math.ceil((startAt + LIVE_MS) / HOUR) * HOUR,
    bursts: [{ at: Math.ceil(startAt / 1000) * 1000 + 5 * 60_000, count: LIVE_FAXES, withinMs: LIVE_MS - HOUR }],
    portOrders: 4,
    // A credit later than the last pass would never be seen; see docs/simulator.md.
    creditDelayMaxMs: 30 * DAY,
    lateListingShare: 0.02,
    testShare: 0.03,
    deletedTestShare: 0.5,
    rateChanges: [
      { at: startAt - 5 * DAY, alpha2: 'GB', pricePerPageCents: 12 },
      { at: startAt - 4 * DAY, alpha2: 'US', pricePerPageCents: 8 },
    ],
  };
}

/** Callbacks in bad weather: forged, lost, late, twice, replayed days later. */
export const CALLBACKS: Partial<CallbackOptions> = {
  version: DIALECT,
  forgedShare: 0.08,
  lostShare: 0.03,
  duplicateShare: 0.08,
  replayShare: 0.04,
  delayedShare: 0.1,
  delayMaxMs: 2 * HOUR,
};

/** The provider's faults; few, since a function waits for real after each. */
export const FAULTS: readonly Fault[] = [
  { kind: 'throttle', probability: 0.005, retryAfter: '1' },
  { kind: 'status', probability: 0.005 },
  { kind: 'reset', probability: 0.005, atShare: 0.6 },
  { kind: 'truncate', probability: 0.005, framing: 'full_length' },
  { kind: 'stale', probability: 0.02, path: `/${DIALECT}/faxes`, lagMs: 10 * 60_000 },
];

/** Lists of this version that the provider does not document; the simulator serves them where the defaults look. */
export function undocumentedStreams(): string[] {
  return LISTED_STREAMS.filter(
    ({ dialects, listing }) => listing.undocumentedPath !== undefined && dialects.includes(DIALECT),
  ).map(({ name }) => name);
}
