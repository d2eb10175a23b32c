import { type Check, EXACT } from '../check.ts';

/**
 * Left: recipients stored of each fax of the month. Right: how many the newest look showed (`faxes.recipient_count`); at least one for a sent
 * fax that is over, none for a received one. Tolerance: none.
 * Why: a sent fax is priced by its recipients; one that is lost or doubled makes every expected cost of that fax wrong.
 */
export const recipientCompleteness: Check = {
  id: 'C4',
  name: 'recipient_completeness',
  left: 'recipients stored',
  right: 'recipients the newest look showed',
  why: 'A sent fax is priced by its recipients; one lost or doubled makes its expected cost wrong.',
  unit: 'recipients',
  severity: 'error',
  tolerance: EXACT,
  isGate: true,
  every: 'day',
  reasons: {
    recipients_differ: 'More or fewer recipients are stored than the newest look showed. Load the landed object again.',
    no_recipients:
      'A sent fax that is over has no recipient: the provider sent no list, or it was refused. Look it up again.',
    received_has_recipients:
      'A received fax has recipients: the provider changed what it sends, or the direction is wrong.',
  },
  sql: `
  with ids as materialized (
    select min(fax_id) as first_id, max(fax_id) as last_id from run_faxes
  )
  select r.usage_date::text as grain, 'fax' as subject_kind, r.fax_id::text as subject_id,
    case when r.direction = 'received' then greatest(s.stored, coalesce(r.recipient_count, 0)) else s.stored end::numeric as left_value,
    case when r.direction = 'received' then 0 when s.stored <> coalesce(r.recipient_count, 0) then coalesce(r.recipient_count, 0)
      when r.direction = 'sent' and r.stage >= 2 then greatest(s.stored, 1) else s.stored end::numeric as right_value,
    0::bigint as cents, 0::bigint as owed_cents, null::text as verdict,
    case when r.direction = 'received' then case when s.stored > 0 or r.recipient_count > 0 then 'received_has_recipients' end
      when s.stored <> coalesce(r.recipient_count, 0) then 'recipients_differ'
      when r.direction = 'sent' and r.stage >= 2 and s.stored = 0 then 'no_recipients' end as reason
  from run_faxes r
  left join (
    select p.fax_id, count(*) as stored from warehouse.fax_recipients p
    where p.account_id = (select account_id from asked) and p.fax_id >= (select first_id from ids) and p.fax_id <= (select last_id from ids)
    group by p.fax_id
  ) p on p.fax_id = r.fax_id
  cross join lateral (select coalesce(p.stored, 0) as stored) s`,
};
