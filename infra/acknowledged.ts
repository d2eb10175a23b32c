import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** A finding of a rule pack that is meant to be so. */
export interface Acknowledgement {
  /** The rule as the pack reports it, e.g. `AwsSolutions-SQS3`. */
  readonly rule: string;
  /** Paths of the constructs below the stack that it is about. */
  readonly paths: readonly RegExp[];
  /** Why it is no fault, or what stands in its place. */
  readonly reason: string;
}

const FUNCTION = (names: string) => new RegExp(`^Functions/(${names})/Function/Resource$`);
const POLICY = (names: string) => new RegExp(`^Functions/(${names})/Role/DefaultPolicy/Resource$`);
const ALL = 'Pull|ReceiveCallback|Canary|Load|Audit|Reconcile|Report|Migrate|PrepareDatabase';
const SCHEDULED = 'Pull|Canary|Audit|Reconcile|Report';
const AT_DEPLOYMENT = 'Migrate|PrepareDatabase';

/**
 * Every finding of the packs AwsSolutions, HIPAA.Security and Serverless that stands. A test holds the list against the findings in both
 * directions: none without a reason, no reason without its finding.
 */
export const ACKNOWLEDGED: readonly Acknowledgement[] = [
  {
    rule: 'AwsSolutions-APIG4',
    paths: [/^Callbacks\/Api\/POST--callbacks\/Resource$/],
    reason:
      'The provider cannot sign in. It signs each callback, and the function checks the signature before it believes anything; without a token it refuses everything.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    paths: [POLICY('Load|Audit|Reconcile|Report|Migrate')],
    reason:
      'Network interfaces of functions in a VPC: these actions of EC2 take no resource. A second statement denies them to the code of any function, so only the service uses them.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::<LandingZoneLandingFA1C3BE1.Arn>/*]',
    paths: [POLICY('Pull|ReceiveCallback|Canary|Load|Audit')],
    reason: 'All objects of the landing zone: keys begin with the account, and each function serves all accounts.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::<ReportsPagesDF6E27CF.Arn>/*]',
    paths: [POLICY('Report')],
    reason:
      'All pages in the bucket that holds nothing else: keys begin with the account, and the function serves all accounts.',
  },
  {
    rule: 'AwsSolutions-SMG4',
    paths: [/^(ProviderSecret|CallbacksSecret)\w+\/Resource$/, /^WarehouseSecret\w+\/Resource$/],
    reason:
      "API keys and callback tokens are made in the provider's console, which has no API for it; the login of an external warehouse is its owner's. Each key and token has a second slot, so that they can be changed by hand without a gap (docs/runbook.md).",
  },
  {
    rule: 'HIPAA.Security-SecretsManagerRotationEnabled',
    paths: [/^(ProviderSecret|CallbacksSecret)\w+\/Resource$/, /^WarehouseSecret\w+\/Resource$/],
    reason: 'As AwsSolutions-SMG4. The master login of the database is renewed by RDS itself.',
  },
  {
    rule: 'AwsSolutions-SQS3',
    paths: [/^Schedules\/DeadSchedules\/Resource$/],
    reason: 'It is a dead-letter queue: of schedules, which name it themselves.',
  },
  {
    rule: 'Serverless-SQSRedrivePolicy',
    paths: [/^LandingZone\/DeadLoads\/Resource$/, /^Schedules\/DeadSchedules\/Resource$/],
    reason: 'These are the dead-letter queues.',
  },
  {
    rule: 'HIPAA.Security-IAMNoInlinePolicy',
    paths: [
      POLICY(ALL),
      /^Schedules\/Role\/DefaultPolicy\/Resource$/,
      /^Network\/Vpc\/Rejected\/IAMRole\/DefaultPolicy\/Resource$/,
    ],
    reason: 'Each policy belongs to one role and goes with it; a managed policy could be attached to something else.',
  },
  {
    rule: 'HIPAA.Security-LambdaConcurrency',
    paths: [FUNCTION(ALL)],
    reason:
      'Bounded where the work comes from: callbacks by the throttle of the API, load by the concurrency of its event source, the others by their schedule and the lease. Setting concurrency aside is refused by new AWS accounts; settings.ts takes it for each function.',
  },
  ...['HIPAA.Security-LambdaDLQ', 'Serverless-LambdaDLQ'].flatMap((rule): Acknowledgement[] => [
    {
      rule,
      paths: [FUNCTION(SCHEDULED)],
      reason:
        'A run that failed is done by the next one, from the cursors; its event says nothing that the schedule does not. Failures raise alarms, and starts that were not delivered go to DeadSchedules. The functions in the network could not be given a right on a queue.',
    },
    {
      rule,
      paths: [FUNCTION('ReceiveCallback')],
      reason: 'Called and answered at once: what fails is answered 5xx, and the provider tries again for three days.',
    },
    {
      rule,
      paths: [FUNCTION('Load')],
      reason: 'Fed by a queue that has its dead letters.',
    },
    {
      rule,
      paths: [FUNCTION(AT_DEPLOYMENT)],
      reason: 'Called and answered at once by the deployment, which fails with it.',
    },
  ]),
  {
    rule: 'Serverless-LambdaAsyncFailureDestination',
    paths: [new RegExp(`^Functions/(${SCHEDULED})/Function/EventInvokeConfig/Resource$`)],
    reason: 'As LambdaDLQ: the next run does it again.',
  },
  {
    rule: 'Serverless-LambdaEventSourceMappingDestination',
    paths: [/^Functions\/FeedLoad\/Resource$/],
    reason: 'Queues have their dead letters in their redrive policy; the destination is for streams.',
  },
  {
    rule: 'Serverless-LambdaTracing',
    paths: [FUNCTION(ALL)],
    reason:
      'A trace would end at the bucket. What became of an object is told by its key, which every log line and the load ledger carry; X-Ray would be a right on everything for each function, and a price for each run.',
  },
  {
    rule: 'HIPAA.Security-LambdaInsideVPC',
    paths: [FUNCTION('Pull|ReceiveCallback|Canary|PrepareDatabase')],
    reason:
      'What speaks to the internet has no database, and what holds the database has no internet: these four are outside on purpose, so that the network inside needs no NAT and no way out.',
  },
  {
    rule: 'HIPAA.Security-LambdaInsideVPC',
    paths: [FUNCTION('Load|Audit|Reconcile|Report|Migrate')],
    reason: 'Only with an external warehouse, which is reached over the internet, by TLS.',
  },
  {
    rule: 'HIPAA.Security-RDSEnhancedMonitoringEnabled',
    paths: [/^Warehouse\/Cluster\/(Writer|Standby)\/Resource$/],
    reason:
      'The metrics that CloudWatch has of itself (capacity, connections, deadlocks) carry the alarms; the operating system is none of ours in a serverless database.',
  },
  {
    rule: 'HIPAA.Security-RDSInBackupPlan',
    paths: [/^Warehouse\/Cluster\/(Writer|Standby)\/Resource$/],
    reason: 'Aurora backs the cluster up continuously (backupDays), and the landing zone can rebuild it.',
  },
  {
    rule: 'HIPAA.Security-RDSLoggingEnabled[LogExport::postgresql]',
    paths: [/^Warehouse\/Cluster\/Resource$/],
    reason:
      'The log of a database quotes values, which are health data here: it stays in the cluster for its three days, with values switched off as far as parameters allow, and is not copied into a second place.',
  },
  {
    rule: 'HIPAA.Security-S3BucketReplicationEnabled',
    paths: [/^LandingZone\/(Landing|AccessLogs)\/Resource$/, /^Reports\/Pages\/Resource$/],
    reason:
      'Eleven nines in three zones, versioned, kept when the stack goes. A copy in another region is the choice of whoever must outlive a region (docs/runbook.md).',
  },
  {
    rule: 'HIPAA.Security-S3DefaultEncryptionKMS',
    paths: [/^LandingZone\/AccessLogs\/Resource$/],
    reason:
      "The log service of S3 cannot use a key of one's own; it is encrypted with S3's. It holds keys of objects and addresses of callers, nothing of their content.",
  },
  {
    rule: 'HIPAA.Security-VPCDefaultSecurityGroupClosed',
    paths: [/^Network\/Vpc\/Resource$/],
    reason:
      'Nothing is in the default group, and a network without a way out leads nowhere. Emptying it takes a function that may change every group of the account.',
  },
];

/** The part of a construct's path below its stack. */
export function pathBelowStack(path: string): string {
  return path.slice(path.indexOf('/') + 1);
}

/** Says of every construct of the stack which findings about it are acknowledged. */
export function acknowledgeFindings(stack: IConstruct): void {
  for (const construct of stack.node.findAll()) {
    const path = pathBelowStack(construct.node.path);
    for (const { rule, paths, reason } of ACKNOWLEDGED) {
      if (!paths.some((pattern) => pattern.test(path))) continue;
      Validations.of(construct).acknowledge({ id: `${packOf(rule)}::${rule}`, reason });
    }
  }
}

/** Rules carry the name of their pack in front. */
function packOf(rule: string): string {
  return rule.slice(0, rule.indexOf('-'));
}
