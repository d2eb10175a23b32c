import type { ReportRig } from './report-rig.ts';

/** Faxes of one day of an account, all alike. */
export interface DayFaxes {
  /** Whole days before today in the account's zone; 0 is today. */
  readonly daysAgo: number;
  readonly count: number;
  /** Cost of each in US cents. */
  readonly cents: number;
  /** How many of them failed; the others arrived. */
  readonly failed?: number;
  /** How many of them are under way; taken off those that arrived. */
  readonly open?: number;
  /** Time of the day in that zone; noon when left out. */
  readonly at?: string;
  readonly isTest?: boolean;
  /** Own number they were sent with; none when left out. */
  readonly callerId?: string;
  /** Own number they were received on; then they are received faxes. */
  readonly toNumber?: string;
}

const INSERT = `
insert into warehouse.faxes (account_id, fax_id, created_at, completed_at, observed_at, observation_no, content_hash, num_pages, cost_cents, stage,
  is_test, direction, status, observed_via, caller_id, to_number)
select a.account_id, coalesce((select max(f.fax_id) from warehouse.faxes f), 0) + row_number() over (),
  t.at, case when not s.is_open then t.at + interval '1 minute' end, least(t.at + interval '2 minutes', now()), 1, md5('fax')::uuid, 1, d.cents,
  case when s.is_open then 1 else 3 end, coalesce(d."isTest", false), case when d."toNumber" is null then 'sent' else 'received' end,
  case when s.is_open then 'inprogress' when n <= coalesce(d.failed, 0) then 'failure' else 'success' end, 'listing', d."callerId", d."toNumber"
from warehouse.accounts a
cross join jsonb_to_recordset($2::jsonb) d ("daysAgo" integer, count integer, cents integer, failed integer, open integer, at text, "isTest" boolean,
  "callerId" text, "toNumber" text)
cross join lateral (
  select (((now() at time zone a.billing_zone)::date - d."daysAgo") + coalesce(d.at, '12:00')::time) at time zone a.billing_zone as at
) t
cross join lateral generate_series(1, d.count) n
cross join lateral (select n > d.count - coalesce(d.open, 0) as is_open) s
where a.account_key = $1`;

const LISTED = `
insert into ops.slices (account_id, stream, observation_no, requested_at, pass, created_within, is_complete, record_count, content_digest, missing_count)
select account_id, 'faxes', 1000, now(), 'head', tstzrange(now() - interval '100 days', (((now() at time zone billing_zone)::date - $2::integer) + $3::time) at time zone billing_zone),
  true, 0, '', 0
from warehouse.accounts where account_key = $1`;

/** Makes an account, in Chicago unless told otherwise. */
export async function addAccount(rig: ReportRig, account: string, zone = 'America/Chicago'): Promise<void> {
  await rig.database.pool.query('insert into warehouse.accounts (account_key, billing_zone) values ($1, $2)', [
    account,
    zone,
  ]);
}

/** Writes the faxes of an account as loading would have left them. */
export async function addDays(rig: ReportRig, account: string, days: readonly DayFaxes[]): Promise<void> {
  await rig.database.pool.query(INSERT, [account, JSON.stringify(days)]);
}

/** The same faxes on every day from so many days ago to so many, both included. */
export function everyDay(from: number, to: number, faxes: Omit<DayFaxes, 'daysAgo'>): DayFaxes[] {
  return Array.from({ length: from - to + 1 }, (_, i) => ({ daysAgo: from - i, ...faxes }));
}

/** Has the faxes listed up to a time of a day; the beginning of today when left out, so that every day before is known whole. */
export async function listUntil(rig: ReportRig, account: string, daysAgo = 0, at = '00:00'): Promise<void> {
  await rig.database.pool.query(LISTED, [account, daysAgo, at]);
}
