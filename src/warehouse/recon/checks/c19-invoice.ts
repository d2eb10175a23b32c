import type { Check } from '../check.ts';
import { RENTS } from '../run-rents.ts';

/** The tolerance of one line, as the settings have it or as registered below. */
const limitOf = (part: string, registered: number): string =>
  `case when limits #> '{tolerances,C19}' is null then ${registered} else (limits #>> '{tolerances,C19,${part}}')::numeric end`;
const AMOUNT = limitOf('amount', 100);
const SHARE = limitOf('share', 0.0005);

/**
 * Left: line of an imported invoice of the month, taxes left out. Right: what the charges of the same kind and country come to, and what the credits
 * since explain where more is billed than that. Lines of one kind and country are added up, also those of several invoices, and told under the first
 * that was imported; a line without a country holds what no other line of its kind names, faxes to several countries among it.
 * Tolerance: one dollar and 0.05 %, the stricter. One row more holds what the lines that pass are off together against a cent a line, so that
 * many small differences do not pass as none. Credits seen after the line's invoice was issued explain what whole ones of them can come to: their
 * sum or less, the least of them or more, and a multiple of what divides them all (a credit is the price of whole pages). What is beyond is at
 * stake. Credits that the invoice has and no look has shown yet explain that much less, and while there are any, every amount up to the sum.
 * Why: an invoice is paid by line; what is billed too much in one is not made up by another.
 */
export const invoiceLines: Check = {
  id: 'C19',
  name: 'invoice',
  left: "line of the provider's invoice",
  right: 'charges of its kind and country, as known when it was issued',
  why: 'An invoice is the one paper that is paid, so it is held against our charges line by line and as a whole.',
  unit: 'cents',
  severity: 'error',
  tolerance: { amount: 100, share: 0.0005 },
  isGate: false,
  every: 'day',
  reasons: {
    invoice_higher: 'The invoice asks for more than was charged. Dispute the line.',
    invoice_lower: 'The invoice asks for less than was charged.',
    not_invoiced: 'Charges of this kind and country are on no line.',
    total_differs: 'Each line passes, but together they are off by more than a cent a line.',
    credited_since: 'The difference was credited after the invoice was issued. Ask for a credit note.',
    credit_awaited:
      'The invoice has credits of failed recipients that no look has shown yet. Nothing to do: they come, or C10 tells.',
    no_invoice:
      'No invoice of this month was imported: faxsync import invoices, on AWS the event import of the function reconcile.',
  },
  sql: `
  with papers as (
    -- What is imported later, a credit note say, leaves the subjects of what came before.
    select invoice_id, issued_on, row_number() over (order by imported_at, issued_on, invoice_id) as nth
    from recon.invoices
    where account_id = (select account_id from asked) and period = (select period from asked) and imported_at <= (select as_of from asked)
  ), lines as materialized (
    -- A rent has no country with us, whatever the invoice says.
    select l.charge_kind as kind, case l.charge_kind when 'rent' then '' else coalesce(l.country, '') end as country,
      (array_agg(p.invoice_id || '/' || l.line_no order by p.nth, l.line_no))[1] as line_id, count(*) as line_count, sum(l.cents) as cents, min(p.issued_on) as issued_on
    from papers p
    join recon.invoice_lines l on l.account_id = (select account_id from asked) and l.invoice_id = p.invoice_id
    where not l.is_tax
    group by 1, 2
  ), faxes as materialized (
    select case direction when 'received' then 'received' else 'sent' end as kind, coalesce(country, '') as country, fax_id, coalesce(cost_cents, 0) as cents,
      -- A look may show the credits of several recipients as one: then the price of one, or a cent where it cannot be told.
      case when failed_count < 2 then null when country is not null and full_cents % unit_count = 0 then full_cents / unit_count else 1 end as one_cents,
      -- The last pass over a fax comes once a day.
      case when direction is distinct from 'received' and stage >= 2 and failed_count > 0
        and (select as_of - make_interval(days => (limits ->> 'creditDays')::integer + 2) from asked) < coalesce(completed_at, changed_at)
        then greatest(cost_cents - case when failed_count = unit_count then 0 else expected_cents end, 0) end as awaited
    from run_faxes where not is_test
  ), charged as (
    select kind, country, sum(cents)::numeric as cents from faxes group by kind, country
    union all
    select 'rent', '', coalesce(sum(c.cost_cents), 0) from ${RENTS}
  ), placed as (
    -- On the line of its country, else on the one without, else on none.
    select c.kind, case when own.kind is not null or rest.kind is null then c.country else '' end as country,
      own.kind is not null or rest.kind is not null as is_lined, c.cents
    from charged c
    left join lines own on own.kind = c.kind and own.country = c.country
    left join lines rest on rest.kind = c.kind and rest.country = ''
  ), ours as (
    select kind, country, bool_or(is_lined) as is_lined, sum(cents) as cents from placed group by kind, country
  ), given as (
    select f.kind, f.country, -h.cost_delta_cents as since, h.observed_at as since_at, 0 as awaited,
      case when -h.cost_delta_cents % nullif(f.one_cents, 0) <> 0 then 1 else coalesce(nullif(f.one_cents, 0), -h.cost_delta_cents) end::bigint as piece
    from warehouse.fax_history h
    join faxes f on f.fax_id = h.fax_id
    where h.account_id = (select account_id from asked) and h.cost_delta_cents < 0 and h.observed_at <= (select as_of from asked)
      and h.observed_at >= (select min(issued_on)::timestamp at time zone (select billing_zone from asked) from lines)
    union all
    select kind, country, 0, null, awaited, 1 from faxes where awaited > 0
  ), credited as (
    select g.kind, case when own.kind is not null or rest.kind is null then g.country else '' end as country, sum(g.awaited) as awaited,
      sum(g.since) filter (where g.since_at >= n.issued_at) as since,
      min(g.piece) filter (where g.since_at >= n.issued_at or g.awaited > 0) as least_piece,
      array_agg(distinct g.piece) filter (where g.since_at >= n.issued_at or g.awaited > 0) as pieces
    from given g
    left join lines own on own.kind = g.kind and own.country = g.country
    left join lines rest on rest.kind = g.kind and rest.country = ''
    cross join lateral (select coalesce(own.issued_on, rest.issued_on)::timestamp at time zone (select billing_zone from asked) as issued_at) n
    group by 1, 2
  ), sides as (
    select coalesce(l.line_id, rtrim('none: ' || o.kind || ' ' || o.country)) as subject_id, o.is_lined is false as is_missing,
      coalesce(l.line_count, 0) as line_count, coalesce(l.cents, 0) as left_value, coalesce(o.cents, 0) as right_value,
      coalesce(c.since, 0) as credited_cents, c.least_piece, coalesce(c.awaited, 0) as awaited_cents,
      (select max(d) from generate_series(1, c.least_piece) d where not exists (select from unnest(c.pieces) p where p % d <> 0)) as divisor
    from lines l full join ours o on o.kind = l.kind and o.country = l.country
    left join credited c on c.kind = coalesce(l.kind, o.kind) and c.country = coalesce(l.country, o.country)
    where exists (select from lines) and (l.kind is not null or o.cents <> 0)
  ), excused as (
    select s.*, case when s.left_value - s.right_value >= s.least_piece
      then div(least(s.left_value - s.right_value, s.credited_cents), s.divisor) * s.divisor else 0 end as excused_cents
    from sides s
  ), judged as (
    select s.*, s.right_value + case when s.left_value - s.right_value > s.excused_cents then s.excused_cents else 0 end as held_value,
      coalesce(abs(s.left_value - s.right_value) <= least(${AMOUNT}, ${SHARE} * abs(s.right_value)), true) as is_within,
      case
        when s.left_value > s.right_value and s.left_value - s.right_value = s.excused_cents then 'credited_since'
        when s.left_value < s.right_value and s.right_value - s.left_value <= s.awaited_cents then 'credit_awaited' end as known
    from excused s cross join asked
  ), told as (
    select j.*, j.left_value - j.held_value as difference from judged j
  ), summed as (
    select coalesce(sum(difference) filter (where is_within and known is null), 0) as difference, coalesce(sum(line_count), 0) as line_count, count(*) as sides,
      sum(left_value) filter (where is_within and known is null) as left_value,
      sum(held_value) filter (where is_within and known is null) as held_value
    from told
  )
  select 'line' as grain, 'line' as subject_kind, subject_id, left_value::numeric, held_value::numeric as right_value, difference::bigint as cents,
    greatest(difference, 0)::bigint as owed_cents, case when is_within then null when known is not null then 'explained' when held_value <> right_value then 'exception' end as verdict,
    case
      when difference = 0 then null
      when known is not null then known
      when is_missing then 'not_invoiced'
      when difference > 0 then 'invoice_higher'
      else 'invoice_lower' end as reason
  from told
  union all
  select 'total', 'line', (select invoice_id from papers where nth = 1) || '/total', coalesce(left_value, 0), coalesce(held_value, 0), difference::bigint, greatest(difference, 0)::bigint,
    case when abs(difference) <= line_count then 'pass' else 'exception' end, case when abs(difference) > line_count then 'total_differs' end
  from summed where sides > 0
  union all
  select 'period', 'account', (select account_key from asked), null, null, 0, 0, 'not_testable', 'no_invoice'
  where not exists (select from lines)`,
};
