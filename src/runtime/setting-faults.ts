import * as v from 'valibot';
import { SettingsError } from '../domain/errors.ts';

/** Something wrong with one setting; `text` completes the sentence that begins with `name`, and never repeats the value. */
export interface SettingFault {
  readonly name: string;
  readonly text: string;
}

/** Gathers what is wrong, so that a user mends all of it at once. */
export class SettingFaults {
  readonly #faults = new Map<string, SettingFault>();

  /** Notes a fault; the first one of a name is kept. */
  add(name: string, text: string): void {
    if (!this.#faults.has(name)) this.#faults.set(name, { name, text });
  }

  /** The value that `schema` makes of what is written under `name`; undefined where nothing is, or where it is wrong. */
  read<Schema extends v.GenericSchema>(
    schema: Schema,
    name: string,
    written: unknown,
  ): v.InferOutput<Schema> | undefined {
    if (written === undefined) return undefined;
    const parsed = v.safeParse(schema, written);
    if (parsed.success) return parsed.output;
    this.add(name, parsed.issues[0].message);
    return undefined;
  }

  /** @throws {SettingsError} code `settings_invalid`, naming every fault, if there is any. */
  throwIfAny(): void {
    const error = this.error();
    if (error !== null) throw error;
  }

  /** The error that names every fault; null where there is none. */
  error(): SettingsError | null {
    const faults = [...this.#faults.values()];
    if (faults.length === 0) return null;
    const lines = faults.map(({ name, text }) => `  ${name} ${text}`);
    const count = faults.length === 1 ? 'One setting is' : `${faults.length} settings are`;
    return new SettingsError(`${count} missing or wrong:\n${lines.join('\n')}`, {
      code: 'settings_invalid',
      context: { failedCount: faults.length, setting: faults.map(({ name }) => name).join(', ') },
    });
  }
}
