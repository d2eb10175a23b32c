import { DAY_MS } from '../domain/time.ts';
import { fields } from '../phaxio/decode-object.ts';
import { guessedList, listedStream } from './listed-stream.ts';

/** Addresses of number owners; v2.1 only. How to list them is not documented. @see docs/provider.md#address */
export const addresses = listedStream({
  name: 'addresses',
  listing: guessedList('addresses', '/addresses', DAY_MS),
  table: 'warehouse.addresses',
  history: 'warehouse.address_history',
  shape: {
    object: 'address',
    key: { name: 'id', column: 'address_id', form: 'id' },
    fields: [
      { name: 'end_subscriber_type', form: 'word', known: new Set(['company', 'individual']) },
      ...fields('text', 'company_name', 'first_name', 'last_name'),
      { name: 'phone_number', form: 'phone' },
      ...fields('text', 'email_address', 'vat_number', 'street', 'street_number', 'residence', 'floor', 'box'),
      ...fields('text', 'postal_code', 'city', 'state', 'country', 'service_usage'),
    ],
  },
});
