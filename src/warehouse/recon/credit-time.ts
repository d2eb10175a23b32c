/**
 * SQL, true while a credit of fax `row` of `run_faxes` may still come unseen: its time (`creditDays` from its end) is not over, or it is and
 * nothing has looked at the fax so long after it was made. The last planned look falls on creation + 35 days and comes once a day, so the
 * instant alone would call a credit missed that lies in the listing not yet read. After seven days more without a look it is told all the
 * same: money must not stay hidden behind looks that do not happen.
 */
export function mayBeCredited(row: string): string {
  const given = `make_interval(days => ((select limits from asked) ->> 'creditDays')::integer)`;
  const late = `(select as_of from asked) - (coalesce(${row}.completed_at, ${row}.changed_at) + ${given})`;
  const looked = `k.requested_at >= ${row}.used_at + ${given} and k.requested_at <= (select as_of from asked)`;
  return `(${late} < interval '0' or ${late} < interval '7 days' and ${row}.changed_at < ${row}.used_at + ${given} and not exists (
      select from ops.slices k
      where k.account_id = (select account_id from asked) and k.stream = 'faxes' and k.is_complete and k.created_within @> ${row}.created_at and ${looked}
    ) and not exists (
      select from ops.fax_looks k where k.account_id = (select account_id from asked) and k.fax_id = ${row}.fax_id and ${looked}))`;
}
