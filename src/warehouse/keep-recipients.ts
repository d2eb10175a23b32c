import { toIso } from '../domain/time.ts';
import { bigintArray, plainArray, textArray } from './array-literal.ts';
import type { FaxChange } from './fax-rows.ts';
import type { LoadTransaction } from './load-transaction.ts';

/** Stage from which on a fax is over. */
const OVER = 2;

/**
 * What the recipients of these faxes say now, wherever the look says otherwise: other number, other status, one more, one less. By lateral with
 * offset 0: index probes whatever the statistics are. The same look read again keeps what was before its first reading.
 */
const KEEP = `
with shown as (
  select * from unnest($4::bigint[], $5::smallint[], $6::text[], $7::text[]) as p(fax_id, ordinal, phone_number, status)
), standing as (
  select r.fax_id, r.ordinal, r.phone_number, r.status from unnest($8::bigint[]) as p(fax_id)
  cross join lateral (
    select r.fax_id, r.ordinal, r.phone_number, r.status from warehouse.fax_recipients r
    where r.account_id = $1 and r.fax_id = p.fax_id offset 0
  ) r
)
insert into ops.fax_recipient_changes
  (account_id, fax_id, observation_no, observed_at, ordinal, was_present, phone_number, status)
select $1, fax_id, $3::bigint, $2::timestamptz, ordinal, n.fax_id is not null, n.phone_number, n.status
from standing n full join shown s using (fax_id, ordinal)
where n.fax_id is null or s.fax_id is null or (n.phone_number, n.status) is distinct from (s.phone_number, s.status)
on conflict (account_id, fax_id, observation_no, ordinal) do nothing`;

/**
 * Keeps what the recipients of faxes that were over already say, before this look is written over them: a run of the reconciliation as of an
 * earlier instant reads them from there. Nothing to do, and no question asked, where no such fax is among the rows.
 */
export async function keepRecipients(load: LoadTransaction, rows: readonly FaxChange[]): Promise<void> {
  const over = rows.filter(({ fax, stageBefore }) => stageBefore >= OVER && fax.recipients !== null);
  if (over.length === 0) return;
  const shown = over.flatMap(({ fax }) =>
    (fax.recipients ?? []).map((recipient, ordinal) => ({ faxId: fax.faxId, ordinal, recipient })),
  );
  await load.client.query(KEEP, [
    load.accountId,
    toIso(load.requestedAt),
    load.observation,
    plainArray(shown.map(({ faxId }) => faxId)),
    plainArray(shown.map(({ ordinal }) => ordinal)),
    textArray(shown.map(({ recipient }) => recipient.phoneNumber)),
    textArray(shown.map(({ recipient }) => recipient.status)),
    bigintArray(over.map(({ fax }) => fax.faxId)),
  ]);
}
