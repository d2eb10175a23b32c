import type pg from 'pg';
import type { Period } from '../../domain/reconciliation.ts';
import type { Instant } from '../../domain/time.ts';
import { textArray } from '../array-literal.ts';
import { instantOf, int8ToNumber } from '../connection.ts';
import { toWarehouseError } from '../database-error.ts';
import { HOLDS_UP } from './periods.ts';

/** Which items are wanted; what is left out does not narrow. */
export interface ItemsFilter {
  readonly account: string;
  readonly period?: Period;
  readonly states?: readonly string[];
  readonly checkId?: string;
  /** Only those by which the provider owes something that it has not credited yet. */
  readonly isOwedOnly?: boolean;
  /** Only those that hold their month up, as `readStandings` counts them; none of a closed month. */
  readonly isHoldingOnly?: boolean;
  /** Default: all. */
  readonly limit?: number;
}

/** An item with what is known of the fax it is about. */
export interface ItemFacts {
  readonly itemId: number;
  /** `YYYY-MM-DD`, first day of the month in whose bill it stands. */
  readonly period: string;
  readonly checkId: string;
  readonly subjectKind: string;
  /** May be an own phone number; never one of a recipient. */
  readonly subjectId: string;
  readonly grain: string;
  readonly reason: string;
  readonly severity: string;
  readonly state: string;
  /** Sides of the check in its unit; null where not known. */
  readonly actual: string | null;
  readonly expected: string | null;
  readonly cents: number;
  readonly owedCents: number;
  readonly owner: string | null;
  readonly note: string | null;
  readonly ticket: string | null;
  readonly claimedCents: number | null;
  readonly creditedCents: number | null;
  readonly decidedBy: string | null;
  readonly approvedBy: string | null;
  readonly openedAt: Instant;
  readonly changedAt: Instant;
  readonly reopenedCount: number;
  /** Of the fax, where it is about one; its day is in the billing zone. */
  readonly usageDate: string | null;
  readonly direction: string | null;
  readonly pages: number | null;
  readonly recipients: number | null;
  readonly succeeded: number | null;
}

/** What the provider still owes by an item, US cents: what it owed, less what people wrote down as credited. */
export function stillOwedCents({ owedCents, creditedCents }: Pick<ItemFacts, 'owedCents' | 'creditedCents'>): number {
  return Math.max(0, owedCents - (creditedCents ?? 0));
}

/** $1 account, $2 period, $3 states, $4 check, $5 owed only, $6 limit, $7 only what holds its month up. Errors first, then the most money. */
const ITEMS = `
with asked as (
  select account_id, billing_zone from warehouse.accounts where account_key = $1
), wanted as (
  select i.* from recon.items i
  where i.account_id = (select account_id from asked)
    and ($2::date is null or i.period = $2::date) and ($3::text[] is null or i.state = any($3::text[]))
    and ($4::text is null or i.check_id = $4) and (not $5::boolean or i.owed_cents > coalesce(i.credited_cents, 0))
    and (not $7::boolean or ${HOLDS_UP} and not exists (
      select from recon.periods p where p.account_id = i.account_id and p.period = i.period and p.state = 'closed'))
  order by i.period, array_position(array['error', 'warn', 'info'], i.severity), abs(i.cents) desc, i.item_id
  limit $6
)
select w.item_id, w.period, w.check_id, w.subject_kind, w.subject_id, w.grain, w.reason, w.severity, w.state, w.actual::text, w.expected::text,
  w.cents, w.owed_cents, w.owner, w.note, w.ticket, w.claimed_cents, w.credited_cents, w.decided_by, w.approved_by, w.opened_at, w.changed_at,
  w.reopened_count, f.usage_date, f.direction, f.num_pages, f.recipients, f.succeeded
from wanted w
left join lateral (
  select (coalesce(f.created_at, f.completed_at, f.observed_at) at time zone (select billing_zone from asked))::date as usage_date, f.direction, f.num_pages,
    case f.direction when 'received' then 1 else r.recipients end as recipients,
    case f.direction when 'received' then (f.status = 'success')::integer else r.succeeded end as succeeded
  from warehouse.faxes f
  left join lateral (
    select count(*)::integer as recipients, count(*) filter (where r.status = 'success')::integer as succeeded
    from warehouse.fax_recipients r where r.account_id = f.account_id and r.fax_id = f.fax_id
  ) r on true
  where f.account_id = w.account_id and f.fax_id = case when w.subject_kind = 'fax' then w.subject_id::bigint end
) f on true
order by w.period, array_position(array['error', 'warn', 'info'], w.severity), abs(w.cents) desc, w.item_id`;

interface ItemRow {
  readonly item_id: string;
  readonly period: string;
  readonly check_id: string;
  readonly subject_kind: string;
  readonly subject_id: string;
  readonly grain: string;
  readonly reason: string;
  readonly severity: string;
  readonly state: string;
  readonly actual: string | null;
  readonly expected: string | null;
  readonly cents: string;
  readonly owed_cents: string;
  readonly owner: string | null;
  readonly note: string | null;
  readonly ticket: string | null;
  readonly claimed_cents: string | null;
  readonly credited_cents: string | null;
  readonly decided_by: string | null;
  readonly approved_by: string | null;
  readonly opened_at: Date;
  readonly changed_at: Date;
  readonly reopened_count: number;
  readonly usage_date: string | null;
  readonly direction: string | null;
  readonly num_pages: number | null;
  readonly recipients: number | null;
  readonly succeeded: number | null;
}

/** Reads the items of an account, by month, the worst first. @throws {WarehouseError} */
export async function readItems(pool: pg.Pool, filter: ItemsFilter): Promise<ItemFacts[]> {
  const { account, period, states, checkId, isOwedOnly = false, isHoldingOnly = false, limit } = filter;
  try {
    const { rows } = await pool.query<ItemRow>(ITEMS, [
      account,
      period ?? null,
      states === undefined ? null : textArray(states),
      checkId ?? null,
      isOwedOnly,
      limit ?? null,
      isHoldingOnly,
    ]);
    return rows.map(factsOf);
  } catch (error) {
    throw toWarehouseError(error);
  }
}

function numberOf(text: string | null): number | null {
  return text === null ? null : int8ToNumber(text);
}

function factsOf(row: ItemRow): ItemFacts {
  return {
    itemId: int8ToNumber(row.item_id),
    period: row.period,
    checkId: row.check_id,
    subjectKind: row.subject_kind,
    subjectId: row.subject_id,
    grain: row.grain,
    reason: row.reason,
    severity: row.severity,
    state: row.state,
    actual: row.actual,
    expected: row.expected,
    cents: int8ToNumber(row.cents),
    owedCents: int8ToNumber(row.owed_cents),
    owner: row.owner,
    note: row.note,
    ticket: row.ticket,
    claimedCents: numberOf(row.claimed_cents),
    creditedCents: numberOf(row.credited_cents),
    decidedBy: row.decided_by,
    approvedBy: row.approved_by,
    openedAt: instantOf(row.opened_at),
    changedAt: instantOf(row.changed_at),
    reopenedCount: row.reopened_count,
    usageDate: row.usage_date,
    direction: row.direction,
    pages: row.num_pages,
    recipients: row.recipients,
    succeeded: row.succeeded,
  };
}
