/**
 * The DynamoDB table of the state store, as data for whoever makes it: the stack, and the tests.
 *
 * | pk | sk | attributes |
 * |---|---|---|
 * | account | `observation` | `last` |
 * | account | `lease` | `holder`, `fence`, `lease_until` (ms) |
 * | account | `cursors` | `fence`, and for each pass `<stream>#<pass>`: a map of `position`, `width`, `moved` (ms) |
 * | account | `bucket` | `full_at`, `drained_until` (microseconds) |
 * | account | `digest#<hex>` | `until` (ms), `expires_at` (s) |
 * | account | `watch#<stream>#<sha-256 of stream and id>` | `subject` (the id; may be personal data), `reason`, `due_at` (ms), `attempts` |
 *
 * No index. All cursors of an account are one item, so that one condition sees them and the highest fence together; some
 * ten passes over some ten streams are 10 kB, far below an item's 400 kB.
 * `expires_at` lets DynamoDB clean up digests, days late if it likes: what counts is `until`, compared by whoever asks.
 */
export const stateTableDefinition = {
  partitionKey: { name: 'pk', type: 'S' },
  sortKey: { name: 'sk', type: 'S' },
  timeToLiveAttribute: 'expires_at',
  billingMode: 'PAY_PER_REQUEST',
} as const;
