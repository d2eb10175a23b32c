import type { DriftNote, Notes, Rejection } from '../domain/notes.ts';
import { escapeRaw, isObject, type OpenPage, rawJson } from './json.ts';

/** Longest text stored of one value, in UTF-16 code units. */
export const TEXT_MAX_CHARS = 10_000;

/**
 * Walks the records of one page and gathers what is odd about the one at hand, with its place inside.
 * A record that turns out to hold a number JavaScript would change is walked a second time from its text, with exact
 * numbers; the first walk's notes are forgotten.
 */
export class RecordNotes {
  /** True when no text of the page can hold NUL or a lone surrogate. */
  readonly plain: boolean;
  readonly #page: OpenPage;
  readonly #notes: Notes;
  readonly #object: string;
  #drift: DriftNote[] = [];
  #rejections: Rejection[] = [];
  #isExact = false;
  #needsExact = false;
  #recordId: string | null = null;
  #recordIndex = 0;
  #element: { readonly object: string; readonly path: string } | null = null;

  constructor(page: OpenPage, notes: Notes, object: string) {
    this.plain = page.plain;
    this.#page = page;
    this.#notes = notes;
    this.#object = object;
  }

  /** Gives every record of the page to `decode`, which returns null after refusing one; returns the others in order. */
  decodeAll<Item>(decode: (record: Record<string, unknown>) => Item | null): Item[] {
    const items: Item[] = [];
    const { records } = this.#page;
    for (let index = 0; index < records.length; index++) {
      this.#begin(index, false);
      let item = this.#decodeOne(records[index], decode);
      if (this.#needsExact) {
        this.#begin(index, true);
        item = this.#decodeOne(this.#page.exact(index), decode);
      }
      this.#flush();
      if (item !== null) items.push(item);
    }
    return items;
  }

  #begin(index: number, isExact: boolean): void {
    this.#recordIndex = index;
    this.#recordId = null;
    this.#element = null;
    this.#isExact = isExact;
    if (!this.#needsExact) return;
    this.#needsExact = false;
    this.#drift = [];
    this.#rejections = [];
  }

  #decodeOne<Item>(record: unknown, decode: (record: Record<string, unknown>) => Item | null): Item | null {
    if (isObject(record)) return decode(record);
    // Undefined: nested too deep to be read with exact numbers.
    this.refuseRecord(record === undefined ? 'too_deep' : 'not_an_object');
    return null;
  }

  #flush(): void {
    this.#needsExact = false;
    if (this.#drift.length > 0) {
      for (const note of this.#drift) this.#notes.drift(note);
      this.#drift = [];
    }
    if (this.#rejections.length > 0) {
      for (const rejection of this.#rejections) this.#notes.reject(rejection);
      this.#rejections = [];
    }
  }

  /** Names the record in what is refused from now on. */
  setRecordId(recordId: string): void {
    this.#recordId = recordId;
  }

  /** Enters the element of a list inside the record. */
  enter(object: string, field: string, index: number): void {
    this.#element = { object, path: `$.${field}[${index}]` };
  }

  /** Goes back to the record itself. */
  leave(): void {
    this.#element = null;
  }

  /** The JSON path of a field of the record or element at hand; of the element itself for the empty name. */
  path(field: string): string {
    return (this.#element === null ? '$' : this.#element.path) + (field === '' ? '' : pathStep(field));
  }

  /** Asks for a second walk if this number, met in the first, is one that the fast parse may have changed. */
  wantExact(value: unknown): void {
    if (!this.#isExact && typeof value === 'number' && !Number.isSafeInteger(value)) this.#needsExact = true;
  }

  /** Notes a surprise about a field of the record or element at hand. */
  drift(field: string, kind: DriftNote['kind'], detail: string): void {
    const object = this.#element === null ? this.#object : this.#element.object;
    const name = field.slice(0, 100).toWellFormed().replaceAll('\u0000', '');
    this.#drift.push({ object, field: name, kind, detail });
  }

  /** Refuses a value at a path (of a field: see {@link RecordNotes.path}). */
  refuse(reason: string, value: unknown, path: string): void {
    this.wantExact(value);
    const object = this.#element === null ? this.#object : this.#element.object;
    const raw = rawJson(value, () => this.#page.rawText(this.#recordIndex));
    this.#rejections.push({ scope: 'value', object, recordId: this.#recordId, path, reason, raw });
  }

  /** Refuses the record, with its text as sent. */
  refuseRecord(reason: string): void {
    const raw = this.#page.rawText(this.#recordIndex);
    this.#rejections.push({ scope: 'record', object: this.#object, recordId: this.#recordId, path: '$', reason, raw });
  }
}

/** One step of a JSON path: `.name`, or `["odd name"]`. */
export function pathStep(name: string): string {
  return /^[A-Za-z_]\w{0,99}$/.test(name) ? `.${name}` : `[${escapeRaw(JSON.stringify(name))}]`;
}
