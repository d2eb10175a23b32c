import type pg from 'pg';
import { type MirrorRig, RIG_ACCOUNT } from '../../src/cli/demo/mirror-rig.ts';
import { type Period, parsePeriod } from '../../src/domain/reconciliation.ts';
import type { Instant } from '../../src/domain/time.ts';
import { reconcileAccount } from '../../src/pipeline/reconcile.ts';
import { CODE_VERSION } from '../../src/runtime/code-version.ts';
import { approvePeriod, preparePeriod } from '../../src/warehouse/recon/close.ts';
import { decideItems } from '../../src/warehouse/recon/decide.ts';
import { importInvoices } from '../../src/warehouse/recon/import-invoices.ts';
import { importReceipts } from '../../src/warehouse/recon/import-receipts.ts';
import { readPeriods } from '../../src/warehouse/recon/read-periods.ts';
import type { Found } from './recon-judge.ts';

/** What the checks of one round may take. */
const ROUND_TIMEOUT_MS = 120_000;

/** What stands: neither passed since nor explained by the check itself. Ids as text, cents exactly. */
const STANDING = `
select i.item_id::float8 as "itemId", i.check_id as "check", to_char(i.period, 'YYYY-MM') as period, i.subject_kind as "subjectKind", i.subject_id as "subjectId",
  i.severity, i.reason, i.cents::float8 as cents, i.owed_cents::float8 as "owedCents", i.state, i.actual::float8 as actual, i.expected::float8 as expected
from recon.items i
where i.severity <> 'info' and i.state <> 'cleared' and not (i.state = 'explained' and i.decided_by = 'faxsync')
order by i.item_id`;

/** The people who reconcile the account of a rig: one runs the checks and explains, one prepares the bill, one approves it. */
export class Office {
  readonly #rig: MirrorRig;
  #takesReceipts = false;

  constructor(rig: MirrorRig) {
    this.#rig = rig;
  }

  get #pool(): pg.Pool {
    return this.#rig.runtime.pool;
  }

  /** A round of the checks, as every night. */
  async reconcile(): Promise<void> {
    await this.#importReceipts();
    await reconcileAccount(this.#pool, {
      account: RIG_ACCOUNT,
      settings: this.#rig.runtime.account(RIG_ACCOUNT).reconciliation,
      clock: this.#rig.clock,
      every: 'day',
      codeVersion: CODE_VERSION,
      timeoutMs: ROUND_TIMEOUT_MS,
    });
  }

  /** When the account was looked at, in order. */
  async looks(): Promise<Instant[]> {
    const { rows } = await this.#pool.query<{ at: Date }>(
      'select observed_at as at from warehouse.account_snapshots order by observed_at',
    );
    return rows.map(({ at }) => at.getTime());
  }

  /** Every item of severity error and warn that stands, decided or not. */
  async standing(): Promise<Found[]> {
    return (await this.#pool.query<Found>(STANDING)).rows;
  }

  /** Accepts whatever is open, as people do who have asked the provider. */
  async acceptAll(): Promise<void> {
    const { rows } = await this.#pool.query<{ id: number }>(
      `select item_id::float8 as id from recon.items where state = 'open'`,
    );
    if (rows.length === 0) return;
    await decideItems(this.#pool, {
      account: RIG_ACCOUNT,
      itemIds: rows.map(({ id }) => id),
      state: 'accepted',
      actor: 'office',
      note: 'asked the provider',
      limits: this.#rig.runtime.account(RIG_ACCOUNT).reconciliation.limits,
      now: this.#rig.clock.now(),
    });
  }

  /** Imports the provider's invoice of a month. */
  async importInvoice(text: string): Promise<void> {
    await importInvoices(this.#pool, { account: RIG_ACCOUNT, text, importedBy: 'office', now: this.#rig.clock.now() });
  }

  /** From now on receipts of the money added are imported before each round. */
  takeReceipts(): void {
    this.#takesReceipts = true;
  }

  async #importReceipts(): Promise<void> {
    const { world } = this.#rig.simulator;
    const hasRecharges = world.ledger.entriesUntil(world.now).some(({ kind }) => kind === 'recharge');
    if (!this.#takesReceipts || !hasRecharges) return;
    const now = this.#rig.clock.now();
    await importReceipts(this.#pool, { account: RIG_ACCOUNT, text: world.receiptsCsv(), importedBy: 'office', now });
  }

  /** Closes the months up to one that are ready, oldest first; gives those that are not closed now, with their states. */
  async closeUpTo(last: Period): Promise<Array<{ readonly period: string; readonly state: string }>> {
    const account = RIG_ACCOUNT;
    for (const { period, state } of await this.#periodsUpTo(last)) {
      if (state === 'closed') continue;
      // Months are closed in their order.
      if (state !== 'ready') break;
      const now = this.#rig.clock.now();
      await preparePeriod(this.#pool, { account, period, preparer: 'preparer', statement: 'agrees', now });
      await approvePeriod(this.#pool, { account, period, approver: 'approver', now });
    }
    return (await this.#periodsUpTo(last)).filter(({ state }) => state !== 'closed');
  }

  async #periodsUpTo(last: Period): Promise<Array<{ readonly period: Period; readonly state: string }>> {
    const known = (await readPeriods(this.#pool, RIG_ACCOUNT)).flatMap(({ period: text, state }) => {
      const period = parsePeriod(text);
      return period === null || period > last ? [] : [{ period, state }];
    });
    return known.sort((left, right) => (left.period < right.period ? -1 : 1));
  }
}
