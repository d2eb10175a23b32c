import type pg from 'pg';
import { dayIn, type Instant } from '../domain/time.ts';
import { readReportPage } from '../warehouse/report-page-data.ts';
import { findIncidents, worstIncident } from './incidents.ts';
import { renderReport } from './page.ts';
import { pageRange } from './range.ts';

/** What a page is asked for. */
export interface ReportPageRequest {
  /** Key of the account. */
  readonly account: string;
  /** First day, `YYYY-MM-DD`; null: the first of the month before that of the end. */
  readonly from: string | null;
  /** Last day, itself included; null: today, or the day of the last fax where none came for two weeks. */
  readonly to: string | null;
  /** The present; days are those of the account's billing zone. */
  readonly now: Instant;
  /** What the commands that the page names need to find this database, a space before each flag; without it nothing. */
  readonly commandFlags?: string;
}

/** A page, with the days it covers. */
export interface ReportPage {
  /** One file without scripts and without anything from elsewhere. Left out: whole telephone numbers, names of recipients, values of tags in fewer than five faxes. */
  readonly html: string;
  /** `YYYY-MM-DD`, both included. */
  readonly from: string;
  readonly to: string;
  readonly zone: string;
  /** Day on which it was made, in that zone. */
  readonly madeOn: string;
  /** The last day with a fax, in the page or not; null where there is none. */
  readonly lastFaxDay: string | null;
}

/**
 * Makes the report page of an account: reads every section of one state of the database, and draws it. The same rows and the same `now` give the same page.
 * @throws {SettingsError} for a range that ends before it begins or is too long (code `usage`) and an account that is not there (`account_unknown`). @throws {WarehouseError}
 */
export async function makeReportPage(
  pool: pg.Pool,
  { account, from, to, now, commandFlags = '' }: ReportPageRequest,
): Promise<ReportPage> {
  const data = await readReportPage(pool, account, now, {
    rangeIn: (zone, lastFaxDay) => pageRange({ from, to }, dayIn(now, zone), lastFaxDay),
    incidentIn: (read) => worstIncident(findIncidents(read)),
  });
  return {
    html: renderReport(data, commandFlags),
    from: data.from,
    to: data.to,
    zone: data.zone,
    madeOn: dayIn(now, data.zone),
    lastFaxDay: data.lastFaxDay.rows[0]?.day ?? null,
  };
}
