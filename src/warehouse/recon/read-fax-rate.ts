import type pg from 'pg';
import type { Period, ReconciliationSettings } from '../../domain/reconciliation.ts';
import type { Instant } from '../../domain/time.ts';
import { inTransaction, int8ToNumber } from '../connection.ts';
import { rateFaxes } from './rate-faxes.ts';
import { takeScope } from './scope.ts';

/** How one fax is rated, in whole cents. */
export interface FaxRate {
  /** ISO 3166-1 alpha-2; null where its numbers are of several countries, or of none. */
  readonly country: string | null;
  /** Recipients that are charged for; 1 for a received fax. */
  readonly units: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Price of the recipients that were reached; null where no rate is known or the fax is under way. */
  readonly expectedCents: number | null;
  /** Price of all recipients, as it is taken at first; null where no rate is known. */
  readonly fullCents: number | null;
  /** negotiated, card or observed; null where no rate is known. */
  readonly source: string | null;
}

/** Which fax is rated, and by what. */
export interface FaxRateRequest {
  readonly account: string;
  readonly faxId: string;
  /** Month of the fax in the billing zone. */
  readonly period: Period;
  readonly asOf: Instant;
  readonly settings: ReconciliationSettings;
}

interface RateRow {
  readonly country: string | null;
  readonly unit_count: number;
  readonly succeeded_count: number;
  readonly failed_count: number;
  readonly expected_cents: string | null;
  readonly full_cents: string | null;
  readonly rate_source: string | null;
}

/**
 * Rates one fax as a run would now, and keeps nothing. Prices that a run takes from other faxes of the month are not looked for.
 * Null where the fax is not of this month.
 * @throws {WarehouseError}
 */
export async function readFaxRate(pool: pg.Pool, request: FaxRateRequest): Promise<FaxRate | null> {
  return inTransaction(pool, async (client) => {
    if (!(await takeScope(client, request))) return null;
    await rateFaxes(client, request.settings);
    const { rows } = await client.query<RateRow>(
      `select country, unit_count, succeeded_count, failed_count, expected_cents::text, full_cents::text, rate_source from run_faxes`,
    );
    const [row] = rows;
    if (row === undefined) return null;
    return {
      country: row.country,
      units: row.unit_count,
      succeeded: row.succeeded_count,
      failed: row.failed_count,
      expectedCents: row.expected_cents === null ? null : int8ToNumber(row.expected_cents),
      fullCents: row.full_cents === null ? null : int8ToNumber(row.full_cents),
      source: row.rate_source,
    };
  });
}
