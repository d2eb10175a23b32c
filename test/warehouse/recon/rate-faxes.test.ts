import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uniqueness } from '../../../src/warehouse/recon/checks/c06-uniqueness.ts';
import { wireFax } from '../../support/landed.ts';
import { ReconBed } from '../../support/recon-bed.ts';

let bed: ReconBed;
beforeAll(async () => {
  bed = await ReconBed.open();
});
afterAll(async () => {
  await bed.close();
});
describe('rating', () => {
  it('runs', async () => {
    bed.newAccount();
    await bed.load({ observation: 1, at: Date.parse('2026-07-02T00:00:00Z') }, [
      wireFax(1, '2026-07-01T12:00:00.000-05:00'),
    ]);
    const r = await bed.check(uniqueness, { period: '2026-07', asOf: Date.parse('2026-08-01T00:00:00Z') });
    expect(r.findings).toEqual([]);
  });
});
