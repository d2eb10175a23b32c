import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';

/** One refusal to be given to the next request of a method. */
export interface S3Fault {
  readonly method: 'GET' | 'PUT';
  readonly status: number;
  readonly code: string;
  /** Carry out the request before refusing it: the answer is lost, the effect is not. */
  readonly isDone?: boolean;
}

interface StoredObject {
  readonly bytes: Uint8Array;
  readonly storedAt: number;
  /** As it was put: content type and the like. */
  readonly headers: IncomingHttpHeaders;
  /** The `<Tag>` elements as they were put. */
  tags: string;
}

/**
 * A small S3 over HTTP, for what faxsync asks of it: path style, PutObject with `If-None-Match: *` and checksum, GetObject, ListObjectsV2 with
 * prefix, start-after and continuation, tags of objects, notifications. It stands for AWS; embedded S3 packages let every conditional put win.
 * Not checked: signatures, regions, chunked uploads (answered 501).
 */
export class S3Server {
  readonly #server: Server;
  readonly #objects = new Map<string, StoredObject>();
  readonly #buckets: ReadonlySet<string>;
  readonly faults: S3Fault[] = [];
  /** Requests taken so far, e.g. `PUT zone/a/b`. */
  readonly requests: string[] = [];
  /** Keys a list answer holds at most; S3 has 1,000. */
  pageSize = 1_000;
  /** Bodies of the messages that a bucket sends whose notification is set for new objects and for tags that were put. */
  readonly notifications: string[] = [];
  /** Tells when an object was stored. */
  now: () => number = () => 0;

  constructor(buckets: readonly string[]) {
    this.#buckets = new Set(buckets);
    this.#server = createServer((incoming, outgoing) => void this.#answer(incoming, outgoing));
  }

  /** Starts on a free port and gives a client of it. */
  async start(): Promise<S3Client> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return new S3Client({
      endpoint: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
      forcePathStyle: true,
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** `bucket/key` of every object, sorted. */
  keys(): string[] {
    return [...this.#objects.keys()].sort();
  }

  /** Puts bytes as somebody else would. */
  plant(path: string, bytes: Uint8Array): void {
    this.#objects.set(path, { bytes, storedAt: this.now(), headers: {}, tags: '' });
  }

  /** The stored bytes of `bucket/key`. */
  bytesOf(path: string): Uint8Array | undefined {
    return this.#objects.get(path)?.bytes;
  }

  /** The headers with which `bucket/key` was put. */
  headersOf(path: string): IncomingHttpHeaders {
    return this.#objects.get(path)?.headers ?? {};
  }

  /** The tags of `bucket/key` as `name=value`. */
  tagsOf(path: string): string[] {
    const tags = this.#objects.get(path)?.tags ?? '';
    return [...tags.matchAll(/<Key>(.*?)<\/Key><Value>(.*?)<\/Value>/g)].map(([, name, value]) => `${name}=${value}`);
  }

  #notify(eventName: string, path: string): void {
    const [bucket = '', ...rest] = path.split('/');
    const key = encodeURIComponent(rest.join('/')).replaceAll('%20', '+');
    this.notifications.push(
      JSON.stringify({
        Records: [{ eventSource: 'aws:s3', eventName, s3: { bucket: { name: bucket }, object: { key } } }],
      }),
    );
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<ServerResponse> {
    const body = Buffer.concat(await incoming.toArray());
    const url = new URL(incoming.url ?? '/', 'http://s3');
    const path = decodeURIComponent(url.pathname.slice(1));
    const isTagging = url.searchParams.has('tagging');
    this.requests.push(`${incoming.method} ${path}${isTagging ? '?tagging' : ''}`);
    const fault = this.faults[0]?.method === incoming.method ? this.faults.shift() : undefined;
    if (fault !== undefined && fault.isDone !== true) return refuse(outgoing, fault.status, fault.code);
    if (!this.#buckets.has(path.split('/')[0] ?? '')) return refuse(outgoing, 404, 'NoSuchBucket');
    if (isTagging) return this.#tag(incoming.method, outgoing, path, body);
    if (incoming.method === 'PUT') return this.#put(incoming, outgoing, path, body, fault);
    if (incoming.method !== 'GET') return refuse(outgoing, 501, 'NotImplemented');
    return url.searchParams.get('list-type') === '2' ? this.#list(outgoing, path, url) : this.#get(outgoing, path);
  }

  #put(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    path: string,
    body: Buffer,
    fault?: S3Fault,
  ): ServerResponse {
    if (incoming.headers['content-encoding']?.includes('aws-chunked')) return refuse(outgoing, 501, 'NotImplemented');
    const checksum = incoming.headers['x-amz-checksum-sha256'];
    if (checksum !== undefined && checksum !== sha256(body)) return refuse(outgoing, 400, 'BadDigest');
    if (incoming.headers['if-none-match'] === '*' && this.#objects.has(path)) {
      return refuse(outgoing, 412, 'PreconditionFailed');
    }
    this.#objects.set(path, { bytes: body, storedAt: this.now(), headers: incoming.headers, tags: '' });
    this.#notify('ObjectCreated:Put', path);
    if (fault !== undefined) return refuse(outgoing, fault.status, fault.code);
    return outgoing.writeHead(200, { etag: `"${createHash('md5').update(body).digest('hex')}"` }).end();
  }

  /** As S3 does: the tags of an object are read and put as a set. */
  #tag(method: string | undefined, outgoing: ServerResponse, path: string, body: Buffer): ServerResponse {
    const object = this.#objects.get(path);
    if (object === undefined) return refuse(outgoing, 404, 'NoSuchKey');
    if (method === 'PUT') {
      object.tags = (body.toString().match(/<Tag>.*?<\/Tag>/gs) ?? []).join('');
      this.#notify('ObjectTagging:Put', path);
      return outgoing.writeHead(200).end();
    }
    outgoing.writeHead(200, { 'content-type': 'application/xml' });
    return outgoing.end(`<Tagging><TagSet>${object.tags}</TagSet></Tagging>`);
  }

  #get(outgoing: ServerResponse, path: string): ServerResponse {
    const bytes = this.bytesOf(path);
    if (bytes === undefined) return refuse(outgoing, 404, 'NoSuchKey');
    return outgoing
      .writeHead(200, { 'content-length': bytes.length, 'x-amz-checksum-sha256': sha256(bytes) })
      .end(bytes);
  }

  #list(outgoing: ServerResponse, path: string, url: URL): ServerResponse {
    const bucket = path.split('/')[0] ?? '';
    const prefix = url.searchParams.get('prefix') ?? '';
    const token = url.searchParams.get('continuation-token');
    // As S3 does: with a continuation token, start-after no longer counts.
    const after =
      token === null ? (url.searchParams.get('start-after') ?? '') : Buffer.from(token, 'base64').toString();
    const keys = this.keys()
      .filter((key) => key.startsWith(`${bucket}/`))
      .map((key) => key.slice(bucket.length + 1))
      .filter((key) => key.startsWith(prefix) && key > after);
    const page = keys.slice(0, this.pageSize);
    const isTruncated = keys.length > page.length;
    const next = isTruncated
      ? `<NextContinuationToken>${Buffer.from(page.at(-1) ?? '').toString('base64')}</NextContinuationToken>`
      : '';
    const contents = page.map((key) => {
      const storedAt = new Date(this.#objects.get(`${bucket}/${key}`)?.storedAt ?? 0).toISOString();
      return `<Contents><Key>${key}</Key><LastModified>${storedAt}</LastModified></Contents>`;
    });
    return outgoing
      .writeHead(200, { 'content-type': 'application/xml' })
      .end(`<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`);
  }
}

function refuse(outgoing: ServerResponse, status: number, code: string): ServerResponse {
  outgoing.writeHead(status, { 'content-type': 'application/xml' });
  return outgoing.end(`<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64');
}
