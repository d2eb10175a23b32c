import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { BlockPublicAccess, Bucket, BucketEncryption, EventType, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { SqsDestination } from 'aws-cdk-lib/aws-s3-notifications';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** Longest run of the function `load`. */
const LOAD_TIMEOUT = Duration.seconds(120);
/**
 * How long a message stays hidden while it is worked on: 6 timeouts, AWS' own advice, so that a killed run is over
 * before its message comes back and does not use up the receives of healthy messages.
 */
const LOAD_VISIBILITY = Duration.seconds(LOAD_TIMEOUT.toSeconds() * 6);
const LOAD_RETENTION = Duration.days(4);
/** Longer than the source's: a message keeps its age when it moves. */
const DEAD_RETENTION = Duration.days(14);
/** A poison message stops after this many tries; 4 are the least that survive a kill and a failover. */
const LOAD_RECEIVES_MAX = 5;

/**
 * The landing zone and the road to the loader: bucket, its notification, queue and dead-letter queue.
 * The bucket outlives the stack, since the warehouse can be rebuilt from it and from nothing else.
 */
export class FaxsyncStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps = {}) {
    super(scope, id, props);

    const deadLoads = new Queue(this, 'DeadLoads', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: DEAD_RETENTION,
    });
    const loads = new Queue(this, 'Loads', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: LOAD_RETENTION,
      visibilityTimeout: LOAD_VISIBILITY,
      deadLetterQueue: { queue: deadLoads, maxReceiveCount: LOAD_RECEIVES_MAX },
    });
    const landing = new Bucket(this, 'Landing', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    });
    landing.addEventNotification(EventType.OBJECT_CREATED, new SqsDestination(loads));
  }
}
