import { describe, expect, it } from 'vitest';
import { type Check, EXACT } from '../../../src/warehouse/recon/check.ts';
import { fillCheckLists } from '../../../src/warehouse/recon/describe-checks.ts';
import { CHECKS } from '../../../src/warehouse/recon/registry.ts';

const SAMPLE: Check = {
  id: 'C99',
  name: 'sample',
  left: 'this',
  right: 'that',
  why: 'To show.',
  unit: 'cents',
  severity: 'error',
  tolerance: { amount: 100, share: 0.0005 },
  isGate: true,
  every: 'hour',
  reasons: { differs: 'Look at it.' },
  sql: '',
};

const PAGE = 'a\n<!-- checks -->\nold\n<!-- end of checks -->\nb\n<!-- reasons -->\n<!-- end of reasons -->\nc\n';

describe('fillCheckLists', () => {
  it('writes a row a check and a row a reason, and keeps the rest of the page', () => {
    const filled = fillCheckLists([SAMPLE, { ...SAMPLE, id: 'C98', tolerance: EXACT, isGate: false }], PAGE);
    expect(filled.split('\n')).toEqual([
      'a',
      '<!-- checks -->',
      '| check | left | right | tolerance | | why |',
      '|---|---|---|---|---|---|',
      '| C99 sample | this | that | 100 cents and 0.05 % | error, gate, hourly | To show. |',
      '| C98 sample | this | that | 0 | error, hourly | To show. |',
      '<!-- end of checks -->',
      'b',
      '<!-- reasons -->',
      '| check | reason | what it means, what to do |',
      '|---|---|---|',
      '| C99 | `differs` | Look at it. |',
      '| C98 | `differs` | Look at it. |',
      '<!-- end of reasons -->',
      'c',
      '',
    ]);
    expect(fillCheckLists([SAMPLE], fillCheckLists([SAMPLE], PAGE))).toBe(fillCheckLists([SAMPLE], PAGE));
  });

  it('refuses a page that has no place for them', () => {
    expect(() => fillCheckLists([SAMPLE], PAGE.replace('<!-- reasons -->', ''))).toThrow(
      expect.objectContaining({ code: 'check_list_misplaced' }),
    );
  });
});

describe('the registered checks', () => {
  it('are C1 to C24, each once and in order', () => {
    expect(CHECKS.map(({ id }) => id)).toEqual(Array.from({ length: 24 }, (_, index) => `C${index + 1}`));
    expect(new Set(CHECKS.map(({ name }) => name)).size).toBe(24);
  });

  it('have a sentence for each of their reasons', () => {
    for (const { id, reasons } of CHECKS) {
      expect(Object.keys(reasons).length, id).toBeGreaterThan(0);
      for (const [reason, meaning] of Object.entries(reasons))
        expect(meaning, `${id} ${reason}`).toMatch(/^[A-Z].+\.$/s);
    }
  });
});
