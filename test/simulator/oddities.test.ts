import { describe, expect, it } from 'vitest';
import { ODDITY_KINDS, UNKNOWN_STATUS } from '../../src/simulator/oddities.ts';
import { UNKNOWN_FIELD } from '../../src/simulator/plan.ts';
import { DAY, iso, NOW, startRig } from './client.ts';

describe('unusual records', () => {
  it('are a few of every kind, listed by the world, and look as announced on every face', async () => {
    const rig = await startRig({ world: { days: 9, faxesPerDay: 80, oddities: true } });
    const truth = rig.simulator.world.truth(NOW);
    expect(new Set(truth.oddities.map((oddity) => oddity.kind))).toEqual(new Set(ODDITY_KINDS));
    expect(truth.oddities.length).toBeLessThan(truth.faxes.length / 20);
    const since = NOW - 30 * DAY;
    const faces = {
      v1: await rig.ask(`/v1/faxList?start=${since / 1000}&maxperpage=1000`),
      v2: await rig.ask(`/v2/faxes?created_after=${iso(since)}&per_page=1000`),
      'v2.1': await rig.ask(`/v2.1/faxes?created_after=${iso(since)}&per_page=1000`),
    };
    for (const [face, { text, json }] of Object.entries(faces)) {
      const seen = {
        unknown_status: text.includes(`"status":"${UNKNOWN_STATUS}"`),
        unknown_field: text.includes(`"${UNKNOWN_FIELD.name}":"${UNKNOWN_FIELD.value}"`),
        nul_character: text.includes('\\u0000'),
        lone_surrogate: text.includes('\\ud83d'),
        cost_as_text: /"cost":"\d+"/.test(text),
        negative_cost: /"cost":-\d/.test(text),
        missing_id: json.data.some((fax: object) => !Object.hasOwn(fax, 'id')),
        id_beyond_2_53: /"id":90071992547\d{5}[,}]/.test(text),
      };
      for (const kind of ODDITY_KINDS) expect(seen[kind], `${kind} in ${face}`).toBe(true);
      expect(json.data.length).toBe(truth.faxes.length + truth.oddities.filter((one) => !one.readable).length);
    }
  });

  it('keep wide ids exact, in listings, look-ups and the truth', async () => {
    const rig = await startRig({ world: { days: 9, faxesPerDay: 80, oddities: true } });
    const wide = rig.simulator.world.truth(NOW).oddities.find((oddity) => oddity.kind === 'id_beyond_2_53');
    const id = wide?.faxId ?? '';
    expect(Number.isSafeInteger(Number(id))).toBe(false);
    expect(BigInt(id) % 2n).toBe(1n);
    expect((await rig.ask(`/v2.1/faxes/${id}`)).text).toContain(`"id":${id},`);
    expect((await rig.ask(`/v1/faxStatus?id=${id}`)).text).toContain(`"id":${id},`);
    expect(rig.simulator.world.truth(NOW).faxes.some((fax) => fax.faxId === id)).toBe(true);
  });

  it('go on appearing as time passes, and are absent unless asked for', async () => {
    const rig = await startRig({ world: { days: 6, faxesPerDay: 80, oddities: true } });
    const before = rig.simulator.world.truth(NOW).oddities.length;
    expect(rig.simulator.world.truth(NOW + 12 * DAY).oddities.length).toBeGreaterThan(before);
    const plain = await startRig({ world: { days: 9, faxesPerDay: 80 } });
    expect(plain.simulator.world.truth(NOW).oddities).toEqual([]);
  });
});
