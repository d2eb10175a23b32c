import { join } from 'node:path';
import type { Pool } from 'pg';
import { formatDollars, plainWords } from '../../domain/words.ts';
import { DELIVERY_KINDS } from '../../simulator/callback-fates.ts';
import { createKysely } from '../../warehouse/connection.ts';
import { CHECKS } from '../../warehouse/recon/registry.ts';
import type { WorldComparison } from '../compare-world.ts';
import type { Output } from '../output.ts';
import { countOf, formatCount, formatSpan } from '../output.ts';
import { FAXSYNC } from '../typed-command.ts';
import type { DemoBill, OtherItems } from './demo-bill.ts';
import type { MirrorRig } from './mirror-rig.ts';

/** How often something was set aside or met, by reason. */
export interface ReasonCount {
  readonly reason: string;
  readonly count: number;
}

/** What the demo found, for people and machines alike; no personal data. */
export interface DemoResult {
  readonly comparison: WorldComparison;
  /** The reconciliation: planted billing errors, and the provider's ledger against the warehouse. */
  readonly bill: DemoBill;
  /** Every delivery of the provider and of forgers, by kind. */
  readonly callbacks: ReadonlyArray<{
    readonly kind: string;
    readonly sent: number;
    readonly accepted: number;
    readonly refused: number;
  }>;
  /** Callbacks that were never sent. */
  readonly callbacksLost: number;
  /** Words the callback function answered with. */
  readonly callbackAnswers: Readonly<Record<string, number>>;
  /** Numbers being ported by status, as `report.ports_by_status` has them. */
  readonly ports: ReadonlyArray<{ readonly status: string; readonly numbers: number }>;
  readonly rejected: readonly ReasonCount[];
  readonly drift: readonly ReasonCount[];
  readonly provider: {
    readonly calls: number;
    readonly retries: number;
    readonly throttled: number;
    readonly failedPulls: number;
    /** Requests struck by each kind of fault. */
    readonly faults: Readonly<Record<string, number>>;
  };
  readonly history: {
    /** Changes seen after the first look at a fax. */
    readonly laterChanges: number;
    readonly credits: number;
    readonly creditedCents: number;
  };
}

/** Gathers what a finished rig has to tell. */
export async function gatherResult(rig: MirrorRig, comparison: WorldComparison, bill: DemoBill): Promise<DemoResult> {
  const { pool } = rig.runtime;
  const stats = rig.simulator.stats().callbacks;
  const faults: Record<string, number> = {};
  for (const { fault, struck } of rig.simulator.faults.list()) faults[fault.kind] = (faults[fault.kind] ?? 0) + struck;
  const { calls, retries, throttled, failedPulls } = rig.counts;
  return {
    comparison,
    bill,
    callbacks: DELIVERY_KINDS.map((kind) => {
      const { sent, accepted, refused } = stats.byKind[kind];
      return { kind, sent, accepted, refused };
    }),
    callbacksLost: stats.lost,
    callbackAnswers: Object.fromEntries([...rig.endpoint.answers].sort(([a], [b]) => (a < b ? -1 : 1))),
    ports: await countPorts(pool),
    rejected: await countRejected(pool),
    drift: await countDrift(pool),
    provider: { calls, retries, throttled, failedPulls, faults },
    history: await countHistory(pool),
  };
}

async function countPorts(pool: Pool): Promise<DemoResult['ports']> {
  const rows = await createKysely(pool)
    .selectFrom('report.ports_by_status')
    .select(['status', 'number_count'])
    .orderBy('number_count', 'desc')
    .orderBy('status')
    .execute();
  return rows.map(({ status, number_count }) => ({ status: status ?? 'none', numbers: number_count ?? 0 }));
}

async function countRejected(pool: Pool): Promise<ReasonCount[]> {
  const rows = await createKysely(pool)
    .selectFrom('ops.rejected_records')
    .select(({ fn }) => ['reason', fn.countAll<string>().as('count')])
    .groupBy('reason')
    .orderBy('reason')
    .execute();
  return rows.map(({ reason, count }) => ({ reason, count: Number(count) }));
}

async function countDrift(pool: Pool): Promise<ReasonCount[]> {
  const rows = await createKysely(pool)
    .selectFrom('ops.schema_drift')
    .select(({ fn }) => ['object', 'field', 'kind', 'detail', fn.sum<string>('occurrences').as('count')])
    .groupBy(['object', 'field', 'kind', 'detail'])
    .orderBy('field')
    .execute();
  return rows.map(({ object, field, kind, detail, count }) => ({
    reason: `${object}.${field} ${kind} ${detail}`,
    count: Number(count),
  }));
}

async function countHistory(pool: Pool): Promise<DemoResult['history']> {
  const db = createKysely(pool);
  const rows = await db
    .selectFrom('warehouse.fax_history')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirst();
  const faxes = await db
    .selectFrom('warehouse.faxes')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirst();
  const credits = await db
    .selectFrom('warehouse.fax_history')
    .select(({ fn }) => [fn.countAll<string>().as('count'), fn.sum<string>('cost_delta_cents').as('cents')])
    .where('cost_delta_cents', '<', 0)
    .executeTakeFirst();
  return {
    laterChanges: Number(rows?.count ?? 0) - Number(faxes?.count ?? 0),
    credits: Number(credits?.count ?? 0),
    creditedCents: -Number(credits?.cents ?? 0),
  };
}

function list(counts: readonly ReasonCount[]): string {
  return counts.map(({ reason, count }) => `${formatCount(count)} ${reason}`).join(', ');
}

/** Says what was found: the tables, the money, the callbacks, what was refused and why, how the provider misbehaved. */
export function tellResult(output: Output, result: DemoResult): void {
  const { comparison, callbackAnswers, provider, history } = result;
  const { tables, rollups, money } = comparison;
  const { faults } = provider;
  const struck = Object.entries(faults).filter(([, count]) => count > 0);
  output.step(
    `Provider misbehaved ${formatCount(struck.reduce((sum, [, count]) => sum + count, 0))} times in ${countOf(provider.calls, 'call')}: ${struck.map(([kind, count]) => `${count} ${kind}`).join(', ')}; ${countOf(provider.retries, 'call')} repeated, ${formatCount(provider.throttled)} times 429, ${countOf(provider.failedPulls, 'pull')} given up and taken up again`,
  );
  const forged = result.callbacks.filter(({ kind }) => kind.startsWith('forged'));
  const accepted = forged.reduce((sum, kind) => sum + kind.accepted, 0);
  output.step(
    `Callbacks: ${formatCount(callbackAnswers['stored'] ?? 0)} used, ${formatCount(callbackAnswers['repeated'] ?? 0)} repeated and ignored, ${formatCount(result.callbacksLost)} never sent; forged and refused: ${forged.map(({ kind, refused }) => `${refused} ${kind.replace('forged_', '')}`).join(', ')}`,
  );
  if (accepted > 0) output.warn(`${countOf(accepted, 'forged callback')} accepted. This must never be.`);
  output.step(
    `History: ${countOf(history.laterChanges, 'later change')} of known faxes, among them, test faxes included, ${countOf(history.credits, 'credit')} of ${formatDollars(history.creditedCents)}`,
  );
  const ported = result.ports.reduce((sum, { numbers }) => sum + numbers, 0);
  if (ported > 0) {
    const byStatus = result.ports.map(({ status, numbers }) => `${formatCount(numbers)} ${status}`).join(', ');
    output.step(`Numbers being brought: ${formatCount(ported)}, of these ${byStatus} (report.ports_by_status)`);
  }
  output.table(
    ['table', 'provider', 'warehouse', 'equal', 'different', ''],
    tables.map(({ table, provider, warehouse, equal, differing, note }) => [
      table,
      provider,
      warehouse,
      equal,
      differing,
      note ?? '',
    ]),
  );
  for (const { table, differences } of tables) {
    for (const { row, kind, columns } of differences) {
      output.warn(`${table}: ${row} ${kind}${columns.length === 0 ? '' : ` in ${columns.join(', ')}`}`);
    }
  }
  for (const { day, providerCents, warehouseCents } of money.differingDays.slice(0, 5)) {
    output.warn(`${day}: provider ${formatDollars(providerCents)}, warehouse ${formatDollars(warehouseCents)}`);
  }
  for (const { rollup, differenceCount } of rollups) {
    output.warn(`${rollup}: ${countOf(differenceCount, 'sum')} that reports read differ from the tables`);
  }
}

/** Says what the reconciliation made of it: the errors of the provider, what else stands, and whether the mirror has what the provider took, errors included. */
export function tellBill(output: Output, { bill, errors, onPurpose, falseAlarms, months, tookMs }: DemoBill): void {
  const found = errors.filter(({ outcome }) => outcome === 'found');
  const owed = found.reduce((sum, { cents }) => sum + Math.max(0, cents), 0);
  output.step(
    `Reconciled ${countOf(months, 'month')} by ${countOf(CHECKS.length, 'check')} (${formatSpan(tookMs)}): ${formatCount(found.length)} of ${countOf(errors.length, 'planted billing error')} found, ${formatDollars(owed)} to claim, ${countOf(sumOf(falseAlarms), 'false alarm')}`,
  );
  if (errors.length > 0) {
    output.table(
      ['planted error', 'check', 'row', 'amount', 'found'],
      errors.map(({ kind, check, row, cents, outcome }) => [
        plainWords(kind),
        check,
        row,
        formatDollars(cents),
        outcome === 'found' ? 'yes' : outcome === 'missed' ? 'NO' : 'WRONG',
      ]),
    );
  }
  if (onPurpose.length > 0) {
    output.info(`True as well, of unusual records and days: ${othersText(onPurpose)}`);
  }
  if (falseAlarms.length > 0) output.warn(`Said and not true: ${othersText(falseAlarms)}`);
  for (const { day, providerCents, warehouseCents } of bill.differingDays.slice(0, 5)) {
    output.warn(`${day}: ledger ${formatDollars(providerCents)}, warehouse ${formatDollars(warehouseCents)}`);
  }
  const difference = bill.warehouseCents - bill.providerCents;
  output.step(
    `Mirror ${bill.differingDays.length === 0 ? 'agrees with' : 'differs from'} the provider's ledger: ledger ${formatDollars(bill.providerCents)}, warehouse ${formatDollars(bill.warehouseCents)}, difference ${formatDollars(difference)} over ${countOf(bill.days, 'day')}, ${formatCount(bill.differingDays.length)} of them different`,
  );
}

function sumOf(items: readonly OtherItems[]): number {
  return items.reduce((sum, { count }) => sum + count, 0);
}

function othersText(items: readonly OtherItems[]): string {
  return items.map(({ check, reason, count }) => `${formatCount(count)} ${check} ${plainWords(reason)}`).join(', ');
}

/** Says what was set aside, and what was kept though nobody documented it. */
export function tellAside(output: Output, { rejected, drift }: DemoResult, home: string): void {
  if (rejected.length > 0) {
    const sum = rejected.reduce((total, { count }) => total + count, 0);
    output.warn(`${countOf(sum, 'value')} set aside (${list(rejected)}): ${FAXSYNC} rejected --home ${home}`);
  }
  if (drift.length > 0) output.warn(`Met and kept, though not documented: ${list(drift)}`);
}

/** Where to look further: the end of what is said, since what comes last is what is read. */
export function tellNext(output: Output, home: string): void {
  output.outro(
    [
      'Try next',
      `  the report page     open ${join(home, 'report.html')}`,
      `  ask your own        ${FAXSYNC} sql --home ${home}`,
      `  what was mirrored   ${FAXSYNC} status --home ${home}`,
      `  what was set aside  ${FAXSYNC} rejected --home ${home}`,
      `  where months stand  ${FAXSYNC} periods --home ${home}`,
      `  the bill, checked   ${FAXSYNC} reconcile --home ${home}`,
      `  what is owed        ${FAXSYNC} items --owed --home ${home}`,
      `  another world       npm run demo -- --seed 7 --api-version v1`,
      `  a pretend Phaxio    ${FAXSYNC} simulate    then, with the settings it prints: ${FAXSYNC} sync`,
    ].join('\n'),
  );
}
