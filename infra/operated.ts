import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { DatabaseCluster } from 'aws-cdk-lib/aws-rds';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { DeploymentSettings, FunctionName } from './settings.ts';

/** A function to be watched. */
export interface OperatedFunction {
  readonly lambda: LambdaFunction;
}

/** What alarms and dashboard look at. */
export interface Operated {
  readonly functions: ReadonlyMap<FunctionName, OperatedFunction>;
  readonly loads: Queue;
  readonly deadLoads: Queue;
  readonly deadSchedules: Queue;
  readonly table: TableV2;
  readonly api: HttpApi;
  /** Null: the warehouse is somebody else's. */
  readonly cluster: DatabaseCluster | null;
  /** Encrypts what alarms say on their way. */
  readonly key: Key;
}

/** The settings that thresholds are made of. */
export type OperatedSettings = Pick<
  DeploymentSettings,
  'name' | 'accounts' | 'alarms' | 'schedules' | 'loads' | 'warehouse' | 'functions'
>;

/** One of the functions. @throws {TypeError} where it is not among those to be watched. */
export function watchedFunction({ functions }: Pick<Operated, 'functions'>, name: FunctionName): LambdaFunction {
  const found = functions.get(name);
  if (found === undefined) throw new TypeError(`There is no function ${name} to watch.`);
  return found.lambda;
}
