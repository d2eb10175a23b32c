import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  BucketEncryption,
  type BucketProps,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';

/** What holds for every bucket: nobody public, no ACLs, TLS only, versioned; it outlives the stack. */
export const CLOSED = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  versioned: true,
  removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
} as const satisfies BucketProps;

/** How a bucket of ours keeps its data. */
export interface DataBucketOptions {
  readonly key: IKey;
  /** Gets the log of who read it, under `logPrefix`. */
  readonly accessLogs: IBucket;
  readonly logPrefix: string;
  /** Replaced and deleted versions go after so many days. */
  readonly oldVersionsDays: number;
  /** Objects go after so many days; left out: never. */
  readonly keptDays?: number;
}

/** A {@link CLOSED} bucket for data: under the key of the stack, with a log of who read it. */
export function dataBucketProps({ key, accessLogs, logPrefix, ...rules }: DataBucketOptions): BucketProps {
  return {
    ...CLOSED,
    encryption: BucketEncryption.KMS,
    encryptionKey: key,
    // One call to the key for many objects instead of one each.
    bucketKeyEnabled: true,
    serverAccessLogsBucket: accessLogs,
    serverAccessLogsPrefix: logPrefix,
    lifecycleRules: [
      {
        abortIncompleteMultipartUploadAfter: Duration.days(1),
        noncurrentVersionExpiration: Duration.days(rules.oldVersionsDays),
        ...(rules.keptDays === undefined ? {} : { expiration: Duration.days(rules.keptDays) }),
      },
    ],
  };
}
