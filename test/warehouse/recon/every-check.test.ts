import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Check, EXACT } from '../../../src/warehouse/recon/check.ts';
import { CHECKS } from '../../../src/warehouse/recon/registry.ts';
import type { Checked } from '../../support/recon-bed.ts';
import { ShownChecks } from '../../support/recon-shown.ts';

const ROOM = new URL('./', import.meta.url);

/** Checks whose verdicts are their own, so that no tolerance decides. */
const OWN_RULE = ['C22', 'C23'];

/** Which checks' tests end with the test that asks what their runs have shown, and by which. */
function askedChecks(): Map<string, string> {
  const asked = new Map<string, string>();
  const ids = new Map<string, string>();
  const checks = new URL('../../../src/warehouse/recon/checks/', import.meta.url);
  for (const file of readdirSync(checks)) {
    const source = readFileSync(new URL(file, checks), 'utf8');
    for (const [, name = '', id = ''] of source.matchAll(/export const (\w+): Check = \{\s+id: '(C\d+)'/g)) {
      ids.set(name, id);
    }
  }
  for (const file of readdirSync(ROOM).filter((name) => /^c\d\d-.*\.test\.ts$/.test(name))) {
    const source = readFileSync(new URL(file, ROOM), 'utf8');
    for (const [, how = '', name = ''] of source.matchAll(/^ {2}(itIsShown\w*)\(\(\) => bed, (\w+)\);$/gm)) {
      asked.set(ids.get(name) ?? name, how);
    }
  }
  return asked;
}

describe('the tests of the checks', () => {
  it('run every check to pass, to find, at its tolerance and just beyond it, and ask for it at their end', () => {
    const expected = CHECKS.map(({ id }) => [id, OWN_RULE.includes(id) ? 'itIsShownByItsOwnRule' : 'itIsShown']);
    expect(Object.fromEntries(askedChecks())).toEqual(Object.fromEntries(expected));
  });
});

/** What a run of one row comes to, that is so far from its other side, by the rule of judge.ts. */
function checkedAt(difference: number, amount: number): Checked {
  const outcome = difference === 0 ? 'pass' : difference <= amount ? 'within_tolerance' : 'exception';
  const row = { grain: 'period', outcome, tested: 1, explained: 0, untestable: 0 };
  return {
    results: [{ ...row, within: Number(outcome === 'within_tolerance'), exceptions: Number(outcome === 'exception') }],
    findings: [],
  };
}

async function shownBy(...runs: ReadonlyArray<readonly [difference: number, amount: number]>): Promise<string[]> {
  const id: Check['id'] = 'C1';
  const shown = new ShownChecks();
  for (const [difference, amount] of runs) {
    await shown.note(id, checkedAt(difference, amount), { ...EXACT, amount }, async (other) =>
      checkedAt(difference, other.amount ?? Number.POSITIVE_INFINITY),
    );
  }
  return Object.entries(shown.of(id)).flatMap(([what, is]) => (is ? [what] : []));
}

describe('what the runs of a check have shown', () => {
  it('is what they came to, and not what their tests are called', async () => {
    expect(await shownBy()).toEqual([]);
    expect(await shownBy([0, 0])).toEqual(['passes']);
    expect(await shownBy([5, 0])).toEqual(['finds']);
    expect(await shownBy([1, 0])).toEqual(['finds', 'beyondTolerance']);
  });

  it('has the edge of a tolerance where one unit less or more decides', async () => {
    expect(await shownBy([2, 3])).toEqual([]);
    expect(await shownBy([3, 3])).toEqual(['atTolerance']);
    expect(await shownBy([4, 3])).toEqual(['finds', 'beyondTolerance']);
    expect(await shownBy([0, 3], [3, 3], [4, 3])).toEqual(['passes', 'finds', 'atTolerance', 'beyondTolerance']);
  });
});
