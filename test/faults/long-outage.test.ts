import type { Pool } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import type { Instant } from '../../src/domain/time.ts';
import { auditLanded } from '../../src/pipeline/audit.ts';
import { EventSource } from '../support/event-source.ts';
import { warehouseContent } from '../support/warehouse-content.ts';
import { DEPLOYED, HOUR, LoadRig, MINUTE, START } from './load-rig.ts';

/** One object each half minute, as an account with callbacks lands them. */
const EVERY = MINUTE / 2;
const DOWN_FROM = START + HOUR / 2;
const OUTAGE = 2 * HOUR;
const END = DOWN_FROM + OUTAGE + HOUR;

let rig: LoadRig;
afterEach(() => rig?.close());

/** What the audit of this hour puts back on the queue; nothing while it cannot read the ledger. */
async function audit(pool: Pool): Promise<number> {
  const found = await auditLanded({ landing: rig.bed.deps.landing, pool }, 'main').catch(() => null);
  for (const key of found?.unloaded ?? []) rig.source.announce(key, 'ObjectTagging:Put');
  return found?.unloaded.length ?? 0;
}

/** How many healthy messages the outage would put aside with this many receives, and after how many minutes a poison one is. */
async function costOfReceives(receivesMax: number): Promise<string> {
  let now: Instant = START;
  const source = new EventSource({
    ...DEPLOYED,
    receivesMax,
    startAt: START,
    environment: () => async (event) => {
      const isDown = now >= DOWN_FROM && now < DOWN_FROM + OUTAGE;
      const failed = event.Records.filter(({ body }) => isDown || body === 'poison');
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    },
  });
  source.send('poison');
  const step = async (at: Instant) => {
    await source.runUntil(at);
    now = at;
  };
  for (let at = START; at < END; at += EVERY) {
    await step(at);
    source.send('healthy');
  }
  for (let at = END; at < END + 12 * HOUR; at += MINUTE) await step(at);
  const healthy = source.dead.filter(({ body }) => body === 'healthy').length;
  return `${receivesMax} receives: ${healthy} (poison after ${Math.round((receivesMax * DEPLOYED.visibilityMs) / MINUTE)} minutes)`;
}

describe('an outage of the database longer than the receives last', () => {
  it('loses nothing: the audit announces again what went to the dead letters, and a redrive of these changes nothing', async () => {
    rig = await LoadRig.open();
    const { source } = rig;
    const pool = rig.connect();
    let landed = 0;
    let announced = 0;
    let auditAt = START + HOUR;
    for (let at = START; at < END; at += EVERY) {
      rig.gate.isDown = at >= DOWN_FROM && at < DOWN_FROM + OUTAGE;
      if (at >= auditAt) {
        announced += await audit(pool);
        auditAt += HOUR;
      }
      source.announce(await rig.landFax(++landed, at));
      await source.runUntil(at + EVERY);
    }
    await source.drain();
    const dead = source.dead.length;
    expect(dead, 'the receives are used up in the first hour').toBeGreaterThan(0);
    expect(announced).toBeGreaterThanOrEqual(dead);
    expect(await rig.count('ops.landed_objects')).toBe(landed);
    expect(await audit(pool)).toBe(0);

    const before = await warehouseContent(rig.bed.database.pool);
    expect(source.redrive()).toBe(dead);
    await source.drain();
    expect(source.dead).toEqual([]);
    expect(await warehouseContent(rig.bed.database.pool)).toEqual(before);
    console.log(
      `${OUTAGE / HOUR} hours without a database: ${landed} objects landed, ${dead} messages dead, ${announced} announced again by the audit, 0 objects lost, 0 rows changed by the redrive`,
    );
    const costs = await Promise.all([DEPLOYED.receivesMax, 12, 24].map(costOfReceives));
    console.log(`healthy messages dead after ${OUTAGE / HOUR} hours by receives allowed: ${costs.join(', ')}`);
  });
});
