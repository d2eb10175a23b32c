import { Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';
import { ACCOUNT_METRICS, METRIC_UNITS, type MetricName, type Metrics } from '../domain/metrics.ts';
import { isAccountKey } from '../landing/key.ts';

/** How metrics are made. */
export interface MetricsOptions {
  /** Name of the function: the dimension that every metric has. */
  readonly service: string;
  /** CloudWatch's namespace, the name of the deployment. */
  readonly namespace: string;
  /** Passes that may be a dimension: each name costs a metric of its own. Default: none. */
  readonly passes?: readonly string[];
  /** Takes each finished line; default: stdout, where CloudWatch reads it. */
  readonly write?: (line: string) => void;
}

/** Values of one metric that one line may hold: with the hundredth Powertools would publish by itself, and forget the dimensions. */
const VALUES_MAX = 99;

/** Powertools warns in plain text past our log's allow list; what it could warn of is kept from it here. */
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

interface Group {
  /** Beside the service, which Powertools adds to each. */
  readonly dimensionSets: ReadonlyArray<Readonly<Record<string, string>>>;
  readonly values: Map<MetricName, number[]>;
}

/**
 * Metrics in CloudWatch's embedded metric format, written as lines of the log.
 * Dimensions are the service (not of {@link ACCOUNT_METRICS}); where an account is known, service and account; for a known pass also service,
 * account and pass.
 * What is no account's key and no known pass is left out of the dimensions, the value is not.
 */
export function createMetrics(options: MetricsOptions): Metrics {
  const { service, namespace, write } = options;
  const passes = new Set(options.passes ?? []);
  const powertools = new PowertoolsMetrics({ namespace, serviceName: service, logger: SILENT });
  const groups = new Map<string, Group>();

  const groupOf = (account: string, pass: string, isOfAccount: boolean): Group => {
    const key = `${account}/${pass}/${isOfAccount}`;
    const known = groups.get(key);
    if (known !== undefined) return known;
    const ofAccount = account === '' ? [] : [{ account }];
    const group = {
      dimensionSets: [...(isOfAccount ? [] : [{}]), ...ofAccount, ...(pass === '' ? [] : [{ account, pass }])],
      values: new Map<MetricName, number[]>(),
    };
    groups.set(key, group);
    return group;
  };

  const publish = ({ dimensionSets }: Group, values: ReadonlyArray<readonly [MetricName, readonly number[]]>): void => {
    for (const dimensions of dimensionSets) powertools.addDimensions({ ...dimensions });
    for (const [name, numbers] of values) {
      for (const number of numbers) powertools.addMetric(name, METRIC_UNITS[name], number);
    }
    if (write === undefined) {
      powertools.publishStoredMetrics();
      return;
    }
    write(JSON.stringify(powertools.serializeMetrics()));
    powertools.clearMetrics();
    powertools.clearDimensions();
  };

  return {
    add: (name, value, about = {}) => {
      if (!Number.isFinite(value)) return;
      const account = about.account !== undefined && isAccountKey(about.account) ? about.account : '';
      const pass = account !== '' && about.pass !== undefined && passes.has(about.pass) ? about.pass : '';
      // Of an account that cannot be named the value is kept all the same.
      const { values } = groupOf(account, pass, account !== '' && ACCOUNT_METRICS.has(name));
      const numbers = values.get(name);
      if (numbers === undefined) values.set(name, [value]);
      else if (METRIC_UNITS[name] === 'Count') numbers[0] = (numbers[0] ?? 0) + value;
      else numbers.push(value);
    },
    flush: () => {
      const flushed = [...groups.values()];
      groups.clear();
      for (const group of flushed) {
        try {
          for (const values of linesOf(group)) publish(group, values);
        } catch {
          // What could not be counted must not fail what was done.
          powertools.clearMetrics();
          powertools.clearDimensions();
        }
      }
    },
  };
}

/** The values of a group, so many to a line as one may hold: everything in the first, what is left of long lists in others. */
function linesOf({ values }: Group): Array<Array<readonly [MetricName, readonly number[]]>> {
  const lines: Array<Array<readonly [MetricName, readonly number[]]>> = [];
  for (const [name, numbers] of values) {
    for (let line = 0; line * VALUES_MAX < numbers.length; line++) {
      const part = numbers.slice(line * VALUES_MAX, (line + 1) * VALUES_MAX);
      lines[line] = [...(lines[line] ?? []), [name, part]];
    }
  }
  return lines;
}
