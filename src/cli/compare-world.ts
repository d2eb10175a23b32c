import type { Pool } from 'pg';
import { InvariantError } from '../domain/errors.ts';
import { type Instant, toIso, zoneOffsetMs } from '../domain/time.ts';
import type { Dialect } from '../landing/contract.ts';
import type { WorldTruth } from '../simulator/truth.ts';
import type { World } from '../simulator/world.ts';
import type { MirrorTable } from '../warehouse/mirror-tables.ts';
import { type DailyCost, findAccountId, readDailyCosts, readMirrorTable } from '../warehouse/read-mirror.ts';
import { compareRollups, type RollupDifference } from '../warehouse/rollups.ts';
import { compareAccount } from './compare-world-account.ts';
import { compareCoverage } from './compare-world-coverage.ts';
import { carriedFax, compareFaxes, compareHistory } from './compare-world-faxes.ts';
import { compareObjects, comparePhaxCodes, OBJECT_TABLES } from './compare-world-objects.ts';
import { compareOddities } from './compare-world-oddities.ts';
import type { TableComparison } from './compare-world-rows.ts';

/** What is compared with what. */
export interface CompareOptions {
  readonly world: World;
  /** The account's key in the warehouse. */
  readonly account: string;
  /** Instant of the provider's side; the world has lived up to it. */
  readonly at: Instant;
  /** Version of the API the mirror was made with: what it does not carry must be null. */
  readonly dialect: Dialect;
  /** IANA zone of the bill's days. */
  readonly zone: string;
}

/** One day's money on both sides, where they differ. */
export interface DayDifference {
  readonly day: string;
  readonly providerCents: number;
  readonly warehouseCents: number;
}

/** What was spent on faxes, test faxes left out. */
export interface MoneyComparison {
  readonly days: number;
  readonly providerCents: number;
  readonly warehouseCents: number;
  /** Negative costs at the provider, which are refused and count on neither side. */
  readonly refusedCents: number;
  readonly differingDays: readonly DayDifference[];
}

/** How a mirror compares with the world it mirrors. Holds no personal data. */
export interface WorldComparison {
  readonly dialect: Dialect;
  readonly at: Instant;
  readonly tables: readonly TableComparison[];
  readonly money: MoneyComparison;
  /** Sums that reports read and that are not those of the tables; none where all is well. */
  readonly rollups: readonly RollupDifference[];
  /** True when no table, no day and no sum differs. */
  readonly isEqual: boolean;
}

/**
 * Compares every table of the mirror with the simulated provider's own truth, field by field.
 * The truth comes from the world's plans, through none of the code that made the mirror.
 * @throws {WarehouseError} when the database cannot be read.
 */
export async function compareWorld(pool: Pool, options: CompareOptions): Promise<WorldComparison> {
  const { world, account, at, dialect, zone } = options;
  const accountId = await findAccountId(pool, account);
  if (accountId === null) throw new InvariantError('Nothing of this account was loaded.', { account });
  const truth = world.truth(at);
  const plans = new Map(world.plans().map((plan) => [plan.id, plan]));
  const slices = await readMirrorTable(pool, accountId, 'ops.slices');
  const storedFaxes = {
    slices,
    faxes: await readMirrorTable(pool, accountId, 'warehouse.faxes'),
    recipients: await readMirrorTable(pool, accountId, 'warehouse.fax_recipients'),
    barcodes: await readMirrorTable(pool, accountId, 'warehouse.fax_barcodes'),
    history: await readMirrorTable(pool, accountId, 'warehouse.fax_history'),
  };
  const storedAccount = {
    numbers: await readMirrorTable(pool, accountId, 'warehouse.phone_numbers'),
    numberHistory: await readMirrorTable(pool, accountId, 'warehouse.phone_number_history'),
    charges: await readMirrorTable(pool, accountId, 'warehouse.phone_number_charges'),
    snapshots: await readMirrorTable(pool, accountId, 'warehouse.account_snapshots'),
    rateCard: await readMirrorTable(pool, accountId, 'warehouse.rate_card'),
    slices,
    landed: await readMirrorTable(pool, accountId, 'ops.landed_objects'),
  };
  const storedNotes = {
    rejected: await readMirrorTable(pool, accountId, 'ops.rejected_records'),
    drift: await readMirrorTable(pool, accountId, 'ops.schema_drift'),
  };
  const storedObjects = new Map<MirrorTable, readonly Readonly<Record<string, unknown>>[]>();
  for (const table of OBJECT_TABLES) {
    storedObjects.set(table, await readMirrorTable(pool, accountId, table));
  }
  const phaxCodes = await readMirrorTable(pool, accountId, 'warehouse.phax_codes');
  const faxTruth = { truth, plans, dialect };
  const tables = [
    ...compareFaxes(storedFaxes, faxTruth),
    compareHistory(storedFaxes, faxTruth),
    ...compareAccount(storedAccount, world, dialect),
    compareCoverage({ slices, landed: storedAccount.landed }, world, dialect),
    ...compareObjects(storedObjects, slices, world),
    comparePhaxCodes(phaxCodes, phaxCodesNamed(truth, dialect), world, at),
    compareOddities(storedNotes, truth.oddities, dialect === 'v2.1' ? world.objectOddities() : []),
  ];
  const money = compareMoney(truth, dialect, zone, await readDailyCosts(pool, accountId, zone));
  const rollups = await compareRollups(pool, account);
  const differing = tables.filter((table) => table.differing > 0).length + money.differingDays.length + rollups.length;
  return { dialect, at, tables, money, rollups, isEqual: differing === 0 };
}

/** Identifiers of the PhaxCodes that listed faxes name, as their barcodes have them; only v2.1 carries barcodes. */
function phaxCodesNamed({ faxes, deletedFaxes }: WorldTruth, dialect: Dialect): ReadonlySet<string> {
  if (dialect !== 'v2.1') return new Set();
  const all = [...faxes, ...deletedFaxes.map(({ fax }) => fax)];
  const barcodes = all.flatMap((fax) => fax.barcodes ?? []);
  return new Set(
    barcodes.flatMap(({ type, identifier }) => (type === 'phax_code' && identifier !== null ? [identifier] : [])),
  );
}

/** Days are reckoned here and by Postgres there: the sums meet only if both agree on every midnight. */
function compareMoney(
  truth: WorldTruth,
  dialect: Dialect,
  zone: string,
  stored: readonly DailyCost[],
): MoneyComparison {
  const provider = new Map<string, number>();
  const offsets = new Map<number, number>();
  let providerCents = 0;
  let refusedCents = 0;
  for (const shown of truth.faxes) {
    if (shown.isTest === true || shown.createdAt === null) continue;
    const fax = carriedFax(shown, dialect);
    const hour = Math.floor(shown.createdAt / 3_600_000);
    const offset = offsets.get(hour) ?? zoneOffsetMs(shown.createdAt, zone);
    offsets.set(hour, offset);
    const day = toIso(shown.createdAt + offset).slice(0, 10);
    provider.set(day, (provider.get(day) ?? 0) + (fax.costCents ?? 0));
    providerCents += fax.costCents ?? 0;
    if (fax.costCents === null) refusedCents += shown.costCents ?? 0;
  }
  const warehouse = new Map(stored.map(({ day, costCents }) => [day, costCents]));
  const days = [...new Set([...provider.keys(), ...warehouse.keys()])].sort();
  return {
    days: days.length,
    providerCents,
    warehouseCents: stored.reduce((sum, { costCents }) => sum + costCents, 0),
    refusedCents,
    differingDays: days.flatMap((day) => {
      const sides = { providerCents: provider.get(day) ?? 0, warehouseCents: warehouse.get(day) ?? 0 };
      return sides.providerCents === sides.warehouseCents ? [] : [{ day, ...sides }];
    }),
  };
}
