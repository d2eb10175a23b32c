import { Duration } from 'aws-cdk-lib';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { TRAILING_PASSES } from '../src/pipeline/passes.ts';
import { formula, type MetricSource, periodOf } from './alarm-metrics.ts';
import type { AlarmPlan } from './alarm-plan.ts';
import type { OperatedSettings } from './operated.ts';

const { BREACHING, NOT_BREACHING, IGNORE } = TreatMissingData;
const FIVE_MINUTES = Duration.minutes(5);
const QUARTER = Duration.minutes(15);
const HOUR = Duration.hours(1);
/** Whether the trailing schedule is kept up with is seen on the pass that trails closest. */
const FIRST_TRAILING_PASS = TRAILING_PASSES[0]?.name ?? '';

type AccountEntry = OperatedSettings['accounts'][number];

/** The alarms that each account has of its own. */
export function accountAlarms(source: MetricSource, settings: OperatedSettings, entry: AccountEntry): AlarmPlan[] {
  const { account } = entry;
  const alarms = pullAlarms(source, settings, entry);
  if (!settings.alarms.accountsWithoutCallbacks.includes(account)) {
    alarms.push(callbacksSilent(source, settings, account));
  }
  return [...alarms, ...warehouseAlarms(source, settings, account)];
}

function pullAlarms(source: MetricSource, { alarms, schedules }: OperatedSettings, entry: AccountEntry): AlarmPlan[] {
  const { account } = entry;
  const about = { account };
  const perSecond = Number(entry['requests_per_second'] ?? 1);
  const callsMax = Math.floor(alarms.callBudgetShare * perSecond * QUARTER.toSeconds());
  return [
    {
      page: 'freshness',
      part: account,
      urgency: 'PAGE',
      says: `New faxes of ${account} were not read for more than ${alarms.headIntervals} intervals of the head pass, or nothing is heard of it.`,
      // Two runs a minute tell it; the better one counts, since the other may only have waited for it.
      metric: source.own('HeadLag', 'Minimum', periodOf(schedules.headMinutes), about),
      threshold: alarms.headIntervals * schedules.headMinutes * 60,
      periods: 5,
      datapoints: 3,
      missing: BREACHING,
    },
    {
      page: 'pass-behind',
      part: account,
      urgency: 'WORKDAY',
      says: `The trailing passes of ${account} do not keep up: outcomes and late credits arrive late.`,
      metric: source.own('PassLag', 'Minimum', periodOf(schedules.trailingMinutes), {
        account,
        pass: FIRST_TRAILING_PASS,
      }),
      threshold: alarms.trailingIntervals * schedules.trailingMinutes * 60,
      periods: 3,
      datapoints: 2,
      missing: BREACHING,
    },
    {
      page: 'pull-failing',
      part: account,
      urgency: 'LOOK',
      says: `In every quarter of an hour for ${alarms.pullFailingHours} h a run for ${account} failed in part.`,
      metric: source.own('PullFailed', 'Sum', QUARTER, about),
      threshold: 0,
      periods: alarms.pullFailingHours * 4,
      missing: NOT_BREACHING,
    },
    {
      page: 'credentials-refused',
      part: account,
      urgency: 'PAGE',
      says: `The provider refuses the API key of ${account}.`,
      metric: source.own('CredentialsRefused', 'Sum', FIVE_MINUTES, about),
      threshold: 0,
      periods: 1,
      missing: NOT_BREACHING,
    },
    {
      page: 'call-budget',
      part: account,
      urgency: 'LOOK',
      says: `Account ${account} uses up its calls to the provider, or is answered 429 often. A backfill does the former.`,
      metric: formula(
        `IF(calls > ${callsMax} OR throttled > ${alarms.throttledShare} * calls, 1, 0)`,
        {
          calls: source.own('ProviderCalls', 'Sum', QUARTER, about),
          throttled: source.own('ProviderThrottled', 'Sum', QUARTER, about),
        },
        QUARTER,
      ),
      threshold: 0,
      periods: 4,
      missing: NOT_BREACHING,
    },
  ];
}

/** Quiet nights and Sundays are no alarm, so only hours of working days count, and only while pulls land something. */
function callbacksSilent(source: MetricSource, { alarms }: OperatedSettings, account: string): AlarmPlan {
  const { hours, fromHourUtc, toHourUtc } = alarms.callbacksSilent;
  return {
    page: 'callbacks-silent',
    part: account,
    urgency: 'LOOK',
    says: `No callback of ${account} came for ${hours} h of a working day although pulls land objects. Nothing is lost, but rows are fresh later.`,
    metric: formula(
      `IF(landed > 0 AND FILL(taken, 0) == 0 AND DAY(landed) < 6 AND HOUR(landed) >= ${fromHourUtc} AND HOUR(landed) < ${toHourUtc}, 1, 0)`,
      {
        landed: source.own('ObjectsLanded', 'Sum', HOUR, { account }),
        taken: source.own('CallbacksTaken', 'Sum', HOUR, { account }),
      },
      HOUR,
    ),
    threshold: 0,
    periods: hours,
    missing: NOT_BREACHING,
  };
}

/** States measured by reconcile: between two measures the last one holds. That there is none at all is told by the first. */
function warehouseAlarms(source: MetricSource, { alarms, schedules }: OperatedSettings, account: string): AlarmPlan[] {
  const about = { account };
  const measured = periodOf(schedules.reportMinutes);
  const dailyHours = Math.ceil(schedules.reconcileMinutes / 60) + alarms.dailyLateHours;
  return [
    {
      page: 'warehouse-stale',
      part: account,
      urgency: 'PAGE',
      says: `Nothing of ${account} that is younger than ${alarms.loadedAgeMinutes} min is in the warehouse, or it cannot be measured.`,
      metric: source.own('LoadedAge', 'Maximum', measured, about),
      threshold: alarms.loadedAgeMinutes * 60,
      periods: 2,
      missing: BREACHING,
    },
    {
      page: 'money-differs',
      part: account,
      urgency: 'WORKDAY',
      says: `Cents, faxes, numbers or days of ${account} differ by the checks of the reconciliation, and nobody has explained them.`,
      metric: formula(
        'cents + faxes',
        {
          cents: source.own('CentsUnexplained', 'Maximum', measured, about),
          faxes: source.own('FaxesUnexplained', 'Maximum', measured, about),
        },
        measured,
      ),
      threshold: alarms.unexplainedMax,
      periods: 1,
      missing: IGNORE,
    },
    {
      page: 'reconcile-stale',
      part: account,
      urgency: 'WORKDAY',
      says: `No run of all checks of ${account} has ended for ${dailyHours} h, or it cannot be measured.`,
      metric: source.own('ReconcileAge', 'Maximum', measured, about),
      threshold: dailyHours * 3_600,
      periods: 2,
      missing: BREACHING,
    },
    {
      page: 'live-fax-vanished',
      part: account,
      urgency: 'WORKDAY',
      says: `Listings of the last day do not show faxes of ${account} that are no tests. Nothing is deleted here.`,
      metric: source.own('FaxesGoneLive', 'Maximum', measured, about),
      threshold: 0,
      periods: 1,
      missing: IGNORE,
    },
    {
      page: 'stuck-faxes',
      part: account,
      urgency: 'LOOK',
      says: `Faxes of ${account} are not final a day to a week after they were created.`,
      metric: source.own('FaxesOpenOverDay', 'Maximum', measured, about),
      threshold: alarms.openFaxesMax,
      periods: 1,
      missing: IGNORE,
    },
    {
      page: 'unknown-values',
      part: account,
      urgency: 'LOOK',
      says: `The provider sent fields, words or events for ${account} that its documentation does not name. They are kept.`,
      metric: formula(
        'MAX([drift, FILL(events, 0)])',
        {
          drift: source.own('DriftFields', 'Maximum', measured, about),
          events: source.own('UnknownEvents', 'Sum', measured, about),
        },
        measured,
      ),
      threshold: 0,
      periods: 1,
      missing: IGNORE,
    },
    {
      page: 'rejected',
      part: account,
      urgency: 'LOOK',
      says: `Records or values of ${account} could not be taken as sent and are set aside.`,
      metric: source.own('RejectedOpen', 'Maximum', measured, about),
      threshold: alarms.rejectedMax,
      periods: 1,
      missing: IGNORE,
    },
  ];
}
