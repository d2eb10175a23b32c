import { type Check, EXACT } from '../check.ts';

/**
 * Left: rows of each fax of the month in this warehouse, over all accounts. Right: one.
 * Tolerance: none. The key keeps a fax once an account; that one fax is mirrored under two accounts only a look at all of them shows.
 */
export const uniqueness: Check = {
  id: 'C6',
  name: 'uniqueness',
  left: 'accounts under which the fax is stored',
  right: 'one',
  why: 'A fax that stands under two accounts is billed twice in every report that adds accounts up.',
  unit: 'rows',
  severity: 'error',
  tolerance: EXACT,
  isGate: true,
  every: 'day',
  reasons: {
    two_accounts:
      'The same fax is mirrored under two accounts: two entries of the settings hold keys of one account of the provider.',
  },
  sql: `
  select r.usage_date::text as grain, 'fax' as subject_kind, r.fax_id::text as subject_id,
    (1 + coalesce(o.others, 0))::numeric as left_value, 1::numeric as right_value,
    (coalesce(o.others, 0) * coalesce(r.cost_cents, 0))::bigint as cents, 0::bigint as owed_cents,
    null::text as verdict, case when o.others > 0 then 'two_accounts' end as reason
  from run_faxes r
  left join lateral (
    select count(*) as others from warehouse.accounts a
    cross join lateral (select from warehouse.faxes f where f.account_id = a.account_id and f.fax_id = r.fax_id offset 0) twin
    where a.account_id <> (select account_id from asked)
  ) o on true`,
};
