import { FaxsyncError } from '../domain/errors.ts';
import { LOGGABLE_KEYS } from '../domain/log.ts';

const ALLOWED: ReadonlySet<string> = new Set(LOGGABLE_KEYS);
const TEXT_LENGTH_MAX = 400;
const CAUSE_DEPTH_MAX = 4;
/** A code of Node, a driver or our own: never a sentence, so never a value. */
const CODE = /^[A-Za-z0-9_.:-]{1,60}$/;
/** Second net, for a text that should not have held one: E.164, and ten or eleven digits in a row. */
const PHONE_NUMBER = /\+\d{7,15}\b|(?<![\w.:-])\d{10,11}(?![\w.:-])/g;

/** What may stand under a key of the log. */
type Plain = string | number | boolean | null;

/** What may be shown of an error, and of what caused it. */
export interface ShownError {
  /** Its class; of what is no error, its type. */
  readonly name: string;
  readonly code?: string;
  /** Of our own errors only. */
  readonly message?: string;
  /** Of our own errors only. */
  readonly retryable?: boolean;
  /** Of our own errors, where any of it may be logged. */
  readonly context?: Readonly<Record<string, Plain>>;
  /** Where it was made: file and line. */
  readonly location?: string;
  readonly cause?: ShownError;
}

/** Takes phone numbers out of a text. */
export function withoutNumbers(text: string): string {
  return text.replace(PHONE_NUMBER, '[number]');
}

/** Shortens a text and takes phone numbers out of it. */
export function safeText(text: string): string {
  return withoutNumbers(text.slice(0, TEXT_LENGTH_MAX));
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The allowed keys with plain values; everything else is counted, not named, since a key may be data itself (a tag's name). */
export function allowedOnly(attributes: Readonly<Record<string, unknown>>): Record<string, Plain> {
  const kept: Record<string, Plain> = {};
  let dropped = 0;
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    const key = snakeCase(name);
    const plain = plainOf(value);
    if (!ALLOWED.has(key) || plain === undefined) dropped += 1;
    else kept[key] = plain;
  }
  if (dropped > 0) kept['dropped_keys'] = dropped;
  return kept;
}

/** The value as it may be logged; undefined for what has parts. */
function plainOf(value: unknown): Plain | undefined {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'string') return safeText(value);
  return typeof value === 'bigint' ? String(value) : undefined;
}

/** Code, class and, for our own errors, message and context. Foreign messages quote values (pg, JSON.parse, URL) and are left out. */
export function describeError(error: unknown): ShownError {
  return describe(error, 0);
}

function describe(error: unknown, depth: number): ShownError {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = 'code' in error ? String(error.code) : '';
  const location = locationOf(error);
  return {
    name: CODE.test(error.name) ? error.name : 'Error',
    ...(CODE.test(code) ? { code } : {}),
    ...(error instanceof FaxsyncError ? describeOwn(error) : {}),
    ...(location === null ? {} : { location }),
    ...(error.cause === undefined || depth === CAUSE_DEPTH_MAX ? {} : { cause: describe(error.cause, depth + 1) }),
  };
}

function describeOwn({ message, retryable, context }: FaxsyncError): Partial<ShownError> {
  const allowed = allowedOnly(context);
  return { message: safeText(message), retryable, ...(Object.keys(allowed).length > 0 ? { context: allowed } : {}) };
}

/** The first frame behind the message; the message, which the stack repeats, may itself look like frames. */
function locationOf(error: Error): string | null {
  const stack = error.stack ?? '';
  const at = stack.lastIndexOf(error.message);
  const frames = at < 0 ? '' : stack.slice(at + error.message.length);
  const frame = /^\s+at (?:[^\n]*\()?((?:file:|node:|\/)[^\s()]+:\d+):\d+\)?$/m.exec(frames);
  return frame?.[1]?.replace(/^.*\/(?=(?:src|functions|node_modules)\/)/, '') ?? null;
}
