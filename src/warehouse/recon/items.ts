import type pg from 'pg';
import type { Period } from '../../domain/reconciliation.ts';
import { type Instant, toIso } from '../../domain/time.ts';
import { textArray } from '../array-literal.ts';
import type { Check } from './check.ts';

/** Which run merges its findings. */
export interface ItemsMerge {
  readonly runId: number;
  readonly accountId: number;
  readonly period: Period;
  /** The checks that were run: only their items can have passed. */
  readonly checks: readonly Check[];
  readonly now: Instant;
}

/** Who decided what no person did: `decided_by` of what a check explained, `actor` of what a run did. Nobody may call themselves so. */
export const RUN_ACTOR = 'faxsync';

/**
 * A run as of an instant before that of an earlier complete run looks back: what it finds is no news. Instants that had not come count for none.
 * $1 account, $2 period, $3 run, $4 now.
 */
const LOOKS_BACK = `
select exists (
  select from recon.runs r
  where r.account_id = $1 and r.period = $2::date and r.run_id <> $3 and r.status = 'complete'
    and r.as_of > (select as_of from asked) and r.as_of <= $4::timestamptz
) as looks_back`;

/** Whether an earlier run of the period has seen more than this one: then items and month stay as they are. */
export async function looksBack(
  client: pg.ClientBase,
  { accountId, period, runId, now }: Omit<ItemsMerge, 'checks'>,
): Promise<boolean> {
  const { rows } = await client.query<{ looks_back: boolean }>(LOOKS_BACK, [accountId, period, runId, toIso(now)]);
  return rows[0]?.looks_back === true;
}

/**
 * What becomes of each item, table `run_moves`, one row for each that is new or moves:
 *
 * | item                           | found, same cents and reason | found, others            | not found |
 * |--------------------------------|------------------------------|--------------------------|-----------|
 * | none                           | opened                       | opened                   |           |
 * | open, explained by a check     | as the check says            | as the check says        | cleared   |
 * | decided by somebody            | stands                       | reopened                 | cleared   |
 * | opened by somebody             | as the check says            | as the check says        | cleared   |
 * | cleared                        | reopened                     | reopened                 |           |
 *
 * "As the check says" is open, or explained where the check itself knows why. Other figures alone change no state.
 * Where a subject could not be tested its item stays. $1 account, $2 period, $3 checks that were run, $4 those that hold the month up.
 */
const TAKE_MOVES = `
create temp table run_moves on commit drop as
with known as (
  select * from recon.items where account_id = $1 and period = $2::date and check_id = any($3::text[])
), found as (
  select f.*, f.check_id = any($4::text[]) as is_gate, case f.outcome when 'exception' then 'open' else 'explained' end as says
  from run_findings f
), pairs as (
  select f.check_id, f.subject_kind, f.subject_id, f.grain, f.reason, f.severity, f.is_gate, f.left_value, f.right_value, f.cents, f.owed_cents, f.says,
    i.item_id, i.state as former_state, i.decided_by as former_decider, i.reason as former_reason, i.actual as former_actual,
    i.expected as former_expected, i.cents as former_cents, i.owed_cents as former_owed_cents,
    coalesce(i.decided_by <> '${RUN_ACTOR}' and i.state not in ('open', 'cleared') and i.cents = f.cents and i.reason = f.reason, false) as stands,
    coalesce(i.decided_by <> '${RUN_ACTOR}' and i.state not in ('open', 'cleared'), false) as is_decided,
    (i.grain, i.reason, i.severity, i.is_gate, i.actual, i.expected, i.cents, i.owed_cents)
      is distinct from (f.grain, f.reason, f.severity, f.is_gate, f.left_value, f.right_value, f.cents, f.owed_cents) as differs
  from found f
  left join known i on i.check_id = f.check_id and i.subject_kind = f.subject_kind and i.subject_id = f.subject_id
), moves as (
  select p.*, case
      when p.item_id is null then 'opened'
      when p.former_state = 'cleared' or (p.is_decided and not p.stands and p.says = 'open') then 'reopened'
      when p.differs or (not p.stands and p.former_state <> p.says) then 'changed' end as move,
    case when p.stands then p.former_state else p.says end as state
  from pairs p
), gone as (
  select i.* from known i
  where i.state <> 'cleared'
    and not exists (select from run_findings f where f.check_id = i.check_id and f.subject_kind = i.subject_kind and f.subject_id = i.subject_id)
    and not exists (select from run_untested u where u.check_id = i.check_id and u.subject_kind = i.subject_kind and u.subject_id = i.subject_id)
)
select * from moves where move is not null
union all
select check_id, subject_kind, subject_id, grain, reason, severity, is_gate, actual, expected, cents, owed_cents, 'cleared',
  item_id, state, decided_by, reason, actual, expected, cents, owed_cents, false, false, false, 'cleared', 'cleared'
from gone`;

const FIGURES = (of: string, from = '') =>
  `'state', ${of}.${from}state, 'reason', ${of}.${from}reason, 'actual', ${of}.${from}${from === '' ? 'left_value' : 'actual'},
    'expected', ${of}.${from}${from === '' ? 'right_value' : 'expected'}, 'cents', ${of}.${from}cents, 'owed_cents', ${of}.${from}owed_cents`;

/** $1 account, $2 period, $3 run, $4 now. */
const OPEN_ITEMS = `
with added as (
  insert into recon.items (account_id, period, check_id, subject_kind, subject_id, grain, reason, severity, is_gate, state, actual, expected,
    cents, owed_cents, decided_by, opened_at, opened_run_id, changed_at, changed_run_id)
  select $1, $2::date, check_id, subject_kind, subject_id, grain, reason, severity, is_gate, state, left_value, right_value,
    cents, owed_cents, case state when 'explained' then '${RUN_ACTOR}' end, $4::timestamptz, $3, $4::timestamptz, $3
  from run_moves where move = 'opened' order by check_id, subject_kind, subject_id
  returning item_id, check_id, state, reason, actual as left_value, expected as right_value, cents, owed_cents
)
insert into recon.events (account_id, actor, kind, period, item_id, run_id, details)
select $1, '${RUN_ACTOR}', 'item_opened', $2::date, a.item_id, $3, json_build_object('check', a.check_id, ${FIGURES('a')})::text
from added a order by a.item_id`;

/** $1 account, $2 period, $3 run, $4 now. */
const MOVE_ITEMS = `
with moved as (
  update recon.items i set
    state = m.state, grain = m.grain, reason = m.reason, severity = m.severity, is_gate = m.is_gate, actual = m.left_value,
    expected = m.right_value, cents = m.cents, owed_cents = m.owed_cents,
    decided_by = case when m.stands then i.decided_by when m.state in ('explained', 'cleared') then '${RUN_ACTOR}' end,
    approved_by = case when m.stands then i.approved_by end,
    cleared_run_id = case m.move when 'cleared' then $3::bigint end,
    reopened_count = i.reopened_count + (m.move = 'reopened')::integer,
    changed_at = $4::timestamptz, changed_run_id = $3
  from run_moves m where i.item_id = m.item_id
  returning i.item_id
)
insert into recon.events (account_id, actor, kind, period, item_id, run_id, details)
select $1, '${RUN_ACTOR}', 'item_' || m.move, $2::date, m.item_id, $3,
  json_build_object('check', m.check_id, ${FIGURES('m')}, 'before', json_build_object(${FIGURES('m', 'former_')}, 'decided_by', m.former_decider))::text
from run_moves m join moved using (item_id) order by m.item_id`;

/**
 * Brings the items of the period to what the run found, with an event for each that is new or moves; what is as it was is not written.
 * Not for a run that looks back. A check that was not run keeps its items. What a person decided stands while the money at stake and the reason stay the same.
 * Takes the tables of the run (`asked`, `run_findings`, `run_untested`) and makes `run_moves`.
 */
export async function mergeItems(client: pg.ClientBase, merge: ItemsMerge): Promise<void> {
  const { runId, accountId, period, checks, now } = merge;
  await client.query('analyze run_findings');
  const ran = textArray(checks.map(({ id }) => id));
  const gates = textArray(checks.filter(({ isGate }) => isGate).map(({ id }) => id));
  await client.query(TAKE_MOVES, [accountId, period, ran, gates]);
  const { rows } = await client.query<{ opened: boolean; moved: boolean }>(
    `select coalesce(bool_or(move = 'opened'), false) as opened, coalesce(bool_or(move <> 'opened'), false) as moved from run_moves`,
  );
  const parameters = [accountId, period, runId, toIso(now)];
  if (rows[0]?.opened === true) await client.query(OPEN_ITEMS, parameters);
  if (rows[0]?.moved === true) await client.query(MOVE_ITEMS, parameters);
}
