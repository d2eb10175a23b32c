import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import type { Clock, Random } from '../src/domain/clock.ts';
import { DynamoStateStore } from '../src/state/dynamodb.ts';
import { stateTableDefinition } from '../src/state/state-table.ts';

/** What DynamoDB charged for so far; requests that were refused by their condition included. */
export interface StateUnits {
  requests: number;
  /** Write request units: one a kB begun. */
  writes: number;
  /** Read request units: one for 4 kB begun, read as last written. */
  reads: number;
}

/** The state store on an embedded DynamoDB that tells what each request costs. */
export interface CountedState {
  readonly store: DynamoStateStore;
  /** Units since the last call of this. */
  take(): StateUnits;
  stop(): Promise<void>;
}

const TABLE = 'usage';
const WRITES: ReadonlySet<string> = new Set(['UpdateItemCommand', 'DeleteItemCommand']);

/** Starts the embedded DynamoDB, with an empty state table. */
export async function openCountedState(environment: { clock: Clock; random: Random }): Promise<CountedState> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  });
  const { partitionKey, sortKey } = stateTableDefinition;
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [partitionKey, sortKey].map(({ name, type }) => ({
        AttributeName: name,
        AttributeType: type,
      })),
      KeySchema: [
        { AttributeName: partitionKey.name, KeyType: 'HASH' },
        { AttributeName: sortKey.name, KeyType: 'RANGE' },
      ],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.1 }, { TableName: TABLE });
  let units: StateUnits = { requests: 0, writes: 0, reads: 0 };
  client.middlewareStack.add(
    (next, context) => async (call) => {
      const isWrite = WRITES.has(context.commandName ?? '');
      units.requests += 1;
      const add = (capacity: number) => {
        if (isWrite) units.writes += capacity;
        else units.reads += capacity;
      };
      try {
        const answer = await next({ ...call, input: { ...call.input, ReturnConsumedCapacity: 'TOTAL' } });
        const { ConsumedCapacity: consumed } = answer.output as { ConsumedCapacity?: { CapacityUnits?: number } };
        add(consumed?.CapacityUnits ?? 1);
        return answer;
      } catch (error) {
        // A refused write costs as much as one that was done.
        add(1);
        throw error;
      }
    },
    { step: 'initialize' },
  );
  return {
    store: new DynamoStateStore(client, TABLE, environment),
    take: () => {
      const taken = units;
      units = { requests: 0, writes: 0, reads: 0 };
      return taken;
    },
    stop: async () => {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
