import { SettingsError } from '../domain/errors.ts';
import { Runtime } from '../runtime/runtime.ts';
import { parseSettings, type Settings } from '../runtime/settings.ts';
import type { CommandContext } from './context.ts';
import { type DeadLetter, DeadLetters } from './dead-letters.ts';
import { type DeadContent, readDeadMessage } from './dead-message.ts';

/** Most messages that are looked through for the ones that were asked for. */
const SEARCHED_MAX = 10_000;

/** What the commands on dead letters work with. */
export interface DeadBench {
  readonly settings: Settings;
  readonly letters: DeadLetters;
  readonly runtime: Runtime;
  contentOf(letter: DeadLetter): DeadContent;
}

/**
 * Opens what the queues and the landing zone take, and no database; closed whatever happens.
 * @throws {SettingsError} where the dead-letter queue is not named.
 */
export async function withDeadBench(
  context: CommandContext,
  work: (bench: DeadBench) => Promise<number>,
): Promise<number> {
  const settings = parseSettings(context.env, context.flags);
  if (settings.deadLettersUrl === null) throw missingSetting('FAXSYNC_DEAD_LETTERS', 'DeadLettersUrl');
  const letters = await DeadLetters.open(settings.deadLettersUrl, context.env);
  const runtime = await Runtime.open(settings, { writeLog: context.writeLog });
  try {
    const contentOf = ({ body }: DeadLetter) => readDeadMessage(body, (key) => runtime.landedKeyOf(key));
    return await work({ settings, letters, runtime, contentOf });
  } finally {
    letters.close();
    await runtime.close();
  }
}

/** The error of a setting that the stack's output of this name gives. */
export function missingSetting(setting: string, stackOutput: string): SettingsError {
  return new SettingsError(`${setting} is not set. Set it to the output ${stackOutput} of the stack.`, {
    code: 'setting_missing',
    context: { setting },
  });
}

/** The error of a message that is not there. */
export function unknownMessage(): SettingsError {
  return new SettingsError(
    'There is no such message in the dead-letter queue (any more), or another command reads it just now; "faxsync dead list" lists them.',
    { code: 'unknown_message' },
  );
}

/**
 * Looks through the queue for messages by id. Everything met stays hidden: give it back.
 * @throws {QueueError}
 */
export async function searchLetters(
  { letters }: DeadBench,
  { signal }: CommandContext,
  ids: readonly string[],
): Promise<{ readonly found: readonly DeadLetter[]; readonly others: readonly DeadLetter[] }> {
  const wanted = new Set(ids);
  const found: DeadLetter[] = [];
  const others: DeadLetter[] = [];
  try {
    for await (const batch of letters.receive()) {
      for (const letter of batch) (wanted.has(letter.id) ? found : others).push(letter);
      if (found.length === wanted.size || others.length > SEARCHED_MAX || signal.aborted) break;
    }
  } catch (error) {
    await letters.giveBack([...found, ...others]);
    throw error;
  }
  return { found, others };
}
