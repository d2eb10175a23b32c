import { FaxsyncError } from '../domain/errors.ts';
import type { Instant } from '../domain/time.ts';
import { CALLBACK_DEFAULTS, type CallbackOptions } from './callback-options.ts';
import { FaultRequestError, parseFault } from './faults.ts';
import { type ApiRequest, errorReply, jsonReply, notFound, type Reply } from './http-message.ts';

/** What the control endpoints may touch. */
export interface ControlParts {
  readonly now: () => Instant;
  /** Moves the clock forward; null when this clock cannot be moved. */
  readonly advance: ((ms: number) => void) | null;
  readonly truth: (at: Instant) => object;
  /** The rows of one list by key; see `World.objectsAt`. */
  readonly objects: (stream: string, at: Instant) => ReadonlyMap<string, object>;
  /** Loses an object from its list; see `World.removeObject`. */
  readonly removeObject: (stream: string, key: string, at: Instant, until?: Instant) => void;
  readonly stats: () => object;
  readonly faults: {
    add(fault: ReturnType<typeof parseFault>): number;
    remove(id: number): boolean;
    clear(): void;
    list(): readonly object[];
  };
  /** Hands out the callbacks that are due; returns how many attempts were made. */
  readonly deliverCallbacks: () => Promise<number>;
  readonly configureCallbacks: (change: Partial<CallbackOptions>) => void;
  readonly forgeries: () => readonly object[];
  /** Refuses connections for a time, from right after this answer. */
  readonly refuse: (realMs: number) => void;
  readonly requests: () => readonly object[];
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new FaultRequestError('The body is not JSON.', { code: 'control_malformed', cause });
  }
}

function advanceClock(parts: ControlParts, value: unknown): Reply {
  if (parts.advance === null) return errorReply(409, 'The clock of this simulator cannot be moved.');
  const wish = value as { advance_ms?: unknown; to?: unknown };
  const ms = typeof wish.to === 'number' ? wish.to - parts.now() : wish.advance_ms;
  if (typeof ms !== 'number' || !(ms >= 0)) {
    return errorReply(422, 'Give advance_ms (0 or more) or to (an instant in ms that is not in the past).');
  }
  parts.advance(ms);
  return clockReply(parts);
}

/** Callback options from JSON; every field must be a known one of the type of its default, `url` and `token` may be null. */
function parseCallbackOptions(value: unknown): Partial<CallbackOptions> {
  const known: Record<string, unknown> = { ...CALLBACK_DEFAULTS, url: '', token: '', documentBytes: 0 };
  for (const [name, part] of Object.entries(value ?? {})) {
    const isNullable = name === 'url' || name === 'token' || name === 'documentBytes';
    const fits = Object.hasOwn(known, name) && (typeof part === typeof known[name] || (isNullable && part === null));
    if (!fits) {
      throw new FaultRequestError(`The callback option "${name.slice(0, 40)}" is unknown or of the wrong type.`, {
        code: 'control_malformed',
      });
    }
  }
  return value as Partial<CallbackOptions>;
}

function clockReply(parts: ControlParts): Reply {
  const now = parts.now();
  return jsonReply(200, { now, now_iso: new Date(now).toISOString() });
}

async function handle(parts: ControlParts, request: ApiRequest, body: Buffer): Promise<Reply> {
  switch (`${request.method} ${request.path[0] ?? ''}`) {
    case 'GET clock':
      return clockReply(parts);
    case 'POST clock':
      return advanceClock(parts, parseJson(body));
    case 'GET truth': {
      const at = request.params.get('at');
      return jsonReply(200, parts.truth(at === null ? parts.now() : Number(at)));
    }
    case 'GET objects': {
      const at = request.params.get('at');
      const rows = parts.objects(request.path[1] ?? '', at === null ? parts.now() : Number(at));
      return jsonReply(200, Object.fromEntries(rows));
    }
    case 'DELETE objects': {
      const until = request.params.get('until');
      const [, stream = '', key = ''] = request.path;
      parts.removeObject(stream, key, parts.now(), until === null ? undefined : Number(until));
      return jsonReply(200, { removed: key });
    }
    case 'GET stats':
      return jsonReply(200, parts.stats());
    case 'GET requests':
      return jsonReply(200, { requests: parts.requests() });
    case 'GET faults':
      return jsonReply(200, { faults: parts.faults.list() });
    case 'POST faults': {
      const value = parseJson(body);
      const ids = (Array.isArray(value) ? value : [value]).map(parseFault).map((fault) => parts.faults.add(fault));
      return jsonReply(200, { ids });
    }
    case 'DELETE faults': {
      const id = request.path[1];
      if (id === undefined) parts.faults.clear();
      else if (!parts.faults.remove(Number(id))) return notFound();
      return jsonReply(200, { faults: parts.faults.list() });
    }
    case 'POST outage': {
      const wish = parseJson(body) as { real_ms?: unknown };
      if (typeof wish.real_ms !== 'number') return errorReply(422, 'Give real_ms, how long connections are refused.');
      parts.refuse(wish.real_ms);
      return jsonReply(200, { refusing_ms: wish.real_ms });
    }
    case 'GET forgeries':
      return jsonReply(200, { forgeries: parts.forgeries() });
    case 'POST callbacks':
      parts.configureCallbacks(parseCallbackOptions(parseJson(body)));
      return jsonReply(200, { delivered: await parts.deliverCallbacks() });
    default:
      return notFound();
  }
}

/**
 * Answers `/__simulator/...`, on the loopback interface like everything else:
 * GET clock, POST clock {advance_ms | to}, GET truth(?at=), GET objects/:stream(?at=), DELETE objects/:stream/:key(?until=), GET stats, GET requests, GET/POST/DELETE faults, POST outage {real_ms},
 * POST callbacks {options to change} (then delivers what is due), GET forgeries.
 */
export async function answerControl(parts: ControlParts, request: ApiRequest, body: Buffer): Promise<Reply> {
  try {
    return await handle(parts, request, body);
  } catch (error) {
    if (error instanceof FaxsyncError) return errorReply(422, error.message);
    throw error;
  }
}
