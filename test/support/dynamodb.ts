import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { stateTableDefinition } from '../../src/state/state-table.ts';

/** A DynamoDB API in this process. */
export interface TestDynamo {
  readonly endpoint: string;
  readonly client: DynamoDBClient;
  /** Makes an empty state table from the definition that the stack uses; gives its name. */
  createStateTable(name: string): Promise<string>;
  stop(): Promise<void>;
}

/** A client of an endpoint on this machine; one attempt a call, as the store wants it. */
export function dynamoClient(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
}

/** Starts the embedded implementation on a free port. */
export async function startDynamo(): Promise<TestDynamo> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = dynamoClient(endpoint);
  const { partitionKey, sortKey, billingMode } = stateTableDefinition;
  return {
    endpoint,
    client,
    createStateTable: async (name) => {
      await client.send(
        new CreateTableCommand({
          TableName: name,
          BillingMode: billingMode,
          AttributeDefinitions: [
            { AttributeName: partitionKey.name, AttributeType: partitionKey.type },
            { AttributeName: sortKey.name, AttributeType: sortKey.type },
          ],
          KeySchema: [
            { AttributeName: partitionKey.name, KeyType: 'HASH' },
            { AttributeName: sortKey.name, KeyType: 'RANGE' },
          ],
        }),
      );
      await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.01, maxDelay: 0.1 }, { TableName: name });
      return name;
    },
    stop: async () => {
      client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
