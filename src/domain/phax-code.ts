/** What the provider's page puts before an identifier; recorded barcodes and look-ups do not have it. */
const PREFIX = 'px:';
/** Longest identifier that is looked up, in bytes; recorded ones have six. Anything may be printed as a barcode, and a key has its limits. */
const IDENTIFIER_BYTES_MAX = 200;

/**
 * A PhaxCode's identifier as it is asked for and stored: without "px:".
 * Null where the text cannot be one: empty, too long, or dots that a URL takes for a way up.
 */
export function phaxCodeIdentifier(text: string | null): string | null {
  if (text === null) return null;
  const identifier = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
  if (identifier === '' || identifier === '.' || identifier === '..') return null;
  return Buffer.byteLength(identifier) > IDENTIFIER_BYTES_MAX ? null : identifier;
}
