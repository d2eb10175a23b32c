import { type Deployment, listOf, type PolicyDocument } from '../deployment.ts';
import { decide } from './iam-policy.ts';
import { ACCOUNT, type Judge, REGION } from './judge.ts';

function policyOf(text: string | undefined): PolicyDocument[] {
  return text === undefined ? [] : [JSON.parse(text) as PolicyDocument];
}

/** Whether the bucket may tell the queue: by the queue's policy, as S3 itself would ask. */
function notificationFaults({ buckets, queues }: Deployment): string[] {
  return buckets.flatMap(({ name, notification }) =>
    (notification.QueueConfigurations ?? []).flatMap(({ QueueArn }) => {
      const queue = queues.find(({ attributes }) => attributes['QueueArn'] === QueueArn);
      const { verdict } = decide(policyOf(queue?.attributes['Policy']), {
        action: 'sqs:SendMessage',
        resource: QueueArn,
        principal: 's3.amazonaws.com',
        context: {
          'aws:SourceArn': `arn:aws:s3:::${name}`,
          'aws:SourceAccount': ACCOUNT,
          'aws:SecureTransport': 'true',
        },
      });
      return verdict === 'allowed' ? [] : [`S3 may not tell ${QueueArn}: ${verdict}`];
    }),
  );
}

/** Whether CloudWatch may use the key of each log group that has one. */
function logKeyFaults({ log_groups: groups, keys }: Deployment): string[] {
  return groups.flatMap(({ logGroupName, arn, kmsKeyId }) => {
    if (kmsKeyId === undefined) return [];
    const key = keys.find((each) => each.arn === kmsKeyId || each.id === kmsKeyId);
    return [
      'kms:Encrypt',
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'kms:DescribeKey',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
    ].flatMap((action) => {
      const { verdict } = decide(key === undefined ? [] : [key.policy], {
        action,
        resource: key?.arn ?? kmsKeyId,
        principal: `logs.${REGION}.amazonaws.com`,
        context: { 'kms:EncryptionContext:aws:logs:arn': arn.replace(/:\*$/, '') },
      });
      return verdict === 'allowed' ? [] : [`CloudWatch may not ${action} for ${logGroupName}: ${verdict}`];
    });
  });
}

/** What services need of each other's policies, and would find out only when it is too late: each fault in words. */
export function serviceFaults(deployment: Deployment): string[] {
  return [...notificationFaults(deployment), ...logKeyFaults(deployment)];
}

/** Whether API Gateway may call a function for a route; null or why not. */
export function gatewayFault(
  deployment: Deployment,
  apiId: string,
  functionArn: string,
  routeKey: string,
): string | null {
  const deployed = deployment.functions.find(({ configuration }) => functionArn.includes(configuration.FunctionArn));
  const [method = '', path = ''] = routeKey.split(' ');
  const { verdict } = decide(deployed === undefined ? [] : [deployed.policy], {
    action: 'lambda:InvokeFunction',
    resource: deployed?.configuration.FunctionArn ?? functionArn,
    principal: 'apigateway.amazonaws.com',
    context: { 'aws:SourceArn': `arn:aws:execute-api:${REGION}:${ACCOUNT}:${apiId}/$default/${method}${path}` },
  });
  return verdict === 'allowed' ? null : `API Gateway may not call ${functionArn}: ${verdict}`;
}

/** Judges what Lambda does with the role of every function that ran: it writes the function's log. */
export function judgeLogWriting({ functions }: Deployment, judge: Judge, ran: ReadonlySet<string>): string[] {
  return functions.flatMap(({ configuration, logGroup }) => {
    const { FunctionName, Role } = configuration;
    if (!ran.has(FunctionName)) return [];
    const resource = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:${logGroup ?? `/aws/lambda/${FunctionName}`}:log-stream:test`;
    return ['logs:CreateLogStream', 'logs:PutLogEvents'].flatMap((action) => {
      const refusal = judge.ofRole(Role, { action, resource });
      return refusal === null ? [] : [`${FunctionName} cannot log: ${action}: ${refusal}`];
    });
  });
}

/** Names of the roles that the stack made. */
export function ownRoles({ resources }: Deployment): string[] {
  return resources.flatMap(({ type, physical }) => (type === 'AWS::IAM::Role' ? [physical] : []));
}

/** The one value of a list. @throws {Error} where there is none or more than one. */
export function only<Value>(what: string, values: readonly Value[]): Value {
  const [first] = listOf(values);
  if (first === undefined || values.length !== 1) throw new Error(`There are ${values.length} of ${what}, not one.`);
  return first;
}
