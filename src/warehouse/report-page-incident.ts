import type pg from 'pg';
import { type Asked, ask } from './report-page-ask.ts';
import { text, whole } from './report-page-read.ts';

/** The area that was reached worst on the days of an incident. */
export interface IncidentArea {
  /** First five characters of the numbers called. */
  readonly prefix: string;
  /** Recipients that were reached or failed on these days. */
  readonly finishedCount: number;
  readonly failedCount: number;
}

// No view keeps areas by the day. Held against all other recipients of the same days, since an area that fails as the rest does is not where it happened.
const INCIDENT_AREAS = `
with
  days as (
    select account_id, $2::date::timestamp at time zone billing_zone as since,
      ($3::date + 1)::timestamp at time zone billing_zone as until
    from warehouse.accounts
    where account_key = $1
  ),
  areas as (
    select left(r.phone_number, 5) as dest_prefix, count(*) as finished_count,
      count(*) filter (where r.status = 'failure') as failed_count
    from days d
    join warehouse.faxes f on f.account_id = d.account_id and f.created_at >= d.since and f.created_at < d.until
    join warehouse.fax_recipients r on r.account_id = f.account_id and r.fax_id = f.fax_id
      and r.fax_created_at >= d.since and r.fax_created_at < d.until
    where r.status in ('success', 'failure') and f.direction is distinct from 'received'
      and f.is_test is not true and f.gone_at_source_at is null
    group by left(r.phone_number, 5)
  ),
  whole as (
    select sum(finished_count) as finished_count, sum(failed_count) as failed_count from areas
  )
select a.dest_prefix, a.finished_count, a.failed_count
from areas a
cross join whole w
where a.finished_count >= $4 and a.dest_prefix ~ '^[+][0-9]{4}$'
  and a.failed_count * (w.finished_count - a.finished_count) > (w.failed_count - a.failed_count) * a.finished_count
order by a.failed_count * w.finished_count - a.finished_count * w.failed_count desc, a.dest_prefix
limit 1`;

/**
 * At most one row: of the areas with at least `groupMin` recipients on these days the one with most failures beyond what the rest of the same days leads to expect.
 * No row where none fails more often than the rest. Days are those of the billing zone, both included.
 */
export function readIncidentAreas(
  client: pg.ClientBase,
  { account, from, to }: { readonly account: string; readonly from: string; readonly to: string },
  groupMin: number,
): Promise<Asked<IncidentArea>> {
  return ask(client, { sql: INCIDENT_AREAS, parameters: [account, from, to, groupMin] }, (row) => ({
    prefix: text(row, 'dest_prefix'),
    finishedCount: whole(row, 'finished_count'),
    failedCount: whole(row, 'failed_count'),
  }));
}
