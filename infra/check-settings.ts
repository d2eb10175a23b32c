import { SettingsError } from '../src/domain/errors.ts';
import { parseSettings } from '../src/runtime/settings.ts';
import { alarmFaults } from './alarm-settings.ts';
import type { AuroraSettings, DeploymentSettings, ExternalSettings } from './settings.ts';

/** What AWS allows. */
export const AWS_LIMITS = {
  environmentBytesMax: 4096,
  stackResourcesMax: 500,
  lambdaTimeoutSecondsMax: 900,
  lambdaMemoryMbMin: 128,
  lambdaMemoryMbMax: 10_240,
  /** Batches above this need a batching window. */
  batchWithoutWindowMax: 10,
  batchSizeMax: 10_000,
  concurrencyMin: 2,
  concurrencyMax: 1_000,
  visibilitySecondsMax: 43_200,
  queueRetentionDaysMax: 14,
  acuMax: 256,
  pauseMinutesMin: 5,
  pauseMinutesMax: 1_440,
  backupDaysMax: 35,
  logRetentionDays: [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
  ],
} as const;

/** Resources of a stack with Aurora that do not depend on the accounts, and those of one account: secrets, schedules, alarms. A test counts them. */
const STACK_RESOURCES = 137;
const ACCOUNT_RESOURCES = 24;

/** Names of bucket and table, the URL of the database and the rest, at their longest. */
const OTHER_ENVIRONMENT_BYTES = 1_000;

/** Aurora's own formula: a connection for each 9,531,392 bytes of the largest capacity (2 GiB a unit), of which it keeps a part. */
const CONNECTION_BYTES = 9_531_392;
const ACU_BYTES = 2 * 2 ** 30;
const CONNECTION_SHARE = 0.8;
const CONNECTIONS_MAX = 5_000;
/** A cluster that may shrink to half a unit or less allows no more, however large it may grow. */
const CONNECTIONS_MAX_SMALL = 2_000;
/** Kept free for Aurora itself, the Data API, and people with a client. */
const CONNECTIONS_SPARE = 20;
/** Each run of a function holds one. */
const CONNECTIONS_A_RUN = 1;
/** One of audit, one of report; of reconcile one that measures, one of all checks, one of the hourly ones. */
const RUNS_AN_ACCOUNT = 5;
const VISIBILITY_FACTOR = 6;
/** The least that outlives a kill, a failover and a restart of the database. */
const RECEIVES_MIN = 4;
/** How long Aurora takes to resume from 0 units, with something to spare. */
const RESUME_SECONDS = 60;
/** What pull keeps back of its time, and one window's worth of retries. */
const PULL_SECONDS_MIN = 60;

/** Connections that the warehouse allows; of Aurora at its largest, rounded down to what can be relied on. */
export function connectionsAllowed(warehouse: AuroraSettings | ExternalSettings): number {
  if (warehouse.kind === 'external') return warehouse.connectionsMax;
  const ceiling = warehouse.minAcu <= 0.5 ? CONNECTIONS_MAX_SMALL : CONNECTIONS_MAX;
  return Math.min(ceiling, Math.floor((warehouse.maxAcu * ACU_BYTES * CONNECTION_SHARE) / CONNECTION_BYTES));
}

/** The text of FAXSYNC_ACCOUNTS: the accounts' plain settings, as the functions read them; without what only one of them needs. */
export function accountsText({ accounts }: Pick<DeploymentSettings, 'accounts'>): string {
  return JSON.stringify(accounts.map(({ reconciliation: _, ...rest }) => rest));
}

/** FAXSYNC_ACCOUNTS of the function that reconciles: also limits of the checks and negotiated prices. */
export function reconciledAccountsText({ accounts }: Pick<DeploymentSettings, 'accounts'>): string {
  return JSON.stringify(accounts);
}

/**
 * Refuses settings that cannot work, all faults at once, each with its reason and, where there is one, the arithmetic.
 * @throws {SettingsError} code `deployment_settings_invalid`.
 */
export function checkSettings(settings: DeploymentSettings): void {
  const faults = [
    ...nameFaults(settings),
    ...accountFaults(settings),
    ...functionFaults(settings),
    ...loadFaults(settings),
    ...warehouseFaults(settings),
    ...scheduleFaults(settings),
    ...otherFaults(settings),
    ...alarmFaults(settings.alarms, settings),
  ];
  if (faults.length === 0) return;
  throw new SettingsError(`The settings of the deployment cannot work:\n- ${faults.join('\n- ')}`, {
    code: 'deployment_settings_invalid',
  });
}

function nameFaults({ name }: DeploymentSettings): string[] {
  if (/^[a-z][a-z0-9-]{0,30}$/.test(name)) return [];
  return [
    'name: use at most 31 lowercase letters, digits and dashes, a letter first; secrets and schedules are named after it',
  ];
}

/** The functions' own parser judges the accounts, so that what deploys also starts. */
function accountFaults(settings: DeploymentSettings): string[] {
  const faults: string[] = [];
  try {
    parseSettings({ FAXSYNC_ACCOUNTS: reconciledAccountsText(settings) });
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    faults.push(`accounts: ${error.message.replaceAll('\n', ' ')}`);
  }
  if (settings.accounts.some(({ account }) => account === 'canary')) {
    faults.push('accounts: the key "canary" is taken by the daily canary; choose another');
  }
  const bytes = Buffer.byteLength(accountsText(settings)) + OTHER_ENVIRONMENT_BYTES;
  if (bytes > AWS_LIMITS.environmentBytesMax) {
    faults.push(
      `accounts: with ${settings.accounts.length} accounts of together ${bytes - OTHER_ENVIRONMENT_BYTES} bytes the environment of a function would have about ` +
        `${bytes} bytes, more than ${AWS_LIMITS.environmentBytesMax}: divide them among several deployments`,
    );
  }
  faults.push(...reconciliationFaults(settings));
  const resources = resourcesNeeded(settings);
  if (resources > AWS_LIMITS.stackResourcesMax) {
    faults.push(
      `accounts: ${STACK_RESOURCES} + ${settings.accounts.length} accounts x ${ACCOUNT_RESOURCES} = ${resources} resources are more than the ` +
        `${AWS_LIMITS.stackResourcesMax} of a stack: divide them among several deployments, each with a name of its own`,
    );
  }
  return faults;
}

/** What the function that reconciles is given more than the others must fit as well. */
function reconciliationFaults(settings: DeploymentSettings): string[] {
  const shared = Buffer.byteLength(accountsText(settings)) + OTHER_ENVIRONMENT_BYTES;
  const added = Buffer.byteLength(reconciledAccountsText(settings)) + OTHER_ENVIRONMENT_BYTES - shared;
  if (shared > AWS_LIMITS.environmentBytesMax || shared + added <= AWS_LIMITS.environmentBytesMax) return [];
  const [largest] = settings.accounts
    .map(({ account, reconciliation }) => ({ account, bytes: Buffer.byteLength(JSON.stringify(reconciliation) ?? '') }))
    .sort((a, b) => b.bytes - a.bytes);
  return [
    `accounts[].reconciliation: ${added} bytes of them and about ${shared} of the rest are more than the ${AWS_LIMITS.environmentBytesMax} bytes of a function's ` +
      `environment; the longest is that of ${largest?.account} with ${largest?.bytes}: leave out rates that the provider's list has too and those that ended before the ` +
      'oldest month that is open, or divide the accounts among several deployments',
  ];
}

/** About how many resources a stack has, never too few. */
export function resourcesNeeded({ accounts }: Pick<DeploymentSettings, 'accounts'>): number {
  return STACK_RESOURCES + accounts.length * ACCOUNT_RESOURCES;
}

function functionFaults({ functions, schedules }: DeploymentSettings): string[] {
  const faults: string[] = [];
  for (const [name, { memoryMb, timeoutSeconds, reservedConcurrency }] of Object.entries(functions)) {
    const { lambdaMemoryMbMin: least, lambdaMemoryMbMax: most, lambdaTimeoutSecondsMax } = AWS_LIMITS;
    if (!isWhole(memoryMb, least, most))
      faults.push(`functions.${name}.memoryMb: ${memoryMb} is not ${least} to ${most}`);
    if (!isWhole(timeoutSeconds, 1, lambdaTimeoutSecondsMax)) {
      faults.push(`functions.${name}.timeoutSeconds: ${timeoutSeconds} is not 1 to ${lambdaTimeoutSecondsMax}`);
    }
    if (reservedConcurrency !== null && !isWhole(reservedConcurrency, 1, AWS_LIMITS.concurrencyMax)) {
      faults.push(
        `functions.${name}.reservedConcurrency: ${reservedConcurrency} is not 1 to ${AWS_LIMITS.concurrencyMax}, or null`,
      );
    }
  }
  const pull = functions.pull.timeoutSeconds;
  if (pull < PULL_SECONDS_MIN) {
    faults.push(
      `functions.pull.timeoutSeconds: ${pull} s are too few: 10 s are kept back, and a window with its repeats takes ${PULL_SECONDS_MIN - 10} s`,
    );
  }
  if (pull > schedules.trailingMinutes * 60) {
    faults.push(
      `schedules.trailingMinutes: ${schedules.trailingMinutes} min x 60 = ${schedules.trailingMinutes * 60} s is less than ` +
        `functions.pull.timeoutSeconds ${pull} s: runs of one account would wait for each other's lease for nothing`,
    );
  }
  return faults;
}

function loadFaults({ loads, functions }: DeploymentSettings): string[] {
  const faults: string[] = [];
  const timeout = functions.load.timeoutSeconds;
  const least = VISIBILITY_FACTOR * timeout + loads.batchingWindowSeconds;
  if (loads.visibilitySeconds < least) {
    faults.push(
      `loads.visibilitySeconds: ${loads.visibilitySeconds} is less than ${VISIBILITY_FACTOR} x timeout ${timeout} + window ${loads.batchingWindowSeconds} = ${least}: ` +
        'a killed run would use up the tries of healthy messages',
    );
  }
  if (loads.visibilitySeconds > AWS_LIMITS.visibilitySecondsMax) {
    faults.push(
      `loads.visibilitySeconds: ${loads.visibilitySeconds} is more than the ${AWS_LIMITS.visibilitySecondsMax} s that SQS takes`,
    );
  }
  const { retentionDays, deadRetentionDays, receivesMax, batchSize, batchingWindowSeconds, concurrencyMax } = loads;
  const { queueRetentionDaysMax } = AWS_LIMITS;
  if (!(retentionDays > 0) || !(deadRetentionDays <= queueRetentionDaysMax)) {
    faults.push(
      `loads: retentionDays ${retentionDays} and deadRetentionDays ${deadRetentionDays} are not within 0 to ${queueRetentionDaysMax} days`,
    );
  }
  if (deadRetentionDays <= retentionDays) {
    faults.push(
      `loads.deadRetentionDays: ${deadRetentionDays} d is not longer than retentionDays ${retentionDays} d: a message keeps its age when it moves, ` +
        'so one that died late would vanish before anyone sees it',
    );
  }
  const usedUpDays = (receivesMax * loads.visibilitySeconds) / 86_400;
  if (usedUpDays >= retentionDays) {
    faults.push(
      `loads.retentionDays: ${retentionDays} d is not longer than receivesMax ${receivesMax} x visibility ${loads.visibilitySeconds} s = ${usedUpDays.toFixed(2)} d: ` +
        'a poison message would expire instead of reaching the dead letters',
    );
  }
  if (!isWhole(receivesMax, RECEIVES_MIN, 1_000)) {
    faults.push(
      `loads.receivesMax: ${receivesMax} is less than ${RECEIVES_MIN}: a kill, a failover and a restart would send healthy objects to the dead letters`,
    );
  }
  if (
    !isWhole(batchSize, 1, AWS_LIMITS.batchSizeMax) ||
    (batchSize > AWS_LIMITS.batchWithoutWindowMax && batchingWindowSeconds < 1)
  ) {
    faults.push(
      `loads.batchSize: ${batchSize} is not 1 to ${AWS_LIMITS.batchWithoutWindowMax}, or up to ${AWS_LIMITS.batchSizeMax} with a batching window of at least 1 s`,
    );
  }
  if (!isWhole(batchingWindowSeconds, 0, 300))
    faults.push(`loads.batchingWindowSeconds: ${batchingWindowSeconds} is not 0 to 300`);
  if (!isWhole(concurrencyMax, AWS_LIMITS.concurrencyMin, AWS_LIMITS.concurrencyMax)) {
    faults.push(
      `loads.concurrencyMax: ${concurrencyMax} is not ${AWS_LIMITS.concurrencyMin} to ${AWS_LIMITS.concurrencyMax}, what an event source takes`,
    );
  }
  const reserved = functions.load.reservedConcurrency;
  if (reserved !== null && reserved < concurrencyMax) {
    faults.push(
      `functions.load.reservedConcurrency: ${reserved} is less than loads.concurrencyMax ${concurrencyMax}: throttled deliveries count as tries, ` +
        'and healthy messages end in the dead letters',
    );
  }
  return faults;
}

function warehouseFaults({ warehouse, functions, loads, accounts }: DeploymentSettings): string[] {
  const faults: string[] = [];
  const runs = loads.concurrencyMax + RUNS_AN_ACCOUNT * accounts.length + 1;
  const needed = runs * CONNECTIONS_A_RUN + CONNECTIONS_SPARE;
  const allowed = connectionsAllowed(warehouse);
  if (needed > allowed) {
    faults.push(
      `loads.concurrencyMax: (load ${loads.concurrencyMax} + audit, reconcile and report ${RUNS_AN_ACCOUNT} x ${accounts.length} accounts + migrate 1) x ${CONNECTIONS_A_RUN} connection ` +
        `+ ${CONNECTIONS_SPARE} spare = ${needed}, but the warehouse allows ${allowed}` +
        (warehouse.kind === 'aurora'
          ? ` with maxAcu ${warehouse.maxAcu}: raise maxAcu or lower the concurrency`
          : ': raise connectionsMax or lower the concurrency'),
    );
  }
  if (warehouse.kind === 'external') return faults;
  const { minAcu, maxAcu, pauseAfterMinutes, backupDays } = warehouse;
  const isStep = (acu: number) => Number.isInteger(acu * 2);
  if (!isStep(minAcu) || !isStep(maxAcu) || minAcu < 0 || maxAcu < 1 || maxAcu > AWS_LIMITS.acuMax || minAcu > maxAcu) {
    faults.push(
      `warehouse: minAcu ${minAcu} to maxAcu ${maxAcu} is no range in halves from 0 to ${AWS_LIMITS.acuMax}, with maxAcu at least 1`,
    );
  }
  if (minAcu === 0) {
    const { pauseMinutesMin, pauseMinutesMax } = AWS_LIMITS;
    if (!isWhole(pauseAfterMinutes, pauseMinutesMin, pauseMinutesMax)) {
      faults.push(`warehouse.pauseAfterMinutes: ${pauseAfterMinutes} is not ${pauseMinutesMin} to ${pauseMinutesMax}`);
    }
    for (const name of ['load', 'audit', 'reconcile', 'report', 'migrate', 'prepare-database'] as const) {
      const { timeoutSeconds } = functions[name];
      if (timeoutSeconds >= RESUME_SECONDS) continue;
      faults.push(
        `functions.${name}.timeoutSeconds: ${timeoutSeconds} s is less than ${RESUME_SECONDS} s: a paused database (minAcu 0) takes 15 s or more to answer`,
      );
    }
  }
  if (!isWhole(backupDays, 1, AWS_LIMITS.backupDaysMax))
    faults.push(`warehouse.backupDays: ${backupDays} is not 1 to ${AWS_LIMITS.backupDaysMax}`);
  return faults;
}

const MINUTES_A_WEEK = 10_080;

function scheduleFaults({ schedules }: DeploymentSettings): string[] {
  const faults: string[] = [];
  for (const [name, minutes] of Object.entries(schedules)) {
    if (name === 'auditHours' || name === 'reportPageHour' || isWhole(minutes, 1, MINUTES_A_WEEK)) continue;
    faults.push(`schedules.${name}: ${minutes} is not a whole number of minutes from 1 to ${MINUTES_A_WEEK}`);
  }
  const { headMinutes, trailingMinutes, auditHours, auditMinutes, reportPageHour } = schedules;
  if (!isWhole(reportPageHour, 0, 23)) {
    faults.push(`schedules.reportPageHour: ${reportPageHour} is no hour of the day from 0 to 23`);
  }
  if (headMinutes > trailingMinutes) {
    faults.push(
      `schedules.headMinutes: ${headMinutes} is more than trailingMinutes ${trailingMinutes}: the head would never run by itself`,
    );
  }
  if (auditHours * 60 <= auditMinutes) {
    faults.push(
      `schedules.auditHours: ${auditHours} h x 60 = ${auditHours * 60} min is not longer than auditMinutes ${auditMinutes}: between two audits a stretch would never be looked at`,
    );
  }
  return faults;
}

function otherFaults({ callbacks, landing, reports, logs }: DeploymentSettings): string[] {
  const faults: string[] = [];
  const { ratePerSecond, burst, domain } = callbacks;
  if (!isWhole(ratePerSecond, 1, 10_000) || !isWhole(burst, 1, 5_000)) {
    faults.push(
      `callbacks: ratePerSecond ${ratePerSecond} and burst ${burst} are not 1 to 10000 and 1 to 5000: 0 would refuse every callback`,
    );
  }
  if (
    domain !== null &&
    (!/^[a-z0-9.-]+\.[a-z]{2,}$/.test(domain.name) || !/^arn:[a-z-]+:acm:/.test(domain.certificateArn))
  ) {
    faults.push('callbacks.domain: give a host name and the ARN of its certificate in ACM, of the same region');
  }
  if (!isWhole(landing.oldVersionsDays, 1, 3_650))
    faults.push(`landing.oldVersionsDays: ${landing.oldVersionsDays} is not 1 to 3650`);
  if (!isWhole(reports.keptDays, 1, 3_650)) faults.push(`reports.keptDays: ${reports.keptDays} is not 1 to 3650`);
  const terms: readonly number[] = AWS_LIMITS.logRetentionDays;
  if (!terms.includes(logs.retentionDays)) {
    faults.push(`logs.retentionDays: ${logs.retentionDays} is none of the terms of CloudWatch: ${terms.join(', ')}`);
  }
  return faults;
}

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
