import type { Instant } from '../domain/time.ts';
import { drawPhoneNumber } from './numbers.ts';
import { UNKNOWN_RULE_DIRECTION } from './object-oddities.ts';
import { LOCAL_AREA_CODES } from './places.ts';
import { randomFor } from './random.ts';
import { Timeline } from './timeline.ts';
import type { ResolvedWorldOptions } from './world-options.ts';

const SECOND = 1000;
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

/** An address of a number's owner; null where it was not given. */
export interface Address {
  readonly endSubscriberType: string;
  readonly companyName: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly phoneNumber: string | null;
  readonly emailAddress: string | null;
  readonly vatNumber: string | null;
  readonly street: string;
  readonly streetNumber: string;
  readonly residence: string | null;
  readonly floor: string | null;
  readonly box: string | null;
  readonly postalCode: string;
  readonly city: string;
  readonly state: string | null;
  readonly country: string;
  readonly serviceUsage: string | null;
}

/** An address with its life. */
export interface AddressPlan {
  readonly id: string;
  readonly life: Timeline<Address>;
}

function shareOf(options: ResolvedWorldOptions, now: Instant): (share: number) => Instant {
  const span = Math.max(DAY, now - options.firstDay);
  return (share) => Math.floor((options.firstDay + share * span) / SECOND) * SECOND;
}

/** The blocking rules of one world. */
export class BlockingRules {
  readonly plans: BlockingRulePlan[] = [];
  #nextId = FIRST_RULE_ID;

  /** Plans the rules: the second is deleted and the third added in the history, the fourth deleted after it; the first is locked. */
  constructor(seed: number, options: ResolvedWorldOptions, now: Instant) {
    const instant = shareOf(options, now);
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

const NOTHING = {
  companyName: null,
  firstName: null,
  lastName: null,
  phoneNumber: null,
  emailAddress: null,
  vatNumber: null,
  residence: null,
  floor: null,
  box: null,
  state: null,
  serviceUsage: null,
};

const ADDRESSES: readonly Address[] = [
  {
    ...NOTHING,
    endSubscriberType: 'individual',
    firstName: 'Jörg',
    lastName: 'Weiß',
    emailAddress: 'joerg@example.com',
    street: 'Lindenstraße',
    streetNumber: '12a',
    postalCode: '10969',
    city: 'Berlin',
    country: 'DE',
  },
  {
    ...NOTHING,
    endSubscriberType: 'company',
    companyName: 'Acme Medical Ltd',
    phoneNumber: '+442079460011',
    vatNumber: 'GB000000000',
    street: 'Harbour Road',
    streetNumber: '7',
    residence: 'Harbour House',
    floor: '3',
    postalCode: 'EC1A 1BB',
    city: 'London',
    country: 'GB',
    serviceUsage: 'Faxes of the London office',
  },
  {
    ...NOTHING,
    endSubscriberType: 'company',
    companyName: 'Clinique du Lac',
    street: 'Quai des Platanes',
    streetNumber: '3',
    box: '14',
    postalCode: '06000',
    city: 'Nice',
    state: 'Provence',
    country: 'FR',
  },
];

/** Plans the addresses: the first moves in the history, the second after it. */
export function planAddresses(seed: number, options: ResolvedWorldOptions, now: Instant): AddressPlan[] {
  const instant = shareOf(options, now);
  return Array.from({ length: options.addresses }, (_, index) => {
    const random = randomFor(seed, 'addresses', index);
    const address = ADDRESSES[index % ADDRESSES.length] as Address;
    const life = new Timeline(instant(0) - random.int(10, 500) * DAY, address);
    const moved = { ...address, streetNumber: String(random.int(20, 90)) };
    if (index === 0) life.plan(instant(0.5), moved);
    if (index === 1) life.plan(instant(1.04), moved);
    return { id: String(FIRST_ADDRESS_ID + index), life };
  });
}
