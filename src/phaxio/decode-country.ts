import type { Country } from '../domain/account.ts';
import type { Notes } from '../domain/notes.ts';
import type { Dialect } from '../landing/contract.ts';
import { FieldReader } from './field-reader.ts';
import { type DecodedPage, isObject, type OpenPage, openPage, rawJson, UNREADABLE_PAGE } from './json.ts';
import { KnownNames, readExtra } from './open-fields.ts';
import { RecordNotes } from './record-notes.ts';

const NAMES_V1 = ['name', 'price_per_page'];
const NAMES_V2 = ['name', 'alpha2', 'country_code', 'price_per_page', 'send_support', 'receive_support'];

/**
 * Decodes one raw answer about the rate card. Never throws for content.
 * v1 sends a map from the country's name to its price, v2 a list; what v1 does not say is null. A country without a name is refused.
 */
export function decodeCountries(
  body: string,
  dialect: Dialect,
  options: { readonly notes: Notes },
): DecodedPage<Country> {
  const opened = openPage(body, 'country', options.notes);
  if (opened === null) return UNREADABLE_PAGE;
  const isV1 = dialect === 'v1';
  const page = isV1 ? listFromMap(opened) : opened;
  const notes = new RecordNotes(page, options.notes, 'country');
  const read = new FieldReader(notes);
  const known = new KnownNames(isV1 ? NAMES_V1 : NAMES_V2);
  const items = notes.decodeAll((wire): Country | null => {
    const name = read.text('name', wire['name']);
    if (name === null || name === '') {
      notes.refuseRecord('missing_name');
      return null;
    }
    notes.setRecordId(name);
    return {
      name,
      alpha2: isV1 ? null : read.text('alpha2', wire['alpha2']),
      countryCode: isV1 ? null : read.count('country_code', wire['country_code']),
      pricePerPageCents: read.cents('price_per_page', wire['price_per_page']),
      sendSupport: isV1 ? null : read.text('send_support', wire['send_support']),
      receiveSupport: isV1 ? null : read.text('receive_support', wire['receive_support']),
      extra: readExtra(notes, wire, known),
    };
  });
  return { items, recordCount: page.records.length, readable: true };
}

/** v1's map as a list of records, each with the map's name as its `name`; an empty list is PHP's empty map. */
function listFromMap(page: OpenPage): OpenPage {
  const [map] = page.records;
  if (!isObject(map)) return page;
  const records = listOf(map);
  return {
    records,
    plain: page.plain,
    rawText: (index) => rawJson(records[index], () => page.rawText(0)),
    exact: (index) => {
      const exactMap = page.exact(0);
      return isObject(exactMap) ? listOf(exactMap)[index] : undefined;
    },
  };
}

function listOf(map: Record<string, unknown>): unknown[] {
  return Object.entries(map).map(([name, country]) => (isObject(country) ? { ...country, name } : country));
}
