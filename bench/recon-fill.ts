import type { Pool } from 'pg';

/** The month that is filled, in the billing zone of {@link MONTH_ZONE}: over, all of its faxes final, its credits given. */
export const MONTH = '2026-09';
/** Zone in which its days begin. */
export const MONTH_ZONE = 'America/Chicago';
/** Instant of the run: later than every look that was filled in. */
export const AS_OF = Date.UTC(2026, 10, 20);

const BEGIN = `(timestamp '2026-09-01' at time zone '${MONTH_ZONE}')`;
/** First of the two months before, whose faxes the checks of the month read for what is usual, idle, or still to be credited. */
const FROM = `(timestamp '2026-07-01' at time zone '${MONTH_ZONE}')`;
const SECONDS = 30 * 86_400;
const EARLIER_DAYS = 62;
/** Days before the month since which the lists of numbers and prices are read, at one in the morning each. */
const LIST_DAYS = 120;
const LISTED_AT = (list: string): string =>
  `${BEGIN} + make_interval(days => (${list}) - ${LIST_DAYS + 1}::integer, hours => 1)`;
/** Numbers that receive, and numbers that only send. */
const RECEIVING = 20;
const SENDING = 200;
/** Of those that send how many nobody uses. */
const IDLE = 10;
const RENT_CENTS = 200;
/** Rents are due on the 11th; this one of the month itself. */
const RENT_AT = `(${BEGIN} + interval '10 days')`;
/** The hour whose faxes a list showed while they were under way. */
const OPEN_FROM = `(${BEGIN} + interval '14 days 12 hours')`;

/** Exceptions of each of the four kinds that are planted in the month: stuck, vanished, at a wrong price, not credited. */
const OF_A_KIND = 250;
const EACH = `n % greatest($2::bigint / ${OF_A_KIND}, 50)`;
const [STUCK, VANISHED, WRONG] = [13, 24, 35];

/** What a month is filled with besides its faxes, for people. */
export const FILLED =
  `filled: two months as large before it, the balance every 3 h, number and price lists from day -${LIST_DAYS}, ${RECEIVING + SENDING} numbers of which ${SENDING} only send, ` +
  `an hour of faxes that a list showed open, about ${4 * OF_A_KIND} exceptions (stuck, vanished, wrong price, no credit); no month closed`;

/** Faxes of the account with their places from 0, `n`. */
const PLACED = `select f.*, f.fax_id - $3::bigint as n from warehouse.faxes f join warehouse.accounts a using (account_id)
     where a.account_key = $1 and f.created_at >= ${BEGIN}`;

/**
 * One statement a table, set by set. $1: key of the account; $2: faxes of the month; $3: first fax id. Of the faxes 30 % are received, 2 % tests;
 * sent ones have 1.2 recipients, one of seven in Canada or abroad; 7 % fail and were credited within the hour after.
 */
const FILL: readonly string[] = [
  `insert into warehouse.accounts (account_key, billing_zone) values ($1, '${MONTH_ZONE}')`,
  `insert into warehouse.phone_numbers (account_id, phone_number, cost_cents, last_billed_at, provisioned_at, observation_no, observed_at)
   select a.account_id, case when n <= ${RECEIVING} then '+1414555' else '+1414556' end || lpad((case when n <= ${RECEIVING} then n else n - ${RECEIVING} end)::text, 4, '0'),
     ${RENT_CENTS}, ${RENT_AT} + interval '1 month', ${BEGIN} - interval '355 days', 1, ${BEGIN} + interval '60 days'
   from warehouse.accounts a, generate_series(1, ${RECEIVING + SENDING}) n where a.account_key = $1`,
  // A price that changes in the middle of the month, and a list a day.
  `insert into ops.slices (account_id, stream, observation_no, requested_at, is_complete, record_count, content_digest, missing_count)
   select a.account_id, stream, d, ${LISTED_AT('d')}, true, ${RECEIVING + SENDING}, '', 0
   from warehouse.accounts a, generate_series(1, ${LIST_DAYS} + 61) d, unnest(array['countries', 'phone_numbers']) stream where a.account_key = $1`,
  `insert into warehouse.rate_card (account_id, country_name, observation_no, valid_from, is_listed, alpha2, country_code, price_per_page_cents)
   select a.account_id, c.country_name, 1, ${LISTED_AT('1')}, true, c.alpha2, 1, case when c.alpha2 in ('US', 'CA') then 7 else 10 end
   from warehouse.accounts a, (select alpha2, min(country_name) as country_name from warehouse.country_names group by alpha2) c where a.account_key = $1`,
  `insert into warehouse.rate_card (account_id, country_name, observation_no, valid_from, is_listed, alpha2, country_code, price_per_page_cents)
   select c.account_id, c.country_name, ${LIST_DAYS + 15}, ${LISTED_AT(`${LIST_DAYS + 15}`)}, true, c.alpha2, 1, 8
   from warehouse.rate_card c join warehouse.accounts a using (account_id) where a.account_key = $1 and c.alpha2 = 'CA'`,
  // The first list shows the rent of April, the others those that came since.
  `insert into warehouse.phone_number_history (account_id, phone_number, observation_no, observed_at, is_listed, cost_cents, last_billed_at, provisioned_at)
   select p.account_id, p.phone_number, l.observation_no, l.requested_at, true, ${RENT_CENTS}, b.billed_at, p.provisioned_at
   from warehouse.phone_numbers p join warehouse.accounts a using (account_id), generate_series(-5, 1) m, lateral (select ${RENT_AT} + make_interval(months => m) as billed_at) b,
     lateral (
       select s.observation_no, s.requested_at from ops.slices s
       where s.account_id = p.account_id and s.stream = 'phone_numbers' and s.requested_at >= b.billed_at order by s.requested_at limit 1
     ) l
   where a.account_key = $1`,
  `insert into warehouse.phone_number_charges (account_id, phone_number, billed_at, cost_cents, observation_no, observed_at)
   select account_id, phone_number, last_billed_at, cost_cents, observation_no, observed_at
   from warehouse.phone_number_history join warehouse.accounts a using (account_id) where a.account_key = $1`,
  `insert into warehouse.faxes (account_id, fax_id, created_at, completed_at, observed_at, observation_no, content_hash, num_pages, cost_cents,
     recipient_count, stage, is_test, direction, status, error_type, observed_via, from_number, to_number, caller_id, tags)
   select a.account_id, $3::bigint + n, at, case when not is_open then at + interval '50 seconds' end, at + case when is_open then interval '20 seconds' else interval '15 minutes' end,
     1000 + n / 500, md5(n::text)::uuid, pages::integer,
     (pages * case when received then 7 else many * case when n % 7 <> 3 then 7 when n % 2 = 0 then 10 when at >= ${BEGIN} + interval '14 days' then 8 else 7 end end)::integer,
     case when received then null else many end::smallint, case when is_open then 1 else 3 end::smallint, n % 50 = 7, case when received then 'received' else 'sent' end,
     case when is_open then 'inprogress' when fails then 'failure' else 'success' end, case when fails and not is_open then 'lineError' end, 'listing',
     case when received then '+14145550199' end, case when received then '+1414555' || lpad((n / 10 % ${RECEIVING} + 1)::text, 4, '0') end,
     case when not received then '+1414556' || lpad((n / 10 % ${SENDING - IDLE} + 1)::text, 4, '0') end,
     case when n % 3 = 0 then jsonb_build_object('department', 'd' || n % 40) else '{}' end
   from warehouse.accounts a, lateral (
     select n, n % 10 < 3 as received, 1 + n % 4 as pages, ${FROM} + make_interval(secs => n * ${SECONDS}::float8 / $2) as at,
       case when n % 5 = 4 then 2 else 1 end as many, n % 14 = 5 and n % 10 >= 3 as fails
     from generate_series(0, $2::bigint + $2::bigint * ${EARLIER_DAYS} / 30 - 1) n offset 0
   ) s, lateral (
     select not received and (at >= ${OPEN_FROM} and at < ${OPEN_FROM} + interval '1 hour' or at >= ${BEGIN} and ${EACH} = ${STUCK} and n % 50 <> 7) as is_open
   ) o
   where a.account_key = $1`,
  `update warehouse.faxes f set status = 'success', stage = 3, completed_at = f.created_at + interval '50 seconds', observed_at = f.created_at + interval '15 minutes', observation_no = f.observation_no + 1
   from (${PLACED} and f.stage = 1) p where f.account_id = p.account_id and f.fax_id = p.fax_id and ${EACH} <> ${STUCK}`,
  `insert into warehouse.fax_recipients (account_id, fax_id, fax_created_at, is_counted, completed_at, retry_count, ordinal, phone_number, status)
   select f.account_id, f.fax_id, f.created_at, warehouse.is_counted(f.created_at, f.is_test, f.gone_at_source_at), f.completed_at, 0, o,
     case when n % 7 <> 3 then '+1414555' when n % 2 = 0 then '+4420794' else '+1416555' end || lpad(((n * 7) % 10000)::text, 4, '0'), f.status
   from warehouse.faxes f join warehouse.accounts a using (account_id), lateral (select f.fax_id - $3::bigint as n offset 0) s,
     generate_series(0, f.recipient_count - 1) o
   where a.account_key = $1 and $2 > 0 and f.direction = 'sent'`,
  `update warehouse.faxes f set cost_cents = 0, observed_at = f.observed_at + interval '1 hour', observation_no = f.observation_no + 4
   from warehouse.accounts a where a.account_id = f.account_id and a.account_key = $1 and f.status = 'failure' and f.direction = 'sent'
     and f.fax_id not in (
       select k.fax_id from (
         select p.fax_id, row_number() over (order by p.fax_id) as place, count(*) over () as many from (${PLACED} and f.status = 'failure' and not f.is_test and $2 > 0) p
       ) k where k.place % greatest(k.many / ${OF_A_KIND}, 1) = 0 and k.place / greatest(k.many / ${OF_A_KIND}, 1) <= ${OF_A_KIND})`,
  `update warehouse.faxes f set cost_cents = f.cost_cents + 4 * f.num_pages * f.recipient_count, observed_at = f.observed_at + interval '1 hour', observation_no = f.observation_no + 4
   from (${PLACED} and f.direction = 'sent' and f.status = 'success') p where f.account_id = p.account_id and f.fax_id = p.fax_id and ${EACH} = ${WRONG}`,
  `update warehouse.faxes f set missing_since = ${BEGIN} + interval '55 days', gone_at_source_at = ${BEGIN} + interval '56 days'
   from (${PLACED} and not f.is_test) p where f.account_id = p.account_id and f.fax_id = p.fax_id and ${EACH} = ${VANISHED}`,
  `insert into ops.slices (account_id, stream, observation_no, requested_at, pass, created_within, is_complete, record_count, cost_cents, content_digest, missing_count)
   select f.account_id, 'faxes', 1000000 + row_number() over (order by min(f.created_at)), max(f.created_at) + interval '2 hours', 'head',
     tstzrange(date_trunc('hour', f.created_at), date_trunc('hour', f.created_at) + interval '1 hour'), true, count(*), sum(cost_cents),
     encode(sha256(string_agg(uuid_send(content_hash), ''::bytea order by fax_id)), 'hex'), 0
   from warehouse.faxes f join warehouse.accounts a using (account_id) where a.account_key = $1
   group by f.account_id, date_trunc('hour', f.created_at)`,
  `insert into ops.fax_looks (account_id, fax_id, observation_no, requested_at, observed_via, outcome, event_type)
   select f.account_id, f.fax_id, f.observation_no + 500000, f.completed_at + interval '20 seconds', 'callback', 'seen', 'fax_completed'
   from warehouse.faxes f join warehouse.accounts a using (account_id) where a.account_key = $1 and f.completed_at is not null`,
  `insert into ops.fax_looks (account_id, fax_id, observation_no, requested_at, observed_via, outcome)
   select f.account_id, f.fax_id, 2000000, ${BEGIN} + interval '59 days', 'lookup', 'seen'
   from warehouse.faxes f join warehouse.accounts a using (account_id) where a.account_key = $1 and f.stage = 1`,
  `insert into ops.landed_objects (landed_key, account_id, stream, kind, dialect, observation_no, requested_at, responded_at, record_count,
     new_count, changed_count, stale_count, rejected_count)
   select a.account_key || '/' || s.stream || '/' || s.observation_no, s.account_id, s.stream, 'slice', 'v2.1', s.observation_no, s.requested_at, s.requested_at,
     s.record_count, s.record_count, 0, 0, 0
   from ops.slices s join warehouse.accounts a using (account_id) where a.account_key = $1`,
  // Counters and balance every three hours, beginning at half past one, as the provider would have shown them.
  `insert into warehouse.account_snapshots (account_id, observation_no, observed_at, balance_cents, sent_today, received_today, sent_this_month, received_this_month)
   with looks as (
     select a.account_id, k, l.at, l.at at time zone '${MONTH_ZONE}' as here from warehouse.accounts a, generate_series(0, ${EARLIER_DAYS + 31} * 8 - 1) k,
       lateral (select ${FROM} + interval '90 minutes' + k * interval '3 hours' as at) l
     where a.account_key = $1
   ), parts as (
     select greatest(ceil((extract(epoch from f.created_at - ${FROM}) - 5400) / 10800), 0) as k, date_trunc('day', f.created_at at time zone '${MONTH_ZONE}') as day,
       count(*) filter (where direction = 'sent') as sent, count(*) filter (where direction = 'received') as received, sum(cost_cents) filter (where not is_test) as cents
     from warehouse.faxes f where f.account_id = (select account_id from looks limit 1)
     group by 1, 2
   ), sums as (
     select l.account_id, l.k, l.at, l.here, sum(p.cents) as cents,
       sum(p.sent) filter (where p.day = date_trunc('day', l.here)) as sent_today, sum(p.received) filter (where p.day = date_trunc('day', l.here)) as received_today,
       sum(p.sent) filter (where p.day >= date_trunc('month', l.here)) as sent, sum(p.received) filter (where p.day >= date_trunc('month', l.here)) as received
     from looks l join parts p on p.k <= l.k
     group by 1, 2, 3, 4
   )
   select s.account_id, 3000000 + s.k, s.at, 100000000 - s.cents - ${RENT_CENTS} * (
       select count(*) from warehouse.phone_number_charges c where c.account_id = s.account_id and c.billed_at <= s.at and c.billed_at >= ${FROM}),
     coalesce(s.sent_today, 0), coalesce(s.received_today, 0), coalesce(s.sent, 0), coalesce(s.received, 0)
   from sums s`,
];

/** Faxes that {@link fillMonth} fills in: those of the month, and as many a day in the two months before. */
export function filledFaxes(faxes: number): number {
  return faxes + Math.floor((faxes * EARLIER_DAYS) / 30);
}

/** Fills one month of an account and two before it, as loading would have left them; analyzed. */
export async function fillMonth(pool: Pool, account: string, faxes: number, firstId: number): Promise<void> {
  for (const statement of FILL) {
    const used = ['$1', '$2', '$3'].filter((name) => statement.includes(name)).length;
    await pool.query(statement, [account, faxes, firstId].slice(0, used));
  }
  await pool.query('vacuum analyze');
}
