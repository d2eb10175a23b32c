import type pg from 'pg';
import { SettingsError } from '../domain/errors.ts';
import { dayIn, type Instant } from '../domain/time.ts';
import { inTransaction } from './connection.ts';
import type { Asked, ReportScope } from './report-page-ask.ts';
import {
  type DayBilling,
  type NumberCost,
  type NumbersHeld,
  readBilling,
  readNumbers,
  readNumbersHeld,
  readTags,
  type TagCost,
} from './report-page-billing.ts';
import { type CopyBegin, readCopyBegin } from './report-page-copy.ts';
import { type IncidentArea, readIncidentAreas } from './report-page-incident.ts';
import {
  type Area,
  type DayOutcome,
  type Failure,
  type FailureDay,
  type OpenFaxes,
  readAreas,
  readDaysBefore,
  readFailureDays,
  readFailures,
  readHours,
  readLastFaxDay,
  readOpenFaxes,
  readOutcomes,
  readSpeed,
  type Speed,
  type WeekHour,
} from './report-page-outcomes.ts';
import {
  type BalanceForecast,
  type JudgedDay,
  type MonthForecast,
  type NumbersFinding,
  readBalance,
  readForecast,
  readJudgedDays,
  readNumberFindings,
} from './report-page-outlook.ts';
import {
  type BillDay,
  type BillItems,
  type BillMonth,
  type QualityMeasure,
  readBill,
  readBillDays,
  readBillItems,
  readFreshness,
  readQuality,
  type StreamFreshness,
} from './report-page-trust.ts';

/** Smallest group that is shown by itself: values of tags in fewer faxes and areas with fewer recipients are not. */
export const GROUP_MIN = 5;

/** Everything that the page shows, as the database had it at one instant. No number of anybody, but the last two digits of own ones. */
export interface ReportPageData extends ReportScope {
  /** IANA zone of the account's bill. */
  readonly zone: string;
  /** Last day of the months whose bill is shown; after `to` where the page ends with the last fax. */
  readonly billTo: string;
  /** The instant the page is made. */
  readonly now: Instant;
  /** Smallest group that is shown by itself. */
  readonly groupMin: number;
  readonly outcomes: Asked<DayOutcome>;
  /** The eight weeks before the range. */
  readonly daysBefore: Asked<DayOutcome>;
  /** The last day with a fax, whatever the range; no row where there is none. */
  readonly lastFaxDay: Asked<{ readonly day: string }>;
  /** Since when the account is mirrored, whatever the range. */
  readonly copyBegin: Asked<CopyBegin>;
  readonly failures: Asked<Failure>;
  /** From eight weeks before the range on. */
  readonly failureDays: Asked<FailureDay>;
  /** The area of the worst incident; null where there is no incident. */
  readonly incidentAreas: Asked<IncidentArea> | null;
  readonly hours: Asked<WeekHour>;
  readonly areas: Asked<Area>;
  readonly speed: Asked<Speed>;
  readonly open: Asked<OpenFaxes>;
  readonly billing: Asked<DayBilling>;
  readonly tags: Asked<TagCost>;
  readonly numbers: Asked<NumberCost>;
  readonly held: Asked<NumbersHeld>;
  readonly numberFindings: Asked<NumbersFinding>;
  readonly forecast: Asked<MonthForecast>;
  readonly balance: Asked<BalanceForecast>;
  readonly judgedDays: Asked<JudgedDay>;
  readonly bill: Asked<BillMonth>;
  readonly billItems: Asked<BillItems>;
  readonly billDays: Asked<BillDay>;
  readonly freshness: Asked<StreamFreshness>;
  readonly quality: Asked<QualityMeasure>;
}

interface Days {
  readonly from: string;
  readonly to: string;
}

interface PageDays extends Days {
  readonly billTo: string;
}

/** Settings of the one transaction: of one state of the database, and texts of times that do not depend on who asks. */
const BEGIN = `begin isolation level repeatable read read only; set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local jit = off`;

/**
 * Reads all sections in one read-only transaction, one query each, so that every figure is of the same state of the database.
 * `rangeIn` is told the account's zone and the last day with a fax, and gives the days; `incidentIn` finds in what was read the days whose areas are asked for, or null.
 * @throws {SettingsError} code `account_unknown`, when nothing was ever loaded of the account. @throws {WarehouseError}
 */
export async function readReportPage(
  pool: pg.Pool,
  account: string,
  now: Instant,
  {
    rangeIn,
    incidentIn,
  }: {
    readonly rangeIn: (zone: string, lastFaxDay: string | null) => PageDays;
    readonly incidentIn: (data: ReportPageData) => Days | null;
  },
): Promise<ReportPageData> {
  return inTransaction(
    pool,
    async (client) => {
      const zone = await readZone(client, account);
      const lastFaxDay = await readLastFaxDay(client, account, dayIn(now, zone));
      const { billTo, ...days } = rangeIn(zone, lastFaxDay.rows[0]?.day ?? null);
      const scope: ReportScope = { account, ...days };
      const billScope: ReportScope = { ...scope, to: billTo };
      const data: ReportPageData = {
        ...scope,
        zone,
        billTo,
        now,
        groupMin: GROUP_MIN,
        outcomes: await readOutcomes(client, scope),
        daysBefore: await readDaysBefore(client, scope),
        lastFaxDay,
        copyBegin: await readCopyBegin(client, account),
        failures: await readFailures(client, scope),
        failureDays: await readFailureDays(client, scope),
        incidentAreas: null,
        hours: await readHours(client, scope),
        areas: await readAreas(client, scope, GROUP_MIN),
        speed: await readSpeed(client, scope),
        open: await readOpenFaxes(client, scope),
        billing: await readBilling(client, scope),
        tags: await readTags(client, scope, GROUP_MIN),
        numbers: await readNumbers(client, scope),
        held: await readNumbersHeld(client, scope),
        numberFindings: await readNumberFindings(client, scope),
        forecast: await readForecast(client, scope),
        balance: await readBalance(client, scope),
        judgedDays: await readJudgedDays(client, scope),
        bill: await readBill(client, billScope),
        billItems: await readBillItems(client, billScope),
        billDays: await readBillDays(client, billScope),
        freshness: await readFreshness(client, scope),
        quality: await readQuality(client, scope),
      };
      const incident = incidentIn(data);
      if (incident === null) return data;
      const { from, to } = incident;
      return { ...data, incidentAreas: await readIncidentAreas(client, { account, from, to }, GROUP_MIN) };
    },
    BEGIN,
  );
}

// The one question that no report view answers: days begin in the account's own zone.
async function readZone(client: pg.ClientBase, account: string): Promise<string> {
  const { rows } = await client.query<{ zone: string }>(
    'select billing_zone as zone from warehouse.accounts where account_key = $1',
    [account],
  );
  const zone = rows[0]?.zone;
  if (zone !== undefined) return zone;
  const known = await client.query<{ key: string }>('select account_key as key from warehouse.accounts order by 1');
  const names = known.rows.map(({ key }) => key).join(', ');
  throw new SettingsError(
    `Nothing was ever loaded of the account ${account}. ${names === '' ? 'The warehouse is empty: begin with "faxsync sync".' : `There are: ${names}.`}`,
    { code: 'account_unknown', context: { account } },
  );
}
