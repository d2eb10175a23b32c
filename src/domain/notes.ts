/** A surprise about the form of the provider's objects; never holds a personal value. */
export interface DriftNote {
  /** `fax`, `recipient`, `barcode`, `phone_number`, ... */
  readonly object: string;
  /** The provider's field name, as sent. */
  readonly field: string;
  readonly kind: 'unknown_field' | 'unknown_value' | 'unexpected_type' | 'adjusted_value';
  /** For `unknown_value` the value (an open enum's word, capped), for the others what was seen: a type's or rule's name. */
  readonly detail: string;
}

/** Something that could not be taken as sent: a whole record (`record`) or one of its values (`value`, stored as null). */
export interface Rejection {
  readonly scope: 'record' | 'value';
  /** `fax`, `recipient`, ... */
  readonly object: string;
  /** The provider's id of the record the value belongs to; null where it could not be read. */
  readonly recordId: string | null;
  /** JSON path inside the record, `$` for the record itself, e.g. `$.recipients[0].completed_at`. */
  readonly path: string;
  /** Stable, snake_case: `missing_id`, `id_out_of_range`, `negative_cost`, `not_an_instant`, `nul_character`, ... */
  readonly reason: string;
  /** The JSON text of what was refused, NUL and lone surrogates escaped; personal data: goes to the warehouse and nowhere else. */
  readonly raw: string;
}

/** How often one {@link DriftNote} was met. */
export interface CountedDrift extends DriftNote {
  readonly occurrences: number;
}

/** Longest detail text kept of an unknown value, in characters. */
export const NOTE_DETAIL_MAX_CHARS = 60;

/** Gathers what a decoder met while reading one landed object. */
export class Notes {
  readonly #drift = new Map<string, { note: DriftNote; occurrences: number }>();
  readonly rejections: Rejection[] = [];

  /** Counts a surprise. */
  drift(note: DriftNote): void {
    const detail = note.detail.slice(0, NOTE_DETAIL_MAX_CHARS);
    const key = `${note.object}\n${note.field}\n${note.kind}\n${detail}`;
    const found = this.#drift.get(key);
    if (found === undefined) this.#drift.set(key, { note: { ...note, detail }, occurrences: 1 });
    else found.occurrences += 1;
  }

  /** A copy that can be added to without changing this one: a transaction that is run again starts from the same notes. */
  copy(): Notes {
    const copy = new Notes();
    for (const [key, { note, occurrences }] of this.#drift) copy.#drift.set(key, { note, occurrences });
    copy.rejections.push(...this.rejections);
    return copy;
  }

  /** Records something that could not be taken as sent. */
  reject(rejection: Rejection): void {
    this.rejections.push(rejection);
  }

  /** Every surprise with its count, in the order first met. */
  driftNotes(): CountedDrift[] {
    return [...this.#drift.values()].map(({ note, occurrences }) => ({ ...note, occurrences }));
  }
}
