import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Bucket, BucketEncryption, type CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CLOSED, dataBucketProps } from './closed-bucket.ts';
import type { DeploymentSettings } from './settings.ts';

/** How long the log of who read the bucket is kept. */
const ACCESS_LOG_DAYS = 400;

/**
 * The landing zone and the road to the loader: bucket, its own notification, queue and dead letters. The bucket outlives the stack, since
 * the warehouse can be rebuilt from it and from nothing else.
 */
export class LandingZoneBucket extends Construct {
  readonly bucket: Bucket;
  /** Log of who read this bucket, and others of the stack. */
  readonly accessLogs: IBucket;
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
    // CDK's classes and interfaces differ under exactOptionalPropertyTypes.
    this.accessLogs = new Bucket(this, 'AccessLogs', {
      ...CLOSED,
      // The service that writes these logs cannot use a key of one's own.
      encryption: BucketEncryption.S3_MANAGED,
      lifecycleRules: [
        { expiration: Duration.days(ACCESS_LOG_DAYS), noncurrentVersionExpiration: Duration.days(1) },
        { abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    }) as IBucket;
    this.bucket = new Bucket(
      this,
      'Landing',
      dataBucketProps({
        key,
        accessLogs: this.accessLogs,
        logPrefix: 'landing/',
        oldVersionsDays: landing.oldVersionsDays,
      }),
    );
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
