import type { Pool } from 'pg';

/** The month that is filled, in the billing zone of {@link MONTH_ZONE}: over, all of its faxes final, its credits given. */
export const MONTH = '2026-09';
/** Zone in which its days begin. */
export const MONTH_ZONE = 'America/Chicago';
/** Instant of the run: later than every look that was filled in. */
export const AS_OF = Date.UTC(2026, 10, 20);

const BEGIN = `(timestamp '2026-09-01' at time zone '${MONTH_ZONE}')`;
const SECONDS = 30 * 86_400;

/**
 * One statement a table, set by set. $1: key of the account; $2: faxes; $3: first fax id. Of the faxes 30 % are received, 2 % tests; sent ones
 * have 1.2 recipients, one of seven in Canada or abroad; 7 % fail and were credited a minute later.
 */
const FILL: readonly string[] = [
  `insert into warehouse.accounts (account_key, billing_zone) values ($1, '${MONTH_ZONE}')`,
  `insert into warehouse.phone_numbers (account_id, phone_number, cost_cents, last_billed_at, provisioned_at, observation_no, observed_at)
   select a.account_id, '+1414555' || lpad(n::text, 4, '0'), 200, ${BEGIN} + interval '10 days', ${BEGIN} - interval '355 days', 1, ${BEGIN} + interval '60 days'
   from warehouse.accounts a, generate_series(1, 20) n where a.account_key = $1`,
  `insert into warehouse.phone_number_history (account_id, phone_number, observation_no, observed_at, is_listed, cost_cents, last_billed_at, provisioned_at)
   select p.account_id, p.phone_number, m, ${BEGIN} + make_interval(days => 10 + 30 * (m - 2)), true, 200,
     ${BEGIN} + interval '10 days' + make_interval(months => m - 2), p.provisioned_at
   from warehouse.phone_numbers p join warehouse.accounts a using (account_id), generate_series(1, 3) m where a.account_key = $1`,
  `insert into warehouse.phone_number_charges (account_id, phone_number, billed_at, cost_cents, observation_no, observed_at)
   select account_id, phone_number, last_billed_at, 200, observation_no, observed_at
   from warehouse.phone_number_history join warehouse.accounts a using (account_id) where a.account_key = $1`,
  // A price that changes in the middle of the month, and a look a day.
  `insert into warehouse.rate_card (account_id, country_name, observation_no, valid_from, is_listed, alpha2, country_code, price_per_page_cents)
   select a.account_id, c.country_name, 1, ${BEGIN} - interval '1 day', true, c.alpha2, 1, case when c.alpha2 in ('US', 'CA') then 7 else 10 end
   from warehouse.accounts a, (select alpha2, min(country_name) as country_name from warehouse.country_names group by alpha2) c where a.account_key = $1`,
  `insert into warehouse.rate_card (account_id, country_name, observation_no, valid_from, is_listed, alpha2, country_code, price_per_page_cents)
   select c.account_id, c.country_name, 15, ${BEGIN} + interval '14 days', true, c.alpha2, 1, 8
   from warehouse.rate_card c join warehouse.accounts a using (account_id) where a.account_key = $1 and c.alpha2 = 'CA'`,
  `insert into ops.slices (account_id, stream, observation_no, requested_at, is_complete, record_count, content_digest, missing_count)
   select a.account_id, stream, d, ${BEGIN} + make_interval(days => d - 2), true, 20, '', 0
   from warehouse.accounts a, generate_series(1, 60) d, unnest(array['countries', 'phone_numbers']) stream where a.account_key = $1`,
  `insert into warehouse.faxes (account_id, fax_id, created_at, completed_at, observed_at, observation_no, content_hash, num_pages, cost_cents,
     recipient_count, stage, is_test, direction, status, observed_via, from_number, to_number, tags)
   select a.account_id, f.*,
     case when received then '+14145550199' end, case when received then '+1414555' || lpad((i % 20 + 1)::text, 4, '0') end,
     case when i % 3 = 0 then jsonb_build_object('department', 'd' || i % 40) else '{}' end
   from warehouse.accounts a, lateral (
     select i, i % 10 < 3 as received, 1 + i % 4 as pages, ${BEGIN} + make_interval(secs => i * ${SECONDS}::float8 / $2) as at,
       case when i % 5 = 4 then 2 else 1 end as many, i % 14 = 5 and i % 10 >= 3 as fails
     from generate_series(0, $2::bigint - 1) i offset 0
   ) s, lateral (
     select $3::bigint + i, at, at + interval '50 seconds', at + interval '15 minutes', 1000 + i / 500, md5(i::text)::uuid, pages::integer,
       (pages * case when received then 7 else many * case when i % 7 <> 3 then 7 when i % 2 = 0 then 10 when at >= ${BEGIN} + interval '14 days' then 8 else 7 end end)::integer,
       case when received then null else many end::smallint, 3::smallint, i % 50 = 7, case when received then 'received' else 'sent' end,
       case when fails then 'failure' else 'success' end, 'listing'
   ) f
   where a.account_key = $1`,
  `insert into warehouse.fax_recipients (account_id, fax_id, fax_created_at, completed_at, retry_count, ordinal, phone_number, status)
   select f.account_id, f.fax_id, f.created_at, f.completed_at, 0, o,
     case when i % 7 <> 3 then '+1414555' when i % 2 = 0 then '+4420794' else '+1416555' end || lpad(((i * 7) % 10000)::text, 4, '0'), f.status
   from warehouse.faxes f join warehouse.accounts a using (account_id), lateral (select f.fax_id - $3::bigint as i offset 0) n,
     generate_series(0, f.recipient_count - 1) o
   where a.account_key = $1 and $2 > 0 and f.direction = 'sent'`,
  `update warehouse.faxes f set cost_cents = 0, observed_at = observed_at + interval '1 hour', observation_no = observation_no + 4
   from warehouse.accounts a where a.account_id = f.account_id and a.account_key = $1 and f.status = 'failure' and f.direction = 'sent'`,
  `insert into ops.slices (account_id, stream, observation_no, requested_at, pass, created_within, is_complete, record_count, cost_cents, content_digest, missing_count)
   select f.account_id, 'faxes', 1000000 + row_number() over (order by min(f.created_at)), max(f.created_at) + interval '2 hours', 'head',
     tstzrange(date_trunc('hour', f.created_at), date_trunc('hour', f.created_at) + interval '1 hour'), true, count(*), sum(cost_cents),
     encode(sha256(string_agg(uuid_send(content_hash), ''::bytea order by fax_id)), 'hex'), 0
   from warehouse.faxes f join warehouse.accounts a using (account_id) where a.account_key = $1
   group by f.account_id, date_trunc('hour', f.created_at)`,
  `insert into ops.fax_looks (account_id, fax_id, observation_no, requested_at, observed_via, outcome, event_type)
   select f.account_id, f.fax_id, f.observation_no + 500000, f.completed_at + interval '20 seconds', 'callback', 'seen', 'fax_completed'
   from warehouse.faxes f join warehouse.accounts a using (account_id) where a.account_key = $1`,
  `insert into ops.landed_objects (landed_key, account_id, stream, kind, dialect, observation_no, requested_at, responded_at, record_count,
     new_count, changed_count, stale_count, rejected_count)
   select a.account_key || '/' || s.stream || '/' || s.observation_no, s.account_id, s.stream, 'slice', 'v2.1', s.observation_no, s.requested_at, s.requested_at,
     s.record_count, s.record_count, 0, 0, 0
   from ops.slices s join warehouse.accounts a using (account_id) where a.account_key = $1`,
  // Counters and balance at six in the evening, as the provider would have shown them.
  `insert into warehouse.account_snapshots (account_id, observation_no, observed_at, balance_cents, sent_today, received_today, sent_this_month, received_this_month)
   with days as (
     select a.account_id, d, ${BEGIN} + make_interval(days => d) as begins_at, ${BEGIN} + make_interval(days => d, hours => 18) as at
     from warehouse.accounts a, generate_series(0, 29) d where a.account_key = $1
   ), parts as (
     select d.account_id, d.d, d.at,
       count(*) filter (where direction = 'sent' and f.created_at <= d.at) as sent_before, count(*) filter (where direction = 'sent') as sent,
       count(*) filter (where direction = 'received' and f.created_at <= d.at) as received_before, count(*) filter (where direction = 'received') as received,
       sum(cost_cents) filter (where not is_test and f.created_at <= d.at) as cents_before, sum(cost_cents) filter (where not is_test) as cents
     from days d join warehouse.faxes f on f.account_id = d.account_id and f.created_at >= d.begins_at and f.created_at < d.begins_at + interval '1 day'
     group by 1, 2, 3
   )
   select account_id, 3000000 + d, at, 100000000 - cents_before - sum(cents) over earlier + cents - case when d >= 10 then 4000 else 0 end,
     sent_before, received_before, sum(sent) over earlier - sent + sent_before, sum(received) over earlier - received + received_before
   from parts window earlier as (order by d)`,
];

/** Fills one month of an account, as loading it would have left it; analyzed. */
export async function fillMonth(pool: Pool, account: string, faxes: number, firstId: number): Promise<void> {
  for (const statement of FILL) {
    const used = ['$1', '$2', '$3'].filter((name) => statement.includes(name)).length;
    await pool.query(statement, [account, faxes, firstId].slice(0, used));
  }
  await pool.query('vacuum analyze');
}
