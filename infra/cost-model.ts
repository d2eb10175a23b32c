import { PRICES, type Price, type PriceList, type PriceName } from './cost-prices.ts';
import { ASSUMPTIONS, type CostAssumptions, MONTH_HOURS, type Usage, usageOf } from './cost-usage.ts';
import type { AuroraSettings, DeploymentSettings, FunctionName } from './settings.ts';

/** Parts of the bill, in the order in which they are shown. */
export const COST_GROUPS = {
  landing: 'landing zone (S3)',
  functions: 'functions and endpoint (Lambda, HTTP API, Scheduler)',
  state: 'state (DynamoDB)',
  queue: 'queue (SQS)',
  watching: 'watching (CloudWatch)',
  safety: 'keys and secrets (KMS, Secrets Manager)',
  database: 'database (Aurora)',
} as const;

/** One of {@link COST_GROUPS}. */
export type CostGroup = keyof typeof COST_GROUPS;

const ROAD: ReadonlySet<CostGroup> = new Set(['landing', 'functions', 'state', 'queue']);

/** One line of the bill. */
export interface CostLine {
  readonly group: CostGroup;
  readonly item: string;
  /** A month's, in the price's unit. */
  readonly quantity: number;
  readonly price: PriceName;
  readonly usd: number;
}

/** A month's bill. */
export interface CostEstimate {
  readonly faxesPerMonth: number;
  readonly usage: Usage;
  readonly lines: readonly CostLine[];
  readonly totalUsd: number;
  readonly databaseUsd: number;
  /** Everything but the database. */
  readonly outsideUsd: number;
  /** Of that, the road of a datum: landing zone, functions, state and queue. */
  readonly roadUsd: number;
  /** What the same functions in private subnets would cost on top: a NAT gateway in two zones. */
  readonly natUsd: number;
  /** And with interface endpoints in two zones in place of it, for those that need no provider. */
  readonly endpointsUsd: number;
}

/** What may be given in place of the defaults. */
export interface CostOptions {
  readonly prices?: PriceList;
  readonly assumptions?: Partial<CostAssumptions>;
}

/** Things of the stack that cost by their number; a test counts them in the template. */
export interface CountedResources {
  /** Metrics in alarms: a formula costs one for each metric it is of. */
  readonly alarmMetrics: number;
  readonly dashboards: number;
  readonly keys: number;
  readonly secrets: number;
  readonly logGroups: number;
}

/** Counts what the stack of these settings has of them. */
export function countedResources(settings: DeploymentSettings): CountedResources {
  const accounts = settings.accounts.length;
  const silent = settings.accounts.filter(({ account }) => settings.alarms.accountsWithoutCallbacks.includes(account));
  const isAurora = settings.warehouse.kind === 'aurora';
  return {
    alarmMetrics: 23 + 17 * accounts - 2 * silent.length + (isAurora ? 3 : 0),
    dashboards: 1,
    keys: 1,
    // Two an account; the one RDS keeps for the master, or one for each of the four logins of an external warehouse.
    secrets: 2 * accounts + (isAurora ? 1 : 4),
    logGroups: isAurora ? 12 : 10,
  };
}

const GB = 1e9;
/** Zones the network has. */
const ZONES = 2;
/** Services that functions without internet would have to reach by interface endpoints: secrets, queue, logs, key, metrics. */
const INTERFACE_ENDPOINTS = 5;

/**
 * What a month of so many faxes costs with these settings, all accounts together, in US dollars. Storage is that of the month in which
 * {@link CostAssumptions.monthsStored} of it lie there. Nothing is free, nothing is discounted, and taxes are left out.
 */
export function estimateCost(
  settings: DeploymentSettings,
  faxesPerMonth: number,
  { prices = PRICES, assumptions = {} }: CostOptions = {},
): CostEstimate {
  const given = { ...ASSUMPTIONS, ...assumptions };
  const usage = usageOf(settings, faxesPerMonth, given);
  const bill = new Bill(prices);
  addLanding(bill, usage, given);
  addFunctions(bill, settings, usage, given);
  addState(bill, usage, given);
  addQueue(bill, usage, given);
  addWatching(bill, settings, usage, given);
  addSafety(bill, settings, usage, given);
  const { warehouse } = settings;
  if (warehouse.kind === 'aurora') addDatabase(bill, settings, warehouse, faxesPerMonth, usage, given);
  const { lines } = bill;
  const sum = (some: readonly CostLine[]) => some.reduce((total, { usd }) => total + usd, 0);
  const databaseUsd = sum(lines.filter(({ group }) => group === 'database'));
  const totalUsd = sum(lines);
  const trafficGb = (usage.objects * given.databaseTrafficBytes) / GB + usage.landedGb;
  return {
    faxesPerMonth,
    usage,
    lines,
    totalUsd,
    databaseUsd,
    outsideUsd: totalUsd - databaseUsd,
    roadUsd: sum(lines.filter(({ group }) => ROAD.has(group))),
    natUsd:
      bill.of('natHours', ZONES * MONTH_HOURS) +
      bill.of('addressHours', ZONES * MONTH_HOURS) +
      bill.of('natData', trafficGb),
    endpointsUsd:
      bill.of('endpointHours', INTERFACE_ENDPOINTS * ZONES * MONTH_HOURS) + bill.of('endpointData', usage.logGb.masked),
  };
}

/** Lines that are added up by a price list. */
class Bill {
  readonly lines: CostLine[] = [];
  readonly #prices: PriceList;

  constructor(prices: PriceList) {
    this.#prices = prices;
  }

  of(price: PriceName, quantity: number): number {
    const { usd, per }: Price = this.#prices[price];
    return (quantity * usd) / per;
  }

  add(group: CostGroup, item: string, price: PriceName, quantity: number): void {
    this.lines.push({ group, item, price, quantity, usd: this.of(price, quantity) });
  }
}

function addLanding(bill: Bill, usage: Usage, given: CostAssumptions): void {
  const { objects, audits, callbacks, pulledObjects, landedGb, accessLogGb } = usage;
  bill.add('landing', 'putting callbacks', 's3Put', callbacks);
  bill.add('landing', 'putting what pulls land', 's3Put', pulledObjects);
  bill.add('landing', 'reading each object once', 's3Get', objects);
  bill.add('landing', 'listing by the audit', 's3Put', audits.pages);
  bill.add('landing', `objects of ${given.monthsStored} months`, 's3Storage', landedGb * given.monthsStored);
  const pages = 2 * usage.reports;
  bill.add('landing', 'putting report pages', 's3Put', pages);
  bill.add(
    'landing',
    `report pages of ${given.monthsStored} months`,
    's3Storage',
    ((pages * given.reportBytes) / GB) * given.monthsStored,
  );
  const accessMonths = Math.min(given.monthsStored, ACCESS_LOG_MONTHS);
  bill.add('landing', `access log of ${accessMonths.toFixed(0)} months`, 's3Storage', accessLogGb * accessMonths);
}

/** 400 days; see landing-zone.ts. */
const ACCESS_LOG_MONTHS = (400 * 24) / MONTH_HOURS;

function addFunctions(
  bill: Bill,
  settings: DeploymentSettings,
  usage: Usage,
  { runMs, ...given }: CostAssumptions,
): void {
  const { headRuns, otherRuns, calls, callbacks, batches, pulledObjects } = usage;
  const { audits, measures, reconciles, reports, canaries } = usage;
  const works: ReadonlyArray<readonly [name: FunctionName, runs: number, ms: number]> = [
    [
      'pull',
      headRuns + otherRuns,
      headRuns * runMs.head + otherRuns * runMs.pull + Math.max(0, calls - headRuns) * runMs.call,
    ],
    ['receive-callback', callbacks, callbacks * runMs.callback],
    ['load', batches, batches * runMs.loadStart + callbacks * runMs.loadCallback + pulledObjects * runMs.loadPage],
    ['audit', audits.runs, audits.runs * runMs.auditStart + audits.pages * runMs.auditPage],
    [
      'reconcile',
      measures + reconciles.daily + reconciles.hourly,
      measures * runMs.measure + reconciles.databaseMs * given.reconcileMs.waitFactor,
    ],
    ['report', reports, reports * runMs.report],
    ['canary', canaries, canaries * runMs.canary],
  ];
  for (const [name, runs, ms] of works) {
    const gigabytes = settings.functions[name].memoryMb / 1024;
    bill.add('functions', `${name}, computing`, 'lambdaCompute', (ms / 1000) * gigabytes);
    bill.add('functions', `${name}, runs`, 'lambdaRequests', runs);
  }
  bill.add('functions', 'callbacks at the endpoint', 'httpRequests', callbacks * (1 + given.largeCallbackShare));
  bill.add(
    'functions',
    'schedules',
    'schedulerRuns',
    headRuns + otherRuns + audits.runs + measures + reconciles.daily + reconciles.hourly + reports + canaries,
  );
}

function addState(bill: Bill, usage: Usage, given: CostAssumptions): void {
  const { headRuns, otherRuns, callbacks, objects } = usage;
  const { writeUnits, readUnits } = given;
  const writes = headRuns * writeUnits.head + otherRuns * writeUnits.run + objects * writeUnits.load;
  bill.add('state', 'pulls and loads, writing', 'dynamoWrites', writes);
  bill.add('state', 'callbacks, writing', 'dynamoWrites', callbacks * writeUnits.callback);
  bill.add('state', 'pulls, reading', 'dynamoReads', headRuns * readUnits.head + otherRuns * readUnits.run);
  bill.add('state', 'callbacks, reading', 'dynamoReads', callbacks * readUnits.callback);
  const digestsGb = ((callbacks * DIGEST_DAYS * 24) / MONTH_HOURS) * (given.digestBytes / GB);
  bill.add('state', 'digests of callbacks', 'dynamoStorage', digestsGb);
  bill.add('state', 'digests of callbacks', 'dynamoRestore', digestsGb);
}

/** 8, and the time that DynamoDB takes to remove what is over. */
const DIGEST_DAYS = 10;

function addQueue(bill: Bill, { objects, batches }: Usage, { pollers, receivesPerBatch }: CostAssumptions): void {
  bill.add('queue', 'messages of the bucket', 'sqsRequests', objects);
  bill.add('queue', 'fetching and removing batches', 'sqsRequests', batches * (receivesPerBatch + 1));
  bill.add('queue', 'asking in vain', 'sqsRequests', pollers * MONTH_HOURS * POLLS_PER_HOUR);
}

/** Long polls of 20 s. */
const POLLS_PER_HOUR = 180;

function addWatching(bill: Bill, settings: DeploymentSettings, usage: Usage, given: CostAssumptions): void {
  const { alarmMetrics, dashboards } = countedResources(settings);
  const { masked, gateway } = usage.logGb;
  const keptMonths = (settings.logs.retentionDays * 24) / MONTH_HOURS;
  bill.add('watching', 'metrics of our own', 'customMetrics', usage.metrics * MONTH_HOURS);
  bill.add('watching', 'metrics of the endpoint', 'customMetrics', given.endpointMetrics * MONTH_HOURS);
  bill.add('watching', 'alarms', 'alarmMetrics', alarmMetrics);
  bill.add('watching', 'dashboard', 'dashboards', dashboards);
  bill.add('watching', 'logs of the functions', 'logsIngested', masked);
  bill.add('watching', 'masking them', 'logsMasked', masked);
  bill.add('watching', 'access log of the endpoint', 'logsIngested', gateway);
  bill.add(
    'watching',
    `logs of ${settings.logs.retentionDays} days`,
    'logsStored',
    (masked + gateway) * keptMonths * given.logCompression,
  );
}

/** Functions that use the table; DynamoDB asks for its key as often as a log does. */
const TABLE_CALLERS = 4;

function addSafety(bill: Bill, settings: DeploymentSettings, usage: Usage, given: CostAssumptions): void {
  const { keys, secrets, logGroups } = countedResources(settings);
  const hourly = 60 / given.secretMinutes;
  const reads = MONTH_HOURS * hourly * settings.accounts.length * (1 + given.callbackEnvironments);
  bill.add('safety', 'key', 'kmsKey', keys);
  const keyCalls =
    2 * usage.objects * given.keyShare + reads + MONTH_HOURS * (logGroups + TABLE_CALLERS) * given.keyCallsPerLogHour;
  bill.add('safety', 'use of the key', 'kmsRequests', keyCalls);
  bill.add('safety', 'secrets', 'secrets', secrets);
  bill.add('safety', 'reading secrets', 'secretReads', reads);
}

/** What an instance has at least while it does not pause. */
const ACU_LEAST = 0.5;

/** Share of the time in which somebody connected within the last minutes, so that the database does not pause. */
function awakeShare({ schedules, accounts }: DeploymentSettings, pauseAfterMinutes: number, usage: Usage): number {
  const { headMinutes, trailingMinutes, reportMinutes, auditMinutes } = schedules;
  const visits = [headMinutes, trailingMinutes, reportMinutes, auditMinutes].map(
    (minutes) => accounts.length / minutes,
  );
  const perMinute = visits.reduce((sum, rate) => sum + rate, usage.callbacks / (MONTH_HOURS * 60));
  return Math.min(1, perMinute * pauseAfterMinutes);
}

function addDatabase(
  bill: Bill,
  settings: DeploymentSettings,
  warehouse: AuroraSettings,
  faxesPerMonth: number,
  usage: Usage,
  given: CostAssumptions,
): void {
  const { callbacks, pulledObjects, objects, measures, reconciles } = usage;
  const { databaseMs } = given;
  const workMs =
    callbacks * databaseMs.callback +
    pulledObjects * databaseMs.page +
    faxesPerMonth * databaseMs.fax +
    measures * databaseMs.measure +
    usage.reports * databaseMs.report +
    reconciles.databaseMs;
  const work = (workMs / 3_600_000 / given.processorsPerAcu) * given.capacityLinger;
  const instances = warehouse.hasStandby ? 2 : 1;
  const readyAcu =
    warehouse.minAcu === 0 ? ACU_LEAST * awakeShare(settings, warehouse.pauseAfterMinutes, usage) : warehouse.minAcu;
  bill.add(
    'database',
    `capacity kept ready, ${readyAcu.toFixed(1)} ACU`,
    'auroraCapacity',
    instances * readyAcu * MONTH_HOURS,
  );
  bill.add('database', 'capacity for the work', 'auroraCapacity', instances * work);
  bill.add('database', 'storage requests', 'auroraIo', objects * given.ioPerObject + faxesPerMonth * given.ioPerFax);
  const grownGb = (faxesPerMonth * given.faxRowBytes + objects * given.objectRowBytes) / GB;
  const storedGb = grownGb * given.monthsStored;
  bill.add('database', `rows of ${given.monthsStored} months`, 'auroraStorage', storedGb);
  const changedGb = ((objects * given.walBytesPerObject) / GB) * ((warehouse.backupDays * 24) / MONTH_HOURS);
  bill.add('database', `backups of ${warehouse.backupDays} days`, 'auroraBackup', storedGb + changedGb);
  bill.add(
    'database',
    'traffic between zones',
    'zoneTransfer',
    ((objects * given.databaseTrafficBytes) / GB) * (1 - 1 / ZONES),
  );
}
