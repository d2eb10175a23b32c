import type pg from 'pg';
import { isSamePerson } from '../../domain/person.ts';
import type { CheckLimits } from '../../domain/reconciliation.ts';
import { type Instant, toIso } from '../../domain/time.ts';
import { formatDollars, plainWords } from '../../domain/words.ts';
import { plainArray } from '../array-literal.ts';
import { int8ToNumber } from '../connection.ts';
import { SignOffError, signedName, whileNoRun } from './signed.ts';

/** What a person may say of an exception; `open` takes an earlier decision back. */
export type Decision = 'open' | 'explained' | 'disputed' | 'accepted' | 'written_off' | 'closed';

/** A decision about exceptions, all of them or none. */
export interface ItemsDecision {
  readonly account: string;
  /** `recon.items.item_id`. */
  readonly itemIds: readonly number[];
  /** Null: only owner, note, ticket or sums are changed. */
  readonly state: Decision | null;
  /** Who decides. */
  readonly actor: string;
  /** What was found out; no personal data of patients. Absent: as it is. Needed, here or from before, to explain, accept or write off. */
  readonly note?: string;
  /** Who looks after it. Absent: as it is. */
  readonly owner?: string;
  /** Number of the dispute at the provider. Absent: as it is. Needed, here or from before, to dispute. */
  readonly ticket?: string;
  /** US cents claimed of each item. Absent: as it is, or where a dispute begins what is owed. */
  readonly claimedCents?: number;
  /** US cents of each item that the provider agreed to. Absent: as it is. */
  readonly creditedCents?: number;
  /** Second person of a write-off above the limit. */
  readonly approver?: string;
  readonly limits: Pick<CheckLimits, 'writeOffMaxCents'>;
  readonly now: Instant;
}

/** What became of it. */
export interface ItemsDecided {
  /** Items that changed; the others were so already. */
  readonly changed: number;
  /** `YYYY-MM`: closed months of items that changed. Their copy stays as it was closed. */
  readonly closedMonths: readonly string[];
  /** `YYYY-MM`: months that are not closed of items whose state is another now; their next run takes it into account. */
  readonly movedMonths: readonly string[];
}

/** From which states each decision may be taken. What passed since needs none, and a case that was closed is opened first. */
const ALLOWED_FROM: Readonly<Record<Decision, readonly string[]>> = {
  open: ['open', 'explained', 'disputed', 'accepted', 'written_off', 'closed'],
  explained: ['open', 'explained', 'disputed', 'accepted'],
  disputed: ['open', 'explained', 'disputed', 'accepted'],
  accepted: ['open', 'explained', 'disputed', 'accepted'],
  written_off: ['open', 'explained', 'disputed', 'accepted', 'written_off'],
  closed: ['explained', 'disputed', 'accepted', 'written_off', 'closed'],
};

const NEEDS_NOTE: ReadonlySet<Decision> = new Set(['explained', 'accepted', 'written_off']);

interface HeldItem {
  readonly item_id: string;
  readonly state: string;
  readonly cents: string;
  /** US cents at stake or owed, whichever is more. */
  readonly most_cents: string;
  readonly claimed_cents: string | null;
  readonly has_note: boolean;
  readonly has_ticket: boolean;
}

/** A month of items that changed. */
interface DecidedMonth {
  readonly period: string;
  readonly changed: number;
  readonly has_moved: boolean;
  readonly is_closed: boolean;
}

const HOLD_ITEMS = `
select item_id, state, cents, greatest(abs(cents), owed_cents) as most_cents, claimed_cents, coalesce(btrim(note), '') <> '' as has_note, coalesce(btrim(ticket), '') <> '' as has_ticket
from recon.items where account_id = $1 and item_id = any($2::bigint[]) order by item_id for update`;

/** What one person wrote off alone of the months of these items, cases closed since too, the items themselves left out. $1 account, $2 items. */
const WRITTEN_OFF_ALONE = `
select coalesce(sum(abs(i.cents)), 0)::bigint as cents from recon.items i
cross join lateral (
  select e.kind, e.details from recon.events e
  where e.account_id = i.account_id and e.item_id = i.item_id
    and e.kind in ('item_reopened', 'item_explained', 'item_disputed', 'item_accepted', 'item_written_off')
  order by e.sequence_no desc limit 1
) decided
where i.account_id = $1 and i.state in ('written_off', 'closed') and i.item_id <> all ($2::bigint[])
  and i.period in (select n.period from recon.items n where n.account_id = $1 and n.item_id = any($2::bigint[]))
  and decided.kind = 'item_written_off' and decided.details::jsonb ->> 'approved_by' is null`;

/**
 * $1 account, $2 items, $3 state or null, $4 actor, $5 note, $6 owner, $7 ticket, $8 claimed, $9 credited, $10 approver, $11 now. What is as
 * it was is not written; a decision that is taken again by somebody else is.
 */
const DECIDE = `
with former as (
  select * from recon.items where account_id = $1 and item_id = any($2::bigint[])
), wanted as (
  select item_id, coalesce($3, state) as state, coalesce($5, note) as note, coalesce($6, owner) as owner, coalesce($7, ticket) as ticket,
    coalesce($8::bigint, claimed_cents, case $3 when 'disputed' then owed_cents end) as claimed_cents,
    coalesce($9::bigint, credited_cents) as credited_cents,
    case when $3::text is null then decided_by else $4 end as decided_by, case
      when $3::text is null then approved_by
      when $3 <> 'closed' then $10
      -- The second person stays, unless it is who closes the case; the event has the name in any case.
      when recon.plain_name(approved_by) <> recon.plain_name($4) then approved_by end as approved_by
  from former
), decided as (
  update recon.items i set state = w.state, note = w.note, owner = w.owner, ticket = w.ticket, claimed_cents = w.claimed_cents,
    credited_cents = w.credited_cents, decided_by = w.decided_by, approved_by = w.approved_by, changed_at = $11::timestamptz,
    reopened_count = i.reopened_count + (w.state = 'open' and i.state <> 'open')::integer
  from wanted w
  where i.item_id = w.item_id and (i.state, i.note, i.owner, i.ticket, i.claimed_cents, i.credited_cents, i.decided_by, i.approved_by)
    is distinct from (w.state, w.note, w.owner, w.ticket, w.claimed_cents, w.credited_cents, w.decided_by, w.approved_by)
  returning i.*
), written as (
  insert into recon.events (account_id, actor, kind, period, item_id, details)
  select $1, $4,
    case when $3::text is null then 'item_noted' when d.state = 'open' then 'item_reopened' else 'item_' || d.state end,
    d.period, d.item_id,
    json_build_object('check', d.check_id, 'state', d.state, 'reason', d.reason, 'cents', d.cents, 'owed_cents', d.owed_cents,
      'note', d.note, 'owner', d.owner, 'ticket', d.ticket, 'claimed_cents', d.claimed_cents, 'credited_cents', d.credited_cents,
      'approved_by', d.approved_by, 'before', json_build_object('state', f.state, 'decided_by', f.decided_by, 'approved_by', f.approved_by, 'note', f.note, 'owner', f.owner,
      'ticket', f.ticket, 'claimed_cents', f.claimed_cents, 'credited_cents', f.credited_cents))::text
  from decided d join former f using (item_id) order by d.item_id
)
select d.period, count(*)::integer as changed, bool_or(d.state <> f.state) as has_moved, coalesce(bool_or(p.state = 'closed'), false) as is_closed
from decided d join former f using (item_id)
left join recon.periods p on p.account_id = d.account_id and p.period = d.period
group by d.period order by d.period`;

/**
 * Writes what a person decided about exceptions, all of them or none, each with an event that names who. The figures are the check's and stay.
 * A decision about a month that is closed changes the living item; the copy that was closed with the month stays as it was.
 * Write-offs of more than the limit need a second person: all items of the decision added up, with what was written off alone before in their months.
 * @throws {SignOffError} @throws {WarehouseError}
 */
export async function decideItems(pool: pg.Pool, decision: ItemsDecision): Promise<ItemsDecided> {
  const actor = signedName(decision.actor, 'who decides');
  const approver = decision.approver === undefined ? null : signedName(decision.approver, 'second person');
  if (approver !== null && isSamePerson(actor, approver)) throw needsSecondPerson(decision.limits.writeOffMaxCents);
  const ids = plainArray([...new Set(decision.itemIds)]);
  return whileNoRun(pool, decision.account, async (client, accountId) => {
    const { rows } = await client.query<HeldItem>(HOLD_ITEMS, [accountId, ids]);
    refuseUnknown(decision, rows);
    refuseSums(decision, rows);
    const { rows: before } = await client.query<{ cents: string }>(WRITTEN_OFF_ALONE, [accountId, ids]);
    const aloneCents = int8ToNumber(before[0]?.cents ?? '0');
    if (decision.state !== null) refuseState(decision.state, decision, rows, { approver, aloneCents });
    const { rows: months } = await client.query<DecidedMonth>(DECIDE, [
      accountId,
      ids,
      decision.state,
      actor,
      textOf(decision.note),
      textOf(decision.owner),
      textOf(decision.ticket),
      decision.claimedCents ?? null,
      decision.creditedCents ?? null,
      decision.state === 'written_off' ? approver : null,
      toIso(decision.now),
    ]);
    return {
      changed: months.reduce((sum, { changed }) => sum + changed, 0),
      closedMonths: months.filter(({ is_closed }) => is_closed).map(({ period }) => period.slice(0, 7)),
      movedMonths: months
        .filter(({ is_closed, has_moved }) => has_moved && !is_closed)
        .map(({ period }) => period.slice(0, 7)),
    };
  });
}

function textOf(text: string | undefined): string | null {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}

function refuseUnknown({ account, itemIds }: ItemsDecision, found: readonly HeldItem[]): void {
  const known = new Set(found.map(({ item_id }) => int8ToNumber(item_id)));
  const unknown = itemIds.find((id) => !known.has(id));
  if (unknown === undefined && itemIds.length > 0) return;
  const what = unknown === undefined ? 'No item is named' : `Account ${account} has no item ${unknown}`;
  throw new SignOffError(`${what}. "faxsync items" lists them with their numbers.`, {
    code: 'item_unknown',
    context: { account, item: unknown },
  });
}

/** A sum is of each item, so one that was meant for all of them together is a slip of the pen that would be claimed several times. */
function refuseSums({ claimedCents, creditedCents }: ItemsDecision, items: readonly HeldItem[]): void {
  for (const item of items) {
    const most = int8ToNumber(item.most_cents);
    const claimed = Math.max(claimedCents ?? 0, int8ToNumber(item.claimed_cents ?? '0'));
    const [what, cents, limit] =
      (claimedCents ?? 0) > most
        ? ['claimed of', claimedCents ?? 0, most]
        : ['credited for', creditedCents ?? 0, Math.max(most, claimed)];
    if (cents <= limit) continue;
    throw new SignOffError(
      `Item ${item.item_id} is about ${formatDollars(most)}, so ${formatDollars(cents)} cannot be ${what} it. A sum is of each item; give them one by one where they differ.`,
      { code: 'decision_sum', context: { item: item.item_id, cents, limit_cents: limit } },
    );
  }
}

function refuseState(
  state: Decision,
  decision: ItemsDecision,
  items: readonly HeldItem[],
  { approver, aloneCents }: { readonly approver: string | null; readonly aloneCents: number },
): void {
  const stuck = items.find((item) => !ALLOWED_FROM[state].includes(item.state));
  if (stuck !== undefined) {
    throw new SignOffError(
      `Item ${stuck.item_id} is ${plainWords(stuck.state)} and cannot become ${plainWords(state)}. ${adviceOn(stuck.state)}`,
      {
        code: 'item_state',
        context: { item: stuck.item_id, from: stuck.state, to: state },
      },
    );
  }
  const lacksNote = items.find((item) => !item.has_note);
  if (NEEDS_NOTE.has(state) && textOf(decision.note) === null && lacksNote !== undefined)
    throw incomplete(lacksNote, state, 'note');
  const lacksTicket = items.find((item) => !item.has_ticket);
  if (state === 'disputed' && textOf(decision.ticket) === null && lacksTicket !== undefined)
    throw incomplete(lacksTicket, state, 'ticket');
  const cents = items.reduce((sum, item) => sum + Math.abs(int8ToNumber(item.cents)), aloneCents);
  const limit = decision.limits.writeOffMaxCents;
  if (state === 'written_off' && cents > limit && approver === null) throw needsSecondPerson(limit);
}

function adviceOn(state: string): string {
  if (state === 'cleared') return 'It passes since; should it come back, a run opens it.';
  if (state === 'open') return 'Explain, dispute, accept or write it off first.';
  return 'Open it again first.';
}

function incomplete(item: HeldItem, state: Decision, missing: 'note' | 'ticket'): SignOffError {
  const what = missing === 'note' ? 'a note that says why' : 'the number of the dispute at the provider';
  return new SignOffError(
    `Item ${item.item_id} cannot become ${plainWords(state)} without ${what}. Give a ${missing}.`,
    {
      code: 'decision_incomplete',
      context: { item: item.item_id, to: state, missing },
    },
  );
}

function needsSecondPerson(limit: number): SignOffError {
  return new SignOffError(
    `A write-off of more than ${formatDollars(limit)} needs a second person. Name somebody else as approver.`,
    {
      code: 'decision_needs_second_person',
      context: { limit_cents: limit },
    },
  );
}
