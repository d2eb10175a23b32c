import { accountStatus } from './account-status.ts';
import { countries } from './countries.ts';
import { faxes } from './faxes.ts';
import { phoneNumbers } from './phone-numbers.ts';
import type { Stream } from './stream.ts';

/** Every stream that is mirrored, by name. */
export const STREAMS: ReadonlyMap<string, Stream> = new Map(
  [faxes, phoneNumbers, accountStatus, countries].map((stream) => [stream.name, stream]),
);

/** Objects the provider documents that are not mirrored yet, with what they are; `faxsync status` lists them. */
export const STREAMS_NOT_YET: ReadonlyMap<string, string> = new Map([
  ['port_orders', 'orders to bring numbers from another carrier (v2.1)'],
  ['port_numbers', 'numbers of a port order (v2.1)'],
  ['port_number_notes', 'notes on a number being ported (v2.1)'],
  ['atas', 'analog telephone adapters (v2.1)'],
  ['detected_atas', 'adapters the provider saw by itself (undocumented)'],
  ['blocking_rules', 'numbers that may not send or receive (v2.1)'],
  ['addresses', 'addresses of number owners (undocumented)'],
]);
