/** One answer of the provider (or the fields of one callback) exactly as received. */
export interface RawBody {
  /** HTTP status of the answer; null for a callback. */
  readonly status: number | null;
  /** The body's text; with `encoding: 'base64'` the bytes were not valid UTF-8. */
  readonly body: string;
  readonly encoding: 'utf8' | 'base64';
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Wraps received bytes so that {@link bodyBytes} gives every one of them back: as text where they are UTF-8, else as base64. */
export function toRawBody(bytes: Uint8Array, status: number | null): RawBody {
  try {
    return { status, encoding: 'utf8', body: utf8.decode(bytes) };
  } catch {
    return { status, encoding: 'base64', body: Buffer.from(bytes).toString('base64') };
  }
}

/** The bytes of a body exactly as received. */
export function bodyBytes(raw: RawBody): Uint8Array {
  return Buffer.from(raw.body, raw.encoding);
}

/** The text of a body; bytes that are not UTF-8 become U+FFFD. */
export function bodyText(raw: RawBody): string {
  return raw.encoding === 'utf8' ? raw.body : Buffer.from(raw.body, 'base64').toString('utf8');
}
