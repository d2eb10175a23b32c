import { DAY_MS } from '../domain/time.ts';
import { decodeCountries } from '../phaxio/decode-country.ts';
import { pageParams } from '../phaxio/listing.ts';
import { loadCountries } from '../warehouse/load-account.ts';
import { ALL_DIALECTS, bodyTexts, provesAbsence, type Stream } from './stream.ts';

/** The provider's price list, listed whole and kept dated. @see docs/provider.md#country */
export const countries: Stream = {
  name: 'countries',
  dialects: ALL_DIALECTS,
  listing: {
    everyMs: DAY_MS,
    request: ({ dialect, page, perPage }) => {
      const operation = 'list countries';
      return dialect === 'v1'
        ? { operation, method: 'POST', path: '/supportedCountries', params: {}, data: 'object' }
        : {
            operation,
            method: 'GET',
            path: '/public/countries',
            params: pageParams(dialect, page, perPage),
            data: 'rows',
          };
    },
  },
  kinds: ['snapshot'],
  tables: [{ table: 'warehouse.rate_card', countedBy: 'country_name' }],
  decode(envelope, _settings, notes) {
    const listed = bodyTexts(envelope).flatMap((text) => decodeCountries(text, envelope.dialect, { notes }).items);
    return { write: (load) => loadCountries(load, listed, provesAbsence(notes)) };
  },
};
