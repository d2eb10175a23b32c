import type { Fax } from '../../src/domain/fax.ts';
import { Notes } from '../../src/domain/notes.ts';
import type { Dialect } from '../../src/landing/contract.ts';
import { decodeFaxes } from '../../src/phaxio/decode-fax.ts';

/** Decodes the members of one fax, written as JSON text behind its id. */
export function decodeOne(members: string, dialect: Dialect = 'v2.1') {
  return decodeBody(members === '' ? '{"id":5}' : `{"id":5,${members}}`, dialect);
}

/** Decodes a whole body; refusals and drift come as tuples. */
export function decodeBody(body: string, dialect: Dialect = 'v2.1') {
  const notes = new Notes();
  const page = decodeFaxes(body, dialect, { zone: 'America/Chicago', notes });
  const refused = notes.rejections.map(({ scope, path, reason, raw }) => [scope, path, reason, raw]);
  const drift = notes.driftNotes().map(({ object, field, kind, detail }) => [object, field, kind, detail]);
  return { page, fax: page.items[0] as Fax, notes, refused, drift };
}
