import { describe, expect, it } from 'vitest';
import { METRIC_UNITS, type MetricName } from '../../src/domain/metrics.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';

interface Line {
  readonly _aws: {
    readonly CloudWatchMetrics: ReadonlyArray<{
      readonly Namespace: string;
      readonly Dimensions: readonly string[][];
      readonly Metrics: ReadonlyArray<{ readonly Name: string; readonly Unit: string }>;
    }>;
  };
  readonly [key: string]: unknown;
}

function open() {
  const texts: string[] = [];
  const metrics = createMetrics({
    service: 'pull',
    namespace: 'clinic-fax',
    passes: ['head', '+15m'],
    write: (line) => texts.push(line),
  });
  const lines = (): Line[] => texts.splice(0).map((text) => JSON.parse(text) as Line);
  return { metrics, lines };
}

const dimensionsOf = (line: Line | undefined) => line?._aws.CloudWatchMetrics[0]?.Dimensions;
const unitsOf = (line: Line | undefined) =>
  Object.fromEntries((line?._aws.CloudWatchMetrics[0]?.Metrics ?? []).map(({ Name, Unit }) => [Name, Unit]));

describe('metrics', () => {
  it('are one line of the embedded format for each scope, with the service alone, the account, and the pass as dimensions', () => {
    const { metrics, lines } = open();
    metrics.add('PullFailed', 1);
    metrics.add('ProviderCalls', 12, { account: 'main' });
    metrics.add('HeadLag', 61.5, { account: 'main' });
    metrics.add('PassLag', 900, { account: 'main', pass: '+15m' });
    expect(lines()).toEqual([]);
    metrics.flush();
    const [none, account, pass, ...others] = lines();
    expect(others).toEqual([]);
    expect(none).toMatchObject({ service: 'pull', PullFailed: 1 });
    expect(none?._aws.CloudWatchMetrics[0]?.Namespace).toBe('clinic-fax');
    expect(dimensionsOf(none)).toEqual([['service']]);
    expect(account).toMatchObject({ service: 'pull', account: 'main', ProviderCalls: 12, HeadLag: 61.5 });
    expect(dimensionsOf(account)).toEqual([['service'], ['service', 'account']]);
    expect(unitsOf(account)).toEqual({ ProviderCalls: 'Count', HeadLag: 'Seconds' });
    expect(pass).toMatchObject({ service: 'pull', account: 'main', pass: '+15m', PassLag: 900 });
    expect(dimensionsOf(pass)).toEqual([['service'], ['service', 'account'], ['service', 'account', 'pass']]);
  });

  it('add counts up, keep seconds each, and begin anew after they were flushed', () => {
    const { metrics, lines } = open();
    for (const value of [3, 4]) metrics.add('RecordsLoaded', value, { account: 'main' });
    for (let value = 1; value <= 150; value++) metrics.add('LoadDelay', value, { account: 'main' });
    metrics.flush();
    const [first, second, ...others] = lines();
    expect(others).toEqual([]);
    expect(first).toMatchObject({ RecordsLoaded: 7 });
    const delays = [first?.['LoadDelay'], second?.['LoadDelay']].flat();
    expect(delays).toEqual(Array.from({ length: 150 }, (_, index) => index + 1));
    expect(dimensionsOf(second)).toEqual([['service'], ['service', 'account']]);
    metrics.flush();
    expect(lines()).toEqual([]);
    metrics.add('RecordsLoaded', 1, { account: 'main' });
    metrics.flush();
    expect(lines()).toEqual([expect.objectContaining({ RecordsLoaded: 1 })]);
  });

  it('of how an account stands are published for the account alone', () => {
    const { metrics, lines } = open();
    metrics.add('CentsUnexplained', 7, { account: 'main' });
    metrics.add('CanaryAge', 60, { account: 'main' });
    metrics.add('CentsUnexplained', 5, { account: 'no key' });
    metrics.flush();
    expect(lines().map((line) => [Object.keys(unitsOf(line)), dimensionsOf(line)])).toEqual([
      [['CentsUnexplained'], [['service', 'account']]],
      [['CanaryAge'], [['service'], ['service', 'account']]],
      [['CentsUnexplained'], [['service']]],
    ]);
  });

  it('have per cents as they are, each in the unit that CloudWatch knows', () => {
    const { metrics, lines } = open();
    for (const value of [99.99, 100]) metrics.add('MatchRateMoney', value, { account: 'main' });
    metrics.flush();
    const [line] = lines();
    expect(line).toMatchObject({ MatchRateMoney: [99.99, 100] });
    expect(unitsOf(line)).toEqual({ MatchRateMoney: 'Percent' });
  });

  it('let no text in but an account key and the name of a known pass', () => {
    const { metrics, lines } = open();
    const personal = ['+14145550123', 'Anna Miller', 'backfill:2024-01-01T00:00:00Z:2024-02-01T00:00:00Z', ''];
    for (const text of personal) {
      metrics.add('PassLag', 5, { account: 'main', pass: text });
      metrics.add('HeadLag', 5, { account: text });
    }
    metrics.flush();
    const written = lines();
    const text = JSON.stringify(written);
    for (const value of personal.filter((one) => one !== '')) expect(text).not.toContain(value);
    // The values are there, without the dimension that was refused.
    expect(written.map((line) => [line['HeadLag'] ?? line['PassLag']].flat().length)).toEqual([4, 4]);
    const names = new Set(written.flatMap((line) => Object.keys(line)));
    expect([...names].sort()).toEqual(['HeadLag', 'PassLag', '_aws', 'account', 'service']);
  });

  it('leave out what is no number and never throw', () => {
    const { metrics, lines } = open();
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, '7' as unknown as number]) metrics.add('HeadLag', value);
    metrics.add('NoSuchMetric' as MetricName, 1);
    metrics.add('PullFailed', 0, { account: 'main' });
    expect(() => metrics.flush()).not.toThrow();
    expect(lines()).toEqual([expect.objectContaining({ PullFailed: 0 })]);
  });

  it('go to stdout where nobody else takes them', () => {
    const { write } = process.stdout;
    const written: string[] = [];
    process.stdout.write = (text: string | Uint8Array) => {
      written.push(String(text));
      return true;
    };
    try {
      const metrics = createMetrics({ service: 'canary', namespace: 'faxsync' });
      metrics.add('CanariesSent', 1);
      metrics.flush();
    } finally {
      process.stdout.write = write;
    }
    expect(JSON.parse(written.join(''))).toMatchObject({ service: 'canary', CanariesSent: 1 });
  });

  it('have a name that CloudWatch takes and a unit of their own', () => {
    expect(Object.keys(METRIC_UNITS).length).toBeGreaterThan(30);
    for (const name of Object.keys(METRIC_UNITS)) expect(name).toMatch(/^[A-Z][A-Za-z]+$/);
  });
});
