import type pg from 'pg';
import { InvariantError } from '../../domain/errors.ts';
import { isSamePerson } from '../../domain/person.ts';
import type { Period } from '../../domain/reconciliation.ts';
import { type Instant, toIso } from '../../domain/time.ts';
import { int8ToNumber } from '../connection.ts';
import { WarehouseError } from '../database-error.ts';
import { readKnownMonths } from './read-due-periods.ts';
import { LATEST_RUN_OF, type PeriodStanding, readStandings, waitsOf } from './readiness.ts';
import { SignOffError, signedName, whileNoRun } from './signed.ts';

/** A person's step with the month of an account. */
interface PeriodStep {
  readonly account: string;
  readonly period: Period;
  readonly now: Instant;
}

/** Asks for the month's closing. */
export interface PeriodPreparation extends PeriodStep {
  readonly preparer: string;
  /** What the preparer says of it, for whoever approves and audits; empty: nothing. */
  readonly statement: string;
}

/** What was prepared. */
export interface PreparedPeriod {
  /** Run whose results are prepared. */
  readonly runId: number;
  readonly asOf: Instant;
  /** The earliest month, `YYYY-MM`, that has to be closed before this one can be; null where none is open. */
  readonly earlierOpen: string | null;
  /** As {@link ClosedPeriod.head}. */
  readonly head: string;
}

/** Closes a prepared month. */
export interface PeriodApproval extends PeriodStep {
  /** Somebody else than the preparer. */
  readonly approver: string;
}

/** What was closed, money in US cents. */
export interface ClosedPeriod {
  readonly closingNo: number;
  readonly lineCount: number;
  readonly billedCents: number;
  readonly correctionCount: number;
  readonly correctionCents: number;
  readonly linesDigest: string;
  readonly itemsDigest: string;
  readonly resultsDigest: string;
  /** Digest of the chain's last event, which holds all of it: noted elsewhere, it proves later that nothing was made anew. */
  readonly head: string;
}

/** Opens a closed month again; its lines stay, and the next closing adds what is different. */
export interface PeriodReopening extends PeriodStep {
  readonly approver: string;
  readonly reason: string;
}

interface PeriodRow {
  readonly state: string;
  readonly closing_no: number;
  readonly prepared_by: string | null;
}

const HOLD_PERIOD = `
select state, closing_no, prepared_by from recon.periods where account_id = $1 and period = $2::date for update`;

/** $1 account, $2 period, $3 now. */
const LATEST_RUN = `
select run_id, as_of, results_digest from recon.runs where account_id = $1 and period = $2::date and ${LATEST_RUN_OF('$3')}`;

interface RunRow {
  readonly run_id: string;
  readonly as_of: Date;
  readonly results_digest: string;
}

const ADD_EVENT = `
insert into recon.events (account_id, actor, kind, period, run_id, details) values ($1, $2, $3, $4::date, $5, $6) returning digest`;

/**
 * The earliest month before this one that is not closed, from the first on that was reconciled and that something was charged, seen or closed in or
 * before: a run over a mistyped year leaves none to close.
 */
const EARLIER_OPEN = `
with first as (
  select greatest((select min(p.period) from recon.periods p where p.account_id = $1), coalesce(least(
    (select min(k.period) from recon.closings k where k.account_id = $1),
    recon.charge_month((select min(f.created_at) from warehouse.faxes f where f.account_id = $1), a.billing_zone),
    recon.charge_month((select min(coalesce(f.completed_at, f.observed_at)) from warehouse.faxes f where f.account_id = $1 and f.created_at is null), a.billing_zone),
    recon.charge_month((select min(r.billed_at) from warehouse.phone_number_charges r where r.account_id = $1), a.billing_zone)), $2::date)) as period
  from warehouse.accounts a where a.account_id = $1
)
select to_char(m.month_at, 'YYYY-MM') as month
from generate_series((select period from first), $2::date - interval '1 month', interval '1 month') m (month_at)
where not exists (select from recon.periods p where p.account_id = $1 and p.period = m.month_at::date and p.state = 'closed')
order by 1 limit 1`;

const CLOSE = `
select recon.close_month($1, $2::date, $3, $4::timestamptz) as closed`;

/** What `recon.close_month` answers. */
interface ClosedRow {
  readonly closing_no: number;
  readonly line_count: number;
  readonly billed_cents: number;
  readonly correction_count: number;
  readonly correction_cents: number;
  readonly lines_digest: string;
  readonly items_digest: string;
  readonly results_digest: string;
  readonly head: string;
}

/** SQLSTATE of `recon.close_month` where the run's figures are no longer those of its instant. */
const FIGURES_CHANGED = 'FX001';

/**
 * Prepares a month that is ready, or prepares it anew: its bill will be what the latest run of all checks saw.
 * @throws {SignOffError} `period_state`, `period_not_explained`, `period_unknown`, `name_missing` @throws {WarehouseError}
 */
export async function preparePeriod(pool: pg.Pool, preparation: PeriodPreparation): Promise<PreparedPeriod> {
  const preparer = signedName(preparation.preparer, 'preparer');
  const statement = preparation.statement.trim();
  return whileNoRun(pool, preparation.account, async (client, accountId) => {
    const { period, now } = preparation;
    const held = await holdPeriod(client, accountId, preparation);
    const standing = await readStanding(client, preparation);
    if (held.state !== 'ready' && held.state !== 'prepared')
      throw wrongState(preparation, held.state, 'prepared', adviceOn(standing));
    refuseHeldUp(standing, preparation);
    if (standing.hasNewInvoice) throw hasChanged(preparation, standing);
    const { rows } = await client.query<RunRow>(LATEST_RUN, [accountId, period, toIso(now)]);
    const [run] = rows;
    if (run === undefined) throw wrongState(preparation, held.state, 'prepared', 'Run all checks over it first.');
    const earlierOpen = await readEarlierOpen(client, accountId, period);
    await client.query(
      `update recon.periods set state = 'prepared', prepared_by = $3, prepared_at = $4::timestamptz, prepared_run_id = $5, statement = $6,
         changed_at = $4::timestamptz
       where account_id = $1 and period = $2::date`,
      [accountId, period, preparer, toIso(now), run.run_id, statement === '' ? null : statement],
    );
    const details = { before: held.state, statement, results_digest: run.results_digest };
    const head = await addEvent(client, [
      accountId,
      preparer,
      'period_prepared',
      period,
      run.run_id,
      JSON.stringify(details),
    ]);
    return { runId: int8ToNumber(run.run_id), asOf: run.as_of.getTime(), earlierOpen, head };
  });
}

/**
 * Approves what was prepared and closes the month, in one transaction: its lines, its items as they stand, figures and digests. From then on
 * they stay as they are; what changes later becomes a correction in the next month that is not closed. A million lines take under a minute.
 * @throws {SignOffError} `approver_is_preparer`, `period_state`, `period_not_explained`, `period_unknown`, `earlier_month_open`, `name_missing`;
 *   `period_changed` where a later run saw something else, or what was loaded since makes the prepared run see something else.
 * @throws {WarehouseError}
 */
export async function approvePeriod(pool: pg.Pool, approval: PeriodApproval): Promise<ClosedPeriod> {
  const approver = signedName(approval.approver, 'approver');
  return whileNoRun(pool, approval.account, async (client, accountId) => {
    const held = await holdPeriod(client, accountId, approval);
    const standing = await readStanding(client, approval);
    if (held.state !== 'prepared' || held.prepared_by === null)
      throw wrongState(approval, held.state, 'closed', adviceOn(standing));
    if (isSamePerson(approver, held.prepared_by)) throw isPreparer(approval);
    refuseHeldUp(standing, approval);
    const earlier = await readEarlierOpen(client, accountId, approval.period);
    if (earlier !== null) throw isOutOfOrder(approval, earlier);
    if (standing.hasNewInvoice || !standing.isPreparedCurrent) throw hasChanged(approval, standing);
    return closeMonth(client, accountId, approval, approver);
  }).catch((error: unknown) => {
    throw error instanceof WarehouseError && error.sqlState === FIGURES_CHANGED ? hasChanged(approval, null) : error;
  });
}

async function closeMonth(
  client: pg.ClientBase,
  accountId: number,
  { period, now }: PeriodApproval,
  approver: string,
): Promise<ClosedPeriod> {
  await client.query(`set local work_mem = '64MB'; set local jit = off`);
  const { rows } = await client.query<{ closed: ClosedRow }>(CLOSE, [accountId, period, approver, toIso(now)]);
  const [row] = rows;
  if (row === undefined) throw new InvariantError('A closing gave no answer.', { account: accountId, period });
  const { closed } = row;
  return {
    closingNo: closed.closing_no,
    lineCount: closed.line_count,
    billedCents: closed.billed_cents,
    correctionCount: closed.correction_count,
    correctionCents: closed.correction_cents,
    linesDigest: closed.lines_digest,
    itemsDigest: closed.items_digest,
    resultsDigest: closed.results_digest,
    head: closed.head,
  };
}

/**
 * Opens a closed month again. Its lines stay; the next closing adds only what is different from them. Gives the digest of the chain's last event.
 * @throws {SignOffError} `period_state`, `period_unknown`, `name_missing`, `decision_incomplete` without a reason @throws {WarehouseError}
 */
export async function reopenPeriod(pool: pg.Pool, reopening: PeriodReopening): Promise<string> {
  const approver = signedName(reopening.approver, 'approver');
  const reason = reopening.reason.trim();
  if (reason === '') {
    throw new SignOffError(`Month ${monthOf(reopening)} is not opened again without a reason. Say why.`, {
      code: 'decision_incomplete',
      context: { ...contextOf(reopening), missing: 'reason' },
    });
  }
  return whileNoRun(pool, reopening.account, async (client, accountId) => {
    const { period, now } = reopening;
    const held = await holdPeriod(client, accountId, reopening);
    if (held.state !== 'closed')
      throw wrongState(reopening, held.state, 'reopened', 'Only a closed month is opened again.');
    await client.query(
      `update recon.periods set state = 'reopened', prepared_by = null, prepared_at = null, prepared_run_id = null, statement = null,
         changed_at = $3::timestamptz
       where account_id = $1 and period = $2::date`,
      [accountId, period, toIso(now)],
    );
    const details = { closing_no: held.closing_no, reason };
    return addEvent(client, [accountId, approver, 'period_reopened', period, null, JSON.stringify(details)]);
  });
}

/** Gives the digest of the event, with which the chain ends. */
async function addEvent(client: pg.ClientBase, event: readonly unknown[]): Promise<string> {
  const { rows } = await client.query<{ digest: string }>(ADD_EVENT, [...event]);
  const [row] = rows;
  if (row === undefined) throw new InvariantError('An event was not written.');
  return row.digest;
}

async function holdPeriod(client: pg.ClientBase, accountId: number, step: PeriodStep): Promise<PeriodRow> {
  const { rows } = await client.query<PeriodRow>(HOLD_PERIOD, [accountId, step.period]);
  const [row] = rows;
  if (row === undefined) throw await neverRun(client, step);
  return row;
}

/** Only months of which something is known can be reconciled. */
async function neverRun(client: pg.ClientBase, step: PeriodStep): Promise<SignOffError> {
  const known = await readKnownMonths(client, step);
  const advice =
    known === null || (step.period >= known.first && step.period <= known.last)
      ? `Reconcile it first: faxsync reconcile --period ${monthOf(step)}`
      : `Nothing of it was ever loaded: the months that are known are ${known.first.slice(0, 7)} to ${known.last.slice(0, 7)}.`;
  return new SignOffError(`No run was ever made over month ${monthOf(step)} of account ${step.account}. ${advice}`, {
    code: 'period_unknown',
    context: contextOf(step),
  });
}

async function readStanding(client: pg.ClientBase, step: PeriodStep): Promise<PeriodStanding> {
  const standing = (await readStandings(client, step)).find(({ period }) => period === step.period);
  if (standing === undefined) throw new InvariantError('A month that is held has no standing.', contextOf(step));
  return standing;
}

function refuseHeldUp(standing: PeriodStanding, step: PeriodStep): void {
  if (standing.heldUp === 0) return;
  throw new SignOffError(
    `Month ${monthOf(step)} of account ${step.account} has exceptions that nobody has explained. ${adviceOn(standing)}`,
    { code: 'period_not_explained', context: { ...contextOf(step), items: standing.heldUp } },
  );
}

/** `YYYY-MM`, or null. */
async function readEarlierOpen(client: pg.ClientBase, accountId: number, period: Period): Promise<string | null> {
  const { rows } = await client.query<{ month: string }>(EARLIER_OPEN, [accountId, period]);
  return rows[0]?.month ?? null;
}

function isOutOfOrder(step: PeriodStep, earlier: string): SignOffError {
  return new SignOffError(
    `Months are closed in their order, and ${earlier} of account ${step.account} is not closed. Close it first.`,
    { code: 'earlier_month_open', context: { ...contextOf(step), earlier } },
  );
}

function monthOf({ period }: PeriodStep): string {
  return period.slice(0, 7);
}

function contextOf({ account, period }: PeriodStep): { readonly account: string; readonly period: string } {
  return { account, period: period.slice(0, 7) };
}

function adviceOn(standing: PeriodStanding): string {
  if (standing.state === 'closed') {
    return `Nothing is left to do; to open it again: faxsync close --period ${standing.period.slice(0, 7)} --reopen --approver <name> --reason <text>`;
  }
  return waitsOf(standing)
    .map(({ advice }) => advice)
    .join(' ');
}

function wrongState(step: PeriodStep, from: string, to: string, advice: string): SignOffError {
  return new SignOffError(
    `Month ${monthOf(step)} of account ${step.account} is ${from} and cannot become ${to}. ${advice}`,
    {
      code: 'period_state',
      context: { ...contextOf(step), from, to },
    },
  );
}

function isPreparer(step: PeriodStep): SignOffError {
  return new SignOffError(`Who prepared month ${monthOf(step)} cannot approve it. Somebody else has to.`, {
    code: 'approver_is_preparer',
    context: contextOf(step),
  });
}

/** Where `standing` does not tell what has changed, figures were loaded that no run has seen. */
function hasChanged(step: PeriodStep, standing: PeriodStanding | null): SignOffError {
  const advice =
    standing === null
      ? `Its figures are no longer what was prepared. Reconcile it, look at it again and prepare it anew: faxsync reconcile --period ${monthOf(step)}`
      : adviceOn(standing);
  return new SignOffError(`Month ${monthOf(step)} of account ${step.account} has changed. ${advice}`, {
    code: 'period_changed',
    context: contextOf(step),
  });
}
