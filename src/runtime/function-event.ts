import * as v from 'valibot';
import { SettingsError } from '../domain/errors.ts';

/**
 * Reads what a function was started with. `advice` says what to give instead.
 * @throws {SettingsError} code `<name>_event_invalid`, naming the fields at fault but no values.
 */
export function parseEvent<Output>(
  name: string,
  schema: v.GenericSchema<unknown, Output>,
  event: unknown,
  advice: string,
): Output {
  const parsed = v.safeParse(schema, event);
  if (parsed.success) return parsed.output;
  const faults = new Set(parsed.issues.map((issue) => v.getDotPath(issue) ?? 'the event itself'));
  throw new SettingsError(
    `The ${name} function was started with an input it does not understand: ${[...faults].join(', ')}. ${advice}`,
    { code: `${name}_event_invalid` },
  );
}
