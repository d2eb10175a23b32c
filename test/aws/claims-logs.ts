import type { Checks } from './checks.ts';
import type { Deployment, MetricDimension } from './deployment.ts';

/** Metrics of ours that are only published when something happens which does not happen in a run; their alarms take silence for good. */
const PUBLISHED_WHEN_IT_HAPPENS: readonly RegExp[] = [/ UnknownEvents /, / CallbacksUnavailable /];

/** A metric with its place, as one text. */
function placeOf(namespace: string, name: string, dimensions: ReadonlyArray<readonly [string, string]>): string {
  const place = dimensions.map(([key, value]) => `${key}=${value}`).sort();
  return `${namespace} ${name} [${place.join(', ')}]`;
}

/** Metrics of lines in CloudWatch's embedded format, each with its place. */
function metricsOf(lines: Iterable<string>): Set<string> {
  const found = new Set<string>();
  for (const line of lines) {
    if (!line.includes('"_aws"')) continue;
    const content = JSON.parse(line) as Record<string, unknown> & {
      readonly _aws: {
        readonly CloudWatchMetrics: ReadonlyArray<{
          readonly Namespace: string;
          readonly Dimensions: readonly (readonly string[])[];
          readonly Metrics: ReadonlyArray<{ readonly Name: string }>;
        }>;
      };
    };
    for (const { Namespace, Dimensions, Metrics } of content._aws.CloudWatchMetrics) {
      for (const { Name } of Metrics) {
        for (const names of Dimensions) {
          found.add(
            placeOf(
              Namespace,
              Name,
              names.map((key) => [key, String(content[key])] as const),
            ),
          );
        }
      }
    }
  }
  return found;
}

/** Metrics an alarm watches, as far as they are the project's own. */
function watchedBy({ alarms }: Deployment, namespace: string): Map<string, string> {
  const watched = new Map<string, string>();
  for (const { AlarmName, Metrics = [], Namespace = '', MetricName = '', Dimensions = [] } of alarms) {
    const own = Metrics.flatMap(({ MetricStat }) => (MetricStat === undefined ? [] : [MetricStat.Metric]));
    for (const metric of [{ Namespace, MetricName, Dimensions }, ...own]) {
      if (metric.Namespace !== namespace) continue;
      const pairs = ((metric.Dimensions ?? []) as readonly MetricDimension[]).map(
        ({ Name, Value }) => [Name, Value] as const,
      );
      watched.set(placeOf(namespace, metric.MetricName, pairs), AlarmName);
    }
  }
  return watched;
}

/** Claims about what the functions printed: no canary, no phone number, and every metric that an alarm waits for. */
export function claimLogs(
  checks: Checks,
  deployment: Deployment,
  lines: ReadonlyMap<string, readonly string[]>,
  namespace: string,
): void {
  const all = [...lines.values()].flat();
  checks.claim(`the functions logged (${all.length} lines)`, all.length > 0);
  const words = new Set(deployment.metric_filters.map(({ filterPattern }) => filterPattern.replaceAll('"', '')));
  const found = [...words].flatMap((word) =>
    all.filter((line) => line.includes(word)).map((line) => `${word}: ${line.slice(0, 200)}`),
  );
  checks.none(`no line holds what the filters of the logs look for (${[...words].join(', ')})`, found);
  const numbers = all.filter((line) => /\+1\d{10}\b/.test(line)).map((line) => line.slice(0, 200));
  checks.none('no line holds a phone number', numbers);
  const emitted = metricsOf(all);
  const filtered = deployment.metric_filters.flatMap(({ metricTransformations }) =>
    metricTransformations.map(({ metricName, metricNamespace }) => placeOf(metricNamespace, metricName, [])),
  );
  const watched = watchedBy(deployment, namespace);
  const silent = [...watched].flatMap(([place, alarm]) =>
    emitted.has(place) || filtered.includes(place) || PUBLISHED_WHEN_IT_HAPPENS.some((each) => each.test(place))
      ? []
      : [`${alarm} waits for ${place}`],
  );
  checks.none(
    `every metric of ours that an alarm watches was published (${watched.size} of ${emitted.size} published)`,
    silent,
  );
}
