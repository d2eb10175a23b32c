import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Busboy } from '@fastify/busboy';
import { FaxsyncError } from '../domain/errors.ts';

/** A request body that cannot be read as what it says it is; answered 400. */
export class UnreadableRequestError extends FaxsyncError {}

/** Largest request body taken, in bytes: 20 MB of documents and some. */
export const REQUEST_BYTES_MAX = 25_000_000;

/** One uploaded file. */
export interface UploadedFile {
  readonly name: string;
  readonly bytes: number;
}

/** A request as the faces read it: query and form parameters together. */
export interface ApiRequest {
  readonly method: string;
  /** Path parts without the face, e.g. `['faxes', '12']`. */
  readonly path: readonly string[];
  readonly params: URLSearchParams;
  readonly files: readonly UploadedFile[];
  readonly authorization: string | null;
}

/** An answer before faults get at it. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A JSON answer; errors carry no etag, as recorded. */
export function jsonReply(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Reply {
  const bytes = Buffer.from(JSON.stringify(body), 'utf8');
  const cache: Record<string, string> =
    status === 200
      ? {
          etag: `W/"${createHash('md5').update(bytes).digest('hex')}"`,
          'cache-control': 'max-age=0, private, must-revalidate',
        }
      : { 'cache-control': 'no-cache' };
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...cache, ...headers }, body: bytes };
}

/** `{"success":false,"message":...}`: how every error looks. */
export function errorReply(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return jsonReply(status, { success: false, message }, headers);
}

/** The answer for a path or object that does not exist. */
export function notFound(): Reply {
  return errorReply(404, 'Not found');
}

/** Reads a whole request body. @throws {UnreadableRequestError} beyond {@link REQUEST_BYTES_MAX}. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > REQUEST_BYTES_MAX) {
      throw new UnreadableRequestError('The request body is too large.', { code: 'request_too_large' });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Form fields and files of a body; empty for other content types. @throws {UnreadableRequestError} for a broken multipart body. */
export async function readForm(
  contentType: string,
  body: Buffer,
): Promise<{ readonly fields: ReadonlyArray<readonly [string, string]>; readonly files: readonly UploadedFile[] }> {
  if (contentType.startsWith('application/x-www-form-urlencoded')) {
    return { fields: [...new URLSearchParams(body.toString('utf8'))], files: [] };
  }
  if (!contentType.startsWith('multipart/form-data')) return { fields: [], files: [] };
  const fields: Array<readonly [string, string]> = [];
  const files: UploadedFile[] = [];
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => {
      reject(new UnreadableRequestError('The multipart body cannot be read.', { code: 'multipart_unreadable', cause }));
    };
    try {
      const parser = new Busboy({ headers: { 'content-type': contentType } });
      parser.on('field', (name, value) => fields.push([name, value]));
      parser.on('file', (name, stream) => {
        let bytes = 0;
        stream.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
        });
        stream.on('error', fail);
        stream.on('end', () => files.push({ name, bytes }));
      });
      parser.on('error', fail);
      parser.on('finish', () => resolve({ fields, files }));
      parser.end(body);
    } catch (cause) {
      fail(cause);
    }
  });
}

/** Whole number of a parameter, or null when it is missing or not one. */
export function wholeParam(params: URLSearchParams, name: string): number | null {
  const text = params.get(name);
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** Values of `name` and `name[]`. */
export function listParam(params: URLSearchParams, name: string): string[] {
  return [...params.getAll(name), ...params.getAll(`${name}[]`)];
}

/** `tag[NAME]=value` parameters, by name. */
export function tagParams(params: URLSearchParams): Array<readonly [string, string]> {
  const tags: Array<readonly [string, string]> = [];
  for (const [key, value] of params) {
    const name = /^tags?\[(.+)\]$/.exec(key)?.[1];
    if (name !== undefined) tags.push([name, value]);
  }
  return tags.sort(([left], [right]) => (left < right ? -1 : 1));
}

/** A number as clients write it: E.164, or 10 digits meaning +1; null when neither. */
export function toE164(text: string): string | null {
  const compact = text.replace(/[\s().-]/g, '');
  if (/^\+\d{7,15}$/.test(compact)) return compact;
  if (/^\d{10}$/.test(compact)) return `+1${compact}`;
  return /^\d{11,15}$/.test(compact) ? `+${compact}` : null;
}
