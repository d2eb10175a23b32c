import { type Check, EXACT } from '../check.ts';
import { mayBeCredited } from '../credit-time.ts';

/**
 * Left: cost of a sent fax with failed recipients. Right: the price of those that succeeded.
 * Tolerance: none; a credit is a whole recipient's price. Only differences that are the price of one or more failed recipients to the cent
 * are told here, whatever else does not fit is C11's. A failed fax of unknown price that is charged is C13's.
 */
export const creditDue: Check = {
  id: 'C10',
  name: 'credit_due',
  left: 'cost of the fax',
  right: 'price of its successful recipients',
  why: 'The price of every recipient is taken at the start and given back for each that failed; a credit that was forgotten is money owed.',
  unit: 'cents',
  severity: 'error',
  tolerance: EXACT,
  isGate: false,
  every: 'day',
  reasons: {
    credit_pending:
      'Failed recipients are not credited yet; the provider still has time to, or no look has come since.',
    missed_credit: 'Failed recipients were not credited in time. Claim the amount.',
  },
  sql: `
  with sent as (
    select r.*, r.succeeded_count = 0 and r.failed_count = r.unit_count as has_failed,
      r.is_uncredited and ${mayBeCredited('r')} as may_be_credited
    from run_faxes r
    where r.failed_count > 0 and r.stage >= 2 and not r.is_test and r.direction is distinct from 'received'
      and r.missing_since is null and r.gone_at is null and not r.changed_after_closing and r.cost_cents is not null
  ), due as (
    select s.*, case when s.has_failed then 0 else s.expected_cents end as due_cents from sent s
  )
  select d.usage_date::text as grain, 'fax' as subject_kind, d.fax_id::text as subject_id, d.cost_cents::numeric as left_value,
    d.due_cents::numeric as right_value, (d.cost_cents - d.due_cents)::bigint as cents, greatest(d.cost_cents - d.due_cents, 0)::bigint as owed_cents,
    case when d.due_cents is null then 'not_testable' when d.may_be_credited then 'explained' end as verdict,
    case
      when d.due_cents is null then d.unrated_reason
      when d.cost_cents = d.due_cents then null
      when d.may_be_credited then 'credit_pending'
      else 'missed_credit' end as reason
  from due d
  where d.due_cents is null or d.cost_cents = d.due_cents or d.is_uncredited`,
};
