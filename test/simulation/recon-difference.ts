import type pg from 'pg';
import type { Instant } from '../../src/domain/time.ts';
import { dayIn } from '../../src/simulator/months.ts';
import type { FaxPlan } from '../../src/simulator/plan.ts';
import type { World } from '../../src/simulator/world.ts';

/** By what the sums are taken. */
export const GRAINS = ['account', 'day', 'number', 'tag'] as const;

/** One of {@link GRAINS}. */
export type Grain = (typeof GRAINS)[number];

/** One side's charge. */
interface Line {
  readonly day: string;
  /** Own number; empty where the fax names none. */
  readonly number: string;
  readonly tag: string;
  readonly cents: number;
}

/** US cents by which warehouse and ledger differ, added up without sign over the rows of each grain, and how many rows there were. */
export type Differences = Readonly<Record<Grain, { readonly rows: number; readonly cents: number }>>;

const TAG = 'department';

const STORED = `
select c.usage_date::text as day, coalesce(c.phone_number, case when f.direction = 'received' then f.to_number else f.caller_id end, '') as number,
  coalesce(f.tags ->> '${TAG}', '') as tag, c.cents::float8 as cents
from warehouse.charges c
join warehouse.accounts a on a.account_id = c.account_id
left join warehouse.faxes f on f.account_id = c.account_id and f.fax_id = c.fax_id
where c.used_at >= $1 and c.used_at < $2`;

function ownNumberOf(plan: FaxPlan): string {
  return (plan.direction === 'received' ? plan.toNumber : plan.callerId) ?? '';
}

/** A stretch of time, and the zone of the bill. */
interface Span {
  readonly from: Instant;
  readonly until: Instant;
  readonly zone: string;
}

/** What the provider took and gave back by now for faxes and rents of [from, until), each on the day of its fax or rent. */
export function ledgerLines(world: World, { from, until, zone }: Span): Line[] {
  const plans = new Map(world.plans().map((plan) => [plan.id, plan]));
  return world.ledger.entriesUntil(world.now).flatMap((entry): Line[] => {
    const plan = entry.faxId === null ? undefined : plans.get(entry.faxId);
    if (plan === undefined && entry.kind !== 'rent') return [];
    const usedAt = plan?.createdAt ?? entry.at;
    if (usedAt < from || usedAt >= until) return [];
    const number = plan === undefined ? (entry.phoneNumber ?? '') : ownNumberOf(plan);
    return [{ day: dayIn(usedAt, zone), number, tag: plan?.tags[TAG] ?? '', cents: -entry.cents }];
  });
}

function sumsBy(lines: readonly Line[], grain: Grain): Map<string, number> {
  const sums = new Map<string, number>();
  for (const line of lines) {
    const key = grain === 'account' ? '' : line[grain];
    sums.set(key, (sums.get(key) ?? 0) + line.cents);
  }
  return sums;
}

/** Holds a month's charges in the warehouse against the provider's ledger. */
export async function differencesOf(pool: pg.Pool, world: World, span: Span): Promise<Differences> {
  const { rows: stored } = await pool.query<Line>(STORED, [new Date(span.from), new Date(span.until)]);
  const ledger = ledgerLines(world, span);
  const of = (grain: Grain): Differences[Grain] => {
    const [left, right] = [sumsBy(stored, grain), sumsBy(ledger, grain)];
    const keys = new Set([...left.keys(), ...right.keys()]);
    const cents = [...keys].reduce((sum, key) => sum + Math.abs((left.get(key) ?? 0) - (right.get(key) ?? 0)), 0);
    return { rows: keys.size, cents };
  };
  return { account: of('account'), day: of('day'), number: of('number'), tag: of('tag') };
}
