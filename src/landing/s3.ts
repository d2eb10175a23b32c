import { createHash } from 'node:crypto';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Envelope, LandedRef, LandingZone, ListedRef } from './contract.ts';
import { decodeEnvelope, ENVELOPE_BYTES_MAX, encodeEnvelope } from './envelope.ts';
import { LandingError, missingObject, unreadableObject } from './errors.ts';
import { isAccountKey, parseLandingKey } from './key.ts';
import { errorName, s3Error } from './s3-error.ts';

/** Puts tried while S3 says that another conditional put of the same key is under way. */
const CONFLICT_ATTEMPTS_MAX = 4;

/** Where in S3 the landing zone is. */
export interface S3LandingOptions {
  readonly client: S3Client;
  readonly bucket: string;
  /** Put before every key; empty, or without a slash at either end. */
  readonly prefix?: string;
}

/**
 * The {@link LandingZone} in an S3 bucket. Objects are written once: the put asks for a key that is not there, and a key that is there
 * already holds the same object, since it carries the hash of its content. S3 checks the SHA-256 of what it received, the SDK the
 * checksum of what it reads; attempts and timeouts are the client's.
 * Keys of this class never carry the bucket's prefix; {@link keyOf} reads them from a notification.
 */
export class S3LandingZone implements LandingZone {
  /** Where it is. */
  readonly options: S3LandingOptions;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(options: S3LandingOptions) {
    this.options = options;
    this.#client = options.client;
    this.#bucket = options.bucket;
    this.#prefix = options.prefix ? `${options.prefix}/` : '';
  }

  /** The landing key of an S3 object key (decoded: notifications carry it URL-encoded); null where it is none of this zone's. */
  keyOf(objectKey: string): string | null {
    if (!objectKey.startsWith(this.#prefix)) return null;
    const key = objectKey.slice(this.#prefix.length);
    return parseLandingKey(key) === null ? null : key;
  }

  async put(envelope: Envelope): Promise<LandedRef> {
    const { key, bytes } = await encodeEnvelope(envelope);
    const command = new PutObjectCommand({
      Bucket: this.#bucket,
      Key: this.#prefix + key,
      Body: bytes,
      ContentType: 'application/gzip',
      ChecksumSHA256: createHash('sha256').update(bytes).digest('base64'),
      IfNoneMatch: '*',
    });
    // none --put--> stored;  there --put--> 412: the same object, stored;  another put under way --put--> 409: ask again.
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#client.send(command);
        return { key };
      } catch (cause) {
        const name = errorName(cause);
        if (name === 'PreconditionFailed') return { key };
        if (name !== 'ConditionalRequestConflict' || attempt === CONFLICT_ATTEMPTS_MAX)
          throw s3Error('store', key, cause);
      }
    }
  }

  async get(key: string): Promise<Envelope> {
    if (parseLandingKey(key) === null) throw missingObject(key);
    let bytes: Uint8Array;
    try {
      const answer = await this.#client.send(
        new GetObjectCommand({ Bucket: this.#bucket, Key: this.#prefix + key, ChecksumMode: 'ENABLED' }),
      );
      if ((answer.ContentLength ?? 0) > ENVELOPE_BYTES_MAX) {
        throw unreadableObject(key, `it has more than ${ENVELOPE_BYTES_MAX} bytes`);
      }
      bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
    } catch (cause) {
      if (cause instanceof LandingError) throw cause;
      if (errorName(cause) === 'NoSuchKey') throw missingObject(key, cause);
      throw s3Error('read', key, cause);
    }
    return decodeEnvelope(key, bytes);
  }

  /** One request a thousand keys, made when they are asked for. Objects put while it runs may or may not be met. */
  async *list(
    account: string,
    options: { readonly after?: string; readonly streams?: readonly string[] } = {},
  ): AsyncIterable<ListedRef> {
    const { after, streams } = options;
    if (!isAccountKey(account)) return;
    let continuation: string | undefined;
    do {
      const command = new ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix: `${this.#prefix}${account}/`,
        ...(after === undefined ? {} : { StartAfter: this.#prefix + after }),
        ...(continuation === undefined ? {} : { ContinuationToken: continuation }),
      });
      const page = await this.#client.send(command).catch((cause: unknown) => {
        throw s3Error('list', account, cause);
      });
      for (const { Key: objectKey = '', LastModified: landedAt } of page.Contents ?? []) {
        const key = this.keyOf(objectKey);
        const parts = key === null ? null : parseLandingKey(key);
        if (key === null || parts === null || (streams !== undefined && !streams.includes(parts.stream))) continue;
        yield { key, landedAt: landedAt?.getTime() ?? null };
      }
      continuation = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (continuation !== undefined);
  }
}
