import { assertInvariant } from '../domain/errors.ts';
import { isExactNumber } from '../domain/exact-number.ts';
import type { Extra } from '../domain/fax.ts';
import type { Notes } from '../domain/notes.ts';
import type { Instant } from '../domain/time.ts';
import { FieldReader } from './field-reader.ts';
import { type DecodedPage, openPage, UNREADABLE_PAGE } from './json.ts';
import { KnownNames, readExtra } from './open-fields.ts';
import { RecordNotes } from './record-notes.ts';

/**
 * How a field is read. `word`: of an open set, unknown ones kept and counted. `phone`: E.164 where it can be one. `stamp`: RFC 3339.
 * `is_number`: not the value, but whether it was sent as a number (a code that lost its leading zeros); null when it was not sent.
 */
export type FieldForm = 'text' | 'word' | 'flag' | 'count' | 'stamp' | 'phone' | 'is_number';

/** One field of an object and the column it goes to. */
export interface ObjectField {
  /** The provider's name. */
  readonly name: string;
  /** Where left out, the provider's name. */
  readonly column?: string;
  readonly form: FieldForm;
  /** For `word`: the documented words. */
  readonly known?: ReadonlySet<string>;
}

/** Fields of one form whose columns have the provider's names. */
export function fields(form: Exclude<FieldForm, 'word'>, ...names: readonly string[]): ObjectField[] {
  return names.map((name) => ({ name, form }));
}

/** The column of a field or key. */
export function columnOf({ name, column = name }: { readonly name: string; readonly column?: string }): string {
  return column;
}

/** An object of the provider that is the same in every dialect that has it, field by field. */
export interface ObjectShape {
  /** Its name in notes: `ata`, `port_order`, ... */
  readonly object: string;
  /** What tells it from others: an `id` (decimal digits up to 2^63 - 1) or a `text`. */
  readonly key: { readonly name: string; readonly column?: string; readonly form: 'id' | 'text' };
  readonly fields: readonly ObjectField[];
  /** A list of objects inside it. */
  readonly list?: { readonly name: string; readonly shape: ObjectShape };
  /** Fields that are known and deliberately kept nowhere. */
  readonly dropped?: readonly string[];
}

/** A value as it is stored: instants in ms. */
export type ObjectValue = string | number | boolean | Instant | null;

/** One decoded object. */
export interface DecodedObject {
  readonly key: string;
  /** One for each field of the shape, in its order. */
  readonly values: readonly ObjectValue[];
  /** The objects of the shape's list that could be read; null when no list was sent, and where the shape has none. */
  readonly list: readonly DecodedObject[] | null;
  /** False when the list was not sent or not all of it could be read: then nothing is known of what it lacks. */
  readonly isListWhole: boolean;
  readonly extra: Extra;
}

/**
 * Decodes one raw answer about objects of one shape: a list or a single one. Never throws for content.
 * A record without its key is refused whole; unknown fields and words are kept and noted.
 */
export function decodeObjects(body: string, shape: ObjectShape, notes: Notes): DecodedPage<DecodedObject> {
  const page = openPage(body, shape.object, notes);
  if (page === null) return UNREADABLE_PAGE;
  const recordNotes = new RecordNotes(page, notes, shape.object);
  const decoder = new ObjectDecoder(new FieldReader(recordNotes), shape);
  const items = recordNotes.decodeAll((wire) => decoder.record(wire));
  return { items, recordCount: page.records.length, readable: true };
}

/** The value of an object of this shape that goes to this column. */
export function columnValue(shape: ObjectShape, { values }: DecodedObject, column: string): ObjectValue {
  const at = shape.fields.findIndex((field) => columnOf(field) === column);
  assertInvariant(at !== -1, 'a shape was asked for a column it has not', { object: shape.object, column });
  return values[at] ?? null;
}

class ObjectDecoder {
  readonly #read: FieldReader;
  readonly #shape: ObjectShape;
  readonly #known: KnownNames;
  readonly #element: ObjectDecoder | null;

  constructor(read: FieldReader, shape: ObjectShape) {
    const { key, fields, list, dropped = [] } = shape;
    this.#read = read;
    this.#shape = shape;
    this.#known = new KnownNames([
      key.name,
      ...fields.map(({ name }) => name),
      ...(list === undefined ? [] : [list.name]),
      ...dropped,
    ]);
    this.#element = list === undefined ? null : new ObjectDecoder(read, list.shape);
  }

  record(wire: Record<string, unknown>): DecodedObject | null {
    const { key } = this.#shape;
    const value = wire[key.name];
    if (key.form === 'id') {
      const id = this.#read.recordId(key.name, value);
      return id === null ? null : this.#withKey(id, wire);
    }
    const text = this.#read.text(key.name, value);
    if (text === null || text === '') {
      this.#read.notes.refuseRecord(`missing_${key.name}`);
      return null;
    }
    this.#read.notes.setRecordId(text);
    return this.#withKey(text, wire);
  }

  element(wire: Record<string, unknown>): DecodedObject | null {
    const { key } = this.#shape;
    const id = this.#read.elementId(key.name, wire[key.name]);
    return id === null ? null : this.#withKey(id, wire);
  }

  #withKey(key: string, wire: Record<string, unknown>): DecodedObject {
    const { fields, list } = this.#shape;
    const values = fields.map((field) => this.#value(field, wire[field.name]));
    const extra = readExtra(this.#read.notes, wire, this.#known);
    const element = this.#element;
    if (list === undefined || element === null) return { key, values, list: null, isListWhole: true, extra };
    const sent = wire[list.name];
    const read = this.#read.list(list.name, list.shape.object, sent, (inner) => element.element(inner));
    const items = read?.filter((item) => item !== null) ?? null;
    return { key, values, list: items, isListWhole: items !== null && items.length === read?.length, extra };
  }

  #value({ name, form, known }: ObjectField, value: unknown): ObjectValue {
    const read = this.#read;
    switch (form) {
      case 'text':
        return read.text(name, value);
      case 'word':
        return read.word(name, value, known ?? new Set());
      case 'flag':
        return read.flag(name, value);
      case 'count':
        return read.count(name, value);
      case 'stamp':
        return read.stamp(name, value);
      case 'phone':
        return read.phone(name, value);
      case 'is_number':
        return value === null || value === undefined ? null : typeof value === 'number' || isExactNumber(value);
    }
  }
}
