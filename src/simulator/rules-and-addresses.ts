import type { Instant } from '../domain/time.ts';
import type { WireAddress } from '../phaxio/wire.ts';
import { drawPhoneNumber } from './numbers.ts';
import { UNKNOWN_RULE_DIRECTION } from './object-oddities.ts';
import { LOCAL_AREA_CODES } from './places.ts';
import { randomFor } from './random.ts';
import { Timeline } from './timeline.ts';
import { type ResolvedWorldOptions, shareOfHistory } from './world-options.ts';

const DAY = 86_400_000;

const FIRST_RULE_ID = 34_567;
const FIRST_ADDRESS_ID = 41;

/** A rule by which faxes are refused. */
export interface BlockingRule {
  /** `send` or `receive`; one rule of an odd world has another word. */
  readonly direction: string;
  /** `*`, a country (alpha-2) or an E.164 number. */
  readonly from: string;
  readonly to: string;
  readonly isLocked: boolean;
}

/** A rule with its life. */
export interface BlockingRulePlan {
  readonly id: string;
  readonly life: Timeline<BlockingRule>;
}

/** An address of a number's owner, in the words in which it travels. */
export type Address = Omit<WireAddress, 'id'>;

/** An address with its life. */
export interface AddressPlan {
  readonly id: string;
  readonly life: Timeline<Address>;
}

/** The blocking rules of one world. */
export class BlockingRules {
  readonly plans: BlockingRulePlan[] = [];
  #nextId = FIRST_RULE_ID;

  /** Plans the rules: the second is deleted and the third added in the history, the fourth deleted after it; the first is locked. */
  constructor(seed: number, options: ResolvedWorldOptions, now: Instant) {
    const instant = shareOfHistory(options, now);
    for (let index = 0; index < options.blockingRules; index++) {
      const random = randomFor(seed, 'blocking-rules', index);
      const stranger = drawPhoneNumber(random, random.pick(LOCAL_AREA_CODES));
      const isSend = index % 2 === 0;
      const rule: BlockingRule = {
        direction: isSend ? 'send' : 'receive',
        from: isSend ? '*' : stranger,
        to: !isSend ? '*' : index === 0 ? 'CU' : stranger,
        isLocked: index === 0,
      };
      const isOdd = options.oddities && index === Math.min(4, options.blockingRules - 1);
      const begin = index === 2 ? instant(0.45) : instant(0) - random.int(1, 300) * DAY;
      const { life } = this.add(begin, isOdd ? { ...rule, direction: UNKNOWN_RULE_DIRECTION } : rule);
      if (index === 1) life.plan(instant(0.6), null);
      if (index === 3) life.plan(instant(1.05), null);
    }
  }

  /** Takes a rule in and gives it its id. */
  add(beginsAt: Instant, rule: BlockingRule): BlockingRulePlan {
    const plan = { id: String(this.#nextId++), life: new Timeline(beginsAt, rule) };
    this.plans.push(plan);
    return plan;
  }
}

/** Every field in the provider's order, with nothing in it. */
const BLANK: Address = {
  end_subscriber_type: 'company',
  company_name: null,
  first_name: null,
  last_name: null,
  phone_number: null,
  email_address: null,
  vat_number: null,
  street: '',
  street_number: '',
  residence: null,
  floor: null,
  box: null,
  postal_code: '',
  city: '',
  state: null,
  country: '',
  service_usage: null,
};

const ADDRESSES: readonly Address[] = [
  {
    ...BLANK,
    end_subscriber_type: 'individual',
    first_name: 'Jörg',
    last_name: 'Weiß',
    email_address: 'joerg@example.com',
    street: 'Lindenstraße',
    street_number: '12a',
    postal_code: '10969',
    city: 'Berlin',
    country: 'DE',
  },
  {
    ...BLANK,
    company_name: 'Acme Medical Ltd',
    phone_number: '+442079460011',
    vat_number: 'GB000000000',
    street: 'Harbour Road',
    street_number: '7',
    residence: 'Harbour House',
    floor: '3',
    postal_code: 'EC1A 1BB',
    city: 'London',
    country: 'GB',
    service_usage: 'Faxes of the London office',
  },
  {
    ...BLANK,
    company_name: 'Clinique du Lac',
    street: 'Quai des Platanes',
    street_number: '3',
    box: '14',
    postal_code: '06000',
    city: 'Nice',
    state: 'Provence',
    country: 'FR',
  },
];

/** Plans the addresses: the first moves in the history, the second after it. */
export function planAddresses(seed: number, options: ResolvedWorldOptions, now: Instant): AddressPlan[] {
  const instant = shareOfHistory(options, now);
  return Array.from({ length: options.addresses }, (_, index) => {
    const random = randomFor(seed, 'addresses', index);
    const address = ADDRESSES[index % ADDRESSES.length] as Address;
    const life = new Timeline(instant(0) - random.int(10, 500) * DAY, address);
    const moved = { ...address, street_number: String(random.int(20, 90)) };
    if (index === 0) life.plan(instant(0.5), moved);
    if (index === 1) life.plan(instant(1.04), moved);
    return { id: String(FIRST_ADDRESS_ID + index), life };
  });
}
