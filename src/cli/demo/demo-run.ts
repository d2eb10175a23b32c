import type { Instant } from '../../domain/time.ts';
import type { WorldComparison } from '../compare-world.ts';
import type { Output } from '../output.ts';
import { countOf, formatCount, formatSpan } from '../output.ts';
import { LIVE_MS, QUIET_MS } from './demo-world.ts';
import type { MirrorRig } from './mirror-rig.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How often the schedule pulls while faxes come and go. */
const LIVE_EVERY_MS = 30 * MINUTE;

/** Repeated and replayed callbacks come for four days; after that a pull every other day is enough for what still changes. */
const BUSY_QUIET_MS = 4 * DAY;

/** Where the demo says what it did, and how long it took by the machine's clock. */
export interface DemoStage {
  readonly output: Output;
  /** Milliseconds of the machine's clock. */
  readonly now: () => number;
  /** Aborted when the user wants an end. */
  readonly signal: AbortSignal;
}

/** Copies the account's history, then follows it until nothing can change any more, and holds the copy against the world. */
export async function runMirror(rig: MirrorRig, stage: DemoStage): Promise<WorldComparison> {
  const { clock } = rig;
  const startAt = clock.now();
  await backfill(rig, stage);
  await follow(rig, stage, startAt + LIVE_MS);
  await waitForTheLastPass(rig, stage, startAt + LIVE_MS + QUIET_MS);
  const progress = stage.output.progress('Comparing every table with the world, field by field');
  try {
    return await rig.compare();
  } finally {
    progress.end();
  }
}

async function backfill(rig: MirrorRig, { output, now, signal }: DemoStage): Promise<void> {
  signal.throwIfAborted();
  const began = now();
  const known = rig.simulator.world.truth(rig.clock.now()).faxes.length;
  const progress = output.progress('Copying the history');
  try {
    await rig.pull({}, (_objects, records) => {
      progress.update(
        `Copying the history: ${formatCount(Math.min(records, known))} of ${formatCount(known)} faxes`,
        records / known,
      );
    });
  } finally {
    progress.end();
  }
  const { calls, retries } = rig.counts;
  output.step(
    `History copied: ${countOf(known, 'fax', 'faxes')} in ${countOf(calls, 'call')}, ${formatCount(retries)} of them repeats (${formatSpan(now() - began)})`,
  );
}

/** Follows the head while the account works: a pull every half hour of its time, callbacks in between. */
async function follow(rig: MirrorRig, { output, now, signal }: DemoStage, until: Instant): Promise<void> {
  const began = now();
  const from = rig.clock.now();
  const before = { ...rig.counts };
  const progress = output.progress('Following the account');
  let callbacks = 0;
  let hasChangedNumbers = false;
  try {
    while (rig.clock.now() < until) {
      signal.throwIfAborted();
      rig.clock.advance(Math.min(LIVE_EVERY_MS, until - rig.clock.now()));
      if (!hasChangedNumbers && rig.clock.now() - from > LIVE_MS / 4) {
        changeNumbers(rig);
        hasChangedNumbers = true;
      }
      callbacks += await rig.deliverCallbacks();
      await rig.pull();
      const done = (rig.clock.now() - from) / (until - from);
      progress.update(
        `Following the account: ${formatSpan(rig.clock.now() - from)}, ${formatCount(callbacks)} callbacks`,
        done,
      );
    }
  } finally {
    progress.end();
  }
  const faxes = rig.simulator.world.plans().filter(({ createdAt }) => createdAt >= from && createdAt < until).length;
  output.step(
    `Followed ${formatSpan(until - from)} of its life: ${countOf(faxes, 'new fax', 'new faxes')}, ${countOf(rig.counts.pulls - before.pulls, 'pull')} with ${countOf(rig.counts.calls - before.calls, 'call')} (${formatSpan(now() - began)})`,
  );
}

/** The account gives one number back and buys another while we look; not one whose rents the provider gets wrong later. */
function changeNumbers({ simulator, clock }: MirrorRig): void {
  const { world } = simulator;
  const struck = new Set(
    world.numbers.filter(({ billing }) => billing !== undefined).map(({ phoneNumber }) => phoneNumber),
  );
  const first = world.numbersAt(clock.now()).find(({ phoneNumber }) => !struck.has(phoneNumber));
  if (first !== undefined) simulator.commands.release(first.phoneNumber, clock.now());
  simulator.commands.provision(null, null, clock.now());
}

/** Lets the rest of five weeks go by, in which credits come late, test faxes are deleted and callbacks are replayed. */
async function waitForTheLastPass(rig: MirrorRig, { output, now, signal }: DemoStage, until: Instant): Promise<void> {
  const began = now();
  const from = rig.clock.now();
  const before = { ...rig.counts };
  const progress = output.progress('Letting five weeks go by');
  try {
    while (rig.clock.now() < until) {
      signal.throwIfAborted();
      const step = rig.clock.now() - from < BUSY_QUIET_MS ? 12 * HOUR : 2 * DAY;
      rig.clock.advance(Math.min(step, until - rig.clock.now()));
      await rig.deliverCallbacks();
      await rig.pull();
      const done = (rig.clock.now() - from) / (until - from);
      progress.update(`Letting five weeks go by: ${formatSpan(rig.clock.now() - from)}`, done);
    }
    // The last round leaves nothing for later, as `sync` does when it is run by hand.
    await rig.pull({ eager: true });
  } finally {
    progress.end();
  }
  output.step(
    `Let ${formatSpan(until - from)} go by for late credits: ${countOf(rig.counts.calls - before.calls, 'call')} (${formatSpan(now() - began)})`,
  );
}
