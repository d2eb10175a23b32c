import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { DeploymentSettings } from './settings.ts';

/** How long the log of who read the bucket is kept. */
const ACCESS_LOG_DAYS = 400;

/**
 * The landing zone and the road to the loader: bucket, its own notification, queue and dead letters. The bucket outlives the stack, since
 * the warehouse can be rebuilt from it and from nothing else.
 */
export class LandingZoneBucket extends Construct {
  readonly bucket: Bucket;
  readonly loads: Queue;
  readonly deadLoads: Queue;

  constructor(scope: Construct, id: string, settings: DeploymentSettings, key: IKey) {
    super(scope, id);
    const { loads, landing } = settings;
    this.deadLoads = new Queue(this, 'DeadLoads', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(loads.deadRetentionDays),
    });
    this.loads = new Queue(this, 'Loads', {
      // Messages hold keys of objects and nothing of their content.
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(loads.retentionDays),
      visibilityTimeout: Duration.seconds(loads.visibilitySeconds),
      deadLetterQueue: { queue: this.deadLoads, maxReceiveCount: loads.receivesMax },
    });
    const closed = {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    } as const;
    const accessLogs = new Bucket(this, 'AccessLogs', {
      ...closed,
      // The service that writes these logs cannot use a key of one's own.
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [
        { expiration: Duration.days(ACCESS_LOG_DAYS), noncurrentVersionExpiration: Duration.days(1) },
        { abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      // CDK's classes and interfaces differ under exactOptionalPropertyTypes.
    }) as IBucket;
    this.bucket = new Bucket(this, 'Landing', {
      ...closed,
      encryption: BucketEncryption.KMS,
      encryptionKey: key,
      // One call to the key for many objects instead of one each.
      bucketKeyEnabled: true,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'landing/',
      lifecycleRules: [
        {
          abortIncompleteMultipartUploadAfter: Duration.days(1),
          noncurrentVersionExpiration: Duration.days(landing.oldVersionsDays),
        },
      ],
    });
    this.#notify();
  }

  /**
   * Has the bucket itself tell the queue. Written into the bucket rather than added by CDK's helper, which would bring a function of its own
   * to do it; so the queue's policy must be there first, and names the bucket's owner instead of the bucket.
   * A tag put on an object tells as well: that is how the audit, which cannot reach the queue, has an object loaded again.
   */
  #notify(): void {
    const { account, partition } = Stack.of(this);
    this.loads.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('s3.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.loads.queueArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': account },
          ArnLike: { 'aws:SourceArn': `arn:${partition}:s3:::*` },
        },
      }),
    );
    const bucket = this.bucket.node.defaultChild as CfnBucket;
    bucket.notificationConfiguration = {
      queueConfigurations: ['s3:ObjectCreated:*', 's3:ObjectTagging:Put'].map((event) => ({
        event,
        queue: this.loads.queueArn,
      })),
    };
    const policy = this.loads.node.tryFindChild('Policy');
    if (policy !== undefined) bucket.node.addDependency(policy);
  }
}
