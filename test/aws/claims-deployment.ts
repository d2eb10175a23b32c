import type { Checks } from './checks.ts';
import type { Deployment } from './deployment.ts';

/** Ids of what a service says it has, by the type of resource that makes it. */
function listedByServices(deployment: Deployment): ReadonlyMap<string, readonly string[]> {
  const { functions, mappings, roles, queues, buckets, tables, secrets, apis, schedules } = deployment;
  return new Map<string, readonly string[]>([
    ['AWS::ApiGatewayV2::Api', apis.map(({ id }) => id)],
    [
      'AWS::ApiGatewayV2::Integration',
      apis.flatMap(({ integrations }) => integrations.map((each) => each.IntegrationId)),
    ],
    ['AWS::ApiGatewayV2::Stage', apis.flatMap(({ stages }) => stages.map(({ StageName }) => StageName))],
    ['AWS::CloudWatch::Alarm', deployment.alarms.map(({ AlarmName }) => AlarmName)],
    ['AWS::CloudWatch::Dashboard', deployment.dashboards],
    ['AWS::DynamoDB::GlobalTable', tables.map(({ TableName }) => TableName)],
    ['AWS::EC2::VPCEndpoint', deployment.endpoints.map(({ VpcEndpointId }) => VpcEndpointId)],
    ['AWS::IAM::Role', roles.map(({ name }) => name)],
    ['AWS::KMS::Alias', deployment.aliases.map(({ AliasName }) => AliasName)],
    ['AWS::KMS::Key', deployment.keys.map(({ id }) => id)],
    ['AWS::Lambda::EventSourceMapping', mappings.map(({ UUID }) => UUID)],
    ['AWS::Lambda::Function', functions.map(({ configuration }) => configuration.FunctionName)],
    ['AWS::Logs::LogGroup', deployment.log_groups.map(({ logGroupName }) => logGroupName)],
    ['AWS::Logs::MetricFilter', deployment.metric_filters.map(({ filterName }) => filterName)],
    ['AWS::RDS::DBCluster', deployment.clusters.map(({ DBClusterIdentifier }) => DBClusterIdentifier)],
    ['AWS::RDS::DBInstance', deployment.instances],
    ['AWS::S3::Bucket', buckets.map(({ name }) => name)],
    ['AWS::SNS::Topic', deployment.topics],
    ['AWS::SQS::Queue', queues.map(({ url }) => url)],
    ['AWS::Scheduler::Schedule', schedules.map(({ Name }) => Name)],
    ['AWS::Scheduler::ScheduleGroup', deployment.schedule_groups],
    ['AWS::SecretsManager::Secret', secrets.map(({ ARN }) => ARN)],
    ...Object.entries(deployment.network),
  ]);
}

/** Claims that everything of the template was made, by what CloudFormation lists and by what the services themselves have. */
export function claimDeployment(
  checks: Checks,
  deployment: Deployment,
  template: string,
  tracebacks: readonly string[],
): void {
  const asked = (JSON.parse(template) as { Resources: Record<string, { Type: string }> }).Resources;
  const made = new Map(deployment.resources.map((each) => [each.logical, each]));
  const names = Object.keys(asked);
  checks.claim(
    `all ${names.length} resources of the template are in the stack, and no other`,
    names.length === deployment.resources.length && names.every((name) => made.get(name)?.type === asked[name]?.Type),
    () => `${deployment.resources.length} are; missing: ${names.filter((name) => !made.has(name)).join(', ')}`,
  );
  const listed = listedByServices(deployment);
  const missing = deployment.resources.flatMap(({ logical, physical, type }) =>
    listed.get(type)?.includes(physical) === false ? [`${logical} (${type}, ${physical})`] : [],
  );
  const counted = deployment.resources.filter(({ type }) => listed.has(type)).length;
  checks.none(`${counted} of them are found by asking their services one by one`, missing);
  checks.none('the emulated cloud met no error of its own while deploying', tracebacks);
}
