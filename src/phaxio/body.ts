import { Buffer } from 'node:buffer';

/** The largest answer read, in bytes: 1,000 faxes take 0.7 MB, so this is a fault or an attack. */
export const BODY_BYTES_MAX = 32 * 1024 * 1024;

/** The deepest nesting of arrays and objects taken: the provider's own objects need 6. */
export const JSON_DEPTH_MAX = 100;

/** Thrown inside the client when a body passes {@link BODY_BYTES_MAX}; the rest is not read. */
export class BodyTooLarge extends Error {}

/**
 * Reads a body to its end, at most `maxBytes`.
 * @throws {BodyTooLarge} as soon as the limit is passed; the connection is given up.
 * @throws whatever the connection throws when it breaks first.
 */
export async function readBytes(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<Buffer> {
  if (body === null) return Buffer.alloc(0);
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks, size);
    size += value.byteLength;
    if (size > maxBytes) {
      await reader.cancel().catch(() => undefined);
      throw new BodyTooLarge();
    }
    chunks.push(value);
  }
}

/** Whether arrays and objects are nested at most `max` deep; reads the text once, before any parser does. */
export function isShallow(json: string, max: number): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < json.length; at++) {
    const char = json.charCodeAt(at);
    if (inText) {
      if (char === 92) at += 1;
      else if (char === 34) inText = false;
    } else if (char === 34) inText = true;
    else if (char === 91 || char === 123) {
      depth += 1;
      if (depth > max) return false;
    } else if (char === 93 || char === 125) depth -= 1;
  }
  return true;
}
