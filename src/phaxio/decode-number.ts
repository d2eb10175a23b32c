import type { PhoneNumber } from '../domain/account.ts';
import type { Dialect } from '../landing/contract.ts';
import type { DecodeOptions } from './decode-fax.ts';
import { FieldReader } from './field-reader.ts';
import { type DecodedPage, openPage, UNREADABLE_PAGE } from './json.ts';
import { KnownNames, readExtra } from './open-fields.ts';
import { RecordNotes } from './record-notes.ts';

const NAMES_V1 = ['number', 'city', 'state', 'cost', 'last_billed_at', 'provisioned_at'];
const NAMES_V2 = [
  'phone_number',
  'city',
  'state',
  'country',
  'cost',
  'last_billed_at',
  'provisioned_at',
  'callback_url',
  'ata_name',
];

/**
 * Decodes one raw answer about the account's phone numbers: a listing or a single number. Never throws for content.
 * v1 carries no country, callback URL or ATA, which are null there; its stamps have no zone and are read on the clock of
 * `zone`. A record without its number is refused; a number that is none is kept as sent and named.
 */
export function decodePhoneNumbers(body: string, dialect: Dialect, options: DecodeOptions): DecodedPage<PhoneNumber> {
  const page = openPage(body, 'phone_number', options.notes);
  if (page === null) return UNREADABLE_PAGE;
  const notes = new RecordNotes(page, options.notes, 'phone_number');
  const read = new FieldReader(notes);
  const isV1 = dialect === 'v1';
  const numberField = isV1 ? 'number' : 'phone_number';
  const known = new KnownNames(isV1 ? NAMES_V1 : NAMES_V2);
  const stamp = (field: string, value: unknown) =>
    isV1 ? read.zonedStamp(field, value, options.zone) : read.stamp(field, value);
  const items = notes.decodeAll((wire): PhoneNumber | null => {
    const phoneNumber = read.phone(numberField, wire[numberField]);
    if (phoneNumber === null) {
      notes.refuseRecord('missing_phone_number');
      return null;
    }
    return {
      phoneNumber,
      city: read.text('city', wire['city']),
      state: read.text('state', wire['state']),
      country: isV1 ? null : read.text('country', wire['country']),
      costCents: read.cents('cost', wire['cost']),
      lastBilledAt: stamp('last_billed_at', wire['last_billed_at']),
      provisionedAt: stamp('provisioned_at', wire['provisioned_at']),
      callbackUrl: isV1 ? null : read.text('callback_url', wire['callback_url']),
      ataName: isV1 ? null : read.text('ata_name', wire['ata_name']),
      extra: readExtra(notes, wire, known),
    };
  });
  return { items, recordCount: page.records.length, readable: true };
}
