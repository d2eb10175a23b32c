import { phaxCodeIdentifier } from '../domain/phax-code.ts';
import type { ProviderRequest } from '../phaxio/client.ts';
import { columnValue, type DecodedObject, decodeObjects, fields, type ObjectShape } from '../phaxio/decode-object.ts';
import { HTTP_NOT_FOUND } from '../phaxio/listing.ts';
import { loadPhaxCodes, type PhaxCodeRow } from '../warehouse/load-phax-codes.ts';
import { NOTHING_WRITTEN } from '../warehouse/load-transaction.ts';
import { bodyTexts, SINCE_V21, type Stream } from './stream.ts';

const SHAPE: ObjectShape = {
  object: 'phax_code',
  key: { name: 'identifier', form: 'text' },
  fields: [...fields('text', 'metadata'), ...fields('stamp', 'created_at')],
};

/**
 * PhaxCodes that a barcode of a received fax names; v2.1 only. The provider has no list of them: each is looked up once, by the
 * identifier that the loader puts on the watch list. One that the provider does not know (404) leaves no row.
 * @see docs/adr/0017-watch-any-object.md
 */
export const phaxCodes: Stream = {
  name: 'phax_codes',
  dialects: SINCE_V21,
  kinds: ['lookup'],
  listing: null,
  tables: [{ table: 'warehouse.phax_codes' }],
  decode(envelope, _settings, notes) {
    if (envelope.bodies.every(({ status }) => status === HTTP_NOT_FOUND)) return { write: async () => NOTHING_WRITTEN };
    const decoded = bodyTexts(envelope).flatMap((text) => decodeObjects(text, SHAPE, notes).items);
    const rows = decoded.flatMap((code) => {
      const identifier = phaxCodeIdentifier(code.key);
      if (identifier !== null) return [rowOf(identifier, code)];
      notes.reject({
        scope: 'record',
        object: SHAPE.object,
        recordId: null,
        path: '$.identifier',
        reason: 'unusable_identifier',
        raw: JSON.stringify(code.key),
      });
      return [];
    });
    return { write: (load) => loadPhaxCodes(load, rows) };
  },
};

function rowOf(identifier: string, code: DecodedObject): PhaxCodeRow {
  const metadata = columnValue(SHAPE, code, 'metadata');
  const createdAt = columnValue(SHAPE, code, 'created_at');
  return {
    identifier,
    metadata: typeof metadata === 'string' ? metadata : null,
    createdAt: typeof createdAt === 'number' ? createdAt : null,
    extra: code.extra,
  };
}

/** Asks for one PhaxCode; a 404 is an answer. `identifier` as {@link phaxCodeIdentifier} gives it. */
export function readPhaxCodeRequest(identifier: string): ProviderRequest {
  return {
    operation: 'read phax_code',
    method: 'GET',
    path: `/phax_codes/${encodeURIComponent(identifier)}`,
    params: {},
    data: 'object',
    mayBeMissing: true,
  };
}
