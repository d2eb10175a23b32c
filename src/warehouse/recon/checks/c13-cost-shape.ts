import { type Check, EXACT } from '../check.ts';
import { mayBeCredited } from '../credit-time.ts';

/**
 * Left: cost of a fax that is over. Right: what it must look like, in words: above zero for a success with pages, zero for a failure.
 * Tolerance: none. A failed sent fax whose price is known is C10's; test faxes show a cost and are not billed, so they are left out.
 */
export const costShape: Check = {
  id: 'C13',
  name: 'cost_shape',
  left: 'cost of the fax',
  right: 'a price where it succeeded, nothing where it failed',
  why: 'No price fits a cost that is missing, below zero, zero for a success or above zero for a failure; it would fall through the checks of price.',
  unit: 'cents',
  severity: 'error',
  tolerance: EXACT,
  isGate: false,
  every: 'day',
  reasons: {
    cost_missing:
      'A fax that succeeded, if only in part, has no cost. It may have been unreadable: see faxsync rejected. Else look at the fax in the console.',
    cost_zero: 'A successful fax with pages costs nothing although pages have a price.',
    cost_negative: 'The cost is below zero.',
    charged_failure: 'A fax that failed altogether was charged and not credited. Claim the amount.',
    credit_pending:
      'A fax that failed altogether is not credited yet; the provider still has time to, or no look has come since.',
  },
  sql: `
  with over as (
    select r.*, r.direction is not distinct from 'received' as is_received,
      r.unit_count > 0 and r.failed_count = r.unit_count as has_failed
    from run_faxes r
    where r.stage >= 2 and not r.is_test and r.missing_since is null and r.gone_at is null and not r.changed_after_closing
  ), judged as (
    select o.*, case
      when o.cost_cents is null and o.num_pages > 0 and (o.status = 'success' or o.succeeded_count > 0) then 'cost_missing'
      when o.cost_cents < 0 then 'cost_negative'
      when o.cost_cents = 0 and o.status = 'success' and o.num_pages > 0 and o.expected_cents is distinct from 0 then 'cost_zero'
      when o.cost_cents > 0 and o.is_received and o.status = 'failure' then 'charged_failure'
      when o.cost_cents > 0 and not o.is_received and o.has_failed and o.expected_cents is null then
        case when ${mayBeCredited('o')} then 'credit_pending' else 'charged_failure' end
      end as reason
    from over o
  ), sided as (
    select j.*, case
      when j.reason is null then j.cost_cents
      when j.reason in ('charged_failure', 'credit_pending') then 0
      else j.expected_cents end as due_cents
    from judged j
  )
  select usage_date::text as grain, 'fax' as subject_kind, fax_id::text as subject_id, cost_cents::numeric as left_value,
    due_cents::numeric as right_value, coalesce(cost_cents - due_cents, least(cost_cents, 0), 0)::bigint as cents,
    greatest(coalesce(cost_cents - due_cents, 0), 0)::bigint as owed_cents,
    case when reason is null then 'pass' when reason = 'credit_pending' then 'explained' when cost_cents is null or due_cents is null then 'exception' end as verdict,
    reason
  from sided`,
};
