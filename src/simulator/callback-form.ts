import { createHash } from 'node:crypto';
import { isFinalStatus } from '../domain/fax.ts';
import type { Instant } from '../domain/time.ts';
import type { SignedContent, SignedField } from '../phaxio/signature.ts';
import type { CallbackOptions } from './callback-options.ts';
import { documentOf } from './documents.ts';
import type { HttpSwitches } from './http-options.ts';
import { type FaxPlan, finishedAt, stateAt } from './plan.ts';
import { wireFax } from './wire-fax.ts';

/** Something the provider tells about a fax. */
export interface CallbackEvent {
  readonly type: 'fax_completed' | 'transmitting_page' | 'retry_scheduled';
  /** When it happened; the fax is described as of this instant, however late the delivery. */
  readonly at: Instant;
  readonly plan: FaxPlan;
  /** Inflight events only. */
  readonly recipientPhoneNumber: string | null;
  /** 1-based page for `transmitting_page`. */
  readonly page: number | null;
  /** Retries scheduled so far for `retry_scheduled`. */
  readonly retryCount: number | null;
}

/** A file part of a form. */
export interface FormFile {
  readonly name: string;
  readonly filename: string;
  readonly contentType: string;
  readonly content: Buffer;
}

/** A multipart form before it is written. */
export interface CallbackForm {
  readonly fields: readonly SignedField[];
  readonly files: readonly FormFile[];
}

/** Every event of a fax after an instant, inflight ones when asked for; the completion exists once. */
export function eventsOf(plan: FaxPlan, after: Instant, inflight: boolean): CallbackEvent[] {
  const events: CallbackEvent[] = [];
  const add = (type: CallbackEvent['type'], at: Instant, rest: Partial<CallbackEvent> = {}): void => {
    if (at > after) {
      events.push({ type, at, plan, recipientPhoneNumber: null, page: null, retryCount: null, ...rest });
    }
  };
  for (const recipient of inflight ? (plan.recipients ?? []) : []) {
    const { phoneNumber: recipientPhoneNumber, states } = recipient;
    for (const [index, state] of states.entries()) {
      const endsAt = states[index + 1]?.at ?? state.at;
      if (state.status === 'willretry') {
        add('retry_scheduled', state.at, { recipientPhoneNumber, retryCount: state.retryCount });
      }
      for (let page = 1; state.status === 'callactive' && page <= plan.pages; page++) {
        const at = Math.floor(state.at + ((page - 1) * (endsAt - state.at)) / plan.pages);
        add('transmitting_page', at, { recipientPhoneNumber, page });
      }
    }
  }
  add('fax_completed', finishedAt(plan));
  return events;
}

/** The wire object a callback carries as JSON text. */
export function callbackFax(event: CallbackEvent, options: CallbackOptions, switches: HttpSwitches): object {
  return wireFax(event.plan, event.at, options.version, switches);
}

/** The form of one event in the account's callback version; `fax` is the object to send, already altered where it is forged. */
export function buildForm(event: CallbackEvent, fax: object, options: CallbackOptions): CallbackForm {
  const { plan } = event;
  const state = stateAt(plan, event.at);
  const isV21 = options.version === 'v2.1';
  const fields: SignedField[] = [{ name: 'fax', value: JSON.stringify(fax) }];
  const add = (name: string, value: string): void => {
    fields.push({ name, value });
  };
  if (isV21) {
    add('event_type', event.type);
    if (event.recipientPhoneNumber !== null) add('recipient_phone_number', event.recipientPhoneNumber);
    if (event.page !== null) add('page', String(event.page));
    if (event.retryCount !== null) add('retry_count', String(event.retryCount));
  }
  if (!isV21 || options.v21LegacyFields) {
    const success = state.status === 'success' || state.status === 'partialsuccess';
    add('success', String(success));
    add('is_test', String(plan.isTest));
    add('direction', plan.direction);
    if (state.error !== null && isFinalStatus(state.status) && !success) add('message', state.error.message);
    if (!isV21 && plan.metadata !== null) add('metadata', plan.metadata);
  }
  const files: FormFile[] = [];
  if (plan.direction === 'received' && state.numPages > 0) {
    const small = documentOf(plan.id, plan.pages);
    const padding = Math.max(0, (options.documentBytes ?? 0) - small.length);
    files.push({
      name: options.version === 'v1' ? 'filename' : 'file',
      filename: `fax-${plan.id}.pdf`,
      contentType: 'application/pdf',
      content: padding === 0 ? small : Buffer.concat([small, Buffer.alloc(padding, 0x20)]),
    });
  }
  return { fields, files };
}

/** What of a form is signed. */
export function signedContent(form: CallbackForm): SignedContent {
  return {
    fields: form.fields,
    files: form.files.map(({ name, content }) => ({ name, sha1: createHash('sha1').update(content).digest('hex') })),
  };
}

/** Writes a form as `multipart/form-data`; fields first, then files. */
export function encodeForm(form: CallbackForm): { readonly contentType: string; readonly body: Buffer } {
  // From the content, so that the same form is the same bytes; a digest does not occur in what it was made of.
  const digest = createHash('sha256');
  for (const { value } of form.fields) digest.update(value);
  const boundary = `----simulator${digest.digest('hex').slice(0, 24)}`;
  const parts: Buffer[] = [];
  for (const { name, value } of form.fields) {
    parts.push(
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`, 'utf8'),
    );
  }
  for (const file of form.files) {
    const disposition = `Content-Disposition: form-data; name="${file.name}"; filename="${file.filename}"`;
    parts.push(Buffer.from(`--${boundary}\r\n${disposition}\r\nContent-Type: ${file.contentType}\r\n\r\n`, 'utf8'));
    parts.push(file.content, Buffer.from('\r\n'));
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`));
  return { contentType: `multipart/form-data; boundary=${boundary}`, body: Buffer.concat(parts) };
}
