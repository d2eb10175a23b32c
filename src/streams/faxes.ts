import { hashFax } from '../domain/content-hash.ts';
import type { Fax } from '../domain/fax.ts';
import type { Envelope } from '../landing/contract.ts';
import { decodeFaxes } from '../phaxio/decode-fax.ts';
import { HTTP_NOT_FOUND } from '../phaxio/listing.ts';
import { loadFaxes, recordAbsentFax } from '../warehouse/load-faxes.ts';
import { ALL_DIALECTS, bodyTexts, type Stream } from './stream.ts';

/** The JSON of the fax in each body: the answer itself, or the `fax` field of a callback. */
function faxTexts(envelope: Envelope): string[] {
  const texts = bodyTexts(envelope);
  if (envelope.kind !== 'callback') return texts;
  return texts.map((text) => {
    let fields: unknown;
    try {
      fields = JSON.parse(text);
    } catch {
      // Not what our endpoint lands; the decoder sets it aside as a page it cannot read.
      return text;
    }
    const fax = typeof fields === 'object' && fields !== null && 'fax' in fields ? fields.fax : null;
    return typeof fax === 'string' ? fax : '';
  });
}

function isAbsent(envelope: Envelope): boolean {
  return envelope.kind === 'lookup' && envelope.bodies.every(({ status }) => status === HTTP_NOT_FOUND);
}

/**
 * Faxes with their recipients and barcodes: listed by slices of creation time, looked up by id, told by callbacks.
 * v1, v2 and v2.1 give the same canonical fax. @see docs/provider.md#fax
 */
export const faxes: Stream = {
  name: 'faxes',
  dialects: ALL_DIALECTS,
  listing: null,
  kinds: ['slice', 'lookup', 'callback'],
  tables: [{ table: 'warehouse.faxes', gone: 'gone_at_source_at' }],
  decode(envelope, settings, notes) {
    const { subjectId } = envelope;
    if (isAbsent(envelope) && subjectId !== null) return { write: (load) => recordAbsentFax(load, subjectId) };
    const decoded: Fax[] = [];
    let isReadable = true;
    for (const text of faxTexts(envelope)) {
      const page = decodeFaxes(text, envelope.dialect, { zone: settings.v1Zone, notes });
      isReadable &&= page.readable;
      for (const fax of page.items) decoded.push(fax);
    }
    return { write: (load) => loadFaxes(load, decoded, hashFax, isReadable) };
  },
};
