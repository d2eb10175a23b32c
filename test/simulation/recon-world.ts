import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { MirrorRig } from '../../src/cli/demo/mirror-rig.ts';
import { shiftPeriod } from '../../src/domain/reconciliation.ts';
import type { Instant } from '../../src/domain/time.ts';
import { type BillDifferences, billDifferencesOf, closedLinesOf } from './recon-bill.ts';
import { type Differences, differencesOf } from './recon-difference.ts';
import { earlyAlarms, type Found, type Judgement, judgeFindings } from './recon-judge.ts';
import { Office } from './recon-office.ts';
import { monthStart, type ReconPlan } from './recon-plan.ts';

/** Lists on which money depends; the others are mirrored by other tests. */
const STREAMS = ['faxes', 'phone_numbers', 'countries', 'account_status'];

/** What one seed came to. */
export interface SeedOutcome extends Judgement {
  readonly seed: number;
  readonly isPlanted: boolean;
  readonly faxes: number;
  /** Milliseconds the run took. */
  readonly tookMs: number;
  /** What was said too soon: in the month or at its closing, and not true. */
  readonly earlyAlarms: readonly Found[];
  /** Months that were to be closed and were not, each with its state; of planted errors those that were accepted hold nothing up. */
  readonly notClosed: readonly string[];
  readonly differences: Differences;
  readonly bill: BillDifferences;
}

/** What a seed is run with. */
export interface SeedStage {
  /** URL of a superuser on a migrated database of this seed's own. */
  readonly databaseUrl: string;
  /** Milliseconds of the machine's clock. */
  readonly elapsed: () => number;
  /** Done to the warehouse when the months are closed: a test of what the seeds themselves would see. */
  readonly meddle?: (pool: pg.Pool) => Promise<void>;
}

/** Lives one seed through: the provider's months, the mirror that follows it, the reconciliation at several instants. */
export async function runSeed(plan: ReconPlan, stage: SeedStage): Promise<SeedOutcome> {
  const began = stage.elapsed();
  const landing = await mkdtemp(join(tmpdir(), 'faxsync-recon-'));
  const rig = await MirrorRig.open({
    seed: plan.seed,
    dialect: plan.dialect,
    databaseUrl: stage.databaseUrl,
    landing,
    startAt: plan.opensAt,
    world: plan.world,
    http: { rateLimit: null },
    callbacks: plan.callbacks,
    faults: plan.faults,
    settings: {
      FAXSYNC_BILLING_ZONE: plan.zone,
      FAXSYNC_RECONCILIATION: JSON.stringify(plan.limits),
    },
  });
  try {
    const office = new Office(rig);
    const early = await lookAt(rig, plan, office, plan.midAt);
    // The month settles, is looked at once more, and is closed.
    await follow(rig, plan, plan.closeAt);
    if (plan.invoiceComes === 'before_closing') await takePapers(rig, plan, office);
    early.push(...(await lookAt(rig, plan, office, plan.closeAt)));
    const notClosed = await close(plan, office);
    const closed = await closedLinesOf(rig.runtime.pool);
    await stage.meddle?.(rig.runtime.pool);
    if (plan.lookedAgainAt !== null) early.push(...(await lookAt(rig, plan, office, plan.lookedAgainAt)));
    await follow(rig, plan, plan.endAt);
    if (plan.invoiceComes === 'at_the_end') await takePapers(rig, plan, office);
    await lookAt(rig, plan, office, plan.endAt);
    const { world } = rig.simulator;
    const at = rig.clock.now();
    const month = {
      from: monthStart(plan.period, plan.zone),
      until: monthStart(shiftPeriod(plan.period, 1), plan.zone),
    };
    return {
      seed: plan.seed,
      isPlanted: plan.isPlanted,
      faxes: world.plans().length,
      earlyAlarms: early,
      notClosed,
      ...judgeFindings(await office.standing(), world.billingErrors(at, plan.zone), { world, at, zone: plan.zone }),
      differences: await differencesOf(rig.runtime.pool, world, { ...month, zone: plan.zone }),
      bill: await billDifferencesOf(rig.runtime.pool, world, { ...plan, from: month.from }, closed),
      tookMs: stage.elapsed() - began,
    };
  } finally {
    await rig.close();
    await rm(landing, { recursive: true, force: true });
  }
}

/** Follows the provider up to an instant, the last pull at that instant. */
async function follow(rig: MirrorRig, plan: ReconPlan, until: Instant): Promise<void> {
  if (rig.counts.pulls === 0) await rig.pull({ streams: STREAMS });
  while (rig.clock.now() < until) {
    const step = rig.clock.now() < plan.restsFrom ? plan.stepMs : plan.restStepMs;
    rig.clock.advance(Math.min(step, until - rig.clock.now()));
    if (plan.callbacks !== null) await rig.deliverCallbacks();
    await rig.pull({ streams: STREAMS });
  }
}

/** The month's invoice comes, and the receipts where the plan has them. */
async function takePapers(rig: MirrorRig, plan: ReconPlan, office: Office): Promise<void> {
  const { world } = rig.simulator;
  await office.importInvoice(world.invoiceCsv(plan.period.slice(0, 7), plan.zone));
  if (plan.importsReceipts) office.takeReceipts();
}

/** Follows the provider up to an instant, runs the checks, and gives what is said that the world did not do by then. */
async function lookAt(rig: MirrorRig, plan: ReconPlan, office: Office, at: Instant): Promise<Found[]> {
  await follow(rig, plan, at);
  await office.reconcile();
  const now = rig.clock.now();
  const { world } = rig.simulator;
  const scene = { world, at: now, zone: plan.zone, looks: await office.looks() };
  return earlyAlarms(await office.standing(), world.billingErrors(now, plan.zone), scene);
}

/** Closes the month and the one before; what is open of planted errors is accepted first, an honest month must be ready by itself. */
async function close(plan: ReconPlan, office: Office): Promise<string[]> {
  if (plan.isPlanted) {
    await office.acceptAll();
    await office.reconcile();
  }
  return (await office.closeUpTo(plan.period)).map(({ period, state }) => `${period} ${state}`);
}
