import { type Check, EXACT } from '../check.ts';
import { firstIdFrom, lastIdBefore } from '../id-bounds.ts';

/** Recipients, barcodes and history have no time of their own that says to which month they belong: their ids do. */
const orphansOf = (table: string, cents: string) => `
    select o.fax_id, count(*) as lost_rows, ${cents} as cents, '${table}' = 'fax_history' as is_history
    from warehouse.${table} o
    where o.account_id = (select account_id from asked)
      and o.fax_id >= (select first_id from bounds) and o.fax_id < (select end_id from bounds)
      ${table === 'fax_history' ? 'and o.observed_at <= (select as_of from asked)' : ''}
      and not exists (
        select from warehouse.faxes f
        where f.account_id = (select account_id from asked) and f.fax_id = o.fax_id
          and f.fax_id >= (select first_id from bounds) and f.fax_id < (select end_id from bounds))
    group by o.fax_id`;

/** How many rows of a table were looked at, one row that passes. */
const testedOf = (table: string) => `
  select 'period', 'stream', '${table}', t.tested, t.tested, 0, 0, 'pass', null
  from (
    select count(*) as tested from warehouse.${table} o
    where o.account_id = (select account_id from asked)
      and o.fax_id >= (select first_id from bounds) and o.fax_id < (select end_id from bounds)
  ) t`;

/**
 * Left: recipients, barcodes and history rows whose fax is not stored, a row a fax, and rents of numbers that are not. Right: none.
 * Tolerance: none. Beside them, for information, one row: how many faxes name an own number that the account was not seen to have then.
 * Why: nothing joins these rows any more, so their money is in no report. Where C1 finds that the faxes of a window are not stored and no
 * history of this one stands, the loss is C1's and this row only says where.
 */
export const orphans: Check = {
  id: 'C7',
  name: 'orphans',
  left: 'rows whose fax or number is not stored',
  right: 'none',
  why: 'Nothing joins rows without a parent, so their money is in no report.',
  unit: 'rows',
  severity: 'error',
  tolerance: EXACT,
  isGate: true,
  every: 'day',
  reasons: {
    no_fax:
      'Recipients, barcodes or history of a fax that is not stored: somebody removed the fax. Load its landed objects again.',
    no_number: 'A rent of a number that was never listed. Ask the provider whose number it is.',
    window_differs: 'What is left of a fax that is lost with its history; C1 names the window it is missing from.',
    foreign_number:
      'Faxes over numbers that the account was not seen to have at that time: released before the mirror began, or not its own.',
  },
  sql: `
  with bounds as materialized (
    select
      case when ${lastIdBefore('starts_at')} is null then 0 else coalesce(${firstIdFrom('starts_at')},
        (select max(fax_id) + 1 from warehouse.faxes where account_id = (select account_id from asked)), 0) end as first_id,
      coalesce(${firstIdFrom('ends_at')}, 9223372036854775807) as end_id
    from asked
  ), parts as (${orphansOf('fax_recipients', '0')}
    union all${orphansOf('fax_barcodes', '0')}
    union all${orphansOf('fax_history', 'sum(o.cost_delta_cents)')}
  ), lost as materialized (
    select fax_id, sum(lost_rows) as lost_rows, sum(cents)::bigint as cents, bool_or(is_history) as has_history from parts group by fax_id
  ), differing as materialized (
    select ${lastIdBefore('lower(s.created_within)')} as after_id, ${firstIdFrom('upper(s.created_within)')} as before_id
    from run_findings w
    join ops.slices s on s.account_id = (select account_id from asked) and s.stream = 'faxes' and s.observation_no::text = w.subject_id
    where w.check_id = 'C1' and w.reason in ('count_differs', 'other_month') and exists (select from lost)
  ), held as (
    select l.*, not l.has_history and exists (
      select from differing d where l.fax_id > coalesce(d.after_id, -1) and l.fax_id < coalesce(d.before_id, 9223372036854775807)) as is_window
    from lost l
  ), listed as (
    select phone_number, is_listed, provisioned_at, observed_at,
      lag(is_listed) over of_number as was_listed, lead(observed_at) over of_number as until
    from warehouse.phone_number_history
    where account_id = (select account_id from asked) and observed_at <= (select as_of from asked)
    window of_number as (partition by phone_number order by observation_no)
  ), owned as materialized (
    select phone_number, range_agg(tstzrange(
      case when was_listed then observed_at else least(provisioned_at, observed_at) end, until)) as spells
    from listed where is_listed group by phone_number
  ), named as materialized (
    select count(*) as faxes, count(*) filter (where not coalesce(o.spells @> f.created_at, false)) as foreign_faxes
    from warehouse.faxes f
    left join owned o on o.phone_number = case f.direction when 'received' then f.to_number else f.caller_id end
    where f.account_id = (select account_id from asked) and f.created_at >= (select starts_at from asked)
      and f.created_at < (select least(ends_at, as_of) from asked)
      and case f.direction when 'received' then f.to_number else f.caller_id end is not null
  )
  select 'period' as grain, 'fax' as subject_kind, fax_id::text as subject_id, lost_rows::numeric as left_value, 0::numeric as right_value,
    cents, 0::bigint as owed_cents, case when is_window then 'explained' end as verdict,
    case when is_window then 'window_differs' else 'no_fax' end as reason
  from held
  union all
  select 'period', 'number', c.phone_number || '@' || to_char(c.billed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    case when n.is_known then 0 else 1 end, 0, case when n.is_known then 0 else coalesce(c.cost_cents, 0) end, 0, null,
    case when not n.is_known then 'no_number' end
  from warehouse.phone_number_charges c
  cross join lateral (
    select exists (
      select from warehouse.phone_numbers p
      where p.account_id = (select account_id from asked) and p.phone_number = c.phone_number) as is_known
  ) n
  where c.account_id = (select account_id from asked) and c.billed_at >= (select starts_at from asked)
    and c.billed_at < (select ends_at from asked) and c.observed_at <= (select as_of from asked)
  union all${testedOf('fax_recipients')}
  union all${testedOf('fax_barcodes')}
  union all${testedOf('fax_history')}
  union all
  select 'period', 'account', a.account_key, n.foreign_faxes, 0, 0, 0, case when n.foreign_faxes > 0 then 'explained' else 'pass' end,
    case when n.foreign_faxes > 0 then 'foreign_number' end
  from named n cross join asked a where n.faxes > 0`,
};
