import type { Instant } from '../../domain/time.ts';
import type { Dialect } from '../../landing/contract.ts';
import type { CallbackOptions } from '../../simulator/callback-options.ts';
import type { Fault } from '../../simulator/faults.ts';
import type { WorldOptions } from '../../simulator/world-options.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** How long the demo follows the account while faxes come and go. */
export const LIVE_MS = DAY;

/** How long it then waits: the pass that closes a day trails by 35 days, and goes once a day. */
export const QUIET_MS = 37 * DAY;

/** When the demo's world has its present, so that the demo ends at an instant. */
export function demoStart(endsAt: Instant): Instant {
  return Math.floor(endsAt / HOUR) * HOUR - LIVE_MS - QUIET_MS;
}

/** An account with some of everything, resting after {@link LIVE_MS}; its prices change while the demo looks. */
export function demoWorld(startAt: Instant, days: number, faxes: number): Partial<WorldOptions> {
  const middle = startAt - Math.floor(days / 2) * DAY;
  return {
    days,
    faxesPerDay: faxes / days,
    oddities: true,
    restsFrom: startAt + LIVE_MS,
    // A credit later than the last pass would never be seen; see docs/simulator.md.
    creditDelayMaxMs: 30 * DAY,
    lateListingShare: 0.02,
    testShare: 0.03,
    deletedTestShare: 0.5,
    rateChanges: [
      { at: middle, alpha2: 'GB', pricePerPageCents: 12 },
      // Not close to first contact, however short the history is: around a change nobody can tell a wrong price.
      { at: Math.min(middle + DAY, startAt - 4 * DAY), alpha2: 'US', pricePerPageCents: 8 },
      { at: startAt + 12 * HOUR, alpha2: 'CA', pricePerPageCents: 8 },
    ],
    billingErrors: {
      counts: { missed_credit: 2, double_charge: 2, wrong_rate: 3, rent_twice: 1, skipped_rent: 1 },
      // From first contact on prices are known by the list; before it a mirror can only compare faxes with each other.
      from: startAt + HOUR,
      until: startAt + LIVE_MS,
      // What a list read two weeks later still does not show is known for sure.
      rentsUntil: startAt + LIVE_MS + QUIET_MS - 20 * DAY,
    },
  };
}

/** Callbacks as they are in bad weather: one in twenty forged, some lost, late, twice, or replayed days later. */
export const DEMO_CALLBACKS: Partial<CallbackOptions> = {
  forgedShare: 0.05,
  lostShare: 0.03,
  duplicateShare: 0.05,
  replayShare: 0.03,
  delayedShare: 0.1,
  delayMaxMs: 2 * HOUR,
};

/** What the provider does to about one request in ten: refusals, resets, cut bodies, HTML, answers from an old replica. */
export function demoFaults(dialect: Dialect): Fault[] {
  const faxes = dialect === 'v1' ? '/v1/faxList' : `/${dialect}/faxes`;
  return [
    { kind: 'throttle', probability: 0.02, retryAfter: '2' },
    { kind: 'throttle', probability: 0.01 },
    { kind: 'status', probability: 0.01 },
    { kind: 'reset', probability: 0.015, atShare: 0.6 },
    { kind: 'truncate', probability: 0.01, framing: 'full_length' },
    { kind: 'truncate', probability: 0.01, framing: 'short_length', atShare: 0.8 },
    { kind: 'html', probability: 0.005 },
    { kind: 'failure', probability: 0.005 },
    { kind: 'down', probability: 0.005 },
    { kind: 'stale', probability: 0.03, path: faxes, lagMs: 10 * 60_000 },
  ];
}
