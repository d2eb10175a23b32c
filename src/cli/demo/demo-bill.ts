import { type Period, parsePeriod, shiftPeriod } from '../../domain/reconciliation.ts';
import { type Instant, toIso, zoneOffsetMs } from '../../domain/time.ts';
import { reconcileAccount } from '../../pipeline/reconcile.ts';
import { CODE_VERSION } from '../../runtime/code-version.ts';
import type { PlantedError } from '../../simulator/billing-options.ts';
import { readDailyCharges } from '../../warehouse/recon/read-daily-charges.ts';
import { type ItemFacts, readItems } from '../../warehouse/recon/read-items.ts';
import type { Output } from '../output.ts';
import { type MirrorRig, RIG_ACCOUNT } from './mirror-rig.ts';

/** What the checks of one month may take. */
const MONTH_TIMEOUT_MS = 120_000;
const HOUR = 3_600_000;

/** One day's money on both sides, where they differ. */
interface DayDifference {
  readonly day: string;
  readonly providerCents: number;
  readonly warehouseCents: number;
}

/** The provider's ledger against the warehouse, by day of use. */
export interface BillComparison {
  readonly days: number;
  readonly providerCents: number;
  readonly warehouseCents: number;
  /** What the ledger took for records that no reader can take as sent: without an id, or with a negative cost. On neither side. */
  readonly refusedCents: number;
  readonly differingDays: readonly DayDifference[];
}

/** A billing error that the provider made, with what the reconciliation said of it. */
export interface ErrorVerdict {
  readonly kind: string;
  readonly check: string;
  /** The row; own numbers are cut down to their last two digits. */
  readonly row: string;
  readonly cents: number;
  readonly outcome: 'found' | 'missed' | 'wrong';
}

/** Items that stand and were not planted, by check and reason. */
export interface OtherItems {
  readonly check: string;
  readonly reason: string;
  readonly count: number;
  readonly cents: number;
}

/** What the demo's last step found. */
export interface DemoBill {
  readonly bill: BillComparison;
  readonly errors: readonly ErrorVerdict[];
  /** What is true beside: of records that are unusual on purpose, and of days unlike others of their weekday. */
  readonly onPurpose: readonly OtherItems[];
  /** What stands and nobody planted: must be empty. */
  readonly falseAlarms: readonly OtherItems[];
  readonly months: number;
  readonly tookMs: number;
  /** True when the bill agrees, every planted error was found, and nothing else was said. */
  readonly isRight: boolean;
}

/** Runs the reconciliation over every month that was mirrored, and holds what it says against what the provider did. */
export async function reconcileDemo(
  rig: MirrorRig,
  { output, now, signal }: { readonly output: Output; readonly now: () => number; readonly signal: AbortSignal },
): Promise<DemoBill> {
  const began = now();
  const { world } = rig.simulator;
  const { account, billingZone, reconciliation } = rig.runtime.account(RIG_ACCOUNT);
  const months = monthsOf(world.options.firstDay, rig.clock.now(), billingZone);
  const progress = output.progress('Reconciling');
  try {
    for (const [at, period] of months.entries()) {
      signal.throwIfAborted();
      progress.update(`Reconciling ${period.slice(0, 7)}`, at / months.length);
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
  } finally {
    progress.end();
  }
  const items = await readItems(rig.runtime.pool, { account, states: ['open'] });
  const at = rig.clock.now();
  const oddFaxes = new Set(world.truth(at).oddities.map(({ faxId }) => faxId));
  const judged = judge(items, world.billingErrors(at, billingZone), oddFaxes);
  const bill = await compareBill(rig, billingZone);
  const isRight =
    bill.differingDays.length === 0 &&
    judged.falseAlarms.length === 0 &&
    judged.errors.every(({ outcome }) => outcome === 'found');
  return { bill, ...judged, months: months.length, tookMs: now() - began, isRight };
}

function monthsOf(from: Instant, until: Instant, zone: string): Period[] {
  const months: Period[] = [];
  const last = dayOf(until, zone).slice(0, 7);
  let period = parsePeriod(dayOf(from, zone).slice(0, 7));
  while (period !== null && period.slice(0, 7) <= last) {
    months.push(period);
    period = shiftPeriod(period, 1);
  }
  return months;
}

/** Offsets change on whole hours, and a formatter takes its time. */
const offsets = new Map<string, number>();

function dayOf(at: Instant, zone: string): string {
  const key = `${zone} ${Math.floor(at / HOUR)}`;
  const offset = offsets.get(key) ?? zoneOffsetMs(at, zone);
  offsets.set(key, offset);
  return toIso(at + offset).slice(0, 10);
}

/**
 * The provider's side is its own ledger, entry by entry: a fax counts on the day it was requested, a rent on the day it was taken. Days are
 * reckoned here and by Postgres there.
 */
async function compareBill(rig: MirrorRig, zone: string): Promise<BillComparison> {
  const { world } = rig.simulator;
  const plans = new Map(world.plans().map((plan) => [plan.id, plan]));
  const provider = new Map<string, number>();
  let refusedCents = 0;
  for (const entry of world.ledger.entriesUntil(rig.clock.now())) {
    const plan = entry.faxId === null ? undefined : plans.get(entry.faxId);
    // Of rents before first contact a list shows the last one only.
    if (plan === undefined && (entry.kind !== 'rent' || entry.at < rig.options.startAt)) continue;
    if (plan?.oddity === 'missing_id' || plan?.oddity === 'negative_cost') {
      refusedCents -= entry.cents;
      continue;
    }
    const day = dayOf(plan?.createdAt ?? entry.at, zone);
    provider.set(day, (provider.get(day) ?? 0) - entry.cents);
  }
  const stored = await readDailyCharges(rig.runtime.pool, { account: RIG_ACCOUNT, rentsFrom: rig.options.startAt });
  const warehouse = new Map(stored.map(({ day, cents }) => [day, cents]));
  const days = [...new Set([...provider.keys(), ...warehouse.keys()])].sort();
  const sum = (side: ReadonlyMap<string, number>) => [...side.values()].reduce((total, cents) => total + cents, 0);
  return {
    days: days.length,
    providerCents: sum(provider),
    warehouseCents: sum(warehouse),
    refusedCents,
    differingDays: days.flatMap((day) => {
      const sides = { providerCents: provider.get(day) ?? 0, warehouseCents: warehouse.get(day) ?? 0 };
      return sides.providerCents === sides.warehouseCents ? [] : [{ day, ...sides }];
    }),
  };
}

/** Right check, right row, right month, right cents; what is left is of unusual records, or a false alarm. */
function judge(
  items: readonly ItemFacts[],
  planted: readonly PlantedError[],
  oddFaxes: ReadonlySet<string>,
): Pick<DemoBill, 'errors' | 'onPurpose' | 'falseAlarms'> {
  const left = new Set(items.filter(({ severity }) => severity !== 'info'));
  const errors = planted.map((error): ErrorVerdict => {
    const said = items.filter(
      (item) =>
        item.checkId === error.check && item.subjectKind === error.subjectKind && item.subjectId === error.subjectId,
    );
    for (const item of said) left.delete(item);
    const isRight =
      said.length === 1 &&
      said.every(
        ({ period, cents, owedCents }) =>
          period.startsWith(error.period) && cents === error.cents && owedCents === error.owedCents,
      );
    const outcome = isRight ? 'found' : said.length === 0 ? 'missed' : 'wrong';
    return { kind: error.kind, check: error.check, row: rowOf(error), cents: error.cents, outcome };
  });
  // Every fax of a day that stands out (C22) is the provider's own, as the comparison shows: chance makes some, and the account falls silent.
  const isMeant = ({ checkId, subjectKind, subjectId }: ItemFacts) =>
    (subjectKind === 'fax' && oddFaxes.has(subjectId)) || checkId === 'C24' || checkId === 'C22';
  const others = [...left];
  return {
    errors,
    onPurpose: grouped(others.filter(isMeant)),
    falseAlarms: grouped(others.filter((item) => !isMeant(item))),
  };
}

function rowOf({ subjectKind, subjectId }: PlantedError): string {
  if (subjectKind !== 'number') return `${subjectKind} ${subjectId}`;
  const [number = '', at = ''] = subjectId.split('@');
  return `number ..${number.slice(-2)}, ${at.slice(0, 10)}`;
}

function grouped(items: readonly ItemFacts[]): OtherItems[] {
  const groups = Map.groupBy(items, ({ checkId, reason }) => `${checkId} ${reason}`);
  return [...groups].map(([key, of]) => {
    const [check = '', reason = ''] = key.split(' ');
    return { check, reason, count: of.length, cents: of.reduce((sum, { cents }) => sum + cents, 0) };
  });
}
