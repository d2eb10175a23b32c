import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { StoreEnvironment } from '../state/attempts.ts';
import { DynamoStateStore } from '../state/dynamodb.ts';
import { REQUEST_TIMEOUTS } from './request-timeouts.ts';

/** The state in a table, with a client of its own. Imported only where the settings name a table. */
export function openDynamoState(table: string, environment: StoreEnvironment): DynamoStateStore {
  // The store repeats by itself, and only what is safe to repeat.
  return new DynamoStateStore(
    new DynamoDBClient({ maxAttempts: 1, requestHandler: REQUEST_TIMEOUTS }),
    table,
    environment,
  );
}
