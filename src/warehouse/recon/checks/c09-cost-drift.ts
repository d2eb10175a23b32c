import { type Check, EXACT } from '../check.ts';

/**
 * Whether a fall from `former` to `present` is the credit of failed recipients: both are whole shares of the same price a recipient, and what is left
 * pays for all that did not fail. The full price need not have been seen. Each side may be rounded by half a cent, which for whole prices is
 * the exact cent. Of recipients in several countries the shares are not equal, and any fall is taken for one.
 */
const isCredit = (present: string, former: string, units: string, failed: string, isMixed: string): string => `(
  ${present} < ${former} and ${present} >= 0 and ${failed} > 0 and (${isMixed} or exists (
    select from generate_series(1, ${units}) paid(before)
    cross join lateral (select round(${present} * paid.before / nullif(${former}, 0)::numeric) as after) rest
    where rest.after between ${units} - ${failed} and paid.before - 1
      and 2 * abs(${present} * paid.before - ${former} * rest.after) <= paid.before + rest.after)))`;

/**
 * Left: what a fax or rent costs now. Right: what it cost when it was settled, `creditDays` after its end; for closed months, what was billed of it.
 * Tolerance: none. All faxes of the month are held that are over, up to the instant for which it was closed; in an open month also what changed in
 * closed ones, where the difference will stand as a correction; in a closed month the corrections that its bill has, so that what was found in it stays
 * found. A fall to exactly what is due, failed recipients credited late, is explained.
 * Why: a cost that moves after everybody has stopped looking is a mistake of the provider's, or one of ours.
 */
export const costDrift: Check = {
  id: 'C9',
  name: 'cost_drift',
  left: 'cost now',
  right: 'cost when settled, or as billed in a closed month',
  why: 'A cost may fall while credits come; after that, and after a month was closed, nothing should move any more.',
  unit: 'cents',
  severity: 'error',
  tolerance: EXACT,
  isGate: false,
  every: 'day',
  reasons: {
    changed_after_settling: 'The cost changed after every credit should have come. Ask the provider why.',
    changed_after_closing:
      'The cost is no longer what a closed month billed. It becomes a correction here; ask the provider why.',
    late_credit: 'Failed recipients were credited late; the cost is now what is due.',
    credit_after_closing: 'Failed recipients were credited after the month was closed; it becomes a correction here.',
    told_by_price: 'The cost changed and is no longer the price; C10 or C11 tells of it.',
  },
  sql: `
  with settled as materialized (
    select r.*, coalesce(r.completed_at, r.used_at) + make_interval(days => (a.limits ->> 'creditDays')::integer) as settled_at,
      case when a.is_closed then least(a.closed_as_of, a.as_of) else a.as_of end as until
    from run_faxes r cross join asked a
    where not r.is_test and r.stage >= 2
  ), moved as (
    -- Only a change that a later look has shown can lie behind the settling.
    select s.fax_id, h.cents_then, h.cents_until, h.cents_until = s.expected_cents as is_due, s.expected_cents is not null as is_rated,
      ${isCredit('h.cents_until', 'h.cents_then', 's.unit_count', 's.failed_count', 's.country is null')} as is_credit
    from settled s
    cross join lateral (
      select (array_agg(h.cost_cents order by h.observation_no desc) filter (where h.observed_at <= s.settled_at))[1] as cents_then,
        (array_agg(h.cost_cents order by h.observation_no desc))[1] as cents_until
      from warehouse.fax_history h
      where h.account_id = (select account_id from asked) and h.fax_id = s.fax_id and h.observed_at <= s.until
    ) h
    where s.changed_at > s.settled_at and s.until > s.settled_at
  ), own as (
    select s.usage_date::text as grain, 'fax' as subject_kind, s.fax_id::text as subject_id, coalesce(m.cents_until, s.cost_cents, 0)::bigint as present_cents,
      coalesce(m.cents_then, m.cents_until, s.cost_cents, 0)::bigint as former_cents,
      case
        when m.cents_then > m.cents_until and (m.is_due or not m.is_rated and m.is_credit) then 'late_credit'
        when m.is_rated and not m.is_due then 'told_by_price' end as known,
      'changed_after_settling' as unknown
    from settled s left join moved m using (fax_id)
  ), pending as (
    select c.charge_period, c.charge_kind, c.subject_id, c.billed_cents, c.present_cents
    from asked a
    cross join lateral recon.corrections(a.account_id, a.corrects_from, (a.period - interval '1 month')::date, a.as_of) c
    where a.corrects_from is not null
  ), standing as (
    -- What this month's own bill corrects, were it closed: before, and with all of its lines.
    select l.charge_period, l.charge_kind, l.subject_id, sum(l.cents) as corrected_cents, min(b.cents) as billed_cents
    from asked a
    join recon.closings k on k.account_id = a.account_id and k.period = a.period and k.as_of <= a.as_of
    join recon.bill_lines l on l.account_id = k.account_id and l.billing_period = k.period and l.closing_no = k.closing_no and l.is_correction
    cross join lateral (
      select sum(b.cents) as cents from recon.bill_lines b
      where b.account_id = l.account_id and b.charge_kind = l.charge_kind and b.subject_id = l.subject_id and b.billing_period <= a.period
    ) b
    group by l.charge_period, l.charge_kind, l.subject_id
  ), corrected as materialized (
    select coalesce(p.charge_period, s.charge_period) as charge_period, coalesce(p.charge_kind, s.charge_kind) as charge_kind,
      coalesce(p.subject_id, s.subject_id) as subject_id, coalesce(p.present_cents, s.billed_cents)::bigint as present_cents,
      (coalesce(p.billed_cents, s.billed_cents) - coalesce(s.corrected_cents, 0))::bigint as billed_cents,
      case when coalesce(p.charge_kind, s.charge_kind) = 'fax' then coalesce(p.subject_id, s.subject_id)::bigint end as fax_id
    from pending p full join standing s on s.charge_kind = p.charge_kind and s.subject_id = p.subject_id
  ), credits as (
    select c.fax_id, ${isCredit('c.present_cents', 'c.billed_cents', 'u.unit_count', 'u.failed_count', 'u.country_count <> 1')} as is_credit
    from corrected c
    cross join lateral (
      select count(*) as unit_count, count(*) filter (where r.status = 'failure') as failed_count, count(distinct d.alpha2) as country_count
      from warehouse.fax_recipients r
      left join lateral (
        select p.alpha2 from warehouse.dial_prefixes p where starts_with(r.phone_number, '+' || p.prefix) order by length(p.prefix) desc limit 1
      ) d on true
      where r.account_id = (select account_id from asked) and r.fax_id = c.fax_id
    ) u
    where c.charge_kind = 'fax'
  ), closed as (
    select to_char(c.charge_period, 'YYYY-MM-DD') as grain, case c.charge_kind when 'rent' then 'number' else 'fax' end as subject_kind, c.subject_id,
      c.present_cents, c.billed_cents as former_cents, case when k.is_credit then 'credit_after_closing' end as known, 'changed_after_closing' as unknown
    from corrected c left join credits k on k.fax_id = c.fax_id
  ), told as (
    select * from own
    union all
    select * from closed
  )
  select t.grain, t.subject_kind, t.subject_id, t.present_cents::numeric as left_value, t.former_cents::numeric as right_value,
    t.present_cents - t.former_cents as cents, greatest(t.present_cents - t.former_cents, 0)::bigint as owed_cents,
    case when t.present_cents <> t.former_cents and t.known is not null then 'explained' end as verdict,
    case when t.present_cents <> t.former_cents then coalesce(t.known, t.unknown) end as reason
  from told t`,
};
