import { Duration } from 'aws-cdk-lib';
import { GraphWidget, type IMetric, type IWidget, SingleValueWidget, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { ACCOUNT_METRICS, type MetricName } from '../src/domain/metrics.ts';
import { TRAILING_PASSES } from '../src/pipeline/passes.ts';
import {
  databaseMetric,
  formula,
  type LambdaMetric,
  lambdaMetric,
  MetricSource,
  metricId,
  queueMetric,
  type Statistic,
  serverErrors,
} from './alarm-metrics.ts';
import { connectionsAllowed } from './check-settings.ts';
import { type Operated, type OperatedSettings, watchedFunction } from './operated.ts';

const RUNNING = ['pull', 'receive-callback', 'load', 'audit', 'reconcile', 'report', 'canary'] as const;
const FIVE_MINUTES = Duration.minutes(5);
const QUARTER = Duration.minutes(15);
const HOUR = Duration.hours(1);
const DAY = Duration.days(1);
/** With more accounts a line each would be unreadable, so the worst of all is shown. */
const ACCOUNTS_SHOWN_MAX = 12;

/** The graphs of the dashboard; each takes its width in columns and its height in rows. */
export class DashboardGraphs {
  readonly #operated: Operated;
  readonly #settings: OperatedSettings;
  readonly #source: MetricSource;

  constructor(operated: Operated, settings: OperatedSettings) {
    this.#operated = operated;
    this.#settings = settings;
    this.#source = new MetricSource(settings.name);
  }

  /** How far the mirror is behind: read, walked again, loaded, and the whole road as the canary takes it. */
  freshness(width: number, height: number): IWidget {
    const [first] = TRAILING_PASSES;
    return new GraphWidget({
      title: 'Freshness: seconds behind',
      left: [
        ...this.#each('HeadLag', 'Maximum', FIVE_MINUTES, 'head'),
        ...this.#each('LoadedAge', 'Maximum', QUARTER, 'loaded'),
        ...this.#each('PassLag', 'Maximum', QUARTER, 'trailing', first?.name),
      ],
      right: [formula('age / 3600', { age: this.#source.own('CanaryAge', 'Maximum', HOUR) }, HOUR, 'canary, hours')],
      leftAnnotations: [{ value: this.#settings.alarms.loadedAgeMinutes * 60, label: 'stale' }],
      leftYAxis: { min: 0, showUnits: false },
      rightYAxis: { min: 0, showUnits: false },
      width,
      height,
    });
  }

  /** What the reconciliation left unexplained, with the last days beside it. */
  money(width: number, height: number): IWidget {
    return new SingleValueWidget({
      title: 'Unexplained: cents, faxes',
      metrics: [
        ...this.#each('CentsUnexplained', 'Maximum', DAY, 'cents'),
        ...this.#each('FaxesUnexplained', 'Maximum', DAY, 'faxes'),
      ],
      sparkline: true,
      width,
      height,
    });
  }

  /** How much of the months that are not closed agrees with its price, what is owed, and how long ago that was seen. */
  matched(width: number, height: number): IWidget {
    return new GraphWidget({
      title: 'Reconciled: % that agrees; warnings, cents owed, sums that differ, seconds ago',
      left: [
        ...this.#each('MatchRateCount', 'Minimum', DAY, '% of faxes'),
        ...this.#each('MatchRateMoney', 'Minimum', DAY, '% of money'),
      ],
      right: [
        ...this.#each('ExceptionsWarn', 'Maximum', DAY, 'warnings'),
        ...this.#each('CentsOwed', 'Maximum', DAY, 'cents owed'),
        ...this.#each('RollupsDiffering', 'Maximum', DAY, 'sums that differ'),
        ...this.#each('ReconcileAge', 'Maximum', HOUR, 'seconds ago'),
      ],
      leftYAxis: { max: 100, showUnits: false },
      rightYAxis: { min: 0, showUnits: false },
      width,
      height,
    });
  }

  /** Faxes that somebody may have to ask the provider about. */
  openFaxes(width: number, height: number): IWidget {
    return new GraphWidget({
      title: 'Faxes open over a day, live faxes gone',
      left: [
        ...this.#each('FaxesOpenOverDay', 'Maximum', QUARTER, 'open'),
        ...this.#each('FaxesGoneLive', 'Maximum', QUARTER, 'gone'),
      ],
      leftYAxis: { min: 0, showUnits: false },
      width,
      height,
    });
  }

  /** What comes in an hour, and how long it takes from the provider's answer to the row. */
  loaded(width: number, height: number): IWidget {
    const { loads } = this.#settings;
    return new GraphWidget({
      title: 'Loaded an hour; delay of loading',
      left: [
        this.#all('RecordsLoaded', 'Sum', HOUR, 'records'),
        this.#all('ObjectsLoaded', 'Sum', HOUR, 'objects'),
        this.#all('RecordsRejected', 'Sum', HOUR, 'set aside'),
      ],
      right: [this.#all('LoadDelay', 'p95', FIVE_MINUTES, 'delay p95, seconds')],
      rightAnnotations: [{ value: loads.visibilitySeconds, label: 'a second try' }],
      leftYAxis: { min: 0, showUnits: false },
      rightYAxis: { min: 0, showUnits: false },
      width,
      height,
    });
  }

  /** What the provider sends by itself, and what becomes of it. */
  callbacks(width: number, height: number): IWidget {
    return new GraphWidget({
      title: 'Callbacks',
      left: [
        this.#all('CallbacksTaken', 'Sum', QUARTER, 'taken'),
        this.#all('CallbacksRepeated', 'Sum', QUARTER, 'repeated'),
        this.#all('CallbacksRefused', 'Sum', QUARTER, 'refused'),
        this.#all('CallbacksUnavailable', 'Sum', QUARTER, 'not stored'),
        serverErrors(this.#operated.api, QUARTER).with({ label: 'answered 5xx' }),
      ],
      right: [
        this.#all('CallbacksByOldToken', 'Sum', QUARTER, 'by the old token'),
        this.#all('UnknownEvents', 'Sum', QUARTER, 'unknown events'),
      ],
      leftYAxis: { min: 0, showUnits: false },
      rightYAxis: { min: 0, showUnits: false },
      width,
      height,
    });
  }

  /** What we ask of the provider, and how much of what we may is left. */
  provider(width: number, height: number): IWidget {
    const perSecond = this.#settings.accounts.reduce(
      (sum, entry) => sum + Number(entry['requests_per_second'] ?? 1),
      0,
    );
    const calls = this.#source.own('ProviderCalls', 'Sum', QUARTER);
    const budget = Math.round(perSecond * QUARTER.toSeconds());
    return new GraphWidget({
      title: 'Provider: calls, and the budget left',
      left: [
        calls.with({ label: 'calls' }),
        this.#all('ProviderThrottled', 'Sum', QUARTER, '429'),
        this.#all('ProviderRetries', 'Sum', QUARTER, 'repeats'),
        this.#all('PullFailed', 'Sum', QUARTER, 'failed runs'),
        this.#all('LookupsGivenUp', 'Sum', QUARTER, 'look-ups given up'),
      ],
      right: [formula(`100 - 100 * calls / ${budget}`, { calls }, QUARTER, 'left, %')],
      leftYAxis: { min: 0, showUnits: false },
      rightYAxis: { min: 0, max: 100, showUnits: false },
      width,
      height,
    });
  }

  /** Whether what was landed is loaded. */
  queues(width: number, height: number): IWidget {
    const { loads, deadLoads, deadSchedules } = this.#operated;
    return new GraphWidget({
      title: 'Queues: waiting, dead, oldest',
      left: [
        queueMetric(loads, 'ApproximateNumberOfMessagesVisible', FIVE_MINUTES).with({ label: 'waiting' }),
        queueMetric(deadLoads, 'ApproximateNumberOfMessagesVisible', FIVE_MINUTES).with({ label: 'dead loads' }),
        queueMetric(deadSchedules, 'ApproximateNumberOfMessagesVisible', FIVE_MINUTES).with({
          label: 'dead schedules',
        }),
        this.#all('LoadFailed', 'Sum', FIVE_MINUTES, 'given back'),
      ],
      right: [queueMetric(loads, 'ApproximateAgeOfOldestMessage', FIVE_MINUTES).with({ label: 'oldest, seconds' })],
      leftYAxis: { min: 0, showUnits: false },
      rightYAxis: { min: 0, showUnits: false },
      width,
      height,
    });
  }

  /** Whether the functions run, and how near they are to their limits. */
  functions(width: number, height: number): IWidget {
    const of = (name: (typeof RUNNING)[number], metric: LambdaMetric, statistic: Statistic) =>
      lambdaMetric(watchedFunction(this.#operated, name), metric, statistic, FIVE_MINUTES);
    const share = (name: (typeof RUNNING)[number]) => {
      const id = metricId(name);
      const timeoutMs = this.#settings.functions[name].timeoutSeconds * 1_000;
      return formula(
        `100 * ${id} / ${timeoutMs}`,
        { [id]: of(name, 'Duration', 'Maximum') },
        FIVE_MINUTES,
        `${name} %`,
      );
    };
    return new GraphWidget({
      title: 'Functions: errors, throttles, at once; time in % of the timeout',
      left: [
        ...RUNNING.map((name) => of(name, 'Errors', 'Sum').with({ label: `${name} errors` })),
        of('load', 'Throttles', 'Sum').with({ label: 'load throttled' }),
        of('pull', 'Throttles', 'Sum').with({ label: 'pull throttled' }),
        of('load', 'ConcurrentExecutions', 'Maximum').with({ label: 'load at once' }),
      ],
      right: RUNNING.map(share),
      leftYAxis: { min: 0, showUnits: false },
      rightYAxis: { min: 0, max: 100, showUnits: false },
      width,
      height,
    });
  }

  /** Whether the database keeps up. */
  database(width: number, height: number): IWidget {
    const { cluster } = this.#operated;
    if (cluster === null) {
      return new TextWidget({
        markdown: 'The warehouse is not of this deployment: look at it where it lives.',
        width,
        height,
      });
    }
    return new GraphWidget({
      title: 'Database: connections, deadlocks; capacity',
      left: [
        databaseMetric(cluster, 'DatabaseConnections', 'Maximum', FIVE_MINUTES).with({ label: 'connections' }),
        databaseMetric(cluster, 'Deadlocks', 'Average', FIVE_MINUTES).with({ label: 'deadlocks a second' }),
      ],
      right: [
        databaseMetric(cluster, 'ServerlessDatabaseCapacity', 'Average', FIVE_MINUTES).with({ label: 'ACU' }),
        databaseMetric(cluster, 'ACUUtilization', 'Average', FIVE_MINUTES).with({ label: '% of the most' }),
      ],
      leftAnnotations: [
        {
          value: Math.floor(this.#settings.alarms.connectionsShare * connectionsAllowed(this.#settings.warehouse)),
          label: 'too many connections',
        },
      ],
      leftYAxis: { min: 0, showUnits: false },
      rightYAxis: { min: 0, showUnits: false },
      width,
      height,
    });
  }

  /** What is not in the warehouse as it was sent. */
  setAside(width: number, height: number): IWidget {
    return new GraphWidget({
      title: 'Set aside, unknown, not complete, not loaded',
      left: [
        ...this.#each('RejectedOpen', 'Maximum', QUARTER, 'set aside'),
        ...this.#each('DriftFields', 'Maximum', QUARTER, 'unknown fields'),
        ...this.#each('ListingsIncomplete', 'Maximum', QUARTER, 'incomplete listings'),
      ],
      right: [
        this.#all('ObjectsUnloaded', 'Maximum', HOUR, 'not loaded'),
        this.#all('ObjectsAnnounced', 'Maximum', HOUR, 'announced again'),
        this.#all('ObjectsGivenUp', 'Maximum', HOUR, 'given up'),
      ],
      leftYAxis: { min: 0, showUnits: false },
      rightYAxis: { min: 0, showUnits: false },
      width,
      height,
    });
  }

  /** A metric over all accounts. */
  #all(name: MetricName, statistic: Statistic, period: Duration, label: string): IMetric {
    return this.#source.own(name, statistic, period).with({ label });
  }

  /** A metric of each account; of all together, or the worst of them, where they are too many. */
  #each(name: MetricName, statistic: Statistic, period: Duration, label: string, pass?: string): IMetric[] {
    const { accounts } = this.#settings;
    if (accounts.length > ACCOUNTS_SHOWN_MAX && pass === undefined) {
      return [
        ACCOUNT_METRICS.has(name)
          ? this.#source.worst(name, statistic, period, label)
          : this.#all(name, statistic, period, label),
      ];
    }
    return accounts
      .slice(0, ACCOUNTS_SHOWN_MAX)
      .map(({ account }) =>
        this.#source
          .own(name, statistic, period, { account, ...(pass === undefined ? {} : { pass }) })
          .with({ label: `${account} ${label}` }),
      );
  }
}
