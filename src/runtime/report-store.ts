import { createHash } from 'node:crypto';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { FaxsyncError } from '../domain/errors.ts';
import { errorName } from '../landing/s3-error.ts';

/** A report page could not be stored (code `report_not_stored`, retryable). */
export class ReportStoreError extends FaxsyncError {}

/** Where report pages are kept. */
export interface ReportStore {
  /** Stores a page; one of the same key is replaced. @throws {ReportStoreError} */
  put(key: string, html: string): Promise<void>;
}

/** Key of the newest page of an account. */
export function latestKey(account: string): string {
  return `${account}/latest.html`;
}

/** Key of the page that the schedule made on a day (`YYYY-MM-DD`), of the default range. */
export function dayKey(account: string, day: string): string {
  return `${account}/${day}.html`;
}

/** Key of a page of any days, both included. */
export function rangeKey(account: string, from: string, to: string): string {
  return `${account}/${from}_${to}.html`;
}

/** The {@link ReportStore} in a bucket of S3, which checks the SHA-256 of what it received. It asks for the right to put, and for no other. */
export class S3ReportStore implements ReportStore {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async put(key: string, html: string): Promise<void> {
    const body = Buffer.from(html);
    const command = new PutObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      Body: body,
      ContentType: 'text/html; charset=utf-8',
      // A link to it is signed for minutes: what it showed must not stay with whoever is in between.
      CacheControl: 'private, no-store',
      ContentDisposition: `inline; filename="faxsync-${key.replaceAll('/', '-')}"`,
      ChecksumSHA256: createHash('sha256').update(body).digest('base64'),
    });
    try {
      await this.#client.send(command);
    } catch (cause) {
      const name = errorName(cause);
      throw new ReportStoreError(
        `The report page ${key} could not be stored (${name}). The next try makes it again; check the bucket of FAXSYNC_REPORTS and the rights of this role if it lasts.`,
        { code: 'report_not_stored', retryable: true, context: { store: 's3', cause_code: name }, cause },
      );
    }
  }
}
