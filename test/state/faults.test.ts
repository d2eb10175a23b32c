import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ATTEMPTS_MAX } from '../../src/state/attempts.ts';
import { DynamoStateStore } from '../../src/state/dynamodb.ts';
import { StateUnavailableError } from '../../src/state/errors.ts';
import { PostgresStateStore } from '../../src/state/postgres.ts';
import { freshDatabase, freshEmptyDatabase, type TestDatabase } from '../support/database.ts';
import { dynamoClient, startDynamo, type TestDynamo } from '../support/dynamodb.ts';
import { TEST_ENVIRONMENT } from './backends.ts';

const NOW = Date.UTC(2026, 10, 3, 12);
const HEAD = { account: 'clinic', stream: 'faxes', pass: 'head' };
const faxOf = (account: string, subjectId: string) => ({ account, stream: 'faxes', subjectId });

/** What the network does with one call: `throttle` refuses it, `lose_answer` lets it happen and cuts the line. */
type Fault = 'throttle' | 'server_error' | 'lose_answer';

/** Stands between client and DynamoDB and spoils the next calls, one fault each. */
class FaultyLine {
  readonly #target: string;
  readonly #server = createServer((incoming, outgoing) => void this.#pass(incoming, outgoing));
  readonly faults: Fault[] = [];
  calls = 0;

  constructor(target: string) {
    this.#target = target;
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    this.calls += 1;
    const fault = this.faults.shift();
    const body = Buffer.concat(await incoming.toArray());
    if (fault === 'throttle') {
      outgoing.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
      outgoing.end(
        '{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"slow down"}',
      );
      return;
    }
    if (fault === 'server_error') {
      outgoing.writeHead(500, { 'content-type': 'application/x-amz-json-1.0' });
      outgoing.end('{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"oops"}');
      return;
    }
    const onward = request(this.#target, { method: incoming.method ?? 'POST', headers: incoming.headers });
    onward.end(body);
    const [answer] = (await once(onward, 'response')) as [IncomingMessage];
    const answered = Buffer.concat(await answer.toArray());
    if (fault === 'lose_answer') {
      outgoing.destroy();
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    outgoing.end(answered);
  }
}

async function failureOf(work: Promise<unknown>): Promise<StateUnavailableError> {
  const error = await work.then(
    () => new Error('it worked'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StateUnavailableError);
  return error as StateUnavailableError;
}

describe('DynamoDB state store under faults', () => {
  let dynamo: TestDynamo;
  let line: FaultyLine;
  let store: DynamoStateStore;
  let tables = 0;

  beforeAll(async () => {
    dynamo = await startDynamo();
  });
  afterAll(async () => {
    await dynamo.stop();
  });
  beforeEach(async () => {
    tables += 1;
    const table = await dynamo.createStateTable(`state-${tables}`);
    line = new FaultyLine(dynamo.endpoint);
    store = new DynamoStateStore(dynamoClient(await line.listen()), table, TEST_ENVIRONMENT);
  });
  afterEach(() => {
    line.close();
  });

  it('waits out throttling and server errors', async () => {
    line.faults.push('throttle', 'throttle', 'server_error');
    expect(await store.nextObservation('clinic')).toBe(1);
    expect(line.calls).toBe(4);
  });

  it('gives up after a bounded number of attempts, with an error that may be retried and names no value', async () => {
    line.faults.push(...Array.from({ length: 50 }, () => 'throttle' as const));
    const error = await failureOf(store.rememberDigest('clinic', 'ca11ab1e', 1_000, NOW));
    expect(line.calls).toBe(ATTEMPTS_MAX);
    expect(error).toMatchObject({
      code: 'state_unavailable',
      retryable: true,
      context: { account: 'clinic', causeCode: 'ProvisionedThroughputExceededException' },
    });
    expect(error.message).not.toContain('ca11ab1e');
  });

  it('does not take a lost answer for a refused cursor', async () => {
    line.faults.push('lose_answer');
    expect(await store.advanceCursor(HEAD, { position: NOW, widthMs: 5 }, 1, NOW)).toBe(true);
    line.faults.push('throttle');
    expect(await store.advanceCursor(HEAD, { position: NOW, widthMs: 6 }, 1, NOW), 'a real refusal stays one').toBe(
      false,
    );
  });

  it('does not take a lost answer for a digest that was known', async () => {
    line.faults.push('lose_answer');
    expect(await store.rememberDigest('clinic', 'ab12', 1_000, NOW)).toBe(true);
    line.faults.push('throttle');
    expect(await store.rememberDigest('clinic', 'ab12', 1_000, NOW + 1)).toBe(false);
  });

  it('does not lock itself out when the answer about its lease is lost', async () => {
    line.faults.push('lose_answer');
    const lease = await store.acquireLease('clinic', 'run', 1_000, NOW);
    expect(lease).toMatchObject({ holder: 'run', fence: 2 });
    line.faults.push('lose_answer');
    expect(lease && (await store.renewLease(lease, 1_000, NOW + 1))).not.toBeNull();
  });

  it('never gives a number twice when answers are lost', async () => {
    const numbers: number[] = [];
    for (let draw = 0; draw < 5; draw++) {
      line.faults.push('lose_answer');
      numbers.push(await store.nextObservation('clinic'));
    }
    expect(numbers).toEqual([2, 4, 6, 8, 10]);
  });

  it('says at once that the table is missing, and what to check', async () => {
    const lost = new DynamoStateStore(dynamo.client, 'no-such-table', TEST_ENVIRONMENT);
    const error = await failureOf(lost.nextObservation('clinic'));
    expect(error).toMatchObject({ code: 'state_unusable', retryable: false });
    expect(error.message).toContain('FAXSYNC_STATE');
  });

  it('is unavailable, to be retried, where nobody listens', async () => {
    line.close();
    expect(await failureOf(store.readCursor(HEAD))).toMatchObject({ code: 'state_unavailable', retryable: true });
  });

  it('has no id of a watched object in any key, and still gives it back', async () => {
    const code = { account: 'clinic', stream: 'phax_codes', subjectId: 'Canary-7' };
    await store.watch(code, 'not_looked_up', NOW);
    await store.watch(faxOf('clinic', '31415926'), 'looks_disagree', NOW);
    const { Items = [] } = await dynamo.client.send(new ScanCommand({ TableName: `state-${tables}` }));
    const keys = Items.map(({ pk, sk }) => `${pk?.S} ${sk?.S}`).sort();
    expect(keys).toEqual([
      expect.stringMatching(/^clinic watch#faxes#[0-9a-f]{64}$/),
      expect.stringMatching(/^clinic watch#phax_codes#[0-9a-f]{64}$/),
    ]);
    expect(keys.join()).not.toMatch(/canary|31415926/i);
    expect(await store.dueObjects('clinic', 'phax_codes', NOW, 10)).toMatchObject([code]);
  });

  it('names no id of a watched object in an error', async () => {
    line.close();
    const code = { account: 'clinic', stream: 'phax_codes', subjectId: 'Canary-7' };
    for (const work of [store.watch(code, 'not_looked_up', NOW), store.postpone(code, NOW), store.unwatch(code)]) {
      const { message, context } = await failureOf(work);
      expect(message + JSON.stringify(context)).not.toContain('Canary');
    }
  });

  it('reads a watch list of several pages whole', async () => {
    // A long account key stands for many faxes: a page ends at 1 MB.
    const account = 'clinic'.padEnd(1_500, '-');
    const ids = Array.from({ length: 1_200 }, (_, n) => String(n + 1));
    for (let from = 0; from < ids.length; from += 100) {
      const some = ids.slice(from, from + 100);
      await Promise.all(some.map((id, n) => store.watch(faxOf(account, id), 'looks_disagree', NOW - from - n)));
    }
    const before = line.calls;
    const due = await store.dueObjects(account, 'faxes', NOW, 3);
    expect(line.calls - before).toBeGreaterThan(1);
    expect(due.map(({ dueAt }) => NOW - dueAt)).toEqual([1_199, 1_198, 1_197]);
  });
});

const BLOCKED = "from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";

/** Resolves when a connection of this database waits for a lock. */
async function untilBlocked(database: TestDatabase): Promise<void> {
  for (;;) {
    const { rowCount } = await database.pool.query(`select pid ${BLOCKED}`);
    if (rowCount !== null && rowCount > 0) return;
  }
}

describe('Postgres state store under faults', () => {
  const opened: Array<{ end(): Promise<void> }> = [];
  const databases: TestDatabase[] = [];

  afterEach(async () => {
    for (const pool of opened.splice(0)) await pool.end();
    for (const database of databases.splice(0)) await database.drop();
  });

  function storeAt(url: string): PostgresStateStore {
    const pool = new pg.Pool({ connectionString: url, max: 1 });
    pool.on('error', () => {});
    opened.push(pool);
    return new PostgresStateStore(pool, TEST_ENVIRONMENT);
  }

  it('is unavailable, to be retried, where nobody listens', async () => {
    const server = createSocketServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const error = await failureOf(storeAt(`postgres://user:hidden@127.0.0.1:${port}/faxsync`).readCursor(HEAD));
    expect(error).toMatchObject({ code: 'state_unavailable', retryable: true, context: { causeCode: 'ECONNREFUSED' } });
    expect(error.message).not.toContain('hidden');
  });

  it('says that the tables are missing, and to migrate', async () => {
    const database = await freshEmptyDatabase();
    databases.push(database);
    const error = await failureOf(storeAt(database.url).nextObservation('clinic'));
    expect(error).toMatchObject({ code: 'state_unusable', retryable: false, context: { causeCode: '42P01' } });
    expect(error.message).toContain('faxsync migrate');
  });

  it('says that the credentials are wrong without repeating them', async () => {
    const database = await freshDatabase();
    databases.push(database);
    const url = new URL(database.url);
    url.username = 'nobody_we_know';
    url.password = 'hidden';
    const error = await failureOf(storeAt(url.href).nextObservation('clinic'));
    expect(error).toMatchObject({ code: 'state_unusable', retryable: false });
    expect(error.message).not.toMatch(/hidden|nobody_we_know/);
  });

  it('is unavailable when its connection is cut, and works again with the next', async () => {
    const database = await freshDatabase();
    databases.push(database);
    const store = storeAt(database.url);
    await store.nextObservation('clinic');
    const blocker = await database.pool.connect();
    await blocker.query('begin');
    await blocker.query('lock table ops.sync_state in access exclusive mode');
    const waiting = failureOf(store.nextObservation('clinic'));
    await untilBlocked(database);
    await database.pool.query(`select pg_terminate_backend(pid) ${BLOCKED}`);
    expect(await waiting).toMatchObject({ code: 'state_unavailable', retryable: true });
    await blocker.query('rollback');
    blocker.release();
    expect(await store.nextObservation('clinic')).toBe(2);
  });

  it('refuses a frozen holder that thaws while the new one is writing the same cursor', async () => {
    const database = await freshDatabase();
    databases.push(database);
    const frozen = storeAt(database.url);
    await frozen.advanceCursor(HEAD, { position: NOW, widthMs: null }, 1, NOW);
    const client = await database.pool.connect();
    await client.query('begin');
    const next = new PostgresStateStore(client as unknown as Pick<pg.Pool, 'query'>, TEST_ENVIRONMENT);
    expect(await next.advanceCursor(HEAD, { position: NOW + 1, widthMs: null }, 2, NOW)).toBe(true);
    const thawed = frozen.advanceCursor(HEAD, { position: NOW + 2, widthMs: null }, 1, NOW);
    await untilBlocked(database);
    await client.query('commit');
    client.release();
    expect(await thawed).toBe(false);
    expect(await frozen.readCursor(HEAD)).toMatchObject({ position: NOW + 1 });
  });

  it('lets the loader use it and the reader only look', async () => {
    const database = await freshDatabase();
    databases.push(database);
    const asRole = async (role: string) => {
      const url = new URL(database.url);
      url.searchParams.set('options', `-c role=${role}`);
      return storeAt(url.href);
    };
    const loader = await asRole('faxsync_loader');
    await loader.nextObservation('clinic');
    await loader.advanceCursor(HEAD, { position: NOW, widthMs: null }, 1, NOW);
    await loader.rememberDigest('clinic', 'ab12', 1_000, NOW);
    await loader.watch(faxOf('clinic', '1'), 'looks_disagree', NOW);
    await loader.postpone(faxOf('clinic', '1'), NOW + 1);
    expect(await loader.dueObjects('clinic', 'faxes', NOW + 1, 1)).toHaveLength(1);
    await loader.unwatch(faxOf('clinic', '1'));
    const reader = await asRole('faxsync_reader');
    expect(await reader.readCursor(HEAD)).not.toBeNull();
    expect(await failureOf(reader.nextObservation('clinic'))).toMatchObject({ context: { causeCode: '42501' } });
    expect(await failureOf((await asRole('faxsync_bi')).readCursor(HEAD))).toMatchObject({
      context: { causeCode: '42501' },
    });
  });

  it('removes digests that expired more than a day ago while it remembers others', async () => {
    const database = await freshDatabase();
    databases.push(database);
    const store = storeAt(database.url);
    for (let n = 0; n < 40; n++) await store.rememberDigest('clinic', `old-${n}`, 1_000, NOW);
    const later = NOW + 86_400_000 + 1_000;
    for (let n = 0; n < 10; n++) await store.rememberDigest('clinic', `new-${n}`, 1_000, later - 1);
    expect((await database.pool.query('select 1 from ops.sync_digests')).rowCount).toBe(50);
    for (let n = 10; n < 20; n++) await store.rememberDigest('clinic', `new-${n}`, 1_000, later);
    expect((await database.pool.query('select 1 from ops.sync_digests')).rowCount).toBe(20);
  });
});
