import type pg from 'pg';
import type { Instant } from '../../src/domain/time.ts';
import type { World } from '../../src/simulator/world.ts';
import { ledgerLines } from './recon-difference.ts';

/** By what the bill is added up: the month of the charge, and its day. */
export const BILL_GRAINS = ['month', 'day'] as const;

/** One of {@link BILL_GRAINS}. */
export type BillGrain = (typeof BILL_GRAINS)[number];

/** How the bill that finance reads compares with the provider's ledger. */
export interface BillDifferences {
  /** US cents by which they differ, added up without sign over the months or days. */
  readonly cents: Readonly<Record<BillGrain, number>>;
  /** Lines of the closed months that were added, lost or changed since. */
  readonly changedLines: number;
}

/** Every line of the months that are closed now, as text. */
export type ClosedLines = ReadonlyMap<string, readonly string[]>;

const LINES_OF_CLOSED = `
select b.billing_period::text as period, row(b.*)::text as line
from recon.bill b
join recon.periods p on p.account_id = b.account_id and p.period = b.billing_period and p.state = 'closed'`;

/** Closed lines, corrections that wait, and the live charges of the months that are open: every line, wherever it is billed. */
const BILLED = `
select to_char(charge_period, 'YYYY-MM') as month, usage_date::text as day, sum(cents)::float8 as cents
from recon.bill where charge_period >= $1::date group by 1, 2`;

/** Reads the bill's lines of the closed months, by month; keep them, and {@link billDifferencesOf} tells whether they are still the same. */
export async function closedLinesOf(pool: pg.Pool): Promise<ClosedLines> {
  const { rows } = await pool.query<{ period: string; line: string }>(LINES_OF_CLOSED);
  const lines = new Map<string, string[]>();
  for (const { period, line } of rows) lines.set(period, [...(lines.get(period) ?? []), line]);
  return lines;
}

function changedLines(before: ClosedLines, after: ClosedLines): number {
  let changed = 0;
  for (const [period, lines] of before) {
    const counts = new Map<string, number>();
    for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
    for (const line of after.get(period) ?? []) counts.set(line, (counts.get(line) ?? 0) - 1);
    changed += [...counts.values()].reduce((sum, count) => sum + Math.abs(count), 0);
  }
  return changed;
}

/** A month that was mirrored from its beginning, when that is, and the zone of the bill. */
interface BillScope {
  readonly period: string;
  readonly from: Instant;
  readonly zone: string;
}

/** Holds the bill of a month and of those after it against the provider's ledger as it stands now, and the closed months against what they were. */
export async function billDifferencesOf(
  pool: pg.Pool,
  world: World,
  { period, from, zone }: BillScope,
  closed: ClosedLines,
): Promise<BillDifferences> {
  const { rows } = await pool.query<{ month: string; day: string; cents: number }>(BILLED, [period]);
  const ledger = ledgerLines(world, { from, until: world.now + 1, zone });
  const by = (grain: BillGrain): number => {
    const sums = new Map<string, number>();
    const add = (key: string, cents: number) => sums.set(key, (sums.get(key) ?? 0) + cents);
    for (const row of rows) add(`${row.month} ${grain === 'day' ? row.day : ''}`, row.cents);
    for (const { day, cents } of ledger) add(`${day.slice(0, 7)} ${grain === 'day' ? day : ''}`, -cents);
    return [...sums.values()].reduce((sum, cents) => sum + Math.abs(cents), 0);
  };
  return {
    cents: { month: by('month'), day: by('day') },
    changedLines: changedLines(closed, await closedLinesOf(pool)),
  };
}
