import { describe, expect, it } from 'vitest';
import { DAY, HOUR, landedOf, MINUTE, openRig, START } from './rigs.ts';

const WORLD = { days: 3, faxesPerDay: 120, barcodeShare: 0.6, restsFrom: START + HOUR, oddities: false } as const;

describe('PhaxCodes that barcodes name, through the real handlers', () => {
  it('are mirrored after the fax that names them, each at the cost of one call', async () => {
    const lines: string[] = [];
    const { rig, database } = await openRig({ world: WORLD, writeLog: (line) => lines.push(line) });
    await rig.pull();
    const { rows: none } = await database.pool.query('select 1 from warehouse.phax_codes');
    expect(none, 'the first run only learns of them').toEqual([]);
    for (let round = 0; round < 4; round++) {
      rig.clock.advance(30 * MINUTE);
      await rig.pull();
    }
    // Listings show some faxes late, and their codes with them.
    rig.clock.advance(2 * DAY);
    await rig.pull();
    await rig.pull();

    const known = rig.simulator.world.objects.codes.listedAt(rig.clock.now());
    expect(known.length).toBeGreaterThan(20);
    const { rows } = await database.pool.query(
      'select identifier, metadata, created_at, extra from warehouse.phax_codes order by identifier collate "C"',
    );
    const expected = known.map(({ identifier, metadata, createdAt }) => ({
      identifier,
      metadata,
      created_at: new Date(createdAt),
      extra: null,
    }));
    expect(rows).toEqual(expected.sort((a, b) => (a.identifier < b.identifier ? -1 : 1)));

    const landed = await landedOf(rig);
    const looks = landed.filter(({ envelope }) => envelope.stream === 'phax_codes');
    expect(looks.length).toBe(known.length);
    const sinks = [...lines, ...landed.map(({ key }) => key)].join('\n');
    expect(known.filter(({ identifier }) => sinks.includes(identifier))).toEqual([]);
    const { rows: left } = await database.pool.query(
      "select 1 from ops.sync_watched_objects where stream = 'phax_codes'",
    );
    expect(left).toEqual([]);
    console.log(`codes mirrored: ${rows.length}, looked up ${looks.length} times`);
  });
});
