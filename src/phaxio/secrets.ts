import type { RawBody } from '../domain/raw-body.ts';
import { cleanedRoughly } from './rough-secrets.ts';
import { endsWithWord, type Secrets, secretNames } from './secret-names.ts';

/**
 * A body without its secrets: their values are `null`, every other byte stays as it was. Looks at names at any depth, however they are
 * written (`port_out_pin`, `portOutPin`, `"p\u0069n"`), inside texts that hold JSON too. What is no JSON, or was cut off, is cleaned all
 * the same, and then rather too much than too little. Not known as secrets: values in lists of name and value, and in plain sentences.
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

/** `isInner`: of a text inside another. */
function cleaned(text: string, secrets: Secrets, isInner = false): string {
  const walked = walk(text, secrets, isInner);
  const isWhole = decoded(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text) !== undefined;
  return isWhole ? walked : cleanedRoughly(walked, secrets);
}

/** Cleans JSON, or JSON that was cut off: every text is where a reader of JSON would see it. */
function walk(text: string, secrets: Secrets, isInner: boolean): string {
  const { sipAddresses = [] } = secrets;
  const isSecret = secretNames(secrets);
  let kept = '';
  let copiedTo = 0;
  const replace = (from: number, to: number, by: string): void => {
    kept += text.slice(copiedTo, from) + by;
    copiedTo = to;
  };
  let at = text.indexOf('"');
  // Everything up to here belongs to a field that holds SIP addresses.
  let addressesTo = 0;
  while (at !== -1) {
    const end = stringEnd(text, at);
    const colon = spaceEnd(text, end);
    if (text[colon] !== ':') {
      const quoted = text.slice(at, end);
      const by = cleanedText(quoted, secrets, at < addressesTo, isInner);
      if (by !== quoted) replace(at, end, by);
      at = text.indexOf('"', end);
      continue;
    }
    const quotedName = text.slice(at, end);
    const name = quotedName.includes('\\') ? String(decoded(quotedName) ?? quotedName) : quotedName;
    const valueAt = spaceEnd(text, colon + 1);
    if (isSecret(name)) {
      const valueEnd = endOfValue(text, valueAt);
      replace(valueAt, valueEnd, 'null');
      at = text.indexOf('"', valueEnd);
      continue;
    }
    if (valueAt >= addressesTo && endsWithWord(name, sipAddresses)) {
      addressesTo = endOfValue(text, valueAt);
    }
    at = text.indexOf('"', valueAt);
  }
  return copiedTo === 0 ? text : kept + text.slice(copiedTo);
}

/** A quoted text that is no name: one that holds JSON is cleaned inside, addresses lose their user's part. */
function cleanedText(quoted: string, secrets: Secrets, isAddress: boolean, isInner: boolean): string {
  // Names of fields in it are quoted, and quotes inside a text escaped.
  const inner = quoted.includes('\\') ? decoded(quoted) : undefined;
  if (typeof inner === 'string' && /^\s*(?:\{\s*["}]|\[\s*[[{"])/.test(inner)) {
    const by = cleaned(inner, secrets, true);
    // The body around all may hold one character a byte.
    if (by !== inner) return isInner ? JSON.stringify(by) : JSON.stringify(by).replace(/[\u0100-\uffff]/g, escaped);
  }
  const { sipAddresses = [] } = secrets;
  const isCut = quoted.length < 2 || !quoted.endsWith('"');
  if (!isAddress && (sipAddresses.length === 0 || !(isCut || /@|\\u0040/.test(quoted)))) return quoted;
  return withoutUsers(quoted, isAddress, isCut);
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/**
 * A quoted text whose SIP addresses (`isAddress`: whatever has an `@`) have lost the user's part; all other characters stay as written.
 * `isCut`: the text may end inside such a part.
 */
function withoutUsers(quoted: string, isAddress: boolean, isCut: boolean): string {
  // One match for each character the text stands for, so that places in both are the same.
  const written = quoted.match(/\\u[0-9a-fA-F]{4}|\\[\s\S]|[\s\S]/g) ?? [];
  const text = written.map((unit) => (unit.length === 1 ? unit : characterOf(unit))).join('');
  let kept = '';
  let copiedTo = 0;
  for (const { 0: run, index } of text.matchAll(/[^\s<>"]+/g)) {
    const scheme = /sips?:/i.exec(run);
    if (scheme === null && !isAddress) continue;
    let userEnd = run.lastIndexOf('@');
    if (userEnd === -1 && isCut && index + run.length === text.length) userEnd = run.length;
    if (userEnd === -1) continue;
    const userAt = scheme === null || scheme.index > userEnd ? 0 : scheme.index + scheme[0].length;
    kept += written.slice(copiedTo, index + userAt).join('');
    copiedTo = index + userEnd + 1;
  }
  return copiedTo === 0 ? quoted : kept + written.slice(copiedTo).join('');
}

/** The one character that an escape stands for. */
function characterOf(written: string): string {
  const character = decoded(`"${written}"`);
  return typeof character === 'string' ? character : '\\';
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

/** The index after a value: a text, a list or object with all it holds, or whatever stands before the next comma, bracket or blank. */
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
    } else if (depth === 0 && (character === ',' || text.charCodeAt(at) <= 32)) return at;
    else at += 1;
  }
  return at;
}

/** What JSON stands for; undefined where it is none. */
function decoded(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
