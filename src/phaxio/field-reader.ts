import { isExactNumber } from '../domain/exact-number.ts';
import { type Cents, toCents } from '../domain/money.ts';
import { fromUnixSeconds, type Instant, parseRfc3339, parseZonedText } from '../domain/time.ts';
import { isObject } from './json.ts';
import { toE164 } from './phone-number.ts';
import { type ReadRecordId, readRecordId } from './record-id.ts';
import { type RecordNotes, TEXT_MAX_CHARS } from './record-notes.ts';

/** The largest number a Postgres `integer` holds. */
const INT4_MAX = 2_147_483_647;

/**
 * Reads the values of the record at hand, noting what is odd about them. Every method is total: what cannot be taken is
 * null and refused by name, null and missing are null and nothing else. The usual case of each method is its first line;
 * the rest lies behind it, so that a page of usual values costs half of its JSON.parse.
 */
export class FieldReader {
  readonly notes: RecordNotes;

  constructor(notes: RecordNotes) {
    this.notes = notes;
  }

  /** A text, tidied for Postgres; numbers and booleans become texts, noted. */
  text(field: string, value: unknown): string | null {
    if (typeof value === 'string' && this.notes.plain && value.length <= TEXT_MAX_CHARS) return value;
    if (value === null || value === undefined) return null;
    return this.#oddText(field, value);
  }

  #oddText(field: string, value: unknown): string | null {
    if (typeof value === 'string') return isTidy(value) ? value : tidyText(this.notes, value, this.notes.path(field));
    if (typeof value === 'number' || typeof value === 'boolean' || isExactNumber(value)) {
      this.notes.wantExact(value);
      this.notes.drift(field, 'unexpected_type', typeof value === 'boolean' ? 'boolean' : 'number');
      return isExactNumber(value) ? value.rawJSON.slice(0, TEXT_MAX_CHARS) : String(value);
    }
    this.#refuse(field, 'not_a_text', value);
    return null;
  }

  /** A word of an open set: unknown ones are kept and noted. */
  word(field: string, value: unknown, known: ReadonlySet<string>): string | null {
    const word = this.text(field, value);
    if (word !== null && !known.has(word)) this.notes.drift(field, 'unknown_value', wordDetail(word));
    return word;
  }

  /** True or false; the texts `true` and `false` are taken and noted. */
  flag(field: string, value: unknown): boolean | null {
    if (typeof value === 'boolean') return value;
    if (value === null || value === undefined) return null;
    if (value === 'true' || value === 'false') {
      this.notes.drift(field, 'unexpected_type', 'string');
      return value === 'true';
    }
    this.#refuse(field, 'not_a_boolean', value);
    return null;
  }

  /** A whole number of 0 to 2^31 - 1; digits in a text are taken and, unless the dialect writes them so (`usual`), noted. */
  count(field: string, value: unknown, asText: 'usual' | 'odd' = 'odd'): number | null {
    if (typeof value === 'number' && value >= 0 && value <= INT4_MAX && Number.isInteger(value)) return value;
    if (value === null || value === undefined) return null;
    const read = this.#wholeNumber(value);
    if (read === null) this.#refuse(field, 'not_an_integer', value);
    else if (read < 0) this.#refuse(field, 'negative_integer', value);
    else if (read > INT4_MAX) this.#refuse(field, 'integer_out_of_range', value);
    else return this.#taken(field, value, read, asText);
    return null;
  }

  /** Whole cents. Anything that is not exactly that is refused, never rounded; negative amounts are taken only where `signed`. */
  cents(field: string, value: unknown, sign: 'signed' | 'unsigned' = 'unsigned'): Cents | null {
    if (typeof value === 'number' && value >= 0 && value <= INT4_MAX && Number.isInteger(value)) return toCents(value);
    if (value === null || value === undefined) return null;
    const read = this.#wholeNumber(value);
    if (read === null) this.#refuse(field, 'not_whole_cents', value);
    else if (read < 0 && sign === 'unsigned') this.#refuse(field, 'negative_cost', value);
    else if (read > INT4_MAX || read < -INT4_MAX) this.#refuse(field, 'cost_out_of_range', value);
    else return toCents(this.#taken(field, value, read, 'odd'));
    return null;
  }

  /** A number or digits; null for everything else. Beyond 2^53 it is not exact, but then far out of every range asked for. */
  #wholeNumber(value: unknown): number | null {
    if (typeof value === 'number') return Number.isInteger(value) ? value : null;
    const digits = typeof value === 'string' ? value : isExactNumber(value) ? value.rawJSON : '';
    return /^-?\d{1,300}$/.test(digits) ? Number(digits) : null;
  }

  #taken(field: string, value: unknown, read: number, asText: 'usual' | 'odd'): number {
    if (typeof value === 'string' && asText === 'odd') this.notes.drift(field, 'unexpected_type', 'string');
    return read === 0 ? 0 : read;
  }

  /** An RFC 3339 stamp with its offset (v2); unix seconds are taken and noted. */
  stamp(field: string, value: unknown): Instant | null {
    if (value === null || value === undefined) return null;
    if (typeof value === 'string') {
      const instant = parseRfc3339(value);
      if (instant !== null) return instant;
    }
    const instant = typeof value === 'number' ? fromUnixSeconds(value) : null;
    if (instant === null) this.#refuse(field, 'not_an_instant', value);
    else this.notes.drift(field, 'unexpected_type', 'number');
    return instant;
  }

  /** Unix seconds (v1); digits in a text and RFC 3339 stamps are taken and noted. */
  unixSeconds(field: string, value: unknown): Instant | null {
    if (value === null || value === undefined) return null;
    if (typeof value === 'number') {
      const instant = fromUnixSeconds(value);
      if (instant !== null) return instant;
    }
    let instant: Instant | null = null;
    if (typeof value === 'string') {
      instant = /^\d{1,15}$/.test(value) ? fromUnixSeconds(Number(value)) : parseRfc3339(value);
    }
    if (instant === null) this.#refuse(field, 'not_an_instant', value);
    else this.notes.drift(field, 'unexpected_type', 'string');
    return instant;
  }

  /** A `YYYY-MM-DD HH:MM:SS` stamp on the clock of `zone` (v1's numbers); noted where that clock showed it twice or never. */
  zonedStamp(field: string, value: unknown, zone: string): Instant | null {
    const read = typeof value === 'string' ? parseZonedText(value, zone) : null;
    if (read === null) return this.stamp(field, value);
    if (read.ambiguous) this.notes.drift(field, 'adjusted_value', 'ambiguous_local_time');
    return read.instant;
  }

  /** A phone number in E.164; what cannot be one is kept as sent and named. */
  phone(field: string, value: unknown): string | null {
    const text = this.text(field, value);
    if (text === null) return null;
    const number = toE164(text);
    if (number !== null) return number;
    this.#refuse(field, 'not_a_phone_number', value);
    return text;
  }

  /** The record's id as decimal digits, by which it is named from now on; a record without one is refused whole. */
  recordId(field: string, value: unknown): string | null {
    const read = this.#id(field, value);
    if (read.kind === 'read') {
      this.notes.setRecordId(read.id);
      return read.id;
    }
    this.notes.refuseRecord(read.reason);
    return null;
  }

  /** The id of an element of a list inside the record; an element without one is refused alone. */
  elementId(field: string, value: unknown): string | null {
    const read = this.#id(field, value);
    if (read.kind === 'read') return read.id;
    this.#refuse(field, read.reason, value);
    return null;
  }

  /** Odd ids are kept exactly, and named all the same: whoever else reads these as numbers would mix records up. */
  #id(field: string, value: unknown): ReadRecordId {
    if (typeof value === 'number' && value > 0 && Number.isSafeInteger(value))
      return { kind: 'read', id: String(value) };
    this.notes.wantExact(value);
    const read = readRecordId(value);
    if (read.kind === 'read') {
      this.notes.drift(field, 'unexpected_type', typeof value === 'string' ? 'string' : 'beyond_2_53');
    }
    return read;
  }

  /**
   * A list of records inside the record, each given to `decode`. Null when missing or no list.
   * An element that is no record keeps its place, as an empty one: the place is its key.
   */
  list<Item>(
    field: string,
    object: string,
    value: unknown,
    decode: (element: Record<string, unknown>) => Item,
  ): Item[] | null {
    if (value === null || value === undefined) return null;
    if (!Array.isArray(value)) {
      this.#refuse(field, 'not_an_array', value);
      return null;
    }
    const items: Item[] = [];
    for (let index = 0; index < value.length; index++) {
      const element: unknown = value[index];
      this.notes.enter(object, field, index);
      if (isObject(element)) {
        items.push(decode(element));
      } else {
        this.#refuse('', 'not_an_object', element);
        items.push(decode({}));
      }
    }
    this.notes.leave();
    return items;
  }

  #refuse(field: string, reason: string, value: unknown): void {
    this.notes.refuse(reason, value, this.notes.path(field));
  }
}

/**
 * A text as Postgres can store it: lone surrogates replaced by U+FFFD, NUL removed, cut at {@link TEXT_MAX_CHARS}.
 * Each of these is noted as a refusal that carries the original.
 */
export function tidyText(notes: RecordNotes, value: string, path: string): string {
  let text = value;
  if (!text.isWellFormed()) {
    notes.refuse('lone_surrogate', value, path);
    text = text.toWellFormed();
  }
  if (text.includes('\u0000')) {
    notes.refuse('nul_character', value, path);
    text = text.replaceAll('\u0000', '');
  }
  if (text.length > TEXT_MAX_CHARS) {
    notes.refuse('text_too_long', value, path);
    const cut = text.slice(0, TEXT_MAX_CHARS);
    text = cut.isWellFormed() ? cut : cut.slice(0, -1);
  }
  return text;
}

/** Whether Postgres can store a text as it is, and it is not too long. */
export function isTidy(text: string): boolean {
  return text.length <= TEXT_MAX_CHARS && text.isWellFormed() && !text.includes('\u0000');
}

/** Notes may be shown anywhere: only what looks like a word of an enumeration is quoted. */
function wordDetail(word: string): string {
  return /^[A-Za-z][A-Za-z_-]{0,59}$/.test(word) ? word : '(not a word)';
}
