import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ALARM_DEFAULTS, type AlarmSettings, alarmFaults } from '../../infra/alarm-settings.ts';
import { connectionsAllowed } from '../../infra/check-settings.ts';
import { SETTINGS } from '../../infra/settings.ts';
import { METRIC_UNITS } from '../../src/domain/metrics.ts';
import { type AlarmResource, alarmsOf, metricFault, operatedTemplate, widgetsOf } from './operations-bed.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const template = operatedTemplate();
const alarms = alarmsOf(template);
const widgets = widgetsOf(template);

function alarm(name: string): AlarmResource {
  const found = alarms.get(`faxsync-${name}`);
  if (found === undefined) throw new Error(`there is no alarm ${name}`);
  return found;
}

/** The page that an alarm's message ends with. */
function pageOf({ description }: Pick<AlarmResource, 'description'>): string | null {
  return / (docs\/runbook\/[a-z-]+\.md)$/.exec(description)?.[1] ?? null;
}

const pages = readdirSync(`${ROOT}docs/runbook`)
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/runbook/${name}`);

describe('every alarm', () => {
  it('looks at metrics that are published, with their dimensions', () => {
    const own = { namespace: 'faxsync', statistic: 'Maximum' } as const;
    const faults = [
      { ...own, name: 'HeadLag', dimensions: { service: 'load' } },
      { ...own, name: 'HedLag', dimensions: { service: 'pull' } },
      { ...own, name: 'HeadLag', dimensions: { service: 'pull', account: 'other' } },
      { ...own, name: 'HeadLag', dimensions: { service: 'pull', account: 'main', pass: 'head' } },
      { ...own, name: 'HeadLag', statistic: 'Sum', dimensions: { service: 'pull' } },
      { ...own, name: 'LoadedAge', dimensions: { service: 'reconcile' } },
      { ...own, name: 'MatchRateMoney', statistic: 'Sum', dimensions: { service: 'reconcile', account: 'main' } },
      { namespace: 'AWS/SQS', name: 'OldestMessage', statistic: 'Maximum', dimensions: { QueueName: 'x' } },
      {
        namespace: 'AWS/SQS',
        name: 'ApproximateAgeOfOldestMessage',
        statistic: 'Maximum',
        dimensions: { QueueName: { Ref: 'Key' } },
      },
    ].map((metric) => metricFault(template, ['main'], metric));
    expect(faults.filter((fault) => fault === null)).toEqual([]);
    const found = [...alarms.values()].flatMap(({ name, metrics }) =>
      metrics.map((metric) => [name, metricFault(template, ['main'], metric)] as const),
    );
    expect(found.length).toBeGreaterThan(30);
    expect(found.filter(([, fault]) => fault !== null)).toEqual([]);
  });

  it('says how soon to look, what is the matter, and which page of the runbook to open', () => {
    expect(pageOf({ description: 'PAGE: no page' })).toBeNull();
    for (const found of alarms.values()) {
      const page = pageOf(found);
      expect(found.description).toMatch(/^(PAGE|WORKDAY|LOOK): [A-Z].+\. docs\//);
      expect(found.description.length).toBeLessThan(1_024);
      expect(page !== null && existsSync(ROOT + page), `${found.name}: ${page}`).toBe(true);
    }
  });

  it('tells the topic when it begins and when it is over', () => {
    const topics = Object.keys(template.findResources('AWS::SNS::Topic'));
    expect(topics).toHaveLength(1);
    for (const { name, actions, okActions, isEnabled } of alarms.values()) {
      expect({ name, actions, okActions, isEnabled }).toEqual({
        name,
        actions: [{ Ref: topics[0] }],
        okActions: [{ Ref: topics[0] }],
        isEnabled: true,
      });
    }
  });

  it('looks back no further than CloudWatch does', () => {
    const spans = [...alarms.values()].map(({ name, periodSeconds, evaluationPeriods, datapoints }) => ({
      name,
      period: Math.max(...periodSeconds),
      isWhole: periodSeconds.every((seconds) => seconds >= 60 && seconds % 60 === 0),
      span: Math.max(...periodSeconds) * evaluationPeriods,
      isPossible: datapoints >= 1 && datapoints <= evaluationPeriods,
    }));
    const isKept = ({ period, isWhole, span, isPossible }: (typeof spans)[number]) =>
      isWhole && isPossible && span <= (period < 3_600 ? 86_400 : 604_800);
    expect(isKept({ name: '', period: 300, isWhole: true, span: 90_000, isPossible: true })).toBe(false);
    expect(spans.filter((span) => !isKept(span))).toEqual([]);
  });

  it('costs little: 35 of them at most for one account, and 45 metrics that are looked at', () => {
    expect(alarms.size).toBeLessThanOrEqual(35);
    expect([...alarms.values()].flatMap(({ metrics }) => metrics).length).toBeLessThanOrEqual(45);
  });
});

describe('silence', () => {
  it('rings where something is told all the time, and only there', () => {
    const ringing = [...alarms.values()].filter(({ missing }) => missing === 'breaching').map(({ name }) => name);
    expect(ringing.sort()).toEqual([
      'faxsync-canary-overdue',
      'faxsync-freshness-main',
      'faxsync-pass-behind-main',
      'faxsync-reconcile-stale-main',
      'faxsync-warehouse-stale-main',
    ]);
  });

  it('keeps the state of what is measured from time to time', () => {
    for (const name of [
      'money-differs-main',
      'rejected-main',
      'stuck-faxes-main',
      'live-fax-vanished-main',
      'sums-differ',
      'audit-given-up',
    ]) {
      expect(alarm(name).missing).toBe('ignore');
    }
  });
});

describe('thresholds', () => {
  it('follow the settings they depend on', () => {
    expect(alarm('freshness-main')).toMatchObject({
      threshold: 180,
      periodSeconds: [60],
      evaluationPeriods: 5,
      datapoints: 3,
    });
    expect(alarm('pass-behind-main').threshold).toBe(7_200);
    expect(alarm('queue-age').threshold).toBe(4 * SETTINGS.loads.visibilitySeconds);
    expect(alarm('database-connections').threshold).toBe(Math.floor(0.7 * connectionsAllowed(SETTINGS.warehouse)));
    expect(alarm('call-budget-main').expression).toContain('calls > 720');
    expect(alarm('canary-overdue').threshold).toBe(26 * 3_600);
    expect(alarm('reconcile-stale-main').threshold).toBe(26 * 3_600);
    expect(alarm('sums-differ')).toMatchObject({ threshold: 0, periodSeconds: [86_400], evaluationPeriods: 1 });
    // The third try of a day's page failed as well.
    expect(alarm('function-errors-report')).toMatchObject({ threshold: 2, periodSeconds: [86_400] });
    expect(alarm('money-differs-main')).toMatchObject({ threshold: 0, expression: 'cents + faxes' });
  });

  it('are those of the settings file', () => {
    const other = alarmsOf(
      operatedTemplate({
        alarms: { headIntervals: 10, rejectedMax: 7, capacityPercent: 50, unexplainedMax: 9 },
      }),
    );
    expect(other.get('faxsync-freshness-main')?.threshold).toBe(600);
    expect(other.get('faxsync-rejected-main')?.threshold).toBe(7);
    expect(other.get('faxsync-money-differs-main')?.threshold).toBe(9);
    expect(other.get('faxsync-database-capacity')?.threshold).toBe(50);
  });

  it("of a function's time are shares of its timeout", () => {
    expect(alarm('function-slow').expression).toContain(
      `FILL(load, 0) / ${SETTINGS.functions.load.timeoutSeconds * 1_000}`,
    );
  });
});

describe('what is deployed', () => {
  it('has the alarms of an account for each account', () => {
    const two = alarmsOf(operatedTemplate({ accounts: ['main', 'clinic-7'] }));
    const names = [...two.keys()];
    const ofClinic = names.filter((name) => name.endsWith('-clinic-7'));
    expect(ofClinic.map((name) => name.replace('clinic-7', 'main'))).toEqual(
      names.filter((name) => name.endsWith('-main')),
    );
    expect(ofClinic.length).toBeGreaterThan(10);
    const metrics = [...two.values()].flatMap((each) => each.metrics);
    expect(metrics.filter((metric) => metricFault(template, ['main', 'clinic-7'], metric) !== null)).toEqual([]);
  });

  it('has no alarm on callbacks that an account does not get, and none on a database of somebody else', () => {
    const names = [
      ...alarmsOf(operatedTemplate({ alarms: { accountsWithoutCallbacks: ['main'] }, isExternal: true })).keys(),
    ];
    const left = [...alarms.keys()].filter((name) => !names.includes(name));
    expect(left.sort()).toEqual([
      'faxsync-callbacks-silent-main',
      'faxsync-database-capacity',
      'faxsync-database-connections',
      'faxsync-database-deadlocks',
    ]);
  });

  it('keeps quiet while it is being set up, and about recovery where nobody wants to know', () => {
    for (const { isEnabled, okActions } of alarmsOf(
      operatedTemplate({ alarms: { isTelling: false, tellsRecovery: false } }),
    ).values()) {
      expect({ isEnabled, okActions }).toEqual({ isEnabled: false, okActions: [] });
    }
  });

  it('lets CloudWatch, and over TLS only, speak to an encrypted topic', () => {
    template.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.anyValue() });
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: Match.objectLike({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } }),
          }),
        ]),
      },
    });
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
            Principal: { Service: 'cloudwatch.amazonaws.com' },
          }),
        ]),
      },
    });
  });

  it('subscribes the e-mail address of the settings, and nobody without one', () => {
    template.resourceCountIs('AWS::SNS::Subscription', 0);
    operatedTemplate({ alarms: { email: 'ops@clinic.example' } }).hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'ops@clinic.example',
    });
  });
});

describe('the runbook', () => {
  it('has a page for every alarm, and no page without one', () => {
    const named = new Set([...alarms.values()].map(pageOf));
    expect(pages.filter((page) => !named.has(page))).toEqual([]);
    expect(pages).toHaveLength(named.size);
  });

  it('says on every page what users notice, what to check, how to mend it, how to prove it, and what comes after', () => {
    const parts = ['## What users notice', '## Check', '## Fix', '## Prove', '## Afterwards'];
    const fault = (text: string) => {
      const found = text.split('\n').filter((line) => line.startsWith('## '));
      const isOrdered = parts.every((part, at) => found[at] === part);
      const proof = /## Prove\n([\s\S]*?)\n## Afterwards/.exec(text)?.[1] ?? '';
      return isOrdered && /^```sh\n[\s\S]+?^```$/m.test(proof);
    };
    expect(fault(parts.join('\n\n'))).toBe(false);
    expect(pages.filter((page) => !fault(readFileSync(ROOT + page, 'utf8')))).toEqual([]);
  });

  it('is listed whole in its index, with the urgency of each alarm', () => {
    const index = readFileSync(`${ROOT}docs/runbook.md`, 'utf8');
    const rows = new Map(
      [...index.matchAll(/^\| \[([a-z-]+)\]\(runbook\/\1\.md\) \| (\w+) \| .+ \|$/gm)].map((row) => [row[1], row[2]]),
    );
    const expected = new Map(
      [...alarms.values()].map((each) => [
        pageOf(each)?.replace(/^docs\/runbook\/|\.md$/g, ''),
        each.description.slice(0, each.description.indexOf(':')),
      ]),
    );
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(expected));
  });
});

describe('the dashboard', () => {
  it('shows metrics that are published, and every one of ours but the count of canaries', () => {
    const metrics = widgets.flatMap((widget) => widget.metrics);
    expect(metrics.map((metric) => metricFault(template, ['main'], metric)).filter((fault) => fault !== null)).toEqual(
      [],
    );
    const shown = new Set(
      [...metrics, ...[...alarms.values()].flatMap((each) => each.metrics)].map(({ name }) => name),
    );
    expect(Object.keys(METRIC_UNITS).filter((name) => !shown.has(name))).toEqual(['CanariesSent']);
  });

  it('is one screen: eleven widgets and a pointer on 24 columns and 24 rows, none over another', () => {
    const isClear = (boxes: ReadonlyArray<Pick<(typeof widgets)[number], 'x' | 'y' | 'width' | 'height'>>) =>
      boxes.every((a, at) =>
        boxes
          .slice(at + 1)
          .every((b) => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y),
      );
    const one = { x: 0, y: 0, width: 6, height: 6 };
    expect(isClear([one, { ...one, x: 5 }])).toBe(false);
    expect(widgets).toHaveLength(13);
    expect(Math.max(...widgets.map(({ x, width }) => x + width))).toBe(24);
    expect(Math.max(...widgets.map(({ y, height }) => y + height))).toBeLessThanOrEqual(24);
    expect(isClear(widgets)).toBe(true);
  });

  it('stays one screen with many accounts, and without a database of ours', () => {
    const accounts = Array.from({ length: 20 }, (_, at) => `clinic-${at}`);
    const many = widgetsOf(operatedTemplate({ accounts, isExternal: true }));
    expect(many.map(({ x, y, width, height }) => [x, y, width, height])).toEqual(
      widgets.map(({ x, y, width, height }) => [x, y, width, height]),
    );
    expect(Math.max(...many.map(({ metrics }) => metrics.length))).toBeLessThan(30);
    expect(many.flatMap(({ metrics }) => metrics).filter(({ namespace }) => namespace === 'AWS/RDS')).toEqual([]);
  });
});

describe('settings of alarms that cannot work', () => {
  const surroundings = { accounts: [{ account: 'main' }], schedules: SETTINGS.schedules };
  const faultsOf = (over: Partial<AlarmSettings>) => alarmFaults({ ...ALARM_DEFAULTS, ...over }, surroundings);

  it('are none by default', () => {
    expect(faultsOf({})).toEqual([]);
  });

  it.each<[Partial<AlarmSettings>, RegExp]>([
    [{ email: 'ops' }, /^alarms\.email: /],
    [{ runbookUrl: 'https://wiki.example/runbook' }, /does not end in a slash/],
    [{ accountsWithoutCallbacks: ['other'] }, /"other" is none of the accounts/],
    [{ callBudgetShare: 80 }, /80 is no share/],
    [{ connectionsShare: 0 }, /0 is no share/],
    [{ rejectedMax: -1 }, /-1 is no count/],
    [{ headIntervals: 0 }, /0 is no whole number from 1/],
    [{ pullFailingHours: 25 }, /25 h is longer than the 24 h/],
    [{ queueAgeVisibilities: 3 }, /one poison message counts for 3/],
    [{ callbacksSilent: { hours: 9, fromHourUtc: 14, toHourUtc: 22 } }, /9 h of silence do not fit between 14 and 22/],
    [{ loadedAgeMinutes: 16 }, /2 x headMinutes 1 \+ reportMinutes 15 = 17/],
    [{ capacityPercent: 0.9e3 }, /is no percentage/],
  ])('are told with their reason: %j', (over, reason) => {
    const faults = faultsOf(over);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(reason);
  });
});
