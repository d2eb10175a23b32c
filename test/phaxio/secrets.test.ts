import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyText, type RawBody, toRawBody } from '../../src/domain/raw-body.ts';
import { kindOfName } from '../../src/phaxio/secret-names.ts';
import { withoutSecrets } from '../../src/phaxio/secrets.ts';

const CANARY = 'c4n4ry';
const raw = (body: string): RawBody => ({ status: 200, encoding: 'utf8', body });
const clean = (body: string): string => withoutSecrets(raw(body)).body;

/** A JSON text in which characters are escaped that need not be, as `escapes` says in turn. */
function quoted(text: string, escapes: readonly boolean[]): string {
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  const written = units.map((unit, i) =>
    escapes[i % escapes.length] === true
      ? `\\u${unit.toString(16).padStart(4, '0')}`
      : JSON.stringify(String.fromCharCode(unit)).slice(1, -1),
  );
  return `"${written.join('')}"`;
}

const escapes = fc.array(fc.boolean(), { minLength: 1, maxLength: 7 });
const space = fc.constantFrom('', ' ', '\n', '\r\n\t');

const ATA_NAMES = [
  'username',
  'password',
  'userName',
  'user_name',
  'sip_password',
  'SIPPassword',
  'auth_password2',
  'Auth-User',
  'passwords',
].concat([
  'sip.user',
  'User Name',
  'password_hash',
  'credentials',
  'provisioning_token',
  'clientSecret',
  'sippassword',
  'authusername',
  'authpass',
  'sipuser',
  'sip_pwd',
  'authid',
  'auth_user_id',
  'authorization',
  'apikey',
]);
const PORT_NAMES = [
  'pin',
  'port_out_pin',
  'portOutPin',
  'PIN',
  'port-out-pin',
  'PINCode',
  'pin2',
  'pins',
  'portoutpin',
  'account_passcode',
  'accountpin',
  'transferPin',
  'pinnumber',
  'port_out_code',
  'security_code',
];

/** Any JSON text that holds the canary. */
const secretValue: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(fc.string(), escapes).map(([text, how]) => quoted(text + CANARY + text, how)),
  fc.constantFrom(
    `["${CANARY}",{"a":"}]${CANARY}"}]`,
    `{"a":{"b":["${CANARY}","\\"]"]}}`,
    '7340912',
    '-7340912.5e3',
    `" ${CANARY}, } "`,
  ),
);
/** Names that are no secrets, and only look like some. */
const OTHER_NAMES = [
  'id',
  'name',
  'shipping',
  'user_phone_number',
  'user_agent',
  'opinion',
  'spin',
  'passage',
  'domain',
  '',
  'a"b',
  'pinion',
];

/** One JSON text with secrets in it, and what must come of it. */
interface Pair {
  readonly dirty: string;
  readonly expected: string;
}

function pairs(names: readonly string[]): fc.Arbitrary<Pair> {
  const { node } = fc.letrec<{ node: Pair }>((tie) => {
    const leaf = fc.oneof(
      fc
        .tuple(
          fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
          escapes,
        )
        .map(([text, how]) => quoted(text, how)),
      fc.constantFrom('0', '-1.50', '1e21', '9007199254740993', 'true', 'null', '"pin"', '"password: x"', '[]', '{}'),
    );
    const plain = leaf.map((text) => ({ dirty: text, expected: text }));
    const member = fc
      .tuple(fc.constantFrom(...OTHER_NAMES), escapes, space, tie('node'))
      .map(([name, how, blank, { dirty, expected }]) => {
        const before = `${blank}${quoted(name, how)}${blank}:${blank}`;
        return { dirty: `${before}${dirty}${blank}`, expected: `${before}${expected}${blank}` };
      });
    const secret = fc.tuple(fc.constantFrom(...names), escapes, space, secretValue).map(([name, how, blank, value]) => {
      const before = `${blank}${quoted(name, how)}${blank}:${blank}`;
      return { dirty: `${before}${value}${blank}`, expected: `${before}null${blank}` };
    });
    const members = fc.array(fc.oneof(member, secret), { maxLength: 4 });
    const join = (parts: readonly Pair[], open: string, close: string): Pair => ({
      dirty: open + parts.map(({ dirty }) => dirty).join(',') + close,
      expected: open + parts.map(({ expected }) => expected).join(',') + close,
    });
    return {
      node: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        plain,
        members.map((parts) => join(parts, '{', '}')),
        fc.array(tie('node'), { maxLength: 3 }).map((parts) => join(parts, '[', ']')),
      ),
    };
  });
  return fc.tuple(node, fc.constantFrom(...names), secretValue).map(([{ dirty, expected }, name, value]) => ({
    dirty: `{"success":true,"data":[${dirty}],"${name}":${value}}`,
    expected: `{"success":true,"data":[${expected}],"${name}":null}`,
  }));
}

describe.each([
  ['adapters', ATA_NAMES],
  ['port orders', PORT_NAMES],
] as const)('withoutSecrets of %s', (_, names) => {
  it('makes the value of a secret null, however it is written, and leaves every other byte as it was', () => {
    fc.assert(
      fc.property(pairs(names), ({ dirty, expected }) => {
        expect(() => JSON.parse(dirty)).not.toThrow();
        expect(clean(dirty)).toBe(expected);
        expect(clean(`\ufeff${dirty}`)).toBe(`\ufeff${expected}`);
      }),
      { numRuns: 500 },
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(pairs(names), ({ dirty }) => {
        const once = withoutSecrets(raw(dirty));
        expect(withoutSecrets(once)).toBe(once);
      }),
    );
  });

  it('does the same to bytes that are not UTF-8, and makes text of them only where it dropped something', () => {
    fc.assert(
      fc.property(pairs(names), ({ dirty, expected }) => {
        const invalid = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('","b":')]);
        const around = (json: string) => Buffer.concat([invalid, Buffer.from(json), Buffer.from('}')]);
        const body = toRawBody(around(dirty), 200);
        expect(body.encoding).toBe('base64');
        const cleaned = bodyText(toRawBody(around(expected), 200));
        expect(withoutSecrets(body)).toEqual({ status: 200, encoding: 'utf8', body: cleaned });
        const harmless = toRawBody(around('{}'), 200);
        expect(withoutSecrets(harmless)).toBe(harmless);
      }),
      { numRuns: 200 },
    );
  });

  it('gives a body without secrets back as the same object', () => {
    const object = fc.dictionary(fc.constantFrom(...OTHER_NAMES), fc.jsonValue({ maxDepth: 3 }));
    const hasSecretName = (json: string) => names.some((name) => json.toLowerCase().includes(name.toLowerCase()));
    // A name that was drawn inside a value may be a secret of any list, such as "PIN"; those that are given above may not.
    const isDrawnSecret = (json: string) =>
      [...json.matchAll(/"([^"]*)"\s*:/g)].some(
        ([, name = '']) => !OTHER_NAMES.includes(name) && kindOfName(name) === 'secret',
      );
    fc.assert(
      fc.property(object, fc.option(fc.constant(2), { nil: undefined }), (value, indent) => {
        const body = raw(JSON.stringify(value, null, indent));
        fc.pre(!hasSecretName(body.body) && !isDrawnSecret(body.body) && !/[@\\]/.test(body.body));
        expect(withoutSecrets(body)).toBe(body);
      }),
    );
  });

  it('leaves no part of a secret in a text that was cut off anywhere', () => {
    const [first = '', second = ''] = names;
    const record = (id: number, name: string, value: string) =>
      `{"id":${id},"note":"a, \\"b\\": {c}","${name}": ${value},"z":[1],"inner":"[{\\"${name}\\": \\"Ub9Tc\\"}]"}`;
    const records = [record(1, first, '"Qx7Zk"'), record(2, second, '83920174'), record(3, first, '{"a":["Wv5Yj"]}')];
    const text = `{"success":true,"data":[${records.join(',\n')}]}`;
    expect(text).toMatch(/Qx7.*Ub9[\s\S]*8392.*Ub9[\s\S]*Wv5.*Ub9/);
    for (let at = 0; at <= text.length; at++) {
      expect(clean(text.slice(0, at)), `cut at ${at}`).not.toMatch(/Qx7|8392|Wv5|Ub9/);
    }
  });

  it.each([
    ['a colon is missing, as in the sample of a port order', '"port_numbers" [{"id":1}]', '"port_numbers" [{"id":1}]'],
    ['a comma is missing', '"a":1 "b":2', '"a":1 "b":2'],
    ['a bracket is missing', '"a":[{"b":1', '"a":[{"b":1'],
    ['a bracket is too many', '"a":1}]', '"a":1}]'],
    ['a text is cut in two', '"a":"b","c":"what was', '"a":"b","c":"'],
  ])('makes the value of a secret null in a text that is no JSON since %s', (_name, broken, expected) => {
    for (const name of names) {
      const text = (value: string, rest: string) => `{"id":1234,"${name}": ${value},"quantity":1,${rest}`;
      expect(() => JSON.parse(text(`"${CANARY}"`, broken))).toThrow();
      expect(clean(text(`"${CANARY}"`, broken))).toBe(text('null', expected));
    }
  });

  it('leaves the broken sample of the provider as it is, for it holds no secret', () => {
    const body = raw('{"id":1234,"quantity":1,"port_numbers" [{"id":1,"status":"open"}]}');
    expect(withoutSecrets(body)).toBe(body);
  });
});

describe('withoutSecrets', () => {
  it.each([
    ['"sip_uri":"sip:c4n4ry@192.0.2.7:5060"', '"sip_uri":"sip:192.0.2.7:5060"'],
    ['"sip_uri":"sips:c4n4ry:c4n4ry@host;transport=tls"', '"sip_uri":"sips:host;transport=tls"'],
    ['"sip_uri":"c4n4ry@host"', '"sip_uri":"host"'],
    ['"sipUri":"<sip:c4n4ry@host>;expires=60"', '"sipUri":"<sip:host>;expires=60"'],
    ['"sip_uri":"sip:c4n4ry@realm@host"', '"sip_uri":"sip:host"'],
    ['"sip_uri":"s\\u0069p\\u003ac4n4ry\\u0040h\\/\\u00e9\\ud83d"', '"sip_uri":"sip:h/é\\ud83d"'],
    ['"sip_uri":["sip:c4n4ry@a",{"old":"c4n4ry@b"}],"mail":"x@y"', '"sip_uri":["sip:a",{"old":"b"}],"mail":"x@y"'],
    ['"sip_uri":"c4n4ry@sip:host"', '"sip_uri":"sip:host"'],
    ['"contact":"sip:c4n4ry@a, sip:c4n4ry@b"', '"contact":"sip:a, sip:b"'],
    ['"description":"was SIP:c4n4ry@a, ask x@y"', '"description":"was SIP:a, ask x@y"'],
    ['"callback_uri":"https://a:b@x/y?mail=q@z"', '"callback_uri":"https://a:b@x/y?mail=q@z"'],
    ['"sip_uri":"sip:192.0.2.7"', '"sip_uri":"sip:192.0.2.7"'],
    ['"sip_uri":null,"description":"me@home"', '"sip_uri":null,"description":"me@home"'],
  ])('takes the user out of SIP addresses: %s', (members, expected) => {
    expect(clean(`{${members}}`)).toBe(`{${expected}}`);
  });

  it('leaves no part of a user in an address that was cut off', () => {
    const text = '{"a":"x@y","sip_uri":"sip:c4n4ry@host","contact":"<sip:c4n4ry@host>"}';
    for (let at = 0; at <= text.length; at++) expect(clean(text.slice(0, at))).not.toMatch(/c4n/);
  });

  it('looks into texts that hold JSON, and leaves texts alone that only look like it', () => {
    const inner = (pin: unknown) => JSON.stringify({ port_out_pin: pin, a: 'é€' });
    const nest = (pin: unknown) =>
      JSON.stringify({ id: 1, meta: inner(pin), deep: JSON.stringify([{ more: inner(pin) }]) });
    expect(JSON.parse(clean(nest('c4n4ry')))).toEqual(JSON.parse(nest(null)));
    const cutInside = JSON.stringify({ meta: inner('c4n4ry').slice(0, 24) });
    expect(clean(cutInside)).not.toContain('c4n');
    for (const note of ['[urgent] the "pin": ask him', '{pin} is "pin": 4']) {
      const body = raw(JSON.stringify({ note }));
      expect(withoutSecrets(body)).toBe(body);
    }
  });

  it('never throws, and drops a secret behind any text in which quotes stand in pairs', () => {
    const texts = ['"pin":', '"a"', '"\\""', '"\\u0070"', '"sip_uri":', '"x@y"'];
    const piece = fc.constantFrom(
      ...texts,
      '\\',
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      ' ',
      '\n',
      '=',
      'pin',
      '@',
      'sip:',
      '0',
    );
    const prefix = fc.array(piece, { maxLength: 40 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(prefix, (text) => {
        clean(`${text}"`);
        expect(clean(`${text}{"password":"${CANARY}"}`)).not.toContain(CANARY);
      }),
      { numRuns: 3000 },
    );
  });

  const SIZE = 10_000_000;
  const nested = (text = '{"pin":0,"a":"x@y"}'): string =>
    text.length < SIZE ? nested(JSON.stringify({ a: text })) : text;
  const repeat = (text: string) => text.repeat(Math.ceil(SIZE / text.length));
  it.each([
    ['quotes', repeat('"')],
    ['an odd number of quotes', `${repeat('"')}"`],
    ['backslashes', `"${repeat('\\')}`],
    ['blanks', `{"pin":${repeat(' ')}`],
    ['blanks behind quotes', repeat('"          ')],
    ['open lists', repeat('[')],
    ['nested objects', `${repeat('{"a":')}`],
    ['names of secrets', repeat('"pin":')],
    ['names of secrets that open objects', repeat('"pin":{')],
    ['one word', `{"${repeat('a')}":1}`],
    ['one name in capitals', `{"${repeat('A')}":"${CANARY}`],
    ['one text of schemes', `{"sip_uri":"${repeat('sip:')}"}`],
    ['one text of signs', `{"sip_uri":"${repeat('@')}"}`],
    ['one escaped text', `{"a":"${repeat('\\"')}"}`],
    ['blanks in a text', `{"a":"\\t${repeat(' ')}"}`],
    ['texts inside texts', nested()],
  ])(
    'takes a moment for 10 MB of %s',
    (_name, body) => {
      clean(body);
    },
    60_000,
  );
});
