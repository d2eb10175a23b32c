import type { Readable, Writable } from 'node:stream';
import { password, select, text } from '@clack/prompts';
import { type Answers, faultOf, QUESTIONS, type Question } from './init-questions.ts';

/** Where questions are asked. */
export interface AskPorts {
  readonly input: Readable;
  readonly output: Writable;
  readonly signal: AbortSignal;
}

/** Asks on a terminal for what is not answered yet; each answer is checked before the next question. Null where the user wanted no more. */
export async function askOnTerminal(given: Answers, ports: AskPorts): Promise<Answers | null> {
  const answers: Answers = { ...given };
  for (const question of QUESTIONS) {
    const { name, after } = question;
    if (answers[name] !== undefined || (after !== undefined && answers[after] === undefined)) continue;
    // Keys of several accounts stand in their file.
    if (answers.FAXSYNC_ACCOUNTS_FILE !== undefined && question.isSecret === true && name !== 'FAXSYNC_DATABASE_URL')
      continue;
    const answer = await askOne(question, ports);
    // Ctrl-C.
    if (typeof answer === 'symbol') return null;
    const value = answer?.trim() ?? '';
    // What holds anyhow is not written down.
    if (value !== '' && value !== question.fallback) answers[name] = value;
  }
  return answers;
}

function askOne(question: Question, ports: AskPorts): Promise<string | symbol | undefined> {
  const { name, text: message, isSecret, isNeeded, fallback, choices } = question;
  const validate = (value: string | undefined) => {
    const answer = value?.trim() ?? '';
    if (answer !== '') {
      const fault = faultOf(name, answer);
      // A fault inside of JSON begins with its place: `.settle_days is not ...`.
      return fault === undefined || fault.startsWith('.') ? fault?.slice(1) : `This ${fault}.`;
    }
    return isNeeded === true ? 'This is needed. Ctrl-C ends without writing anything.' : undefined;
  };
  if (choices !== undefined) {
    const options = choices.map((value) => ({ value, label: value }));
    return select({ ...ports, message, options, initialValue: fallback ?? options[0]?.value ?? '' });
  }
  if (isSecret === true) return password({ ...ports, message, validate });
  return text({
    ...ports,
    message,
    validate,
    ...(fallback === undefined ? {} : { placeholder: fallback, defaultValue: fallback }),
  });
}
