import { describe, expect, it } from 'vitest';
import type { PolicyStatement } from '../deployment.ts';
import { actionsOf, type Names } from './actions.ts';
import { type AccessRequest, decide, fits } from './iam-policy.ts';

const BUCKET = 'arn:aws:s3:::landing';
const READ: PolicyStatement = { Effect: 'Allow', Action: 's3:GetObject', Resource: `${BUCKET}/*` };

function asked(action: string, resource: string, context: AccessRequest['context'] = {}): AccessRequest {
  return { action, resource, context };
}

function verdict(statements: readonly PolicyStatement[], request: AccessRequest): string {
  return decide([{ Statement: statements }], request).verdict;
}

describe('the evaluator of policies', () => {
  it('allows what a statement names, and nothing beside it', () => {
    expect(verdict([READ], asked('s3:GetObject', `${BUCKET}/a/b`))).toBe('allowed');
    expect(verdict([READ], asked('s3:PutObject', `${BUCKET}/a`))).toBe('not allowed');
    expect(verdict([READ], asked('s3:GetObject', 'arn:aws:s3:::landing-2/a'))).toBe('not allowed');
    expect(verdict([], asked('s3:GetObject', `${BUCKET}/a`))).toBe('not allowed');
  });

  it('reads actions without regard to case, and resources with it', () => {
    const statement = { ...READ, Action: 'S3:getobject' };
    expect(verdict([statement], asked('s3:GetObject', `${BUCKET}/a`))).toBe('allowed');
    expect(verdict([READ], asked('s3:GetObject', 'arn:aws:s3:::LANDING/a'))).toBe('not allowed');
  });

  it('lets a denial win over every permission', () => {
    const all: PolicyStatement = { Effect: 'Allow', Action: '*', Resource: '*' };
    const no: PolicyStatement = { Effect: 'Deny', Action: ['s3:Put*'], Resource: '*' };
    expect(verdict([all, no], asked('s3:PutObject', `${BUCKET}/a`))).toBe('denied');
    expect(verdict([all, no], asked('s3:GetObject', `${BUCKET}/a`))).toBe('allowed');
  });

  it('counts a statement with conditions only where all of them hold', () => {
    const via: PolicyStatement = {
      ...READ,
      Condition: {
        StringEquals: { 'kms:ViaService': ['s3.us-east-1.amazonaws.com', 'other'] },
        Bool: { 'aws:x': true },
      },
    };
    const request = (context: AccessRequest['context']) => asked('s3:GetObject', `${BUCKET}/a`, context);
    expect(verdict([via], request({ 'KMS:viaservice': 's3.us-east-1.amazonaws.com', 'aws:x': 'true' }))).toBe(
      'allowed',
    );
    expect(verdict([via], request({ 'kms:ViaService': 's3.us-east-1.amazonaws.com', 'aws:x': 'false' }))).toBe(
      'not allowed',
    );
    expect(verdict([via], request({ 'aws:x': 'true' }))).toBe('not allowed');
  });

  it('takes a missing key for a failed condition, and for a met one where it is negated or optional', () => {
    const needs = (kind: string): PolicyStatement => ({
      ...READ,
      Condition: { [kind]: { 'aws:SourceArn': 'arn:a:*' } },
    });
    const request = asked('s3:GetObject', `${BUCKET}/a`);
    expect(verdict([needs('ArnLike')], request)).toBe('not allowed');
    expect(verdict([needs('ArnLikeIfExists')], request)).toBe('allowed');
    expect(verdict([needs('ArnNotLike')], request)).toBe('allowed');
    expect(verdict([needs('ArnNotLike')], { ...request, context: { 'aws:SourceArn': 'arn:a:b' } })).toBe('not allowed');
  });

  it('refuses to pass over a kind of condition that it does not know', () => {
    const odd: PolicyStatement = { ...READ, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } };
    expect(() => verdict([odd], asked('s3:GetObject', `${BUCKET}/a`))).toThrow('IpAddress');
  });

  it('tells whom a policy of a resource speaks of', () => {
    const role = 'arn:aws:iam::123456789012:role/loader';
    const service: PolicyStatement = { ...READ, Principal: { Service: 's3.amazonaws.com' } };
    const root: PolicyStatement = { ...READ, Principal: { AWS: 'arn:aws:iam::123456789012:root' } };
    const request = asked('s3:GetObject', `${BUCKET}/a`);
    expect(verdict([service], { ...request, principal: 's3.amazonaws.com' })).toBe('allowed');
    expect(verdict([service], { ...request, principal: role })).toBe('not allowed');
    expect(verdict([root], { ...request, principal: role })).toBe('allowed');
    expect(verdict([root], { ...request, principal: 'arn:aws:iam::999999999999:role/loader' })).toBe('not allowed');
  });

  it('takes every letter of a pattern for itself but the two wildcards', () => {
    expect(fits('a.c', 'abc')).toBe(false);
    expect(fits('a?c', 'abc')).toBe(true);
    expect(fits('a*', 'a/b\nc')).toBe(true);
  });
});

describe('the reader of requests', () => {
  const names: Names = {
    tableArn: (name) => `arn:table/${name}`,
    secretArn: (id) => `arn:secret:${id}`,
    queueArn: (url) => `arn:queue:${url}`,
  };
  const read = (service: string, method: string, url: string, body: object | null = null, headers = {}) =>
    actionsOf({ service, method, url, headers, body: Buffer.from(body === null ? '' : JSON.stringify(body)) }, names);

  it('tells what a request to S3 does by its method and query', () => {
    expect(read('s3', 'GET', '/landing?list-type=2')).toEqual([{ action: 's3:ListBucket', resource: BUCKET }]);
    expect(read('s3', 'GET', '/landing/a%2Fb')).toEqual([{ action: 's3:GetObject', resource: `${BUCKET}/a/b` }]);
    expect(read('s3', 'PUT', '/landing/a?tagging')).toEqual([
      { action: 's3:PutObjectTagging', resource: `${BUCKET}/a` },
    ]);
    expect(read('s3', 'PUT', '/landing/a?x-id=PutObject', null, { 'x-amz-tagging': 'a=1' })).toHaveLength(2);
  });

  it('needs the right on the secret too where the Data API is called', () => {
    const body = { resourceArn: 'arn:cluster', secretArn: 'master' };
    expect(read('rds-data', 'POST', '/Execute', body).map(({ action }) => action)).toEqual([
      'rds-data:ExecuteStatement',
      'secretsmanager:GetSecretValue',
    ]);
  });

  it('stops at what it does not know', () => {
    expect(() => read('sts', 'POST', '/')).toThrow('sts');
    expect(() => read('s3', 'POST', '/landing/a')).toThrow('POST');
  });
});
