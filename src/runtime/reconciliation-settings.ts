import * as v from 'valibot';
import { isCountry } from '../domain/country.ts';
import {
  type CheckLimits,
  type NegotiatedRate,
  RECONCILIATION_DEFAULTS,
  type ReconciliationSettings,
} from '../domain/reconciliation.ts';
import type { SettingFaults } from './setting-faults.ts';
import { dayValue, zoneValue } from './setting-values.ts';

/** Checks that may be given a tolerance of their own. */
const CHECK_NUMBER_MAX = 24;
const DAYS_MAX = 3_660;
const HOURS_MAX = 8_784;
const CENTS_MAX = 1_000_000_000;
const RATE_CENTS_MAX = 100_000;
const TAG_CHARS_MAX = 255;
const RATES_MAX = 10_000;

const NO_OBJECT = 'is not an object: write {"settle_days": 5}, or leave it out';

function whole(least: number, most: number) {
  const fault = wholeFault(least, most);
  return v.pipe(v.number(fault), v.integer(fault), v.minValue(least, fault), v.maxValue(most, fault));
}

function wholeFault(least: number, most: number): string {
  return `is not a whole number from ${least} to ${most}: write it without quotes`;
}

const SHARE_FAULT = 'is not a share from 0 to 1: write 0.02 for two per cent';
const shareValue = v.pipe(v.number(SHARE_FAULT), v.minValue(0, SHARE_FAULT), v.maxValue(1, SHARE_FAULT));

const AMOUNT_FAULT = 'is not a number of at least 0 in the unit of the check: write 0 where nothing may differ';
const amountValue = v.pipe(v.number(AMOUNT_FAULT), v.minValue(0, AMOUNT_FAULT), v.finite(AMOUNT_FAULT));

const tagValue = v.pipe(
  v.string('is not text: write the name of a tag, or null where cost is not charged back'),
  v.nonEmpty('is empty: write the name of a tag, or null where cost is not charged back'),
  v.maxLength(TAG_CHARS_MAX, `is longer than ${TAG_CHARS_MAX} characters, which no tag is`),
);

const PRICE_FAULT = `is not a price in cents from 0 to ${RATE_CENTS_MAX} with at most four decimals: write 4.5, or "4.5"`;

/** Decided on the text, since a float has no last decimal. */
const priceValue = v.pipe(
  v.union([v.number(), v.string()], PRICE_FAULT),
  v.transform(String),
  v.regex(/^\d{1,6}(\.\d{1,4})?$/, PRICE_FAULT),
  v.transform(Number),
  v.maxValue(RATE_CENTS_MAX, PRICE_FAULT),
);

const countryValue = v.pipe(
  v.string('is not text: write a country as its two letters, such as US, or * for every country'),
  v.check(
    (text) => text === '*' || isCountry(text),
    'is not a country: write its two letters of ISO 3166, such as US or GB, or * for every country',
  ),
);

const directionValue = v.picklist(
  ['sent', 'received', '*'],
  'is no direction: write sent, received, or * for both of them',
);

const rateValue = v.pipe(
  v.strictObject(
    {
      country: countryValue,
      direction: directionValue,
      price_per_page_cents: priceValue,
      from: dayValue,
      to: v.optional(v.nullable(dayValue), null),
    },
    'is not a rate: write {"country": "US", "direction": "sent", "price_per_page_cents": 4.5, "from": "2026-01-01"}',
  ),
  v.forward(
    v.check(({ from, to }) => to === null || from < to, 'is not after "from": it is the first day without the rate'),
    ['to'],
  ),
  v.transform(
    ({ country, direction, price_per_page_cents: pricePerPageCents, from, to }): NegotiatedRate => ({
      country,
      direction,
      pricePerPageCents,
      from,
      to,
    }),
  ),
);

const toleranceValue = v.pipe(
  v.strictObject(
    { amount: v.optional(v.nullable(amountValue), null), share: v.optional(v.nullable(shareValue), null) },
    'is not a tolerance: write {"amount": 100, "share": 0.0005}; of both the stricter holds',
  ),
  v.check(
    ({ amount, share }) => amount !== null || share !== null,
    'has neither an amount nor a share, so nothing would ever differ: write one of them',
  ),
);

/** Checks that have limits of their own in place of a tolerance: how unusual a day may be, how late a list. */
const WITHOUT_TOLERANCE: ReadonlySet<string> = new Set(['C22', 'C23']);

const CHECKS_ALLOWED = `C1 to C${CHECK_NUMBER_MAX} but ${[...WITHOUT_TOLERANCE].join(' and ')}, which judge by limits of their own`;

const checkIdValue = v.pipe(
  v.string(),
  v.check((id) => /^C[1-9]\d?$/.test(id) && Number(id.slice(1)) <= CHECK_NUMBER_MAX && !WITHOUT_TOLERANCE.has(id)),
);

const NO_TOLERANCES = 'is not an object: write {"C19": {"amount": 100, "share": 0.0005}}';

/** Before an object, since valibot takes a list for one. */
function isNoList(fault: string) {
  return v.check((written: unknown) => !Array.isArray(written), fault);
}

const { limits: DEFAULTS } = RECONCILIATION_DEFAULTS;

/** What may be written, by the names of the accounts file. */
const reconciliationSchema = v.strictObject(
  {
    settle_days: v.optional(whole(0, DAYS_MAX), DEFAULTS.settleDays),
    credit_days: v.optional(whole(0, DAYS_MAX), DEFAULTS.creditDays),
    counter_zone: v.optional(zoneValue, DEFAULTS.counterZone),
    counters_include_tests: v.optional(
      v.boolean('is neither true nor false: write it without quotes'),
      DEFAULTS.countersIncludeTests,
    ),
    recharge_cents: v.optional(v.nullable(whole(1, CENTS_MAX)), DEFAULTS.rechargeCents),
    stuck_hours: v.optional(whole(1, HOURS_MAX), DEFAULTS.stuckHours),
    fresh_hours: v.optional(whole(1, HOURS_MAX), DEFAULTS.freshHours),
    idle_days: v.optional(whole(1, DAYS_MAX), DEFAULTS.idleDays),
    chargeback_tag: v.optional(v.nullable(tagValue), DEFAULTS.chargebackTag),
    unrated_share_max: v.optional(shareValue, DEFAULTS.unratedShareMax),
    write_off_max_cents: v.optional(whole(0, CENTS_MAX), DEFAULTS.writeOffMaxCents),
    dispute_days: v.optional(v.nullable(whole(0, DAYS_MAX)), DEFAULTS.disputeDays),
    tolerances: v.optional(
      v.pipe(v.unknown(), isNoList(NO_TOLERANCES), v.record(checkIdValue, toleranceValue, NO_TOLERANCES)),
      DEFAULTS.tolerances,
    ),
    rates: v.optional(
      v.pipe(
        v.array(rateValue, 'is not a list of rates: write [] where none is negotiated'),
        v.maxLength(RATES_MAX, `has more than ${RATES_MAX} rates, more than were ever negotiated`),
      ),
      [],
    ),
  },
  NO_OBJECT,
);

/** Names of the settings of the reconciliation, as the accounts file has them. */
export const RECONCILIATION_FIELDS = Object.keys(reconciliationSchema.entries);

/**
 * Reads what is set about an account's reconciliation: an object, or its JSON text; `undefined` gives the defaults. Faults are named by their
 * path, `FAXSYNC_RECONCILIATION.rates[0].from`, and repeat no value; the answer then has the defaults in its place.
 */
export function readReconciliation(name: string, written: unknown, faults: SettingFaults): ReconciliationSettings {
  if (written === undefined) return RECONCILIATION_DEFAULTS;
  const json = typeof written === 'string' ? parseJson(written) : written;
  if (json === undefined) {
    // Without the message of the parser, which quotes the text around the fault.
    faults.add(name, 'is not JSON: check its commas and quotes');
    return RECONCILIATION_DEFAULTS;
  }
  const parsed = v.safeParse(v.pipe(v.unknown(), isNoList(NO_OBJECT), reconciliationSchema), json);
  if (!parsed.success) {
    for (const issue of parsed.issues) addFault(name, issue, faults);
    return RECONCILIATION_DEFAULTS;
  }
  const { rates, ...limits } = parsed.output;
  addOverlaps(name, rates, faults);
  return { limits: limitsOf(limits), rates };
}

type WrittenLimits = Omit<v.InferOutput<typeof reconciliationSchema>, 'rates'>;

function limitsOf(written: WrittenLimits): CheckLimits {
  return {
    settleDays: written.settle_days,
    creditDays: written.credit_days,
    counterZone: written.counter_zone,
    countersIncludeTests: written.counters_include_tests,
    rechargeCents: written.recharge_cents,
    stuckHours: written.stuck_hours,
    freshHours: written.fresh_hours,
    idleDays: written.idle_days,
    chargebackTag: written.chargeback_tag,
    unratedShareMax: written.unrated_share_max,
    writeOffMaxCents: written.write_off_max_cents,
    disputeDays: written.dispute_days,
    tolerances: written.tolerances,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Names a fault by its path. A key that nobody knows may be a secret in the wrong place, so it is told at the object that has it. */
function addFault(name: string, issue: v.BaseIssue<unknown>, faults: SettingFaults): void {
  const path = issue.path ?? [];
  const keys = path.map(({ key }) => key);
  const isKey = path.at(-1)?.origin === 'key';
  if (isKey && issue.type === 'strict_object' && issue.received === 'undefined') {
    faults.add(pathText(name, keys), 'is missing: a rate has country, direction, price_per_page_cents and from');
  } else if (isKey) {
    const known = allowedAt(keys.slice(0, -1));
    faults.add(pathText(name, keys.slice(0, -1)), `has a key that does not exist: allowed are ${known}`);
  } else {
    faults.add(pathText(name, keys), issue.message);
  }
}

function allowedAt(keys: readonly unknown[]): string {
  if (keys[0] === 'rates') return 'country, direction, price_per_page_cents, from, to';
  if (keys[0] === 'tolerances') return keys.length === 1 ? CHECKS_ALLOWED : 'amount, share';
  return RECONCILIATION_FIELDS.join(', ');
}

function pathText(name: string, keys: readonly unknown[]): string {
  return keys.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${key}`), name);
}

/** Two prices for one page: nothing could say which of them was agreed. */
function addOverlaps(name: string, rates: readonly NegotiatedRate[], faults: SettingFaults): void {
  const places = new Map<string, number[]>();
  for (const [place, rate] of rates.entries()) {
    const key = `${rate.country} ${rate.direction}`;
    const others = places.get(key) ?? [];
    const other = others.find((each) => overlap(rates[each], rate));
    if (other !== undefined) {
      faults.add(
        `${name}.rates[${place}]`,
        `holds on days of rates[${other}], which has the same country and direction: end one where the other begins`,
      );
    }
    places.set(key, [...others, place]);
  }
}

function overlap(one: NegotiatedRate | undefined, other: NegotiatedRate): boolean {
  if (one === undefined) return false;
  return (one.to === null || other.from < one.to) && (other.to === null || one.from < other.to);
}
