import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';
import type { Context } from 'aws-lambda';
import type { Log, LogKeys } from '../domain/log.ts';
import { allowedOnly, describeError, safeText } from './shown-error.ts';

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

/** Lets through what `LOGGABLE_KEYS` names and what Powertools adds about the invocation; nothing else gets out. */
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
 * A logger that writes one JSON object a line and lets only `LOGGABLE_KEYS` through: promise 7 of the design.
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
