import { FaxsyncError } from '../domain/errors.ts';
import { toIso } from '../domain/time.ts';
import { plainArray, textArray } from './array-literal.ts';
import { copyIn } from './copy-in.ts';
import {
  barcodeArrays,
  COPY_BARCODES,
  COPY_FAXES,
  COPY_RECIPIENTS,
  copyBarcodes,
  copyFaxes,
  copyRecipients,
  type FaxChange,
  type FaxRow,
  faxArrays,
  faxIdArray,
  recipientArrays,
} from './fax-rows.ts';
import { keepRecipients } from './keep-recipients.ts';
import type { LoadTransaction } from './load-transaction.ts';
import { viaOf } from './load-transaction.ts';
import { spareBadRows } from './spare-bad-rows.ts';

/** A row was changed by someone who did not hold the account's lock; the transaction is to be run again. */
export class ConcurrentWriteError extends FaxsyncError {}

const FAX_UNNEST = `unnest($5::bigint[], $6::timestamptz[], $7::timestamptz[], $8::uuid[], $9::integer[], $10::integer[], $11::integer[],
    $12::smallint[], $13::smallint[], $14::smallint[], $15::boolean[], $16::text[], $17::text[], $18::text[], $19::text[],
    $20::text[], $21::text[], $22::text[], $23::text[], $24::jsonb[], $25::jsonb[])
  as p(fax_id, created_at, completed_at, content_hash, num_pages, cost_cents, error_id, recipient_count, barcode_count, stage,
    is_test, direction, status, caller_id, from_number, to_number, caller_name, error_type, error_message, tags, extra)`;

const INSERT_FAXES = `
insert into warehouse.faxes
  (account_id, observed_at, observation_no, observed_via, fax_id, created_at, completed_at, content_hash, num_pages, cost_cents,
   error_id, recipient_count, barcode_count, stage, is_test, direction, status, caller_id, from_number, to_number, caller_name,
   error_type, error_message, tags, extra)
select $1, $2::timestamptz, $3::bigint, $4, p.* from ${FAX_UNNEST}`;

/**
 * The guard repeats what was decided before the statement: a look of a lower stage, or an earlier one of the same stage, loses;
 * the very look that wrote the row may mend it (a better decoder read it again).
 * Rows are found by their place, which was read under the same lock: a plan that no statistics, missing or wrong, can spoil
 * (by key, the planner of a table never analyzed took 38 ms for 100 rows). The case keeps it from the account's whole index.
 * What was not sent, could not be read, or is not carried by the dialect (barcodes and caller names in v1) does not erase what an
 * earlier look said: a cost that turned unreadable is no credit.
 */
const UPDATE_FAXES = `
update warehouse.faxes f set
  observed_at = $2::timestamptz, observation_no = $3::bigint, observed_via = $4,
  created_at = coalesce(p.created_at, f.created_at), completed_at = p.completed_at, content_hash = p.content_hash,
  num_pages = coalesce(p.num_pages, f.num_pages), cost_cents = coalesce(p.cost_cents, f.cost_cents), error_id = p.error_id,
  recipient_count = coalesce(p.recipient_count, f.recipient_count), barcode_count = coalesce(p.barcode_count, f.barcode_count),
  stage = p.stage, is_test = coalesce(p.is_test, f.is_test), direction = coalesce(p.direction, f.direction), status = p.status, caller_id = p.caller_id,
  from_number = p.from_number, to_number = p.to_number, caller_name = coalesce(p.caller_name, f.caller_name),
  error_type = p.error_type, error_message = p.error_message, tags = p.tags, extra = p.extra
from ${FAX_UNNEST}
where f.ctid = any($26::tid[]) and f.fax_id = p.fax_id
  and case when f.account_id = $1 then (f.stage, f.observation_no) <= (p.stage, $3::bigint) else false end`;

const UPSERT_RECIPIENTS = `
insert into warehouse.fax_recipients as r
  (account_id, fax_created_at, is_counted, fax_id, completed_at, retry_count, bitrate, resolution, error_id, ordinal, phone_number, status,
   error_type, error_message, extra)
select $1, f.created_at, f.is_counted, p.*
from unnest($2::bigint[], $3::timestamptz[], $4::integer[], $5::integer[], $6::integer[], $7::integer[], $8::smallint[], $9::text[],
  $10::text[], $11::text[], $12::text[], $13::jsonb[])
  as p(fax_id, completed_at, retry_count, bitrate, resolution, error_id, ordinal, phone_number, status, error_type, error_message, extra)
cross join lateral (
  select f.created_at, warehouse.is_counted(f.created_at, f.is_test, f.gone_at_source_at) as is_counted from warehouse.faxes f
  where f.account_id = $1 and f.fax_id = p.fax_id offset 0
) f
on conflict (account_id, fax_id, ordinal) do update set
  fax_created_at = excluded.fax_created_at, is_counted = excluded.is_counted, completed_at = excluded.completed_at, retry_count = excluded.retry_count,
  bitrate = excluded.bitrate, resolution = excluded.resolution, error_id = excluded.error_id,
  phone_number = excluded.phone_number, status = excluded.status, error_type = excluded.error_type,
  error_message = excluded.error_message, extra = excluded.extra
where r is distinct from excluded`;

const UPSERT_BARCODES = `
insert into warehouse.fax_barcodes as b (account_id, fax_id, ordinal, page, type, value, identifier, metadata, extra)
select $1, p.* from unnest($2::bigint[], $3::smallint[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::text[],
  $9::jsonb[]) as p
on conflict (account_id, fax_id, ordinal) do update set
  page = excluded.page, type = excluded.type, value = excluded.value, identifier = excluded.identifier,
  metadata = excluded.metadata, extra = excluded.extra
where b is distinct from excluded`;

/** A statement of its own: inside one statement with the upsert it would miss what that one changed. */
const DELETE_SURPLUS = (table: 'fax_recipients' | 'fax_barcodes'): string => `
delete from warehouse.${table} c
using unnest($2::bigint[], $3::smallint[]) as p(fax_id, kept)
cross join lateral (
  select k.ctid as place from warehouse.${table} k where k.account_id = $1 and k.fax_id = p.fax_id and k.ordinal >= p.kept offset 0
) k
where c.ctid = k.place`;
const DELETE_SURPLUS_RECIPIENTS = DELETE_SURPLUS('fax_recipients');
const DELETE_SURPLUS_BARCODES = DELETE_SURPLUS('fax_barcodes');

function faxParameters(load: LoadTransaction, rows: readonly FaxRow[]): unknown[] {
  return [load.accountId, toIso(load.requestedAt), load.observation, viaOf(load.kind), ...faxArrays(rows)];
}

function hasRecipients({ fax }: FaxRow): boolean {
  return (fax.recipients?.length ?? 0) > 0;
}

function hasBarcodes({ fax }: FaxRow): boolean {
  return (fax.barcodes?.length ?? 0) > 0;
}

async function upsertChildren(load: LoadTransaction, rows: readonly FaxRow[]): Promise<void> {
  if (rows.some(hasRecipients)) {
    await load.client.query(UPSERT_RECIPIENTS, [load.accountId, ...recipientArrays(rows)]);
  }
  await upsertBarcodes(load, rows);
}

async function upsertBarcodes(load: LoadTransaction, rows: readonly FaxRow[]): Promise<void> {
  if (!rows.some(hasBarcodes)) return;
  await load.client.query(UPSERT_BARCODES, [load.accountId, ...barcodeArrays(rows)]);
}

/**
 * Writes faxes known to be new (under the account's lock) with their recipients and barcodes; a trigger writes their history.
 * By COPY, which skips the conflict probe: 1.6 to 1.8 times the speed of the fastest insert measured; by insert where COPY is barred.
 */
export async function addFaxes(load: LoadTransaction, rows: readonly FaxRow[]): Promise<void> {
  if (rows.length === 0) return;
  if (!load.canCopy) {
    await load.client.query(INSERT_FAXES, faxParameters(load, rows));
    await upsertChildren(load, rows);
    return;
  }
  await copyIn(load.client, COPY_FAXES, copyFaxes(load, rows));
  if (rows.some(hasRecipients)) await copyIn(load.client, COPY_RECIPIENTS, copyRecipients(load, rows));
  if (rows.some(hasBarcodes)) await copyIn(load.client, COPY_BARCODES, copyBarcodes(load, rows));
}

/**
 * Writes better looks over rows that exist, with their recipients and barcodes as sets; a trigger writes the history.
 * @throws {ConcurrentWriteError} retryable, when a row turned out to be better than the look after all.
 */
export async function changeFaxes(load: LoadTransaction, rows: readonly FaxChange[]): Promise<void> {
  if (rows.length === 0) return;
  const places = textArray(rows.map(({ place }) => place));
  const updated = await load.client.query(UPDATE_FAXES, [...faxParameters(load, rows), places]);
  if (updated.rowCount !== rows.length) {
    throw new ConcurrentWriteError('Faxes changed while they were being loaded; the object will be loaded again.', {
      code: 'concurrent_write',
      retryable: true,
      context: { expected: rows.length, updated: updated.rowCount },
    });
  }
  await keepRecipients(load, rows);
  await upsertChildren(load, rows);
  const counts = rows.map(({ fax, recipientsBefore, barcodesBefore }) => ({
    faxId: fax.faxId,
    recipients: { kept: fax.recipients?.length ?? null, before: recipientsBefore },
    barcodes: { kept: fax.barcodes?.length ?? null, before: barcodesBefore },
  }));
  await deleteSurplus(
    load,
    DELETE_SURPLUS_RECIPIENTS,
    counts.map(({ faxId, recipients }) => ({ faxId, ...recipients })),
  );
  await deleteSurplus(
    load,
    DELETE_SURPLUS_BARCODES,
    counts.map(({ faxId, barcodes }) => ({ faxId, ...barcodes })),
  );
}

async function deleteSurplus(
  load: LoadTransaction,
  statement: string,
  counts: ReadonlyArray<{ faxId: string; kept: number | null; before: number | null }>,
): Promise<void> {
  const fewer = counts.filter(({ kept, before }) => kept !== null && before !== null && kept < before);
  if (fewer.length === 0) return;
  await load.client.query(statement, [
    load.accountId,
    plainArray(fewer.map(({ faxId }) => faxId)),
    plainArray(fewer.map(({ kept }) => kept)),
  ]);
}

const FILL_BARCODE_COUNTS = `
update warehouse.faxes f set barcode_count = p.barcode_count
from unnest($2::bigint[], $3::smallint[]) as p(fax_id, barcode_count)
where f.account_id = $1 and f.fax_id = p.fax_id and f.barcode_count is null
returning f.fax_id`;
const FILL_CALLER_NAMES = `
update warehouse.faxes f set caller_name = p.caller_name
from unnest($2::bigint[], $3::text[]) as p(fax_id, caller_name)
where f.account_id = $1 and f.fax_id = p.fax_id and f.caller_name is null
returning f.fax_id`;

/**
 * Adds what looks that did not win carry and the winning ones cannot: an account polled by v1 whose callbacks are v2.1 gets its
 * barcodes and caller names from the callbacks alone, however late they come. Returns how many faxes gained something.
 */
export async function fillFaxes(load: LoadTransaction, rows: readonly FaxRow[]): Promise<number> {
  const gained = new Set<string>();
  const counted = rows.filter(({ fax }) => fax.barcodes !== null);
  if (counted.length > 0) {
    const counts = plainArray(counted.map(({ fax }) => fax.barcodes?.length ?? null));
    const filled = await load.client.query<{ fax_id: string }>(FILL_BARCODE_COUNTS, [
      load.accountId,
      faxIdArray(counted),
      counts,
    ]);
    for (const row of filled.rows) gained.add(row.fax_id);
    await upsertBarcodes(
      load,
      counted.filter(({ fax }) => gained.has(fax.faxId)),
    );
  }
  const named = rows.filter(({ fax }) => fax.callerName !== null);
  if (named.length > 0) {
    const names = textArray(named.map(({ fax }) => fax.callerName));
    const filled = await load.client.query<{ fax_id: string }>(FILL_CALLER_NAMES, [
      load.accountId,
      faxIdArray(named),
      names,
    ]);
    for (const row of filled.rows) gained.add(row.fax_id);
  }
  return gained.size;
}

/** Runs `write` over the rows; in careful mode, those that the database refuses are set aside and the rest is kept. */
export async function writeSparingBadRows<Row extends FaxRow>(
  load: LoadTransaction,
  rows: readonly Row[],
  write: (load: LoadTransaction, rows: readonly Row[]) => Promise<void>,
): Promise<readonly Row[]> {
  if (load.isCareful) {
    return spareBadRows(load, rows, {
      write: (some) => write(load, some),
      describe: ({ fax }) => ({ object: 'fax', recordId: fax.faxId, raw: JSON.stringify(fax) }),
      isTrial: false,
    });
  }
  await write(load, rows);
  return rows;
}
