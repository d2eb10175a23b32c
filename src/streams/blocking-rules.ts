import { HOUR_MS } from '../domain/time.ts';
import { listedStream, pagedList } from './listed-stream.ts';

/** Rules by which faxes are refused; v2.1 only. Their directions are `send` and `receive`. @see docs/provider.md#blocking-rule */
export const blockingRules = listedStream({
  name: 'blocking_rules',
  listing: pagedList('blocking_rules', '/blocking_rules', 6 * HOUR_MS),
  table: 'warehouse.blocking_rules',
  history: 'warehouse.blocking_rule_history',
  shape: {
    object: 'blocking_rule',
    key: { name: 'id', column: 'blocking_rule_id', form: 'id' },
    fields: [
      { name: 'direction', form: 'word', known: new Set(['send', 'receive']) },
      // `*`, a country or a number: kept as sent.
      { name: 'from', column: 'from_rule', form: 'text' },
      { name: 'to', column: 'to_rule', form: 'text' },
      { name: 'is_locked', form: 'flag' },
    ],
  },
});
