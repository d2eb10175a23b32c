import type pg from 'pg';
import type { Instant } from '../../domain/time.ts';
import { int8ToNumber } from '../connection.ts';
import { type BalanceDay, quietLooks, rollForward } from './balance-fold.ts';
import { type BalanceLook, type GapGroup, GapSums } from './balance-gaps.ts';
import { OPENING_MAX, takeMovements } from './balance-movements.ts';
import {
  addBusinessDays,
  BUSINESS_DAYS,
  chooseAmounts,
  inferRecharges,
  type Receipt,
  type Recharge,
  type SeenRise,
  serveOnce,
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
select observation_no, observed_at, balance_cents, day::text as day, day >= (select period from asked) as is_inside, is_edge from run_snapshots order by place`;

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

/**
 * By how much the balance rose from look to look outside the looks of the run, for receipts near the edges of the month; what faxes were
 * seen to cost meanwhile is added.
 */
const READ_RISES = `
with looks as (
  select s.observed_at, s.balance_cents, lag(s.observed_at) over earlier as earlier_at, lag(s.balance_cents) over earlier as earlier_cents
  from asked a
  join warehouse.account_snapshots s on s.account_id = a.account_id and s.observed_at <= a.as_of and s.balance_cents is not null
    and s.observed_at >= a.starts_at - interval '14 days' and s.observed_at < a.ends_at + interval '14 days'
  window earlier as (order by s.observed_at)
)
select l.earlier_at, l.observed_at, l.balance_cents - l.earlier_cents + c.cents as cents
from looks l
cross join lateral (
  select coalesce(sum(h.cost_delta_cents), 0) as cents from warehouse.fax_history h
  where h.account_id = (select account_id from asked) and h.observed_at > l.earlier_at and h.observed_at <= l.observed_at
) c
where l.earlier_at is not null and not (l.observed_at >= $1 and l.observed_at <= $2)`;

const ADD_ROWS = (table: string): string => `
insert into ${table}
select * from unnest($1::text[], $2::text[], $3::text[], $4::numeric[], $5::numeric[], $6::bigint[], $7::bigint[], $8::text[], $9::text[])`;

/**
 * Losses may be those of faxes that could not be read at all. How many, what the dearest of the month's faxes cost, and when a look at the
 * faxes showed something refused since the first of them that still waits.
 */
const READ_REFUSED = `
with open as (
  select sum(c.open_count)::integer as count, min(c.open_since_at) as since, max(c.open_seen_at) as until
  from ops.rejected_counts c join asked a on a.account_id = c.account_id
  where c.stream = 'faxes' and c.scope = 'record' and c.object = 'fax' and c.open_count > 0 and c.open_since_at <= a.as_of
)
select coalesce(open.count, 0) as count, (
    select coalesce(max(greatest(r.cost_cents, r.full_cents)), 0)::bigint from run_faxes r where not r.is_test) as dearest_cents,
  array(
    select o.requested_at from ops.landed_objects o join asked a on a.account_id = o.account_id
    where o.stream = 'faxes' and o.rejected_count > 0 and o.requested_at between open.since and least(open.until, a.as_of)
      and o.requested_at >= a.starts_at - ${OPENING_MAX} and o.requested_at < a.ends_at + interval '1 day') as seen
from open`;
/** What a fax that could not be read is taken to have cost at most, US cents, where the month has no dearer one. */
const REFUSED_CENTS = 1_000;

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

type InsideLook = BalanceLook & { readonly isInside: boolean; readonly isEdge: boolean };
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
  // At its edges the month is parted from its neighbours, whatever this run thinks of the looks there.
  const quiet = quietLooks(
    looks,
    doubts.map((cents, place) => (looks[place]?.isEdge === true ? -1 : cents)),
  );
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

/** Faxes that could not be read, with what of their cost no difference of the balance has been put down to yet. */
interface Refused {
  leftCents: number;
  /** Looks that showed something refused. */
  readonly seen: readonly Instant[];
}

function rowOfDay(
  { day, lostCents, explainedCents, outcome }: BalanceDay,
  from: BalanceLook | undefined,
  to: BalanceLook | undefined,
  refused: Refused,
): Row {
  const base = { grain: day, kind: 'day', id: day, left: lostCents, right: explainedCents, cents: 0, owed: 0 } as const;
  if (outcome === 'equal') return { ...base, verdict: null, reason: null };
  if (outcome === 'timing') return { ...base, verdict: 'explained', reason: 'timing' };
  if (outcome !== 'differs') return { ...base, verdict: 'not_testable', reason: outcome };
  const cents = lostCents - explainedCents;
  const isRefused = refused.seen.some((at) => (to?.at ?? 0) >= at - DAY_BEFORE_MS && (from?.at ?? 0) <= at);
  if (isRefused && cents > 0 && cents <= refused.leftCents) {
    refused.leftCents -= cents;
    return { ...base, verdict: 'not_testable', reason: 'record_refused' };
  }
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
  const unreached = receipts.filter(({ id }) => !reached.has(id));
  const rises = unreached.some(({ isInside }) => isInside) ? await readRises(client, span.first, span.last) : [];
  const beyond = serveOnce(unreached, rises);
  const last = rises.reduce((latest, { seenAt }) => Math.max(latest, seenAt), span.last);
  return inside.map(({ id, cents, paidAt, day }) => {
    const row = { grain: day, kind: 'receipt', id, right: cents, cents, owed: cents } as const;
    const to = addBusinessDays(paidAt, BUSINESS_DAYS);
    if (reached.has(id) || beyond.has(id))
      return { ...row, left: cents, cents: 0, owed: 0, verdict: null, reason: null };
    if (asOf <= to) return { ...row, left: null, verdict: 'not_testable', reason: 'recharge_may_follow' };
    if (span.first > paidAt || last < Math.min(to, paidAt + DAY_BEFORE_MS))
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
    is_edge: boolean;
  }>(READ_LOOKS);
  return rows.map((row) => ({
    observation: int8ToNumber(row.observation_no),
    at: row.observed_at.getTime(),
    day: row.day,
    cents: row.balance_cents,
    isInside: row.is_inside,
    isEdge: row.is_edge,
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

async function readRises(client: pg.ClientBase, first: Instant, last: Instant): Promise<SeenRise[]> {
  const { rows } = await client.query<{ earlier_at: Date; observed_at: Date; cents: string }>(READ_RISES, [
    new Date(first),
    new Date(last),
  ]);
  return rows.map((row) => ({
    after: row.earlier_at.getTime(),
    seenAt: row.observed_at.getTime(),
    cents: Number(row.cents),
  }));
}

async function readRefused(client: pg.ClientBase): Promise<Refused> {
  const { rows } = await client.query<{ count: number; dearest_cents: string; seen: Date[] }>(READ_REFUSED);
  const [found] = rows;
  if (found === undefined) return { leftCents: 0, seen: [] };
  return {
    leftCents: found.count * Math.max(REFUSED_CENTS, Number(found.dearest_cents)),
    seen: found.seen.map((at) => at.getTime()),
  };
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
