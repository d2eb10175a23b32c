import { SettingsError } from '../domain/errors.ts';
import type { Period } from '../domain/reconciliation.ts';
import { toIso } from '../domain/time.ts';
import { dollarsOrUnknown, formatDollars, monthOf } from '../domain/words.ts';
import { approvePeriod, preparePeriod, reopenPeriod } from '../warehouse/recon/close.ts';
import { type PeriodFacts, readPeriods } from '../warehouse/recon/read-periods.ts';
import { type PeriodWait, readStandings, waitsOf } from '../warehouse/recon/readiness.ts';
import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { countOf } from './output.ts';
import { oneAccount } from './recon-flags.ts';
import { type Session, withSession } from './session.ts';

/** Says where each month of the bill stands. Returns the exit code. */
export async function runPeriods(context: CommandContext): Promise<number> {
  const { output } = context;
  output.intro('faxsync periods');
  return withSession(context, { settings: [], schema: 'filled' }, async (session) => {
    const rows: PeriodLine[] = [];
    for (const { account } of session.settings.accounts) rows.push(...(await linesOf(session, account)));
    if (rows.length > 0) {
      output.table(
        [
          'account',
          'month',
          'state',
          'settles on',
          'waits for',
          'charged',
          'billed',
          'corrections',
          'open',
          'errors',
          'prepared by',
          'approved by',
        ],
        rows.map(({ account, facts, waits }) => [
          account,
          monthOf(facts.period),
          facts.state,
          facts.settlesOn,
          shortOf(waits),
          dollarsOrUnknown(facts.chargedCents),
          facts.billedCents === null ? '' : formatDollars(facts.billedCents),
          facts.correctionCents === null ? '' : formatDollars(facts.correctionCents),
          facts.openItems,
          facts.openErrors,
          facts.preparedBy ?? '',
          // The closing of a month that was opened again is still there, but no longer how it stands.
          facts.state === 'closed' ? (facts.approvedBy ?? '') : '',
        ]),
      );
    }
    output.document({
      command: 'periods',
      ok: true,
      periods: rows.map(({ account, facts, waits }) => ({ account, ...periodDocument(facts, waits) })),
    });
    output.outro(
      rows.length === 0
        ? 'No month was reconciled yet. Begin: faxsync reconcile'
        : 'What stands open: faxsync items, and of it what holds a month up: faxsync items --holding. Close a month that is ready: faxsync close --help',
    );
    return EXIT.fine;
  });
}

interface PeriodLine {
  readonly account: string;
  readonly facts: PeriodFacts;
  /** Empty for a closed month. */
  readonly waits: readonly PeriodWait[];
}

async function linesOf({ runtime }: Session, account: string): Promise<PeriodLine[]> {
  const { pool, clock } = runtime;
  const standings = await readStandings(pool, { account, now: clock.now() });
  const waits = new Map(standings.map((standing) => [standing.period, waitsOf(standing)]));
  return (await readPeriods(pool, account)).map((facts) => ({ account, facts, waits: waits.get(facts.period) ?? [] }));
}

function shortOf(waits: readonly PeriodWait[]): string {
  return waits.map(({ short }) => short).join(', ');
}

function periodDocument(facts: PeriodFacts, waits: readonly PeriodWait[]): object {
  return {
    period: monthOf(facts.period),
    state: facts.state,
    settles_on: facts.settlesOn,
    waits_for: waits.map(({ what }) => what),
    changed_at: toIso(facts.changedAt),
    charged_cents: facts.chargedCents,
    billed_cents: facts.billedCents,
    correction_cents: facts.correctionCents,
    open_items: facts.openItems,
    open_errors: facts.openErrors,
    closing_no: facts.closingNo,
    prepared_by: facts.preparedBy,
    prepared_at: facts.preparedAt === null ? null : toIso(facts.preparedAt),
    statement: facts.statement,
    approved_by: facts.approvedBy,
    closed_at: facts.closedAt === null ? null : toIso(facts.closedAt),
  };
}

/** `faxsync close`: prepares with a preparer, closes with an approver, opens again with `isReopening` and a reason. */
export interface CloseOptions {
  readonly period: Period;
  readonly preparer?: string;
  readonly approver?: string;
  readonly statement?: string;
  readonly reason?: string;
  readonly isReopening: boolean;
}

/** Prepares, closes or opens a month again. Returns the exit code. @throws {SignOffError} saying what holds it up. */
export async function runClose(context: CommandContext, options: CloseOptions): Promise<number> {
  const { output } = context;
  const step = stepOf(options);
  output.intro('faxsync close');
  return withSession(context, { settings: [], schema: 'filled' }, async (session) => {
    const account = oneAccount(session);
    const { document, lines, next, head } = await step(session, account);
    for (const line of lines) output.step(line);
    output.step(`Digest of the last event, to be noted elsewhere: ${head}`);
    output.document({ command: 'close', ok: true, account, period: monthOf(options.period), ...document, head });
    output.outro(next);
    return EXIT.fine;
  });
}

interface StepResult {
  /** Digest of the event with which the chain ends. */
  readonly head: string;
  readonly document: object;
  readonly lines: readonly string[];
  readonly next: string;
}

type Step = (session: Session, account: string) => Promise<StepResult>;

/** Decided before anything is opened. @throws {SettingsError} for flags that do not go together. */
function stepOf({ period, preparer, approver, statement, reason, isReopening }: CloseOptions): Step {
  if (isReopening) {
    if (preparer !== undefined || statement !== undefined)
      throw usage('--reopen goes with --approver and --reason, not with --preparer or --statement.');
    if (approver === undefined && reason === undefined)
      throw usage('--reopen needs --approver, who opens the month again, and --reason, why.');
    if (approver === undefined) throw usage('--reopen needs --approver, who opens the month again.');
    if (reason === undefined) throw usage('--reopen needs --reason, why the month is opened again.');
    return (session, account) => reopen(session, { account, period, approver, reason });
  }
  if (reason !== undefined) throw usage('--reason goes with --reopen only.');
  if (preparer !== undefined) {
    if (approver !== undefined)
      throw usage('Give --preparer or --approver, not both: preparing and approving are two steps of two people.');
    return (session, account) => prepare(session, { account, period, preparer, statement: statement ?? '' });
  }
  if (approver === undefined) {
    throw usage(
      'Give --preparer to prepare the month, --approver, of somebody else, to close it, or --reopen with --approver and --reason to open it again.',
    );
  }
  if (statement !== undefined) throw usage('--statement goes with --preparer only: it is what the preparer says.');
  return (session, account) => approve(session, { account, period, approver });
}

function usage(text: string): SettingsError {
  return new SettingsError(text, { code: 'usage' });
}

async function prepare(
  { runtime }: Session,
  of: { readonly account: string; readonly period: Period; readonly preparer: string; readonly statement: string },
): Promise<StepResult> {
  const { runId, asOf, earlierOpen, head } = await preparePeriod(runtime.pool, { ...of, now: runtime.clock.now() });
  const order =
    earlierOpen === null ? '' : `Months are closed in their order, and ${earlierOpen} is not closed: close it first. `;
  return {
    head,
    document: { state: 'prepared', run_id: runId, as_of: toIso(asOf), earlier_open: earlierOpen },
    lines: [`${of.account}, ${monthOf(of.period)}: prepared by ${of.preparer}, by run ${runId} as of ${toIso(asOf)}`],
    next: `${order}Somebody else looks at it and approves: faxsync close --period ${monthOf(of.period)} --approver <name>`,
  };
}

async function approve(
  { runtime }: Session,
  of: { readonly account: string; readonly period: Period; readonly approver: string },
): Promise<StepResult> {
  const now = runtime.clock.now();
  const closed = await approvePeriod(runtime.pool, { ...of, now });
  // The month is closed whatever becomes of this look ahead, and its digest must be told.
  const standings = await readStandings(runtime.pool, { account: of.account, now }).catch(() => []);
  const following = standings.find(({ period, state }) => period > of.period && state !== 'closed');
  const {
    closingNo,
    lineCount,
    billedCents,
    correctionCount,
    correctionCents,
    linesDigest,
    itemsDigest,
    resultsDigest,
    head,
  } = closed;
  const corrections =
    correctionCount === 0
      ? ''
      : `, of these ${countOf(correctionCount, 'correction')} of ${formatDollars(correctionCents)}`;
  return {
    head,
    document: {
      state: 'closed',
      closing_no: closingNo,
      line_count: lineCount,
      billed_cents: billedCents,
      correction_count: correctionCount,
      correction_cents: correctionCents,
      lines_digest: linesDigest,
      items_digest: itemsDigest,
      results_digest: resultsDigest,
      next_open: following === undefined ? null : monthOf(following.period),
    },
    lines: [
      `${of.account}, ${monthOf(of.period)}: closed by ${of.approver} (closing ${closingNo}), ${countOf(lineCount, 'line')}, ${formatDollars(billedCents)}${corrections}`,
    ],
    next: `It stays as it is from now on. For the auditor: faxsync proof --period ${monthOf(of.period)} --out <folder>${following === undefined ? '' : `. Next month: ${monthOf(following.period)}, ${following.state}, waits for ${shortOf(waitsOf(following))}`}`,
  };
}

async function reopen(
  { runtime }: Session,
  of: { readonly account: string; readonly period: Period; readonly approver: string; readonly reason: string },
): Promise<StepResult> {
  return {
    head: await reopenPeriod(runtime.pool, { ...of, now: runtime.clock.now() }),
    document: { state: 'reopened' },
    lines: [`${of.account}, ${monthOf(of.period)}: opened again by ${of.approver}; its lines stay as they were closed`],
    next: `Reconcile it, then close it anew: faxsync reconcile --period ${monthOf(of.period)}`,
  };
}
