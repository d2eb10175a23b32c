import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, it } from 'vitest';
import { StackBench } from './stacks.ts';
import { actionsOf, allowed, asList, functionsBy, grants, type Properties, resources } from './template.ts';

const bench = new StackBench();
const template = Template.fromStack(bench.stack());
const external = Template.fromStack(bench.stack({ warehouse: { kind: 'external', connectionsMax: 100 } }));
afterAll(() => bench.close());

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
    's3:ListBucket',
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
  report: ['s3:PutObject', 'rds-db:connect', ...KEY_S3, ...NETWORK],
  migrate: ['rds-db:connect', ...NETWORK],
};

describe('the rights of the functions', () => {
  it.each(Object.entries(RIGHTS))('of %s are what it does and no more', (name, rights) => {
    const statements = grants(template).get(name) ?? [];
    expect(actionsOf(statements)).toEqual([...new Set([...rights, ...LOGS])].sort());
  });

  it('belong to one role a function, which nobody else has', () => {
    const functions = [...resources(template, 'AWS::Lambda::Function').values()];
    const roles = functions.map(({ Properties: properties }) => JSON.stringify(properties['Role']));
    expect(new Set(roles).size).toBe(functions.length);
    // CDK's own helper, which calls the functions that run at deployment, brings a policy of AWS' for its log.
    const shared = [...resources(template, 'AWS::IAM::Role')].filter(
      ([id, { Properties: properties }]) => 'ManagedPolicyArns' in properties && !id.startsWith('AWSCDKTrigger'),
    );
    expect(shared).toEqual([]);
  });

  it('name no wildcard but network interfaces, which have no name, and the objects of the landing zone and of the reports', () => {
    const wide = [...grants(template)].flatMap(([name, statements]) =>
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
      'report: ec2 on *',
      'report: s3 on objects',
    ]);
    const actions = [...grants(template).values()].flatMap(actionsOf);
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
  });

  it('on report pages are those of the function that makes them, to put them and nothing else', () => {
    const pages = [...resources(template, 'AWS::S3::Bucket').keys()].find((id) => id.startsWith('Reports')) ?? 'none';
    const touching = [...grants(template)].flatMap(([name, statements]) =>
      allowed(statements)
        .filter(({ Resource }) => JSON.stringify(Resource).includes(`"${pages}"`))
        .map(({ Action }) => [name, Action]),
    );
    expect(touching).toEqual([['report', 's3:PutObject']]);
    const buckets = (grants(template).get('report') ?? []).filter(({ Action }) => String(Action).startsWith('s3:'));
    expect(buckets).toHaveLength(1);
    const endpoint = JSON.stringify([...resources(template, 'AWS::EC2::VPCEndpoint').values()]);
    expect(endpoint.split(`"${pages}"`)).toHaveLength(2);
  });

  it('on network interfaces are taken back from the code, so that only the service has them', () => {
    for (const name of functionsBy(template, true)) {
      const denied = (grants(template).get(name) ?? []).filter(({ Effect }) => Effect === 'Deny');
      expect(denied.flatMap(({ Action }) => asList(Action)).sort()).toEqual(NETWORK);
      expect(JSON.stringify(denied[0]?.Condition)).toContain('lambda:SourceFunctionArn');
    }
  });

  it('on the key are only through the service that keeps the data', () => {
    for (const statements of grants(template).values()) {
      for (const { Action, Condition } of allowed(statements)) {
        if (!asList(Action).some((action) => action.startsWith('kms:'))) continue;
        expect(JSON.stringify(Condition)).toContain('kms:ViaService');
      }
    }
  });
});

describe('the network', () => {
  it('holds what holds the database, and nothing else', () => {
    expect(functionsBy(template, true)).toEqual(['audit', 'load', 'migrate', 'reconcile', 'report']);
    expect(functionsBy(template, false)).toEqual(['canary', 'prepare-database', 'pull', 'receive-callback']);
  });

  it('gives no function in it a secret, a queue but its own feed, or a way to the internet', () => {
    for (const name of functionsBy(template, true)) {
      const actions = actionsOf(grants(template).get(name) ?? []);
      expect(
        actions.filter((action) => /^(secretsmanager|ssm|sns|lambda|events|scheduler|execute-api|sts):/.test(action)),
      ).toEqual([]);
      const queue = actions.filter((action) => action.startsWith('sqs:'));
      // Lambda's own poller asks with the role of the function it feeds; sending is not among it.
      expect(queue).toEqual(
        name === 'load' ? ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'] : [],
      );
    }
    for (const name of functionsBy(template, false)) {
      expect(actionsOf(grants(template).get(name) ?? []).filter((action) => action.startsWith('rds-db:'))).toEqual([]);
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
    const endpoints = [...resources(template, 'AWS::EC2::VPCEndpoint').values()].map(
      ({ Properties: properties }) => properties,
    );
    expect(endpoints.map(({ VpcEndpointType }) => VpcEndpointType)).toEqual(['Gateway', 'Gateway']);
    for (const { PolicyDocument } of endpoints)
      expect(JSON.stringify(PolicyDocument)).toContain('aws:PrincipalAccount');
  });

  it('lets out Postgres to the database, and 443 to the gateway endpoints, and lets in Postgres from the functions alone', () => {
    const ports = (type: string) =>
      [...resources(template, type).values()].map(({ Properties: { FromPort, ToPort } }) => [FromPort, ToPort]);
    expect(ports('AWS::EC2::SecurityGroupIngress')).toEqual([[5432, 5432]]);
    expect(ports('AWS::EC2::SecurityGroupEgress')).toEqual([[5432, 5432]]);
    const inline = [...resources(template, 'AWS::EC2::SecurityGroup').values()].flatMap(
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
    expect(functionsBy(external, true)).toEqual([]);
    expect([...grants(external).keys()].sort()).not.toContain('prepare-database');
    for (const name of ['load', 'audit', 'reconcile', 'report', 'migrate']) {
      expect(actionsOf(grants(external).get(name) ?? [])).toContain('secretsmanager:GetSecretValue');
    }
  });
});
