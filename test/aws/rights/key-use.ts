import type { Deployment } from '../deployment.ts';
import type { NamedAction } from './actions.ts';

/** A use of a key that a service makes of it for whoever called it. */
export interface KeyUse extends NamedAction {
  /** The service, as `kms:ViaService` has it. */
  readonly via: string;
}

/** What the services do with a key for each call of an object, an item or a secret that it encrypts. */
const USES: Readonly<Record<string, readonly string[]>> = {
  's3:GetObject': ['kms:Decrypt'],
  's3:PutObject': ['kms:Decrypt', 'kms:GenerateDataKey'],
  'dynamodb:DeleteItem': ['kms:Decrypt'],
  'dynamodb:GetItem': ['kms:Decrypt'],
  'dynamodb:PutItem': ['kms:Decrypt'],
  'dynamodb:Query': ['kms:Decrypt'],
  'dynamodb:UpdateItem': ['kms:Decrypt'],
  'secretsmanager:GetSecretValue': ['kms:Decrypt'],
};

/**
 * What a service does with the customer's key when it carries an action out, in the caller's name: moto encrypts nothing and so never
 * misses a right on the key.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
 */
export function keyUsesOf(
  { action, resource }: NamedAction,
  deployment: Deployment,
  region: string,
): readonly KeyUse[] {
  const key = keyOf(resource, deployment);
  if (key === null) return [];
  const [service = ''] = action.split(':');
  return (USES[action] ?? []).map((use) => ({ action: use, resource: key, via: `${service}.${region}.amazonaws.com` }));
}

/** ARN of the customer's key that encrypts a resource; null where AWS' own does. */
function keyOf(resource: string, deployment: Deployment): string | null {
  const bucketName = /^arn:aws:s3:::([^/]+)/.exec(resource)?.[1];
  if (bucketName !== undefined) {
    const [rule] = deployment.buckets.find(({ name }) => name === bucketName)?.encryption ?? [];
    return arnOfKey(rule?.ApplyServerSideEncryptionByDefault.KMSMasterKeyID, deployment);
  }
  const table = deployment.tables.find(({ TableArn }) => resource.startsWith(TableArn));
  if (table !== undefined) return arnOfKey(table.SSEDescription?.KMSMasterKeyArn, deployment);
  const secret = deployment.secrets.find(({ ARN }) => ARN === resource);
  return arnOfKey(secret?.KmsKeyId, deployment);
}

function arnOfKey(id: string | undefined, { keys }: Deployment): string | null {
  return keys.find((key) => key.arn === id || key.id === id)?.arn ?? null;
}
