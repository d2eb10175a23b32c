import { HOUR_MS } from '../domain/time.ts';
import { fields } from '../phaxio/decode-object.ts';
import { listedStream, pagedList } from './listed-stream.ts';

/**
 * Analog telephone adapters; v2.1 only. Recorded answers have more fields than the page on the object, which lists `domain` twice (the
 * second is `mac_address`). Every look is a change where an adapter has registered since, so they are taken less often than numbers.
 * @see docs/provider.md#ata
 */
export const atas = listedStream({
  name: 'atas',
  listing: pagedList('atas', '/atas', 6 * HOUR_MS),
  table: 'warehouse.atas',
  history: 'warehouse.ata_history',
  shape: {
    object: 'ata',
    key: { name: 'id', column: 'ata_id', form: 'id' },
    dropped: ['username', 'password'],
    fields: [
      ...fields('text', 'name', 'description'),
      { name: 'user_phone_number', form: 'phone' },
      ...fields('text', 'domain', 'mac_address'),
      { name: 'last_registered', column: 'last_registered_at', form: 'stamp' },
      { name: 'expiry_time', column: 'expires_at', form: 'stamp' },
      ...fields('text', 'user_agent', 'sip_uri'),
      { name: 'group', column: 'group_name', form: 'text' },
    ],
  },
});
