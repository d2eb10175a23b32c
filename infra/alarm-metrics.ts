import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { DatabaseCluster } from 'aws-cdk-lib/aws-rds';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { MetricName, MetricScope } from '../src/domain/metrics.ts';
import type { FunctionName } from './settings.ts';

/** The function that publishes each metric: its name is the dimension `service`. */
export const METRIC_SERVICES: Readonly<Record<MetricName, FunctionName>> = {
  HeadLag: 'pull',
  PassLag: 'pull',
  ProviderCalls: 'pull',
  ProviderThrottled: 'pull',
  ProviderRetries: 'pull',
  ObjectsLanded: 'pull',
  PullFailed: 'pull',
  CredentialsRefused: 'pull',
  LookupsGivenUp: 'pull',
  CallbacksTaken: 'receive-callback',
  CallbacksRepeated: 'receive-callback',
  CallbacksRefused: 'receive-callback',
  CallbacksUnavailable: 'receive-callback',
  CallbacksByOldToken: 'receive-callback',
  UnknownEvents: 'receive-callback',
  ObjectsLoaded: 'load',
  RecordsLoaded: 'load',
  RecordsRejected: 'load',
  LoadFailed: 'load',
  LoadDelay: 'load',
  ObjectsUnloaded: 'audit',
  ObjectsAnnounced: 'audit',
  ObjectsGivenUp: 'audit',
  FaxesOpenOverDay: 'reconcile',
  RejectedOpen: 'reconcile',
  DriftFields: 'reconcile',
  FaxesGoneLive: 'reconcile',
  ListingsIncomplete: 'reconcile',
  LoadedAge: 'reconcile',
  CanaryAge: 'reconcile',
  CentsUnexplained: 'reconcile',
  FaxesUnexplained: 'reconcile',
  ExceptionsWarn: 'reconcile',
  CentsOwed: 'reconcile',
  MatchRateCount: 'reconcile',
  MatchRateMoney: 'reconcile',
  ReconcileAge: 'reconcile',
  RollupsDiffering: 'reconcile',
  CanariesSent: 'canary',
};

/** Counted by the filters of the functions' logs, so without dimensions; not one of {@link MetricName}. */
export const CANARY_FOUND = 'CanaryFound';

/** How values of one period become one: as in CloudWatch's statistics. */
export type Statistic = 'Sum' | 'Maximum' | 'Minimum' | 'Average' | 'SampleCount' | 'p95';

/** Makes the metrics of one deployment. Each is of a whole period; at least a minute, at most a day. */
export class MetricSource {
  readonly #namespace: string;

  /** `namespace`: the deployment's name, where the functions publish. */
  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** One of our own. Without an account: of all of them together. */
  own(name: MetricName, statistic: Statistic, period: Duration, about: MetricScope = {}): Metric {
    const { account, pass } = about;
    return new Metric({
      namespace: this.#namespace,
      metricName: name,
      dimensionsMap: {
        service: METRIC_SERVICES[name],
        ...(account === undefined ? {} : { account }),
        ...(pass === undefined ? {} : { pass }),
      },
      statistic,
      period,
      label: [account ?? name, pass].filter(Boolean).join(' '),
    });
  }

  /** Of one that is published for accounts only, the worst of all: the least of a minimum, else the most. For dashboards; no alarm may search. */
  worst(name: MetricName, statistic: Statistic, period: Duration, label: string): MathExpression {
    const among = `{"${this.#namespace}",account,service} MetricName="${name}" service="${METRIC_SERVICES[name]}"`;
    const search = `SEARCH('${among}', '${statistic}', ${period.toSeconds()})`;
    return formula(`${statistic === 'Minimum' ? 'MIN' : 'MAX'}(${search})`, {}, period, label);
  }

  /** Lines of a log in which the canary's word was found. */
  canaryFound(period: Duration): Metric {
    return new Metric({ namespace: this.#namespace, metricName: CANARY_FOUND, statistic: Stats.SUM, period });
  }
}

/** Names of Lambda's metrics in use. */
export type LambdaMetric = 'Errors' | 'Throttles' | 'Duration' | 'ConcurrentExecutions';

/** A metric of one function; `Duration` is in milliseconds. */
export function lambdaMetric(
  lambda: LambdaFunction,
  name: LambdaMetric,
  statistic: Statistic,
  period: Duration,
): Metric {
  return lambda.metric(name, { statistic, period });
}

/** Names of SQS's metrics in use. */
export type QueueMetric = 'ApproximateNumberOfMessagesVisible' | 'ApproximateAgeOfOldestMessage';

/** A metric of one queue; the age is in seconds. SQS publishes none for a queue that was empty and unused for six hours. */
export function queueMetric(queue: Queue, name: QueueMetric, period: Duration): Metric {
  return queue.metric(name, { statistic: Stats.MAXIMUM, period });
}

/** Names of Aurora's metrics in use. */
export type DatabaseMetric = 'DatabaseConnections' | 'ACUUtilization' | 'ServerlessDatabaseCapacity' | 'Deadlocks';

/** A metric of the whole cluster. None is published while it is paused. */
export function databaseMetric(
  cluster: DatabaseCluster,
  name: DatabaseMetric,
  statistic: Statistic,
  period: Duration,
): Metric {
  return cluster.metric(name, { statistic, period });
}

/** Answers 5xx of the endpoint: our own 503 and what the gateway could not get an answer to. */
export function serverErrors(api: HttpApi, period: Duration): Metric {
  return api.metricServerError({ statistic: Stats.SUM, period });
}

/** A formula over metrics of one period. Identifiers begin with a lower-case letter. */
export function formula(
  expression: string,
  metrics: Readonly<Record<string, Metric>>,
  period: Duration,
  label?: string,
): MathExpression {
  return new MathExpression({
    expression,
    usingMetrics: { ...metrics },
    period,
    ...(label === undefined ? {} : { label }),
  });
}

/** A period of a schedule's interval, as far as CloudWatch knows one. */
export function periodOf(minutes: number): Duration {
  return Duration.minutes(Math.min(24 * 60, Math.max(1, minutes)));
}

/** An identifier of metric math for a function: small letters only. */
export function metricId(name: FunctionName): string {
  return name.replaceAll('-', '');
}
