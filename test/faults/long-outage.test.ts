import { afterEach, describe, expect, it } from 'vitest';
import { type AuditReport, createAuditHandler } from '../../functions/audit.ts';
import { SETTINGS } from '../../infra/settings.ts';
import { LOCAL_CONTEXT } from '../../src/cli/local-host.ts';
import type { Announcer } from '../../src/landing/contract.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { EventSource } from '../support/event-source.ts';
import { warehouseContent } from '../support/warehouse-content.ts';
import { AUDIT_GRACE_MS, DEPLOYED, HOUR, LoadRig, MINUTE, START } from './load-rig.ts';

const { auditHours, auditMinutes } = SETTINGS.schedules;

let rig: LoadRig;
afterEach(() => rig.close());

/** An outage in a stream of objects, one each `everyMs`; some come before it, and some after. */
interface Outage {
  readonly lastsMs: number;
  readonly everyMs: number;
}

const DOWN_FROM = START + HOUR;

/** What the bucket does when the audit tags an object: it tells the queue, and counts. `early`: announced while the bucket's first message was not given up. */
function announcerOf(source: EventSource): Announcer & { readonly early: readonly string[] } {
  const times = new Map<string, number>();
  const early: string[] = [];
  const isDead = (key: string) => source.dead.some(({ body }) => body.includes(encodeURIComponent(key)));
  return {
    early,
    announce: async (key, timesMax) => {
      const before = times.get(key) ?? 0;
      if (before >= timesMax) return { isAnnounced: false, times: before };
      if (before === 0 && !isDead(key)) early.push(key);
      times.set(key, before + 1);
      source.announce(key, 'ObjectTagging:Put');
      return { isAnnounced: true, times: before + 1 };
    },
  };
}

/**
 * Lets an account live through an outage, with the audit at its deployed times; what the audits did, null for each that failed.
 * `turn` begins and ends it; default: the database is out of reach.
 */
async function liveThrough(
  { lastsMs, everyMs }: Outage,
  turn = async (isDown: boolean) => {
    rig.gate.isDown = isDown;
  },
): Promise<Array<AuditReport | null>> {
  const { source, clock } = rig;
  const announcer = announcerOf(source);
  const ports = { landing: rig.landing, pool: rig.connect('faxsync-audit'), announcer, graceMs: AUDIT_GRACE_MS };
  const log = createLogger({ service: 'audit', level: 'SILENT' });
  const audit = createAuditHandler({ clock, log, auditDeps: () => ports });
  const reports: Array<AuditReport | null> = [];
  const end = DOWN_FROM + lastsMs + 2 * HOUR + everyMs;
  let auditAt = START + auditMinutes * MINUTE;
  for (let at = START; at < end; at += everyMs) {
    if (at >= auditAt) {
      const event = { account: 'main', since_hours: auditHours };
      reports.push(await audit(event, LOCAL_CONTEXT).catch(() => null));
      auditAt += auditMinutes * MINUTE;
    }
    if (at === DOWN_FROM) await turn(true);
    if (at === DOWN_FROM + lastsMs) await turn(false);
    source.announce(await rig.landFax(rig.landedAt.size + 1, at));
    await source.runUntil(at + everyMs);
  }
  await source.drain();
  expect(announcer.early, 'no object is announced while its message may still be received').toEqual([]);
  return reports;
}

/** How many healthy messages the outage would put aside with this many receives, and after how many minutes a poison one is. */
async function costOfReceives(receivesMax: number, { lastsMs, everyMs }: Outage): Promise<string> {
  let isDown = false;
  const source = new EventSource({
    ...DEPLOYED,
    receivesMax,
    startAt: START,
    environment: () => async (event) => {
      const failed = event.Records.filter(() => isDown);
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    },
  });
  for (let at = START; at < DOWN_FROM + lastsMs + HOUR; at += everyMs) {
    isDown = at >= DOWN_FROM && at < DOWN_FROM + lastsMs;
    source.send('healthy');
    await source.runUntil(at + everyMs);
  }
  await source.drain();
  const poisonMinutes = Math.round((receivesMax * DEPLOYED.visibilityMs) / MINUTE);
  return `${receivesMax} receives: ${source.dead.length} (poison after ${poisonMinutes} minutes)`;
}

describe('an outage of the database that lasts longer than the receives', () => {
  it.each([
    { what: 'two hours', lastsMs: 2 * HOUR, everyMs: MINUTE },
    { what: 'a long weekend', lastsMs: 60 * HOUR, everyMs: 30 * MINUTE },
  ])(
    'loses nothing in $what: the audit announces again what went to the dead letters, and a redrive of these changes nothing',
    async (outage) => {
      rig = await LoadRig.open();
      const { source } = rig;
      const reports = await liveThrough(outage);
      const landed = rig.landedAt.size;
      const dead = source.dead.length;
      expect(dead, 'healthy messages run out of receives').toBeGreaterThan(0);
      expect(reports.filter((report) => report === null).length).toBeGreaterThanOrEqual(outage.lastsMs / HOUR - 1);
      expect(await rig.count('ops.landed_objects')).toBe(landed);
      expect(reports.at(-1)).toMatchObject({ unloaded: 0, givenUp: 0 });
      const announced = reports.reduce((sum, report) => sum + (report?.announced ?? 0), 0);
      expect(announced).toBeGreaterThanOrEqual(dead);

      const before = await warehouseContent(rig.bed.database.pool);
      expect(source.redrive()).toBe(dead);
      await source.drain();
      expect(source.dead).toEqual([]);
      expect(await warehouseContent(rig.bed.database.pool)).toEqual(before);
      const failed = reports.filter((report) => report === null).length;
      console.log(
        `${outage.lastsMs / HOUR} hours without a database: ${landed} objects landed, ${dead} messages dead, ${failed} audits failed, ${announced} objects announced again, 0 lost, 0 rows changed by the redrive`,
      );
      if (outage.lastsMs > 2 * HOUR) return;
      const costs = await Promise.all(
        [DEPLOYED.receivesMax, 12, 24].map((receives) => costOfReceives(receives, outage)),
      );
      console.log(
        `healthy messages dead after ${outage.lastsMs / HOUR} hours, by receives allowed: ${costs.join(', ')}`,
      );
    },
  );

  it('gives up, counts and keeps what it announced three times while the database could only be read; a redrive loads it', async () => {
    rig = await LoadRig.open();
    const { source, gate } = rig;
    const { pool, url } = rig.bed.database;
    const reports = await liveThrough({ lastsMs: 6 * HOUR, everyMs: HOUR }, async (isDown) => {
      const name = new URL(url).pathname.slice(1);
      const setting = `default_transaction_read_only = ${isDown ? 'on' : 'off'}`;
      await pool.query(`begin read write; alter database ${name} set ${setting}; commit`);
      gate.isDown = true;
      gate.isDown = false;
    });
    const landed = rig.landedAt.size;
    const givenUp = reports.at(-1)?.givenUp ?? 0;
    expect(reports).not.toContain(null);
    expect(givenUp).toBeGreaterThan(0);
    expect(await rig.count('ops.landed_objects')).toBe(landed - givenUp);
    const dead = source.redrive();
    await source.drain();
    expect(source.dead).toEqual([]);
    expect(await rig.count('ops.landed_objects')).toBe(landed);
    console.log(
      `6 hours with a database that could only be read: ${landed} objects landed, ${givenUp} given up after three announcements, ${dead} messages dead; loaded after the redrive: ${landed}`,
    );
  });
});
