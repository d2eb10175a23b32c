import { isExactNumber } from '../domain/exact-number.ts';
import type { Extra } from '../domain/fax.ts';
import { isTidy, tidyText } from './field-reader.ts';
import { isObject } from './json.ts';
import { pathStep, type RecordNotes, TEXT_MAX_CHARS } from './record-notes.ts';

/** Unknown fields nested this many levels or deeper are refused. */
export const EXTRA_LEVELS_MAX = 32;

/** Digits beyond which Postgres may refuse a number that JSON allows (`1e999999`); such numbers are kept as texts. */
const NUMBER_CHARS_MAX = 100;

const NO_TAGS: Readonly<Record<string, string>> = Object.freeze({});

/**
 * The field names a kind of record is known to have. Remembers the order in which they last came: the records of a page
 * mostly look alike, and going along that order is 5 times faster than looking each name up.
 */
export class KnownNames {
  readonly #names: ReadonlySet<string>;
  #lastOrder: readonly string[] = [];

  constructor(names: readonly string[]) {
    this.#names = new Set(names);
  }

  /** The record's names that are not known; null when all are. */
  unknownOf(record: object): string[] | null {
    const order = this.#lastOrder;
    let at = 0;
    for (const name in record) {
      if (name !== order[at]) return this.#lookUp(record);
      at += 1;
    }
    return null;
  }

  #lookUp(record: object): string[] | null {
    const names = Object.keys(record);
    const unknown = names.filter((name) => !this.#names.has(name));
    if (unknown.length > 0) return unknown;
    this.#lastOrder = names;
    return null;
  }
}

/** The record's unknown fields as sent, each noted by its name, in the order of their names; null when there are none. */
export function readExtra(notes: RecordNotes, record: Record<string, unknown>, known: KnownNames): Extra {
  const names = known.unknownOf(record);
  return names === null ? null : copyFields(notes, record, names);
}

function copyFields(notes: RecordNotes, record: Record<string, unknown>, names: string[]): Extra {
  const extra: Record<string, unknown> = {};
  let isEmpty = true;
  for (const name of names.sort()) {
    const value = record[name];
    const path = notes.path(name);
    notes.drift(name, 'unknown_field', typeName(value));
    if (isDeep(value, 1)) {
      notes.refuse('too_deep', value, path);
      continue;
    }
    setOwn(extra, tidyText(notes, name, path), copyValue(notes, value, path));
    isEmpty = false;
  }
  return isEmpty ? null : extra;
}

function isDeep(value: unknown, level: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (level >= EXTRA_LEVELS_MAX) return true;
  return (Array.isArray(value) ? value : Object.values(value)).some((inner: unknown) => isDeep(inner, level + 1));
}

/** A copy that Postgres can store as jsonb, with the names of objects in order. Only for values of bounded depth. */
function copyValue(notes: RecordNotes, value: unknown, path: string): unknown {
  if (typeof value === 'string') {
    return notes.plain && value.length <= TEXT_MAX_CHARS ? value : tidyText(notes, value, path);
  }
  if (typeof value === 'number') {
    notes.wantExact(value);
    return value;
  }
  if (isExactNumber(value)) return copyNumber(notes, value.rawJSON, value, path);
  if (Array.isArray(value)) return value.map((inner, index) => copyValue(notes, inner, `${path}[${index}]`));
  if (!isObject(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value).sort()) {
    const innerPath = path + pathStep(name);
    setOwn(copy, tidyText(notes, name, innerPath), copyValue(notes, value[name], innerPath));
  }
  return copy;
}

function copyNumber(notes: RecordNotes, digits: string, value: unknown, path: string): unknown {
  if (digits.length <= NUMBER_CHARS_MAX && Number.isFinite(Number(digits)) && !/[eE]-?\d{4}/.test(digits)) return value;
  notes.refuse('number_out_of_range', value, path);
  return digits.slice(0, TEXT_MAX_CHARS);
}

/**
 * A map of tags in the order of their names; values that are no texts become their JSON text, noted. Missing is none.
 * A page's own map is given back where nothing had to be changed.
 */
export function readTags(notes: RecordNotes, field: string, value: unknown): Readonly<Record<string, string>> {
  if (value === null || value === undefined) return NO_TAGS;
  if (!isObject(value)) {
    // Servers written in PHP send an empty map as an empty list.
    if (Array.isArray(value) && value.length === 0) notes.drift(field, 'unexpected_type', 'array');
    else notes.refuse('not_an_object', value, notes.path(field));
    return NO_TAGS;
  }
  let last = '';
  let isSorted = true;
  for (const name in value) {
    const tag = value[name];
    if (typeof tag !== 'string' || tag.length > TEXT_MAX_CHARS || name.length > TEXT_MAX_CHARS) {
      return copyTags(notes, field, value);
    }
    if (!notes.plain && !(isTidy(tag) && isTidy(name))) return copyTags(notes, field, value);
    if (name < last) isSorted = false;
    last = name;
  }
  return isSorted ? (value as Record<string, string>) : sortTags(value as Record<string, string>);
}

function sortTags(value: Record<string, string>): Record<string, string> {
  const tags: Record<string, string> = {};
  const names = Object.keys(value);
  // Two tags are the common case, and Array.sort costs as much as reading the rest of the fax's texts.
  if (names.length === 2) names.reverse();
  else names.sort();
  for (const name of names) setOwn(tags, name, value[name]);
  return tags;
}

function copyTags(notes: RecordNotes, field: string, value: Record<string, unknown>): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const name of Object.keys(value).sort()) {
    const tag = value[name];
    const path = notes.path(field) + pathStep(name);
    if (typeof tag !== 'string') notes.drift(field, 'unexpected_type', typeName(tag));
    if (isDeep(tag, 1)) {
      notes.refuse('too_deep', tag, path);
      continue;
    }
    const text = typeof tag === 'string' ? tag : JSON.stringify(copyValue(notes, tag, path));
    setOwn(tags, tidyText(notes, name, path), tidyText(notes, text, path));
  }
  return tags;
}

/** Sets an own property whatever its name: plain assignment to `__proto__` would change the prototype or be lost. */
function setOwn(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[name] = value;
  }
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return isExactNumber(value) ? 'number' : typeof value;
}
