import { describe, expect, it } from 'vitest';
import { RECONCILIATION_DEFAULTS } from '../../src/domain/reconciliation.ts';
import { parseSettings, type SettingTexts } from '../../src/runtime/settings.ts';

const VARIABLE = 'FAXSYNC_RECONCILIATION';
const RATE = { country: 'US', direction: 'sent', price_per_page_cents: 4.5, from: '2026-01-01' };

function parse(written: unknown, env: SettingTexts = {}) {
  const text = typeof written === 'string' ? written : JSON.stringify(written);
  return parseSettings({ ...env, [VARIABLE]: text }).accounts[0]?.reconciliation;
}

function faultsIn(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    const { message } = error as Error;
    expect(message).not.toMatch(/canary/i);
    return message.split('\n').slice(1).join('\n').trim();
  }
  return '';
}

function faultsOf(written: unknown): string {
  return faultsIn(() => parse(written));
}

describe('the setting of the reconciliation', () => {
  it('has a default for everything', () => {
    expect(parseSettings({}).accounts[0]?.reconciliation).toEqual(RECONCILIATION_DEFAULTS);
    expect(parse({})).toEqual(RECONCILIATION_DEFAULTS);
  });

  it('is read whole', () => {
    expect(
      parse({
        settle_days: 6,
        credit_days: 40,
        counter_zone: 'UTC',
        counters_include_tests: false,
        recharge_cents: 10_000,
        stuck_hours: 12,
        fresh_hours: 3,
        idle_days: 30,
        chargeback_tag: 'ward',
        unrated_share_max: 0,
        write_off_max_cents: 0,
        dispute_days: 90,
        tolerances: { C17: { amount: 0, share: 0.0005 }, C19: { amount: 100 }, C2: { share: 1, amount: null } },
        rates: [
          { ...RATE, to: '2026-07-01' },
          { ...RATE, from: '2026-07-01', price_per_page_cents: '4.25', to: null },
          { ...RATE, country: '*', direction: '*', price_per_page_cents: 0 },
        ],
      }),
    ).toEqual({
      limits: {
        settleDays: 6,
        creditDays: 40,
        counterZone: 'UTC',
        countersIncludeTests: false,
        rechargeCents: 10_000,
        stuckHours: 12,
        freshHours: 3,
        idleDays: 30,
        chargebackTag: 'ward',
        unratedShareMax: 0,
        writeOffMaxCents: 0,
        disputeDays: 90,
        tolerances: {
          C17: { amount: 0, share: 0.0005 },
          C19: { amount: 100, share: null },
          C2: { amount: null, share: 1 },
        },
      },
      rates: [
        { country: 'US', direction: 'sent', pricePerPageCents: 4.5, from: '2026-01-01', to: '2026-07-01' },
        { country: 'US', direction: 'sent', pricePerPageCents: 4.25, from: '2026-07-01', to: null },
        { country: '*', direction: '*', pricePerPageCents: 0, from: '2026-01-01', to: null },
      ],
    });
    expect(parse({ chargeback_tag: null, recharge_cents: null, dispute_days: null })?.limits).toMatchObject({
      chargebackTag: null,
      rechargeCents: null,
      disputeDays: null,
    });
  });

  it.each([
    ['{"settle_days": 5,}', `${VARIABLE} is not JSON: check its commas and quotes`],
    ['7', `${VARIABLE} is not an object: write`],
    ['[]', `${VARIABLE} is not an object: write`],
    ['null', `${VARIABLE} is not an object: write`],
    [{ canary: 1 }, `${VARIABLE} has a key that does not exist: allowed are settle_days, credit_days,`],
    [{ settle_days: '5' }, `${VARIABLE}.settle_days is not a whole number from 0 to 3660: write it without quotes`],
    [{ credit_days: 1.5 }, `${VARIABLE}.credit_days is not a whole number`],
    [{ credit_days: -1 }, `${VARIABLE}.credit_days is not a whole number`],
    [{ credit_days: null }, `${VARIABLE}.credit_days is not a whole number`],
    [{ stuck_hours: 0 }, `${VARIABLE}.stuck_hours is not a whole number from 1`],
    [{ recharge_cents: 0 }, `${VARIABLE}.recharge_cents is not a whole number from 1`],
    [{ write_off_max_cents: 1e12 }, `${VARIABLE}.write_off_max_cents is not a whole number`],
    [{ counter_zone: 'Canary/Nowhere' }, `${VARIABLE}.counter_zone is not a time zone: write an IANA name`],
    [{ counters_include_tests: 'yes' }, `${VARIABLE}.counters_include_tests is neither true nor false`],
    [{ chargeback_tag: '' }, `${VARIABLE}.chargeback_tag is empty: write the name of a tag, or null`],
    [{ unrated_share_max: 2 }, `${VARIABLE}.unrated_share_max is not a share from 0 to 1: write 0.02`],
    [{ unrated_share_max: '0.02' }, `${VARIABLE}.unrated_share_max is not a share`],
    [{ tolerances: { canary: { amount: 1 } } }, `${VARIABLE}.tolerances has a key that does not exist: allowed are C1`],
    [
      { tolerances: { C22: { amount: 1 } } },
      `${VARIABLE}.tolerances has a key that does not exist: allowed are C1 to C24 but C22 and C23, which judge by`,
    ],
    [{ tolerances: { C23: { amount: 1 } } }, `${VARIABLE}.tolerances has a key that does not exist: allowed are C1`],
    [{ tolerances: { C25: { amount: 1 } } }, `${VARIABLE}.tolerances has a key that does not exist: allowed are C1`],
    [{ tolerances: { C1: {} } }, `${VARIABLE}.tolerances.C1 has neither an amount nor a share`],
    [{ tolerances: { C1: { amount: null } } }, `${VARIABLE}.tolerances.C1 has neither an amount nor a share`],
    [{ tolerances: { C1: { canary: 1 } } }, `${VARIABLE}.tolerances.C1 has a key that does not exist: allowed are am`],
    [{ tolerances: { C1: { amount: -1 } } }, `${VARIABLE}.tolerances.C1.amount is not a number of at least 0`],
    [{ tolerances: { C1: { share: 1.1 } } }, `${VARIABLE}.tolerances.C1.share is not a share from 0 to 1`],
    [{ tolerances: [] }, `${VARIABLE}.tolerances is not an object: write {"C19"`],
    [{ rates: {} }, `${VARIABLE}.rates is not a list of rates: write []`],
    [{ rates: ['canary'] }, `${VARIABLE}.rates[0] is not a rate: write {"country": "US"`],
    [{ rates: [{ ...RATE, canary: 1 }] }, `${VARIABLE}.rates[0] has a key that does not exist: allowed are country,`],
    [{ rates: [{ ...RATE, from: undefined }] }, `${VARIABLE}.rates[0].from is missing`],
    [{ rates: [RATE, { ...RATE, from: '2026-02-30' }] }, `${VARIABLE}.rates[1].from is not a day`],
    [{ rates: [{ ...RATE, to: '2026-01-01' }] }, `${VARIABLE}.rates[0].to is not after "from"`],
    [{ rates: [{ ...RATE, country: 'us' }] }, `${VARIABLE}.rates[0].country is not a country: write its two letters`],
    [{ rates: [{ ...RATE, country: 'UK' }] }, `${VARIABLE}.rates[0].country is not a country: write its two letters`],
    [{ rates: [{ ...RATE, country: 'XX' }] }, `${VARIABLE}.rates[0].country is not a country: write its two letters`],
    [{ rates: [{ ...RATE, country: 'ZZ' }] }, `${VARIABLE}.rates[0].country is not a country: write its two letters`],
    [
      { rates: [{ ...RATE, direction: 'out' }] },
      `${VARIABLE}.rates[0].direction is no direction: write sent, received`,
    ],
    [{ rates: [RATE, { ...RATE, from: '2026-05-01' }] }, `${VARIABLE}.rates[1] holds on days of rates[0]`],
  ])('refuses %j by its path, with the remedy and without the value', (written, fault) => {
    const faults = faultsOf(written);
    expect(faults).toContain(fault);
    expect(faults.split('\n')).toHaveLength(1);
  });

  it('names every fault at once', () => {
    const faults = faultsOf({
      settle_days: -1,
      idle_days: 0,
      rates: [{ ...RATE, country: 'canary', to: '2025-01-01' }],
    });
    expect(faults).toContain(`${VARIABLE}.settle_days`);
    expect(faults).toContain(`${VARIABLE}.idle_days`);
    expect(faults).toContain(`${VARIABLE}.rates[0].country`);
  });

  it('takes prices of up to four decimals as they are written, as numbers or as text, and refuses what a float would hide', () => {
    const priceOf = (price: unknown) =>
      parse({ rates: [{ ...RATE, price_per_page_cents: price }] })?.rates[0]?.pricePerPageCents;
    for (let tenThousandths = 1; tenThousandths < 100_000; tenThousandths += 37) {
      const text = `${Math.floor(tenThousandths / 10_000)}.${String(tenThousandths % 10_000).padStart(4, '0')}`;
      expect(priceOf(text)).toBe(Number(text));
      expect(priceOf(Number(text))).toBe(Number(text));
    }
    for (const price of [4.00001, 0.1 + 0.2, 1e-7, 1e21, -4, '4,5', '', ' 4', '4.', '.5', '1e2', 100_001, true, null]) {
      const faults = faultsOf({ rates: [{ ...RATE, price_per_page_cents: price }] });
      expect(faults, String(price)).toContain(`${VARIABLE}.rates[0].price_per_page_cents is not a price in cents`);
    }
  });

  it('may have one country end where its next rate begins, and both directions side by side', () => {
    const rates = [
      { ...RATE, to: '2026-03-01' },
      { ...RATE, from: '2026-03-01' },
      { ...RATE, direction: 'received' },
      { ...RATE, country: '*' },
    ];
    expect(parse({ rates })?.rates).toHaveLength(4);
  });
});

describe('the reconciliation of an account of several', () => {
  const file = (content: object, env: SettingTexts = {}) =>
    parseSettings(
      { ...env, FAXSYNC_ACCOUNTS_FILE: 'accounts.json' },
      {},
      { readText: () => JSON.stringify([{ account: 'north', ...content }, { account: 'south' }]) },
    ).accounts.map(({ reconciliation }) => reconciliation.limits.settleDays);

  it('is an object of its entry, and else what the variable says', () => {
    expect(file({ reconciliation: { settle_days: 9 } })).toEqual([9, 5]);
    expect(file({ reconciliation: { settle_days: 9 } }, { [VARIABLE]: '{"settle_days": 7}' })).toEqual([9, 7]);
    expect(file({ reconciliation: {} }, { [VARIABLE]: '{"settle_days": 7}' })).toEqual([5, 7]);
  });

  it('has its faults named by the place of the entry', () => {
    expect(faultsIn(() => file({ reconciliation: { rates: [{ ...RATE, from: 'canary' }] } }))).toMatch(
      /^FAXSYNC_ACCOUNTS_FILE\[0\]\.reconciliation\.rates\[0\]\.from is not a day/,
    );
    const list = JSON.stringify([{ account: 'north', reconciliation: { settle_days: 'canary' } }]);
    expect(faultsIn(() => parseSettings({ FAXSYNC_ACCOUNTS: list }))).toMatch(
      /^FAXSYNC_ACCOUNTS\[0\]\.reconciliation\.settle_days is not a whole number/,
    );
  });

  it('comes by a flag too', () => {
    const { accounts } = parseSettings({}, { [VARIABLE]: '{"idle_days": 10}' });
    expect(accounts[0]?.reconciliation.limits.idleDays).toBe(10);
    expect(faultsIn(() => parseSettings({}, { [VARIABLE]: '{"idle_days": 0}' }))).toMatch(
      /^--reconciliation\.idle_days is not a whole number/,
    );
  });
});
