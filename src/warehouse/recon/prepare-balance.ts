import type pg from 'pg';
import { int8ToNumber } from '../connection.ts';
import { type BalanceDay, quietLooks, rollForward } from './balance-fold.ts';
import { type BalanceLook, type GapGroup, GapSums } from './balance-gaps.ts';
import { takeMovements } from './balance-movements.ts';
import {
  addBusinessDays,
  BUSINESS_DAYS,
  chooseAmounts,
  inferRecharges,
  type Receipt,
  type Recharge,
} from './balance-recharges.ts';

/** What C17 and C18 found, in the form of a check's rows (see `Check`): tables `run_balance` and `run_recharges`. */
const MAKE_TABLES = ['run_balance', 'run_recharges']
  .map(
    (
      name,
    ) => `create temp table ${name} (grain text, subject_kind text, subject_id text, left_value numeric, right_value numeric,
  cents bigint, owed_cents bigint, verdict text, reason text) on commit drop`,
  )
  .join(';');

const READ_ASKED = `
select account_key, as_of, (limits ->> 'rechargeCents')::bigint as recharge_cents from asked`;

const READ_LOOKS = `
select observation_no, observed_at, balance_cents, day::text as day, day >= (select period from asked) as is_inside from run_snapshots order by place`;

const READ_GROUPS = `
select first_gap, last_gap, is_maybe, unknown, coalesce(sum(cents) filter (where cents > 0), 0) as taken, coalesce(sum(cents) filter (where cents < 0), 0) as given
from run_movements
where last_gap > 0 and first_gap < (select count(*) from run_snapshots)
group by first_gap, last_gap, is_maybe, unknown`;

const READ_BOOKED = `
select booked_gap, sum(booked_cents) as cents from run_movements
where booked_gap > 0 and booked_gap < (select count(*) from run_snapshots)
group by booked_gap`;

/** Receipts from a week before the month to a week after it: a recharge near its edge may belong to one beyond it. */
const READ_RECEIPTS = `
select r.receipt_id, r.paid_at, r.cents, (r.paid_at at time zone a.billing_zone)::date::text as day,
  r.paid_at >= a.starts_at and r.paid_at < a.ends_at as is_inside
from asked a
join recon.receipts r on r.account_id = a.account_id and r.imported_at <= a.as_of
  and r.paid_at >= a.starts_at - interval '7 days' and r.paid_at < a.ends_at + interval '7 days'
order by r.paid_at, r.receipt_id`;
const HAS_RECEIPTS = `
select exists (select from recon.receipts r join asked a on a.account_id = r.account_id and r.imported_at <= a.as_of) as found`;

/** Rises of the balance outside the looks of the run, for receipts near the edges of the month: time and cents of each. */
const READ_RISES = `
with looks as (
  select s.observed_at, s.balance_cents, lag(s.observed_at) over earlier as earlier_at, lag(s.balance_cents) over earlier as earlier_cents
  from asked a
  join warehouse.account_snapshots s on s.account_id = a.account_id and s.observed_at <= a.as_of and s.balance_cents is not null
    and s.observed_at >= a.starts_at - interval '14 days' and s.observed_at < a.ends_at + interval '14 days'
  window earlier as (order by s.observed_at)
)
select earlier_at, observed_at, balance_cents - earlier_cents as cents from looks
where balance_cents > earlier_cents and not (observed_at >= $1 and observed_at <= $2)`;

const ADD_ROWS = (table: string): string => `
insert into ${table}
select * from unnest($1::text[], $2::text[], $3::text[], $4::numeric[], $5::numeric[], $6::bigint[], $7::bigint[], $8::text[], $9::text[])`;

/** Losses may be those of faxes that could not be read at all; nobody knows what these cost. */
const READ_REFUSED = `
select min(open_since_at) as since, max(open_seen_at) as until from ops.rejected_counts c join asked a on a.account_id = c.account_id
where c.stream = 'faxes' and c.scope = 'record' and c.object = 'fax' and c.open_count > 0 and c.open_since_at <= a.as_of`;

interface Asked {
  readonly account_key: string;
  readonly as_of: Date;
  readonly recharge_cents: string | null;
}

interface Row {
  readonly grain: string;
  readonly kind: 'day' | 'account' | 'snapshot' | 'receipt';
  readonly id: string;
  readonly left: number | null;
  readonly right: number | null;
  readonly cents: number;
  readonly owed: number;
  readonly verdict: string | null;
  readonly reason: string | null;
}

type InsideLook = BalanceLook & { readonly isInside: boolean };
type DatedReceipt = Receipt & { readonly day: string; readonly isInside: boolean };

/**
 * Rolls the balance of the run's month forward and finds its recharges, for the checks C17 and C18, which read what is found here. Runs
 * once, after the faxes were rated.
 */
export async function prepareBalance(client: pg.ClientBase): Promise<void> {
  await client.query(MAKE_TABLES);
  await takeMovements(client);
  const { rows } = await client.query<Asked>(READ_ASKED);
  const [asked] = rows;
  if (asked === undefined) return;
  const looks = await readLooks(client);
  const receipts = await readReceipts(client);
  const sums = new GapSums(await readGroups(client));
  const { steps, doubts } = sums.perLook(looks.length);
  const rechargeCents = asked.recharge_cents === null ? null : int8ToNumber(asked.recharge_cents);
  const booked = await readBooked(client, looks.length);
  const quiet = quietLooks(looks, doubts);
  const coarse = sums.over(quiet);
  const roll = (made: readonly Recharge[]): BalanceDay[] =>
    rollForward(...coarsened(looks, quiet, made, booked), coarse);
  const recharges = chooseAmounts(
    inferRecharges(looks, steps, booked, receipts, rechargeCents),
    (made) => roll(made).filter(({ outcome }) => outcome === 'differs').length,
  );
  const days = roll(recharges);
  const refused = await readRefused(client);
  const inside = days.filter(({ to }) => looks[quiet[to] ?? -1]?.isInside === true);
  const rowsOfDays = inside.map((day) =>
    rowOfDay(day, looks[quiet[day.from] ?? 0], looks[quiet[day.to] ?? 0], refused),
  );
  const untested: Row = {
    grain: 'period',
    kind: 'account',
    id: asked.account_key,
    left: null,
    right: null,
    cents: 0,
    owed: 0,
    verdict: 'not_testable',
    reason: 'no_look',
  };
  await addRows(client, 'run_balance', rowsOfDays.length > 0 ? rowsOfDays : [untested]);
  const { rows: imported } = await client.query<{ found: boolean }>(HAS_RECEIPTS);
  const hasReceipts = imported[0]?.found === true;
  await addRows(client, 'run_recharges', [
    ...recharges.flatMap((recharge) => rowOfRecharge(recharge, looks, hasReceipts, asked.as_of.getTime())),
    ...(await rowsOfReceipts(client, receipts, recharges, looks, asked.as_of.getTime())),
  ]);
  await client.query('drop table run_snapshots, run_movements');
}

/** The quiet looks alone, with what was lost up to each and what the books show since the one before. */
function coarsened(
  looks: readonly BalanceLook[],
  quiet: readonly number[],
  recharges: readonly Recharge[],
  bookedSteps: readonly number[],
): [looks: BalanceLook[], lost: number[], booked: number[]] {
  const kept = quiet.flatMap((place) => looks[place] ?? []);
  const opening = looks[0]?.cents ?? 0;
  const lost = quiet.map(
    (place) =>
      opening -
      (looks[place]?.cents ?? 0) +
      recharges.filter(({ look }) => look <= place).reduce((sum, { cents }) => sum + cents, 0),
  );
  const booked = quiet.map((place, index) => {
    let cents = 0;
    for (let gap = (quiet[index - 1] ?? place) + 1; gap <= place; gap++) cents += bookedSteps[gap] ?? 0;
    return cents;
  });
  return [kept, lost, booked];
}

function rowOfDay(
  { day, lostCents, explainedCents, outcome }: BalanceDay,
  from: BalanceLook | undefined,
  to: BalanceLook | undefined,
  refused: { readonly since: Date | null; readonly until: Date | null },
): Row {
  const base = { grain: day, kind: 'day', id: day, left: lostCents, right: explainedCents, cents: 0, owed: 0 } as const;
  if (outcome === 'equal') return { ...base, verdict: null, reason: null };
  if (outcome === 'timing') return { ...base, verdict: 'explained', reason: 'timing' };
  if (outcome !== 'differs') return { ...base, verdict: 'not_testable', reason: outcome };
  const cents = lostCents - explainedCents;
  const { since, until } = refused;
  const isRefused =
    since !== null &&
    until !== null &&
    (to?.at ?? 0) >= since.getTime() - DAY_BEFORE_MS &&
    (from?.at ?? 0) <= until.getTime();
  if (cents > 0 && isRefused) return { ...base, verdict: 'not_testable', reason: 'record_refused' };
  return { ...base, cents, verdict: null, reason: 'balance_differs' };
}

/** A record is refused by the first look that shows it; what it cost may have been taken a day before. */
const DAY_BEFORE_MS = 86_400_000;

function rowOfRecharge(
  { look, cents, receipts }: Recharge,
  looks: readonly InsideLook[],
  hasReceipts: boolean,
  asOf: number,
): Row[] {
  const shown = looks[look];
  if (shown === undefined || !shown.isInside || cents === 0) return [];
  const paid = receipts.reduce((sum, receipt) => sum + receipt.cents, 0);
  const row = {
    grain: shown.day,
    kind: 'snapshot',
    id: String(shown.observation),
    left: cents,
    right: paid,
    cents: 0,
    owed: 0,
  } as const;
  if (!hasReceipts) return [{ ...row, right: null, verdict: 'not_testable', reason: 'no_receipts' }];
  if (paid === cents) return [{ ...row, verdict: null, reason: null }];
  if (asOf <= addBusinessDays(shown.at, BUSINESS_DAYS))
    return [{ ...row, verdict: 'not_testable', reason: 'receipt_may_follow' }];
  return [{ ...row, verdict: null, reason: 'no_receipt' }];
}

async function rowsOfReceipts(
  client: pg.ClientBase,
  receipts: readonly DatedReceipt[],
  recharges: readonly Recharge[],
  looks: readonly InsideLook[],
  asOf: number,
): Promise<Row[]> {
  const inside = receipts.filter(({ isInside }) => isInside);
  if (inside.length === 0) return [];
  const reached = new Set(recharges.flatMap((recharge) => recharge.receipts.map(({ id }) => id)));
  const span = { first: looks[0]?.at ?? 0, last: looks.at(-1)?.at ?? 0 };
  const { rows: rises } = await client.query<{ earlier_at: Date; observed_at: Date; cents: string }>(READ_RISES, [
    new Date(span.first),
    new Date(span.last),
  ]);
  return inside.map(({ id, cents, paidAt, day }) => {
    const row = { grain: day, kind: 'receipt', id, right: cents, cents, owed: cents } as const;
    const from = addBusinessDays(paidAt, -BUSINESS_DAYS);
    const to = addBusinessDays(paidAt, BUSINESS_DAYS);
    // Beyond the month only the rise itself is known, less what was spent meanwhile.
    const isBeyond = rises.some(
      (rise) =>
        rise.observed_at.getTime() >= from &&
        rise.earlier_at.getTime() <= to &&
        2 * Number(rise.cents) >= cents &&
        Number(rise.cents) <= cents + cents / 2,
    );
    if (reached.has(id) || isBeyond) return { ...row, left: cents, cents: 0, owed: 0, verdict: null, reason: null };
    if (asOf <= to) return { ...row, left: null, verdict: 'not_testable', reason: 'recharge_may_follow' };
    if (span.first > paidAt || span.last < Math.min(to, paidAt + DAY_BEFORE_MS))
      return { ...row, left: null, verdict: 'not_testable', reason: 'no_look' };
    return { ...row, left: 0, verdict: null, reason: 'receipt_without_recharge' };
  });
}

async function readLooks(client: pg.ClientBase): Promise<InsideLook[]> {
  const { rows } = await client.query<{
    observation_no: string;
    observed_at: Date;
    balance_cents: number;
    day: string;
    is_inside: boolean;
  }>(READ_LOOKS);
  return rows.map((row) => ({
    observation: int8ToNumber(row.observation_no),
    at: row.observed_at.getTime(),
    day: row.day,
    cents: row.balance_cents,
    isInside: row.is_inside,
  }));
}

async function readGroups(client: pg.ClientBase): Promise<GapGroup[]> {
  const { rows } = await client.query<{
    first_gap: number;
    last_gap: number;
    is_maybe: boolean;
    unknown: GapGroup['unknown'];
    taken: string;
    given: string;
  }>(READ_GROUPS);
  return rows.map((row) => ({
    first: row.first_gap,
    last: row.last_gap,
    isMaybe: row.is_maybe,
    unknown: row.unknown,
    taken: Number(row.taken),
    given: Number(row.given),
  }));
}

/** What the books show between each look and the one before. */
async function readBooked(client: pg.ClientBase, looks: number): Promise<number[]> {
  const { rows } = await client.query<{ booked_gap: number; cents: string }>(READ_BOOKED);
  const steps = new Array<number>(looks).fill(0);
  for (const row of rows) steps[row.booked_gap] = Number(row.cents);
  return steps;
}

async function readReceipts(client: pg.ClientBase): Promise<DatedReceipt[]> {
  const { rows } = await client.query<{
    receipt_id: string;
    paid_at: Date;
    cents: string;
    day: string;
    is_inside: boolean;
  }>(READ_RECEIPTS);
  return rows.map((row) => ({
    id: row.receipt_id,
    paidAt: row.paid_at.getTime(),
    cents: Number(row.cents),
    day: row.day,
    isInside: row.is_inside,
  }));
}

async function readRefused(client: pg.ClientBase): Promise<{ since: Date | null; until: Date | null }> {
  const { rows } = await client.query<{ since: Date | null; until: Date | null }>(READ_REFUSED);
  return rows[0] ?? { since: null, until: null };
}

async function addRows(
  client: pg.ClientBase,
  table: 'run_balance' | 'run_recharges',
  rows: readonly Row[],
): Promise<void> {
  await client.query(ADD_ROWS(table), [
    rows.map(({ grain }) => grain),
    rows.map(({ kind }) => kind),
    rows.map(({ id }) => id),
    rows.map(({ left }) => left),
    rows.map(({ right }) => right),
    rows.map(({ cents }) => cents),
    rows.map(({ owed }) => owed),
    rows.map(({ verdict }) => verdict),
    rows.map(({ reason }) => reason),
  ]);
}
