import { FaxsyncError } from '../domain/errors.ts';
import type { Instant } from '../domain/time.ts';
import { FaultRequestError, parseFault } from './faults.ts';
import { type ApiRequest, errorReply, jsonReply, notFound, type Reply } from './http-message.ts';

/** What the control endpoints may touch. */
export interface ControlParts {
  readonly now: () => Instant;
  /** Moves the clock forward; null when this clock cannot be moved. */
  readonly advance: ((ms: number) => void) | null;
  readonly truth: (at: Instant) => object;
  readonly stats: () => object;
  readonly faults: {
    add(fault: ReturnType<typeof parseFault>): number;
    remove(id: number): boolean;
    clear(): void;
    list(): readonly object[];
  };
  /** Hands out the callbacks that are due; returns how many deliveries were made. */
  readonly deliverCallbacks: () => Promise<number>;
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
    case 'POST callbacks':
      return jsonReply(200, { delivered: await parts.deliverCallbacks() });
    default:
      return notFound();
  }
}

/**
 * Answers `/__simulator/...`, on the loopback interface like everything else:
 * GET clock, POST clock {advance_ms | to}, GET truth(?at=), GET stats, GET requests, GET/POST/DELETE faults, POST callbacks.
 */
export async function answerControl(parts: ControlParts, request: ApiRequest, body: Buffer): Promise<Reply> {
  try {
    return await handle(parts, request, body);
  } catch (error) {
    if (error instanceof FaxsyncError) return errorReply(422, error.message);
    throw error;
  }
}
