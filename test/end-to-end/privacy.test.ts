import { describe, expect, it } from 'vitest';
import { demoFaults } from '../../src/cli/demo/demo-world.ts';
import type { Instant } from '../../src/domain/time.ts';
import { OBJECT_STREAMS } from '../../src/simulator/account-objects.ts';
import type { FaxPlan } from '../../src/simulator/plan.ts';
import type { World } from '../../src/simulator/world.ts';
import { HOUR, LIVE_MS, landedOf, live, MINUTE, openRig, START } from './rigs.ts';

/** Every form a number is written in: E.164, without plus, ten digits, with dashes. */
function formsOf(phoneNumber: string): string[] {
  const digits = phoneNumber.slice(1);
  const ten = digits.slice(1);
  const dashed = `${ten.slice(0, 3)}-${ten.slice(3, 6)}-${ten.slice(6)}`;
  return phoneNumber.startsWith('+1') ? [phoneNumber, digits, ten, dashed] : [phoneNumber, digits];
}

/** What of a fax is personal. Short words that occur in any language (a department) are left to the tag names around them. */
function personalOf(plan: FaxPlan): string[] {
  const numbers = [
    plan.callerId,
    plan.fromNumber,
    plan.toNumber,
    ...(plan.recipients ?? []).map((one) => one.phoneNumber),
  ];
  const barcodes = plan.barcodes.flatMap(({ value, identifier, metadata }) => [value, identifier, metadata]);
  const texts = [plan.callerName, plan.metadata, ...Object.values(plan.tags), ...barcodes];
  return [
    ...numbers.flatMap((number) => (number === null ? [] : formsOf(number))),
    ...texts.filter((text) => text !== null && text.length >= 6),
  ].filter((text) => text !== null);
}

/** Columns whose words say nothing of anybody, and may be told. Any other text of a listed object is taken for personal. */
const OPEN_COLUMNS: ReadonlySet<string> = new Set(['status', 'port_type', 'end_subscriber_type', 'direction']);

/** What of the listed objects is personal, at an instant. */
function personalObjects(world: World, at: Instant): string[] {
  return OBJECT_STREAMS.flatMap((stream) => {
    const texts = [...world.objectsAt(stream, at).values()].flatMap((row) =>
      Object.entries(row).flatMap(([column, value]) =>
        // Digits alone are ids.
        typeof value === 'string' && !OPEN_COLUMNS.has(column) && value.length >= 6 && !/^\d+$/.test(value)
          ? [value]
          : [],
      ),
    );
    expect(texts.length, stream).toBeGreaterThan(0);
    return texts.flatMap((text) => (/^\+\d+$/.test(text) ? formsOf(text) : [text]));
  });
}

describe('the logs of a rough life', () => {
  it('hold no number, name, tag, barcode or secret, whatever goes wrong', async () => {
    const lines: string[] = [];
    const { rig, database } = await openRig({
      faults: [...demoFaults('v2.1'), { kind: 'throttle', probability: 0.05 }],
      callbacks: { forgedShare: 0.2, duplicateShare: 0.1, delayedShare: 0.2, delayMaxMs: HOUR },
      world: {
        tagKeys: ['department', 'order_id', 'patient_canary', 'zz canary'],
        barcodeShare: 0.5,
        restsFrom: START + LIVE_MS,
      },
      writeLog: (line) => lines.push(line),
    });
    await rig.pull();
    await live(rig, START + LIVE_MS / 2, 20 * MINUTE);

    // Everything that can break, broken: wrong key, dead provider, an object that cannot be read, a refused row, a lost database.
    const failures: unknown[] = [];
    const attempt = (work: () => Promise<unknown>) => work().catch((error: unknown) => failures.push(error));
    const down = rig.simulator.faults.add({
      kind: 'status',
      status: 401,
      message: 'That key or secret is not correct.',
    });
    await attempt(() => rig.pull());
    rig.simulator.faults.remove(down);
    rig.simulator.faults.clear();
    await database.pool.query(
      `alter table warehouse.faxes add constraint canary check (coalesce(caller_name, '') <> 'CATHERINE LEE') not valid`,
    );
    await live(rig, rig.clock.now() + HOUR, 20 * MINUTE);
    await database.pool.query('alter table warehouse.fax_recipients rename to fax_recipients_away');
    rig.clock.advance(20 * MINUTE);
    await attempt(() => rig.deliverCallbacks());
    await attempt(() => rig.pull());
    await database.pool.query('alter table warehouse.fax_recipients_away rename to fax_recipients');
    await attempt(() => rig.load());
    expect(failures.length).toBeGreaterThanOrEqual(2);

    const { credentials, world, callbacks } = rig.simulator;
    const secrets = [...Object.values(credentials), new URL(database.url).password].filter((text) => text !== '');
    const personal = [
      ...world.plans().flatMap(personalOf),
      ...world.numbers.flatMap(({ phoneNumber }) => formsOf(phoneNumber)),
      ...personalObjects(world, rig.clock.now()),
      ...callbacks.forgeries.map(({ marker }) => marker),
      'patient_canary',
      'zz canary',
    ];
    const canaries = [...new Set([...secrets, ...personal])];
    const keys = (await landedOf(rig)).map(({ key }) => key);
    const errors = failures.map((error) =>
      error instanceof Error ? `${error.message} ${error.stack}` : String(error),
    );
    const sinks = { logs: lines, keys, errors };
    for (const [sink, texts] of Object.entries(sinks)) {
      expect(texts.length, sink).toBeGreaterThan(0);
      const all = texts.join('\n');
      expect(canaries.filter((canary) => all.includes(canary)).length, sink).toBe(0);
    }
    expect(lines.some((line) => line.includes('"level":"ERROR"'))).toBe(true);
    expect(lines.some((line) => line.includes('callback not taken'))).toBe(true);
    // The same search finds them where they may be.
    const landed = JSON.stringify((await landedOf(rig)).map(({ envelope }) => envelope.bodies));
    expect(canaries.filter((canary) => landed.includes(canary)).length).toBeGreaterThan(500);
    console.log(
      `canaries: ${canaries.length}; found in ${lines.length} log lines, ${keys.length} keys, ${errors.length} errors: 0`,
    );
  });
});
