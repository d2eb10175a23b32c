import { describe, expect, it } from 'vitest';
import { toCell } from '../../src/cli/compare-world-rows.ts';
import type { CallbackOptions } from '../../src/simulator/callback-options.ts';
import { faxAt, finishedAt } from '../../src/simulator/plan.ts';
import { DAY, differencesOf, HOUR, LIVE_MS, live, MINUTE, mirrorAll, openRig, rowsOf, START } from './rigs.ts';
import { searchDatabase, searchLanded } from './search.ts';

const ROUGH: Partial<CallbackOptions> = {
  duplicateShare: 0.1,
  replayShare: 0.05,
  delayedShare: 0.2,
  delayMaxMs: 2 * HOUR,
};

describe('a mirror without callbacks', () => {
  it('is equal once the passes have gone over it', async () => {
    const { rig } = await openRig({ callbacks: null });
    const comparison = await mirrorAll(rig);
    expect(differencesOf(comparison)).toEqual([]);
    expect(rig.endpoint.answers.size).toBe(0);
    const rows = rowsOf(comparison);
    console.log(
      `passes alone: ${Object.entries(rows)
        .map(([table, count]) => `${count} ${table}`)
        .join(', ')}; all equal`,
    );
    for (const [table, count] of Object.entries(rows)) expect(count, table).toBeGreaterThan(0);
  });
});

describe('a mirror of callbacks alone', () => {
  it('has every fax that was called about, as it was when it ended, whatever came twice, late or out of order', async () => {
    const { rig, database } = await openRig({ callbacks: { ...ROUGH, concurrency: 1 } });
    await live(rig, START + LIVE_MS, 20 * MINUTE, false);
    await live(rig, START + 6 * DAY, DAY, false);
    const called = rig.simulator.world
      .plans()
      .filter((plan) => finishedAt(plan) > START && finishedAt(plan) <= rig.clock.now());
    expect(called.length).toBeGreaterThan(30);
    const { rows } = await database.pool.query(
      'select fax_id, status, cost_cents, num_pages, created_at, completed_at, error_id, recipient_count from warehouse.faxes order by fax_id',
    );
    const expected = called
      .filter(({ oddity }) => oddity !== 'missing_id')
      .map((plan) => {
        const fax = faxAt(plan, finishedAt(plan));
        return {
          fax_id: fax.faxId,
          status: fax.status,
          cost_cents: (fax.costCents ?? 0) < 0 ? null : fax.costCents,
          num_pages: fax.numPages,
          created_at: fax.createdAt,
          completed_at: fax.completedAt,
          error_id: fax.errorId,
          recipient_count: fax.recipients?.length ?? null,
        };
      })
      .sort((a, b) => Number(BigInt(a.fax_id) - BigInt(b.fax_id)));
    const stored = rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toCell(value)])),
    );
    expect(stored).toEqual(expected);
    const answers = Object.fromEntries(rig.endpoint.answers);
    expect(answers['repeated']).toBeGreaterThan(0);
    // Each event once and no more: what came again was known by its digest.
    expect(answers['stored']).toBe(called.length);
    const doubled = await database.pool.query(
      'select fax_id from warehouse.fax_history group by fax_id, status, cost_cents, num_pages having count(*) > 1',
    );
    expect(doubled.rows).toEqual([]);
    console.log(
      `callbacks alone: ${answers['stored']} stored, ${answers['repeated']} repeated, ${stored.length} faxes`,
    );
  });
});

describe('a mirror with passes and callbacks, of which one in twenty is forged', () => {
  it('is equal, and holds no forged value in any column of any table or in any landed object', async () => {
    const { rig, database } = await openRig({
      world: { faxesPerDay: 300, days: 3 },
      callbacks: { ...ROUGH, lostShare: 0.05, forgedShare: 0.05 },
    });
    const comparison = await mirrorAll(rig);
    expect(differencesOf(comparison)).toEqual([]);
    const { forgeries } = rig.simulator.callbacks;
    const kinds = new Set(forgeries.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['forged_signature', 'forged_field', 'forged_unsigned']));
    const { byKind } = rig.simulator.stats().callbacks;
    for (const kind of kinds) expect(byKind[kind]).toMatchObject({ accepted: 0, refused: byKind[kind].sent });
    const words = forgeries.flatMap(({ marker, costCents, inventedFaxId }) => [
      marker,
      String(costCents),
      ...(inventedFaxId === null ? [] : [inventedFaxId]),
    ]);
    expect(await searchDatabase(database.pool, words)).toEqual([]);
    expect(await searchLanded(rig, words)).toEqual([]);
    // The search finds what is there.
    const genuine = rig.simulator.callbacks.forgeries[0]?.faxId ?? '';
    expect((await searchDatabase(database.pool, [genuine])).length).toBeGreaterThan(0);
    expect((await searchLanded(rig, [genuine])).length).toBeGreaterThan(0);
    console.log(
      `forged callbacks refused: ${forgeries.length} of ${forgeries.length}; forged values found: 0 of ${words.length}`,
    );
  });
});
