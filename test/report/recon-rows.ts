import type { ReportRig } from './report-rig.ts';

/** One row of the results of a run; what is left out is 0, null, or as a check of severity error that passes. */
export interface ResultRow {
  readonly check: string;
  readonly grain?: string;
  readonly outcome?: string;
  readonly severity?: string;
  readonly left?: number;
  readonly right?: number;
  readonly tested?: number;
  readonly explained?: number;
  readonly exceptions?: number;
  readonly untestable?: number;
  readonly cents?: number;
  readonly owed?: number;
  readonly reason?: string;
}

/** A complete run of a month. */
export interface RunRow {
  readonly account: string;
  /** First day of the month. */
  readonly period: string;
  readonly asOf: string;
  readonly every?: 'hour' | 'day';
  /** US cents it saw charged for the month; 21 where left out. */
  readonly charged?: number;
  /** Faxes held against their price, those that agree, and the cents of both. */
  readonly matched?: readonly [tested: number, matched: number, testedCents: number, matchedCents: number];
  readonly results?: readonly ResultRow[];
}

/** Writes a month, where it is not there yet, and a run of it that is complete, past no trigger. */
export async function addRun(rig: ReportRig, run: RunRow): Promise<void> {
  const { account, period, asOf, every = 'day', charged = 21, matched = [null, null, null, null], results = [] } = run;
  const { pool } = rig.database;
  const id = '(select account_id from warehouse.accounts where account_key = $1)';
  await pool.query(
    `insert into recon.periods (account_id, period, state, settles_on, changed_at)
     values (${id}, $2, 'open', $2::date + interval '1 month 5 days', $3) on conflict do nothing`,
    [account, period, asOf],
  );
  const begun = await pool.query<{ run_id: string }>(
    `insert into recon.runs (account_id, period, as_of, status, every, code_version, tolerances_version, rates_version, started_at)
     values (${id}, $2, $3, 'running', $4, 'test', 1, 1, $3) returning run_id`,
    [account, period, asOf, every],
  );
  const runId = begun.rows[0]?.run_id;
  for (const row of results) {
    await pool.query(
      `insert into recon.results (run_id, check_id, grain, account_id, outcome, severity, unit, left_value, right_value, tested_count, within_count,
         explained_count, exception_count, untestable_count, exception_cents, owed_cents, reason)
       values ($2, $3, $4, ${id}, $5, $6, 'cents', $7, $8, $9, 0, $10, $11, $12, $13, $14, $15)`,
      [
        account,
        runId,
        row.check,
        row.grain ?? 'period',
        row.outcome ?? 'pass',
        row.severity ?? 'error',
        row.left ?? null,
        row.right ?? null,
        row.tested ?? 1,
        row.explained ?? 0,
        row.exceptions ?? 0,
        row.untestable ?? 0,
        row.cents ?? 0,
        row.owed ?? 0,
        row.reason ?? null,
      ],
    );
  }
  await pool.query(
    `update recon.runs set status = 'complete', finished_at = as_of, results_run_id = run_id, charged_cents = $6,
       tested_count = $2, matched_count = $3, tested_cents = $4, matched_cents = $5
     where run_id = $1`,
    [runId, ...matched, charged],
  );
}
