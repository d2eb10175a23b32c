import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import type { Context } from 'aws-lambda';
import { FaxsyncError } from '../domain/errors.ts';
import { LOGGABLE_KEYS, type Log, type LogKeys } from '../domain/log.ts';

/** Levels from the most talkative to silence. */
export type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'SILENT';

/** How a logger is made. */
export interface LoggerOptions {
  /** Name of the function or command, logged with every line. */
  readonly service: string;
  /** Lowest level written; default: Lambda's own setting, else INFO. */
  readonly level?: LogLevel;
  /** Takes each finished line without its line end; default: stdout, warnings and errors to stderr. */
  readonly write?: (line: string) => void;
}

/** A {@link Log} that a function can tell about its invocation. */
export interface FunctionLog extends Log {
  /** Adds request id, function name and cold start to every following line. Call it first in a handler. */
  addContext(context: Context): void;
}

const ALLOWED: ReadonlySet<string> = new Set(LOGGABLE_KEYS);
const TEXT_LENGTH_MAX = 400;
const CAUSE_DEPTH_MAX = 4;
/** A code of Node, a driver or our own: never a sentence, so never a value. */
const CODE = /^[A-Za-z0-9_.:-]{1,60}$/;
/** Second net, for a text that should not have held one: E.164, and ten or eleven digits in a row. */
const PHONE_NUMBER = /\+\d{7,15}\b|(?<![\w.:-])\d{10,11}(?![\w.:-])/g;

/** Shortens a text and takes phone numbers out of it. */
function safeText(text: string): string {
  return text.slice(0, TEXT_LENGTH_MAX).replace(PHONE_NUMBER, '[number]');
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The allowed keys with plain values; everything else is counted, not named, since a key may be data itself (a tag's name). */
function allowedOnly(attributes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  let dropped = 0;
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    const key = snakeCase(name);
    const isPlain = value === null || ['string', 'number', 'boolean', 'bigint'].includes(typeof value);
    if (!ALLOWED.has(key) || !isPlain) dropped += 1;
    else kept[key] = typeof value === 'string' ? safeText(value) : typeof value === 'bigint' ? String(value) : value;
  }
  if (dropped > 0) kept['dropped_keys'] = dropped;
  return kept;
}

/** Code, class and, for our own errors, message and context. Foreign messages quote values (pg, JSON.parse, URL) and are left out. */
function describeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = 'code' in error ? String(error.code) : '';
  const own = error instanceof FaxsyncError;
  const described: Record<string, unknown> = { name: CODE.test(error.name) ? error.name : 'Error' };
  if (CODE.test(code)) described['code'] = code;
  if (own) {
    described['message'] = safeText(error.message);
    described['retryable'] = error.retryable;
    const context = allowedOnly(error.context);
    if (Object.keys(context).length > 0) described['context'] = context;
  }
  const location = locationOf(error);
  if (location !== null) described['location'] = location;
  if (error.cause !== undefined && depth < CAUSE_DEPTH_MAX) described['cause'] = describeError(error.cause, depth + 1);
  return described;
}

/** The first frame behind the message; the message, which the stack repeats, may itself look like frames. */
function locationOf(error: Error): string | null {
  const stack = error.stack ?? '';
  const at = stack.lastIndexOf(error.message);
  const frames = at < 0 ? '' : stack.slice(at + error.message.length);
  const frame = /^\s+at (?:[^\n]*\()?((?:file:|node:|\/)[^\s()]+:\d+):\d+\)?$/m.exec(frames);
  return frame?.[1]?.replace(/^.*\/(?=(?:src|functions|node_modules)\/)/, '') ?? null;
}

/** Lets through what {@link LOGGABLE_KEYS} names and what Powertools adds about the invocation; nothing else gets out. */
class AllowListFormatter extends LogFormatter {
  override formatAttributes(attributes: UnformattedAttributes, additional: LogAttributes): LogItem {
    const { error, ...keys } = additional;
    const line: LogAttributes = {
      level: attributes.logLevel,
      message: safeText(attributes.message),
      timestamp: this.formatTimestamp(attributes.timestamp),
      service: attributes.serviceName,
      cold_start: attributes.lambdaContext?.coldStart,
      function_name: attributes.lambdaContext?.functionName,
      function_memory_size: attributes.lambdaContext?.memoryLimitInMB,
      function_request_id: attributes.lambdaContext?.awsRequestId,
      xray_trace_id: attributes.xRayTraceId,
      ...allowedOnly(keys),
    };
    if (error !== undefined) line['error'] = describeError(error);
    return new LogItem({ attributes: line });
  }
}

/** Powertools' logger with the lines going where we say. */
class LineLogger extends Logger {
  readonly #write: ((line: string) => void) | undefined;

  constructor(options: LoggerOptions) {
    super({
      serviceName: options.service,
      logFormatter: new AllowListFormatter(),
      ...(options.level === undefined ? {} : { logLevel: options.level }),
    });
    this.#write = options.write;
  }

  protected override printLog(logLevel: number, item: LogItem): void {
    if (this.#write === undefined) {
      super.printLog(logLevel, item);
      return;
    }
    item.prepareForPrint();
    this.#write(JSON.stringify(item.getAttributes()));
  }
}

/**
 * A logger that writes one JSON object a line and lets only {@link LOGGABLE_KEYS} through: promise 7 of the design.
 * Unknown keys and nested values are dropped and counted in `dropped_keys`; of foreign errors only class, code and place remain.
 */
export function createLogger(options: LoggerOptions): FunctionLog {
  const logger = new LineLogger(options);
  const withError = (keys: LogKeys | undefined, error: unknown): LogAttributes => ({ ...keys, error: wrapped(error) });
  return {
    debug: (message, keys) => logger.debug(message, { ...keys }),
    info: (message, keys) => logger.info(message, { ...keys }),
    warn: (message, keys, error) => logger.warn(message, error === undefined ? { ...keys } : withError(keys, error)),
    error: (message, error, keys) => logger.error(message, withError(keys, error)),
    addContext: (context) => logger.addContext(context),
  };
}

/** Powertools merges plain objects into the line; an error that is not an `Error` must not be merged. */
function wrapped(error: unknown): Error {
  return error instanceof Error ? error : new Error('not an error', { cause: error });
}
