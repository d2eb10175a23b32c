import fc from 'fast-check';
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { describe, expect, it } from 'vitest';
import { REMEMBERED_NUMBERS_MAX, toE164 } from '../../src/phaxio/phone-number.ts';
import { decodeOne } from '../support/decode-one.ts';

/** One line a number, everything it may be written as. */
const SAME_NUMBER: Readonly<Record<string, readonly string[]>> = {
  '+14141234567': [
    '+14141234567',
    '4141234567',
    '14141234567',
    '1 414 123 4567',
    '1-414-123-4567',
    '1.414.123.4567',
    '414-123-4567',
    '414.123.4567',
    '414 123 4567',
    '(414) 123-4567',
    '(414)123-4567',
    '(414)1234567',
    '414/123-4567',
    '414 1234567',
    '414123-4567',
    ' 4141234567',
    '4141234567 ',
    '\t4141234567\n',
    '+1 414 123 4567',
    '+1-414-123-4567',
    '+1.414.123.4567',
    '+1 (414) 123-4567',
    '+1(414)1234567',
    '+1 4141234567',
    '+1  414  123  4567',
    '011 1 414 123 4567',
    '４１４１２３４５６７',
    '＋１４１４１２３４５６７',
    '٤١٤١٢٣٤٥٦٧',
    '414–123–4567',
    '414—123—4567',
    '414\u00a0123\u00a04567',
    '414\u2010123\u20104567',
    '414\u2011123\u20114567',
    '414\u2212123\u22124567',
  ],
  '+15558675309': ['+15558675309', '5558675309', '555-867-5309', '(555) 867-5309', '15558675309'],
  '+18773346654': ['+18773346654', '8773346654', '1-877-334-6654', '+1 877 334 6654'],
  '+13182258808': ['+1 318-225-8808', '+13182258808', '318-225-8808'],
  '+10005551234': ['+10005551234', '0005551234', '10005551234'],
  '+11111111111': ['+11111111111', '1111111111', '11111111111'],
  '+442071838750': [
    '+442071838750',
    '+44 20 7183 8750',
    '+44 (0)20 7183 8750',
    '+44-20-7183-8750',
    '011442071838750',
    '011 44 20 7183 8750',
    ' +44 2071838750 ',
  ],
  '+4930123456': [
    '+4930123456',
    '+49 30 123456',
    '+49 (30) 123456',
    '+49/30/123456',
    '0114930123456',
    '+49 030 123456',
  ],
  '+493012345678901': ['+493012345678901'],
  '+33123456789': ['+33123456789', '+33 1 23 45 67 89', '+33 (0)1 23 45 67 89', '+33.1.23.45.67.89', '01133123456789'],
  '+3225551234': ['+3225551234', '+32 2 555 12 34', '+32 (0)2 555 12 34'],
  '+31201234567': ['+31201234567', '+31 20 123 4567', '+31 (0)20 123 4567'],
  '+61291234567': ['+61291234567', '+61 2 9123 4567', '011 61 2 9123 4567'],
  '+81312345678': ['+81312345678', '+81 3-1234-5678', '+81-3-1234-5678'],
  '+390612345678': ['+390612345678', '+39 06 1234 5678'],
  '+5511912345678': ['+5511912345678', '+55 11 91234-5678'],
  '+525512345678': ['+525512345678', '+52 55 1234 5678'],
  '+972212345678': ['+972212345678'],
  '+64412345678': ['+64412345678'],
  '+65612345678': ['+65612345678'],
  '+85221234567': ['+85221234567', '+852 2123 4567'],
  '+8613912345678': ['+8613912345678', '+86 139 1234 5678'],
  '+919812345678': ['+919812345678', '+91 98123 45678', '+91-98123-45678'],
  '+27211234567': ['+27211234567', '+27 21 123 4567'],
  '+46812345678': ['+46812345678', '+46 8 123 456 78'],
  '+4721234567': ['+4721234567', '+47 21 23 45 67'],
  '+4532123456': ['+4532123456', '+45 32 12 34 56'],
  '+358912345678': ['+358912345678'],
  '+41441234567': ['+41441234567', '+41 44 123 45 67'],
  '+43112345678': ['+43112345678'],
  '+34912345678': ['+34912345678', '+34 912 345 678'],
  '+351212345678': ['+351212345678'],
  '+353112345678': ['+353112345678'],
  '+48221234567': ['+48221234567', '+48 22 123 45 67'],
  '+420212345678': ['+420212345678'],
  '+74951234567': ['+74951234567', '+7 495 123-45-67'],
  '+905321234567': ['+905321234567'],
  '+99912345678': ['+99912345678'],
  '+17875551234': ['+17875551234', '787-555-1234'],
};

/** What is no number one could dial from anywhere. */
const NO_NUMBERS: readonly string[] = [
  '',
  ' ',
  '+',
  '-',
  '()',
  '0',
  '1',
  '7',
  '00',
  '12',
  '110',
  '112',
  '411',
  '911',
  '988',
  '999',
  '+911',
  '1911',
  '4567',
  '12345',
  '123456',
  '414123456',
  '41412345678',
  '214141234567',
  '442071838750',
  '33123456789',
  '+1414123456',
  '+141412345678',
  '+1',
  '+44',
  '+01234567890',
  '+0',
  '+12345678901234567',
  '123456789012345678901234567890',
  '1'.repeat(50),
  '4141234567'.repeat(1000),
  'anonymous',
  'Anonymous',
  'ANONYMOUS',
  'unknown',
  'UNKNOWN',
  'private',
  'Private Number',
  'restricted',
  'Restricted',
  'unavailable',
  'Unavailable',
  'blocked',
  'withheld',
  'none',
  'null',
  'NULL',
  'undefined',
  'nil',
  'N/A',
  'n/a',
  'NaN',
  'true',
  'false',
  '*67',
  '*',
  '#',
  '#31#4141234567',
  '*674141234567',
  '4141234567 x5',
  '4141234567x5',
  '414-123-4567 ext. 5',
  '414-123-4567 ext 5',
  '+1 414 123 4567;ext=5',
  '+14141234567#5',
  '+14141234567a',
  'a4141234567',
  'fax 4141234567',
  'call 414-123-4567 now',
  '4141234567,',
  '414-123-4567 or 414-123-4568',
  '+1414123456O',
  '1-800-FLOWERS',
  'fax@example.com',
  '+14141234567@example.com',
  'sip:+14141234567@example.com',
  'https://example.com/4141234567',
  "'; drop table faxes; --",
  '4141234567; drop table faxes',
  '=HYPERLINK("http://example.com")',
  '<script>alert(1)</script>',
  '2001:db8::1',
  '192.168.0.1',
  '📠',
  '\u202e4141234567abc',
];

const forms = [
  ...Object.entries(SAME_NUMBER).flatMap(([number, written]) => written.map((form) => [form, number] as const)),
  ...NO_NUMBERS.map((form) => [form, null] as const),
];

describe('toE164', () => {
  it('has a table of 200 forms to read', () => {
    expect(new Set(forms.map(([form]) => form)).size).toBe(forms.length);
    expect(forms.length).toBeGreaterThanOrEqual(200);
  });

  it.each(forms)('reads %j as %j', (form, number) => {
    expect(toE164(form)).toBe(number);
    // Remembered, and stable.
    expect(toE164(form)).toBe(number);
    if (number !== null) expect(toE164(number)).toBe(number);
  });

  it('reads ten digits as the library does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2_000_000_000, max: 9_999_999_999 }), (digits) => {
        const parsed = parsePhoneNumberFromString(String(digits), 'US');
        expect(toE164(String(digits))).toBe(parsed?.number);
        expect(parsed?.isPossible()).toBe(true);
      }),
    );
  });

  it('gives E.164 or nothing, whatever comes in', () => {
    const near = fc.string({ unit: fc.constantFrom(...'0123456789+-() .x#'), maxLength: 24 });
    fc.assert(
      fc.property(fc.oneof(near, fc.string({ unit: 'binary' })), (text) => {
        expect(toE164(text) ?? '+1234567').toMatch(/^\+[1-9]\d{5,14}$/);
      }),
      { numRuns: 1000 },
    );
  });

  it('answers the same when its memory is full', () => {
    for (let extra = 0; extra <= REMEMBERED_NUMBERS_MAX; extra++) toE164(`#${extra}`);
    expect(toE164('414-123-4567')).toBe('+14141234567');
    expect(toE164('anonymous')).toBeNull();
  });
});

describe('the numbers of a fax', () => {
  it('are E.164, or kept as sent and named', () => {
    const { fax, refused } = decodeOne(
      '"from_number":"anonymous","to_number":"8476661235","caller_id":"911","recipients":[{"phone_number":""},{"phone_number":"+1 318-225-8808"}]',
    );
    expect(fax).toMatchObject({ fromNumber: 'anonymous', toNumber: '+18476661235', callerId: '911' });
    expect(fax.recipients?.map(({ phoneNumber }) => phoneNumber)).toEqual(['', '+13182258808']);
    expect(refused).toEqual([
      ['value', '$.recipients[0].phone_number', 'not_a_phone_number', '""'],
      ['value', '$.caller_id', 'not_a_phone_number', '"911"'],
      ['value', '$.from_number', 'not_a_phone_number', '"anonymous"'],
    ]);
  });

  it('may be sent without quotes', () => {
    const { fax, drift } = decodeOne('"to_number":8476661235');
    expect(fax.toNumber).toBe('+18476661235');
    expect(drift).toEqual([['fax', 'to_number', 'unexpected_type', 'number']]);
  });
});
