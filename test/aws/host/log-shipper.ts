import type { MetricName } from '../../../src/domain/metrics.ts';

/** A line in CloudWatch's embedded metric format. */
interface EmbeddedMetrics {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: ReadonlyArray<{
      readonly Namespace: string;
      readonly Dimensions: ReadonlyArray<readonly string[]>;
      readonly Metrics: ReadonlyArray<{ readonly Name: MetricName; readonly Unit?: string }>;
    }>;
  };
  readonly [name: string]: unknown;
}

const STREAM = 'emulated';
/** Lines of one call. */
const LINES_MAX = 500;

/**
 * Brings what functions print to where CloudWatch would: lines to their log groups, metrics in them to the metrics. moto keeps both and
 * evaluates no alarm.
 */
export class LogShipper {
  readonly #cloud: string;
  readonly #lines: ReadonlyMap<string, readonly string[]>;
  readonly #shipped = new Map<string, number>();

  /** `lines`: all that were printed, by function, growing. */
  constructor(cloud: string, lines: ReadonlyMap<string, readonly string[]>) {
    this.#cloud = cloud;
    this.#lines = lines;
  }

  /** Ships what is new. @throws {Error} where moto does not take it. */
  async ship(now: number): Promise<void> {
    for (const [name, lines] of this.#lines) {
      const from = this.#shipped.get(name) ?? 0;
      const fresh = lines.slice(from, from + LINES_MAX);
      if (fresh.length === 0) continue;
      if (!this.#shipped.has(name)) {
        await this.#logs('CreateLogStream', { logGroupName: groupOf(name), logStreamName: STREAM });
      }
      await this.#logs('PutLogEvents', {
        logGroupName: groupOf(name),
        logStreamName: STREAM,
        logEvents: fresh.map((message) => ({ timestamp: now, message })),
      });
      for (const line of fresh) await this.#metrics(line);
      this.#shipped.set(name, from + fresh.length);
    }
  }

  async #metrics(line: string): Promise<void> {
    if (!line.includes('"CloudWatchMetrics"')) return;
    const embedded = JSON.parse(line) as EmbeddedMetrics;
    for (const { Namespace, Dimensions, Metrics } of embedded._aws.CloudWatchMetrics) {
      const form = new URLSearchParams({ Action: 'PutMetricData', Version: '2010-08-01', Namespace });
      let at = 0;
      for (const dimensions of Dimensions) {
        for (const { Name, Unit = 'None' } of Metrics) {
          for (const value of [embedded[Name]].flat()) {
            at += 1;
            const prefix = `MetricData.member.${at}`;
            form.set(`${prefix}.MetricName`, Name);
            form.set(`${prefix}.Value`, String(value));
            form.set(`${prefix}.Unit`, Unit);
            form.set(`${prefix}.Timestamp`, new Date(embedded._aws.Timestamp).toISOString());
            for (const [index, dimension] of dimensions.entries()) {
              form.set(`${prefix}.Dimensions.member.${index + 1}.Name`, dimension);
              form.set(`${prefix}.Dimensions.member.${index + 1}.Value`, String(embedded[dimension]));
            }
          }
        }
      }
      await this.#ask('monitoring', form, { 'content-type': 'application/x-www-form-urlencoded' });
    }
  }

  #logs(action: string, content: object): Promise<void> {
    return this.#ask('logs', JSON.stringify(content), {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `Logs_20140328.${action}`,
    });
  }

  async #ask(
    service: string,
    body: string | URLSearchParams,
    headers: Readonly<Record<string, string>>,
  ): Promise<void> {
    const authorization = `AWS4-HMAC-SHA256 Credential=shipper/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
    const answer = await fetch(this.#cloud, {
      method: 'POST',
      body: String(body),
      headers: { ...headers, authorization },
    });
    if (!answer.ok)
      throw new Error(`moto does not take what was logged (${service}, ${answer.status}): ${await answer.text()}`);
  }
}

function groupOf(name: string): string {
  return `/aws/lambda/${name}`;
}
