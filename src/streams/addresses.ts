import { DAY_MS } from '../domain/time.ts';
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
      {
        name: 'end_subscriber_type',
        column: 'end_subscriber_type',
        form: 'word',
        known: new Set(['company', 'individual']),
      },
      { name: 'company_name', column: 'company_name', form: 'text' },
      { name: 'first_name', column: 'first_name', form: 'text' },
      { name: 'last_name', column: 'last_name', form: 'text' },
      { name: 'phone_number', column: 'phone_number', form: 'phone' },
      { name: 'email_address', column: 'email_address', form: 'text' },
      { name: 'vat_number', column: 'vat_number', form: 'text' },
      { name: 'street', column: 'street', form: 'text' },
      { name: 'street_number', column: 'street_number', form: 'text' },
      { name: 'residence', column: 'residence', form: 'text' },
      { name: 'floor', column: 'floor', form: 'text' },
      { name: 'box', column: 'box', form: 'text' },
      { name: 'postal_code', column: 'postal_code', form: 'text' },
      { name: 'city', column: 'city', form: 'text' },
      { name: 'state', column: 'state', form: 'text' },
      { name: 'country', column: 'country', form: 'text' },
      { name: 'service_usage', column: 'service_usage', form: 'text' },
    ],
  },
});
