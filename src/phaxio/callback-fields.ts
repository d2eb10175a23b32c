import { createHash } from 'node:crypto';
import { parseExactJson } from '../domain/exact-number.ts';
import type { Dialect } from '../landing/contract.ts';
import { isObject } from './json.ts';
import { readRecordId } from './record-id.ts';
import type { SignedContent } from './signature.ts';

/** What a callback with a good signature is about. */
export interface CallbackContent {
  readonly dialect: Dialect;
  /** `fax_completed`, `transmitting_page`, ... as sent, unknown ones too; null before v2.1. */
  readonly eventType: string | null;
  /** Whether this is an event type of the documentation; null where there is none. */
  readonly isKnownEvent: boolean | null;
  /** Id of the fax; null where it could not be read, which the loader will note. */
  readonly faxId: string | null;
  /** Lowercase hex SHA-256 of all fields and file digests: equal for every delivery of one event. */
  readonly digest: string;
  /** JSON text of `{field name: text}`, `fax` as the text it came in; no file content. */
  readonly body: string;
}

/** Why a callback with a good signature is still refused. */
export type CallbackRefusal =
  | 'repeated_field'
  | 'unknown_field'
  | 'unknown_file'
  | 'bad_field_value'
  | 'missing_fax'
  | 'bad_fax'
  | 'unknown_dialect';

/** What {@link readCallback} makes of a form. */
export type ReadCallback =
  | { readonly kind: 'callback'; readonly content: CallbackContent }
  | { readonly kind: 'refused'; readonly reason: CallbackRefusal };

const TRUTH = /^(?:true|false)$/;
const ANY_TEXT = /^/;

/**
 * The fields of every callback version and what their values look like. The signed text has no separators, so a signature
 * stays good when the border between two fields, or between a field and a file, is moved: only names of this list, each at
 * most once, with values that cannot run into the next name, leave no border to move. `message` and `metadata` are free
 * texts and may swallow what follows them; neither is ever read.
 */
const COMMON_FIELDS: Readonly<Record<string, RegExp>> = {
  fax: ANY_TEXT,
  success: TRUTH,
  is_test: TRUTH,
  direction: /^(?:sent|received)$/,
  message: ANY_TEXT,
  metadata: ANY_TEXT,
};

const FIELDS: Readonly<Record<Dialect, Readonly<Record<string, RegExp>>>> = {
  v1: COMMON_FIELDS,
  v2: COMMON_FIELDS,
  'v2.1': {
    ...COMMON_FIELDS,
    event_type: /^[a-z][a-z0-9_.]{0,63}$/,
    page: /^\d{1,6}$/,
    retry_count: /^\d{1,6}$/,
    recipient_phone_number: /^\+?[0-9]{1,20}$/,
  },
};

const FILE_NAMES: Readonly<Record<Dialect, string>> = { v1: 'filename', v2: 'file', 'v2.1': 'file' };

const KNOWN_EVENTS: ReadonlySet<string> = new Set(['fax_completed', 'transmitting_page', 'retry_scheduled']);

/**
 * Reads the fields of a callback whose signature was found good; total. The dialect is told by the shape of `fax`, since the
 * callback version is a setting of the provider's account, independent of the API version in use.
 */
export function readCallback(form: SignedContent): ReadCallback {
  const fields = new Map(form.fields.map(({ name, value }) => [name, value]));
  if (fields.size !== form.fields.length) return refused('repeated_field');
  const faxText = fields.get('fax');
  if (faxText === undefined) return refused('missing_fax');
  const fax = parseFax(faxText);
  if (fax === null) return refused('bad_fax');
  const dialect = dialectOf(fax, fields.has('event_type'));
  if (dialect === null) return refused('unknown_dialect');
  for (const [name, value] of fields) {
    const pattern = Object.hasOwn(FIELDS[dialect], name) ? FIELDS[dialect][name] : undefined;
    if (pattern === undefined) return refused('unknown_field');
    if (!pattern.test(value)) return refused('bad_field_value');
  }
  if (form.files.length > 1) return refused('repeated_field');
  if (form.files.some(({ name }) => name !== FILE_NAMES[dialect])) return refused('unknown_file');

  const eventType = fields.get('event_type') ?? null;
  const id = readRecordId(fax['id']);
  return {
    kind: 'callback',
    content: {
      dialect,
      eventType,
      isKnownEvent: eventType === null ? null : KNOWN_EVENTS.has(eventType),
      faxId: id.kind === 'read' ? id.id : null,
      digest: digestOf(form),
      body: JSON.stringify(Object.fromEntries(fields)),
    },
  };
}

function refused(reason: CallbackRefusal): ReadCallback {
  return { kind: 'refused', reason };
}

/** The fax object; null for anything that is not exactly one JSON object, and for one nested thousands of levels deep. */
function parseFax(text: string): Record<string, unknown> | null {
  try {
    const fax = parseExactJson(text);
    return isObject(fax) ? fax : null;
  } catch {
    return null;
  }
}

function dialectOf(fax: Record<string, unknown>, hasEventType: boolean): Dialect | null {
  if (Object.hasOwn(fax, 'requested_at')) return 'v1';
  if (hasEventType || Object.hasOwn(fax, 'barcodes')) return 'v2.1';
  return Object.hasOwn(fax, 'created_at') ? 'v2' : null;
}

/** JSON keeps names and values apart, so that no two forms share a digest though they may share a signature. */
function digestOf({ fields, files }: SignedContent): string {
  const names = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1);
  const parts = [
    [...fields].sort(names).map(({ name, value }) => [name, value]),
    [...files].sort(names).map(({ name, sha1 }) => [name, sha1]),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
