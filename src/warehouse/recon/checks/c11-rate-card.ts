import { type Check, EXACT } from '../check.ts';

/**
 * Left: cost of a fax. Right: pages x successful recipients x the price negotiated or listed when it was taken.
 * Tolerance: none. Left out: credits still missing (C10), costs that are no price at all (C13), what changed after closing (C9). One row more
 * holds the cost of faxes to countries without a line in the list against the share of the month's cost that may be so.
 */
export const rateCard: Check = {
  id: 'C11',
  name: 'rate_card',
  left: 'cost of the fax',
  right: 'pages x recipients x price that held',
  why: 'A price that is wrong in the same way every month passes every check of totals; so each fax is held against its own price.',
  unit: 'cents',
  severity: 'error',
  tolerance: EXACT,
  isGate: false,
  every: 'day',
  reasons: {
    wrong_rate: 'The cost is above what the price list says. Claim the difference.',
    double_charge: 'The cost is exactly twice what the price list says. Claim the difference.',
    undercharged: 'The cost is below what the price list says.',
    no_card: 'No line of the price list and no negotiated price holds for it.',
    before_card: 'The fax is older than the first look at the price list.',
    unconfirmed:
      'The cost does not fit the latest list seen, and the list may have changed since; the next look at it decides.',
    open: 'The fax is under way.',
    no_recipients: 'The provider sent no recipients of the fax.',
    pages_unknown: 'The number of pages is not known.',
    recipients_open: 'Recipients of a fax that is over have no final status.',
  },
  sql: `
  with live as (
    select r.*, case when r.rate_source in ('negotiated', 'card') then r.expected_cents end as due_cents
    from run_faxes r
    where not r.is_test and r.missing_since is null and r.gone_at is null
  ), spent as (
    select coalesce(sum(cost_cents) filter (where unrated_reason = 'no_card' or rate_source = 'observed' and not is_before_card), 0) as unrated_cents,
      coalesce(sum(cost_cents), 0) as all_cents
    from live where stage >= 2 and cost_cents > 0
  )
  select l.usage_date::text as grain, 'fax' as subject_kind, l.fax_id::text as subject_id, l.cost_cents::numeric as left_value,
    l.due_cents::numeric as right_value, (l.cost_cents - l.due_cents)::bigint as cents, greatest(l.cost_cents - l.due_cents, 0)::bigint as owed_cents,
    case when l.due_cents is null then 'not_testable' end as verdict,
    case
      when l.rate_source = 'observed' then case when l.is_before_card then 'before_card' else 'no_card' end
      when l.due_cents is null then l.unrated_reason
      when l.cost_cents = l.due_cents then null
      when l.cost_cents < l.due_cents then 'undercharged'
      when l.cost_cents = 2 * l.due_cents then 'double_charge'
      else 'wrong_rate' end as reason
  from live l
  where not l.is_uncredited and not l.changed_after_closing and l.cost_cents >= 0
    and not (l.cost_cents = 0 and l.status = 'success' and l.num_pages > 0 and l.due_cents is distinct from 0)
    and not (l.direction = 'received' and l.status = 'failure')
  union all
  select 'period', 'account', a.account_key, s.unrated_cents, floor(s.all_cents * (a.limits ->> 'unratedShareMax')::numeric), 0, 0,
    case when s.unrated_cents > s.all_cents * (a.limits ->> 'unratedShareMax')::numeric then 'exception' else 'pass' end, 'no_card'
  from asked a cross join spent s`,
};
