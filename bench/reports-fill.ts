import type { Pool } from 'pg';

/** Account of the many months, and zone of its days. */
export const ACCOUNT = 'years';
/** Account of the one full month, {@link BUSY_MONTH}. */
export const BUSY = 'busy';
const ZONE = 'America/Chicago';
const MONTHS = 24;
/** The last month of both. */
export const BUSY_MONTH = '2026-10';
const LAST = `date '${BUSY_MONTH}-01'`;

/**
 * One statement a table and month. $1: key of the account; $2: first day of the month; $3: faxes of it; $4: first fax id. A fifth is received, half of the others
 * have two recipients; a third carries a department and an order number of its own; 7 % fail and are credited, 2 % are tests, times to deliver are spread
 * over a quarter of an hour. Every column comes from the number of the fax alone, so that a run can be made again.
 */
const FAXES = `
insert into warehouse.faxes (account_id, fax_id, created_at, completed_at, observed_at, observation_no, content_hash, num_pages, cost_cents, recipient_count,
  stage, is_test, direction, status, error_type, error_id, observed_via, from_number, to_number, caller_id, tags)
select a.account_id, $4::bigint + n, at, at + make_interval(secs => 20 + mixed % 900), at + interval '20 minutes', 1 + n / 1000, md5(n::text)::uuid, pages,
  case when is_received then 7 * pages when fails then 0 else 7 * pages * many end, case when not is_received then many end, 3, n % 50 = 7,
  case when is_received then 'received' else 'sent' end, case when fails then 'failure' else 'success' end,
  case when fails then case when n % 3 = 0 then 'documentConversionError' else 'lineError' end end, case when fails then 34 + n % 20 end, 'listing',
  case when is_received then '+13125550' || lpad((n % 1000)::text, 3, '0') end, case when is_received then '+1414555' || lpad((n % 40)::text, 4, '0') end,
  case when not is_received then '+1414556' || lpad((n % 200)::text, 4, '0') end,
  case when n % 3 = 0 then jsonb_build_object('department', 'd' || mixed % 40, 'order_id', n) else '{}' end
from warehouse.accounts a, lateral (
  select n, (n * 7919) % 100003 as mixed, n % 5 = 1 as is_received, (1 + n % 4)::integer as pages, 1 + (n / 5 % 2)::integer as many, n % 14 = 5 and n % 5 <> 1 as fails,
    ($2::timestamp at time zone a.billing_zone) + make_interval(secs => n * 28 * 86400.0 / $3::bigint) as at
  from generate_series(0, $3::bigint - 1) n offset 0
) s
where a.account_key = $1`;

const RECIPIENTS = `
insert into warehouse.fax_recipients (account_id, fax_id, fax_created_at, is_counted, completed_at, retry_count, bitrate, ordinal, phone_number, status, error_type, error_id)
select f.account_id, f.fax_id, f.created_at, warehouse.is_counted(f.created_at, f.is_test, f.gone_at_source_at), f.completed_at, (f.fax_id % 9 / 7)::integer, 14400, o,
  '+1' || (201 + (f.fax_id * 13 + o) % 350) || lpad(((f.fax_id * 7 + o) % 10000000)::text, 7, '0'), f.status, f.error_type, f.error_id
from warehouse.faxes f join warehouse.accounts a using (account_id), generate_series(0, f.recipient_count - 1) o
where a.account_key = $1 and f.fax_id >= $4 and f.fax_id < $4::bigint + $3::bigint and f.direction = 'sent' and $2::date is not null`;

/** Of what was credited the price that was taken first and its fall; of the others nothing, since no report reads it. */
const HISTORY = `
insert into warehouse.fax_history (account_id, fax_id, observation_no, observed_at, cost_cents, cost_delta_cents, num_pages, stage, observed_via, status)
select f.account_id, f.fax_id, f.observation_no - h, f.observed_at, case h when 1 then 7 * f.num_pages * f.recipient_count else 0 end,
  case h when 1 then 7 else -7 end * f.num_pages * f.recipient_count, f.num_pages, 3, 'listing', f.status
from warehouse.faxes f join warehouse.accounts a using (account_id), generate_series(0, 1) h
where a.account_key = $1 and f.fax_id >= $4 and f.fax_id < $4::bigint + $3::bigint and f.status = 'failure' and $2::date is not null`;

/** What is filled in, for people. */
export const FILLED = `${MONTHS} months with 1.2 recipients a fax, a fifth received, 350 areas, 40 departments, an order number of its own on a third, 7 % failed and credited`;

/**
 * Fills both accounts past every trigger, as if loaded long ago: `faxes` over the months of {@link ACCOUNT}, `busy` in one month
 * of {@link BUSY}. Their rollups are still to be made.
 */
export async function fillReports(
  pool: Pool,
  faxes: number,
  busy: number,
  takeIds: (count: number) => number,
): Promise<void> {
  await pool.query(`insert into warehouse.accounts (account_key, billing_zone) select unnest($1::text[]), '${ZONE}'`, [
    [ACCOUNT, BUSY],
  ]);
  await pool.query("select set_config('session_replication_role', 'replica', false)");
  const fill = async (account: string, month: string, count: number) => {
    const values = [account, month, count, takeIds(count)];
    for (const statement of [FAXES, RECIPIENTS, HISTORY]) await pool.query(statement, values);
  };
  const { rows } = await pool.query<{ month: string }>(
    `select (${LAST} - make_interval(months => n))::date::text as month from generate_series(${MONTHS} - 1, 0, -1) n`,
  );
  for (const { month } of rows) {
    process.stderr.write(`Filling ${month} ...\n`);
    await fill(ACCOUNT, month, Math.floor(faxes / MONTHS));
  }
  await fill(BUSY, `${BUSY_MONTH}-01`, busy);
  await pool.query("select set_config('session_replication_role', 'origin', false)");
  await pool.query('vacuum analyze');
}
