import { hash } from 'node:crypto';
import type pg from 'pg';
import { isCountry } from '../../domain/country.ts';
import { parsePeriod, shiftPeriod } from '../../domain/reconciliation.ts';
import { type Instant, toIso } from '../../domain/time.ts';
import { inTransaction } from '../connection.ts';
import {
  type ColumnReader,
  dayUntil,
  dollars,
  type FileFault,
  type ImportRequest,
  idText,
  monthUntil,
  optionalText,
  type ReadableRow,
  type ReadRow,
  readKnown,
  readRows,
  refuseOthers,
} from './import-file.ts';

/** What an import of invoices did. */
export interface InvoicesImported {
  readonly invoices: number;
  readonly lines: number;
  /** Invoices that were there already, exactly so. */
  readonly skipped: number;
}

/** Months before the one in which it is issued that an invoice may be of. */
const MONTHS_BACK_MAX = 24;

const lineNo: ColumnReader<number> = (text) =>
  /^[1-9]\d{0,8}$/.test(text) ? { value: Number(text) } : { fault: 'is no whole number from 1' };

const chargeKind: ColumnReader<string> = (text) =>
  ['sent', 'received', 'rent'].includes(text) ? { value: text } : { fault: 'is none of sent, received, rent' };

const country: ColumnReader<string | null> = (text) => {
  if (text === '') return { value: null };
  const letters = text.toUpperCase();
  return isCountry(letters)
    ? { value: letters }
    : { fault: 'is no country: two letters of ISO 3166 such as US or GB, or nothing for all' };
};

const quantity: ColumnReader<string | null> = (text) => {
  if (text === '') return { value: null };
  return /^-?\d{1,12}(\.\d{1,6})?$/.test(text) ? { value: text } : { fault: 'is no number' };
};

const isTrue: ColumnReader<boolean> = (text) =>
  text === 'true' || text === 'false' ? { value: text === 'true' } : { fault: 'is neither true nor false' };

const columnsOf = (now: Instant) => ({
  invoice_id: idText,
  issued_on: dayUntil(now),
  period: monthUntil(now),
  line_no: lineNo,
  charge_kind: chargeKind,
  country,
  description: optionalText,
  quantity,
  amount: dollars,
  tax: isTrue,
});

type Line = ReadRow<ReturnType<typeof columnsOf>>;
type ReadableLine = ReadableRow<ReturnType<typeof columnsOf>>;

interface Invoice {
  readonly invoiceId: string;
  readonly period: string;
  readonly issuedOn: string;
  readonly totalCents: number;
  readonly digest: string;
  readonly lines: readonly Line[];
}

/** What is stored of these invoices: in one row each, so that an import is one transaction of four statements. */
const KNOWN = `
select a.account_id, i.invoice_id as id, i.content_digest as content from warehouse.accounts a
left join recon.invoices i on i.account_id = a.account_id and i.invoice_id = any($2::text[])
where a.account_key = $1`;

const KEEP_INVOICES = `
insert into recon.invoices (account_id, invoice_id, period, issued_on, line_count, total_cents, content_digest, imported_at, imported_by)
select $1, x.invoice_id, x.period, x.issued_on, x.line_count, x.total_cents, x.content_digest, $3::timestamptz, $4
from jsonb_to_recordset($2::jsonb) x(invoice_id text, period date, issued_on date, line_count integer, total_cents bigint, content_digest text)`;

const KEEP_LINES = `
insert into recon.invoice_lines (account_id, invoice_id, line_no, charge_kind, country, description, quantity, cents, is_tax)
select $1, x.invoice_id, x.line_no, x.charge_kind, x.country, x.description, x.quantity, x.amount, x.tax
from jsonb_to_recordset($2::jsonb)
  x(invoice_id text, line_no integer, charge_kind text, country text, description text, quantity numeric, amount bigint, tax boolean)`;

/**
 * Imports invoices from CSV: one or several in a file, each in the columns that docs/reconciliation.md lists. All or nothing.
 * @throws {ImportError} `import_invalid`, `import_conflict`, `account_unknown`. @throws {WarehouseError}
 */
export async function importInvoices(pool: pg.Pool, request: ImportRequest): Promise<InvoicesImported> {
  const invoices = groupInvoices(readRows('invoices', request.text, columnsOf(request.now), faultsAcross));
  return inTransaction(pool, async (client) => {
    const { accountId, known } = await readKnown(
      client,
      request.account,
      KNOWN,
      invoices.map(({ invoiceId }) => invoiceId),
    );
    refuseOthers(
      'invoice',
      invoices.flatMap(({ invoiceId, digest, lines }) =>
        known.has(invoiceId) && known.get(invoiceId) !== digest ? [lines[0]?.line ?? 0] : [],
      ),
    );
    const fresh = invoices.filter(({ invoiceId }) => !known.has(invoiceId));
    const heads = fresh.map((invoice) => ({
      invoice_id: invoice.invoiceId,
      period: invoice.period,
      issued_on: invoice.issuedOn,
      line_count: invoice.lines.length,
      total_cents: invoice.totalCents,
      content_digest: invoice.digest,
    }));
    const lines = fresh.flatMap((invoice) => invoice.lines);
    await client.query(KEEP_INVOICES, [accountId, JSON.stringify(heads), toIso(request.now), request.importedBy]);
    await client.query(KEEP_LINES, [accountId, JSON.stringify(lines)]);
    return { invoices: fresh.length, lines: lines.length, skipped: invoices.length - fresh.length };
  });
}

function groupInvoices(rows: readonly Line[]): Invoice[] {
  return [...Map.groupBy(rows, ({ invoice_id }) => invoice_id)].map(([invoiceId, lines]): Invoice => {
    const [first] = lines;
    // Where it stands in the file says nothing about the invoice.
    const content = lines
      .map(({ line: _line, ...values }) => values)
      .sort((left, right) => left.line_no - right.line_no);
    return {
      invoiceId,
      period: first?.period ?? '',
      issuedOn: first?.issued_on ?? '',
      totalCents: lines.reduce((sum, { amount }) => sum + amount, 0),
      digest: hash('sha256', JSON.stringify(content)),
      lines,
    };
  });
}

/** What is wrong with a month beside its day of issue, and with lines beside others of their invoice. */
function faultsAcross(rows: readonly ReadableLine[]): FileFault[] {
  const groups = Map.groupBy(rows, ({ invoice_id }) => invoice_id);
  groups.delete(undefined);
  return [...rows.flatMap(faultsOfMonth), ...[...groups.values()].flatMap(faultsWithin)];
}

function faultsOfMonth({ line, period, issued_on: issuedOn }: ReadableLine): FileFault[] {
  const issued = parsePeriod(issuedOn?.slice(0, 7) ?? '');
  if (period === undefined || issued === null) return [];
  if (period <= shiftPeriod(issued, 1) && period >= shiftPeriod(issued, -MONTHS_BACK_MAX)) return [];
  const fault = `is more than a month after issued_on, or more than ${MONTHS_BACK_MAX} months before it`;
  return [{ line, column: 'period', fault }];
}

function faultsWithin(lines: readonly ReadableLine[]): FileFault[] {
  const faults: FileFault[] = [];
  const seen = new Set<number>();
  for (const { line, line_no: lineNo } of lines) {
    if (lineNo === undefined) continue;
    if (seen.has(lineNo)) faults.push({ line, column: 'line_no', fault: 'is there twice in its invoice' });
    seen.add(lineNo);
  }
  for (const column of ['period', 'issued_on'] as const) {
    const first = lines.find((row) => row[column] !== undefined)?.[column];
    for (const { line, [column]: value } of lines) {
      if (value !== undefined && value !== first)
        faults.push({ line, column, fault: "is not that of its invoice's first line" });
    }
  }
  return faults;
}
