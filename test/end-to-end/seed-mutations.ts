import fc from 'fast-check';

/** A record of a list after some things were done to it. */
export interface Mutation {
  readonly record: unknown;
  /** Names of the unknown fields at its top, in the order added. */
  readonly added: readonly string[];
  /** The unknown status it was given last; null where none. */
  readonly word: string | null;
}

type Path = readonly (string | number)[];

/** Numbers are written digit by digit where JavaScript could not hold them. */
const DIGITS = '\u0001digits:';

/** The JSON text of a record, with such numbers in it. */
export function writeRecord({ record }: Mutation): string {
  return JSON.stringify(record).replace(/"\\u0001digits:([-\d.eE+]+)"/g, '$1');
}

function placesOf(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([step, inner]) => {
    const path = [...at, Array.isArray(value) ? Number(step) : step];
    return [path, ...placesOf(inner, path)];
  });
}

/** A copy with another value at a place, or without one where `to` is undefined. */
function changed(value: unknown, [step, ...rest]: Path, to: unknown): unknown {
  if (step === undefined) return to;
  if (typeof value !== 'object' || value === null) return value;
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string | number, unknown>;
  if (rest.length > 0) copy[step] = changed(copy[step], rest, to);
  else if (to === undefined && !Array.isArray(copy)) delete copy[step];
  else Object.defineProperty(copy, step, { value: to ?? null, enumerable: true, configurable: true, writable: true });
  return copy;
}

const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    ...[
      '',
      '7',
      '-7',
      'a\u0000b',
      '\ud800',
      'x\udfff\u0000',
      'x'.repeat(10_001),
      '😀'.repeat(5_000),
      '2021-02-30T00:00:00Z',
      'true',
    ],
    ...[true, false, 0, -1, 1.5, 1e21, 2_147_483_648, [], {}, [[]], { id: 1 }],
    ...['9007199254740993', '9223372036854775807', '9223372036854775808', '-0.0', '1.50', '1e400', '1e-400'].map(
      (n) => DIGITS + n,
    ),
    ...['9'.repeat(200), `0.${'1'.repeat(150)}`].map((n) => DIGITS + n),
  ),
);

const UNKNOWN_NAMES = ['unheard_of', '__proto__', 'constructor', '0', 'a b', 'Ünïcode', 'toString', 'x'.repeat(90)];
const WORDS = ['heldforreview', 'on hold', '', 'OPEN', 'ö'];

type Step =
  | { readonly kind: 'set'; readonly at: number; readonly to: unknown }
  | { readonly kind: 'remove' | 'null'; readonly at: number }
  | { readonly kind: 'add'; readonly at: number; readonly name: string; readonly to: unknown }
  | { readonly kind: 'word'; readonly to: string };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at: fc.nat(), to: anything }),
  fc.record({ kind: fc.constantFrom('remove' as const, 'null' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('add' as const), at: fc.nat(), name: fc.constantFrom(...UNKNOWN_NAMES), to: anything }),
  fc.record({ kind: fc.constant('word' as const), to: fc.constantFrom(...WORDS) }),
);

function mutate(sample: Record<string, unknown>, keyField: string, key: unknown, steps: readonly Step[]): Mutation {
  let record: unknown = { ...sample, [keyField]: key };
  const added: string[] = [];
  let word: string | null = null;
  for (const one of steps) {
    const places = placesOf(record);
    if (one.kind === 'word') {
      if (!Object.hasOwn(sample, 'status')) continue;
      record = changed(record, ['status'], one.to);
      word = one.to;
      continue;
    }
    const place = places[one.at % places.length] ?? [];
    if (one.kind === 'add') {
      // At the top every other time, so that most are easy to look for.
      const holder = one.at % 2 === 0 ? [] : place.slice(0, -1);
      record = changed(record, [...holder, one.name], one.to);
      if (holder.length === 0 && !added.includes(one.name)) added.push(one.name);
      continue;
    }
    const to = one.kind === 'set' ? one.to : one.kind === 'null' ? null : undefined;
    record = changed(record, place, to);
    if (place.length === 1 && place[0] === 'status') word = null;
    const at = added.indexOf(String(place[0]));
    if (place.length === 1 && at !== -1 && one.kind === 'remove') added.splice(at, 1);
  }
  return { record, added, word };
}

/** Lists of records that began as copies of a sample: some with the key of another, some no records at all. */
export function mutations(sample: Record<string, unknown>, keyField: string): fc.Arbitrary<Mutation[]> {
  const isText = typeof sample[keyField] === 'string';
  const key = isText
    ? fc.constantFrom('+14145550101', '+14145550102', '0A1B2C3D4E5F', 'x'.repeat(201))
    : fc.constantFrom<unknown>(
        1,
        2,
        '3',
        '9007199254740993',
        `${DIGITS}9007199254740995`,
        `${DIGITS}9223372036854775807`,
      );
  const record = fc
    .tuple(key, fc.array(step, { maxLength: 4 }))
    .map(([one, steps]) => mutate(sample, keyField, one, steps));
  const stranger = anything.map((value): Mutation => ({ record: value, added: [], word: null }));
  return fc.array(fc.oneof({ weight: 8, arbitrary: record }, { weight: 1, arbitrary: stranger }), {
    minLength: 1,
    maxLength: 5,
  });
}

/** What the key of a record is (also of one refused for its length); `unsure` where this file does not know the rules. */
export function readableKey(
  { record }: Mutation,
  field: string,
  isText: boolean,
): { readonly kind: 'read' | 'refused' | 'unsure'; readonly key?: string } {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return { kind: 'refused' };
  const value: unknown = (record as Record<string, unknown>)[field];
  if (value === undefined || value === null) return { kind: 'refused' };
  if (isText) {
    if (typeof value !== 'string' || !/^[+\w]+$/.test(value) || value.startsWith('\u0001')) return { kind: 'unsure' };
    return { kind: value.length > 200 ? 'refused' : 'read', key: value };
  }
  if (typeof value !== 'string' && typeof value !== 'number') return { kind: 'refused' };
  const digits = String(value).replace(DIGITS, '');
  const isId = /^[1-9]\d{0,18}$/.test(digits) && BigInt(digits) < 2n ** 63n;
  return isId ? { kind: 'read', key: digits } : { kind: 'refused' };
}
