import { type Check, EXACT } from '../check.ts';
import { LOOKS_BACK } from '../looks-back.ts';
import { RENTS_SUM } from '../run-rents.ts';

/**
 * Left: what the exports of the month say: `report.cost_and_usage`, and `recon.bill` below it. Right: what each is made of: the bill; the charges of the
 * run while the month is not closed, the sums of its closings once it is. Tolerance: none.
 * Why: these are the figures that leave the house. By kind, so that faxes cannot make up for rents.
 */
export const exports: Check = {
  id: 'C21',
  name: 'export',
  left: 'sum of the export, by kind',
  right: 'sum of what it is made of',
  why: 'What leaves the house must be what the house knows.',
  unit: 'cents',
  severity: 'error',
  tolerance: EXACT,
  isGate: true,
  every: 'day',
  reasons: {
    export_differs:
      'An export says something else than what it is made of. Run faxsync migrate, which makes views anew; then report it.',
    looks_back: 'The run looks back, and the views know the present only.',
  },
  sql: `
  with bill as materialized (
    select case when is_correction then 'correction' else charge_kind end as kind, is_closed, sum(cents) as cents
    from recon.bill where account_id = (select account_id from asked) and billing_period = (select period from asked) group by 1, 2
  ), usage as materialized (
    select case when charge_class = 'Correction' then 'correction' else x_charge_kind end as kind, sum(round(billed_cost * 100)) as cents
    from report.cost_and_usage
    where billing_account_id = (select account_key from asked) and x_billing_period = (select period from asked) group by 1
  ), kinds(kind) as (values ('fax'), ('rent'), ('correction')), sides as (
    select 'cost_and_usage/' || k.kind as name,
      coalesce((select u.cents from usage u where u.kind = k.kind), 0) as shown,
      coalesce((select sum(b.cents) from bill b where b.kind = k.kind), 0) as made_of
    from kinds k
    union all
    select 'bill/fax', coalesce((select sum(b.cents) from bill b where b.kind = 'fax'), 0),
      (select coalesce(sum(cost_cents), 0) from run_faxes where not is_test)
    from asked a where not a.is_closed and a.closed_as_of is null
    union all
    select 'bill/rent', coalesce((select sum(b.cents) from bill b where b.kind = 'rent'), 0), (${RENTS_SUM})
    from asked a where not a.is_closed and a.closed_as_of is null
    union all
    select 'bill/closed', coalesce((select sum(b.cents) from bill b where b.is_closed), 0),
      (select coalesce(sum(c.billed_cents), 0) from recon.closings c where c.account_id = a.account_id and c.period = a.period)
    from asked a where a.closed_as_of is not null
  ), standing as (
    select ${LOOKS_BACK} as looks_back
  )
  select 'period' as grain, 'export' as subject_kind, s.name as subject_id, s.shown::numeric as left_value, s.made_of::numeric as right_value,
    (s.shown - s.made_of)::bigint as cents, 0::bigint as owed_cents,
    case when g.looks_back and s.name in ('bill/fax', 'bill/rent') then 'not_testable' end as verdict,
    case
      when g.looks_back and s.name in ('bill/fax', 'bill/rent') then 'looks_back'
      when s.shown <> s.made_of then 'export_differs' end as reason
  from sides s cross join standing g`,
};
