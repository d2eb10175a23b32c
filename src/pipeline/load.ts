import type { Pool } from 'pg';
import type { Clock, Random } from '../domain/clock.ts';
import { FaxsyncError } from '../domain/errors.ts';
import type { Instant } from '../domain/time.ts';
import type { LandingZone } from '../landing/contract.ts';
import type { StateStore, WatchReason } from '../state/contract.ts';
import { faxes } from '../streams/faxes.ts';
import { phaxCodes } from '../streams/phax-codes.ts';
import { STREAMS } from '../streams/registry.ts';
import { prepareLoad, type Stream, type StreamSettings } from '../streams/stream.ts';
import { type LoadOutcome, loadObject } from '../warehouse/load-object.ts';
import { foldRollups } from '../warehouse/rollups.ts';

/** Objects after which a process that loads folds the rollups: reports stay fast while a history is read, and between two rounds of the schedule. */
export const OBJECTS_PER_FOLD = 200;

const loadedSinceFold = new WeakMap<Pool, number>();

/** A landed object cannot be loaded by this version: its stream or kind is not known. Not retryable. */
export class UnknownStreamError extends FaxsyncError {}

/** What the loader must know about an account. */
export interface LoadAccountSettings extends StreamSettings {
  /** IANA zone in which the account's days and months begin. */
  readonly billingZone: string;
  /** False where no pull of the account asks for PhaxCodes: then none is put on the watch list. True where it is left out. */
  readonly takesPhaxCodes?: boolean;
}

/** Everything {@link loadLanded} works with. */
export interface LoadDeps {
  readonly landing: LandingZone;
  readonly pool: Pool;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly random: Random;
  /** Settings of an account by its key; accounts not configured any more get the defaults, so that replay works. */
  accountSettings(account: string): LoadAccountSettings;
}

/** What became of a landed object, and whose it is. */
export type LandedOutcome = LoadOutcome & {
  readonly account: string;
  /** When the provider's answer (or callback) was complete. */
  readonly respondedAt: Instant;
};

/**
 * Loads one landed object: read, decode, normalize, one transaction. Safe to repeat.
 * Faxes whose looks disagree, or that are open too long, and PhaxCodes that nothing is stored of are then put on the watch list: the
 * loader's only message back. Should that last step be lost, the trailing passes find the same faxes; a code waits for the next fax
 * that names it, a change of this one, or a replay.
 * @throws {LandingError} when the object cannot be read.
 * @throws {UnknownStreamError} for an object of a newer version.
 * @throws {WarehouseError} when the database cannot take it now.
 * @throws {StateUnavailableError} when the rows are in but the watch list could not be reached; the next pass disagrees again.
 */
export async function loadLanded(
  key: string,
  deps: LoadDeps,
  options: { isReread?: boolean } = {},
): Promise<LandedOutcome> {
  const envelope = await deps.landing.get(key);
  const stream = STREAMS.get(envelope.stream);
  if (stream === undefined || !stream.kinds.includes(envelope.kind)) {
    throw new UnknownStreamError(
      `The landed object is a ${envelope.kind} of the stream "${envelope.stream}", which this version cannot load. Deploy a version that can, then load it again.`,
      { code: 'unknown_stream', context: { landed_key: key } },
    );
  }
  const settings = deps.accountSettings(envelope.account);
  const outcome = await loadObject(deps.pool, prepareLoad(stream, key, envelope, settings), {
    billingZone: settings.billingZone,
    random: deps.random,
    sleep: (ms) => deps.clock.sleep(ms),
    isReread: options.isReread ?? false,
  });
  if (outcome.kind === 'loaded') {
    const dueAt = deps.clock.now();
    const watch = async (watched: Stream, ids: readonly string[], reason: WatchReason): Promise<void> => {
      for (const subjectId of ids) {
        await deps.state.watch({ account: envelope.account, stream: watched.name, subjectId }, reason, dueAt);
      }
    };
    await watch(faxes, outcome.disagreements, 'looks_disagree');
    await watch(faxes, outcome.openTooLong, 'open_too_long');
    if (settings.takesPhaxCodes ?? true) await watch(phaxCodes, outcome.unknownCodes ?? [], 'not_looked_up');
    await foldNowAndThen(deps.pool);
  }
  return { ...outcome, account: envelope.account, respondedAt: envelope.respondedAt };
}

async function foldNowAndThen(pool: Pool): Promise<void> {
  const loaded = (loadedSinceFold.get(pool) ?? 0) + 1;
  loadedSinceFold.set(pool, loaded % OBJECTS_PER_FOLD);
  if (loaded === OBJECTS_PER_FOLD) await foldRollups(pool);
}
