import { CANARY_WORD } from '../domain/canary-word.ts';
import type { Clock, Random } from '../domain/clock.ts';
import { toIso } from '../domain/time.ts';
import type { LandedRef, LandingZone } from '../landing/contract.ts';
import type { WireFaxV2 } from '../phaxio/wire.ts';
import type { StateStore } from '../state/contract.ts';

/** The account that canaries belong to; no account of the settings may have this key. */
export const CANARY_ACCOUNT = 'canary';

/** The provider's id of the one fax there is in {@link CANARY_ACCOUNT}. */
export const CANARY_FAX_ID = 1;

/** Set aside for fiction: rings nowhere. Numbers cannot carry the word, since what is no number would be set aside and not loaded as sent. */
const CANARY_NUMBER = '+12025550143';

/** What sending a canary takes. */
export interface CanaryPorts {
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Random;
  readonly state: Pick<StateStore, 'nextObservation'>;
  readonly landing: Pick<LandingZone, 'put'>;
}

/**
 * A received test fax that cost nothing, as v2.1 would write it. Every text that somebody else fills carries the word and a drawn ending,
 * tag names too, so that a leak is found; and so that each canary differs from the last one and is really written.
 */
function canaryFax(now: number, random: Random): WireFaxV2 {
  const drawn = Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
  const text = `${CANARY_WORD}-${drawn}`;
  const at = toIso(now);
  return {
    id: CANARY_FAX_ID,
    direction: 'received',
    num_pages: 1,
    status: 'success',
    is_test: true,
    created_at: at,
    caller_id: null,
    from_number: CANARY_NUMBER,
    completed_at: at,
    caller_name: text,
    cost: 0,
    tags: { [text]: text },
    recipients: null,
    to_number: CANARY_NUMBER,
    error_id: null,
    error_type: null,
    error_message: null,
    barcodes: [{ type: 'code_128', page: 1, value: text }],
  };
}

/**
 * Lands one made-up fax, as if it had been looked up at the provider: whether it comes to the warehouse shows that the whole road works,
 * and none of its words may be met anywhere beside it. One row, written anew each time; a test, so it counts in no sum of money.
 * @throws {StateUnavailableError} when no number could be drawn.
 * @throws {LandingError} when it could not be stored.
 */
export async function sendCanary({ clock, random, state, landing }: CanaryPorts): Promise<LandedRef> {
  const observation = await state.nextObservation(CANARY_ACCOUNT);
  const now = clock.now();
  const answer = { success: true, message: 'Retrieved fax successfully', data: canaryFax(now, random) };
  return landing.put({
    version: 1,
    account: CANARY_ACCOUNT,
    stream: 'faxes',
    dialect: 'v2.1',
    kind: 'lookup',
    window: null,
    pass: 'canary',
    observation,
    requestedAt: now,
    respondedAt: now,
    subjectId: String(CANARY_FAX_ID),
    eventType: null,
    digest: null,
    bodies: [{ status: 200, body: JSON.stringify(answer), encoding: 'utf8' }],
  });
}
