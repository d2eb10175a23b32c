import { ACCOUNT_METRICS, METRIC_UNITS, type MetricName } from '../src/domain/metrics.ts';
import { PER_PAGE_MAX } from '../src/phaxio/listing.ts';
import { HEAD_PASS, standardPassNames, TRAILING_PASSES } from '../src/pipeline/passes.ts';
import { METRIC_SERVICES } from './alarm-metrics.ts';
import type { DeploymentSettings } from './settings.ts';

/** Hours and minutes of a month, as AWS bills it. */
export const MONTH_HOURS = 730;
const MONTH_MINUTES = MONTH_HOURS * 60;
const DAYS = MONTH_HOURS / 24;
const WEEK_MINUTES = 7 * 24 * 60;

/**
 * What the model takes for granted. "Measured" is by this repository: `npm run bench -- usage`, `-- calls` and `-- backfill` say how, on the
 * simulator, an embedded DynamoDB and Postgres. "Assumed" cannot be measured without AWS.
 */
export interface CostAssumptions {
  /**
   * Callbacks for each fax. By the provider's default one, when it ends; accounts that have its events in flight switched on get one more for
   * each page and each retry (measured 4.6 in all). Assumed between the two.
   */
  readonly eventsPerFax: number;
  /** Months of landed objects and rows that lie there; storage grows with each. */
  readonly monthsStored: number;
  /** Pages for 1,000 faxes that are read: windows are not all full. Measured. */
  readonly pagesPerThousandFaxes: number;
  /** Objects of lists a day and account, by the hourly, 6-hourly and daily lists. Measured. */
  readonly listObjectsPerDay: number;
  /** Single faxes looked up for each fax. Measured. */
  readonly lookupsPerFax: number;
  /** Gzipped bytes in the landing zone: of a callback, of a fax in a page, and of the envelope around a page. Measured. */
  readonly callbackBytes: number;
  readonly faxBytes: number;
  readonly envelopeBytes: number;
  /** One line of S3's access log. Assumed. */
  readonly accessLogBytes: number;
  /** Units of DynamoDB: of a head run, of each other run, of a callback, of a loaded object. Measured. */
  readonly writeUnits: {
    readonly head: number;
    readonly run: number;
    readonly callback: number;
    readonly load: number;
  };
  readonly readUnits: { readonly head: number; readonly run: number; readonly callback: number };
  /** Bytes of a callback's digest in the table, kept for 10 days (8, and DynamoDB's delay). Measured. */
  readonly digestBytes: number;
  /** Run times in ms at the memory of the settings, cold starts included. Assumed from measured work and the share of a processor. */
  readonly runMs: {
    readonly head: number;
    /** Of any other pull, beside its calls. */
    readonly pull: number;
    readonly call: number;
    readonly callback: number;
    readonly loadStart: number;
    readonly loadCallback: number;
    readonly loadPage: number;
    readonly auditStart: number;
    readonly auditPage: number;
    readonly measure: number;
    /** A page; it waits for the database. */
    readonly report: number;
    readonly canary: number;
  };
  /** Share of callbacks whose document makes them larger than 512 kB, which count twice. Assumed. */
  readonly largeCallbackShare: number;
  /** Pollers that Lambda keeps at a queue, each with a batch of its own and a long poll of 20 s. Documented. */
  readonly pollers: number;
  /** Calls of ReceiveMessage that fill one batch. Assumed. */
  readonly receivesPerBatch: number;
  /** Bytes of log: Lambda's own lines of a run, and ours with the metrics of it. Measured. */
  readonly logBytes: {
    readonly platform: number;
    readonly head: number;
    readonly run: number;
    readonly callback: number;
    readonly load: number;
    readonly gateway: number;
  };
  /** What CloudWatch makes of a byte it keeps. Assumed. */
  readonly logCompression: number;
  /** Series of each metric for its function as a whole, beside those of the accounts. From the code. */
  readonly functionSeries: number;
  /** Detailed metrics of the endpoint's one route. Assumed to be charged like our own. */
  readonly endpointMetrics: number;
  /** Share of hours in which something happens that hardly ever does: each metric costs by the hour it is published in. Assumed. */
  readonly rareHours: number;
  /** Share of S3 requests that still cost a call to the key, with bucket keys; and calls an hour of each encrypted log. Assumed. */
  readonly keyShare: number;
  readonly keyCallsPerLogHour: number;
  /** How long a secret that was read is used, minutes, and in how many environments at once. From the code; assumed. */
  readonly secretMinutes: number;
  readonly callbackEnvironments: number;
  /** Processor seconds in Postgres for 1,000 objects: callbacks, pages; and for 1,000 new faxes. Measured. */
  readonly databaseMs: {
    readonly callback: number;
    readonly page: number;
    readonly fax: number;
    readonly measure: number;
    readonly report: number;
  };
  /** Bytes of a report page. Measured. */
  readonly reportBytes: number;
  /**
   * Processor ms in Postgres of the reconciliation: of a run, of a fax of the month with all checks, and with the hourly ones alone. The function
   * waits twice as long, since the smallest database has a part of a processor. Measured, assumed.
   */
  readonly reconcileMs: {
    readonly run: number;
    readonly fax: number;
    readonly hourlyFax: number;
    readonly waitFactor: number;
  };
  /** Months that a daily run looks at, in months that are over: half of the present one, and those that can still change. From the code. */
  readonly reconciledMonths: number;
  /** Processors of an ACU; and how much longer than the work lasts the capacity stays up. Documented, assumed. */
  readonly processorsPerAcu: number;
  readonly capacityLinger: number;
  /** Requests to Aurora's storage for an object and for a new fax. Measured log bytes by 4 kB and commits, assumed reads. */
  readonly ioPerObject: number;
  readonly ioPerFax: number;
  /** Bytes in the tables with their indexes: of a fax with its recipients and history, and of an object in the ledger. Measured. */
  readonly faxRowBytes: number;
  readonly objectRowBytes: number;
  /** Write-ahead log of a loaded object: the daily change that backups keep. Measured. */
  readonly walBytesPerObject: number;
  /** Bytes between loader and database for an object. Assumed. */
  readonly databaseTrafficBytes: number;
}

/** Where nothing else is said. */
export const ASSUMPTIONS: CostAssumptions = {
  eventsPerFax: 3,
  monthsStored: 12,
  pagesPerThousandFaxes: 1.17,
  listObjectsPerDay: 133,
  lookupsPerFax: 0.025,
  callbackBytes: 580,
  faxBytes: 62,
  envelopeBytes: 400,
  accessLogBytes: 700,
  writeUnits: { head: 5, run: 14, callback: 2, load: 0.01 },
  readUnits: { head: 3, run: 29, callback: 1 },
  digestBytes: 200,
  runMs: {
    head: 1500,
    pull: 1500,
    call: 1100,
    callback: 90,
    loadStart: 25,
    loadCallback: 45,
    loadPage: 120,
    auditStart: 2500,
    auditPage: 200,
    measure: 1200,
    report: 10_000,
    canary: 1000,
  },
  largeCallbackShare: 0.05,
  pollers: 5,
  receivesPerBatch: 2,
  logBytes: { platform: 415, head: 1770, run: 4500, callback: 700, load: 860, gateway: 260 },
  logCompression: 0.15,
  functionSeries: 1,
  endpointMetrics: 6,
  rareHours: 0.05,
  keyShare: 0.01,
  keyCallsPerLogHour: 12,
  secretMinutes: 5,
  callbackEnvironments: 3,
  databaseMs: { callback: 1.4, page: 4, fax: 0.02, measure: 100, report: 4000 },
  reportBytes: 80_000,
  reconcileMs: { run: 500, fax: 0.055, hourlyFax: 0.008, waitFactor: 2 },
  reconciledMonths: 2.5,
  processorsPerAcu: 0.25,
  capacityLinger: 3,
  ioPerObject: 4,
  ioPerFax: 0.5,
  faxRowBytes: 760,
  objectRowBytes: 360,
  walBytesPerObject: 1000,
  databaseTrafficBytes: 6000,
};

/** What a month needs of each thing that is paid for. */
export interface Usage {
  readonly callbacks: number;
  /** Pulls by the schedules, and calls of the provider, per month over all accounts. */
  readonly headRuns: number;
  readonly otherRuns: number;
  readonly calls: number;
  /** Objects that pulls land; each call lands about one. */
  readonly pulledObjects: number;
  readonly objects: number;
  readonly batches: number;
  readonly audits: { readonly runs: number; readonly pages: number };
  readonly measures: number;
  /** Runs of all checks, and of the hourly ones; and the processor ms of both in Postgres. */
  readonly reconciles: { readonly daily: number; readonly hourly: number; readonly databaseMs: number };
  /** Report pages made by the schedule; each is stored twice, under its day and as the latest. */
  readonly reports: number;
  readonly canaries: number;
  readonly landedGb: number;
  readonly accessLogGb: number;
  readonly logGb: { readonly masked: number; readonly gateway: number };
  readonly metrics: number;
}

/** Counts everything of a month of `faxesPerMonth`, all accounts together. */
export function usageOf(settings: DeploymentSettings, faxesPerMonth: number, given: CostAssumptions): Usage {
  const { schedules, loads } = settings;
  const accounts = settings.accounts.length;
  const runsEvery = (minutes: number) => (accounts * MONTH_MINUTES) / minutes;
  const headRuns = runsEvery(schedules.headMinutes);
  const trailingRuns = runsEvery(schedules.trailingMinutes);
  const otherRuns = trailingRuns + runsEvery(schedules.snapshotsMinutes);
  const callbacks = faxesPerMonth * given.eventsPerFax;

  // A look takes one page at least; every run that looks at the head reads its overlap again.
  const pages = (faxes: number, looks: number) => Math.max(looks, (faxes / PER_PAGE_MAX) * given.pagesPerThousandFaxes);
  const lookedAtHead = headRuns + trailingRuns;
  const overlaps = (HEAD_PASS.overlapMs / 60_000) * (lookedAtHead / (accounts * MONTH_MINUTES));
  const headFaxes = faxesPerMonth * (1 + overlaps);
  const headObjects = pages(headFaxes, lookedAtHead);
  const trailing = TRAILING_PASSES.map(({ everyMs }) =>
    pages(faxesPerMonth, runsEvery(Math.max(schedules.trailingMinutes, everyMs / 60_000))),
  );
  const lists = accounts * DAYS * given.listObjectsPerDay;
  const lookups = faxesPerMonth * given.lookupsPerFax;
  const pulledObjects = [headObjects, ...trailing, lists, lookups].reduce((sum, count) => sum + count, 0);
  const objects = pulledObjects + callbacks;
  const perSecond = objects / (MONTH_HOURS * 3600);
  const perBatch = Math.min(loads.batchSize, 1 + (perSecond * loads.batchingWindowSeconds) / given.pollers);
  const batches = objects / perBatch;

  // S3 lists 1,000 keys at a time; the weekly audit lists everything there is, as far as its time goes.
  const frequent = runsEvery(schedules.auditMinutes);
  const weekly = runsEvery(WEEK_MINUTES);
  const perHour = objects / MONTH_HOURS / accounts;
  const recent = (perHour * schedules.auditHours) / 1000;
  const everything = (objects * given.monthsStored) / accounts / 1000;
  const pagesInTime = (settings.functions.audit.timeoutSeconds * 1000 - given.runMs.auditStart) / given.runMs.auditPage;
  const auditPages = frequent * (1 + Math.min(recent, pagesInTime)) + weekly * (1 + Math.min(everything, pagesInTime));
  const audits = { runs: frequent + weekly, pages: auditPages };

  const readFaxes = headFaxes + TRAILING_PASSES.length * faxesPerMonth;
  const landedBytes =
    callbacks * given.callbackBytes + readFaxes * given.faxBytes + pulledObjects * given.envelopeBytes;
  const measures = runsEvery(schedules.reportMinutes);
  const daily = runsEvery(schedules.reconcileMinutes);
  const hourly = runsEvery(schedules.checkMinutes);
  const { run, fax, hourlyFax } = given.reconcileMs;
  const monthFaxes = faxesPerMonth / accounts;
  const reconciles = {
    daily,
    hourly,
    // The present month is half over in the mean.
    databaseMs:
      daily * (run + monthFaxes * given.reconciledMonths * fax) + hourly * (run + (monthFaxes / 2) * hourlyFax),
  };
  const canaries = MONTH_MINUTES / schedules.canaryMinutes;
  const reports = accounts * DAYS;
  const { logBytes } = given;
  const otherFunctions = otherRuns + audits.runs + measures + reconciles.daily + reconciles.hourly + reports + canaries;
  const invocations = headRuns + callbacks + batches + otherFunctions;
  const masked =
    invocations * logBytes.platform +
    headRuns * logBytes.head +
    otherFunctions * logBytes.run +
    callbacks * logBytes.callback +
    batches * logBytes.load;
  return {
    callbacks,
    headRuns,
    otherRuns,
    calls: pulledObjects,
    pulledObjects,
    objects,
    batches,
    audits,
    measures,
    reconciles,
    reports,
    canaries,
    landedGb: landedBytes / 1e9,
    // Put, read once by the loader, listed by the audit.
    accessLogGb: ((2 * objects + audits.pages) * given.accessLogBytes) / 1e9,
    logGb: { masked: masked / 1e9, gateway: (callbacks * logBytes.gateway) / 1e9 },
    metrics: metricHours(settings, given) / MONTH_HOURS,
  };
}

/** Published only when something happens that hardly ever does. */
const RARE: ReadonlySet<MetricName> = new Set([
  'CallbacksRepeated',
  'CallbacksRefused',
  'CallbacksUnavailable',
  'CallbacksByOldToken',
  'UnknownEvents',
  'LoadFailed',
]);
/** Told once a day. */
const DAILY: ReadonlySet<MetricName> = new Set([
  'ExceptionsWarn',
  'CentsOwed',
  'MatchRateCount',
  'MatchRateMoney',
  'RollupsDiffering',
]);
const METRIC_NAMES = Object.keys(METRIC_UNITS) as MetricName[];

/** How many series of one metric there are: of the function where it is told for it, of each account, and for a lag of each pass of an account. */
export function seriesOf(name: MetricName, accounts: number, functionSeries = ASSUMPTIONS.functionSeries): number {
  return (
    (ACCOUNT_METRICS.has(name) ? 0 : functionSeries) +
    accounts * (name === 'PassLag' ? 1 + standardPassNames().length : 1)
  );
}

/** Hours in which metrics are published, all series together. */
function metricHours({ accounts, schedules }: DeploymentSettings, given: CostAssumptions): number {
  // A share of all hours: a daily run counts in one of 24.
  const shareOf = (everyMinutes: number) => Math.min(1, 60 / everyMinutes);
  const hours = METRIC_NAMES.map((name) => {
    const service = METRIC_SERVICES[name];
    const ofAccounts = service === 'canary' ? 1 : accounts.length;
    const share =
      service === 'canary'
        ? shareOf(schedules.canaryMinutes)
        : DAILY.has(name)
          ? shareOf(schedules.reconcileMinutes)
          : RARE.has(name)
            ? given.rareHours
            : 1;
    return seriesOf(name, ofAccounts, given.functionSeries) * share * MONTH_HOURS;
  });
  // And what the filters of the functions' logs count: one series, in every hour.
  return hours.reduce((sum, count) => sum + count, MONTH_HOURS);
}
