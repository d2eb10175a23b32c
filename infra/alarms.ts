import { Duration } from 'aws-cdk-lib';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { formula, lambdaMetric, MetricSource, metricId, periodOf, queueMetric, serverErrors } from './alarm-metrics.ts';
import type { AlarmPlan } from './alarm-plan.ts';
import { accountAlarms } from './alarms-account.ts';
import { databaseAlarms } from './alarms-database.ts';
import { type Operated, type OperatedSettings, watchedFunction } from './operated.ts';
import type { FunctionName } from './settings.ts';

const { BREACHING, NOT_BREACHING, IGNORE } = TreatMissingData;
const FIVE_MINUTES = Duration.minutes(5);
const QUARTER = Duration.minutes(15);
const HOUR = Duration.hours(1);
const DAY = Duration.days(1);
/** Below this many refused callbacks a share of them says nothing. */
const REFUSED_COUNTED_MIN = 5;
/** Tries of one run by the schedule: a report that was made at the last of them has failed this often less one. */
const REPORT_TRIES = 3;
/** Failed runs of load within a quarter of an hour that are no passing hiccup: a deploy, a failover. */
const LOAD_ERRORS_MAX = 2;

/** Every alarm of a deployment. An alarm that asks for nothing to be done is none: what is only worth knowing is on the dashboard. */
export function planAlarms(operated: Operated, settings: OperatedSettings): readonly AlarmPlan[] {
  const source = new MetricSource(settings.name);
  return [
    ...settings.accounts.flatMap((entry) => accountAlarms(source, settings, entry)),
    ...queueAlarms(operated, settings),
    ...callbackAlarms(source, operated, settings),
    ...functionAlarms(operated, settings),
    ...databaseAlarms(operated, settings),
    ...canaryAlarms(source, settings),
    {
      page: 'audit-given-up',
      urgency: 'WORKDAY',
      says: 'Landed objects were announced to the loader three times and are still not loaded.',
      metric: source.own('ObjectsGivenUp', 'Maximum', periodOf(settings.schedules.auditMinutes)),
      threshold: 0,
      periods: 1,
      missing: IGNORE,
    },
    {
      page: 'sums-differ',
      urgency: 'WORKDAY',
      says: 'Sums that reports of an account read were not those of its tables; they were made anew if time sufficed.',
      metric: source.own('RollupsDiffering', 'Maximum', periodOf(settings.schedules.reconcileMinutes)),
      threshold: 0,
      periods: 1,
      missing: IGNORE,
    },
  ];
}

function queueAlarms({ loads, deadLoads, deadSchedules }: Operated, settings: OperatedSettings): AlarmPlan[] {
  const waiting = 'ApproximateNumberOfMessagesVisible';
  return [
    {
      page: 'dead-letters',
      urgency: 'WORKDAY',
      says: 'Landed objects were given up by the loader.',
      metric: queueMetric(deadLoads, waiting, FIVE_MINUTES),
      threshold: 0,
      periods: 1,
      // SQS is silent about a queue that nothing happens to, which an empty dead-letter queue is.
      missing: NOT_BREACHING,
    },
    {
      page: 'dead-schedules',
      urgency: 'WORKDAY',
      says: 'Starts of the schedules could not be delivered to their functions.',
      metric: queueMetric(deadSchedules, waiting, FIVE_MINUTES),
      threshold: 0,
      periods: 1,
      missing: NOT_BREACHING,
    },
    {
      page: 'queue-age',
      urgency: 'WORKDAY',
      says: 'The loader does not keep up, or fails: the oldest message waits too long.',
      metric: queueMetric(loads, 'ApproximateAgeOfOldestMessage', FIVE_MINUTES),
      threshold: settings.alarms.queueAgeVisibilities * settings.loads.visibilitySeconds,
      periods: 3,
      missing: NOT_BREACHING,
    },
  ];
}

/** Counted for all accounts: who a refused callback was for is not known. */
function callbackAlarms(source: MetricSource, { api }: Operated, { alarms }: OperatedSettings): AlarmPlan[] {
  const sum = (name: 'CallbacksRefused' | 'CallbacksTaken' | 'CallbacksRepeated') =>
    source.own(name, 'Sum', FIVE_MINUTES);
  const { callbacksRefusedMax: most, callbacksRefusedShare: share } = alarms;
  const all = 'refused + FILL(taken, 0) + FILL(repeated, 0)';
  return [
    {
      page: 'callbacks-refused',
      urgency: 'LOOK',
      says: 'Many callbacks are not signed by the provider: a token or URL that does not fit, or somebody tries.',
      metric: formula(
        `IF(refused > ${most} OR (refused >= ${REFUSED_COUNTED_MIN} AND refused > ${share} * (${all})), 1, 0)`,
        { refused: sum('CallbacksRefused'), taken: sum('CallbacksTaken'), repeated: sum('CallbacksRepeated') },
        FIVE_MINUTES,
      ),
      threshold: 0,
      periods: 1,
      missing: NOT_BREACHING,
    },
    {
      page: 'callbacks-unavailable',
      urgency: 'WORKDAY',
      says: 'Callbacks could not be taken. The provider sends them again for three days, and passes see what they said.',
      metric: formula(
        'MAX([FILL(unavailable, 0), FILL(errors, 0)])',
        {
          unavailable: source.own('CallbacksUnavailable', 'Sum', QUARTER),
          errors: serverErrors(api, QUARTER),
        },
        QUARTER,
      ),
      threshold: alarms.callbacksUnavailableMax,
      periods: 1,
      missing: NOT_BREACHING,
    },
  ];
}

/**
 * Failed runs of pull are told by account (pull-failing) and by what they leave undone (freshness, pass-behind); those of receive-callback
 * by callbacks-unavailable; of reconcile by warehouse-stale and reconcile-stale; of canary by canary-overdue. Deployments fail by themselves.
 */
function functionAlarms(operated: Operated, settings: OperatedSettings): AlarmPlan[] {
  const { alarms, schedules } = settings;
  const of = (name: FunctionName) => watchedFunction(operated, name);
  const hasThrottles = ['pull', 'receive-callback', 'load'] as const;
  const mayBeSlow = ['receive-callback', 'load', 'audit', 'reconcile', 'report'] as const;
  return [
    {
      page: 'function-errors',
      part: 'load',
      urgency: 'WORKDAY',
      says: 'Whole runs of load fail: crash, timeout or memory. Their messages come back and end in the dead letters.',
      metric: lambdaMetric(of('load'), 'Errors', 'Sum', QUARTER),
      threshold: LOAD_ERRORS_MAX,
      periods: 2,
      missing: NOT_BREACHING,
    },
    {
      page: 'function-errors',
      part: 'audit',
      urgency: 'WORKDAY',
      says: 'The audit fails: landed objects that were never loaded would not be found.',
      metric: lambdaMetric(of('audit'), 'Errors', 'Sum', periodOf(schedules.auditMinutes)),
      threshold: 0,
      periods: 2,
      missing: NOT_BREACHING,
    },
    {
      page: 'function-errors',
      part: 'report',
      urgency: 'WORKDAY',
      says: 'The report page of the day was not made or not stored; the one of the day before stays.',
      metric: lambdaMetric(of('report'), 'Errors', 'Sum', DAY),
      threshold: REPORT_TRIES - 1,
      periods: 1,
      missing: NOT_BREACHING,
    },
    {
      page: 'function-throttled',
      urgency: 'WORKDAY',
      says: 'Lambda refuses to run our functions: the concurrency of the AWS account is used up.',
      metric: formula(
        hasThrottles.map((name) => `FILL(${metricId(name)}, 0)`).join(' + '),
        metricsOf(hasThrottles, (name) => lambdaMetric(of(name), 'Throttles', 'Sum', FIVE_MINUTES)),
        FIVE_MINUTES,
      ),
      threshold: 0,
      periods: 3,
      missing: NOT_BREACHING,
    },
    {
      page: 'function-slow',
      urgency: 'LOOK',
      says: `A run took more than ${Math.round(alarms.durationShare * 100)} % of its timeout. Pull is left out: it uses its time by design.`,
      metric: formula(
        `MAX([${mayBeSlow.map((name) => `FILL(${metricId(name)}, 0) / ${settings.functions[name].timeoutSeconds * 1_000}`).join(', ')}])`,
        metricsOf(mayBeSlow, (name) => lambdaMetric(of(name), 'Duration', 'Maximum', QUARTER)),
        QUARTER,
      ),
      threshold: alarms.durationShare,
      periods: 1,
      missing: NOT_BREACHING,
    },
  ];
}

function canaryAlarms(source: MetricSource, { alarms, schedules }: OperatedSettings): AlarmPlan[] {
  return [
    {
      page: 'canary-found',
      urgency: 'PAGE',
      says: 'A made-up patient name of the daily canary stands in a log. What lets it through lets real ones through.',
      metric: source.canaryFound(FIVE_MINUTES),
      threshold: 0,
      periods: 1,
      missing: NOT_BREACHING,
    },
    {
      page: 'canary-overdue',
      urgency: 'WORKDAY',
      says: 'The daily canary did not arrive in the warehouse: somewhere on the road from landing to loading it was lost.',
      metric: source.own('CanaryAge', 'Maximum', HOUR),
      threshold: (schedules.canaryMinutes + alarms.dailyLateHours * 60) * 60,
      periods: 3,
      missing: BREACHING,
    },
  ];
}

function metricsOf<Metric>(
  names: readonly FunctionName[],
  metricOf: (name: FunctionName) => Metric,
): Record<string, Metric> {
  return Object.fromEntries(names.map((name) => [metricId(name), metricOf(name)]));
}
