/** A request to an AWS service as it goes over the wire. */
export interface WireRequest {
  /** The service named in the signature: s3, dynamodb, secretsmanager, sqs, rds-data. */
  readonly service: string;
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** What a request does, in IAM's words. */
export interface NamedAction {
  readonly action: string;
  readonly resource: string;
}

/** How names in requests become ARNs. */
export interface Names {
  readonly tableArn: (name: string) => string;
  /** By name or ARN; the name that was asked for when there is none. */
  readonly secretArn: (id: string) => string;
  readonly queueArn: (url: string) => string;
}

const OBJECT_ACTIONS: Readonly<Record<string, string>> = {
  GET: 's3:GetObject',
  HEAD: 's3:GetObject',
  PUT: 's3:PutObject',
  DELETE: 's3:DeleteObject',
};
const TAGGING_ACTIONS: Readonly<Record<string, string>> = {
  GET: 's3:GetObjectTagging',
  PUT: 's3:PutObjectTagging',
  DELETE: 's3:DeleteObjectTagging',
};
const BUCKET_ACTIONS: Readonly<Record<string, string>> = { GET: 's3:ListBucket', HEAD: 's3:ListBucket' };

function named(action: string | undefined, resource: string, { method, url }: WireRequest): NamedAction[] {
  if (action === undefined) throw new Error(`The test does not know what ${method} ${url.split('?')[0]} does.`);
  return [{ action, resource }];
}

function s3Actions(request: WireRequest): NamedAction[] {
  const [path = '', query = ''] = request.url.split('?');
  const [, bucket = '', ...rest] = path.split('/');
  const key = decodeURIComponent(rest.join('/'));
  if (key === '') return named(BUCKET_ACTIONS[request.method], `arn:aws:s3:::${bucket}`, request);
  const object = `arn:aws:s3:::${bucket}/${key}`;
  if (new URLSearchParams(query).has('tagging')) return named(TAGGING_ACTIONS[request.method], object, request);
  const actions = named(OBJECT_ACTIONS[request.method], object, request);
  return request.headers['x-amz-tagging'] === undefined
    ? actions
    : [...actions, { action: 's3:PutObjectTagging', resource: object }];
}

/** The right that S3 asks for before it says of an object that it is not there, rather than that it may not be read. */
export function listingOf({ url }: Pick<WireRequest, 'url'>): NamedAction {
  return { action: 's3:ListBucket', resource: `arn:aws:s3:::${url.split(/[/?]/)[1] ?? ''}` };
}

/** The operation that the services with JSON name in a header. */
function targetOf({ headers }: WireRequest): string {
  return String(headers['x-amz-target'] ?? '').split('.')[1] ?? '';
}

/**
 * What a request needs to be allowed.
 * @throws {Error} for a service or an operation that nothing of faxsync is known to use.
 */
export function actionsOf(request: WireRequest, names: Names): readonly NamedAction[] {
  const { service, body } = request;
  if (service === 's3') return s3Actions(request);
  const content = JSON.parse(body.toString('utf8') || '{}') as Readonly<Record<string, unknown>>;
  const text = (name: string): string => String(content[name] ?? '');
  const operation = targetOf(request);
  switch (service) {
    case 'dynamodb': {
      const table = names.tableArn(text('TableName'));
      const index = content['IndexName'];
      return [{ action: `dynamodb:${operation}`, resource: index === undefined ? table : `${table}/index/${index}` }];
    }
    case 'secretsmanager':
      return [{ action: `secretsmanager:${operation}`, resource: names.secretArn(text('SecretId')) }];
    case 'sqs':
      return [{ action: `sqs:${operation}`, resource: names.queueArn(text('QueueUrl')) }];
    case 'rds-data':
      // The Data API reads the login with the caller's own right.
      if (!request.url.startsWith('/Execute')) return named(undefined, '', request);
      return [
        { action: 'rds-data:ExecuteStatement', resource: text('resourceArn') },
        { action: 'secretsmanager:GetSecretValue', resource: names.secretArn(text('secretArn')) },
      ];
    default:
      throw new Error(`The test does not know the service ${service}.`);
  }
}
