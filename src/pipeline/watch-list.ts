import { isFinalStatus } from '../domain/fax.ts';
import { ProviderContractError, ProviderDeadlineError, ProviderError, ProviderRequestError } from '../phaxio/errors.ts';
import { readFaxRequest, readFaxStatus } from '../phaxio/listing.ts';
import type { WatchedFax } from '../state/contract.ts';
import type { PullRun } from './pull-run.ts';

const MINUTE_MS = 60_000;

/** The name under which look-ups are landed. */
export const WATCH_PASS = 'watch';

/** Waits between looks at a fax that is not final yet: 5, 10, 20, ... minutes, at most a day. */
const POSTPONE_FIRST_MS = 5 * MINUTE_MS;
const POSTPONE_MAX_MS = 24 * 60 * MINUTE_MS;

/** A fax that the provider does not know is asked for this often: a replica may not have it yet. */
const MISSING_LOOKS_MAX = 2;

/** What one round over the watch list did. */
export interface WatchResult {
  readonly looks: number;
  /** Faxes whose look-up the provider answered, but not as documented; they stay on the list. */
  readonly failures: number;
}

/**
 * Fetches the faxes that are due, at most `limit`, each landed as a look-up (a missing one with status 404).
 * A final or repeatedly missing fax leaves the list; another one is postponed, ever longer.
 * Stops quietly when the run's time is over or `shouldPause` says so.
 * @throws {ProviderError} when the provider failed or refused us: the fax is postponed before, so that one which it can never
 * show does not end every run here.
 */
export async function fetchWatched(run: PullRun, limit: number, shouldPause: () => boolean): Promise<WatchResult> {
  const due = await run.state.dueFaxes(run.account, run.clock.now(), limit);
  let looks = 0;
  let failures = 0;
  for (const watched of due) {
    if (run.isOver() || shouldPause()) break;
    looks += 1;
    try {
      if (await fetchOne(run, watched)) await run.state.unwatchFax(run.account, watched.faxId);
      else await run.state.postponeFax(watched, nextLookAt(run, watched));
    } catch (error) {
      if (!(error instanceof ProviderError) || error instanceof ProviderDeadlineError) throw error;
      failures += 1;
      await run.state.postponeFax(watched, nextLookAt(run, watched));
      // One fax that cannot be read must not keep the others waiting; of anything else this run is the one probe.
      if (!(error instanceof ProviderContractError || error instanceof ProviderRequestError)) throw error;
    }
  }
  return { looks, failures };
}

/** Lands one look-up; true when the fax needs no further one. */
async function fetchOne(run: PullRun, watched: WatchedFax): Promise<boolean> {
  const observation = await run.nextObservation();
  const answer = await run.ask(readFaxRequest(run.client.account.dialect, watched.faxId));
  await run.land({
    stream: 'faxes',
    kind: 'lookup',
    pass: WATCH_PASS,
    window: null,
    observation,
    subjectId: watched.faxId,
    answers: [answer],
  });
  if (answer.status === 404) return watched.attempts + 1 >= MISSING_LOOKS_MAX;
  return isFinalStatus(readFaxStatus(answer));
}

function nextLookAt(run: PullRun, watched: WatchedFax): number {
  const delay = Math.min(POSTPONE_MAX_MS, POSTPONE_FIRST_MS * 2 ** Math.min(watched.attempts, 20));
  return run.clock.now() + delay;
}
