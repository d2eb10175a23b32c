import { decodeCountries } from '../phaxio/decode-country.ts';
import { loadCountries } from '../warehouse/load-account.ts';
import { bodyTexts, provesAbsence, type Stream } from './stream.ts';

/** The provider's price list, listed whole and kept dated. @see docs/provider.md#country */
export const countries: Stream = {
  name: 'countries',
  shape: 'snapshot',
  kinds: ['snapshot'],
  decode(envelope, _settings, notes) {
    const listed = bodyTexts(envelope).flatMap((text) => decodeCountries(text, envelope.dialect, { notes }).items);
    return { write: (load) => loadCountries(load, listed, provesAbsence(notes)) };
  },
};
