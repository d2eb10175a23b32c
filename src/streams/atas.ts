import { HOUR_MS } from '../domain/time.ts';
import type { Secrets } from '../phaxio/secret-names.ts';
import { listedStream, pagedList } from './listed-stream.ts';

/**
 * What an adapter registers with. The provider sends it when it was made or renewed, and on request; the address an adapter registers
 * from begins with its user name.
 */
export const ATA_SECRETS: Secrets = {
  words: [
    'password',
    'passwd',
    'pwd',
    'passcode',
    'passphrase',
    'secret',
    'credential',
    'username',
    'user name',
    'token',
    'api key',
  ],
  lastWords: ['user', 'login', 'pass', 'auth id'],
  sipAddresses: ['uri', 'contact', 'aor'],
};

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
  secrets: ATA_SECRETS,
  shape: {
    object: 'ata',
    key: { name: 'id', column: 'ata_id', form: 'id' },
    dropped: ['username', 'password'],
    fields: [
      { name: 'name', column: 'name', form: 'text' },
      { name: 'description', column: 'description', form: 'text' },
      { name: 'user_phone_number', column: 'user_phone_number', form: 'phone' },
      { name: 'domain', column: 'domain', form: 'text' },
      { name: 'mac_address', column: 'mac_address', form: 'text' },
      { name: 'last_registered', column: 'last_registered_at', form: 'stamp' },
      { name: 'expiry_time', column: 'expires_at', form: 'stamp' },
      { name: 'user_agent', column: 'user_agent', form: 'text' },
      { name: 'sip_uri', column: 'sip_uri', form: 'text' },
      { name: 'group', column: 'group_name', form: 'text' },
    ],
  },
});
