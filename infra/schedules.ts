import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule, CfnScheduleGroup, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AccountSettings } from '../src/runtime/account-settings.ts';
import { parseSettings } from '../src/runtime/settings.ts';
import { LISTED_STREAMS } from '../src/streams/registry.ts';
import { streamState } from '../src/streams/stream-state.ts';
import { accountsText } from './check-settings.ts';
import { constructId } from './construct-id.ts';
import type { FaxsyncFunction } from './faxsync-function.ts';
import type { DeploymentSettings } from './settings.ts';

/** Starts that could not be delivered are kept this long for somebody to see. */
const DEAD_SCHEDULES_DAYS = 14;
/** How long a run that finds its account taken waits for it. */
const PATIENCE_SECONDS = 50;
const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;
/** Deliveries of one start are tried this often; the next start comes anyway. */
const DELIVERY_RETRIES = 2;

/** One thing that happens again and again. */
interface ScheduleSpec {
  readonly group: string;
  /** The account; not the schedule's own name, which CloudFormation wants to be the only one over all groups. */
  readonly name: string;
  readonly description: string;
  readonly everyMinutes: number;
  /** The hour of the day and its zone, for what people wait for in the morning; left out: whenever the interval is over. */
  readonly at?: { readonly hour: number; readonly zone: string };
  readonly target: FaxsyncFunction;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Functions that a schedule starts. */
export interface ScheduledFunctions {
  readonly pull: FaxsyncFunction;
  readonly audit: FaxsyncFunction;
  readonly reconcile: FaxsyncFunction;
  readonly report: FaxsyncFunction;
  readonly canary: FaxsyncFunction;
}

/** Everything that happens by the clock: a group for each kind, in it one schedule an account. */
export class Schedules extends Construct {
  /** Starts that could not be delivered. */
  readonly dead: Queue;

  constructor(scope: Construct, id: string, settings: DeploymentSettings, functions: ScheduledFunctions) {
    super(scope, id);
    this.dead = new Queue(this, 'DeadSchedules', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(DEAD_SCHEDULES_DAYS),
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: 'faxsync schedules',
    });
    const specs = scheduleSpecs(settings, functions);
    const targets = new Map(specs.map(({ target }) => [target.name, target]));
    role.addToPolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [...targets.values()].map(({ lambda }) => lambda.functionArn),
      }),
    );
    role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.dead.queueArn] }));
    const groups = new Map(
      [...new Set(specs.map(({ group }) => group))].map((group) => [
        group,
        new CfnScheduleGroup(this, `${constructId(group)}Group`, { name: `${settings.name}-${group}` }),
      ]),
    );
    for (const { group, name, description, everyMinutes, at, target, input } of specs) {
      const schedule = new CfnSchedule(this, `${constructId(group)}${constructId(name)}`, {
        description: `faxsync ${name}: ${description}`,
        groupName: `${settings.name}-${group}`,
        ...(at === undefined
          ? { scheduleExpression: ScheduleExpression.rate(Duration.minutes(everyMinutes)).expressionString }
          : { scheduleExpression: `cron(0 ${at.hour} * * ? *)`, scheduleExpressionTimezone: at.zone }),
        flexibleTimeWindow: { mode: 'OFF' },
        target: {
          arn: target.lambda.functionArn,
          roleArn: role.roleArn,
          input: JSON.stringify(input),
          deadLetterConfig: { arn: this.dead.queueArn },
          retryPolicy: {
            maximumRetryAttempts: DELIVERY_RETRIES,
            maximumEventAgeInSeconds: Math.min(86_400, Math.max(60, everyMinutes * 60)),
          },
        },
      });
      const made = groups.get(group);
      if (made !== undefined) schedule.node.addDependency(made);
      // A start before the role may invoke would be thrown away.
      schedule.node.addDependency(role);
    }
    functions.pull.startedBySchedule(settings.schedules.headMinutes, 0);
    functions.audit.startedBySchedule(settings.schedules.auditMinutes, 2);
    functions.reconcile.startedBySchedule(settings.schedules.reportMinutes, 2);
    functions.report.startedBySchedule(DAY_MINUTES, 2);
    functions.canary.startedBySchedule(settings.schedules.canaryMinutes, 2);
  }
}

function scheduleSpecs(settings: DeploymentSettings, functions: ScheduledFunctions): ScheduleSpec[] {
  const { schedules } = settings;
  const { pull, audit, reconcile, report, canary } = functions;
  const { accounts } = parseSettings({ FAXSYNC_ACCOUNTS: accountsText(settings) });
  const ofAccounts = accounts.flatMap(({ account, ...choice }): ScheduleSpec[] => {
    const lists = listsOf(choice);
    return [
      {
        group: 'head',
        name: account,
        description: 'new faxes',
        everyMinutes: schedules.headMinutes,
        target: pull,
        input: { account, passes: ['head'], streams: ['faxes'] },
      },
      {
        group: 'trailing',
        name: account,
        description: 'everything that is due: passes, lists, look-ups, history',
        everyMinutes: schedules.trailingMinutes,
        target: pull,
        input: { account, patience_seconds: PATIENCE_SECONDS },
      },
      {
        group: 'snapshots',
        name: account,
        description: 'lists: balance, numbers, prices, ports, adapters, rules',
        everyMinutes: schedules.snapshotsMinutes,
        target: pull,
        input: { account, streams: lists, patience_seconds: PATIENCE_SECONDS },
      },
      {
        group: 'audit',
        name: account,
        description: 'what was landed lately and is not loaded',
        everyMinutes: schedules.auditMinutes,
        target: audit,
        input: { account, since_hours: schedules.auditHours },
      },
      {
        group: 'audit-whole',
        name: account,
        description: 'whatever was landed and is not loaded',
        everyMinutes: WEEK_MINUTES,
        target: audit,
        input: { account },
      },
      {
        group: 'reconcile',
        name: account,
        description: 'all checks of the reconciliation, every month that can still change',
        everyMinutes: schedules.reconcileMinutes,
        target: reconcile,
        input: { account, task: 'reconcile', every: 'day' },
      },
      {
        group: 'reconcile-hourly',
        name: account,
        description: 'the checks that find out soon, the present month',
        everyMinutes: schedules.checkMinutes,
        target: reconcile,
        input: { account, task: 'reconcile', every: 'hour' },
      },
      {
        group: 'report',
        name: account,
        description: 'measures for dashboard and alarms',
        everyMinutes: schedules.reportMinutes,
        target: reconcile,
        input: { account, task: 'measure' },
      },
      {
        group: 'report-page',
        name: account,
        description: 'the report page, early in the morning of the bill',
        everyMinutes: DAY_MINUTES,
        at: { hour: schedules.reportPageHour, zone: choice.billingZone },
        target: report,
        input: { account },
      },
    ];
  });
  const daily: ScheduleSpec = {
    group: 'canary',
    name: 'canary',
    description: 'a made-up fax that must arrive, and be seen in no log',
    everyMinutes: schedules.canaryMinutes,
    target: canary,
    input: {},
  };
  return [...ofAccounts, daily];
}

/** The lists that an account's version has and that its settings take. */
function listsOf({ apiVersion: dialect, ...rest }: Omit<AccountSettings, 'account'>): string[] {
  return LISTED_STREAMS.filter((stream) => streamState(stream, { dialect, ...rest }) === 'taken').map(
    ({ name }) => name,
  );
}
