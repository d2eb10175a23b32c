import { join } from 'node:path';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import {
  DataIdentifier,
  DataProtectionPolicy,
  FilterPattern,
  LogGroup,
  MetricFilter,
  type RetentionDays,
} from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { CANARY_WORD } from '../src/domain/canary-word.ts';
import type { DeploymentSettings, FunctionName } from './settings.ts';

/** What every function shares. */
export interface FunctionSurroundings {
  readonly settings: DeploymentSettings;
  /** Folder with one folder a function, as `bundle.ts` makes it. */
  readonly bundles: string;
  readonly key: IKey;
  /** Variables that every function gets. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Where a function without internet lives. */
export interface VpcPlace {
  readonly vpc: IVpc;
  readonly vpcSubnets: SubnetSelection;
  readonly securityGroups: ISecurityGroup[];
}

/** What is particular to one function. */
export interface FaxsyncFunctionProps {
  readonly name: FunctionName;
  readonly description: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Null: outside of the VPC, with internet. */
  readonly place: VpcPlace | null;
}

/** Services that use the key for a function. */
export type KeyUser = 's3' | 'dynamodb' | 'secretsmanager';

/** Rights on the key that each service needs of whoever calls it. */
const KEY_ACTIONS: Readonly<Record<KeyUser, readonly string[]>> = {
  s3: ['kms:Decrypt', 'kms:GenerateDataKey'],
  dynamodb: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'],
  secretsmanager: ['kms:Decrypt'],
};

/** What a log masks of what should never have got there: the second net, behind the allow list of the logger. */
export function maskingPolicy(): DataProtectionPolicy {
  return new DataProtectionPolicy({
    identifiers: [
      DataIdentifier.PHONENUMBER_US,
      DataIdentifier.EMAILADDRESS,
      DataIdentifier.ADDRESS,
      DataIdentifier.SSN_US,
      DataIdentifier.AWSSECRETKEY,
    ],
  });
}

/** What Lambda itself does with a function's role to give it its address in the VPC. None of them can be narrowed to a resource. */
const VPC_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * One Lambda with the defaults of all: the tested bundle as it is, arm64, Node 24, a role of its own with nothing but what is added here,
 * an encrypted log with an end, in which phone numbers and addresses are masked should one ever get through, and a filter that finds the canary.
 */
export class FaxsyncFunction extends Construct {
  readonly name: FunctionName;
  readonly lambda: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;
  readonly #key: IKey;

  constructor(scope: Construct, id: string, surroundings: FunctionSurroundings, props: FaxsyncFunctionProps) {
    super(scope, id);
    const { settings, bundles, key, environment } = surroundings;
    const { name, description, place } = props;
    const { memoryMb, timeoutSeconds, reservedConcurrency } = settings.functions[name];
    this.name = name;
    this.#key = key;
    const functionName = `${settings.name}-${name}`;
    this.logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/aws/lambda/${functionName}`,
      encryptionKey: key,
      // The numbers of this enum are the days themselves.
      retention: settings.logs.retentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
      dataProtectionPolicy: maskingPolicy(),
    });
    new MetricFilter(this, 'CanaryFilter', {
      logGroup: this.logGroup,
      filterPattern: FilterPattern.literal(`"${CANARY_WORD}"`),
      metricNamespace: settings.name,
      metricName: 'CanaryFound',
      metricValue: '1',
      defaultValue: 0,
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `faxsync ${name}`,
    });
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [this.logGroup.logGroupArn]);
    if (place !== null) this.#allowVpc();
    this.lambda = new LambdaFunction(this, 'Function', {
      functionName,
      description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(join(bundles, name)),
      memorySize: memoryMb,
      timeout: Duration.seconds(timeoutSeconds),
      role: this.role,
      logGroup: this.logGroup,
      environment: {
        ...environment,
        POWERTOOLS_METRICS_NAMESPACE: settings.name,
        POWERTOOLS_SERVICE_NAME: name,
        ...props.environment,
      },
      ...(reservedConcurrency === null ? {} : { reservedConcurrentExecutions: reservedConcurrency }),
      ...(place ?? {}),
    });
  }

  /** Adds one statement to the role: exactly these actions on exactly these resources. */
  allow(actions: readonly string[], resources: readonly string[]): void {
    this.role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
  }

  /** Lets these services use the key for the function; called directly it stays closed. */
  allowKeyThrough(...services: readonly KeyUser[]): void {
    const { region, urlSuffix } = Stack.of(this);
    for (const service of services) {
      this.role.addToPolicy(
        new PolicyStatement({
          actions: [...KEY_ACTIONS[service]],
          resources: [this.#key.keyArn],
          conditions: { StringEquals: { 'kms:ViaService': `${service}.${region}.${urlSuffix}` } },
        }),
      );
    }
  }

  /**
   * For runs started by a schedule, which are all safe to repeat. A failed one is tried again so often, a minute and two later; 0 where the
   * next one comes as soon. A start that waited longer than its interval is of no use.
   */
  startedBySchedule(everyMinutes: number, retryAttempts: 0 | 2): void {
    this.lambda.configureAsyncInvoke({
      retryAttempts,
      maxEventAge: Duration.minutes(Math.min(360, Math.max(1, everyMinutes))),
    });
  }

  #allowVpc(): void {
    this.allow(VPC_ACTIONS, ['*']);
    const { partition, region, account } = Stack.of(this);
    // The service may, the code of the function may not.
    this.role.addToPolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        actions: VPC_ACTIONS,
        resources: ['*'],
        conditions: {
          ArnLike: { 'lambda:SourceFunctionArn': `arn:${partition}:lambda:${region}:${account}:function:*` },
        },
      }),
    );
  }
}
