import { BILLING_ERROR_KINDS, type BillingErrorKind } from '../../src/simulator/billing-options.ts';
import { BILL_GRAINS } from './recon-bill.ts';
import { GRAINS } from './recon-difference.ts';
import type { Found } from './recon-judge.ts';
import type { SeedOutcome } from './recon-world.ts';

/** A seed whose run broke off. */
export interface SeedFailure {
  readonly seed: number;
  readonly isPlanted: boolean;
  readonly message: string;
}

/** How one seed did. */
export type SeedReport = SeedOutcome | SeedFailure;

/** Whether the run of a seed broke off. */
export function isFailure(report: SeedReport): report is SeedFailure {
  return 'message' in report;
}

function differs({ differences, bill }: SeedOutcome): boolean {
  return (
    GRAINS.some((grain) => differences[grain].cents !== 0) ||
    BILL_GRAINS.some((grain) => bill.cents[grain] !== 0) ||
    bill.changedLines !== 0
  );
}

/** Fewest seeds with errors of which each kind must have been planted: the rarest finds a place in one of thirteen. */
const SEEDS_FOR_EVERY_KIND = 100;

/** Kinds of errors that were never planted, so that nothing is known of whether they are found; none where there were few seeds. */
export function unplantedKinds(reports: readonly SeedReport[]): BillingErrorKind[] {
  const planted = outcomesOf(reports).filter(({ isPlanted }) => isPlanted);
  if (planted.length < SEEDS_FOR_EVERY_KIND) return [];
  const kinds = new Set(planted.flatMap(({ verdicts }) => verdicts.map((verdict) => verdict.planted.kind)));
  return BILLING_ERROR_KINDS.filter((kind) => !kinds.has(kind));
}

/** Whether a seed is as it has to be: all found, no false alarm at any time, no difference, and the months closed. */
export function isGood(report: SeedReport): boolean {
  if (isFailure(report)) return false;
  const { verdicts, falseAlarms, earlyAlarms, notClosed } = report;
  const areAllFound =
    verdicts.every(({ outcome }) => outcome === 'found') && (!report.isPlanted || verdicts.length > 0);
  return (
    areAllFound && falseAlarms.length === 0 && earlyAlarms.length === 0 && notClosed.length === 0 && !differs(report)
  );
}

function table(head: readonly string[], rows: ReadonlyArray<ReadonlyArray<string | number>>): string {
  const all = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(all[0] ?? []), rule, ...all.slice(1).map(line)].join('\n');
}

function outcomesOf(reports: readonly SeedReport[]): SeedOutcome[] {
  return reports.flatMap((report) => (isFailure(report) ? [] : [report]));
}

/** Planted errors by kind: how many, how many were found by the right check on the right row with the right cents, missed, and found otherwise. */
export function plantedTable(reports: readonly SeedReport[]): string {
  const verdicts = outcomesOf(reports).flatMap((outcome) => outcome.verdicts);
  const rows = BILLING_ERROR_KINDS.map((kind) => {
    const of = verdicts.filter(({ planted }) => planted.kind === kind);
    const count = (outcome: string): number => of.filter((verdict) => verdict.outcome === outcome).length;
    return [kind, of[0]?.planted.check ?? '', of.length, count('found'), count('missed'), count('wrong')] as const;
  });
  const sum = (column: 2 | 3 | 4 | 5): number => rows.reduce((total, row) => total + row[column], 0);
  return table(
    ['planted error', 'check', 'planted', 'found', 'missed', 'wrong'],
    [...rows, ['all', '', sum(2), sum(3), sum(4), sum(5)]],
  );
}

/** What no seed has in it, so that the figures say nothing of it. */
export const LEFT_OUT =
  'Left out by design, as no look can tell it: a price that lived less than a day (C11 takes its faxes for charged wrongly, honest as they are), ' +
  'and numbers given back or dearer within a day after a rent.';

/** Seeds, false alarms and differences, by honest and planted seeds. */
export function seedsTable(reports: readonly SeedReport[]): string {
  const rows = [false, true].map((isPlanted) => {
    const all = reports.filter((report) => report.isPlanted === isPlanted);
    const outcomes = outcomesOf(all);
    const cents = GRAINS.map((grain) =>
      outcomes.reduce((total, { differences }) => total + differences[grain].cents, 0),
    );
    const billed = BILL_GRAINS.map((grain) => outcomes.reduce((total, { bill }) => total + bill.cents[grain], 0));
    const sum = (of: (outcome: SeedOutcome) => number): number => outcomes.reduce((total, one) => total + of(one), 0);
    return [
      isPlanted ? 'with 1 to 20 errors' : 'honest',
      all.length,
      sum(({ faxes }) => faxes),
      sum(({ falseAlarms, earlyAlarms }) => falseAlarms.length + earlyAlarms.length),
      sum(({ notClosed }) => notClosed.length),
      ...cents,
      ...billed,
      sum(({ bill }) => bill.changedLines),
      all.length - outcomes.length,
    ];
  });
  const grains = GRAINS.map((grain) => `cents by ${grain}`);
  const head = ['seeds', 'number', 'faxes', 'false alarms', 'months not closed', ...grains];
  const bill = [...BILL_GRAINS.map((grain) => `bill by ${grain}`), 'closed lines changed'];
  return table([...head, ...bill, 'broke off'], rows);
}

function foundLine({
  check,
  period,
  subjectKind,
  subjectId,
  reason,
  cents,
  owedCents,
  actual,
  expected,
}: Found): string {
  const sides = `${actual ?? '-'} against ${expected ?? '-'}`;
  return `${check} ${period} ${subjectKind} ${shown(subjectKind, subjectId)}: ${reason}, ${cents} cents, ${owedCents} owed (${sides})`;
}

/** Phone numbers are not printed in whole, made up as they are. */
function shown(subjectKind: string, subjectId: string): string {
  return subjectKind === 'number' ? subjectId.replace(/^\+\d+(\d\d)/, '...$1') : subjectId;
}

/** What was wrong about a seed, a line each; empty where nothing was. */
export function complaintsOf(report: SeedReport): string[] {
  if (isFailure(report)) return [`broke off: ${report.message}`];
  const { verdicts, falseAlarms, earlyAlarms, notClosed, differences, bill } = report;
  return [
    ...verdicts.flatMap(({ outcome, planted, said }) => {
      if (outcome === 'found') return [];
      const { kind, check, period, subjectKind, subjectId, cents, owedCents } = planted;
      const row = `${check} ${period} ${subjectKind} ${shown(subjectKind, subjectId)}, ${cents} cents, ${owedCents} owed`;
      return [`${outcome} ${kind}: ${row}`, ...said.map((found) => `  said: ${foundLine(found)}`)];
    }),
    ...falseAlarms.map((found) => `false alarm: ${foundLine(found)}`),
    ...earlyAlarms.map((found) => `false alarm on the way: ${foundLine(found)}`),
    ...notClosed.map((month) => `not closed: ${month}`),
    ...GRAINS.flatMap((grain) =>
      differences[grain].cents === 0 ? [] : [`difference by ${grain}: ${differences[grain].cents} cents`],
    ),
    ...BILL_GRAINS.flatMap((grain) =>
      bill.cents[grain] === 0 ? [] : [`difference of the bill by ${grain}: ${bill.cents[grain]} cents`],
    ),
    ...(bill.changedLines === 0 ? [] : [`lines of closed months that changed: ${bill.changedLines}`]),
    ...(report.isPlanted && verdicts.length === 0 ? ['nothing was planted'] : []),
  ];
}
