import { decodePhoneNumbers } from '../phaxio/decode-number.ts';
import { loadPhoneNumbers } from '../warehouse/load-account.ts';
import { bodyTexts, provesAbsence, type Stream } from './stream.ts';

/** The account's phone numbers with their rent, listed whole. @see docs/provider.md#phone-number */
export const phoneNumbers: Stream = {
  name: 'phone_numbers',
  shape: 'snapshot',
  kinds: ['snapshot'],
  decode(envelope, settings, notes) {
    const numbers = bodyTexts(envelope).flatMap(
      (text) => decodePhoneNumbers(text, envelope.dialect, { zone: settings.v1Zone, notes }).items,
    );
    return { write: (load) => loadPhoneNumbers(load, numbers, provesAbsence(notes)) };
  },
};
