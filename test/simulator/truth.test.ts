import { describe, expect, it } from 'vitest';
import type { Fax } from '../../src/domain/fax.ts';
import { Notes } from '../../src/domain/notes.ts';
import { decodeAccountStatus } from '../../src/phaxio/decode-account.ts';
import { decodeCountries } from '../../src/phaxio/decode-country.ts';
import { decodeFaxes } from '../../src/phaxio/decode-fax.ts';
import { decodePhoneNumbers } from '../../src/phaxio/decode-number.ts';
import { UNKNOWN_STATUS } from '../../src/simulator/oddities.ts';
import { finishedAt, statusAt } from '../../src/simulator/plan.ts';
import { World } from '../../src/simulator/world.ts';
import { DAY, iso, NOW, type Rig, startRig } from './client.ts';

const ZONE = 'America/Chicago';
const SINCE = NOW - 30 * DAY;
const FACES = ['v1', 'v2', 'v2.1'] as const;
type Face = (typeof FACES)[number];

async function pageOf(rig: Rig, face: Face): Promise<string> {
  const path =
    face === 'v1'
      ? `/v1/faxList?start=${SINCE / 1000}&maxperpage=1000`
      : `/${face}/faxes?created_after=${iso(SINCE)}&per_page=1000`;
  return (await rig.ask(path)).text;
}

/** A fax as far as a dialect carries it. */
function carried(fax: Fax, face: Face): Fax {
  return face === 'v2.1' ? fax : { ...fax, callerName: null, barcodes: null };
}

function byId(left: Fax, right: Fax): number {
  return left.faxId < right.faxId ? -1 : 1;
}

describe('the truth', () => {
  it.each(FACES)('is what the client reads from %s, fax by fax and field by field', async (face) => {
    const rig = await startRig({ world: { days: 8, faxesPerDay: 90, oddities: true } });
    const truth = rig.simulator.world.truth(NOW);
    const notes = new Notes();
    const read = decodeFaxes(await pageOf(rig, face), face, { zone: ZONE, notes });
    const odd = new Set(truth.oddities.map((oddity) => oddity.faxId));
    const expected = truth.faxes.filter((fax) => !odd.has(fax.faxId)).map((fax) => carried(fax, face));
    const plain = read.items.filter((fax) => !odd.has(fax.faxId));
    expect(plain.length).toBeGreaterThan(500);
    expect(plain.sort(byId)).toEqual(expected.sort(byId));
    console.log(`truth: ${plain.length} faxes read from ${face} equal it, ${odd.size} odd ones aside`);
    const unreadable = truth.oddities.filter((oddity) => !oddity.readable).length;
    expect(read.recordCount - read.items.length).toBe(unreadable);
    const drift = notes.driftNotes().map((note) => `${note.field} ${note.kind}`);
    expect(drift).toContain('status unknown_value');
    expect(drift).toContain('delivery_priority unknown_field');
  });

  it('is what the client reads of numbers, prices and counters', async () => {
    const rig = await startRig();
    const truth = rig.simulator.world.truth(NOW);
    const notes = new Notes();
    const read = async (path: string): Promise<string> => (await rig.ask(path)).text;
    const options = { zone: ZONE, notes };
    const numbers = decodePhoneNumbers(await read('/v2.1/phone_numbers?per_page=1000'), 'v2.1', options).items;
    expect(numbers).toEqual(truth.phoneNumbers);
    const old = decodePhoneNumbers(await read('/v1/numberList'), 'v1', options).items;
    expect(old).toEqual(truth.phoneNumbers.map((number) => ({ ...number, country: null, ataName: null })));
    const prices = decodeCountries(await read('/v2.1/public/countries?per_page=1000'), 'v2.1', { notes }).items;
    expect(prices).toEqual(truth.countries);
    expect(decodeAccountStatus(await read('/v2.1/account/status'), 'v2.1', { notes }).items).toEqual([truth.account]);
    expect(decodeAccountStatus(await read('/v1/accountStatus'), 'v1', { notes }).items).toEqual([
      { ...truth.account, receivedToday: null, receivedThisMonth: null },
    ]);
    expect(notes.rejections).toEqual([]);
  });

  it('lists deleted faxes with their last look, released numbers, and faxes that are not listed yet', async () => {
    const rig = await startRig({ world: { days: 40, testShare: 0.2, lateListingShare: 0.2 } });
    const truth = rig.simulator.world.truth(NOW);
    expect(truth.deletedFaxes.length).toBeGreaterThan(20);
    const shown = new Set(truth.faxes.map((fax) => fax.faxId));
    for (const { fax, deletedAt } of truth.deletedFaxes) {
      expect(fax.isTest).toBe(true);
      expect(deletedAt).toBeLessThanOrEqual(NOW);
      expect(shown.has(fax.faxId)).toBe(false);
      expect((await rig.ask(`/v2.1/faxes/${fax.faxId}`)).status).toBe(404);
    }
    expect(truth.releasedNumbers).toHaveLength(1);
    let unlisted = 0;
    for (let minute = 0; minute < 600 && unlisted === 0; minute += 5) {
      unlisted = rig.simulator.world.truth(NOW + minute * 60_000).unlistedFaxIds.length;
    }
    expect(unlisted).toBeGreaterThan(0);
  });

  it('of a fax with an unknown status is complete at the end of its calls, before its credits', () => {
    const plans = new World(2, { oddities: true, failureShare: 1 }, NOW).plans();
    const odd = plans.filter((plan) => plan.oddity === 'unknown_status' && plan.direction === 'sent');
    expect(odd.length).toBeGreaterThan(0);
    for (const plan of odd) {
      expect(finishedAt(plan)).toBe(plan.states.find((state) => state.completedAt !== null)?.at);
      expect(statusAt(plan, finishedAt(plan) - 1)).not.toBe(UNKNOWN_STATUS);
      expect(statusAt(plan, finishedAt(plan))).toBe(UNKNOWN_STATUS);
    }
  });
});
