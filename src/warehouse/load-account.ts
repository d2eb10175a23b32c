import type { AccountStatus, Country, PhoneNumber } from '../domain/account.ts';
import { toIso } from '../domain/time.ts';
import { textArray } from './array-literal.ts';
import { loadListed } from './load-listed.ts';
import { type LoadTransaction, NOTHING_WRITTEN, type WriteCounts } from './load-transaction.ts';
import { columnArray, type SnapshotTable, stableJson } from './snapshot-table.ts';

/** Numbers of the account. */
const PHONE_NUMBER_TABLE: SnapshotTable = {
  stream: 'phone_numbers',
  history: 'warehouse.phone_number_history',
  at: 'observed_at',
  key: { name: 'phone_number', type: 'text' },
  current: { table: 'warehouse.phone_numbers', missing: 'missing_since', gone: 'released_at' },
  columns: [
    { name: 'city', type: 'text' },
    { name: 'state', type: 'text' },
    { name: 'country', type: 'text' },
    { name: 'cost_cents', type: 'integer' },
    { name: 'last_billed_at', type: 'timestamptz' },
    { name: 'provisioned_at', type: 'timestamptz' },
    { name: 'callback_url', type: 'text' },
    { name: 'ata_name', type: 'text' },
    { name: 'extra', type: 'jsonb' },
  ],
};

/** The provider's price list: dated, so its history is all there is. */
const RATE_CARD_TABLE: SnapshotTable = {
  stream: 'countries',
  history: 'warehouse.rate_card',
  at: 'valid_from',
  key: { name: 'country_name', type: 'text' },
  columns: [
    { name: 'alpha2', type: 'text' },
    { name: 'country_code', type: 'integer' },
    { name: 'price_per_page_cents', type: 'integer' },
    { name: 'send_support', type: 'text' },
    { name: 'receive_support', type: 'text' },
    { name: 'extra', type: 'jsonb' },
  ],
};

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
  const counts = await loadListed(load, PHONE_NUMBER_TABLE, rows, provesAbsence);
  const billed = [...new Map(numbers.map((number) => [number.phoneNumber, number])).values()].filter(
    ({ lastBilledAt }) => lastBilledAt !== null,
  );
  if (billed.length > 0) {
    await load.client.query(ADD_CHARGES, [
      load.accountId,
      load.observation,
      toIso(load.requestedAt),
      textArray(billed.map(({ phoneNumber }) => phoneNumber)),
      columnArray(
        'timestamptz',
        billed.map(({ lastBilledAt }) => lastBilledAt),
      ),
      columnArray(
        'integer',
        billed.map(({ costCents }) => costCents),
      ),
    ]);
  }
  return counts;
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
  return loadListed(load, RATE_CARD_TABLE, rows, provesAbsence);
}
