import { type Period, parsePeriod, shiftPeriod } from '../domain/reconciliation.ts';
import { DAY_MS, toIso } from '../domain/time.ts';
import { formatDollars, monthOf, plainWords } from '../domain/words.ts';
import { type Decision, decideItems } from '../warehouse/recon/decide.ts';
import { type ItemFacts, readItems, stillOwedCents } from '../warehouse/recon/read-items.ts';
import { readPeriods } from '../warehouse/recon/read-periods.ts';
import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { itemsCsv, owedCsv } from './items-csv.ts';
import { countOf, onlyRaw } from './output.ts';
import { oneAccount } from './recon-flags.ts';
import { type Session, withSession } from './session.ts';

/** What stands and waits for somebody: of what the provider owes, nobody has settled it, given it up or called it right. */
const STANDING_STATES = ['open', 'disputed'];

/** `faxsync items`. */
export interface ItemsOptions {
  readonly period?: Period;
  readonly states?: readonly string[];
  readonly check?: string;
  /** Only what the provider owes. */
  readonly isOwed: boolean;
  /** Only what holds its month up. */
  readonly isHolding: boolean;
  readonly isCsv: boolean;
  readonly limit: number;
}

/** An item with the account it belongs to. */
interface AccountItem {
  readonly account: string;
  readonly item: ItemFacts;
}

/** Lists what differs and what became of it. Returns the exit code. */
export async function runItems(context: CommandContext, options: ItemsOptions): Promise<number> {
  const output = options.isCsv ? onlyRaw(context.output) : context.output;
  output.intro('faxsync items');
  return withSession({ ...context, output }, { settings: [], schema: 'filled' }, async (session) => {
    const accounts = accountsOf(session, options);
    const found = await readAll(session, accounts, options);
    const unknown = await readNeverReconciled(session, accounts, options.period);
    for (const account of unknown)
      output.warn(`${account}, ${monthOf(options.period ?? '')}: never reconciled, so no item of it can be known.`);
    if (options.isCsv) {
      const items = found.map(({ item }) => item);
      await output.raw(options.isOwed ? owedCsv(items) : itemsCsv(items));
      output.document(documentOf(found, unknown, false));
      return EXIT.fine;
    }
    const shown = found.slice(0, options.limit);
    sayItems({ ...context, output }, shown, session.runtime.clock.now());
    output.document(documentOf(shown, unknown, found.length > options.limit));
    if (found.length > options.limit) {
      output.warn(`There are more than ${options.limit}. See them: --limit ${options.limit * 10}`);
    }
    warnOfDeadlines({ ...context, output }, session, shown);
    const owed = shown.reduce((sum, { item }) => sum + stillOwedCents(item), 0);
    output.outro(
      shown.length === 0
        ? unknown.length === 0
          ? 'There is no such item.'
          : 'Which months are known: faxsync periods. One that is not yet among them: faxsync reconcile --period <month>'
        : `${countOf(shown.length, 'item')}, owed by the provider ${formatDollars(owed)}. One of a fax: faxsync explain <fax id>. Decide: faxsync items --help`,
    );
    return EXIT.fine;
  });
}

/** One file is about one account: its sum is claimed from one customer's bill. */
function accountsOf(session: Session, { isCsv }: ItemsOptions): string[] {
  return isCsv ? [oneAccount(session)] : session.settings.accounts.map(({ account }) => account);
}

/** Those of the accounts of which no run was ever made over the month; none where no month is asked for. */
async function readNeverReconciled(
  { runtime }: Session,
  accounts: readonly string[],
  period: Period | undefined,
): Promise<string[]> {
  if (period === undefined) return [];
  const never: string[] = [];
  for (const account of accounts) {
    const known = await readPeriods(runtime.pool, account);
    if (!known.some((facts) => facts.period === period)) never.push(account);
  }
  return never;
}

async function readAll(session: Session, accounts: readonly string[], options: ItemsOptions): Promise<AccountItem[]> {
  const { period, check, isOwed, isHolding, isCsv, limit } = options;
  const states = options.states ?? STANDING_STATES;
  const all: AccountItem[] = [];
  for (const account of accounts) {
    const items = await readItems(session.runtime.pool, {
      account,
      states,
      isOwedOnly: isOwed,
      isHoldingOnly: isHolding,
      ...(period === undefined ? {} : { period }),
      ...(check === undefined ? {} : { checkId: check }),
      // A file that is sent out has everything or is wrong.
      ...(isCsv ? {} : { limit: limit + 1 }),
    });
    all.push(...items.map((item) => ({ account, item })));
  }
  return all;
}

/** Days before the end of the time for disputes from which on it is told. */
const DEADLINE_NEAR_DAYS = 14;

/** Tells of months whose time for disputes is nearly or already over, where something is owed that nobody has disputed. */
function warnOfDeadlines({ output }: CommandContext, session: Session, items: readonly AccountItem[]): void {
  const waiting = items.filter(({ item }) => item.state === 'open' && stillOwedCents(item) > 0);
  const now = session.runtime.clock.now();
  for (const [key, group] of Map.groupBy(waiting, ({ account, item }) => `${account}, ${monthOf(item.period)}`)) {
    const [first] = group;
    if (first === undefined) continue;
    const { disputeDays } = session.runtime.account(first.account).reconciliation.limits;
    const period = parsePeriod(first.item.period);
    if (disputeDays === null || period === null) continue;
    const lastDay = Date.parse(shiftPeriod(period, 1)) + (disputeDays - 1) * DAY_MS;
    if (now < lastDay - DEADLINE_NEAR_DAYS * DAY_MS) continue;
    const takes = now < lastDay + DAY_MS ? 'takes' : 'took';
    output.warn(
      `${key}: ${countOf(group.length, 'item')} to claim, and the contract ${takes} disputes until ${toIso(lastDay).slice(0, 10)}. Claim: faxsync items --owed --csv`,
    );
  }
}

function sayItems({ output }: CommandContext, items: readonly AccountItem[], now: number): void {
  if (items.length === 0) return;
  output.table(
    ['item', 'account', 'month', 'check', 'about', 'reason', 'severity', 'state', 'at stake', 'owed', 'days', 'owner'],
    items.map(({ account, item }) => [
      String(item.itemId),
      account,
      monthOf(item.period),
      item.checkId,
      `${item.subjectKind} ${item.subjectId}`,
      plainWords(item.reason),
      item.severity,
      plainWords(item.state),
      formatDollars(item.cents),
      stillOwedCents(item) === 0 ? '' : formatDollars(stillOwedCents(item)),
      Math.max(0, Math.floor((now - item.openedAt) / DAY_MS)),
      item.owner ?? '',
    ]),
  );
}

function documentOf(items: readonly AccountItem[], neverReconciled: readonly string[], hasMore: boolean): object {
  return {
    command: 'items',
    ok: true,
    has_more: hasMore,
    // Accounts of which no run was ever made over the month that was asked for.
    never_reconciled: neverReconciled,
    owed_cents: items.reduce((sum, { item }) => sum + stillOwedCents(item), 0),
    items: items.map(({ account, item }) => ({
      item_id: item.itemId,
      account,
      period: monthOf(item.period),
      check: item.checkId,
      subject_kind: item.subjectKind,
      subject_id: item.subjectId,
      reason: item.reason,
      severity: item.severity,
      state: item.state,
      actual: item.actual,
      expected: item.expected,
      cents: item.cents,
      owed_cents: item.owedCents,
      owner: item.owner,
      note: item.note,
      ticket: item.ticket,
      claimed_cents: item.claimedCents,
      credited_cents: item.creditedCents,
      decided_by: item.decidedBy,
      approved_by: item.approvedBy,
      opened_at: toIso(item.openedAt),
      changed_at: toIso(item.changedAt),
      reopened_count: item.reopenedCount,
    })),
  };
}

/** `faxsync items explain|accept|dispute|write-off|close|open|assign`. */
export interface DecideOptions {
  /** Null: only owner, note, ticket or sums are changed. */
  readonly state: Decision | null;
  readonly by: string;
  readonly note?: string;
  readonly ticket?: string;
  readonly owner?: string;
  readonly claimedCents?: number;
  readonly creditedCents?: number;
  readonly approver?: string;
}

/** Writes what somebody decided about items, all of them or none. Returns the exit code. @throws {SignOffError} */
export async function runDecide(
  context: CommandContext,
  itemIds: readonly number[],
  options: DecideOptions,
): Promise<number> {
  const { output } = context;
  output.intro('faxsync items');
  return withSession(context, { settings: [], schema: 'filled' }, async (session) => {
    const account = oneAccount(session);
    const { by, ...decision } = options;
    const { changed, closedMonths, movedMonths } = await decideItems(session.runtime.pool, {
      ...decision,
      account,
      itemIds,
      actor: by,
      limits: session.runtime.account(account).reconciliation.limits,
      now: session.runtime.clock.now(),
    });
    const what = options.state === null ? 'changed' : plainWords(options.state);
    for (const month of closedMonths) {
      output.step(
        `${account}, ${month} is closed: its copy of the items stays as it was closed, only the living items change.`,
      );
    }
    output.document({
      command: 'items',
      ok: true,
      account,
      state: options.state,
      changed,
      closed_months: closedMonths,
      item_ids: itemIds,
    });
    const done =
      changed === 0
        ? 'Nothing to change: it was so already.'
        : `${countOf(changed, 'item')} ${what}${changed === itemIds.length ? '' : '; the others were so already'}.`;
    output.outro(`${done}${nextOf(movedMonths)}`);
    return EXIT.fine;
  });
}

/** A month takes a decision into account by its next run. */
function nextOf(months: readonly string[]): string {
  const [first, second] = months;
  if (first === undefined) return '';
  return second === undefined
    ? ` Reconcile again to see whether the month is ready: faxsync reconcile --period ${first}`
    : ` Reconcile again to see whether the months are ready: ${months.map((month) => `faxsync reconcile --period ${month}`).join(', ')}`;
}
