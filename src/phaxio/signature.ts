import { createHmac, timingSafeEqual } from 'node:crypto';

/** One form field as decoded text. */
export interface SignedField {
  readonly name: string;
  readonly value: string;
}

/** One file part: its part name (not its file name) and the lowercase hex SHA-1 of its content. */
export interface SignedFile {
  readonly name: string;
  readonly sha1: string;
}

/** What the provider signs of a callback: every received field and file, also unknown ones, in order of arrival. */
export interface SignedContent {
  readonly fields: readonly SignedField[];
  readonly files: readonly SignedFile[];
}

/**
 * The `X-Phaxio-Signature` of a callback: 40 lowercase hex digits.
 * HMAC-SHA1, keyed with the callback token, over the URL exactly as given to the provider, then name and value of each field
 * by name, then name and digest of each file by part name; without separators, same names in order of arrival.
 * @see docs/provider.md#callbacks
 */
export function signCallback(token: string, url: string, content: SignedContent): string {
  return createHmac('sha1', token).update(url).update(signedText(content)).digest('hex');
}

function signedText(content: SignedContent): string {
  const fields = byName(content.fields).map(({ name, value }) => name + value);
  const files = byName(content.files).map(({ name, sha1 }) => name + sha1);
  return fields.join('') + files.join('');
}

/** Sorted by the bytes of the name; the sort is stable. */
function byName<Part extends { readonly name: string }>(parts: readonly Part[]): Part[] {
  return [...parts].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

/** What a callback is checked against. */
export interface SignatureCheck {
  /** The `X-Phaxio-Signature` header; null or undefined when missing. */
  readonly signature: string | null | undefined;
  /** Callback tokens that may have signed it: two while one is being replaced. Empty ones are none. */
  readonly tokens: readonly string[];
  /** URLs it may have been signed for, see {@link signedUrlCandidates}. */
  readonly urls: readonly string[];
  readonly content: SignedContent;
}

/** Whether a header can be a signature at all: 40 lowercase hex digits. */
export function isSignatureShaped(signature: string | null | undefined): signature is string {
  return typeof signature === 'string' && /^[0-9a-f]{40}$/.test(signature);
}

/**
 * The index of the token that signed this callback, or null when none did. Fails closed: without a token, null.
 * Every token and URL is tried, each compared in constant time, so the time taken tells nothing about which came close.
 */
export function verifyCallback(check: SignatureCheck): number | null {
  if (!isSignatureShaped(check.signature)) return null;
  const received = Buffer.from(check.signature);
  let matched: number | null = null;
  check.tokens.forEach((token, index) => {
    if (token === '') return;
    for (const url of check.urls) {
      const isEqual = timingSafeEqual(Buffer.from(signCallback(token, url, check.content)), received);
      if (isEqual) matched ??= index;
    }
  });
  return matched;
}

/**
 * The URLs a callback to `url` may have been signed for: as configured, and without `user:password@`, since it is not
 * documented which of the two is signed. The text is not normalized: a slash or a query at its end counts.
 */
export function signedUrlCandidates(url: string): string[] {
  const bare = url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1');
  return bare === url ? [url] : [url, bare];
}
