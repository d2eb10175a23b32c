import { hash } from 'node:crypto';
import type pg from 'pg';
import { FaxsyncError, InvariantError, SettingsError } from '../../domain/errors.ts';
import { type Instant, toIso } from '../../domain/time.ts';
import { inTransaction, int8ToNumber } from '../connection.ts';
import { toWarehouseError } from '../database-error.ts';
import type { Check } from './check.ts';
import { looksBack, mergeItems } from './items.ts';
import { judge, prepareJudgement } from './judge.ts';
import { keepPeriod, stepPeriod } from './periods.ts';
import { prepareBalance } from './prepare-balance.ts';
import { rateFaxes } from './rate-faxes.ts';
import { RENTS } from './run-rents.ts';
import { type RunScope, takeScope } from './scope.ts';

/** Another run works on the account (code `run_under_way`, retryable). */
export class RunUnderWayError extends FaxsyncError {
  constructor(account: string) {
    super(`Another reconciliation of account ${account} is under way. Wait for it, then run again.`, {
      code: 'run_under_way',
      retryable: true,
      context: { account },
    });
  }
}

/** A run cannot be made as it was asked for (codes `as_of_in_future`, `period_unknown`); on a command line a flag is wrong. */
export class RunRefusedError extends SettingsError {}

/** Clocks of machines differ by less. */
const CLOCK_SKEW_MS = 60_000;

/** What one run is asked to do. */
export interface RunRequest extends RunScope {
  /** All of them, or those of every hour. */
  readonly checks: readonly Check[];
  /** `hour`: the faxes are not rated, since no check of every hour asks for it. */
  readonly every: 'hour' | 'day';
  /** Version of faxsync, for the run's row. */
  readonly codeVersion: string;
  readonly now: Instant;
  /** A statement that takes longer is ended, ms. */
  readonly timeoutMs: number;
}

/** What one run came to; the details are in schema recon. */
export interface RunSummary {
  readonly runId: number;
  readonly account: string;
  readonly period: string;
  readonly asOf: Instant;
  readonly faxes: number;
  readonly chargedCents: number;
  /** Faxes held against their rate, and those that agree; by count and by money. All 0 in a run of every hour. */
  readonly testedCount: number;
  readonly matchedCount: number;
  readonly testedCents: number;
  readonly matchedCents: number;
  /** Of those held against their rate the ones that no list prices: held against prices seen on other faxes of their days. */
  readonly observedCount: number;
  /** Rows of severity error and warn that differ and that nobody has explained. */
  readonly exceptions: number;
  readonly exceptionsBySeverity: Readonly<Record<'error' | 'warn' | 'info', number>>;
  /** US cents of those of severity error, each without its sign. */
  readonly unexplainedCents: number;
  /** US cents that the provider owes by items that are open or disputed, less what it has credited of them. */
  readonly owedCents: number;
  /** True when the results are exactly those of the complete run before. */
  readonly isRepeat: boolean;
}

const KEEP_SETTINGS = `
with wanted as (
  select a.account_id, w.kind, w.digest, w.content from warehouse.accounts a
  cross join (values ('tolerances', $2, $3::jsonb), ('rates', $4, $5::jsonb)) w(kind, digest, content)
  where a.account_key = $1
)
insert into recon.settings_versions (account_id, kind, digest, content, first_used_at)
select w.account_id, w.kind, w.digest, w.content, $6::timestamptz from wanted w
where not exists (
  select from recon.settings_versions v where v.account_id = w.account_id and v.kind = w.kind and v.digest = w.digest)
on conflict do nothing`;

const BEGIN_RUN = `
insert into recon.runs (account_id, period, as_of, every, status, code_version, tolerances_version, rates_version, rate_card_observation, started_at)
select a.account_id, $2::date, $3::timestamptz, $8, 'running', $4, t.settings_version, r.settings_version,
  (select max(observation_no) from warehouse.rate_card c where c.account_id = a.account_id and c.valid_from <= $3::timestamptz), $7::timestamptz
from warehouse.accounts a
join recon.settings_versions t on t.account_id = a.account_id and t.kind = 'tolerances' and t.digest = $5
join recon.settings_versions r on r.account_id = a.account_id and r.kind = 'rates' and r.digest = $6
where a.account_key = $1
returning run_id, account_id`;

/** By day first: one text of a month would be as long as the month. */
const INPUT = `
with lines as (
  select usage_date as day, fax_id::text as subject, cost_cents::bigint as cents from run_faxes
  union all
  select (c.billed_at at time zone (select billing_zone from asked))::date, recon.rent_subject(c.phone_number, c.billed_at), coalesce(c.cost_cents, 0)::bigint
  from ${RENTS}
), days as (
  select day, encode(sha256(convert_to(string_agg(subject || ':' || coalesce(cents::text, '-'), ',' order by subject collate "C"), 'UTF8')), 'hex') as digest
  from lines group by day
)
select encode(sha256(convert_to(coalesce(string_agg(day || ' ' || digest, ',' order by day), ''), 'UTF8')), 'hex') as digest from days`;

/** What differs in each row of the results, as one digest. */
const FOUND = `
found as (
  select check_id, grain, encode(sha256(convert_to(string_agg(
    array_to_string(array[subject_kind, subject_id, outcome, reason, left_value::text, right_value::text, cents::text, owed_cents::text], '|', '-'), ','
    order by subject_kind collate "C", subject_id collate "C"), 'UTF8')), 'hex') as digest
  from run_findings group by check_id, grain
)`;

/** Over the rows as they are kept, so that whoever has them can reckon it again. */
const RESULTS_DIGEST = `
with ${FOUND}
select encode(sha256(convert_to(coalesce(string_agg(array_to_string(array[r.check_id, r.grain, r.outcome, r.severity, r.unit, r.left_value::text, r.right_value::text,
    r.tolerance_amount::text, r.tolerance_share::text, r.tested_count::text, r.within_count::text, r.explained_count::text, r.exception_count::text,
    r.untestable_count::text, r.exception_cents::text, r.owed_cents::text, r.reason, f.digest], '|', '-'), ','
  order by r.check_id collate "C", r.grain collate "C"), ''), 'UTF8')), 'hex') as digest
from run_results r left join found f using (check_id, grain)`;

/** The run that keeps these results, if there is one: then they are not written again. `is_latest`: the complete run before has found the same. */
const SAME_RESULTS = `
with earlier as (
  select run_id, results_run_id, results_digest from recon.runs
  where account_id = (select account_id from asked) and period = (select period from asked) and status = 'complete' and every = $2
)
select results_run_id, run_id = (select max(run_id) from earlier) as is_latest from earlier
where results_digest = $1
order by run_id desc limit 1`;

const KEEP_RESULTS = `
with ${FOUND}
insert into recon.results (run_id, check_id, grain, account_id, outcome, severity, unit, left_value, right_value, tolerance_amount, tolerance_share,
  tested_count, within_count, explained_count, exception_count, untestable_count, exception_cents, owed_cents, reason, findings_digest)
select $1, r.check_id, r.grain, (select account_id from asked), r.outcome, r.severity, r.unit, r.left_value, r.right_value, r.tolerance_amount,
  r.tolerance_share, r.tested_count, r.within_count, r.explained_count, r.exception_count, r.untestable_count, r.exception_cents, r.owed_cents,
  r.reason, f.digest
from run_results r left join found f using (check_id, grain)`;

const RATED = `
  select count(*) as tested_count, coalesce(sum(cost_cents), 0)::bigint as tested_cents,
    count(*) filter (where rate_source = 'observed') as observed_count,
    count(*) filter (where cost_cents = expected_cents) as matched_count,
    coalesce(sum(cost_cents) filter (where cost_cents = expected_cents), 0)::bigint as matched_cents
  from run_faxes where not is_test and stage >= 2 and expected_cents is not null and cost_cents is not null`;
const NOT_RATED = `
  select null::bigint as tested_count, null::bigint as tested_cents, null::bigint as observed_count, null::bigint as matched_count, null::bigint as matched_cents`;

/** What stands of the month after this run: what nobody has decided about, and what is owed by that or disputed, less what was credited of it. */
const STANDING = `
  select case state when 'open' then severity end as severity, cents, greatest(owed_cents - coalesce(credited_cents, 0), 0) as owed_cents
  from recon.items
  where account_id = (select account_id from asked) and period = (select period from asked) and state in ('open', 'disputed')`;
/** A run that looks back leaves the items alone: what it found itself, so that it finds the same whenever it is made. */
const FOUND_ITSELF = `
  select severity, cents, owed_cents from run_findings where outcome = 'exception'`;

/** `rated`: the live faxes that are over and whose cost the checks of price hold against the rate. `open`: what differs. */
const endRun = (rated: string, open: string) => `
with charges as (
  select count(*) as charge_count, coalesce(sum(cents), 0)::bigint as charged_cents from (
    select cost_cents::bigint as cents from run_faxes where not is_test and cost_cents <> 0
    union all
    select coalesce(c.cost_cents, 0)::bigint from ${RENTS}
  ) all_charges
), rated as (${rated}
), standing as (
  select count(*) filter (where severity <> 'info')::integer as exception_count,
    count(*) filter (where severity = 'error')::integer as errors, count(*) filter (where severity = 'warn')::integer as warns,
    count(*) filter (where severity = 'info')::integer as infos,
    coalesce(sum(abs(cents)) filter (where severity = 'error'), 0)::bigint as unexplained_cents,
    coalesce(sum(owed_cents), 0)::bigint as owed_cents
  from (${open}) open_rows
)
update recon.runs r set status = 'complete', finished_at = $2::timestamptz, results_run_id = $3, input_digest = $4, results_digest = $5,
  fax_count = (select count(*) from run_faxes), charge_count = c.charge_count, charged_cents = c.charged_cents,
  tested_count = d.tested_count, tested_cents = d.tested_cents, matched_count = d.matched_count, matched_cents = d.matched_cents,
  exception_count = s.exception_count, unexplained_cents = s.unexplained_cents, owed_cents = s.owed_cents
from charges c, rated d, standing s
where r.run_id = $1
returning r.fax_count, r.charged_cents, r.tested_count, r.matched_count, r.tested_cents, r.matched_cents, r.exception_count, r.unexplained_cents,
  r.owed_cents, d.observed_count, s.errors, s.warns, s.infos`;

interface EndedRow {
  readonly fax_count: string;
  readonly charged_cents: string;
  readonly tested_count: string | null;
  readonly matched_count: string | null;
  readonly tested_cents: string | null;
  readonly matched_cents: string | null;
  readonly observed_count: string | null;
  readonly exception_count: number;
  readonly unexplained_cents: string;
  readonly owed_cents: string;
  readonly errors: number;
  readonly warns: number;
  readonly infos: number;
}

/**
 * Runs the checks over one period of one account and keeps what they found, in one transaction on one state of the warehouse. The run's own row
 * is written before it, so that a run that failed is seen. A run that finds exactly what the one before found writes nothing else.
 * Null where nothing of the account was ever loaded.
 * @throws {RunRefusedError} for an instant that has not come: no later run could see more than such a one.
 * @throws {RunUnderWayError} @throws {WarehouseError}
 */
export async function runChecks(pool: pg.Pool, request: RunRequest): Promise<RunSummary | null> {
  if (request.asOf > request.now + CLOCK_SKEW_MS) {
    throw new RunRefusedError(
      `Nothing is known as of ${toIso(request.asOf)}, which has not come yet. Give an instant that has, or none.`,
      { code: 'as_of_in_future', context: { account: request.account, period: request.period } },
    );
  }
  const begun = await beginRun(pool, request);
  if (begun === null) return null;
  try {
    return await inTransaction(
      pool,
      (client) => work(client, begun, request),
      `begin isolation level repeatable read; set local statement_timeout = ${Math.max(1, Math.floor(request.timeoutMs))}; set local work_mem = '64MB'; set local jit = off`,
    );
  } catch (error) {
    const code = error instanceof FaxsyncError ? error.code : 'unexpected';
    // What failed first is what is told; a run that stays "running" is seen as well.
    await pool
      .query(
        `update recon.runs set status = 'failed', finished_at = $2::timestamptz, error_code = $3 where run_id = $1`,
        [begun.runId, toIso(request.now), code],
      )
      .catch(() => undefined);
    throw error;
  }
}

interface BegunRun {
  readonly runId: number;
  readonly accountId: number;
}

function digestOf(text: string): string {
  return hash('sha256', text);
}

async function beginRun(pool: pg.Pool, request: RunRequest): Promise<BegunRun | null> {
  const { account, period, asOf, settings, codeVersion, now } = request;
  const tolerances = JSON.stringify({
    limits: settings.limits,
    checks: request.checks.map(({ id, tolerance }) => [id, tolerance]),
  });
  const rates = JSON.stringify(settings.rates);
  try {
    await pool.query(KEEP_SETTINGS, [account, digestOf(tolerances), tolerances, digestOf(rates), rates, toIso(now)]);
    const { rows } = await pool.query<{ run_id: string; account_id: number }>(BEGIN_RUN, [
      account,
      period,
      toIso(asOf),
      codeVersion,
      digestOf(tolerances),
      digestOf(rates),
      toIso(now),
      request.every,
    ]);
    const [row] = rows;
    return row === undefined ? null : { runId: int8ToNumber(row.run_id), accountId: row.account_id };
  } catch (error) {
    throw toWarehouseError(error);
  }
}

async function work(client: pg.PoolClient, { runId, accountId }: BegunRun, request: RunRequest): Promise<RunSummary> {
  const { account, period, asOf, settings, checks, now } = request;
  const { rows: locks } = await client.query<{ taken: boolean }>(
    `select pg_try_advisory_xact_lock(hashtextextended('recon.runs', $1)) as taken`,
    [accountId],
  );
  if (locks[0]?.taken !== true) throw new RunUnderWayError(account);
  await keepPeriod(client, { accountId, period, settings, now });
  if (!(await takeScope(client, request))) throw new InvariantError('The account vanished during a run.', { account });
  if (request.every === 'day') {
    await rateFaxes(client, settings);
    await prepareBalance(client);
  }
  await prepareJudgement(client);
  for (const check of checks) await judge(client, check, settings.limits.tolerances[check.id] ?? check.tolerance);

  const input = await textOf(client, INPUT);
  const results = await textOf(client, RESULTS_DIGEST);
  const { rows: same } = await client.query<{ results_run_id: string; is_latest: boolean }>(SAME_RESULTS, [
    results,
    request.every,
  ]);
  const resultsRunId = same[0] === undefined ? runId : int8ToNumber(same[0].results_run_id);
  if (resultsRunId === runId) await client.query(KEEP_RESULTS, [runId]);
  const isLookBack = await looksBack(client, { runId, accountId, period, now });
  if (!isLookBack) await mergeItems(client, { runId, accountId, period, checks, now });
  const open = isLookBack ? FOUND_ITSELF : STANDING;
  const { rows } = await client.query<EndedRow>(endRun(request.every === 'day' ? RATED : NOT_RATED, open), [
    runId,
    toIso(now),
    resultsRunId,
    input,
    results,
  ]);
  const [ended] = rows;
  if (ended === undefined) throw new InvariantError('A run ended without its row.', { account });
  if (!isLookBack) await stepPeriod(client, { runId, accountId, period, now });
  return { ...summaryOf(ended), runId, account, period, asOf, isRepeat: same[0]?.is_latest === true };
}

async function textOf(client: pg.ClientBase, sql: string): Promise<string> {
  const { rows } = await client.query<{ digest: string }>(sql);
  return rows[0]?.digest ?? '';
}

function summaryOf(row: EndedRow): Omit<RunSummary, 'runId' | 'account' | 'period' | 'asOf' | 'isRepeat'> {
  return {
    faxes: int8ToNumber(row.fax_count),
    chargedCents: int8ToNumber(row.charged_cents),
    testedCount: int8ToNumber(row.tested_count ?? '0'),
    matchedCount: int8ToNumber(row.matched_count ?? '0'),
    testedCents: int8ToNumber(row.tested_cents ?? '0'),
    matchedCents: int8ToNumber(row.matched_cents ?? '0'),
    observedCount: int8ToNumber(row.observed_count ?? '0'),
    exceptions: row.exception_count,
    exceptionsBySeverity: { error: row.errors, warn: row.warns, info: row.infos },
    unexplainedCents: int8ToNumber(row.unexplained_cents),
    owedCents: int8ToNumber(row.owed_cents),
  };
}
