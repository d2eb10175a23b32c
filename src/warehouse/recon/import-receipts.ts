import type pg from 'pg';
import { type Instant, toIso } from '../../domain/time.ts';
import { inTransaction } from '../connection.ts';
import {
  type ColumnReader,
  dollars,
  type FileFault,
  type ImportRequest,
  idText,
  instantUntil,
  optionalText,
  type ReadableRow,
  readKnown,
  readRows,
  refuseOthers,
} from './import-file.ts';

/** What an import of receipts did. */
export interface ReceiptsImported {
  readonly receipts: number;
  /** Receipts that were there already, exactly so. */
  readonly skipped: number;
}

/** Money that was paid in; what flows back is no recharge of the balance. */
const payment: ColumnReader<number> = (text) => {
  const read = dollars(text);
  return 'value' in read && read.value <= 0 ? { fault: 'is not above zero, so it is no payment' } : read;
};

const columnsOf = (now: Instant) => ({
  receipt_id: idText,
  paid_at: instantUntil(now),
  amount: payment,
  method: optionalText,
  note: optionalText,
});

/** What a receipt says stands in for a digest. */
const KNOWN = `
select a.account_id, r.receipt_id as id,
  concat_ws('|', to_char(r.paid_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), r.cents, coalesce(r.method, ''), coalesce(r.note, '')) as content
from warehouse.accounts a
left join recon.receipts r on r.account_id = a.account_id and r.receipt_id = any($2::text[])
where a.account_key = $1`;

const KEEP = `
insert into recon.receipts (account_id, receipt_id, paid_at, cents, method, note, imported_at, imported_by)
select $1, x.receipt_id, x.paid_at, x.amount, x.method, x.note, $3::timestamptz, $4
from jsonb_to_recordset($2::jsonb) x(receipt_id text, paid_at timestamptz, amount bigint, method text, note text)`;

/**
 * Imports receipts of payments into the balance from CSV, in the columns that docs/reconciliation.md lists. All or nothing.
 * @throws {ImportError} `import_invalid`, `import_conflict`, `account_unknown`. @throws {WarehouseError}
 */
export async function importReceipts(pool: pg.Pool, request: ImportRequest): Promise<ReceiptsImported> {
  const read = readRows('receipts', request.text, columnsOf(request.now), twiceThere);
  const rows = read.map((row) => ({ ...row, paid_at: toIso(row.paid_at) }));
  const ids = rows.map(({ receipt_id }) => receipt_id);
  return inTransaction(pool, async (client) => {
    const { accountId, known } = await readKnown(client, request.account, KNOWN, ids);
    refuseOthers(
      'receipt',
      rows.flatMap(({ line, receipt_id: id, paid_at, amount, method, note }) =>
        known.has(id) && known.get(id) !== [paid_at, amount, method ?? '', note ?? ''].join('|') ? [line] : [],
      ),
    );
    const fresh = rows.filter(({ receipt_id }) => !known.has(receipt_id));
    await client.query(KEEP, [accountId, JSON.stringify(fresh), toIso(request.now), request.importedBy]);
    return { receipts: fresh.length, skipped: rows.length - fresh.length };
  });
}

function twiceThere(rows: ReadonlyArray<ReadableRow<ReturnType<typeof columnsOf>>>): FileFault[] {
  const seen = new Set<string>();
  return rows.flatMap(({ line, receipt_id: id }) => {
    const isTwice = id !== undefined && seen.has(id);
    if (id !== undefined) seen.add(id);
    return isTwice ? [{ line, column: 'receipt_id', fault: 'is there twice' }] : [];
  });
}
