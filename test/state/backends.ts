import type { StateStore } from '../../src/state/contract.ts';
import { DynamoStateStore } from '../../src/state/dynamodb.ts';
import { PostgresStateStore } from '../../src/state/postgres.ts';
import { freshDatabase } from '../support/database.ts';
import { startDynamo } from '../support/dynamodb.ts';
import { seededRandom } from '../support/random.ts';

/** One implementation, opened twice on the same data, as two functions would. */
export interface OpenBackend {
  readonly first: StateStore;
  readonly second: StateStore;
  close(): Promise<void>;
}

/** Pauses between attempts are skipped: no test waits for a clock. */
export const TEST_ENVIRONMENT = { clock: { sleep: async () => {} }, random: seededRandom(1) };

/** Both implementations of the state store. */
export const BACKENDS: ReadonlyArray<{ readonly name: string; readonly open: () => Promise<OpenBackend> }> = [
  {
    name: 'Postgres',
    open: async () => {
      const database = await freshDatabase();
      return {
        first: new PostgresStateStore(database.pool, TEST_ENVIRONMENT),
        second: new PostgresStateStore(database.pool, TEST_ENVIRONMENT),
        close: () => database.drop(),
      };
    },
  },
  {
    name: 'DynamoDB',
    open: async () => {
      const dynamo = await startDynamo();
      const table = await dynamo.createStateTable('faxsync-state');
      return {
        first: new DynamoStateStore(dynamo.client, table, TEST_ENVIRONMENT),
        second: new DynamoStateStore(dynamo.client, table, TEST_ENVIRONMENT),
        close: () => dynamo.stop(),
      };
    },
  },
];
