import type pg from 'pg';
import { type Instant, toIso } from '../../domain/time.ts';
import { counted } from '../../domain/words.ts';
import { toWarehouseError } from '../database-error.ts';
import { HOLDS_UP } from './periods.ts';

/** Where a month stands on its way to being closed. */
export interface PeriodStanding {
  /** `YYYY-MM-DD`, its first day. */
  readonly period: string;
  /** open, settling, ready, prepared, closed or reopened. */
  readonly state: string;
  /** `YYYY-MM-DD`, from which day on it may be ready. */
  readonly settlesOn: string;
  /** Whether its last day is over in the account's billing zone. */
  readonly hasEnded: boolean;
  readonly hasSettled: boolean;
  /** Items that keep it from being ready. */
  readonly heldUp: number;
  /** Whether the latest run of all checks saw it settled, and nobody decided or opened it again since. */
  readonly isRunCurrent: boolean;
  /** Whether an invoice of it was imported that the latest run of all checks cannot have seen. */
  readonly hasNewInvoice: boolean;
  /** Whether it is prepared, the latest run sees what was prepared, and nothing of it was decided about since. */
  readonly isPreparedCurrent: boolean;
  /** `YYYY-MM`, the earliest month before it of which a run was made and that is not closed; null where there is none. */
  readonly earlierOpen: string | null;
}

/** One thing that has to come before a month is closed. */
export interface PeriodWait {
  /** Stable, for programs. */
  readonly what: 'end' | 'settling' | 'items' | 'run' | 'money' | 'earlier' | 'preparer' | 'approver';
  /** For a column: what the month waits for. */
  readonly short: string;
  /** A sentence or two: what is missing, and what to do. */
  readonly advice: string;
}

/** Conditions and order that leave the latest run of a month: one of all checks; that has seen most, and of an instant that has come. `now` is SQL. */
export const LATEST_RUN_OF = (now: string) => `
status = 'complete' and every = 'day' and as_of <= ${now}::timestamptz + interval '1 minute' order by as_of desc, run_id desc limit 1`;

/** $1 account's key, $2 now. */
const STANDINGS = `
with asked as (
  select account_id, billing_zone, ($2::timestamptz at time zone billing_zone)::date as day from warehouse.accounts where account_key = $1
)
select p.period, p.state, p.settles_on, a.day >= (p.period + interval '1 month')::date as has_ended, a.day >= p.settles_on as has_settled,
  (select count(*)::integer from recon.items i where i.account_id = p.account_id and i.period = p.period and ${HOLDS_UP}) as held_up,
  coalesce((r.as_of at time zone a.billing_zone)::date >= p.settles_on and r.started_at >= greatest(p.changed_at,
    (select max(i.changed_at) from recon.items i where i.account_id = p.account_id and i.period = p.period)), false) as is_run_current,
  exists (
    select from recon.invoices v
    where v.account_id = p.account_id and v.period = p.period and v.imported_at > coalesce(least(r.started_at, r.as_of), '-infinity')) as has_new_invoice,
  coalesce((u.results_digest, u.input_digest) = (r.results_digest, r.input_digest) and not exists (
    select from recon.events e
    where e.account_id = p.account_id and e.period = p.period and e.item_id is not null and e.sequence_no > (
      select max(d.sequence_no) from recon.events d where d.account_id = p.account_id and d.period = p.period and d.kind = 'period_prepared')), false) as is_prepared_current
from asked a
join recon.periods p on p.account_id = a.account_id
left join lateral (
  select as_of, started_at, input_digest, results_digest from recon.runs where account_id = p.account_id and period = p.period and ${LATEST_RUN_OF('$2')}
) r on true
left join recon.runs u on p.state = 'prepared' and u.run_id = p.prepared_run_id
order by p.period`;

interface StandingRow {
  readonly period: string;
  readonly state: string;
  readonly settles_on: string;
  readonly has_ended: boolean;
  readonly has_settled: boolean;
  readonly held_up: number;
  readonly is_run_current: boolean;
  readonly has_new_invoice: boolean;
  readonly is_prepared_current: boolean;
}

/** How every month of the account stands of which a run was made, in their order. @throws {WarehouseError} */
export async function readStandings(
  database: pg.Pool | pg.ClientBase,
  { account, now }: { readonly account: string; readonly now: Instant },
): Promise<PeriodStanding[]> {
  try {
    const { rows } = await database.query<StandingRow>(STANDINGS, [account, toIso(now)]);
    const open = rows.find(({ state }) => state !== 'closed')?.period ?? null;
    return rows.map((row) => ({
      period: row.period,
      state: row.state,
      settlesOn: row.settles_on,
      hasEnded: row.has_ended,
      hasSettled: row.has_settled,
      heldUp: row.held_up,
      isRunCurrent: row.is_run_current,
      hasNewInvoice: row.has_new_invoice,
      isPreparedCurrent: row.is_prepared_current,
      earlierOpen: open !== null && open < row.period ? open.slice(0, 7) : null,
    }));
  } catch (error) {
    throw toWarehouseError(error);
  }
}

/**
 * All that is known to come before the month is closed, but earlier months that nobody ever reconciled; nothing where it is closed. What a run decides is not decided here again: a month that has settled,
 * that nothing holds up, and that its latest run left as it was, can lack nothing but its money held against balance or invoice.
 */
export function waitsOf(standing: PeriodStanding): PeriodWait[] {
  const { state, settlesOn, hasEnded, hasSettled, heldUp, isRunCurrent, hasNewInvoice, earlierOpen } = standing;
  const month = standing.period.slice(0, 7);
  if (state === 'closed') return [];
  const items: readonly PeriodWait[] = heldUp === 0 ? [] : [itemsWait(month, heldUp)];
  if (state === 'ready' || state === 'prepared') {
    if (items.length > 0) return [...items];
    const order = earlierOpen === null ? [] : [earlierWait(earlierOpen)];
    if (hasNewInvoice) return [...order, runWait(month)];
    if (state === 'ready') return [...order, preparerWait(month)];
    return [...order, standing.isPreparedCurrent ? approverWait(month) : againWait(month)];
  }
  const waits: PeriodWait[] = [];
  if (!hasEnded) waits.push({ what: 'end', short: 'its end', advice: 'It has not ended.' });
  if (!hasSettled) {
    waits.push({
      what: 'settling',
      short: 'its settling day',
      advice: `It settles on ${settlesOn}; a run from that day on can make it ready.`,
    });
  }
  waits.push(...items);
  if (hasSettled && heldUp === 0) waits.push(isRunCurrent && !hasNewInvoice ? moneyWait(month) : runWait(month));
  return waits;
}

function itemsWait(month: string, heldUp: number): PeriodWait {
  const count = counted(heldUp, 'item');
  return {
    what: 'items',
    short: count,
    advice: `${count} that nobody has explained ${heldUp === 1 ? 'holds' : 'hold'} it up: "faxsync items --period ${month} --holding" lists ${heldUp === 1 ? 'it' : 'them'}, and "faxsync items explain", "dispute", "accept" or "write-off" decides; then reconcile it.`,
  };
}

function runWait(month: string): PeriodWait {
  return {
    what: 'run',
    short: 'a new run',
    advice: `It needs a new run, for what was settled, decided, imported or opened since the latest one: faxsync reconcile --period ${month}`,
  };
}

function moneyWait(month: string): PeriodWait {
  return {
    what: 'money',
    short: 'balance or invoice',
    advice: `Its latest run could not hold its money against balance or invoice. Import its invoice and reconcile it: faxsync import invoices <file>, then faxsync reconcile --period ${month}`,
  };
}

function preparerWait(month: string): PeriodWait {
  return {
    what: 'preparer',
    short: 'a preparer',
    advice: `Somebody has to prepare it first: faxsync close --period ${month} --preparer <name>`,
  };
}

function againWait(month: string): PeriodWait {
  return {
    what: 'preparer',
    short: 'a preparer again',
    advice: `It is no longer what was prepared. Reconcile it, look at it again and prepare it anew: faxsync reconcile --period ${month}, then faxsync close --period ${month} --preparer <name>`,
  };
}

function earlierWait(earlier: string): PeriodWait {
  return {
    what: 'earlier',
    short: `${earlier} to be closed`,
    advice: `Months are closed in their order, and ${earlier} is not closed: close it first.`,
  };
}

function approverWait(month: string): PeriodWait {
  return {
    what: 'approver',
    short: 'an approver',
    advice: `Somebody else than who prepared it approves: faxsync close --period ${month} --approver <name>`,
  };
}
