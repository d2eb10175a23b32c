import { HOUR_MS } from '../domain/time.ts';
import { decodePhoneNumbers } from '../phaxio/decode-number.ts';
import { pageParams } from '../phaxio/listing.ts';
import { loadPhoneNumbers } from '../warehouse/load-account.ts';
import { ALL_DIALECTS, bodyTexts, provesAbsence, type Stream } from './stream.ts';

/** The account's phone numbers with their rent, listed whole. @see docs/provider.md#phone-number */
export const phoneNumbers: Stream = {
  name: 'phone_numbers',
  dialects: ALL_DIALECTS,
  listing: {
    everyMs: HOUR_MS,
    request: ({ dialect, page, perPage }) => ({
      operation: 'list phone numbers',
      ...(dialect === 'v1' ? { method: 'POST', path: '/numberList' } : { method: 'GET', path: '/phone_numbers' }),
      params: pageParams(dialect, page, perPage),
      data: 'rows',
    }),
  },
  kinds: ['snapshot'],
  tables: [{ table: 'warehouse.phone_numbers', gone: 'released_at' }],
  decode(envelope, settings, notes) {
    const numbers = bodyTexts(envelope).flatMap(
      (text) => decodePhoneNumbers(text, envelope.dialect, { zone: settings.v1Zone, notes }).items,
    );
    return { write: (load) => loadPhoneNumbers(load, numbers, provesAbsence(notes)) };
  },
};
