import type { Pool } from 'pg';
import { type Checks, printTable } from './checks.ts';

interface RunCount {
  readonly every: string;
  readonly login: string | null;
  readonly complete: number;
  readonly failed: number;
}

interface StandingItem {
  readonly check_id: string;
  readonly severity: string;
  readonly reason: string;
  readonly state: string;
  readonly items: number;
  readonly cents: number;
}

/** Runs by kind. A run that another one kept from the account failed without a fault of its own. */
const RUNS = `
select every, (select string_agg(distinct login, ', ') from recon.events) as login,
  count(*) filter (where status = 'complete')::integer as complete,
  count(*) filter (where status <> 'complete' and error_code is distinct from 'run_under_way')::integer as failed
from recon.runs group by every order by every`;

const ITEMS = `
select check_id, severity, reason, state, count(*)::integer as items, sum(abs(cents))::float8 as cents
from recon.items group by 1, 2, 3, 4 order by 1, 2, 3, 4`;

/** What the world's oddities plant: a cost that is no amount is refused and set aside, and then a success has none. */
const PLANTED: readonly RegExp[] = [/^C13 cost_missing$/, /^C24 /];

/** What the months add up to by their latest whole runs, and what every charge that was seen adds up to; in US cents. */
const BILL = `
select
  (select sum(charged_cents)::float8 from (
    select distinct on (period) charged_cents from recon.runs
    where status = 'complete' and every = 'day' order by period, run_id desc) latest) as reconciled,
  (select sum(cents)::float8 from warehouse.charges) as charged,
  (select coalesce(sum(cents), 0)::float8 from warehouse.charges where charge_kind <> 'rent') as faxes`;

/**
 * Claims that the deployed function reconciled by the hour and by the day, under its own login, that nothing unexplained stands, and that the
 * months add up to the provider's own sum: `providerCents` for faxes that are no tests.
 */
export async function claimReconciled(pool: Pool, checks: Checks, providerCents: number): Promise<void> {
  const { rows: runs } = await pool.query<RunCount>(RUNS);
  printTable(
    ['reconciliation', 'complete', 'failed'],
    runs.map(({ every, complete, failed }) => [every, complete, failed]),
  );
  checks.claim(
    'the deployed login reconciled by the hour and by the day, and no run failed',
    runs.length === 2 &&
      runs.every(({ complete, failed, login }) => complete > 0 && failed === 0 && login === 'faxsync_reconcile'),
    () => JSON.stringify(runs),
  );
  const { rows: items } = await pool.query<StandingItem>(ITEMS);
  printTable(
    ['check', 'severity', 'reason', 'state', 'items', 'cents'],
    items.map(({ check_id: check, severity, reason, state, items: count, cents }) => [
      check,
      severity,
      reason,
      state,
      count,
      cents,
    ]),
  );
  checks.none(
    'no exception of severity error stands unexplained but what was planted',
    items
      .filter(({ state, severity }) => state === 'open' && severity === 'error')
      .filter(({ check_id: check, reason }) => !PLANTED.some((planted) => planted.test(`${check} ${reason}`)))
      .map(({ check_id: check, reason, items: count, cents }) => `${check} ${reason}: ${count}, ${cents} cents`),
  );
  const { rows: bills } = await pool.query<{ reconciled: number; charged: number; faxes: number }>(BILL);
  const [bill] = bills;
  checks.claim(
    `the reconciled months differ from the provider's bill by 0 cents (${bill?.reconciled} cents, of them ${bill?.faxes} for faxes)`,
    bill !== undefined && bill.reconciled === bill.charged && bill.faxes === providerCents,
    () => JSON.stringify({ ...bill, providerCents }),
  );
}
