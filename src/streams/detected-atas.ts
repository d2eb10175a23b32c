import { DAY_MS } from '../domain/time.ts';
import { guessedList, listedStream } from './listed-stream.ts';

/** Adapters the provider noticed by itself; v2.1 only. How to list them is not documented. @see docs/provider.md#detected-ata */
export const detectedAtas = listedStream({
  name: 'detected_atas',
  listing: guessedList('detected_atas', '/atas/detected', DAY_MS),
  table: 'warehouse.detected_atas',
  history: 'warehouse.detected_ata_history',
  shape: {
    object: 'detected_ata',
    key: { name: 'mac_address', form: 'text' },
    fields: [
      { name: 'user_agent', form: 'text' },
      { name: 'last_seen', column: 'last_seen_at', form: 'stamp' },
    ],
  },
});
