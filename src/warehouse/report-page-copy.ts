import type pg from 'pg';
import { type Asked, ask } from './report-page-ask.ts';
import { textOrNull } from './report-page-read.ts';

/** Since when the account is mirrored. Days are `YYYY-MM-DD` of the billing zone. */
export interface CopyBegin {
  /** The first day of which anything is known: a fax, a rent or a look at the account. Null where nothing is. */
  readonly firstDay: string | null;
  /** Day of the first look at the account, where none was kept that on which it was first loaded. What was credited before it was never seen. */
  readonly firstLookDay: string | null;
}

// The same three as the months that can be reconciled. No view has them: what is known begins where the faxes, the rents and the looks themselves do.
const COPY = `
select
  least(
    (select min(f.usage_date) from rollup.fax_days f where f.account_id = a.account_id and f.fax_count > 0),
    (select min(c.billed_at at time zone a.billing_zone)::date from warehouse.phone_number_charges c where c.account_id = a.account_id),
    (l.first_look_at at time zone a.billing_zone)::date
  ) as first_date,
  (least(l.first_look_at, a.created_at) at time zone a.billing_zone)::date as first_look_date
from warehouse.accounts a
left join lateral (
  select s.observed_at as first_look_at from warehouse.account_snapshots s
  where s.account_id = a.account_id order by s.observation_no limit 1
) l on true
where a.account_key = $1`;

/** One row, whatever the range. */
export function readCopyBegin(client: pg.ClientBase, account: string): Promise<Asked<CopyBegin>> {
  return ask(client, { sql: COPY, parameters: [account] }, (row) => ({
    firstDay: textOrNull(row, 'first_date'),
    firstLookDay: textOrNull(row, 'first_look_date'),
  }));
}
