import { isFinalStatus } from '../domain/fax.ts';
import { ProviderContractError, ProviderDeadlineError, ProviderError, ProviderRequestError } from '../phaxio/errors.ts';
import { readFaxRequest, readFaxStatus } from '../phaxio/listing.ts';
import type { WatchedObject } from '../state/contract.ts';
import { GONE_AFTER_MS } from '../warehouse/fax-looks.ts';
import type { PullRun } from './pull-run.ts';

const MINUTE_MS = 60_000;

/** The name under which look-ups are landed. */
export const WATCH_PASS = 'watch';

/** Waits between looks at a fax that is not final yet: 5, 10, 20, ... minutes, at most a day. */
const POSTPONE_FIRST_MS = 5 * MINUTE_MS;
const POSTPONE_MAX_MS = 24 * 60 * MINUTE_MS;

/** A fax that was looked at this often in vain, over nearly two weeks, is let go: it would cost a call a day for ever. */
export const LOOKS_MAX = 20;

/** The second look at a missing fax comes when it can prove that the fax is gone. */
const MISSING_AGAIN_MS = GONE_AFTER_MS + MINUTE_MS;

/** How long it is remembered that a fax was missing. */
const MISSING_KEPT_MS = 7 * 24 * 60 * MINUTE_MS;

/** What one round over the watch list did. */
export interface WatchResult {
  readonly looks: number;
  /** Faxes whose look-up the provider answered, but not as documented; they stay on the list. */
  readonly failures: number;
  /** Faxes let go after {@link LOOKS_MAX} looks, neither final nor gone. */
  readonly givenUp: number;
}

/**
 * Fetches the faxes that are due, at most `limit`, each landed as a look-up (a missing one with status 404).
 * A final fax leaves the list, and one that is still missing after an hour; another one is postponed, ever longer, {@link LOOKS_MAX} times.
 * Stops quietly when the run's time is over or `shouldPause` says so.
 * @throws {ProviderError} when the provider failed or refused us: the fax is postponed before, so that one which it can never
 * show does not end every run here.
 */
export async function fetchWatched(run: PullRun, limit: number, shouldPause: () => boolean): Promise<WatchResult> {
  const due = await run.state.dueObjects(run.account, 'faxes', run.clock.now(), limit);
  let looks = 0;
  let failures = 0;
  let givenUp = 0;
  const putOff = async (watched: WatchedObject, waitMs: number): Promise<void> => {
    if (watched.attempts + 1 < LOOKS_MAX) return run.state.postpone(watched, run.clock.now() + waitMs);
    givenUp += 1;
    await run.state.unwatch(watched);
  };
  for (const watched of due) {
    if (run.isOver() || shouldPause()) break;
    looks += 1;
    try {
      const waitMs = await fetchOne(run, watched);
      if (waitMs === null) await run.state.unwatch(watched);
      else await putOff(watched, waitMs);
    } catch (error) {
      if (!(error instanceof ProviderError) || error instanceof ProviderDeadlineError) throw error;
      failures += 1;
      await putOff(watched, waitAfter(watched));
      // One fax that cannot be read must not keep the others waiting; of anything else this run is the one probe.
      if (!(error instanceof ProviderContractError || error instanceof ProviderRequestError)) throw error;
    }
  }
  return { looks, failures, givenUp };
}

/** Lands one look-up; ms until the next one, null when the fax needs none. */
async function fetchOne(run: PullRun, watched: WatchedObject): Promise<number | null> {
  const observation = await run.nextObservation();
  const answer = await run.ask(readFaxRequest(run.client.account.dialect, watched.subjectId));
  await run.land({
    stream: 'faxes',
    kind: 'lookup',
    pass: WATCH_PASS,
    window: null,
    observation,
    subjectId: watched.subjectId,
    answers: [answer],
  });
  if (answer.status === 404) {
    return (await isMissingForLong(run, watched.subjectId)) ? null : Math.max(MISSING_AGAIN_MS, waitAfter(watched));
  }
  return isFinalStatus(readFaxStatus(answer)) ? null : waitAfter(watched);
}

/** Whether a fax found missing now was so an hour ago; else that is remembered, since attempts count other looks too. */
async function isMissingForLong(run: PullRun, faxId: string): Promise<boolean> {
  const now = run.clock.now();
  const isEarly = !(await run.state.rememberDigest(run.account, `missing-lately:${faxId}`, GONE_AFTER_MS, now));
  const isFirst = await run.state.rememberDigest(run.account, `missing:${faxId}`, MISSING_KEPT_MS, now);
  return !isFirst && !isEarly;
}

function waitAfter({ attempts }: WatchedObject): number {
  return Math.min(POSTPONE_MAX_MS, POSTPONE_FIRST_MS * 2 ** Math.min(attempts, 20));
}
