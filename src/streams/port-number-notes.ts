import { Notes } from '../domain/notes.ts';
import { bodyText } from '../domain/raw-body.ts';
import { DAY_MS, HOUR_MS, type Instant } from '../domain/time.ts';
import type { ProviderAnswer } from '../phaxio/client.ts';
import { columnValue, decodeObjects, fields } from '../phaxio/decode-object.ts';
import { listedStream } from './listed-stream.ts';
import { NUMBER_SHAPE, ORDER_SHAPE, PORT_FINAL_STATUSES, portOrders } from './port-orders.ts';

/** How long the notes of a number are read after its order last changed: carriers write after the end, too. */
export const NOTES_TRAIL_MS = 35 * DAY_MS;

/**
 * Numbers whose notes are read: all in the first round; then those still being ported, and those whose order changed lately.
 * Each costs a call, and an account has ported most of its numbers years ago.
 */
function chooseNumbers(answers: readonly ProviderAnswer[], now: Instant, lastRoundAt: Instant | null): string[] {
  const chosen = new Set<string>();
  // Whoever loads the orders notes what is odd about them.
  const orders = answers.flatMap(({ raw }) => decodeObjects(bodyText(raw), ORDER_SHAPE, new Notes()).items);
  for (const order of orders) {
    const updatedAt = columnValue(ORDER_SHAPE, order, 'updated_at');
    // Reckoned from the last round, so that none is missed however long ago that was.
    const isRecent = updatedAt === null || Number(updatedAt) >= Math.min(now, lastRoundAt ?? now) - NOTES_TRAIL_MS;
    for (const number of order.list ?? []) {
      const isUnderWay = !PORT_FINAL_STATUSES.has(String(columnValue(NUMBER_SHAPE, number, 'status')));
      if (lastRoundAt === null || isUnderWay || isRecent) chosen.add(number.key);
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
  shape: {
    object: 'port_number_note',
    key: { name: 'id', column: 'note_id', form: 'id' },
    fields: [...fields('text', 'note', 'author'), ...fields('stamp', 'created_at', 'updated_at')],
  },
});
