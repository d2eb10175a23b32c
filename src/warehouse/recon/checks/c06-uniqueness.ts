import { type Check, EXACT } from '../check.ts';

/**
 * Left: the cents of each fax of the month as they stand in this warehouse: the sum of its history's differences, and its cost under any other
 * account. Right: its cost, once. Tolerance: none. Two accounts are an exception even where the cost is nothing.
 * Why: reports by day add up the history, those by fax take the cost, those of all accounts add up accounts: each cent must count once. History
 * and cost are written by one transaction, so a difference is a defect of ours or somebody's own update. The key keeps a fax once an
 * account; that one fax is mirrored under two accounts only a look at all of them shows.
 */
export const uniqueness: Check = {
  id: 'C6',
  name: 'uniqueness',
  left: 'cents of the fax in its history, and in other accounts',
  right: 'cost of the fax',
  why: 'Each cent must count once: in reports that add up history, and in those that add up accounts.',
  unit: 'cents',
  severity: 'error',
  tolerance: EXACT,
  isGate: true,
  every: 'day',
  reasons: {
    two_accounts:
      'The same fax is mirrored under two accounts: two entries of the settings hold keys of one account of the provider.',
    history_differs:
      'The history of the fax does not sum to its cost: somebody changed one of them. Load the landed objects of the fax again.',
  },
  sql: `
  with ids as materialized (
    select min(fax_id) as first_id, max(fax_id) as last_id from run_faxes
  ), others as materialized (
    select account_id from warehouse.accounts where account_id <> (select account_id from asked)
  )
  select r.usage_date::text as grain, 'fax' as subject_kind, r.fax_id::text as subject_id,
    (h.cents + coalesce(o.cents, 0))::numeric as left_value, coalesce(r.cost_cents, 0)::numeric as right_value,
    (h.cents + coalesce(o.cents, 0) - coalesce(r.cost_cents, 0))::bigint as cents, 0::bigint as owed_cents,
    case when o.twins > 0 then 'exception' end as verdict,
    case when o.twins > 0 then 'two_accounts' when h.cents <> coalesce(r.cost_cents, 0) then 'history_differs' end as reason
  from run_faxes r
  left join (
    select fax_id, sum(cost_delta_cents)::bigint as cents from warehouse.fax_history
    where account_id = (select account_id from asked) and observed_at <= (select as_of from asked)
      and fax_id >= (select first_id from ids) and fax_id <= (select last_id from ids)
    group by fax_id
  ) s on s.fax_id = r.fax_id
  cross join lateral (select coalesce(s.cents, 0) as cents) h
  left join lateral (
    select count(*) as twins, coalesce(sum(twin.cost_cents), 0)::bigint as cents from others a
    cross join lateral (
      select f.cost_cents from warehouse.faxes f where f.account_id = a.account_id and f.fax_id = r.fax_id offset 0
    ) twin
    where (select count(*) from others) > 0
  ) o on true`,
};
