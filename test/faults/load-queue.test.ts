import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROPERTY_SEED, seededRandom } from '../support/random.ts';
import { DEPLOYED, HOUR, LoadRig, MINUTE, START } from './load-rig.ts';

const { batchSize, receivesMax, visibilityMs } = DEPLOYED;

let rig: LoadRig;
beforeEach(async () => {
  rig = await LoadRig.open();
});
afterEach(() => rig.close());

/** What the bucket tells the queue of a key. */
function bodyOf(key: string): string {
  return JSON.stringify({
    Records: [{ s3: { bucket: { name: 'landing' }, object: { key: encodeURIComponent(key) } } }],
  });
}

/** Bodies that no receive will ever make good. */
const BAD: Readonly<Record<string, () => Promise<string>>> = {
  'no notification': async () => 'not json',
  'a notification without objects': async () => '{"hello":1}',
  'an object that is not there': async () =>
    bodyOf(`main/0000000000000/${'0'.repeat(16)}.faxes.slice.000000000000.json.gz`),
  'an object of a stream of the future': async () =>
    bodyOf(await rig.land({ observation: 901, at: START, stream: 'holograms' }, [])),
};

describe('the load queue', () => {
  it('gives back only the bad one of ten messages, whatever is wrong with it, and does none of the nine others again', async () => {
    const random = seededRandom(PROPERTY_SEED);
    let number = 0;
    for (const [what, make] of Object.entries(BAD)) {
      const place = Math.floor(random() * batchSize);
      const bad = await make();
      const sent = [];
      for (let at = 0; at < batchSize; at++) {
        sent.push(at === place ? rig.source.send(bad) : rig.source.announce(await rig.landFax(++number)));
      }
      await rig.source.drain();
      const receives = sent.map((message) => message.receives);
      expect(receives, what).toEqual(sent.map((_, at) => (at === place ? receivesMax : 1)));
      expect(rig.source.dead.at(-1)?.messageId, what).toBe(sent[place]?.messageId);
    }
    const kinds = Object.keys(BAD).length;
    expect(rig.source.dead).toHaveLength(kinds);
    const runs = rig.log.filter(({ message }) => message === 'objects loaded');
    const loaded = runs.reduce((sum, { object_count: count }) => sum + Number(count), 0);
    const redone = [...rig.reads].filter(([key, reads]) => reads > 1 && !/holograms|000000000000\./.test(key));
    expect({ loaded, rows: await rig.count('ops.landed_objects'), redone }).toEqual({
      loaded: number,
      rows: number,
      redone: [],
    });
    console.log(
      `1 of ${batchSize} messages bad, ${kinds} ways, seed ${PROPERTY_SEED}: ${kinds} came back alone, ${loaded} good ones loaded, ${redone.length} of them redone`,
    );
  });

  it('puts a poison message aside after five receives, while none of the others waits for it', async () => {
    const poison = rig.source.send('not json');
    const others = [];
    for (let minute = 0; minute < 120; minute++) {
      others.push(rig.source.announce(await rig.landFax(minute + 1)));
      await rig.source.runUntil(START + (minute + 1) * MINUTE);
    }
    await rig.source.drain();
    expect(rig.source.dead).toEqual([poison]);
    expect(poison).toMatchObject({ receives: receivesMax, doneAt: null });
    expect(receivesMax).toBe(5);
    const delays = others.map(({ sentAt, firstReceivedAt }) => (firstReceivedAt ?? Number.NaN) - sentAt);
    expect(Math.max(...delays)).toBe(0);
    expect(others.filter(({ receives }) => receives !== 1)).toEqual([]);
    expect(await rig.count('ops.landed_objects')).toBe(others.length);
    const failures = rig.log.filter(({ message }) => message === 'load failed');
    expect(failures).toHaveLength(receivesMax);
    const minutes = (receivesMax * visibilityMs) / MINUTE;
    expect(minutes).toBeLessThan(120);
    console.log(
      `1 poison message among ${others.length + 1}: dead after ${poison.receives} receives, ${Math.round(minutes)} minutes; the others waited ${Math.max(...delays)} ms`,
    );
  });
});

describe('the dead-letter queue', () => {
  it('keeps a message longer than the load queue, though its age goes on', async () => {
    const poison = rig.source.send('not json');
    await rig.source.drain();
    await rig.source.runUntil(START + DEPLOYED.retentionMs + HOUR);
    expect(rig.source.dead).toEqual([poison]);
    await rig.source.runUntil(START + DEPLOYED.deadRetentionMs + 1);
    expect({ dead: rig.source.dead, expired: rig.source.expired }).toEqual({ dead: [], expired: [poison] });
  });
});
