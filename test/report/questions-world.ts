import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { DEMO_CALLBACKS, demoFaults, demoWorld } from '../../src/cli/demo/demo-world.ts';
import { MirrorRig, RIG_ACCOUNT } from '../../src/cli/demo/mirror-rig.ts';
import { parsePeriod } from '../../src/domain/reconciliation.ts';
import { DAY_MS, type Instant, toIso } from '../../src/domain/time.ts';
import { reconcileAccount } from '../../src/pipeline/reconcile.ts';
import { CODE_VERSION } from '../../src/runtime/code-version.ts';
import { OBJECT_STREAMS } from '../../src/simulator/account-objects.ts';
import type { World } from '../../src/simulator/world.ts';
import type { WorldOptions } from '../../src/simulator/world-options.ts';
import { readMigrationFiles } from '../../src/warehouse/migration-files.ts';
import { foldRollups } from '../../src/warehouse/rollups.ts';
import { MIGRATIONS_DIRECTORY, type TestDatabase } from '../support/database.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** When the world of docs/reports.md was last looked at by its mirror: a Thursday, 8:00 where the account is billed. */
const MIRRORED_AT: Instant = Date.UTC(2026, 10, 12, 14);

/** When the questions are asked. */
export const ASKED_AT: Instant = MIRRORED_AT + 5 * MINUTE_MS;

/** When its mirror began, at midnight there: a day is whole between two looks at midnight. */
const STARTED_AT: Instant = MIRRORED_AT - 8 * HOUR_MS - 5 * DAY_MS;

const SEED = 42;
const HISTORY_DAYS = 110;
const FAXES = 4_400;
const STEP_MS = 4 * HOUR_MS;
const MONTHS = ['2026-07', '2026-08', '2026-09', '2026-10', '2026-11'];
const MONTH_TIMEOUT_MS = 120_000;

/** What of the world must not stand in a document. */
export interface Personal {
  /** Every number, own ones among them, E.164. */
  readonly numbers: readonly string[];
  /** Names, addresses, words of port orders and adapters, barcodes. */
  readonly texts: readonly string[];
}

/** The demo's world and weather, smaller and longer; it works on to the end, one day has a flood of faxes, and the provider errs in the weeks before too. */
function questionsWorld(): Partial<WorldOptions> {
  const demo = demoWorld(STARTED_AT, HISTORY_DAYS, FAXES);
  return {
    ...demo,
    restsFrom: null,
    bursts: [{ at: MIRRORED_AT - 16 * DAY_MS, count: 90, withinMs: 2 * HOUR_MS }],
    billingErrors: {
      counts: { missed_credit: 4, double_charge: 4, wrong_rate: 6, rent_twice: 1, skipped_rent: 1 },
      from: STARTED_AT - 45 * DAY_MS,
      until: STARTED_AT + 4 * DAY_MS,
      rentsUntil: STARTED_AT + 2 * DAY_MS,
    },
  };
}

/** Fills a migrated database with the world of docs/reports.md, by the functions that run in the cloud: history, five days followed, five months reconciled. */
export async function fillWorld(database: TestDatabase): Promise<Personal> {
  const landing = await mkdtemp(join(tmpdir(), 'faxsync-questions-'));
  const rig = await MirrorRig.open({
    seed: SEED,
    dialect: 'v2.1',
    databaseUrl: database.url,
    landing,
    startAt: STARTED_AT,
    world: questionsWorld(),
    // One at a time: of two repetitions that come at once both may be stored, or one.
    callbacks: { version: 'v2.1', ...DEMO_CALLBACKS, concurrency: 1 },
    faults: demoFaults('v2.1'),
  });
  try {
    await rig.pull();
    for (let at = STARTED_AT + STEP_MS; at <= MIRRORED_AT; at += STEP_MS) {
      // Retries took some of its time.
      rig.clock.advance(at - rig.clock.now());
      sendAgain(rig);
      await rig.deliverCallbacks();
      await rig.pull();
    }
    await reconcileMonths(rig);
    await foldRollups(rig.runtime.pool);
    return personalOf(rig.simulator.world, rig.clock.now());
  } finally {
    await rig.close();
    await rm(landing, { recursive: true, force: true });
  }
}

/** Somebody sends the newest fax once more, having no patience. */
function sendAgain({ simulator, clock }: MirrorRig): void {
  const now = clock.now();
  simulator.world.advanceTo(now);
  const newest = simulator.world
    .plans()
    .filter(({ direction, isTest, createdAt }) => direction === 'sent' && !isTest && createdAt <= now)
    .toSorted((a, b) => b.createdAt - a.createdAt)[0];
  if (newest !== undefined && newest.createdAt > now - 9 * MINUTE_MS) simulator.commands.resend(newest.id, null, now);
}

async function reconcileMonths(rig: MirrorRig): Promise<void> {
  const { account, reconciliation } = rig.runtime.account(RIG_ACCOUNT);
  for (const period of MONTHS.map(parsePeriod).filter((month) => month !== null)) {
    await reconcileAccount(rig.runtime.pool, {
      account,
      settings: reconciliation,
      clock: rig.clock,
      period,
      every: 'day',
      codeVersion: CODE_VERSION,
      timeoutMs: MONTH_TIMEOUT_MS,
    });
  }
}

/** Columns whose words say nothing of anybody. */
const OPEN_COLUMNS: ReadonlySet<string> = new Set(['status', 'port_type', 'end_subscriber_type', 'direction']);

function personalOf(world: World, at: Instant): Personal {
  const plans = world.plans();
  const ofFaxes = plans.flatMap(({ callerName, metadata, barcodes }) => [
    callerName,
    metadata,
    ...barcodes.flatMap(({ value, identifier, metadata: ofBarcode }) => [value, identifier, ofBarcode]),
  ]);
  const ofObjects = OBJECT_STREAMS.flatMap((stream) =>
    [...world.objectsAt(stream, at).values()].flatMap((row) =>
      Object.entries(row).map(([column, value]) =>
        typeof value === 'string' && !OPEN_COLUMNS.has(column) ? value : null,
      ),
    ),
  );
  const texts = [...ofFaxes, ...ofObjects].filter((text): text is string => text !== null);
  const numbers = plans.flatMap(({ callerId, fromNumber, toNumber, recipients }) => [
    callerId,
    fromNumber,
    toNumber,
    ...(recipients ?? []).map(({ phoneNumber }) => phoneNumber),
  ]);
  const departments = new Set(plans.map(({ tags }) => tags['department']));
  return {
    numbers: [...new Set(numbers.filter((number): number is string => number !== null && /^\+\d{7,}$/.test(number)))],
    // Short words occur in any language; digits alone are ids; an adapter may be named after a department, which is what a bill is told by.
    texts: [...new Set(texts.filter((text) => text.length >= 6 && !/^\+?\d+$/.test(text) && !departments.has(text)))],
  };
}

/**
 * Holds the time of the report views: makes them anew from their own scripts, where `now()` is a function of the test that stands before that of Postgres.
 * No text of a view is another than in the product.
 */
export async function holdTime(pool: Pool, at: Instant): Promise<void> {
  const { reports } = await readMigrationFiles(MIGRATIONS_DIRECTORY);
  const client = await pool.connect();
  try {
    await client.query(`
      create schema held_time;
      grant usage on schema held_time to public;
      create function held_time.now() returns timestamptz language sql stable as $$ select '${toIso(at)}'::timestamptz $$;
      set search_path = held_time, pg_catalog`);
    for (const { sql } of reports) await client.query(sql);
  } finally {
    client.release(true);
  }
}
