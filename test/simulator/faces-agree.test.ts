import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SWITCH_DEFAULTS } from '../../src/simulator/http-options.ts';
import { faxAt } from '../../src/simulator/plan.ts';
import { faxToV1, faxToV2 } from '../../src/simulator/wire-fax.ts';
import { World } from '../../src/simulator/world.ts';
import { PROPERTY_SEED } from '../support/random.ts';
import { DAY, iso, NOW, startRig } from './client.ts';

/** v1's fax in v2's words; what v1 leaves out is null, as v2 writes it. */
function translated(v1: ReturnType<typeof faxToV1>): object {
  const seconds = (value: number | undefined): number | null => (value === undefined ? null : value * 1000);
  const e164 = (value: string | undefined): string | null =>
    value === undefined ? null : /^\d{10}$/.test(value) ? `+1${value}` : value;
  return {
    id: v1.id,
    direction: v1.direction,
    num_pages: v1.num_pages,
    status: v1.status,
    is_test: v1.is_test,
    created_at: v1.requested_at * 1000,
    completed_at: seconds(v1.completed_at),
    caller_id: v1.caller_id ?? null,
    from_number: e164(v1.from_number),
    to_number: e164(v1.to_number),
    cost: v1.cost,
    tags: v1.tags ?? {},
    error_id: v1.error_id ?? null,
    error_type: v1.error_type ?? null,
    error_message: v1.error_code ?? null,
    recipients:
      v1.recipients?.map((one) => ({
        phone_number: e164(one.number),
        status: one.status ?? null,
        retry_count: one.retry_count,
        completed_at: seconds(one.completed_at),
        bitrate: one.bitrate === undefined ? null : Number(one.bitrate),
        resolution: one.resolution === undefined ? null : Number(one.resolution),
        error_type: one.error_type ?? null,
        error_id: one.error_id ?? null,
        error_message: one.error_code ?? null,
      })) ?? null,
  };
}

function timed(v2: ReturnType<typeof faxToV2>): object {
  const instant = (text: string | null): number | null => (text === null ? null : Date.parse(text));
  return {
    ...v2,
    created_at: instant(v2.created_at),
    completed_at: instant(v2.completed_at),
    recipients: v2.recipients?.map((one) => ({ ...one, completed_at: instant(one.completed_at) })) ?? null,
  };
}

describe('the faces of one fax', () => {
  const world = new World(21, { days: 30 }, NOW);
  const plans = world.plans();

  it('agree at every instant of its life, v1 with v2 and v2 with v2.1', () => {
    fc.assert(
      fc.property(fc.nat(plans.length - 1), fc.integer({ min: 0, max: 3 * DAY }), fc.nat(20), (index, later, step) => {
        const plan = plans[index];
        if (plan === undefined) return;
        // Every other time exactly at one of its steps, where mistakes are likeliest.
        const at = plan.states[step]?.at ?? plan.createdAt + later;
        const v2 = faxToV2(plan, at, 'v2', SWITCH_DEFAULTS);
        expect(timed(v2)).toEqual(translated(faxToV1(plan, at, SWITCH_DEFAULTS)));
        const { caller_name: name, barcodes, ...common } = faxToV2(plan, at, 'v2.1', SWITCH_DEFAULTS);
        expect(common).toEqual(v2);
        expect(name ?? null).toBe(plan.callerName);
        expect(barcodes).toHaveLength(plan.barcodes.length);
        const truth = faxAt(plan, at);
        expect([truth.status, truth.costCents, truth.numPages]).toEqual([v2.status, v2.cost, v2.num_pages]);
      }),
      { seed: PROPERTY_SEED, numRuns: 3000 },
    );
  });

  it('list the same faxes over HTTP, in opposite order', async () => {
    const rig = await startRig({ world: { days: 5, faxesPerDay: 100 } });
    const v2 = await rig.ask(`/v2/faxes?created_after=${iso(NOW - 9 * DAY)}&per_page=1000`);
    const v21 = await rig.ask(`/v2.1/faxes?created_after=${iso(NOW - 9 * DAY)}&per_page=1000`);
    const v1 = await rig.ask(`/v1/faxList?start=${(NOW - 9 * DAY) / 1000}&maxperpage=1000`);
    const ids = (answer: typeof v1): number[] => answer.json.data.map((fax: { id: number }) => fax.id);
    expect(ids(v1).length).toBeGreaterThan(200);
    expect(ids(v2)).toEqual([...ids(v1)].reverse());
    expect(ids(v21)).toEqual(ids(v2));
    expect([...ids(v1)].map(String).sort()).toEqual(
      rig.simulator.world
        .truth(NOW)
        .faxes.map((fax) => fax.faxId)
        .sort(),
    );
  });
});
