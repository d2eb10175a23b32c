import { HOUR_MS } from '../domain/time.ts';
import { decodeAccountStatus } from '../phaxio/decode-account.ts';
import { loadAccountStatus } from '../warehouse/load-account.ts';
import { ALL_DIALECTS, bodyTexts, type Stream } from './stream.ts';

/** The account's balance and fax counters, one look each time. @see docs/provider.md#account */
export const accountStatus: Stream = {
  name: 'account_status',
  dialects: ALL_DIALECTS,
  listing: {
    everyMs: HOUR_MS,
    request: ({ dialect }) => ({
      operation: 'read account status',
      ...(dialect === 'v1' ? { method: 'POST', path: '/accountStatus' } : { method: 'GET', path: '/account/status' }),
      params: {},
      data: 'object',
    }),
  },
  kinds: ['snapshot'],
  tables: [{ table: 'warehouse.account_snapshots', countedBy: 'account_id' }],
  decode(envelope, _settings, notes) {
    const [status] = bodyTexts(envelope).flatMap(
      (text) => decodeAccountStatus(text, envelope.dialect, { notes }).items,
    );
    return { write: (load) => loadAccountStatus(load, status ?? null) };
  },
};
