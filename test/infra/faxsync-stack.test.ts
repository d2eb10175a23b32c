import { Match, Template } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, it } from 'vitest';
import { FUNCTION_NAMES } from '../../infra/settings.ts';
import { CANARY_WORD } from '../../src/domain/canary-word.ts';
import { StackBench, settingsWith } from './stacks.ts';
import { nameOf, type Properties, resources, type Statement } from './template.ts';

const bench = new StackBench();
const template = Template.fromStack(bench.stack());
afterAll(() => bench.close());

describe('encryption', () => {
  it('covers everything that keeps data, with the key of the stack where the service can use one', () => {
    const key = (value: unknown) => expect(JSON.stringify(value)).toMatch(/"(Fn::GetAtt|Ref)":.*Key/);
    const stored: Record<string, (properties: Properties) => void> = {
      'AWS::DynamoDB::GlobalTable': ({ SSESpecification, Replicas }) => {
        expect(SSESpecification).toEqual({ SSEEnabled: true, SSEType: 'KMS' });
        key((Replicas as Properties[])[0]?.['SSESpecification']);
      },
      'AWS::Logs::LogGroup': ({ KmsKeyId }) => key(KmsKeyId),
      'AWS::SecretsManager::Secret': ({ KmsKeyId }) => key(KmsKeyId),
      'AWS::RDS::DBCluster': ({ KmsKeyId, StorageEncrypted, MasterUserSecret }) => {
        key(KmsKeyId);
        expect(StorageEncrypted).toBe(true);
        key(MasterUserSecret);
      },
      'AWS::SQS::Queue': ({ SqsManagedSseEnabled }) => expect(SqsManagedSseEnabled).toBe(true),
      'AWS::S3::Bucket': ({ BucketEncryption, LoggingConfiguration }) => {
        const [rule] = (BucketEncryption as { ServerSideEncryptionConfiguration: Properties[] })
          .ServerSideEncryptionConfiguration;
        // The log of who read the others: S3's log service cannot use a key of one's own.
        if (LoggingConfiguration === undefined) return;
        expect(rule).toMatchObject({
          BucketKeyEnabled: true,
          ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' },
        });
        key(rule);
      },
      'AWS::SNS::Topic': ({ KmsMasterKeyId }) => key(KmsMasterKeyId),
    };
    for (const [type, check] of Object.entries(stored)) {
      const found = [...resources(template, type).values()];
      expect(found.length, type).toBeGreaterThan(0);
      for (const { Properties: properties } of found) check(properties);
    }
    template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
  });

  it('covers every road: buckets and queues refuse what is not TLS, the database takes nothing else', () => {
    const policies = [
      ...resources(template, 'AWS::S3::BucketPolicy').values(),
      ...resources(template, 'AWS::SQS::QueuePolicy').values(),
    ];
    expect(policies).toHaveLength(
      resources(template, 'AWS::S3::Bucket').size + resources(template, 'AWS::SQS::Queue').size,
    );
    for (const { Properties: properties } of policies) {
      const { Statement: statements } = properties['PolicyDocument'] as { Statement: Statement[] };
      const denied = statements
        .filter(({ Effect }) => Effect === 'Deny')
        .map(({ Condition }) => JSON.stringify(Condition));
      expect(denied).toContain('{"Bool":{"aws:SecureTransport":"false"}}');
    }
    template.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', {
      Parameters: Match.objectLike({ 'rds.force_ssl': '1' }),
    });
  });

  it('masks in every log of a function what should not have got there, and ends every log', () => {
    const functions = [...resources(template, 'AWS::Lambda::Function').values()].filter(
      ({ Properties: properties }) => nameOf(properties) !== null,
    );
    const logs = [...resources(template, 'AWS::Logs::LogGroup').values()].map(
      ({ Properties: properties }) => properties,
    );
    const masked = logs.filter(({ DataProtectionPolicy }) =>
      JSON.stringify(DataProtectionPolicy ?? '').includes('PhoneNumber-US'),
    );
    // One more is of the function that CDK brings along to call those that run at deployment.
    expect(masked).toHaveLength(functions.length + 1);
    for (const { Properties: properties } of resources(template, 'AWS::Lambda::Function').values()) {
      expect(properties['LoggingConfig']).toBeDefined();
    }
    expect(logs.map(({ RetentionInDays }) => RetentionInDays)).toEqual(logs.map(() => 90));
    const filters = [...resources(template, 'AWS::Logs::MetricFilter').values()].map(
      ({ Properties: properties }) => properties['FilterPattern'],
    );
    expect(filters).toEqual(functions.map(() => `"${CANARY_WORD}"`));
  });
});

describe('the road of an object', () => {
  it('begins in a bucket that is closed, versioned, and outlives the stack', () => {
    for (const bucket of resources(template, 'AWS::S3::Bucket').values()) {
      expect(bucket).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
      expect(bucket.Properties).toMatchObject({
        VersioningConfiguration: { Status: 'Enabled' },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      });
    }
  });

  it("goes on by the bucket's own word to the queue, for new objects and for those that are announced again", () => {
    const landing = [...resources(template, 'AWS::S3::Bucket').values()].find(
      ({ Properties: properties }) => 'NotificationConfiguration' in properties,
    );
    expect(landing?.Properties['NotificationConfiguration']).toMatchObject({
      QueueConfigurations: [{ Event: 's3:ObjectCreated:*' }, { Event: 's3:ObjectTagging:Put' }],
    });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: 'sqs:SendMessage',
            Principal: { Service: 's3.amazonaws.com' },
            Condition: Match.objectLike({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } }),
          }),
        ]),
      },
    });
  });

  it('keeps dead messages longer than live ones, and hides a message for six runs of load and the window', () => {
    const queues = [...resources(template, 'AWS::SQS::Queue').values()].map(({ Properties: properties }) => properties);
    const loads = queues.find((queue) => 'RedrivePolicy' in queue) ?? {};
    const { loads: settings, functions } = settingsWith({});
    for (const dead of queues.filter((queue) => queue !== loads)) {
      expect(Number(dead['MessageRetentionPeriod'])).toBeGreaterThan(Number(loads['MessageRetentionPeriod']));
    }
    expect(Number(loads['VisibilityTimeout'])).toBeGreaterThanOrEqual(
      6 * functions.load.timeoutSeconds + settings.batchingWindowSeconds,
    );
    expect(loads['RedrivePolicy']).toMatchObject({ maxReceiveCount: 5 });
  });

  it('is not looked for by the audit before its message has been tried for the last time', () => {
    const { receivesMax, visibilitySeconds, batchingWindowSeconds } = settingsWith({}).loads;
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({
          POWERTOOLS_SERVICE_NAME: 'audit',
          FAXSYNC_AUDIT_GRACE_SECONDS: String(receivesMax * visibilitySeconds + batchingWindowSeconds),
        }),
      },
    });
  });

  it('feeds load in bounded numbers and takes back single failures', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 10 },
    });
  });

  it('ends in a database that cannot be deleted by mistake, and leaves a snapshot when it is on purpose', () => {
    template.hasResource('AWS::RDS::DBCluster', {
      DeletionPolicy: 'Snapshot',
      Properties: { DeletionProtection: true, EnableIAMDatabaseAuthentication: true, BackupRetentionPeriod: 14 },
    });
    template.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'RetainExceptOnCreate' });
  });

  it('is made, then given its logins, then its schema, and only then are the functions that know it', () => {
    const needs = (id: string) => (template.toJSON()['Resources'][id] as { DependsOn: string[] }).DependsOn;
    const [prepare = '', migrate = ''] = ['PrepareDatabaseNow', 'MigrateNow'].map(
      (part) => [...resources(template, 'Custom::Trigger').keys()].find((id) => id.includes(part)) ?? '',
    );
    expect(needs(prepare)).toEqual(expect.arrayContaining([...resources(template, 'AWS::RDS::DBInstance').keys()]));
    expect(needs(migrate)).toContain(prepare);
    expect(needs(migrate)).toEqual(
      expect.arrayContaining([...resources(template, 'AWS::EC2::SecurityGroupIngress').keys()]),
    );
    const knowing = [...resources(template, 'AWS::Lambda::Function')].filter(([, { Properties: properties }]) =>
      ['load', 'audit', 'reconcile', 'report'].includes(nameOf(properties) ?? ''),
    );
    expect(knowing).toHaveLength(4);
    for (const [id] of knowing) expect(needs(id)).toContain(migrate);
  });
});

describe('the functions', () => {
  it('run the tested bundle on arm64 and Node 24 with their settings, and no secret among these', () => {
    const { functions } = settingsWith({});
    for (const { Properties: properties } of resources(template, 'AWS::Lambda::Function').values()) {
      const name = nameOf(properties);
      if (name === null) continue;
      const size = functions[name as keyof typeof functions];
      expect(properties).toMatchObject({
        Architectures: ['arm64'],
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        MemorySize: size.memoryMb,
        Timeout: size.timeoutSeconds,
      });
      const environment = JSON.stringify(properties['Environment']);
      expect(environment).not.toMatch(/resolve:|api_key|api_secret|callback_tokens|password/i);
    }
  });

  it('are told limits and prices of the reconciliation only where they are needed', () => {
    const accounts = [{ account: 'main', reconciliation: { settle_days: 6 } }, { account: 'clinic' }];
    const made = [
      ...resources(Template.fromStack(bench.stack({ accounts })), 'AWS::Lambda::Function').values(),
    ].flatMap(({ Properties: properties }) => {
      const name = nameOf(properties);
      if (name === null) return [];
      const { Variables: variables } = properties['Environment'] as { Variables: Record<string, string> };
      return [[name, variables['FAXSYNC_ACCOUNTS']] as const];
    });
    const plain = JSON.stringify([{ account: 'main' }, { account: 'clinic' }]);
    expect(new Map(made)).toEqual(
      new Map(FUNCTION_NAMES.map((name) => [name, name === 'reconcile' ? JSON.stringify(accounts) : plain])),
    );
  });

  it('are started by the clock as the settings say, once for each account, with a queue for what could not be started', () => {
    const schedules = [...resources(template, 'AWS::Scheduler::Schedule').values()].map(
      ({ Properties: properties }) => properties,
    );
    const read = schedules.map(({ GroupName, ScheduleExpression, Target }) => [
      GroupName,
      ScheduleExpression,
      JSON.parse((Target as { Input: string }).Input) as unknown,
    ]);
    expect(read).toMatchObject([
      ['faxsync-head', 'rate(1 minute)', { account: 'main', passes: ['head'], streams: ['faxes'] }],
      ['faxsync-trailing', 'rate(15 minutes)', { account: 'main' }],
      [
        'faxsync-snapshots',
        'rate(1 hour)',
        { account: 'main', streams: expect.arrayContaining(['phone_numbers', 'port_orders']) },
      ],
      ['faxsync-audit', 'rate(1 hour)', { account: 'main', since_hours: 26 }],
      ['faxsync-audit-whole', 'rate(7 days)', { account: 'main' }],
      ['faxsync-reconcile', 'rate(1 day)', { account: 'main', task: 'reconcile', every: 'day' }],
      ['faxsync-reconcile-hourly', 'rate(1 hour)', { account: 'main', task: 'reconcile', every: 'hour' }],
      ['faxsync-report', 'rate(15 minutes)', { account: 'main', task: 'measure' }],
      ['faxsync-report-page', 'cron(0 5 * * ? *)', { account: 'main' }],
      ['faxsync-canary', 'rate(1 day)', {}],
    ]);
    for (const { Target } of schedules) {
      expect(Target).toMatchObject({
        DeadLetterConfig: { Arn: expect.anything() },
        RetryPolicy: { MaximumRetryAttempts: expect.any(Number) },
      });
    }
    const two = Template.fromStack(
      bench.stack({ accounts: [{ account: 'north', api_version: 'v1' }, { account: 'south' }] }),
    );
    expect(resources(two, 'AWS::Scheduler::Schedule').size).toBe(19);
  });

  it('that are started by the clock try again where the next start is far, and not where it is near', () => {
    const retries = [...resources(template, 'AWS::Lambda::EventInvokeConfig').values()].map(
      ({ Properties: { FunctionName, MaximumRetryAttempts } }) => [JSON.stringify(FunctionName), MaximumRetryAttempts],
    );
    const of = (name: string) => retries.find(([id]) => String(id).includes(name))?.[1];
    expect(['Pull', 'Audit', 'Reconcile', 'FunctionsReport', 'Canary'].map(of)).toEqual([0, 2, 2, 2, 2]);
  });

  it('answer callbacks behind a throttle and an access log, by one route', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
      AccessLogSettings: { DestinationArn: Match.anyValue() },
    });
    const routes = [...resources(template, 'AWS::ApiGatewayV2::Route').values()].map(
      ({ Properties: properties }) => properties['RouteKey'],
    );
    expect(routes).toEqual(['POST /callbacks']);
  });
});

describe('the report pages', () => {
  it('lie in a bucket that tells nobody of them, logs who read them, and lets them go', () => {
    const pages = [...resources(template, 'AWS::S3::Bucket').values()].filter(
      ({ Properties: { LoggingConfiguration: log } }) => JSON.stringify(log ?? '').includes('reports/'),
    );
    expect(pages).toHaveLength(1);
    expect(pages[0]?.Properties).not.toHaveProperty('NotificationConfiguration');
    expect(pages[0]?.Properties).toMatchObject({
      LifecycleConfiguration: {
        Rules: [{ ExpirationInDays: 400, NoncurrentVersionExpiration: { NoncurrentDays: 30 } }],
      },
    });
    template.hasOutput('ReportsUrl', { Value: { 'Fn::Join': ['', ['s3://', { Ref: Match.anyValue() }]] } });
  });

  it('are made when the morning of the bill begins, wherever that is', () => {
    const accounts = [{ account: 'main', billing_zone: 'Pacific/Auckland' }];
    const other = Template.fromStack(bench.stack({ accounts, schedules: { reportPageHour: 23 } }));
    other.hasResourceProperties('AWS::Scheduler::Schedule', {
      GroupName: 'faxsync-report-page',
      ScheduleExpression: 'cron(0 23 * * ? *)',
      ScheduleExpressionTimezone: 'Pacific/Auckland',
    });
  });
});

describe('the secrets', () => {
  // CloudFormation writes a secret anew whenever the template says something else of it, and what it writes is blank: a change here wipes
  // the keys and tokens of everybody who upgrades. A new field must be optional, and stay out of these texts.
  it('are made with texts that never change', () => {
    const external = Template.fromStack(bench.stack({ warehouse: { kind: 'external', connectionsMax: 100 } }));
    const read = [...resources(external, 'AWS::SecretsManager::Secret').values()].map(
      ({ Properties: { Name, Description, SecretString } }) => [Name, Description, SecretString],
    );
    const url = ['faxsync: fill in database_url (docs/deploy.md)', '{"database_url":""}'];
    expect(read).toEqual([
      [
        'faxsync/main/provider',
        'faxsync: fill in api_key, api_secret, api_key_2, api_secret_2 (docs/deploy.md)',
        '{"api_key":"","api_secret":"","api_key_2":"","api_secret_2":""}',
      ],
      [
        'faxsync/main/callbacks',
        'faxsync: fill in callback_tokens, callback_url (docs/deploy.md)',
        '{"callback_tokens":"","callback_url":""}',
      ],
      ['faxsync/warehouse/load', ...url],
      ['faxsync/warehouse/reconcile', ...url],
      ['faxsync/warehouse/report', ...url],
      ['faxsync/warehouse/migrate', ...url],
    ]);
  });
});
