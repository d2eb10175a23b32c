import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, it } from 'vitest';
import { FaxsyncStack } from '../../infra/faxsync-stack.ts';

// Where none is named, the assembly goes to a temporary folder that stays.
const outdir = mkdtempSync(join(tmpdir(), 'faxsync-assembly-'));
const template = Template.fromStack(new FaxsyncStack(new App({ outdir }), 'Faxsync'));
afterAll(() => rmSync(outdir, { recursive: true, force: true }));

/** The properties of the only queue that has a dead-letter queue, and of the one it names. */
function queues(): { loads: Record<string, unknown>; dead: Record<string, unknown> } {
  const all = Object.values(template.findResources('AWS::SQS::Queue')) as { Properties: Record<string, unknown> }[];
  const loads = all.find(({ Properties }) => 'RedrivePolicy' in Properties)?.Properties ?? {};
  const dead = all.find(({ Properties }) => !('RedrivePolicy' in Properties))?.Properties ?? {};
  return { loads, dead };
}

describe('FaxsyncStack', () => {
  it('keeps the landing bucket encrypted, closed, versioned, and after the stack is gone', () => {
    template.hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain',
      Properties: {
        VersioningConfiguration: { Status: 'Enabled' },
        BucketEncryption: Match.anyValue(),
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      },
    });
    const denied = Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: { Statement: Match.arrayWith([denied]) },
    });
  });

  it('tells the load queue of every object that was created', () => {
    template.hasResourceProperties('Custom::S3BucketNotifications', {
      NotificationConfiguration: { QueueConfigurations: [Match.objectLike({ Events: ['s3:ObjectCreated:*'] })] },
    });
  });

  it('keeps dead messages longer than live ones, and tries often enough', () => {
    const { loads, dead } = queues();
    expect(Number(dead['MessageRetentionPeriod'])).toBeGreaterThan(Number(loads['MessageRetentionPeriod']));
    expect(loads['RedrivePolicy']).toMatchObject({ maxReceiveCount: 5 });
    expect(Number(loads['VisibilityTimeout'])).toBe(720);
  });

  it('needs no NAT gateway and no interface endpoint', () => {
    template.resourceCountIs('AWS::EC2::NatGateway', 0);
    template.resourceCountIs('AWS::EC2::VPCEndpoint', 0);
  });
});
