/** When somebody is told. Thresholds, each with its unit; the alarms themselves are in `alarms.ts`. */
export interface AlarmSettings {
  /** Gets a message for every alarm, after confirming the subscription; null: nobody is subscribed to the topic. */
  readonly email: string | null;
  /** False: alarms change their state and tell nobody; for the hours of setting up. */
  readonly isTelling: boolean;
  /** Tells also when an alarm is over. */
  readonly tellsRecovery: boolean;
  /** Stands before the name of a runbook page in every message, with a slash at its end: where your people read docs/runbook. */
  readonly runbookUrl: string;
  /** Accounts that have no callbacks at the provider: their silence is no alarm. */
  readonly accountsWithoutCallbacks: readonly string[];

  /** The head of an account may be so many intervals of its schedule behind the present. */
  readonly headIntervals: number;
  /** The first trailing pass may be so many intervals of the trailing schedule behind; it shows whether that schedule is kept up with. */
  readonly trailingIntervals: number;
  /** Hours in each quarter of which a run of pull fails, before it is told: a list that is refused, a provider that fails often. */
  readonly pullFailingHours: number;
  /** Minutes since the provider gave the newest answer that is in the warehouse. */
  readonly loadedAgeMinutes: number;
  /**
   * Age of the oldest message of the load queue, in visibility timeouts. A single poison message is counted for three of them, until SQS
   * looks past it; at least 4.
   */
  readonly queueAgeVisibilities: number;
  /** US cents that the reconciliation found to differ and that nobody has explained, and exceptions without cents, together. */
  readonly unexplainedMax: number;
  /** Hours that the daily reconciliation and the daily canary may be late. */
  readonly dailyLateHours: number;

  /** Refused callbacks within 5 minutes: more than that, or more than the share of all while there are at least 5. */
  readonly callbacksRefusedMax: number;
  /** Share of refused callbacks, 0 to 1. */
  readonly callbacksRefusedShare: number;
  /** Callbacks within 15 minutes that could not be taken; each is sent again by the provider. */
  readonly callbacksUnavailableMax: number;
  /** No callback for so many hours of working days, although pulls land objects; the hours are UTC, the last not included. */
  readonly callbacksSilent: { readonly hours: number; readonly fromHourUtc: number; readonly toHourUtc: number };

  /** Share of the calls that the account may make, 0 to 1, used up for an hour. The first backfill does, for its whole length. */
  readonly callBudgetShare: number;
  /** Share of calls answered 429, 0 to 1, for an hour. */
  readonly throttledShare: number;
  /** Live faxes a day to a week old that are not final. */
  readonly openFaxesMax: number;
  /** Records and values set aside and not resolved. Raise it by those that are known and stay. */
  readonly rejectedMax: number;

  /** Share of a function's timeout that its longest run may take, 0 to 1. */
  readonly durationShare: number;
  /** Share of the database's connections in use, 0 to 1. */
  readonly connectionsShare: number;
  /** Percent of the database's largest capacity in use, for an hour. */
  readonly capacityPercent: number;
}

/** What holds where nothing is said. */
export const ALARM_DEFAULTS: AlarmSettings = {
  email: null,
  isTelling: true,
  tellsRecovery: true,
  runbookUrl: 'docs/runbook/',
  accountsWithoutCallbacks: [],
  headIntervals: 3,
  trailingIntervals: 8,
  pullFailingHours: 2,
  loadedAgeMinutes: 30,
  queueAgeVisibilities: 4,
  unexplainedMax: 0,
  dailyLateHours: 2,
  callbacksRefusedMax: 20,
  callbacksRefusedShare: 0.5,
  callbacksUnavailableMax: 2,
  // 8 to 17 o'clock in Chicago.
  callbacksSilent: { hours: 2, fromHourUtc: 14, toHourUtc: 22 },
  callBudgetShare: 0.8,
  throttledShare: 0.05,
  openFaxesMax: 0,
  rejectedMax: 0,
  durationShare: 0.8,
  connectionsShare: 0.7,
  capacityPercent: 90,
};

/** What of the rest of the settings the thresholds must fit. */
export interface AlarmSurroundings {
  readonly accounts: ReadonlyArray<{ readonly account: string }>;
  readonly schedules: { readonly headMinutes: number; readonly reportMinutes: number };
}

const SHARES = [
  'callbacksRefusedShare',
  'callBudgetShare',
  'throttledShare',
  'durationShare',
  'connectionsShare',
] as const;
const COUNTS = [
  'unexplainedMax',
  'callbacksRefusedMax',
  'callbacksUnavailableMax',
  'openFaxesMax',
  'rejectedMax',
] as const;
const SPANS = ['headIntervals', 'trailingIntervals', 'pullFailingHours', 'loadedAgeMinutes', 'dailyLateHours'] as const;
/** Below that a single poison message would raise the alarm of the queue's age. */
const QUEUE_AGE_VISIBILITIES_MIN = 4;
/** CloudWatch looks back a day at most with periods below an hour, and a week with longer ones. */
const LOOKBACK_HOURS_MAX = 24;

/** What is wrong with the alarms' settings, a sentence each with the place, the reason and the arithmetic; none: they can work. */
export function alarmFaults(alarms: AlarmSettings, { accounts, schedules }: AlarmSurroundings): readonly string[] {
  const faults: string[] = [];
  const add = (place: string, fault: string) => faults.push(`alarms.${place}: ${fault}`);
  if (alarms.email !== null && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(alarms.email))
    add('email', 'is not an e-mail address');
  if (!/^\S*\/$/.test(alarms.runbookUrl)) {
    add('runbookUrl', 'does not end in a slash: a name such as freshness.md is put behind it');
  }
  for (const account of alarms.accountsWithoutCallbacks) {
    if (accounts.some((known) => known.account === account)) continue;
    add('accountsWithoutCallbacks', `"${account}" is none of the accounts`);
  }
  for (const name of SHARES) {
    if (!(alarms[name] > 0 && alarms[name] <= 1)) add(name, `${alarms[name]} is no share above 0 and up to 1`);
  }
  for (const name of COUNTS) {
    if (!(Number.isInteger(alarms[name]) && alarms[name] >= 0)) add(name, `${alarms[name]} is no count from 0 up`);
  }
  for (const name of SPANS) {
    if (!(Number.isInteger(alarms[name]) && alarms[name] >= 1))
      add(name, `${alarms[name]} is no whole number from 1 up`);
  }
  if (alarms.pullFailingHours > LOOKBACK_HOURS_MAX) {
    add(
      'pullFailingHours',
      `${alarms.pullFailingHours} h is longer than the ${LOOKBACK_HOURS_MAX} h that CloudWatch looks back`,
    );
  }
  if (!(alarms.queueAgeVisibilities >= QUEUE_AGE_VISIBILITIES_MIN)) {
    add(
      'queueAgeVisibilities',
      `${alarms.queueAgeVisibilities} is less than ${QUEUE_AGE_VISIBILITIES_MIN}: one poison message counts for 3 visibility timeouts`,
    );
  }
  const { hours, fromHourUtc, toHourUtc } = alarms.callbacksSilent;
  const isSpan = [hours, fromHourUtc, toHourUtc].every(Number.isInteger) && fromHourUtc >= 0 && toHourUtc <= 24;
  if (!isSpan || hours < 1 || fromHourUtc + hours > toHourUtc) {
    add('callbacksSilent', `${hours} h of silence do not fit between ${fromHourUtc} and ${toHourUtc} o'clock UTC`);
  }
  const { headMinutes, reportMinutes } = schedules;
  const ageMin = 2 * headMinutes + reportMinutes;
  if (alarms.loadedAgeMinutes < ageMin) {
    add(
      'loadedAgeMinutes',
      `${alarms.loadedAgeMinutes} is less than 2 x headMinutes ${headMinutes} + reportMinutes ${reportMinutes} = ${ageMin}: it would ring while all is well`,
    );
  }
  if (!(alarms.capacityPercent > 0 && alarms.capacityPercent <= 100)) {
    add('capacityPercent', `${alarms.capacityPercent} is no percentage above 0 and up to 100`);
  }
  return faults;
}
