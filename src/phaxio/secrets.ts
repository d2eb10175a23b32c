import type { RawBody } from '../domain/raw-body.ts';

/** What of an answer may be stored nowhere, not even as landed. */
export interface Secrets {
  /** Words with which the name of a secret field ends: `pin` takes `pin`, `port_out_pin` and `portOutPin`, not `shipping`. */
  readonly names: readonly string[];
  /** The same for fields whose value is a SIP address: its user's part goes, the rest stays. */
  readonly sipAddresses: readonly string[];
}

const USER_PART = /(sips?:)[^@\s<>"]*@/gi;

/**
 * A body without its secrets: their values are `null`, every other byte stays as it was. Looks at names at any depth, however they are
 * written (`port_out_pin`, `portOutPin`, `"p\u0069n"`), and needs no whole JSON: what cannot be parsed is cleaned all the same.
 */
export function withoutSecrets(raw: RawBody, secrets: Secrets): RawBody {
  if (raw.encoding === 'utf8') {
    const body = cleaned(raw.body, secrets);
    return body === raw.body ? raw : { ...raw, body };
  }
  // Not UTF-8: one character a byte, so that what is not cleaned comes out as it went in.
  const bytes = Buffer.from(raw.body, 'base64').toString('latin1');
  const body = cleaned(bytes, secrets);
  return body === bytes ? raw : { ...raw, body: Buffer.from(body, 'latin1').toString('base64') };
}

function cleaned(text: string, secrets: Secrets): string {
  let kept = '';
  let copiedTo = 0;
  let at = text.indexOf('"');
  while (at !== -1) {
    const nameEnd = stringEnd(text, at);
    const colon = spaceEnd(text, nameEnd);
    if (text[colon] !== ':') {
      at = text.indexOf('"', nameEnd);
      continue;
    }
    const name = decoded(text.slice(at, nameEnd));
    const valueAt = spaceEnd(text, colon + 1);
    const isSecret = endsWithWord(name, secrets.names);
    const isAddress = !isSecret && text[valueAt] === '"' && endsWithWord(name, secrets.sipAddresses);
    if (!isSecret && !isAddress) {
      at = text.indexOf('"', valueAt);
      continue;
    }
    const valueEnd = endOfValue(text, valueAt);
    const value = text.slice(valueAt, valueEnd);
    kept +=
      text.slice(copiedTo, valueAt) + (isSecret ? 'null' : JSON.stringify(decoded(value).replace(USER_PART, '$1')));
    copiedTo = valueEnd;
    at = text.indexOf('"', valueEnd);
  }
  return copiedTo === 0 ? text : kept + text.slice(copiedTo);
}

/** Whether the last words of a name are one of these: words are parted by case, `_`, `-`, `.` or a blank. */
function endsWithWord(name: string, words: readonly string[]): boolean {
  const parted = `_${name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/[^A-Za-z0-9]+/g, '_')}`.toLowerCase();
  return words.some((word) => parted.replace(/_+$/, '').endsWith(`_${word}`));
}

function spaceEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= 32) at += 1;
  return at;
}

/** The index after the string that begins at `from`; the end of the text where it never ends. */
function stringEnd(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return Math.min(at + 1, text.length);
}

/** The index after a value: a text, a list or object with all it holds, or whatever stands before the next comma or bracket. */
function endOfValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const character = text[at];
    if (character === '"') {
      at = stringEnd(text, at);
      if (depth === 0) return at;
    } else if (character === '{' || character === '[') {
      depth += 1;
      at += 1;
    } else if (character === '}' || character === ']') {
      if (depth === 0) return at;
      depth -= 1;
      at += 1;
      if (depth === 0) return at;
    } else if (character === ',' && depth === 0) return at;
    else at += 1;
  }
  return at;
}

/** The text a JSON string stands for; what stands between the quotes where it is none. */
function decoded(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted.replace(/^"|"$/g, '');
  }
}
