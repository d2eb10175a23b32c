import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { assertInvariant } from '../domain/errors.ts';
import type { RawBody } from '../domain/raw-body.ts';
import type { Dialect, Envelope, LandedKind, TimeWindow } from './contract.ts';
import { unreadableObject } from './errors.ts';
import { landingKey, parseLandingKey } from './key.ts';

const gzipAsync = promisify(gzip);
const gunzipAsync = promisify(gunzip);

/** Largest envelope, in bytes of JSON: some 300 full pages. A larger one is refused when written and when read. */
export const ENVELOPE_BYTES_MAX = 256 * 1024 * 1024;

/** zlib level of landed objects: a page of 1,000 faxes takes a third of the default level's time (1.0 ms) for a sixth more bytes. */
const GZIP_LEVEL = 1;
/** Offset of "operating system" in a gzip header, and its value for "unknown": otherwise bytes would tell Linux from macOS. */
const GZIP_OS_OFFSET = 9;
const GZIP_OS_UNKNOWN = 255;

/** An envelope ready to be stored. */
export interface EncodedEnvelope {
  readonly key: string;
  /** Gzip of the envelope's JSON; the same envelope gives the same bytes with the same build of zlib. */
  readonly bytes: Uint8Array;
}

/** Writes the fields in one fixed order, whatever object they came in, and no others. */
function toJson(envelope: Envelope): string {
  const { window } = envelope;
  return JSON.stringify({
    version: envelope.version,
    account: envelope.account,
    stream: envelope.stream,
    dialect: envelope.dialect,
    kind: envelope.kind,
    window: window === null ? null : { after: window.after, before: window.before },
    pass: envelope.pass,
    observation: envelope.observation,
    requestedAt: envelope.requestedAt,
    respondedAt: envelope.respondedAt,
    subjectId: envelope.subjectId,
    eventType: envelope.eventType,
    digest: envelope.digest,
    bodies: envelope.bodies.map(({ status, encoding, body }) => ({ status, encoding, body })),
  });
}

/**
 * Turns an envelope into its key and bytes.
 * @throws {InvariantError} for parts that cannot stand in a key, or beyond {@link ENVELOPE_BYTES_MAX}.
 */
export async function encodeEnvelope(envelope: Envelope): Promise<EncodedEnvelope> {
  const json = Buffer.from(toJson(envelope), 'utf8');
  const { account, stream, observation } = envelope;
  assertInvariant(json.length <= ENVELOPE_BYTES_MAX, 'an envelope is larger than what can be read back', {
    account,
    stream,
    observation,
    bytes: json.length,
  });
  const bytes = await gzipAsync(json, { level: GZIP_LEVEL });
  bytes[GZIP_OS_OFFSET] = GZIP_OS_UNKNOWN;
  return { key: landingKey(envelope, json), bytes };
}

/**
 * Reads the bytes stored under `key`. Checks the version, every field's form, and that key and content speak of the same look.
 * @throws {LandingError} code `landed_object_unreadable`, naming the fault: cut or altered bytes, no JSON, an unknown version,
 *   a field of the wrong form, a foreign key.
 */
export async function decodeEnvelope(key: string, bytes: Uint8Array): Promise<Envelope> {
  const json = await gunzipAsync(bytes, { maxOutputLength: ENVELOPE_BYTES_MAX }).catch((cause: unknown) => {
    throw unreadableObject(key, gunzipFault(cause), cause);
  });
  let value: unknown;
  try {
    value = JSON.parse(json.toString('utf8'));
  } catch {
    // Without the cause: a SyntaxError quotes the text around the fault.
    throw unreadableObject(key, 'its content is not JSON');
  }
  const envelope = readEnvelope(key, value);
  const parts = parseLandingKey(key);
  const isSame =
    parts !== null &&
    parts.account === envelope.account &&
    parts.observation === envelope.observation &&
    parts.stream === envelope.stream &&
    parts.kind === envelope.kind;
  if (!isSame) throw unreadableObject(key, 'its content belongs to another key');
  return envelope;
}

function gunzipFault(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  if (code === 'ERR_BUFFER_TOO_LARGE') return `it unpacks to more than ${ENVELOPE_BYTES_MAX} bytes`;
  if (code === 'Z_BUF_ERROR') return 'its end is cut off';
  return 'its bytes are not a whole gzip stream';
}

type Fields = Readonly<Record<string, unknown>>;

const DIALECTS: ReadonlySet<unknown> = new Set<Dialect>(['v1', 'v2', 'v2.1']);
const KINDS: ReadonlySet<unknown> = new Set<LandedKind>(['slice', 'snapshot', 'lookup', 'callback']);
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
const isInstant = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isStatus = (value: unknown): value is number | null => value === null || isWhole(value);
const isDialect = (value: unknown): value is Dialect => DIALECTS.has(value);
const isKind = (value: unknown): value is LandedKind => KINDS.has(value);
const isEncoding = (value: unknown): value is RawBody['encoding'] => value === 'utf8' || value === 'base64';
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** Reads one object of the JSON field by field; the first field of a wrong form ends it. */
function fieldsOf(key: string, where: string, value: unknown) {
  if (!isFields(value)) throw unreadableObject(key, `${where} is not an object`);
  return <Form>(name: string, isForm: (value: unknown) => value is Form): Form => {
    const field = Object.hasOwn(value, name) ? value[name] : undefined;
    if (!isForm(field)) throw unreadableObject(key, `${where}.${name} is ${field === undefined ? 'missing' : 'wrong'}`);
    return field;
  };
}

function readEnvelope(key: string, value: unknown): Envelope {
  const field = fieldsOf(key, 'envelope', value);
  const version = field('version', isWhole);
  if (version !== 1) {
    throw unreadableObject(
      key,
      `it has version ${version}, and this release reads version 1 only; use a newer release`,
    );
  }
  return {
    version,
    account: field('account', isText),
    stream: field('stream', isText),
    dialect: field('dialect', isDialect),
    kind: field('kind', isKind),
    window: readWindow(
      key,
      field('window', (window): window is unknown => window !== undefined),
    ),
    pass: field('pass', isTextOrNull),
    observation: field('observation', isWhole),
    requestedAt: field('requestedAt', isInstant),
    respondedAt: field('respondedAt', isInstant),
    subjectId: field('subjectId', isTextOrNull),
    eventType: field('eventType', isTextOrNull),
    digest: field('digest', isTextOrNull),
    bodies: field('bodies', isList).map((body, index) => readBody(key, `envelope.bodies[${index}]`, body)),
  };
}

function readWindow(key: string, value: unknown): TimeWindow | null {
  if (value === null) return null;
  const field = fieldsOf(key, 'envelope.window', value);
  return { after: field('after', isInstant), before: field('before', isInstant) };
}

function readBody(key: string, where: string, value: unknown): RawBody {
  const field = fieldsOf(key, where, value);
  const body = {
    status: field('status', isStatus),
    encoding: field('encoding', isEncoding),
    body: field('body', isText),
  };
  if (body.encoding === 'base64' && !BASE64.test(body.body)) throw unreadableObject(key, `${where}.body is not base64`);
  return body;
}
