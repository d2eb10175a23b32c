import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { WorldComparison } from '../../src/cli/compare-world.ts';
import { MirrorRig, RIG_ACCOUNT, type RigOptions } from '../../src/cli/demo/mirror-rig.ts';
import type { Envelope } from '../../src/landing/contract.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A Wednesday at 15:00 UTC: office hours, and the clocks go back within the history of 14 days or more. */
export const START = Date.UTC(2026, 10, 11, 15);

/** How long the small worlds of these tests go on after the start. */
export const LIVE_MS = 4 * HOUR;

const cleanUps: Array<() => Promise<void>> = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A migrated database that ends with the test. */
export async function testDatabase(): Promise<TestDatabase> {
  const database = await freshDatabase();
  cleanUps.push(() => database.drop());
  return database;
}

/** What a test says of its rig; the rest has defaults. */
export type TestRigOptions = Partial<Omit<RigOptions, 'databaseUrl' | 'landing'>>;

/** A rig over a world of 14 days and 1,500 faxes with oddities, resting after {@link LIVE_MS}; it ends with the test. */
export async function openRig(options: TestRigOptions = {}): Promise<{ rig: MirrorRig; database: TestDatabase }> {
  const database = await testDatabase();
  const landing = await mkdtemp(join(tmpdir(), 'faxsync-end-to-end-'));
  cleanUps.push(() => rm(landing, { recursive: true, force: true }));
  const rig = await MirrorRig.open({
    seed: 11,
    dialect: 'v2.1',
    databaseUrl: database.url,
    landing,
    startAt: START,
    callbacks: null,
    ...options,
    world: {
      days: 14,
      faxesPerDay: 108,
      phoneNumbers: 6,
      oddities: true,
      restsFrom: START + LIVE_MS,
      creditDelayMaxMs: 30 * DAY,
      testShare: 0.05,
      deletedTestShare: 0.5,
      lateListingShare: 0.03,
      rateChanges: [{ at: START + 3 * HOUR, alpha2: 'CA', pricePerPageCents: 8 }],
      ...options.world,
    },
  });
  cleanUps.push(() => rig.close());
  return { rig, database };
}

/** Moves the world on in steps; after each the callbacks that are due are delivered, then the schedule runs. */
export async function live(rig: MirrorRig, until: number, stepMs: number, pulls = true): Promise<void> {
  while (rig.clock.now() < until) {
    rig.clock.advance(Math.min(stepMs, until - rig.clock.now()));
    await rig.deliverCallbacks();
    if (pulls) await rig.pull();
  }
}

/**
 * The whole life of a mirror: history copied, the busy hours followed, then time let go by until the last pass has closed the last
 * day. One number is given back and one bought on the way.
 */
export async function mirrorAll(rig: MirrorRig): Promise<WorldComparison> {
  await rig.pull();
  await live(rig, START + LIVE_MS / 2, 30 * MINUTE);
  // Time stands still while a pull runs: what happens now must not be at the very instant of its looks.
  rig.clock.advance(MINUTE);
  const [first] = rig.simulator.world.numbersAt(rig.clock.now());
  rig.simulator.commands.release(first?.phoneNumber ?? '', rig.clock.now());
  rig.simulator.commands.provision(null, null, rig.clock.now());
  await live(rig, START + LIVE_MS, 30 * MINUTE);
  await live(rig, START + 2 * DAY, 12 * HOUR);
  await live(rig, START + 37 * DAY, 3 * DAY);
  await rig.pull({ eager: true });
  return rig.compare();
}

/** What differs, one text each; empty when everything is equal. */
export function differencesOf({ tables, money }: WorldComparison): string[] {
  return [
    ...tables.flatMap(({ table, differing, differences }) =>
      differing === 0 ? [] : [`${table}: ${differing}`, ...differences.map((one) => JSON.stringify(one))],
    ),
    ...money.differingDays.map((day) => JSON.stringify(day)),
  ];
}

/** Every landed object of a rig. */
export async function landedOf(rig: MirrorRig): Promise<Array<{ key: string; envelope: Envelope }>> {
  const landed: Array<{ key: string; envelope: Envelope }> = [];
  for await (const { key } of rig.runtime.landing.list(RIG_ACCOUNT)) {
    landed.push({ key, envelope: await rig.runtime.landing.get(key) });
  }
  return landed;
}

/** Rows of a table by name; 0 rows is how many tests would be empty without anyone noticing. */
export function rowsOf({ tables }: WorldComparison): Record<string, number> {
  return Object.fromEntries(tables.map(({ table, warehouse }) => [table, warehouse]));
}
