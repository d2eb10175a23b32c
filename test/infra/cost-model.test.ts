import { readFileSync } from 'node:fs';
import { Template } from 'aws-cdk-lib/assertions';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type CostEstimate, type CostOptions, countedResources, estimateCost } from '../../infra/cost-model.ts';
import { PRICES, type PriceName } from '../../infra/cost-prices.ts';
import { ASSUMPTIONS, MONTH_HOURS, seriesOf, usageOf } from '../../infra/cost-usage.ts';
import { COST_DOCUMENT, fillCosts } from '../../infra/print-cost.ts';
import { METRIC_UNITS, type MetricName } from '../../src/domain/metrics.ts';
import { standardPassNames } from '../../src/pipeline/passes.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { PROPERTY_SEED } from '../support/random.ts';
import { StackBench, settingsWith } from './stacks.ts';
import { resources } from './template.ts';

const MILLION = 1_000_000;
const PRICE_NAMES = Object.keys(PRICES) as PriceName[];
const NOT_SPENT: ReadonlySet<PriceName> = new Set([
  'natHours',
  'natData',
  'addressHours',
  'endpointHours',
  'endpointData',
]);

const bench = new StackBench();
afterAll(() => bench.close());

function estimate(faxesPerMonth = MILLION, over: unknown = {}, options?: CostOptions): CostEstimate {
  return estimateCost(settingsWith(over), faxesPerMonth, options);
}

/** USD of each line, by group, item and price. */
function amounts({ lines }: CostEstimate): ReadonlyMap<string, number> {
  return new Map(lines.map(({ group, item, price, usd }) => [`${group}: ${item} (${price})`, usd]));
}

function lineUsd(of: CostEstimate, item: string): number {
  const found = of.lines.filter((line) => line.item === item);
  expect(found, item).not.toEqual([]);
  return found.reduce((sum, { usd }) => sum + usd, 0);
}

describe('a million faxes a month', () => {
  it('cost less than 120 USD, of which less than 40 for landing zone, functions, state and queue', () => {
    const { totalUsd, roadUsd, databaseUsd } = estimate();
    expect(totalUsd).toBeLessThan(120);
    expect(roadUsd).toBeLessThan(40);
    expect(databaseUsd).toBeLessThan(60);
  });

  it('cost less than 45 USD in all that is not the database with one callback a fax, the default of the provider', () => {
    const { totalUsd, outsideUsd } = estimate(MILLION, {}, { assumptions: { eventsPerFax: 1 } });
    expect(outsideUsd).toBeLessThan(45);
    expect(totalUsd).toBeLessThan(95);
  });
});

describe('the cost model', () => {
  it('adds up to its total, and every line is a quantity at a price', () => {
    const { lines, totalUsd, databaseUsd, outsideUsd, roadUsd } = estimate();
    expect(lines.reduce((sum, { usd }) => sum + usd, 0)).toBeCloseTo(totalUsd, 8);
    expect(databaseUsd + outsideUsd).toBeCloseTo(totalUsd, 8);
    expect(roadUsd).toBeLessThan(outsideUsd);
    for (const { quantity, price, usd } of lines) {
      expect(usd).toBeCloseTo((quantity * PRICES[price].usd) / PRICES[price].per, 8);
    }
  });

  it('never costs less for more faxes, in any line', () => {
    const volume = fc.integer({ min: 0, max: 50 * MILLION });
    fc.assert(
      fc.property(volume, volume, (one, other) => {
        const few = amounts(estimate(Math.min(one, other)));
        const many = amounts(estimate(Math.max(one, other)));
        for (const [line, usd] of few) expect(many.get(line), line).toBeGreaterThanOrEqual(usd - 1e-9);
      }),
      { seed: PROPERTY_SEED, numRuns: 100 },
    );
  });

  it.each(PRICE_NAMES)('doubles what is paid by %s with its price, and nothing else', (name) => {
    const prices = { ...PRICES, [name]: { ...PRICES[name], usd: 2 * PRICES[name].usd } };
    const plain = estimate();
    const doubled = estimate(MILLION, {}, { prices });
    const touched = plain.lines.filter(({ price }) => price === name);
    for (const [index, { price, usd }] of plain.lines.entries()) {
      expect(doubled.lines[index]?.usd).toBeCloseTo(price === name ? 2 * usd : usd, 8);
    }
    if (NOT_SPENT.has(name)) {
      expect(touched).toEqual([]);
      expect(doubled.natUsd + doubled.endpointsUsd).toBeGreaterThan(plain.natUsd + plain.endpointsUsd);
    } else {
      expect(touched.length).toBeGreaterThan(0);
      expect(touched.some(({ usd }) => usd > 0)).toBe(true);
    }
  });

  it('takes sizes and schedules from the settings', () => {
    const plain = estimate();
    const largerLoad = estimate(MILLION, { functions: { load: { memoryMb: 1024 } } });
    expect(lineUsd(largerLoad, 'load, computing')).toBeCloseTo(2 * lineUsd(plain, 'load, computing'), 8);
    const rarerHead = estimate(MILLION, { schedules: { headMinutes: 5 } });
    expect(lineUsd(rarerHead, 'putting what pulls land')).toBeLessThan(lineUsd(plain, 'putting what pulls land'));
    const fullerBatches = estimate(MILLION, { loads: { batchingWindowSeconds: 60 } });
    expect(lineUsd(fullerBatches, 'load, runs')).toBeLessThan(lineUsd(plain, 'load, runs'));
    const moreReady = estimate(MILLION, { warehouse: { minAcu: 2 } });
    expect(lineUsd(moreReady, 'capacity kept ready, 2.0 ACU')).toBeCloseTo(
      2 * MONTH_HOURS * PRICES.auroraCapacity.usd,
      8,
    );
    const standby = estimate(MILLION, { warehouse: { hasStandby: true } });
    expect(standby.databaseUsd).toBeGreaterThan(plain.databaseUsd + 43);
    expect(estimate(MILLION, { logs: { retentionDays: 365 } }).totalUsd).toBeGreaterThan(plain.totalUsd);
    expect(estimate(MILLION, { warehouse: { backupDays: 35 } }).totalUsd).toBeGreaterThan(plain.totalUsd);
    const external = estimate(MILLION, { warehouse: { kind: 'external', connectionsMax: 50 } });
    expect(external.databaseUsd).toBe(0);
    const two = estimate(MILLION, { accounts: [{ account: 'one' }, { account: 'two' }] });
    expect(two.totalUsd).toBeGreaterThan(plain.totalUsd + 10);
  });

  it('lets a database that may pause sleep only where nothing wakes it', () => {
    const always = estimate(10_000, { warehouse: { minAcu: 0 } });
    expect(always.databaseUsd).toBeCloseTo(estimate(10_000).databaseUsd, 8);
    const rarely = { headMinutes: 120, trailingMinutes: 120, reportMinutes: 120, auditMinutes: 120 };
    const quiet = { assumptions: { eventsPerFax: 0 } };
    const sleeping = estimate(10_000, { warehouse: { minAcu: 0 }, schedules: rarely }, quiet);
    expect(sleeping.databaseUsd).toBeLessThan(estimate(10_000, { schedules: rarely }, quiet).databaseUsd / 2);
  });

  it('says that NAT costs more than the road itself', () => {
    const { natUsd, endpointsUsd, roadUsd } = estimate(100_000);
    expect(natUsd).toBeGreaterThan(roadUsd);
    expect(endpointsUsd).toBeGreaterThan(roadUsd);
  });
});

describe('what the model counts', () => {
  const choices: ReadonlyArray<readonly [name: string, over: unknown]> = [
    ['the default settings', {}],
    [
      'two accounts, one without callbacks',
      { accounts: [{ account: 'a' }, { account: 'b' }], alarms: { accountsWithoutCallbacks: ['b'] } },
    ],
    ['a warehouse of its own', { warehouse: { kind: 'external', connectionsMax: 50 } }],
  ];

  it.each(choices)('is what the template has, with %s', (_name, over) => {
    const template = Template.fromStack(bench.stack(over));
    const alarms = [...resources(template, 'AWS::CloudWatch::Alarm').values()].map(
      ({ Properties: { Metrics: formula } }) =>
        formula === undefined ? 1 : (formula as readonly object[]).filter((metric) => 'MetricStat' in metric).length,
    );
    const master = resources(template, 'AWS::RDS::DBCluster').size;
    expect(countedResources(settingsWith(over))).toEqual({
      alarmMetrics: alarms.reduce((sum, metrics) => sum + metrics, 0),
      dashboards: resources(template, 'AWS::CloudWatch::Dashboard').size,
      keys: resources(template, 'AWS::KMS::Key').size,
      secrets: resources(template, 'AWS::SecretsManager::Secret').size + master,
      logGroups: resources(template, 'AWS::Logs::LogGroup').size,
    });
    expect(resources(template, 'AWS::EC2::NatGateway').size).toBe(0);
  });

  // "npm run bench -- usage", November 2026: a Monday of an account of 10,000 and of one of 1,000,000 faxes a month.
  it.each([
    ['431 faxes', 431, 1772],
    ['42,900 faxes', 42_900, 1923],
  ])('is within a twentieth of the objects that pulls landed on a day of %s', (_name, faxes, measured) => {
    const days = MONTH_HOURS / 24;
    const assumptions = { ...ASSUMPTIONS, lookupsPerFax: 0 };
    const perDay = usageOf(settingsWith({}), faxes * days, assumptions).pulledObjects / days;
    expect(Math.abs(perDay / measured - 1)).toBeLessThan(0.05);
  });

  it('is what the schedules start', () => {
    const over = { accounts: [{ account: 'a' }, { account: 'b' }] };
    const template = Template.fromStack(bench.stack(over));
    const minutes = { minute: 1, minutes: 1, hour: 60, hours: 60, day: 1440, days: 1440 };
    const starts = [...resources(template, 'AWS::Scheduler::Schedule').values()].map(({ Properties: properties }) => {
      // At an hour of each day.
      if (/^cron\(0 \d+ \* \* \? \*\)$/.test(String(properties['ScheduleExpression']))) return MONTH_HOURS / 24;
      const [, count, unit] = /^rate\((\d+) (\w+)\)$/.exec(String(properties['ScheduleExpression'])) ?? [];
      return (MONTH_HOURS * 60) / (Number(count) * minutes[unit as keyof typeof minutes]);
    });
    const usage = usageOf(settingsWith(over), MILLION, ASSUMPTIONS);
    const { headRuns, otherRuns, audits, measures, reconciles, reports, canaries } = usage;
    const counted =
      headRuns + otherRuns + audits.runs + measures + reconciles.daily + reconciles.hourly + reports + canaries;
    expect(counted).toBeCloseTo(
      starts.reduce((sum, count) => sum + count, 0),
      6,
    );
  });

  it('is every series of metrics that the functions publish for two accounts', () => {
    const published = new Map<string, Set<string>>();
    const metrics = createMetrics({
      service: 'any',
      namespace: 'faxsync',
      passes: standardPassNames(),
      write: (line) => {
        const { _aws: aws, ...values } = JSON.parse(line) as { _aws: { CloudWatchMetrics: Emf[] } } & Record<
          string,
          unknown
        >;
        for (const { Dimensions: sets, Metrics: metricsOfLine } of aws.CloudWatchMetrics) {
          for (const { Name: name } of metricsOfLine) {
            const series = published.get(name) ?? new Set();
            for (const set of sets) series.add(set.map((dimension) => `${dimension}=${values[dimension]}`).join());
            published.set(name, series);
          }
        }
      },
    });
    const names = Object.keys(METRIC_UNITS) as MetricName[];
    for (const name of names) {
      for (const account of ['one', 'two']) {
        for (const pass of name === 'PassLag' ? standardPassNames() : [undefined]) {
          metrics.add(name, 1, pass === undefined ? { account } : { account, pass });
        }
      }
    }
    metrics.flush();
    expect([...published.keys()].sort()).toEqual([...names].sort());
    for (const [name, series] of published) expect(series.size, name).toBe(seriesOf(name as MetricName, 2));
  });
});

interface Emf {
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string }[];
}

describe('docs/cost.md', () => {
  it('has the tables that the model makes today ("npm exec -- node infra/print-cost.ts --write" writes them)', () => {
    const text = readFileSync(COST_DOCUMENT, 'utf8');
    expect(fillCosts(text)).toBe(text);
  });

  it('is not filled without its marks', () => {
    expect(() => fillCosts('no marks')).toThrow('lost the marks');
  });
});
