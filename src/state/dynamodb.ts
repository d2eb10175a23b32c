import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { assertInvariant } from '../domain/errors.ts';
import type { Instant } from '../domain/time.ts';
import type { StoreEnvironment } from './attempts.ts';
import type {
  Cursor,
  CursorKey,
  Lease,
  StateStore,
  TokenBucketLimits,
  TokenGrant,
  WatchedObject,
  WatchKey,
  WatchReason,
} from './contract.ts';
import { DynamoStateTable, type Item, numberIn, numeric, text } from './dynamodb-table.ts';
import { askBucket, bucketSteps } from './token-bucket.ts';

const OBSERVATION = 'observation';
const LEASE = 'lease';
const CURSORS = 'cursors';
const BUCKET = 'bucket';
const DIGEST = 'digest#';
const WATCH = 'watch#';
/** Between stream and pass in the name of a cursor's attribute; neither contains it. */
const SEPARATOR = '#';

/** Rounds of looking at the bucket and taking from it, before a caller that always lost is told to wait for one refill. */
const BUCKET_ROUNDS_MAX = 24;
/** How long DynamoDB keeps an expired digest at least: more than two clocks differ. */
const DIGEST_GRACE_SECONDS = 86_400;

/**
 * The {@link StateStore} on one DynamoDB table (see state-table.ts), for AWS.
 * Every write is one conditional update of one item. Where an answer was lost and the repeated update is refused, the item is
 * read to learn whether the refusal came from our own first attempt; so a lost answer never turns a success into a failure.
 * The watch list of a stream is read whole when its due objects are asked for: 200 bytes an object, 1,000 objects are 50 read units.
 */
export class DynamoStateStore implements StateStore {
  readonly #table: DynamoStateTable;

  constructor(client: DynamoDBClient, tableName: string, environment: StoreEnvironment) {
    this.#table = new DynamoStateTable(client, tableName, environment);
  }

  async nextObservation(account: string): Promise<number> {
    // Unconditional: n -> n + 1. A repeated attempt only leaves a gap.
    const outcome = await this.#table.update({
      account,
      sk: OBSERVATION,
      operation: 'draw an observation number',
      update: 'ADD #last :one',
      names: { '#last': 'last' },
      values: { ':one': numeric(1) },
    });
    const last = outcome.kind === 'written' ? numberIn(outcome.item['last']) : null;
    assertInvariant(last !== null, 'the observation counter answered without a number', { account });
    return last;
  }

  async readCursor(key: CursorKey): Promise<Cursor | null> {
    const item = await this.#table.read(key.account, CURSORS, 'read a cursor');
    return cursorIn(item, `${key.stream}${SEPARATOR}${key.pass}`);
  }

  async listCursors(account: string): Promise<ReadonlyArray<CursorKey & Cursor>> {
    const item = await this.#table.read(account, CURSORS, 'list cursors');
    return Object.keys(item ?? {})
      .flatMap((name) => {
        const [stream = '', pass = ''] = name.split(SEPARATOR);
        const cursor = cursorIn(item, name);
        return cursor === null ? [] : [{ account, stream, pass, ...cursor }];
      })
      .sort((a, b) => compareText(a.stream, b.stream) || compareText(a.pass, b.pass));
  }

  async advanceCursor(key: CursorKey, to: Omit<Cursor, 'movedAt'>, fence: number, now: Instant): Promise<boolean> {
    const name = `${key.stream}${SEPARATOR}${key.pass}`;
    // The account's fence and all its cursors are one item:
    //   fence <= ours (or none) and position < new (or none) -> moved, fence = ours
    //   fence > ours, or position >= new                      -> refused
    const outcome = await this.#table.update({
      account: key.account,
      sk: CURSORS,
      operation: 'move a cursor',
      update: 'SET #cursor = :cursor, #fence = :fence',
      condition:
        '(attribute_not_exists(#fence) OR #fence <= :fence) AND (attribute_not_exists(#cursor) OR #cursor.#position < :position)',
      names: { '#cursor': name, '#fence': 'fence', '#position': 'position' },
      values: {
        ':cursor': {
          M: {
            position: numeric(to.position),
            width: to.widthMs === null ? { NULL: true } : numeric(to.widthMs),
            moved: numeric(now),
            fence: numeric(fence),
          },
        },
        ':fence': numeric(fence),
        ':position': numeric(to.position),
      },
    });
    if (outcome.kind === 'written') return true;
    if (!outcome.isRepeat) return false;
    const item = await this.#table.read(key.account, CURSORS, 'move a cursor');
    const stored = cursorIn(item, name);
    return (
      stored?.position === to.position &&
      stored.movedAt === now &&
      stored.widthMs === to.widthMs &&
      numberIn(item?.[name]?.M?.['fence']) === fence
    );
  }

  async acquireLease(account: string, holder: string, ttlMs: number, now: Instant): Promise<Lease | null> {
    const expiresAt = now + ttlMs;
    //   free, or expired at now    -> held by us, fence + 1
    //   held by us                 -> held by us, fence + 1   (we ask again because the first answer was lost)
    //   held by another, unexpired -> refused
    const outcome = await this.#table.update({
      account,
      sk: LEASE,
      operation: 'take the lease',
      update: 'SET #holder = :holder, #until = :until ADD #fence :one',
      condition: 'attribute_not_exists(#holder) OR #holder = :holder OR #until <= :now',
      names: { '#holder': 'holder', '#until': 'lease_until', '#fence': 'fence' },
      values: { ':holder': text(holder), ':until': numeric(expiresAt), ':now': numeric(now), ':one': numeric(1) },
    });
    if (outcome.kind === 'refused') return null;
    return { account, holder, fence: numberIn(outcome.item['fence']) ?? 0, expiresAt };
  }

  async renewLease(lease: Lease, ttlMs: number, now: Instant): Promise<Lease | null> {
    const expiresAt = now + ttlMs;
    //   held by us under this fence, expired or not -> held until the new time;  anything else -> lost
    const outcome = await this.#table.update({
      account: lease.account,
      sk: LEASE,
      operation: 'renew the lease',
      update: 'SET #until = :until',
      condition: '#holder = :holder AND #fence = :fence',
      names: { '#holder': 'holder', '#until': 'lease_until', '#fence': 'fence' },
      values: { ':holder': text(lease.holder), ':until': numeric(expiresAt), ':fence': numeric(lease.fence) },
    });
    return outcome.kind === 'written' ? { ...lease, expiresAt } : null;
  }

  async releaseLease(lease: Lease): Promise<void> {
    //   held by us under this fence -> free, the fence stays so that the next is higher;  anything else -> unchanged
    await this.#table.update({
      account: lease.account,
      sk: LEASE,
      operation: 'release the lease',
      update: 'REMOVE #holder',
      condition: '#holder = :holder AND #fence = :fence',
      names: { '#holder': 'holder', '#fence': 'fence' },
      values: { ':holder': text(lease.holder), ':fence': numeric(lease.fence) },
    });
  }

  async takeToken(account: string, limits: TokenBucketLimits, now: Instant): Promise<TokenGrant> {
    const steps = bucketSteps(limits);
    for (let round = 1; round <= BUCKET_ROUNDS_MAX; round++) {
      const item = await this.#table.read(account, BUCKET, 'take a provider call');
      const fullAtUs = numberIn(item?.['full_at']);
      const drainedUntilUs = numberIn(item?.['drained_until']);
      const answer = askBucket({ fullAtUs, drainedUntilUs }, steps, now);
      if (answer.kind === 'wait') return { waitMs: answer.waitMs };
      // bucket as we saw it -> one call less;  changed meanwhile (a call or a drain) -> look again
      const outcome = await this.#table.update({
        account,
        sk: BUCKET,
        operation: 'take a provider call',
        update: 'SET #full = :full',
        condition: `${unchanged('#full', ':seen_full', fullAtUs)} AND ${unchanged('#drained', ':seen_drained', drainedUntilUs)}`,
        names: { '#full': 'full_at', '#drained': 'drained_until' },
        values: {
          ':full': numeric(answer.fullAtUs),
          ...(fullAtUs === null ? {} : { ':seen_full': numeric(fullAtUs) }),
          ...(drainedUntilUs === null ? {} : { ':seen_drained': numeric(drainedUntilUs) }),
        },
      });
      if (outcome.kind === 'written') return { waitMs: 0 };
    }
    return { waitMs: Math.ceil(steps.stepUs / 1000) };
  }

  async drainTokens(account: string, until: Instant, now: Instant): Promise<void> {
    //   never drained, or until an earlier time -> drained until this one;  until a later time -> unchanged
    await this.#table.update({
      account,
      sk: BUCKET,
      operation: 'drain the provider calls',
      update: 'SET #drained = :until',
      condition: 'attribute_not_exists(#drained) OR #drained < :until',
      names: { '#drained': 'drained_until' },
      values: { ':until': numeric(Math.ceil(Math.max(until, now) * 1000)) },
    });
  }

  async hasDigest(account: string, digest: string, now: Instant): Promise<boolean> {
    const item = await this.#table.read(account, DIGEST + digest, 'look up a digest');
    return (numberIn(item?.['until']) ?? Number.NEGATIVE_INFINITY) > now;
  }

  async rememberDigest(account: string, digest: string, ttlMs: number, now: Instant): Promise<boolean> {
    const until = now + ttlMs;
    //   none, or expired at now (TTL not yet been by) -> remembered;  not expired -> refused
    const outcome = await this.#table.update({
      account,
      sk: DIGEST + digest,
      operation: 'remember a digest',
      update: 'SET #until = :until, #ttl = :ttl',
      condition: 'attribute_not_exists(#until) OR #until <= :now',
      names: { '#until': 'until', '#ttl': 'expires_at' },
      values: {
        ':until': numeric(until),
        ':now': numeric(now),
        ':ttl': numeric(Math.ceil(until / 1000) + DIGEST_GRACE_SECONDS),
      },
    });
    if (outcome.kind === 'written') return true;
    if (!outcome.isRepeat) return false;
    const item = await this.#table.read(account, DIGEST + digest, 'remember a digest');
    return numberIn(item?.['until']) === until;
  }

  async watch(key: WatchKey, reason: WatchReason, dueAt: Instant): Promise<void> {
    //   not listed -> listed;  listed, due later -> due at this time, rest kept;  listed, due earlier -> unchanged
    await this.#table.update({
      account: key.account,
      sk: watchSortKey(key),
      operation: 'watch an object',
      update:
        'SET #subject = :subject, #due = :due, #reason = if_not_exists(#reason, :reason), #attempts = if_not_exists(#attempts, :zero)',
      condition: 'attribute_not_exists(#due) OR #due > :due',
      names: { '#subject': 'subject', '#due': 'due_at', '#reason': 'reason', '#attempts': 'attempts' },
      values: { ':subject': text(key.subjectId), ':due': numeric(dueAt), ':reason': text(reason), ':zero': numeric(0) },
    });
  }

  async dueObjects(account: string, stream: string, now: Instant, limit: number): Promise<readonly WatchedObject[]> {
    const due: WatchedObject[] = [];
    for await (const item of this.#table.query(account, watchPrefix(stream), 'due_at', now, 'list due objects')) {
      due.push(watchedIn(account, stream, item));
      // Keeps memory at twice the limit, however long the list.
      if (due.length >= 2 * limit) due.sort(byDueTime).splice(limit);
    }
    return due.sort(byDueTime).slice(0, limit);
  }

  async postpone(key: WatchKey, dueAt: Instant): Promise<void> {
    //   listed -> attempts + 1, due at this time;  not listed -> unchanged
    await this.#table.update({
      account: key.account,
      sk: watchSortKey(key),
      operation: 'postpone an object',
      update: 'SET #due = :due, #attempts = #attempts + :one',
      condition: 'attribute_exists(#due)',
      names: { '#due': 'due_at', '#attempts': 'attempts' },
      values: { ':due': numeric(dueAt), ':one': numeric(1) },
    });
  }

  async unwatch(key: WatchKey): Promise<void> {
    await this.#table.remove(key.account, watchSortKey(key), 'unwatch an object');
  }
}

function watchPrefix(stream: string): string {
  return `${WATCH}${stream}${SEPARATOR}`;
}

/** Keys are logged and shown by tools of all kinds; an id may be what a barcode says. So the key has its digest, whatever the stream. */
function watchSortKey({ stream, subjectId }: WatchKey): string {
  return watchPrefix(stream) + hash('sha256', `${stream}\0${subjectId}`, 'hex');
}

function cursorIn(item: Item | null, name: string): Cursor | null {
  const map = item?.[name]?.M;
  const position = numberIn(map?.['position']);
  const movedAt = numberIn(map?.['moved']);
  if (map === undefined || position === null || movedAt === null) return null;
  return { position, widthMs: numberIn(map['width']), movedAt };
}

function watchedIn(account: string, stream: string, item: Item): WatchedObject {
  return {
    account,
    stream,
    subjectId: item['subject']?.S ?? '',
    reason: (item['reason']?.S ?? 'looks_disagree') as WatchReason,
    dueAt: numberIn(item['due_at']) ?? 0,
    attempts: numberIn(item['attempts']) ?? 0,
  };
}

function unchanged(name: string, placeholder: string, seen: number | null): string {
  return seen === null ? `attribute_not_exists(${name})` : `${name} = ${placeholder}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Longest due first; ids as Postgres has them, which puts ids of digits in the order of their numbers. */
function byDueTime(a: WatchedObject, b: WatchedObject): number {
  return a.dueAt - b.dueAt || compareIds(Buffer.from(a.subjectId), Buffer.from(b.subjectId));
}

function compareIds(a: Buffer, b: Buffer): number {
  return a.length - b.length || Buffer.compare(a, b);
}
