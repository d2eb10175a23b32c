import { Match, Template } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, it } from 'vitest';
import { CANARY_WORD } from '../../src/domain/canary-word.ts';
import { StackBench, settingsWith } from './stacks.ts';

const bench = new StackBench();
const template = Template.fromStack(bench.stack());
const external = Template.fromStack(bench.stack({ warehouse: { kind: 'external', connectionsMax: 100 } }));
afterAll(() => bench.close());

type Properties = Readonly<Record<string, unknown>>;

interface Resource {
  readonly Properties: Properties;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** Resources of a type by their logical ids. */
function resources(type: string, among: Template = template): ReadonlyMap<string, Resource> {
  return new Map(Object.entries(among.findResources(type) as Record<string, Resource>));
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

function asList<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** What a function's own role may do, by the name of the function. */
function grants(among: Template = template): ReadonlyMap<string, readonly Statement[]> {
  const found = new Map<string, readonly Statement[]>();
  for (const { Properties: properties } of resources('AWS::Lambda::Function', among).values()) {
    const name = nameOf(properties);
    if (name === null) continue;
    const role = JSON.stringify(properties['Role']);
    const statements = [...resources('AWS::IAM::Policy', among).values()]
      .filter(({ Properties: policy }) => {
        const [only, ...others] = policy['Roles'] as readonly { Ref: string }[];
        return others.length === 0 && role.includes(`"${only?.Ref}"`);
      })
      .flatMap(({ Properties: policy }) => (policy['PolicyDocument'] as { Statement: Statement[] }).Statement);
    found.set(name, statements);
  }
  return found;
}

/** The function's name in faxsync; null for one that CDK brought. */
function nameOf(properties: Properties): string | null {
  const environment = properties['Environment'] as { Variables?: Record<string, string> } | undefined;
  return environment?.Variables?.['POWERTOOLS_SERVICE_NAME'] ?? null;
}

/** Everything a function may do, but for what a second statement takes back. */
function allowed(statements: readonly Statement[]): readonly Statement[] {
  return statements.filter(({ Effect }) => Effect === 'Allow');
}

function actionsOf(statements: readonly Statement[]): readonly string[] {
  return [...new Set(allowed(statements).flatMap(({ Action }) => asList(Action)))].sort();
}

/** Functions in the network, and outside of it. */
function functionsBy(isInside: boolean, among: Template = template): string[] {
  return [...resources('AWS::Lambda::Function', among).values()]
    .filter(({ Properties: properties }) => 'VpcConfig' in properties === isInside)
    .flatMap(({ Properties: properties }) => nameOf(properties) ?? [])
    .sort();
}

const LOGS = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const KEY_S3 = ['kms:Decrypt', 'kms:GenerateDataKey'];
const KEY_STATE = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'];
const NETWORK = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** What each function does, and so may do. */
const RIGHTS: Readonly<Record<string, readonly string[]>> = {
  pull: [
    's3:PutObject',
    'dynamodb:DeleteItem',
    'dynamodb:GetItem',
    'dynamodb:Query',
    'dynamodb:UpdateItem',
    'secretsmanager:GetSecretValue',
    ...KEY_S3,
    ...KEY_STATE,
  ],
  'receive-callback': [
    's3:PutObject',
    'dynamodb:GetItem',
    'dynamodb:UpdateItem',
    'secretsmanager:GetSecretValue',
    ...KEY_S3,
    ...KEY_STATE,
  ],
  canary: ['s3:PutObject', 'dynamodb:UpdateItem', ...KEY_S3, ...KEY_STATE],
  'prepare-database': ['rds-data:ExecuteStatement', 'secretsmanager:GetSecretValue', 'kms:Decrypt'],
  load: [
    's3:GetObject',
    'dynamodb:UpdateItem',
    'rds-db:connect',
    'sqs:DeleteMessage',
    'sqs:GetQueueAttributes',
    'sqs:ReceiveMessage',
    ...KEY_S3,
    ...KEY_STATE,
    ...NETWORK,
  ],
  audit: ['s3:ListBucket', 's3:GetObjectTagging', 's3:PutObjectTagging', 'rds-db:connect', ...NETWORK],
  reconcile: ['rds-db:connect', ...NETWORK],
  migrate: ['rds-db:connect', ...NETWORK],
};

describe('the rights of the functions', () => {
  it.each(Object.entries(RIGHTS))('of %s are what it does and no more', (name, rights) => {
    const statements = grants().get(name) ?? [];
    expect(actionsOf(statements)).toEqual([...new Set([...rights, ...LOGS])].sort());
  });

  it('belong to one role a function, which nobody else has', () => {
    const functions = [...resources('AWS::Lambda::Function').values()];
    const roles = functions.map(({ Properties: properties }) => JSON.stringify(properties['Role']));
    expect(new Set(roles).size).toBe(functions.length);
    // CDK's own helper, which calls the functions that run at deployment, brings a policy of AWS' for its log.
    const shared = [...resources('AWS::IAM::Role')].filter(
      ([id, { Properties: properties }]) => 'ManagedPolicyArns' in properties && !id.startsWith('AWSCDKTrigger'),
    );
    expect(shared).toEqual([]);
  });

  it('name no wildcard but network interfaces, which have no name, and the objects of the landing zone', () => {
    const wide = [...grants()].flatMap(([name, statements]) =>
      allowed(statements).flatMap(({ Action, Resource }) =>
        asList(Resource)
          .map((resource) => JSON.stringify(resource))
          .filter((resource) => resource.includes('*'))
          .map((resource) => `${name}: ${asList(Action)[0]?.split(':')[0]} on ${resource === '"*"' ? '*' : 'objects'}`),
      ),
    );
    expect([...new Set(wide)].sort()).toEqual([
      'audit: ec2 on *',
      'audit: s3 on objects',
      'canary: s3 on objects',
      'load: ec2 on *',
      'load: s3 on objects',
      'migrate: ec2 on *',
      'pull: s3 on objects',
      'receive-callback: s3 on objects',
      'reconcile: ec2 on *',
    ]);
    const actions = [...grants().values()].flatMap(actionsOf);
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
  });

  it('on network interfaces are taken back from the code, so that only the service has them', () => {
    for (const name of functionsBy(true)) {
      const denied = (grants().get(name) ?? []).filter(({ Effect }) => Effect === 'Deny');
      expect(denied.flatMap(({ Action }) => asList(Action)).sort()).toEqual(NETWORK);
      expect(JSON.stringify(denied[0]?.Condition)).toContain('lambda:SourceFunctionArn');
    }
  });

  it('on the key are only through the service that keeps the data', () => {
    for (const statements of grants().values()) {
      for (const { Action, Condition } of allowed(statements)) {
        if (!asList(Action).some((action) => action.startsWith('kms:'))) continue;
        expect(JSON.stringify(Condition)).toContain('kms:ViaService');
      }
    }
  });
});

describe('the network', () => {
  it('holds what holds the database, and nothing else', () => {
    expect(functionsBy(true)).toEqual(['audit', 'load', 'migrate', 'reconcile']);
    expect(functionsBy(false)).toEqual(['canary', 'prepare-database', 'pull', 'receive-callback']);
  });

  it('gives no function in it a secret, a queue but its own feed, or a way to the internet', () => {
    for (const name of functionsBy(true)) {
      const actions = actionsOf(grants().get(name) ?? []);
      expect(
        actions.filter((action) => /^(secretsmanager|ssm|sns|lambda|events|scheduler|execute-api|sts):/.test(action)),
      ).toEqual([]);
      const queue = actions.filter((action) => action.startsWith('sqs:'));
      // Lambda's own poller asks with the role of the function it feeds; sending is not among it.
      expect(queue).toEqual(
        name === 'load' ? ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'] : [],
      );
    }
    for (const name of functionsBy(false)) {
      expect(actionsOf(grants().get(name) ?? []).filter((action) => action.startsWith('rds-db:'))).toEqual([]);
    }
  });

  it('has no NAT gateway, internet gateway or interface endpoint, and no subnet with a way out', () => {
    for (const type of [
      'NatGateway',
      'InternetGateway',
      'EgressOnlyInternetGateway',
      'TransitGatewayAttachment',
      'VPCPeeringConnection',
      'Route',
    ]) {
      template.resourceCountIs(`AWS::EC2::${type}`, 0);
    }
    const endpoints = [...resources('AWS::EC2::VPCEndpoint').values()].map(({ Properties: properties }) => properties);
    expect(endpoints.map(({ VpcEndpointType }) => VpcEndpointType)).toEqual(['Gateway', 'Gateway']);
    for (const { PolicyDocument } of endpoints)
      expect(JSON.stringify(PolicyDocument)).toContain('aws:PrincipalAccount');
  });

  it('lets out Postgres to the database, and 443 to the gateway endpoints, and lets in Postgres from the functions alone', () => {
    const ports = (type: string) =>
      [...resources(type).values()].map(({ Properties: { FromPort, ToPort } }) => [FromPort, ToPort]);
    expect(ports('AWS::EC2::SecurityGroupIngress')).toEqual([[5432, 5432]]);
    expect(ports('AWS::EC2::SecurityGroupEgress')).toEqual([[5432, 5432]]);
    const inline = [...resources('AWS::EC2::SecurityGroup').values()].flatMap(
      ({ Properties: properties }) => (properties['SecurityGroupEgress'] ?? []) as Properties[],
    );
    expect(inline.map(({ CidrIp, FromPort, IpProtocol }) => [CidrIp, FromPort, IpProtocol])).toEqual([
      ['0.0.0.0/0', 443, 'tcp'],
      // CDK's way of writing "nothing".
      ['255.255.255.255/32', 252, 'icmp'],
    ]);
  });

  it("is left out with a warehouse of one's own, whose URL is in a secret", () => {
    for (const type of ['AWS::EC2::VPC', 'AWS::RDS::DBCluster', 'AWS::EC2::VPCEndpoint'])
      external.resourceCountIs(type, 0);
    expect(functionsBy(true, external)).toEqual([]);
    expect([...grants(external).keys()].sort()).not.toContain('prepare-database');
    for (const name of ['load', 'audit', 'reconcile', 'migrate']) {
      expect(actionsOf(grants(external).get(name) ?? [])).toContain('secretsmanager:GetSecretValue');
    }
  });
});

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
      'AWS::S3::Bucket': ({ BucketEncryption }) => expect(BucketEncryption).toBeDefined(),
    };
    for (const [type, check] of Object.entries(stored)) {
      const found = [...resources(type).values()];
      expect(found.length, type).toBeGreaterThan(0);
      for (const { Properties: properties } of found) check(properties);
    }
    template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
  });

  it('covers every road: buckets and queues refuse what is not TLS, the database takes nothing else', () => {
    const policies = [...resources('AWS::S3::BucketPolicy').values(), ...resources('AWS::SQS::QueuePolicy').values()];
    expect(policies).toHaveLength(resources('AWS::S3::Bucket').size + resources('AWS::SQS::Queue').size);
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
    const functions = [...resources('AWS::Lambda::Function').values()].filter(
      ({ Properties: properties }) => nameOf(properties) !== null,
    );
    const logs = [...resources('AWS::Logs::LogGroup').values()].map(({ Properties: properties }) => properties);
    const masked = logs.filter(({ DataProtectionPolicy }) =>
      JSON.stringify(DataProtectionPolicy ?? '').includes('PhoneNumber-US'),
    );
    expect(masked).toHaveLength(functions.length);
    expect(logs.map(({ RetentionInDays }) => RetentionInDays)).toEqual(logs.map(() => 90));
    const filters = [...resources('AWS::Logs::MetricFilter').values()].map(
      ({ Properties: properties }) => properties['FilterPattern'],
    );
    expect(filters).toEqual(functions.map(() => `"${CANARY_WORD}"`));
  });
});

describe('the road of an object', () => {
  it('begins in a bucket that is closed, versioned, and outlives the stack', () => {
    for (const bucket of resources('AWS::S3::Bucket').values()) {
      expect(bucket).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
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
    const landing = [...resources('AWS::S3::Bucket').values()].find(
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
    const queues = [...resources('AWS::SQS::Queue').values()].map(({ Properties: properties }) => properties);
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
    template.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Retain' });
  });

  it('is not migrated by hand: the functions that know a new schema wait for it', () => {
    const [migrate] = [...resources('Custom::Trigger')].filter(([id]) => id.includes('MigrateNow'));
    const load = [...resources('AWS::Lambda::Function').values()].find(
      ({ Properties: properties }) => nameOf(properties) === 'load',
    );
    expect((load as unknown as { DependsOn: string[] }).DependsOn).toContain(migrate?.[0]);
  });
});

describe('the functions', () => {
  it('run the tested bundle on arm64 and Node 24 with their settings, and no secret among these', () => {
    const { functions } = settingsWith({});
    for (const { Properties: properties } of resources('AWS::Lambda::Function').values()) {
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

  it('are started by the clock as the settings say, once for each account, with a queue for what could not be started', () => {
    const schedules = [...resources('AWS::Scheduler::Schedule').values()].map(
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
      ['faxsync-reconcile', 'rate(1 day)', { account: 'main', task: 'reconcile' }],
      ['faxsync-report', 'rate(15 minutes)', { account: 'main', task: 'measure' }],
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
    expect(resources('AWS::Scheduler::Schedule', two).size).toBe(15);
  });

  it('answer callbacks behind a throttle and an access log, by one route', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
      AccessLogSettings: { DestinationArn: Match.anyValue() },
    });
    const routes = [...resources('AWS::ApiGatewayV2::Route').values()].map(
      ({ Properties: properties }) => properties['RouteKey'],
    );
    expect(routes).toEqual(['POST /callbacks']);
  });
});
