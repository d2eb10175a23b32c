import type pg from 'pg';
import type { Tolerance } from '../../domain/reconciliation.ts';
import type { Check } from './check.ts';

/** Where the checks of one run put what they found: `run_results` a row a check and grain, `run_findings` a row for each that differs. */
const MAKE_TABLES = `
create temp table run_findings (
  check_id text, grain text, severity text, subject_kind text, subject_id text, outcome text, reason text,
  left_value numeric, right_value numeric, cents bigint, owed_cents bigint
) on commit drop;
create temp table run_results (
  check_id text, grain text, outcome text, severity text, unit text, left_value numeric, right_value numeric,
  tolerance_amount numeric, tolerance_share numeric, tested_count bigint, within_count bigint, explained_count bigint,
  exception_count bigint, untestable_count bigint, exception_cents bigint, owed_cents bigint, reason text
) on commit drop;
create temp table run_untested (check_id text, subject_kind text, subject_id text) on commit drop`;

/**
 * Judges every row of one check by one rule: left and right are equal, or apart by no more than the tolerance in either direction, or the row
 * is an exception. Of two tolerances the stricter holds. A side that is not known makes a row that cannot be tested; where such a row has an
 * item, it is told apart from one that passes, each by the key of items: a join of both took the square of their number without statistics.
 * $1 check, $2 severity, $3 unit, $4 and $5 tolerance.
 */
const JUDGE = (body: string) => `
with tested as materialized (${body}
), judged as (
  select t.*, case
    when t.verdict is not null then t.verdict
    when t.left_value is null or t.right_value is null then 'not_testable'
    when t.left_value = t.right_value then 'pass'
    when abs(t.left_value - t.right_value) <= least($4::numeric, $5::numeric * abs(t.right_value)) then 'within_tolerance'
    when $4::numeric is null and $5::numeric is null then 'within_tolerance'
    else 'exception' end as outcome
  from tested t
), found as (
  insert into run_findings
  select $1, grain, $2, subject_kind, subject_id, outcome, coalesce(reason, 'differs'), left_value, right_value,
    coalesce(cents, 0), case when outcome = 'exception' then coalesce(owed_cents, 0) else 0 end
  from judged where outcome in ('exception', 'explained')
), untested as (
  insert into run_untested
  select $1, j.subject_kind, j.subject_id
  from (select subject_kind, subject_id from judged where outcome = 'not_testable') j
  cross join lateral (
    select from recon.items i
    where i.account_id = (select account_id from asked) and i.period = (select period from asked)
      and i.check_id = $1 and i.subject_kind = j.subject_kind and i.subject_id = j.subject_id offset 0
  ) known
  where (select exists (
    select from recon.items i where i.account_id = (select account_id from asked) and i.period = (select period from asked) and i.check_id = $1))
)
insert into run_results
select $1, grain,
  case
    when count(*) filter (where outcome = 'exception') > 0 then 'exception'
    when count(*) filter (where outcome = 'explained') > 0 then 'explained'
    when count(*) filter (where outcome = 'within_tolerance') > 0 then 'within_tolerance'
    when count(*) filter (where outcome = 'pass') > 0 then 'pass'
    else 'not_testable' end,
  $2, $3,
  sum(left_value) filter (where outcome <> 'not_testable'), sum(right_value) filter (where outcome <> 'not_testable'), $4, $5,
  count(*) filter (where outcome <> 'not_testable'), count(*) filter (where outcome = 'within_tolerance'),
  count(*) filter (where outcome = 'explained'), count(*) filter (where outcome = 'exception'),
  count(*) filter (where outcome = 'not_testable'),
  coalesce(sum(abs(cents)) filter (where outcome = 'exception'), 0),
  coalesce(sum(owed_cents) filter (where outcome = 'exception'), 0),
  coalesce(
    mode() within group (order by coalesce(reason, 'differs')) filter (where outcome = 'exception'),
    mode() within group (order by reason) filter (where outcome = 'explained'),
    mode() within group (order by reason) filter (where outcome = 'not_testable'))
from judged group by grain`;

/** Makes the tables that {@link judge} fills; they go with the transaction. */
export async function prepareJudgement(client: pg.ClientBase): Promise<void> {
  await client.query(MAKE_TABLES);
}

/** Runs one check over the tables of the run. */
export async function judge(client: pg.ClientBase, check: Check, tolerance: Tolerance): Promise<void> {
  await client.query(JUDGE(check.sql), [check.id, check.severity, check.unit, tolerance.amount, tolerance.share]);
}
