import { inspect } from 'node:util';

/** What a {@link Secret} shows of itself. */
const HIDDEN = '[secret]';

/**
 * A text that no log line, error text, JSON or debugger print shows: only {@link reveal} gives it away, so every use can be found
 * by that word. Keeps the value in a private field, which `inspect`, `JSON.stringify` and spreading do not reach.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The text itself. Pass it on at once; never keep it in an object that may be printed. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}
