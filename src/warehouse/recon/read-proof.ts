import type pg from 'pg';
import type { Period } from '../../domain/reconciliation.ts';
import { inTransaction, int8ToNumber } from '../connection.ts';

/** A cell of a table as the database writes it. */
export type ProofCell = string | boolean | null;

/** Rows of a table in batches; each is read while the one before is worked on, so memory holds one. */
export type ProofBatches = AsyncIterable<ReadonlyArray<readonly ProofCell[]>>;

/** One closing of the month; instants as `YYYY-MM-DDTHH:MM:SS.ffffffZ`, days and months as `YYYY-MM-DD`. */
export interface ClosingFacts {
  readonly closingNo: number;
  readonly runId: number;
  readonly asOf: string;
  readonly preparedBy: string;
  readonly preparedAt: string;
  readonly approvedBy: string;
  readonly closedAt: string;
  readonly statement: string | null;
  readonly lineCount: number;
  readonly billedCents: number;
  readonly correctionCount: number;
  readonly correctionCents: number;
  readonly linesDigest: string;
  readonly resultsDigest: string;
  readonly itemsDigest: string;
}

/** Everything a proof of a closed month is written from, on one state of the database. */
export interface ProofFacts {
  readonly accountId: number;
  readonly billingZone: string;
  /** Oldest first; at least one. */
  readonly closings: readonly ClosingFacts[];
  /** The run that was approved last, by the names of its columns, with the settings it used. */
  readonly run: Readonly<Record<string, unknown>>;
  /** Digest of the last event of the account. */
  readonly head: string;
  readonly results: ProofBatches;
  readonly items: ProofBatches;
  readonly events: ProofBatches;
  readonly lines: ProofBatches;
}

/** Rows fetched at a time. */
const BATCH_ROWS = 5_000;

const CLOSINGS = `
select c.account_id, a.billing_zone, c.closing_no, c.run_id, recon.instant_text(c.as_of) as as_of, c.prepared_by, recon.instant_text(c.prepared_at) as prepared_at,
  c.approved_by, recon.instant_text(c.closed_at) as closed_at, c.statement, c.line_count, c.billed_cents, c.correction_count, c.correction_cents,
  c.lines_digest, c.results_digest, c.items_digest
from warehouse.accounts a join recon.closings c on c.account_id = a.account_id
where a.account_key = $1 and c.period = $2::date order by c.closing_no`;

const RUN = 'select recon.run_facts($1) as run';

const HEAD = 'select digest from recon.events where account_id = $1 order by sequence_no desc limit 1';

/** In the order in which their digest is reckoned; see run.ts. */
const RESULTS = `
select x.check_id, x.grain, x.outcome, x.severity, x.unit, x.left_value::text, x.right_value::text, x.tolerance_amount::text, x.tolerance_share::text,
  x.tested_count::text, x.within_count::text, x.explained_count::text, x.exception_count::text, x.untestable_count::text, x.exception_cents::text,
  x.owed_cents::text, x.reason, x.findings_digest
from recon.results x where x.run_id = (select results_run_id from recon.runs where run_id = $1)
order by x.check_id collate "C", x.grain collate "C"`;

const ITEMS = `
select closing_no::text, item_id::text, check_id, subject_kind, subject_id, reason, severity, state, cents::text, owed_cents::text, decided_by, approved_by, note
from recon.closing_items where account_id = $1 and period = $2::date order by closing_no, recon.closing_items.item_id`;

const EVENTS = `
select sequence_no::text, recon.instant_text(happened_at), actor, login, kind, period::text, item_id::text, run_id::text, details, previous_digest, digest
from recon.events where account_id = $1 order by recon.events.sequence_no`;

/** In the order in which their digest is reckoned; see recon.lines_digest. */
const LINES = `
select closing_no::text, usage_date::text, charge_kind, subject_id, charge_period::text, is_correction, quantity::text, cents::text
from recon.bill_lines where account_id = $1 and billing_period = $2::date
order by recon.bill_lines.closing_no, recon.bill_lines.usage_date, charge_kind collate "C", subject_id collate "C"`;

/**
 * Gives `work` a closed month's proof to read, on one state of the database; its batches end with it. Null where the month was never closed.
 * @throws {WarehouseError} and what `work` throws.
 */
export async function withProofFacts<Result>(
  pool: pg.Pool,
  { account, period }: { readonly account: string; readonly period: Period },
  work: (facts: ProofFacts) => Promise<Result>,
): Promise<Result | null> {
  return inTransaction(
    pool,
    async (client) => {
      const { rows } = await client.query<ClosingRow>(CLOSINGS, [account, period]);
      const last = rows.at(-1);
      if (last === undefined) return null;
      const accountId = last.account_id;
      const run = await client.query<{ run: Record<string, unknown> }>(RUN, [last.run_id]);
      const head = await client.query<{ digest: string }>(HEAD, [accountId]);
      return work({
        accountId,
        billingZone: last.billing_zone,
        closings: rows.map(closingOf),
        run: run.rows[0]?.run ?? {},
        head: head.rows[0]?.digest ?? '',
        results: batches(client, 'proof_results', RESULTS, [last.run_id]),
        items: batches(client, 'proof_items', ITEMS, [accountId, period]),
        events: batches(client, 'proof_events', EVENTS, [accountId]),
        lines: batches(client, 'proof_lines', LINES, [accountId, period]),
      });
    },
    'begin isolation level repeatable read read only',
  );
}

async function* batches(
  client: pg.ClientBase,
  cursor: string,
  sql: string,
  parameters: readonly unknown[],
): AsyncGenerator<ReadonlyArray<readonly ProofCell[]>> {
  await client.query(`declare ${cursor} no scroll cursor for ${sql}`, [...parameters]);
  const fetch: pg.QueryArrayConfig = { text: `fetch ${BATCH_ROWS} from ${cursor}`, rowMode: 'array' };
  for (;;) {
    const { rows } = await client.query<ProofCell[]>(fetch);
    if (rows.length === 0) break;
    yield rows;
  }
  await client.query(`close ${cursor}`);
}

interface ClosingRow {
  readonly account_id: number;
  readonly billing_zone: string;
  readonly closing_no: number;
  readonly run_id: string;
  readonly as_of: string;
  readonly prepared_by: string;
  readonly prepared_at: string;
  readonly approved_by: string;
  readonly closed_at: string;
  readonly statement: string | null;
  readonly line_count: string;
  readonly billed_cents: string;
  readonly correction_count: string;
  readonly correction_cents: string;
  readonly lines_digest: string;
  readonly results_digest: string;
  readonly items_digest: string;
}

function closingOf(row: ClosingRow): ClosingFacts {
  return {
    closingNo: row.closing_no,
    runId: int8ToNumber(row.run_id),
    asOf: row.as_of,
    preparedBy: row.prepared_by,
    preparedAt: row.prepared_at,
    approvedBy: row.approved_by,
    closedAt: row.closed_at,
    statement: row.statement,
    lineCount: int8ToNumber(row.line_count),
    billedCents: int8ToNumber(row.billed_cents),
    correctionCount: int8ToNumber(row.correction_count),
    correctionCents: int8ToNumber(row.correction_cents),
    linesDigest: row.lines_digest,
    resultsDigest: row.results_digest,
    itemsDigest: row.items_digest,
  };
}
