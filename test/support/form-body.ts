/** One part of a form as a test writes it. */
export interface FormPart {
  readonly name: string;
  readonly value: string | Uint8Array;
  /** Makes the part a file. */
  readonly filename?: string;
  readonly type?: string;
}

/** The boundary of {@link multipartBody}. */
export const BOUNDARY = '----faxsync7MA4YWxkTrZu0gW';

/** The content type of {@link multipartBody}. */
export const MULTIPART = `multipart/form-data; boundary=${BOUNDARY}`;

/** A `multipart/form-data` body as HTTP libraries write it. */
export function multipartBody(parts: readonly FormPart[], boundary: string = BOUNDARY): Buffer {
  const chunks: Uint8Array[] = [];
  for (const { name, value, filename, type } of parts) {
    const file = filename === undefined ? '' : `; filename="${filename}"`;
    const contentType = type === undefined ? '' : `\r\nContent-Type: ${type}`;
    chunks.push(
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}${contentType}\r\n\r\n`),
      typeof value === 'string' ? Buffer.from(value) : value,
      Buffer.from('\r\n'),
    );
  }
  chunks.push(Buffer.from(`--${boundary}--\r\n`));
  return Buffer.concat(chunks);
}
