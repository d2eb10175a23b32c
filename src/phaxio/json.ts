import { parseExactJson } from '../domain/exact-number.ts';
import type { Notes } from '../domain/notes.ts';

/** Longest raw text kept of something refused, in characters; the landed object holds the rest. */
export const RAW_MAX_CHARS = 65_536;

/** What one answer of the provider holds, decoded. */
export interface DecodedPage<Item> {
  /** What could be read, in the provider's order. */
  readonly items: readonly Item[];
  /** How many records the answer held, refused ones included. */
  readonly recordCount: number;
  /** False when the answer was not JSON or not of the provider's form: then nothing may be concluded from what is missing. */
  readonly readable: boolean;
}

/** The page of an answer that could not be read at all. */
export const UNREADABLE_PAGE: DecodedPage<never> = { items: [], recordCount: 0, readable: false };

/** An answer that is JSON of the provider's form. */
export interface OpenPage {
  /** The records, not looked at yet; a map of records is one record. */
  readonly records: readonly unknown[];
  /** True when no text in the page can hold NUL or a lone surrogate, so that no text need be looked at. */
  readonly plain: boolean;
  /** The record's JSON text as sent. */
  rawText(index: number): string;
  /** The record again, with no number changed; undefined where it is nested too deep for that (some thousands of levels). */
  exact(index: number): unknown;
}

/**
 * Opens one answer: `{success: true, data}` with a list or one record, or a bare record (a callback's `fax`).
 * Null, with one rejection `unreadable_page`, for anything else: not JSON, `success` not true, `data` missing.
 */
export function openPage(body: string, object: string, notes: Notes): OpenPage | null {
  const text = body.charCodeAt(0) === 0xfeff ? body.slice(1) : body;
  const data = readData(text);
  if (data === undefined) {
    notes.reject({
      scope: 'record',
      object,
      recordId: null,
      path: '$',
      reason: 'unreadable_page',
      raw: escapeRaw(body),
    });
    return null;
  }
  let texts: readonly string[] | null = null;
  const rawText = (index: number): string => {
    texts ??= recordTexts(text);
    return texts[index] ?? 'null';
  };
  const records: readonly unknown[] = Array.isArray(data) ? data : [data];
  return {
    records,
    plain: isPlainText(text),
    rawText: (index) => escapeRaw(rawText(index)),
    exact: (index) => {
      try {
        return parseExactJson(rawText(index));
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return undefined;
      }
    },
  };
}

/** The value of `data`, or the bare record itself; undefined where the answer has not the provider's form. */
function readData(text: string): object | undefined {
  let top: unknown;
  try {
    top = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(top)) return undefined;
  if (!Object.hasOwn(top, 'success')) return Object.hasOwn(top, 'data') ? undefined : top;
  const { success, data } = top;
  return success === true && typeof data === 'object' && data !== null ? data : undefined;
}

/** Whether a parsed value is a JSON object, neither null nor an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** In JSON, NUL comes only as an escape, a lone surrogate as an escape or raw: one scan of the page spares one of each text. */
function isPlainText(text: string): boolean {
  return text.isWellFormed() && !(text.includes('\\u') && /\\u(?:0000|[dD][89a-fA-F])/.test(text));
}

/** A text for `Rejection.raw`: NUL and lone surrogates escaped, at most {@link RAW_MAX_CHARS} characters of it. */
export function escapeRaw(text: string): string {
  const cut = text.length > RAW_MAX_CHARS ? text.slice(0, RAW_MAX_CHARS) : text;
  return cut.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what Postgres cannot store
    /\u0000|\p{Surrogate}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A value's JSON text for `Rejection.raw`; `otherwise` where it is nested thousands of levels deep, so that JSON.stringify gives up. */
export function rawJson(value: unknown, otherwise: () => string): string {
  try {
    return escapeRaw(JSON.stringify(value) ?? 'null');
  } catch (error) {
    if (error instanceof RangeError) return otherwise();
    throw error;
  }
}

/** The JSON texts of the records of an answer that {@link readData} took; walks brackets, so depth does not matter. */
function recordTexts(text: string): string[] {
  const start = skipSpace(text, 0);
  let data: string | null = null;
  let isEnvelope = false;
  let at = skipSpace(text, start + 1);
  while (text[at] === '"') {
    const afterName = skipString(text, at);
    const name: unknown = JSON.parse(text.slice(at, afterName));
    const valueAt = skipSpace(text, skipSpace(text, afterName) + 1);
    const valueEnd = skipValue(text, valueAt);
    // The last of repeated names counts, as in JSON.parse.
    if (name === 'data') data = text.slice(valueAt, valueEnd);
    if (name === 'success') isEnvelope = true;
    at = skipSpace(text, skipSpace(text, valueEnd) + 1);
  }
  if (!isEnvelope || data === null) return [text.slice(start)];
  return data.startsWith('[') ? elementTexts(data) : [data];
}

function elementTexts(list: string): string[] {
  const texts: string[] = [];
  let at = skipSpace(list, 1);
  while (at < list.length - 1) {
    const end = skipValue(list, at);
    texts.push(list.slice(at, end));
    at = skipSpace(list, skipSpace(list, end) + 1);
  }
  return texts;
}

/** The index of the next character that is no blank. */
export function skipSpace(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= 32) at += 1;
  return at;
}

/** The index after the string that starts at `from`; beyond the text where it never ends. */
export function skipString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** The index after the value that starts at `from`: a string, a list or object with all it holds, or a bare word. */
export function skipValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const character = text[at];
    if (character === '"') {
      at = skipString(text, at);
    } else if (character === '{' || character === '[') {
      depth += 1;
      at += 1;
    } else if (character === '}' || character === ']') {
      // A bare number or word ends before the bracket of what holds it.
      if (depth === 0) return at;
      depth -= 1;
      at += 1;
    } else if (depth === 0 && (character === ',' || text.charCodeAt(at) <= 32)) {
      return at;
    } else {
      at += 1;
      continue;
    }
    if (depth === 0) return at;
  }
  return at;
}
