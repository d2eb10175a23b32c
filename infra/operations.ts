import { Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { AlarmPlan, Urgency } from './alarm-plan.ts';
import { planAlarms } from './alarms.ts';
import { constructId } from './construct-id.ts';
import { MirrorDashboard } from './dashboard.ts';
import type { Operated, OperatedSettings } from './operated.ts';

/** What CloudWatch takes into one widget of alarms. */
const ALARMS_SHOWN_MAX = 100;
const URGENCIES: readonly Urgency[] = ['PAGE', 'WORKDAY', 'LOOK'];

/** What operators see and are told: alarms, the topic that tells of them, and one dashboard. */
export class Operations extends Construct {
  /** Where alarms are told; subscribe whatever wakes people up. */
  readonly topic: Topic;
  readonly alarms: readonly Alarm[];
  readonly dashboard: MirrorDashboard;

  constructor(scope: Construct, id: string, operated: Operated, settings: OperatedSettings) {
    super(scope, id);
    this.topic = this.#topic(operated, settings);
    const plans = planAlarms(operated, settings);
    this.alarms = plans.map((plan) => this.#alarm(plan, settings));
    // The widget takes so many and no more; with many accounts those that can wait are left to the list of alarms.
    const shown = this.alarms
      .map((alarm, at) => ({ alarm, rank: URGENCIES.indexOf(plans[at]?.urgency ?? 'LOOK') }))
      .sort((a, b) => a.rank - b.rank)
      .slice(0, ALARMS_SHOWN_MAX)
      .map(({ alarm }) => alarm);
    this.dashboard = new MirrorDashboard(this, 'Dashboard', { operated, settings, alarms: shown });
  }

  #alarm(plan: AlarmPlan, { name, alarms }: OperatedSettings): Alarm {
    const { page, part, urgency, says, metric, threshold, periods, missing } = plan;
    const alarm = new Alarm(
      this,
      [page, part]
        .filter(Boolean)
        .map((word) => constructId(String(word)))
        .join(''),
      {
        alarmName: [name, page, part].filter(Boolean).join('-'),
        alarmDescription: `${urgency}: ${says} ${alarms.runbookUrl}${page}.md`,
        metric,
        comparisonOperator: plan.comparison ?? ComparisonOperator.GREATER_THAN_THRESHOLD,
        threshold,
        evaluationPeriods: periods,
        datapointsToAlarm: plan.datapoints ?? periods,
        treatMissingData: missing,
        actionsEnabled: alarms.isTelling,
      },
    );
    const tell = new SnsAction(this.topic);
    alarm.addAlarmAction(tell);
    if (alarms.tellsRecovery) alarm.addOkAction(tell);
    return alarm;
  }

  /** Messages name accounts, thresholds and pages: nothing personal, and encrypted all the same. */
  #topic({ key }: Operated, { name, alarms }: OperatedSettings): Topic {
    const topic = new Topic(this, 'Topic', {
      displayName: `${name} alarms`,
      masterKey: key,
      enforceSSL: true,
    });
    const { account, partition, region } = Stack.of(this);
    const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com');
    const ofOurs = {
      StringEquals: { 'aws:SourceAccount': account },
      ArnLike: { 'aws:SourceArn': `arn:${partition}:cloudwatch:${region}:${account}:alarm:${name}-*` },
    };
    // A topic with a policy of its own has lost the one by which CloudWatch may speak to it: without this no message ever comes.
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [cloudWatch],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: ofOurs,
      }),
    );
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [cloudWatch],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    );
    if (alarms.email !== null) topic.addSubscription(new EmailSubscription(alarms.email));
    return topic;
  }
}
