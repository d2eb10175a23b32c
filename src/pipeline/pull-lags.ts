import type { Clock } from '../domain/clock.ts';
import type { StateStore } from '../state/contract.ts';
import { planPass, START_PASS, standardPassNames } from './passes.ts';
import type { PullRequest, PullSummary } from './pull.ts';
import { FAX_STREAM } from './run-pass.ts';

/** The part of a request that says which passes were to run. */
export type AskedPasses = Pick<PullRequest, 'passes' | 'streams' | 'backfillFrom'>;

/**
 * How far every standard pass of a run is behind where it may go, ms by name: as the run left it, and for a pass that failed, was not
 * due or was kept from the account by another run, by its cursor and our clock. So a lag never goes silent while it grows.
 * Empty before first contact with the provider, and for runs that were to read no faxes.
 * @throws {StateUnavailableError} when the cursors cannot be read.
 */
export async function readPassLags(
  { state, clock }: { readonly state: Pick<StateStore, 'listCursors'>; readonly clock: Clock },
  { passes = standardPassNames(), streams, backfillFrom }: AskedPasses,
  summary: Pick<PullSummary, 'account' | 'passes'>,
): Promise<ReadonlyMap<string, number>> {
  const walked = walkedLags(summary);
  const standard = new Set(standardPassNames());
  const asked = passes.filter((name) => standard.has(name));
  if (asked.every((name) => walked.has(name)) || !(streams?.includes(FAX_STREAM) ?? true)) return walked;
  const cursors = (await state.listCursors(summary.account)).filter(({ stream }) => stream === FAX_STREAM);
  const positions = new Map(cursors.map(({ pass, position }) => [pass, position]));
  const startAt = positions.get(START_PASS);
  if (startAt === undefined) return walked;
  const lagOf = (name: string): number => {
    const { from, end } = planPass(name, { startAt, providerNow: clock.now(), backfillFrom });
    return Math.max(0, end - (positions.get(name) ?? from));
  };
  return new Map(asked.map((name) => [name, walked.get(name) ?? lagOf(name)]));
}

/** The lags that a run itself told, ms by name of the pass; of standard passes only, since backfills of chosen dates come and go. */
export function walkedLags({ passes }: Pick<PullSummary, 'passes'>): Map<string, number> {
  const standard = new Set(standardPassNames());
  return new Map(passes.flatMap(({ name, lagMs }) => (standard.has(name) ? [[name, lagMs] as const] : [])));
}
