import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readDeadMessage } from '../../src/cli/dead-message.ts';
import { parseLandingKey } from '../../src/landing/key.ts';
import { CANARIES, sampleEnvelope } from '../landing/envelopes.ts';
import { PROPERTY_SEED } from '../support/random.ts';
import { notificationOf, QueueBed } from './queue-bed.ts';
import { type CliResult, documentOf } from './run-cli.ts';

interface Listed {
  readonly id: string;
  readonly receives: number;
  readonly sent_at: string;
  readonly what: string;
  readonly landed_keys: readonly string[];
}

interface ListDocument {
  readonly has_more: boolean;
  readonly hidden: number;
  readonly messages: readonly Listed[];
}

interface ShowDocument {
  readonly message: {
    readonly what: string;
    readonly advice?: string;
    readonly objects: ReadonlyArray<{ readonly landed_key: string; readonly state: string; readonly advice: string }>;
  };
}

const NO_NOTIFICATION = `{"fax": {"to": "${CANARIES[0]}", "caller_name": "${CANARIES[1]}"}}`;

let bed: QueueBed;
beforeEach(async () => {
  bed = await QueueBed.open();
});
afterEach(() => bed.close());

async function listed(...flags: readonly string[]): Promise<ListDocument> {
  return documentOf<ListDocument>(await bed.run(['dead', 'list', '--json', ...flags]));
}

/** Nothing of a message or an object, and nothing of the service's own words. */
function expectNoContent({ stdout, stderr }: CliResult): void {
  for (const canary of [...CANARIES, 'canary-of-the-service']) expect(stdout + stderr).not.toContain(canary);
}

describe('faxsync dead list', () => {
  it('says that an empty queue is empty, and needs no database', async () => {
    const result = await bed.run(['dead']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toContain('Nothing is dead.');
    expect(await listed()).toMatchObject({ has_more: false, hidden: 0, messages: [] });
    expect(existsSync(String(bed.env['FAXSYNC_HOME']))).toBe(false);
  });

  it('tells of each message what it names and never what it says', async () => {
    const key = await bed.land(sampleEnvelope());
    const ids = [
      await bed.buryLanded(key),
      await bed.bury(NO_NOTIFICATION),
      await bed.bury(notificationOf('landing', `scans/${CANARIES[1]}.pdf`)),
      await bed.bury('{"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "landing"}'),
    ];
    const result = await bed.run(['dead', 'list', '--json']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expectNoContent(result);
    const { messages } = documentOf<ListDocument>(result);
    expect(messages.map(({ id, what, landed_keys }) => [id, what, landed_keys])).toEqual([
      [ids[0], 'objects', [key]],
      [ids[1], 'unreadable', []],
      [ids[2], 'foreign', []],
      [ids[3], 'test', []],
    ]);
    expect(messages.every(({ receives, sent_at }) => receives === 1 && !Number.isNaN(Date.parse(sent_at)))).toBe(true);
    const plain = await bed.run(['dead', 'list']);
    expectNoContent(plain);
    for (const id of ids) expect(plain.stdout).toMatch(new RegExp(`^${id} +2 `, 'm'));
  });

  it('gives back what it looked at, and says when there is more than it shows', async () => {
    for (let at = 0; at < 12; at++) await bed.bury(notificationOf('landing', `main/none/${at}`));
    expect(await listed('--limit', '5')).toMatchObject({ has_more: true, messages: { length: 5 } });
    expect(await listed()).toMatchObject({ has_more: false, hidden: 0, messages: { length: 12 } });
    expect(await bed.take('FAXSYNC_DEAD_LETTERS', 60)).toHaveLength(12);
  });

  it('counts what another command holds just now', async () => {
    await bed.bury('held');
    await bed.take('FAXSYNC_DEAD_LETTERS', 60);
    expect(await listed()).toMatchObject({ hidden: 1, messages: [] });
    expect((await bed.run(['dead'])).stderr).toMatch(/^warning: 1 message hidden/);
  });
});

describe('faxsync dead show', () => {
  async function shown(id: string): Promise<ShowDocument['message']> {
    const result = await bed.run(['dead', 'show', id, '--json']);
    expect(result.code).toBe(0);
    expectNoContent(result);
    return documentOf<ShowDocument>(result).message;
  }

  it('says of a landed object whether this version can read it', async () => {
    const readable = await bed.land(sampleEnvelope());
    const vanished = await bed.land(sampleEnvelope({ observation: 43 }));
    const damaged = await bed.land(sampleEnvelope({ observation: 44 }));
    const newer = await bed.land(sampleEnvelope({ observation: 45, stream: 'holograms' }));
    const ids = [];
    for (const key of [readable, vanished, damaged, newer]) ids.push(await bed.buryLanded(key));
    await bed.remove(vanished);
    await bed.damage(damaged);
    const states = [];
    for (const id of ids) states.push((await shown(id)).objects.map(({ landed_key, state }) => [landed_key, state]));
    expect(states).toEqual([
      [[readable, 'readable']],
      [[vanished, 'landed_object_missing']],
      [[damaged, 'landed_object_unreadable']],
      [[newer, 'unknown_stream']],
    ]);
    const plain = await bed.run(['dead', 'show', String(ids[1])]);
    expect(plain.stdout).toContain(`${vanished}: landed_object_missing. There is no landed object`);
    // All four are there for the next command.
    expect((await listed()).messages).toHaveLength(4);
  });

  it('says of any other message why loading it again is of no use', async () => {
    expect((await shown(await bed.bury(NO_NOTIFICATION))).advice).toContain('landing bucket did not send it');
    expect((await shown(await bed.bury(notificationOf('landing', 'notes.txt')))).advice).toContain(
      'not of the landing zone',
    );
    const elsewhere = await bed.bury(notificationOf('other', await bed.land(sampleEnvelope())));
    expect((await shown(elsewhere)).objects.map(({ state }) => state)).toEqual(['other_bucket']);
  });

  it('ends with 64 where there is no such message, and where the landing zone is not named', async () => {
    const id = await bed.bury(NO_NOTIFICATION);
    expect(await bed.run(['dead', 'show', 'none'])).toMatchObject({ code: 64 });
    const { code, stderr } = await bed.run(['dead', 'show', id], { FAXSYNC_LANDING: '' });
    expect({ code, stderr }).toMatchObject({ code: 64, stderr: expect.stringContaining('FAXSYNC_LANDING') });
  });
});

describe('faxsync dead redrive', () => {
  it('puts the named messages back as they were, and once', async () => {
    const bodies = ['a', 'b', 'c'].map((end) =>
      notificationOf('landing', `main/0000000000000/0000000000000001.faxes.slice.00000000000${end}.json.gz`),
    );
    const ids = [];
    for (const body of bodies) ids.push(await bed.bury(body));
    const first = await bed.run(['dead', 'redrive', String(ids[0]), String(ids[2]), '--json']);
    expect(first.code).toBe(0);
    expect(documentOf(first)).toMatchObject({ ok: true, moved: 2, copied: 0, failed: 0, left: 0, unknown: 0 });
    expect(await bed.take('FAXSYNC_LOADS', 60)).toEqual([bodies[0], bodies[2]]);
    expect((await listed()).messages.map(({ id }) => id)).toEqual([ids[1]]);
    const again = await bed.run(['dead', 'redrive', String(ids[0])]);
    expect(again.code).toBe(64);
    expect(again.stderr).toContain('no such message');
    const partly = await bed.run(['dead', 'redrive', String(ids[0]), String(ids[1])]);
    expect(partly.code).toBe(1);
    expect(partly.stderr).toContain('1 message not in the queue');
    expect(await listed()).toMatchObject({ messages: [] });
  });

  it('with --all puts back everything that names landed objects, a bounded number at a time, and leaves the rest', async () => {
    for (let at = 0; at < 23; at++) await bed.buryLanded(await bed.land(sampleEnvelope({ observation: 100 + at })));
    await bed.bury(NO_NOTIFICATION);
    const part = await bed.run(['dead', 'redrive', '--all', '--limit', '12', '--json']);
    expect(part.code).toBe(2);
    expect(documentOf(part)).toMatchObject({ moved: 12, has_more: true });
    const rest = await bed.run(['dead', 'redrive', '--all', '--json']);
    expect(rest.code).toBe(2);
    expect(documentOf(rest)).toMatchObject({ ok: true, moved: 11, left: 1, has_more: false });
    expect(new Set(await bed.take('FAXSYNC_LOADS', 60)).size).toBe(23);
    const third = await bed.run(['dead', 'redrive', '--all']);
    expect(third.code).toBe(2);
    expect(third.stderr).toContain('1 message left');
    expectNoContent(third);
  });

  it('is done with 0 where nothing is dead', async () => {
    expect(await bed.run(['dead', 'redrive', '--all'])).toMatchObject({ code: 0, stderr: '' });
  });

  it('puts a vanished object back too, since it may have been restored', async () => {
    const key = await bed.land(sampleEnvelope());
    await bed.buryLanded(key);
    await bed.remove(key);
    expect(documentOf(await bed.run(['dead', 'redrive', '--all', '--json']))).toMatchObject({ moved: 1 });
  });

  it('never loses a message: cut between sending and deleting, it is in both queues', async () => {
    const id = await bed.buryLanded(await bed.land(sampleEnvelope()));
    bed.faults.push({ action: 'DeleteMessageBatch', status: 400, code: 'AccessDeniedException' });
    const cut = await bed.run(['dead', 'redrive', id, '--json']);
    expect(cut.code).toBe(1);
    expectNoContent(cut);
    bed.faults.length = 0;
    expect((await listed()).messages.map((message) => message.id)).toEqual([id]);
    expect((await bed.run(['dead', 'redrive', id])).code).toBe(0);
    expect(await bed.take('FAXSYNC_LOADS', 60)).toHaveLength(2);
  });

  it('gives everything back where the load queue does not take it', async () => {
    const id = await bed.buryLanded(await bed.land(sampleEnvelope()));
    const none = String(bed.env['FAXSYNC_LOADS']).replace(/Loads$/, 'None');
    const result = await bed.run(['dead', 'redrive', '--all'], { FAXSYNC_LOADS: none });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^error: The load queue \(FAXSYNC_LOADS\) .*QueueDoesNotExist/m);
    expect((await listed()).messages.map((message) => message.id)).toEqual([id]);
  });

  it('takes either names or --all', async () => {
    expect((await bed.run(['dead', 'redrive'])).code).toBe(64);
    expect((await bed.run(['dead', 'redrive', 'x', '--all'])).code).toBe(64);
  });
});

describe('a dead-letter queue that cannot be read', () => {
  it('is named by its setting where it is missing or not the URL of a queue', async () => {
    const missing = await bed.run(['dead'], { FAXSYNC_DEAD_LETTERS: '' });
    expect(missing).toMatchObject({ code: 64, stderr: expect.stringContaining('FAXSYNC_DEAD_LETTERS is not set') });
    const wrong = await bed.run(['dead'], { FAXSYNC_DEAD_LETTERS: 'DeadLoads' });
    expect(wrong).toMatchObject({ code: 64, stderr: expect.stringContaining('is not the URL of a queue') });
    await bed.buryLanded(await bed.land(sampleEnvelope()));
    const noLoads = await bed.run(['dead', 'redrive', '--all'], { FAXSYNC_LOADS: '' });
    expect(noLoads).toMatchObject({ code: 64, stderr: expect.stringContaining('FAXSYNC_LOADS is not set') });
  });

  it.each([
    ['does not exist', 'QueueDoesNotExist', 'queue_unusable'],
    ['may not be read', 'AccessDeniedException', 'queue_unusable'],
    ['wants other credentials', 'InvalidClientTokenId', 'queue_unusable'],
    ['throttles', 'RequestThrottled', 'queue_unavailable'],
  ])('and %s ends with 1 and one line without the words of the service', async (_, code, expected) => {
    for (const action of ['GetQueueAttributes', 'ReceiveMessage']) bed.faults.push({ action, status: 400, code });
    const result = await bed.run(['dead', '--json']);
    expect(result.code).toBe(1);
    expect(documentOf(result)).toMatchObject({ error: { code: expected } });
    expect(result.stderr).toMatch(/^error: The dead-letter queue \(FAXSYNC_DEAD_LETTERS\) [^\n]+\n$/);
    expectNoContent(result);
  });

  it('and cannot be reached ends with 1 and the advice to try again', async () => {
    const result = await bed.run(['dead'], { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('run the command again');
  });
});

describe('readDeadMessage', () => {
  it('answers any text, and with landing keys only', () => {
    const anyBody = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.string().map((key) => notificationOf('landing', key)),
      fc.anything().map((value) => JSON.stringify({ Records: [{ s3: value }] }) ?? ''),
      fc.anything().map((value) => JSON.stringify({ Records: value }) ?? ''),
    );
    fc.assert(
      fc.property(anyBody, (body) => {
        const content = readDeadMessage(body, (key) => key);
        if (content.kind !== 'objects') return;
        for (const { landedKey } of content.objects) expect(parseLandingKey(landedKey)).not.toBeNull();
      }),
      { seed: PROPERTY_SEED },
    );
  });
});
