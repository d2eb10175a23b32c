import { HOUR_MS } from '../domain/time.ts';
import { decodeObjects, type ObjectShape } from '../phaxio/decode-object.ts';
import type { Secrets } from '../phaxio/secret-names.ts';
import { addCounts, loadListed } from '../warehouse/load-listed.ts';
import { pagedList, rowOf, tableOf } from './listed-stream.ts';
import { bodyTexts, provesAbsence, SINCE_V21, type Stream } from './stream.ts';

/** The statuses of orders and their numbers. */
const PORT_STATUSES: ReadonlySet<string> = new Set(['open', 'submitted', 'needinfo', 'succeeded', 'failed']);

const NUMBER_SHAPE: ObjectShape = {
  object: 'port_number',
  key: { name: 'id', column: 'port_number_id', form: 'id' },
  fields: [
    { name: 'port_number', column: 'port_number', form: 'phone' },
    { name: 'status', column: 'status', form: 'word', known: PORT_STATUSES },
  ],
};

const ORDER_SHAPE: ObjectShape = {
  object: 'port_order',
  key: { name: 'id', column: 'port_order_id', form: 'id' },
  list: { name: 'port_numbers', shape: NUMBER_SHAPE },
  dropped: ['port_out_pin'],
  fields: [
    { name: 'status', column: 'status', form: 'word', known: PORT_STATUSES },
    { name: 'port_type', column: 'port_type', form: 'word', known: new Set(['business', 'residential']) },
    { name: 'quantity', column: 'quantity', form: 'count' },
    { name: 'created_at', column: 'created_at', form: 'stamp' },
    { name: 'updated_at', column: 'updated_at', form: 'stamp' },
    { name: 'requested_for', column: 'requested_for', form: 'stamp' },
    { name: 'completed_at', column: 'completed_at', form: 'stamp' },
    { name: 'bill_received_at', column: 'bill_received_at', form: 'stamp' },
    { name: 'provider_name', column: 'provider_name', form: 'text' },
    { name: 'account_identifier', column: 'account_identifier', form: 'text' },
    { name: 'name_on_account', column: 'name_on_account', form: 'text' },
    { name: 'name_of_business', column: 'name_of_business', form: 'text' },
    { name: 'contact_number', column: 'contact_number', form: 'phone' },
    { name: 'contact_email', column: 'contact_email', form: 'text' },
    { name: 'billing_number', column: 'billing_number', form: 'phone' },
    { name: 'billing_address1', column: 'billing_address1', form: 'text' },
    { name: 'billing_address2', column: 'billing_address2', form: 'text' },
    { name: 'billing_city', column: 'billing_city', form: 'text' },
    { name: 'billing_state', column: 'billing_state', form: 'text' },
    { name: 'billing_zip', column: 'billing_zip', form: 'text' },
    { name: 'billing_zip', column: 'is_billing_zip_numeric', form: 'is_number' },
    { name: 'esig', column: 'esig', form: 'text' },
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

/** What another carrier asks for before it lets numbers go. */
export const PORT_SECRETS: Secrets = {
  words: [
    'pin',
    'pincode',
    'portoutpin',
    'passcode',
    'password',
    'passwd',
    'pwd',
    'passphrase',
    'secret',
    'credential',
  ],
  lastWords: ['pass'],
};

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
  secrets: PORT_SECRETS,
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
