import { HOUR_MS } from '../domain/time.ts';
import { decodeObjects, fields, type ObjectShape } from '../phaxio/decode-object.ts';
import { addCounts, loadListed } from '../warehouse/load-listed.ts';
import { pagedList, rowOf, tableOf } from './listed-stream.ts';
import { bodyTexts, provesAbsence, SINCE_V21, type Stream } from './stream.ts';

/** The statuses with which a port has ended. */
export const PORT_FINAL_STATUSES: ReadonlySet<string> = new Set(['succeeded', 'failed']);

/** The statuses of orders and their numbers. */
const PORT_STATUSES: ReadonlySet<string> = new Set(['open', 'submitted', 'needinfo', ...PORT_FINAL_STATUSES]);

/** A number of {@link ORDER_SHAPE}. */
export const NUMBER_SHAPE: ObjectShape = {
  object: 'port_number',
  key: { name: 'id', column: 'port_number_id', form: 'id' },
  fields: [
    { name: 'port_number', form: 'phone' },
    { name: 'status', form: 'word', known: PORT_STATUSES },
  ],
};

/** An order with its numbers. */
export const ORDER_SHAPE: ObjectShape = {
  object: 'port_order',
  key: { name: 'id', column: 'port_order_id', form: 'id' },
  list: { name: 'port_numbers', shape: NUMBER_SHAPE },
  dropped: ['port_out_pin'],
  fields: [
    { name: 'status', form: 'word', known: PORT_STATUSES },
    { name: 'port_type', form: 'word', known: new Set(['business', 'residential']) },
    { name: 'quantity', form: 'count' },
    ...fields('stamp', 'created_at', 'updated_at', 'requested_for', 'completed_at', 'bill_received_at'),
    ...fields('text', 'provider_name', 'account_identifier', 'name_on_account', 'name_of_business'),
    { name: 'contact_number', form: 'phone' },
    { name: 'contact_email', form: 'text' },
    { name: 'billing_number', form: 'phone' },
    ...fields('text', 'billing_address1', 'billing_address2', 'billing_city', 'billing_state', 'billing_zip'),
    { name: 'billing_zip', column: 'is_billing_zip_numeric', form: 'is_number' },
    { name: 'esig', form: 'text' },
  ],
};

const ORDERS = tableOf(
  'port_orders',
  ORDER_SHAPE,
  { table: 'warehouse.port_orders', history: 'warehouse.port_order_history' },
  [{ name: 'number_count', type: 'integer' }],
);
const NUMBERS = tableOf(
  'port_numbers',
  NUMBER_SHAPE,
  { table: 'warehouse.port_numbers', history: 'warehouse.port_number_history' },
  [{ name: 'port_order_id', type: 'bigint' }],
);

/** Bounds that hold every order: the provider's page gives "now" as the default of both. */
const ALL_ORDERS = { created_after: '2000-01-01T00:00:00Z', created_before: '2099-01-01T00:00:00Z' };

const LIST = pagedList('port_orders', '/port_orders', HOUR_MS);

/**
 * Orders to bring numbers from another carrier, each with its numbers; v2.1 only. One listing fills both, with a history of every change.
 * The PIN for porting out is dropped before the landing zone. @see docs/provider.md#port-order
 */
export const portOrders: Stream = {
  name: 'port_orders',
  dialects: SINCE_V21,
  kinds: ['snapshot'],
  tables: [
    { table: 'warehouse.port_orders', gone: 'gone_at_source_at' },
    { table: 'warehouse.port_numbers', gone: 'gone_at_source_at', object: NUMBER_SHAPE.object },
  ],
  listing: {
    ...LIST,
    request: (ask) => {
      const request = LIST.request(ask);
      return { ...request, params: { ...ALL_ORDERS, ...request.params } };
    },
  },
  decode(envelope, _settings, notes) {
    const decoded = bodyTexts(envelope).flatMap((text) => decodeObjects(text, ORDER_SHAPE, notes).items);
    const orders = decoded.map((order) => rowOf(order, [order.list?.length ?? null]));
    const numbers = decoded.flatMap(({ key, list }) => (list ?? []).map((number) => rowOf(number, [key])));
    const areNumbersWhole = decoded.every(({ isListWhole }) => isListWhole);
    return {
      write: async (load) => {
        const proves = provesAbsence(notes);
        const counts = await loadListed(load, ORDERS, orders, proves);
        return addCounts(counts, await loadListed(load, NUMBERS, numbers, proves && areNumbersWhole));
      },
    };
  },
};
