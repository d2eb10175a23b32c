import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type StoreEnvironment, withAttempts } from './attempts.ts';
import { StateUnavailableError } from './errors.ts';

/** One item's attributes as DynamoDB writes them. */
export type Item = Readonly<Record<string, AttributeValue>>;

/** One conditional update of one item. Every name is written as a placeholder, so none can be a reserved word. */
export interface ConditionalUpdate {
  readonly account: string;
  readonly sk: string;
  /** What is being done, for error texts. */
  readonly operation: string;
  readonly update: string;
  readonly condition?: string;
  readonly names: Readonly<Record<`#${string}`, string>>;
  readonly values: Readonly<Record<`:${string}`, AttributeValue>>;
}

/** `isRepeat`: an earlier attempt of this very update may have been the one that changed the item. */
export type UpdateOutcome =
  | { readonly kind: 'written'; readonly item: Item }
  | { readonly kind: 'refused'; readonly isRepeat: boolean };

/** Errors that waiting does not heal. */
const UNUSABLE: ReadonlySet<string> = new Set([
  'ResourceNotFoundException',
  'AccessDeniedException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'ValidationException',
  'CredentialsProviderError',
]);

function errorName(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}

/** A number as DynamoDB writes it. */
export function numeric(value: number): AttributeValue {
  return { N: String(value) };
}

/** A text as DynamoDB writes it. */
export function text(value: string): AttributeValue {
  return { S: value };
}

/** The number in an attribute; null where there is none. */
export function numberIn(attribute: AttributeValue | undefined): number | null {
  return attribute?.N === undefined ? null : Number(attribute.N);
}

/**
 * Single-item calls of the state table with bounded attempts: throttling, lost answers and server errors are waited out with full jitter.
 * The client's own attempts come on top; build it with `maxAttempts: 1` to have only these.
 */
export class DynamoStateTable {
  readonly #client: DynamoDBClient;
  readonly #tableName: string;
  readonly #environment: StoreEnvironment;

  constructor(client: DynamoDBClient, tableName: string, environment: StoreEnvironment) {
    this.#client = client;
    this.#tableName = tableName;
    this.#environment = environment;
  }

  /** Reads one item, as last written; null where there is none. @throws {StateUnavailableError} */
  async read(account: string, sk: string, operation: string): Promise<Item | null> {
    const command = new GetItemCommand({ TableName: this.#tableName, Key: keyOf(account, sk), ConsistentRead: true });
    const { result } = await this.#attempt(account, operation, () => this.#client.send(command));
    return result.Item ?? null;
  }

  /** Updates one item if its condition holds. @throws {StateUnavailableError} */
  async update(update: ConditionalUpdate): Promise<UpdateOutcome> {
    const command = new UpdateItemCommand({
      TableName: this.#tableName,
      Key: keyOf(update.account, update.sk),
      UpdateExpression: update.update,
      ...(update.condition === undefined ? {} : { ConditionExpression: update.condition }),
      ExpressionAttributeNames: { ...update.names },
      ExpressionAttributeValues: { ...update.values },
      ReturnValues: 'ALL_NEW',
    });
    const { result, attempts } = await this.#attempt(update.account, update.operation, async () => {
      try {
        return await this.#client.send(command);
      } catch (error) {
        // A refusal is an answer, not a failure; it must not be asked for again.
        if (error instanceof ConditionalCheckFailedException) return error;
        throw error;
      }
    });
    if (result instanceof ConditionalCheckFailedException) {
      return { kind: 'refused', isRepeat: attempts > 1 || (result.$metadata.attempts ?? 1) > 1 };
    }
    return { kind: 'written', item: result.Attributes ?? {} };
  }

  /** Removes one item, there or not. @throws {StateUnavailableError} */
  async remove(account: string, sk: string, operation: string): Promise<void> {
    const command = new DeleteItemCommand({ TableName: this.#tableName, Key: keyOf(account, sk) });
    await this.#attempt(account, operation, () => this.#client.send(command));
  }

  /** All items of an account whose sort key begins so and whose number `name` is at most `max`, a page at a time. */
  async *query(account: string, skPrefix: string, name: string, max: number, operation: string): AsyncIterable<Item> {
    let from: Record<string, AttributeValue> | undefined;
    do {
      const command = new QueryCommand({
        TableName: this.#tableName,
        KeyConditionExpression: '#pk = :pk and begins_with(#sk, :sk)',
        FilterExpression: '#name <= :max',
        ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk', '#name': name },
        ExpressionAttributeValues: { ':pk': text(account), ':sk': text(skPrefix), ':max': numeric(max) },
        ConsistentRead: true,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      });
      const { result } = await this.#attempt(account, operation, () => this.#client.send(command));
      yield* result.Items ?? [];
      from = result.LastEvaluatedKey;
    } while (from !== undefined);
  }

  async #attempt<Result>(account: string, operation: string, call: () => Promise<Result>) {
    try {
      return await withAttempts(this.#environment, (error) => !UNUSABLE.has(errorName(error)), call);
    } catch (cause) {
      const error = errorName(cause);
      const context = { account, operation, store: 'dynamodb', causeCode: error };
      if (UNUSABLE.has(error)) {
        throw new StateUnavailableError(
          `The state table in DynamoDB refused to ${operation} (${error}). Check the table of FAXSYNC_STATE, its region and the rights of this role.`,
          { code: 'state_unusable', context, cause },
        );
      }
      throw new StateUnavailableError(
        `The state table in DynamoDB could not ${operation} (${error}). Nothing has to be done unless it lasts; the work is repeated by the next run.`,
        { code: 'state_unavailable', retryable: true, context, cause },
      );
    }
  }
}

function keyOf(account: string, sk: string): Record<string, AttributeValue> {
  return { pk: text(account), sk: text(sk) };
}
