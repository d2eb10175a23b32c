/** A policy as AWS writes it; single values may stand for lists. */
export interface PolicyDocument {
  readonly Statement: PolicyStatement | readonly PolicyStatement[];
}

/** One statement of a policy. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Principal?: '*' | Readonly<Record<string, string | readonly string[]>>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | boolean | readonly string[]>>>>;
}

/** A function as it was deployed, asked of the emulated Lambda. */
export interface DeployedFunction {
  readonly configuration: {
    readonly FunctionName: string;
    readonly FunctionArn: string;
    readonly Handler: string;
    readonly Role: string;
    readonly Runtime: string;
    readonly MemorySize: number;
    readonly Timeout: number;
    readonly CodeSha256: string;
    readonly Environment?: { readonly Variables: Readonly<Record<string, string>> };
    readonly VpcConfig?: { readonly SubnetIds?: readonly string[] };
  };
  readonly code: { readonly bucket: string; readonly key: string };
  readonly logGroup: string | null;
  readonly asynchronous: { readonly MaximumEventAgeInSeconds?: number; readonly MaximumRetryAttempts?: number };
  readonly reserved: number | null;
  /** Who may call it, beside those whose own policy says so. */
  readonly policy: PolicyDocument;
}

/** A role with all its policies. */
export interface DeployedRole {
  readonly name: string;
  readonly arn: string;
  readonly trust: PolicyDocument;
  readonly policies: readonly PolicyDocument[];
}

/** A queue and its attributes by their AWS names. */
export interface DeployedQueue {
  readonly url: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A bucket. */
export interface DeployedBucket {
  readonly name: string;
  readonly notification: {
    readonly QueueConfigurations?: ReadonlyArray<{ readonly QueueArn: string; readonly Events: readonly string[] }>;
  };
  readonly policy: PolicyDocument;
  readonly encryption: ReadonlyArray<{
    readonly ApplyServerSideEncryptionByDefault: { readonly SSEAlgorithm: string; readonly KMSMasterKeyID?: string };
  }>;
}

/** A schedule of EventBridge Scheduler. */
export interface DeployedSchedule {
  readonly Name: string;
  readonly GroupName: string;
  readonly State: string;
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone?: string;
  readonly Target: {
    readonly Arn: string;
    readonly RoleArn: string;
    readonly Input?: string;
    readonly DeadLetterConfig?: { readonly Arn: string };
    readonly RetryPolicy?: { readonly MaximumEventAgeInSeconds?: number; readonly MaximumRetryAttempts?: number };
  };
}

/** A queue that starts a function. */
export interface DeployedMapping {
  readonly UUID: string;
  readonly EventSourceArn: string;
  readonly FunctionArn: string;
  readonly BatchSize: number;
  readonly MaximumBatchingWindowInSeconds?: number;
  readonly FunctionResponseTypes?: readonly string[];
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number };
  readonly State: string;
}

/** An HTTP API. */
export interface DeployedApi {
  readonly id: string;
  readonly stages: ReadonlyArray<{
    readonly StageName: string;
    readonly DefaultRouteSettings?: { readonly ThrottlingBurstLimit?: number; readonly ThrottlingRateLimit?: number };
  }>;
  readonly routes: ReadonlyArray<{ readonly RouteKey: string; readonly Target: string }>;
  readonly integrations: ReadonlyArray<{
    readonly IntegrationId: string;
    readonly IntegrationUri: string;
    readonly PayloadFormatVersion?: string;
  }>;
}

/** One name and value of a metric's place. */
export interface MetricDimension {
  readonly Name: string;
  readonly Value: string;
}

/** Everything that is there after a deployment, as the emulated services themselves tell it; see test/aws/moto/inventory.py. */
export interface Deployment {
  /** Types of the template's resources by logical id. */
  readonly template_types: Readonly<Record<string, string>>;
  readonly resources: ReadonlyArray<{
    readonly logical: string;
    readonly physical: string;
    readonly type: string;
    readonly status: string;
  }>;
  readonly functions: readonly DeployedFunction[];
  readonly mappings: readonly DeployedMapping[];
  readonly roles: readonly DeployedRole[];
  readonly queues: readonly DeployedQueue[];
  readonly buckets: readonly DeployedBucket[];
  readonly tables: ReadonlyArray<{
    readonly TableName: string;
    readonly TableArn: string;
    readonly SSEDescription?: { readonly KMSMasterKeyArn?: string };
  }>;
  readonly secrets: ReadonlyArray<{ readonly ARN: string; readonly Name: string; readonly KmsKeyId?: string }>;
  readonly apis: readonly DeployedApi[];
  readonly schedules: readonly DeployedSchedule[];
  readonly schedule_groups: readonly string[];
  readonly keys: ReadonlyArray<{ readonly id: string; readonly arn: string; readonly policy: PolicyDocument }>;
  readonly aliases: ReadonlyArray<{ readonly AliasName: string }>;
  readonly log_groups: ReadonlyArray<{
    readonly logGroupName: string;
    readonly arn: string;
    readonly kmsKeyId?: string;
  }>;
  readonly metric_filters: ReadonlyArray<{
    readonly filterName: string;
    readonly logGroupName: string;
    readonly filterPattern: string;
    readonly metricTransformations: ReadonlyArray<{ readonly metricName: string; readonly metricNamespace: string }>;
  }>;
  readonly alarms: ReadonlyArray<{
    readonly AlarmName: string;
    readonly Namespace?: string;
    readonly MetricName?: string;
    readonly Dimensions?: readonly MetricDimension[];
    readonly Metrics?: ReadonlyArray<{
      readonly MetricStat?: {
        readonly Metric: {
          readonly Namespace: string;
          readonly MetricName: string;
          readonly Dimensions?: readonly MetricDimension[];
        };
      };
    }>;
  }>;
  readonly dashboards: readonly string[];
  readonly topics: readonly string[];
  readonly clusters: ReadonlyArray<{
    readonly DBClusterIdentifier: string;
    readonly DBClusterArn: string;
    readonly DbClusterResourceId: string;
    readonly IAMDatabaseAuthenticationEnabled: boolean;
    readonly HttpEndpointEnabled: boolean;
    readonly MasterUsername: string;
    readonly MasterSecretArn: string | null;
  }>;
  readonly instances: readonly string[];
  readonly endpoints: ReadonlyArray<{
    readonly VpcEndpointId: string;
    readonly ServiceName: string;
    readonly PolicyDocument?: string;
  }>;
  /** Physical ids by resource type. */
  readonly network: Readonly<Record<string, readonly string[]>>;
}

/** A value that AWS writes alone where it is the only one. */
export function listOf<Value>(value: Value | readonly Value[] | undefined): readonly Value[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly Value[]) : [value as Value];
}

/** The name of a function in its ARN, with or without a version. */
export function functionNameOf(arn: string): string {
  return arn.split(':')[6] ?? arn;
}
