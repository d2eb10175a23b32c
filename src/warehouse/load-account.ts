import type { AccountStatus, Country, PhoneNumber } from '../domain/account.ts';
import type { Instant } from '../domain/time.ts';
import { toIso } from '../domain/time.ts';
import { plainArray, textArray } from './array-literal.ts';
import { loadSnapshot, type SnapshotChange, type SnapshotResult } from './load-snapshot.ts';
import { type LoadTransaction, NOTHING_WRITTEN, type WriteCounts } from './load-transaction.ts';
import { columnArray, PHONE_NUMBER_TABLE, RATE_CARD_TABLE, stableJson } from './snapshot-table.ts';

const NUMBER_COLUMNS = PHONE_NUMBER_TABLE.columns;
const NUMBER_NAMES = NUMBER_COLUMNS.map(({ name }) => name);
const COST_AT = NUMBER_NAMES.indexOf('cost_cents');
const BILLED_AT = NUMBER_NAMES.indexOf('last_billed_at');

const UPSERT_NUMBERS = `
insert into warehouse.phone_numbers as n
  (account_id, phone_number, observation_no, observed_at, missing_since, released_at, ${NUMBER_NAMES.join(', ')})
select $1, p.* from unnest($2::text[], $3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
  ${NUMBER_COLUMNS.map(({ type }, i) => `$${i + 7}::${type}[]`).join(', ')}) as p
on conflict (account_id, phone_number) do update set
  observation_no = excluded.observation_no, observed_at = excluded.observed_at, missing_since = excluded.missing_since,
  released_at = excluded.released_at, ${NUMBER_NAMES.map((name) => `${name} = excluded.${name}`).join(', ')}
where n is distinct from excluded`;

/** The earliest look that showed a billing wins, so the order of loading does not matter. */
const ADD_CHARGES = `
insert into warehouse.phone_number_charges as c (account_id, phone_number, billed_at, cost_cents, observation_no, observed_at)
select $1, p.phone_number, p.billed_at, p.cost_cents, $2, $3
from unnest($4::text[], $5::timestamptz[], $6::integer[]) as p(phone_number, billed_at, cost_cents)
where not exists (
  select from warehouse.phone_number_charges k
  where k.account_id = $1 and k.phone_number = p.phone_number and k.billed_at = p.billed_at and k.observation_no < $2)
on conflict (account_id, phone_number, billed_at) do update set
  cost_cents = excluded.cost_cents, observation_no = excluded.observation_no, observed_at = excluded.observed_at`;

const ADD_SNAPSHOT = `
insert into warehouse.account_snapshots (account_id, observation_no, observed_at, balance_cents, sent_today, received_today,
  sent_this_month, received_this_month, extra)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (account_id, observation_no) do update set
  balance_cents = excluded.balance_cents, sent_today = excluded.sent_today, received_today = excluded.received_today,
  sent_this_month = excluded.sent_this_month, received_this_month = excluded.received_this_month, extra = excluded.extra`;

function countsOf(records: number, result: SnapshotResult): WriteCounts {
  const { added, changed, missing } = result;
  return { ...NOTHING_WRITTEN, records, added, changed, missing };
}

/**
 * Loads one listing of the account's numbers: history, the current row of each, and every rent that shows in `last_billed_at`.
 * A number that left the list is marked missing by the first complete listing without it and released by the second.
 */
export async function loadPhoneNumbers(
  load: LoadTransaction,
  numbers: readonly PhoneNumber[],
  provesAbsence: boolean,
): Promise<WriteCounts> {
  const rows = numbers.map((number) => ({
    key: number.phoneNumber,
    values: [
      number.city,
      number.state,
      number.country,
      number.costCents,
      number.lastBilledAt,
      number.provisionedAt,
      number.callbackUrl,
      number.ataName,
      stableJson(number.extra),
    ],
  }));
  const result = await loadSnapshot(load, PHONE_NUMBER_TABLE, rows, provesAbsence);
  await writeCurrentNumbers(load, result.changes);
  const billed = [...new Map(rows.map((row) => [row.key, row])).values()].filter(
    ({ values }) => values[BILLED_AT] !== null,
  );
  if (billed.length > 0) {
    await load.client.query(ADD_CHARGES, [
      load.accountId,
      load.observation,
      toIso(load.requestedAt),
      textArray(billed.map(({ key }) => key)),
      columnArray(
        'timestamptz',
        billed.map(({ values }) => values[BILLED_AT] ?? null),
      ),
      columnArray(
        'integer',
        billed.map(({ values }) => values[COST_AT] ?? null),
      ),
    ]);
  }
  return countsOf(numbers.length, result);
}

async function writeCurrentNumbers(load: LoadTransaction, changes: readonly SnapshotChange[]): Promise<void> {
  const rows = changes.flatMap(({ key, last, lastListed, isAbsenceConfirmed, isDoubted }) => {
    if (lastListed === null) return [];
    const missingSince: Instant | null = last.value === null && !isDoubted ? last.at : null;
    return [{ key, of: lastListed, missingSince, releasedAt: isAbsenceConfirmed ? missingSince : null }];
  });
  if (rows.length === 0) return;
  const instants = (values: ReadonlyArray<Instant | null>) => columnArray('timestamptz', values);
  await load.client.query(UPSERT_NUMBERS, [
    load.accountId,
    textArray(rows.map(({ key }) => key)),
    plainArray(rows.map(({ of }) => of.observation)),
    instants(rows.map(({ of }) => of.at)),
    instants(rows.map(({ missingSince }) => missingSince)),
    instants(rows.map(({ releasedAt }) => releasedAt)),
    ...NUMBER_COLUMNS.map(({ type }, i) =>
      columnArray(
        type,
        rows.map(({ of }) => of.value[i] ?? null),
      ),
    ),
  ]);
}

/** Loads one look at the account's balance and counters; null (it could not be read) writes nothing. */
export async function loadAccountStatus(load: LoadTransaction, status: AccountStatus | null): Promise<WriteCounts> {
  if (status === null) return NOTHING_WRITTEN;
  await load.client.query(ADD_SNAPSHOT, [
    load.accountId,
    load.observation,
    toIso(load.requestedAt),
    status.balanceCents,
    status.sentToday,
    status.receivedToday,
    status.sentThisMonth,
    status.receivedThisMonth,
    stableJson(status.extra),
  ]);
  return { ...NOTHING_WRITTEN, records: 1, added: 1 };
}

/** Loads one listing of the price list into the dated rate card. */
export async function loadCountries(
  load: LoadTransaction,
  countries: readonly Country[],
  provesAbsence: boolean,
): Promise<WriteCounts> {
  const rows = countries.map((country) => ({
    key: country.name,
    values: [
      country.alpha2,
      country.countryCode,
      country.pricePerPageCents,
      country.sendSupport,
      country.receiveSupport,
      stableJson(country.extra),
    ],
  }));
  return countsOf(countries.length, await loadSnapshot(load, RATE_CARD_TABLE, rows, provesAbsence));
}
