import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Busboy, type BusboyFileStream } from '@fastify/busboy';
import { FaxsyncError } from '../domain/errors.ts';
import type { SignedContent, SignedField, SignedFile } from './signature.ts';

/** What a callback's body may hold; the provider needs half of each. */
export const FORM_LIMITS = {
  fields_max: 20,
  field_bytes_max: 256 * 1024,
  field_name_bytes_max: 100,
  files_max: 2,
  file_bytes_max: 5 * 1024 * 1024,
  parts_max: 24,
  header_bytes_max: 8 * 1024,
  body_bytes_max: 6 * 1024 * 1024,
} as const;

/** Turns of the event loop without any progress after which a body counts as cut off. */
const IDLE_TURNS_MAX = 100;

/**
 * The body of a callback could not be read as a form. Never retryable; the same body fails again.
 * Codes: `form_too_large` (a limit on bytes), `form_malformed` (cut off, no boundary, too many parts, not a form).
 * Context holds the `fault`; never anything of the body.
 */
export class FormError extends FaxsyncError {}

function malformed(fault: string, cause?: unknown): FormError {
  return new FormError(`The callback's body is not a form that can be read: ${fault}. It was dropped.`, {
    code: 'form_malformed',
    context: { fault },
    cause,
  });
}

function tooLarge(fault: string): FormError {
  return new FormError(`The callback is too large: ${fault}. It was dropped; polling will find the fax.`, {
    code: 'form_too_large',
    context: { fault },
  });
}

/**
 * Reads a `multipart/form-data` (or urlencoded) body: fields as text, files as their SHA-1 only, both in order of arrival.
 * The content of files is hashed on its way through and kept nowhere. Repeated names are all there; names are not judged.
 * @throws {FormError} for anything over {@link FORM_LIMITS} and for every body that ends too early or is no form.
 */
export async function readForm(body: Uint8Array, contentType: string | null | undefined): Promise<SignedContent> {
  if (body.byteLength > FORM_LIMITS.body_bytes_max) throw tooLarge('body_bytes');
  const parser = createParser(contentType ?? '');
  const fields: SignedField[] = [];
  const files: SignedFile[] = [];
  let progress = 0;
  let fault: FormError | null = null;
  let isFinished = false;
  const fail = (error: FormError) => {
    fault ??= error;
  };

  parser.on('field', (name: string | undefined, value, isNameCut, isValueCut) => {
    progress += 1;
    if (isValueCut) fail(tooLarge('field_bytes'));
    else if (isNameCut || name === undefined || name === '' || name.length > FORM_LIMITS.field_name_bytes_max) {
      fail(malformed('field_name'));
    } else if (fields.push({ name, value }) > FORM_LIMITS.fields_max) fail(malformed('too_many_fields'));
  });
  parser.on('file', (name: string | undefined, stream: BusboyFileStream) => {
    progress += 1;
    // Without a listener on each stream, a body cut off inside a file would end the process.
    stream.on('error', (error) => fail(malformed('cut_off', error)));
    if (name === undefined || name === '') fail(malformed('file_name'));
    const sha1 = createHash('sha1');
    // Room is taken at once: the order is that of arrival, not of the ends.
    const place = files.push({ name: name ?? '', sha1: '' }) - 1;
    stream.on('data', (chunk: Uint8Array) => {
      progress += 1;
      sha1.update(chunk);
    });
    stream.on('limit', () => fail(tooLarge('file_bytes')));
    stream.on('end', () => {
      progress += 1;
      files[place] = { name: name ?? '', sha1: sha1.digest('hex') };
    });
  });
  parser.on('partsLimit', () => fail(malformed('too_many_parts')));
  parser.on('fieldsLimit', () => fail(malformed('too_many_fields')));
  parser.on('filesLimit', () => fail(malformed('too_many_files')));
  parser.on('error', (error) => fail(malformed('cut_off', error)));
  parser.on('finish', () => {
    isFinished = true;
  });

  parser.end(body);
  let idleTurns = 0;
  let seen = -1;
  while (!isFinished && fault === null) {
    // The whole body is in memory, so every turn makes progress or none ever will.
    idleTurns = progress === seen ? idleTurns + 1 : 0;
    seen = progress;
    if (idleTurns > IDLE_TURNS_MAX) fail(malformed('cut_off'));
    await nextTurn();
  }
  if (fault !== null) throw fault;
  return { fields, files };
}

function createParser(contentType: string): InstanceType<typeof Busboy> {
  if (!/^(?:multipart\/form-data|application\/x-www-form-urlencoded)\b/i.test(contentType)) {
    throw malformed('content_type');
  }
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: {
        // One more than allowed: at its limit, the urlencoded parser drops fields without a word.
        fields: FORM_LIMITS.fields_max + 1,
        fieldSize: FORM_LIMITS.field_bytes_max,
        fieldNameSize: FORM_LIMITS.field_name_bytes_max,
        files: FORM_LIMITS.files_max,
        fileSize: FORM_LIMITS.file_bytes_max,
        parts: FORM_LIMITS.parts_max,
        headerPairs: 20,
        headerSize: FORM_LIMITS.header_bytes_max,
      },
    });
  } catch (error) {
    throw malformed('boundary', error);
  }
}
