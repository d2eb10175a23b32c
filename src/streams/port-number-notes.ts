import { isExactNumber } from '../domain/exact-number.ts';
import { DAY_MS, HOUR_MS, type Instant, parseRfc3339 } from '../domain/time.ts';
import type { ProviderAnswer } from '../phaxio/client.ts';
import { isObject } from '../phaxio/json.ts';
import { readExactRows } from '../phaxio/listing.ts';
import { readRecordId } from '../phaxio/record-id.ts';
import { listedStream } from './listed-stream.ts';
import { PORT_SECRETS, portOrders } from './port-orders.ts';

/** How long the notes of a number are read after its order last changed: carriers write after the end, too. */
export const NOTES_TRAIL_MS = 35 * DAY_MS;

const FINAL_STATUSES: ReadonlySet<unknown> = new Set(['succeeded', 'failed']);

/**
 * Numbers whose notes are read: all in the first round; then those still being ported, and those whose order changed lately.
 * Each costs a call, and an account has ported most of its numbers years ago.
 */
function chooseNumbers(answers: readonly ProviderAnswer[], now: Instant, lastRoundAt: Instant | null): string[] {
  const chosen = new Set<string>();
  for (const order of answers.flatMap(readExactRows)) {
    if (!isObject(order) || !Array.isArray(order['port_numbers'])) continue;
    const stamp = order['updated_at'];
    const updatedAt = typeof stamp === 'string' ? parseRfc3339(stamp) : null;
    // Reckoned from the last round, so that none is missed however long ago that was.
    const isRecent = updatedAt === null || updatedAt >= Math.min(now, lastRoundAt ?? now) - NOTES_TRAIL_MS;
    for (const number of order['port_numbers'] as readonly unknown[]) {
      if (!isObject(number)) continue;
      const isUnderWay = !FINAL_STATUSES.has(number['status']);
      const id = readRecordId(isExactNumber(number['id']) ? number['id'].rawJSON : number['id']);
      if (id.kind === 'read' && (lastRoundAt === null || isUnderWay || isRecent)) chosen.add(id.id);
    }
  }
  return [...chosen].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

/**
 * What carriers and support wrote on numbers being ported; v2.1 only. A list of its own for each number, without paging.
 * @see docs/provider.md#port-number-note
 */
export const portNumberNotes = listedStream({
  name: 'port_number_notes',
  listing: {
    everyMs: 6 * HOUR_MS,
    subjects: { parent: portOrders, choose: chooseNumbers },
    request: ({ subjectId }) => ({
      operation: 'list port_number_notes',
      method: 'GET',
      path: `/port_numbers/${encodeURIComponent(subjectId ?? '')}/notes`,
      params: {},
      data: 'rows',
      mayBeMissing: true,
    }),
  },
  table: 'warehouse.port_number_notes',
  history: 'warehouse.port_number_note_history',
  scope: 'port_number_id',
  secrets: PORT_SECRETS,
  shape: {
    object: 'port_number_note',
    key: { name: 'id', column: 'note_id', form: 'id' },
    fields: [
      { name: 'note', column: 'note', form: 'text' },
      { name: 'author', column: 'author', form: 'text' },
      { name: 'created_at', column: 'created_at', form: 'stamp' },
      { name: 'updated_at', column: 'updated_at', form: 'stamp' },
    ],
  },
});
