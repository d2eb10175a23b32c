import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type IVpc, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import {
  AuroraPostgresEngineVersion,
  ClusterInstance,
  DatabaseCluster,
  DatabaseClusterEngine,
} from 'aws-cdk-lib/aws-rds';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { METRIC_SERVICES } from '../../infra/alarm-metrics.ts';
import { ALARM_DEFAULTS, type AlarmSettings } from '../../infra/alarm-settings.ts';
import type { OperatedFunction, OperatedSettings } from '../../infra/operated.ts';
import { Operations } from '../../infra/operations.ts';
import { FUNCTION_NAMES, type FunctionName, SETTINGS } from '../../infra/settings.ts';
import { ACCOUNT_METRICS, METRIC_UNITS } from '../../src/domain/metrics.ts';
import { standardPassNames } from '../../src/pipeline/passes.ts';

/** A place in a template: `Ref`, `Fn::GetAtt` or a text. */
type Reference = string | { readonly Ref?: string; readonly 'Fn::GetAtt'?: readonly string[] };

/** One metric as an alarm or a widget names it. */
export interface NamedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly statistic: string;
  readonly dimensions: Readonly<Record<string, Reference>>;
}

/** An alarm of a template. */
export interface AlarmResource {
  readonly name: string;
  readonly description: string;
  readonly metrics: readonly NamedMetric[];
  readonly periodSeconds: readonly number[];
  readonly evaluationPeriods: number;
  readonly datapoints: number;
  readonly threshold: number;
  readonly missing: string;
  readonly actions: readonly unknown[];
  readonly okActions: readonly unknown[];
  readonly isEnabled: boolean;
  readonly expression: string | null;
}

/** Other settings than the defaults. */
export interface BedSettings {
  readonly accounts?: readonly string[];
  readonly alarms?: Partial<AlarmSettings>;
  readonly isExternal?: boolean;
}

/** The template of a small stack with what is operated, and the operations on it. */
export function operatedTemplate({ accounts = ['main'], alarms = {}, isExternal = false }: BedSettings = {}): Template {
  // Where none is named, the assembly goes to a temporary folder that stays.
  const outdir = mkdtempSync(join(tmpdir(), 'faxsync-operations-'));
  try {
    const stack = new Stack(new App({ outdir }), 'Operated');
    const settings: OperatedSettings = {
      ...SETTINGS,
      accounts: accounts.map((account) => ({ account })),
      alarms: { ...ALARM_DEFAULTS, ...alarms },
      warehouse: isExternal ? { kind: 'external', connectionsMax: 100 } : SETTINGS.warehouse,
    };
    const functions = new Map<FunctionName, OperatedFunction>(
      FUNCTION_NAMES.map((name) => [name, { lambda: smallFunction(stack, name) }]),
    );
    const operated = {
      functions,
      loads: new Queue(stack, 'Loads'),
      deadLoads: new Queue(stack, 'DeadLoads'),
      deadSchedules: new Queue(stack, 'DeadSchedules'),
      table: new TableV2(stack, 'Table', { partitionKey: { name: 'pk', type: AttributeType.STRING } }),
      api: new HttpApi(stack, 'Api'),
      cluster: isExternal ? null : smallCluster(stack),
      key: new Key(stack, 'Key'),
    };
    new Operations(stack, 'Operations', operated, settings);
    return Template.fromStack(stack);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

function smallFunction(stack: Stack, name: string): LambdaFunction {
  return new LambdaFunction(stack, `Function-${name}`, {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => {};'),
  });
}

function smallCluster(stack: Stack): DatabaseCluster {
  return new DatabaseCluster(stack, 'Cluster', {
    engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_17_7 }),
    // CDK's own class does not fit its interface under exactOptionalPropertyTypes.
    vpc: new Vpc(stack, 'Vpc', {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'Isolated', subnetType: SubnetType.PRIVATE_ISOLATED }],
    }) as IVpc,
    vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
    writer: ClusterInstance.serverlessV2('Writer'),
  });
}

interface MetricStat {
  readonly Metric: {
    readonly Namespace: string;
    readonly MetricName: string;
    readonly Dimensions?: ReadonlyArray<{ readonly Name: string; readonly Value: Reference }>;
  };
  readonly Period: number;
  readonly Stat: string;
}

interface AlarmProperties {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly MetricName?: string;
  readonly Namespace?: string;
  readonly Statistic?: string;
  readonly ExtendedStatistic?: string;
  readonly Period?: number;
  readonly Dimensions?: MetricStat['Metric']['Dimensions'];
  readonly Metrics?: ReadonlyArray<{ readonly MetricStat?: MetricStat; readonly Expression?: string }>;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm: number;
  readonly Threshold: number;
  readonly TreatMissingData: string;
  readonly AlarmActions?: readonly unknown[];
  readonly OKActions?: readonly unknown[];
  readonly ActionsEnabled?: boolean;
}

/** Every alarm of a template, by its name. */
export function alarmsOf(template: Template): ReadonlyMap<string, AlarmResource> {
  const found = Object.values(template.findResources('AWS::CloudWatch::Alarm')) as Array<{
    Properties: AlarmProperties;
  }>;
  return new Map(found.map(({ Properties }) => [Properties.AlarmName, alarmOf(Properties)]));
}

function alarmOf(properties: AlarmProperties): AlarmResource {
  const { MetricName, Namespace, Dimensions, Period = 0, Metrics = [] } = properties;
  const stats = Metrics.flatMap(({ MetricStat: stat }) => (stat === undefined ? [] : [stat]));
  const single =
    MetricName === undefined
      ? []
      : [
          {
            Metric: { MetricName, Namespace: Namespace ?? '', ...(Dimensions === undefined ? {} : { Dimensions }) },
            Period,
            Stat: properties.Statistic ?? properties.ExtendedStatistic ?? '',
          },
        ];
  const all: readonly MetricStat[] = [...single, ...stats];
  return {
    name: properties.AlarmName,
    description: properties.AlarmDescription,
    metrics: all.map(({ Metric: metric, Stat }) => ({
      namespace: metric.Namespace,
      name: metric.MetricName,
      statistic: Stat,
      dimensions: Object.fromEntries((metric.Dimensions ?? []).map(({ Name, Value }) => [Name, Value])),
    })),
    periodSeconds: all.map((stat) => stat.Period),
    evaluationPeriods: properties.EvaluationPeriods,
    datapoints: properties.DatapointsToAlarm,
    threshold: properties.Threshold,
    missing: properties.TreatMissingData,
    actions: properties.AlarmActions ?? [],
    okActions: properties.OKActions ?? [],
    isEnabled: properties.ActionsEnabled !== false,
    expression: Metrics.find(({ Expression }) => Expression !== undefined)?.Expression ?? null,
  };
}

/** A widget of the dashboard with the metrics it shows. */
export interface WidgetResource {
  readonly type: string;
  readonly title: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly metrics: readonly NamedMetric[];
}

interface WidgetJson {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: { readonly title?: string; readonly metrics?: ReadonlyArray<readonly unknown[]> };
}

/** The widgets of a template's only dashboard. References stand in its text as `{Ref:<id>}` and `{GetAtt:<id>}`. */
export function widgetsOf(template: Template): readonly WidgetResource[] {
  const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard')) as Array<{
    Properties: { DashboardBody: { 'Fn::Join': [string, ReadonlyArray<Reference>] } };
  }>;
  const parts = dashboard?.Properties.DashboardBody['Fn::Join'][1] ?? [];
  const text = parts.map((part) => (typeof part === 'string' ? part : `{${referenceOf(part)}}`)).join('');
  const { widgets } = JSON.parse(text) as { widgets: readonly WidgetJson[] };
  return widgets.map(({ type, x, y, width, height, properties }) => ({
    type,
    x,
    y,
    width,
    height,
    title: properties.title ?? '',
    metrics: (properties.metrics ?? []).flatMap(widgetMetric),
  }));
}

/** `[namespace, name, dimension, value, ..., options]`, or `[{expression}]`, which names none. */
function widgetMetric(row: readonly unknown[]): readonly NamedMetric[] {
  const words = row.filter((part): part is string => typeof part === 'string');
  const [namespace, name, ...rest] = words;
  if (namespace === undefined || name === undefined) return [];
  const options = row.find((part): part is { stat?: string } => typeof part === 'object' && part !== null);
  const pairs = Array.from(
    { length: rest.length / 2 },
    (_, at) => [rest[2 * at] ?? '', rest[2 * at + 1] ?? ''] as const,
  );
  return [{ namespace, name, statistic: options?.stat ?? 'Average', dimensions: Object.fromEntries(pairs) }];
}

function referenceOf(value: Reference): string {
  if (typeof value === 'string') return /^\{(\w+:\w+)\}$/.exec(value)?.[1] ?? value;
  return value.Ref === undefined ? `GetAtt:${value['Fn::GetAtt']?.[0]}` : `Ref:${value.Ref}`;
}

/** What CloudWatch has of AWS's services, by namespace: the metrics in use here, and the dimension that names a resource of a type. */
const AWS_METRICS: Readonly<
  Record<string, { readonly names: readonly string[]; readonly dimension: string; readonly type: string }>
> = {
  'AWS/Lambda': {
    names: ['Errors', 'Throttles', 'Duration', 'ConcurrentExecutions'],
    dimension: 'FunctionName',
    type: 'AWS::Lambda::Function',
  },
  'AWS/SQS': {
    names: ['ApproximateNumberOfMessagesVisible', 'ApproximateAgeOfOldestMessage'],
    dimension: 'QueueName',
    type: 'AWS::SQS::Queue',
  },
  'AWS/RDS': {
    names: ['DatabaseConnections', 'ACUUtilization', 'ServerlessDatabaseCapacity', 'Deadlocks'],
    dimension: 'DBClusterIdentifier',
    type: 'AWS::RDS::DBCluster',
  },
  'AWS/ApiGateway': { names: ['5xx'], dimension: 'ApiId', type: 'AWS::ApiGatewayV2::Api' },
};

/** What is wrong with a metric; null: it is one that is published, asked for as it can be. */
export function metricFault(template: Template, accounts: readonly string[], metric: NamedMetric): string | null {
  const { namespace, name, statistic, dimensions } = metric;
  const aws = AWS_METRICS[namespace];
  if (aws !== undefined) {
    if (!aws.names.includes(name)) return `${namespace} has no ${name}`;
    const names = Object.keys(dimensions);
    if (names.length !== 1 || names[0] !== aws.dimension) return `${name} is of ${aws.dimension}, not of ${names}`;
    const id = referenceOf(dimensions[aws.dimension] ?? '').replace(/^\w+:/, '');
    return id in template.findResources(aws.type) ? null : `${name} is of ${id}, which is no ${aws.type}`;
  }
  if (namespace !== SETTINGS.name) return `${namespace} is no namespace of ours`;
  if (name === 'CanaryFound') return Object.keys(dimensions).length === 0 ? null : 'CanaryFound has no dimensions';
  if (!(name in METRIC_UNITS)) return `${name} is not published`;
  const own = name as keyof typeof METRIC_UNITS;
  const { service, account, pass, ...others } = dimensions;
  if (service !== METRIC_SERVICES[own]) return `${name} is of ${METRIC_SERVICES[own]}, not of ${service}`;
  if (account === undefined && ACCOUNT_METRICS.has(own)) return `${name} is published for accounts only`;
  if (account !== undefined && !accounts.includes(String(account))) return `${name} is of no account ${account}`;
  if (
    pass !== undefined &&
    (own !== 'PassLag' || account === undefined || !standardPassNames().includes(String(pass)))
  ) {
    return `${name} is of no pass ${pass}`;
  }
  if (Object.keys(others).length > 0) return `${name} has no dimension ${Object.keys(others)}`;
  if (METRIC_UNITS[own] !== 'Count' && statistic === 'Sum')
    return `${name} is a span or a share, whose sum says nothing`;
  return null;
}
