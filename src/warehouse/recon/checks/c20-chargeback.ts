import { type Check, EXACT } from '../check.ts';
import { LOOKS_BACK } from '../looks-back.ts';
import { RENTS_SUM } from '../run-rents.ts';

/**
 * Left: what `report.chargeback` says of each value of the account's chargeback tag, of what is untagged, received and shared. Right: the faxes and rents of
 * the run, grouped by the same. Tolerance: none.
 * Why: departments are charged by that view; each value is held by itself, so what one is charged too much cannot hide in what another is
 * charged too little, and together they are all charges of the month. Values are named by the MD5 of what reports call them, since they may be anything.
 */
export const chargeback: Check = {
  id: 'C20',
  name: 'chargeback',
  left: 'cost of a tag value, of the untagged, the received and the shared in report.chargeback',
  right: 'the same by the charges of the run',
  why: 'What departments are charged must add up to what the provider took, and every department must be charged its own.',
  unit: 'cents',
  severity: 'error',
  tolerance: EXACT,
  isGate: true,
  every: 'day',
  reasons: {
    chargeback_differs:
      'The view says something else than the charges. The daily round makes its sums anew (see docs/runbook/sums-differ.md); if it stands after that, report it.',
    looks_back: 'The run looks back, and the view knows the present only.',
    no_tag: 'No fax of the account carries the chargeback tag, so nothing is charged back.',
  },
  sql: `
  with shown as materialized (
    select coalesce(c.share_kind || ':' || md5(c.tag_value), c.share_kind) as share, sum(c.cost_cents) as cents
    from report.chargeback c
    where c.account_key = (select account_key from asked) and c.usage_month = (select period from asked)
      and c.tag_name = (select limits ->> 'chargebackTag' from asked)
    group by 1
  ), charged as (
    select coalesce('tag:' || md5(rollup.tag_label(f.tag_value)), case when f.direction = 'received' then 'received' else 'untagged' end) as share,
      sum(coalesce(f.cost_cents, 0)) as cents
    from run_faxes f where not f.is_test group by 1
    union all
    select 'shared', (${RENTS_SUM})
  ), standing as (
    select ${LOOKS_BACK} as looks_back,
      exists (select from run_faxes where not is_test and tag_value is not null) or exists (select from shown) as has_tag
  )
  select 'period' as grain, 'tag' as subject_kind, coalesce(s.share, c.share) as subject_id,
    coalesce(s.cents, 0)::numeric as left_value, coalesce(c.cents, 0)::numeric as right_value,
    (coalesce(s.cents, 0) - coalesce(c.cents, 0))::bigint as cents, 0::bigint as owed_cents,
    case when g.looks_back or not g.has_tag then 'not_testable' end as verdict,
    case
      when not g.has_tag then 'no_tag'
      when g.looks_back then 'looks_back'
      when coalesce(s.cents, 0) <> coalesce(c.cents, 0) then 'chargeback_differs' end as reason
  from shown s full join charged c on c.share = s.share
  cross join standing g
  where s.share is not null or c.cents <> 0 or not g.has_tag`,
};
