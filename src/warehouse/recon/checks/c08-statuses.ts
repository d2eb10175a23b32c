import { type Check, EXACT } from '../check.ts';

/**
 * Left: recipients of each sent fax that is over whose status is `success`. Right: as many as the status of the fax allows: all for
 * `success`, none for `failure`, some and not all for `partialsuccess`. Tolerance: none.
 * Why: the fax's status and its recipients' are two reports of one event; the price is that of the recipients that succeeded.
 */
export const statusCoherence: Check = {
  id: 'C8',
  name: 'status_coherence',
  left: 'recipients that succeeded',
  right: 'as many as the status of the fax allows',
  why: 'Price and credits follow the recipients, reports follow the fax; they must tell the same.',
  unit: 'recipients',
  severity: 'warn',
  tolerance: EXACT,
  isGate: true,
  every: 'day',
  reasons: {
    status_differs:
      'The status of the fax and those of its recipients exclude each other. Look the fax up again, then ask the provider.',
    unknown_recipient_status: 'A recipient has a status that is not known.',
    changed_since: 'Fax or recipients were changed by a look younger than the run.',
  },
  sql: `
  with ids as materialized (
    select min(fax_id) as first_id, max(fax_id) as last_id from run_faxes
  ), counted as (
    select r.usage_date, r.fax_id, r.status, s.stored, s.succeeded, s.has_unknown
    from run_faxes r
    join (
      select p.fax_id, count(*) as stored, count(*) filter (where p.status = 'success') as succeeded,
        coalesce(bool_or(p.status not in (
          'success', 'failure', 'queued', 'pendingbatch', 'inprogress', 'ringing', 'callactive', 'willretry')), false) as has_unknown
      from warehouse.fax_recipients p
      where p.account_id = (select account_id from asked) and p.fax_id >= (select first_id from ids) and p.fax_id <= (select last_id from ids)
      group by p.fax_id
    ) s on s.fax_id = r.fax_id
    where r.direction = 'sent' and r.stage >= 2 and r.status in ('success', 'failure', 'partialsuccess')
  ), held as materialized (
    select c.*, case c.status
      when 'success' then c.stored
      when 'failure' then 0
      else case c.succeeded when 0 then 1 when c.stored then c.stored - 1 else c.succeeded end end as allowed
    from counted c
  ), changed as (
    select h.fax_id from held h
    join warehouse.faxes f on f.account_id = (select account_id from asked) and f.fax_id = h.fax_id
    where h.succeeded <> h.allowed and (f.status is distinct from h.status or exists (
      select from ops.fax_recipient_changes c
      where c.account_id = (select account_id from asked) and c.fax_id = h.fax_id and c.observed_at > (select as_of from asked)))
  )
  select h.usage_date::text as grain, 'fax' as subject_kind, h.fax_id::text as subject_id,
    h.succeeded::numeric as left_value, h.allowed::numeric as right_value, 0::bigint as cents, 0::bigint as owed_cents,
    case when h.has_unknown or c.fax_id is not null then 'not_testable' end as verdict,
    case when h.has_unknown then 'unknown_recipient_status' when c.fax_id is not null then 'changed_since'
      when h.succeeded <> h.allowed then 'status_differs' end as reason
  from held h
  left join changed c on c.fax_id = h.fax_id`,
};
