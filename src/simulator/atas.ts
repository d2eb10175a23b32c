import type { Instant } from '../domain/time.ts';
import { randomFor, type SeededRandom } from './random.ts';
import { latestOf, type Recurrence, Timeline } from './timeline.ts';
import { type ResolvedWorldOptions, shareOfHistory } from './world-options.ts';

const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const FIRST_ATA_ID = 310;

/** How long a registration holds. */
const REGISTRATION_MS = HOUR;

/** What an adapter registers with. Both hold the world's canary. */
export interface AtaCredentials {
  /** Secret. */
  readonly username: string;
  /** Secret. */
  readonly password: string;
}

/** What an adapter is from one change to the next. */
export interface AtaState extends AtaCredentials {
  readonly name: string | null;
  readonly description: string | null;
  /** E.164. */
  readonly userPhoneNumber: string | null;
  readonly domain: string | null;
  readonly macAddress: string | null;
  readonly group: string | null;
  /** Numbers of the account that ring at it, E.164. */
  readonly phoneNumbers: readonly string[];
}

/** An adapter with its life. */
export interface AtaPlan {
  readonly id: string;
  readonly life: Timeline<AtaState>;
  /** Null: it never registers. */
  readonly registrations: (Recurrence & { readonly userAgent: string; readonly host: string }) | null;
  /** Whether it carries a field nobody knows. */
  readonly isOdd: boolean;
}

/** An adapter's last registration. */
export interface Registration {
  readonly lastRegisteredAt: Instant;
  readonly expiresAt: Instant;
  readonly userAgent: string;
  /** Address and port it registered from. */
  readonly host: string;
}

/** An adapter the provider noticed without its being set up. */
export interface DetectedAtaPlan {
  readonly macAddress: string;
  readonly life: Timeline<{ readonly userAgent: string }>;
  readonly sightings: Recurrence;
}

const NAMES =
  'Front desk,Billing office,Records room,Pharmacy counter,Night ward,Radiología,Loading dock,Archive'.split(',');
/**
 * What becomes of an adapter, by shares of the history: 1 is its end, more lies after it. What is left out does not happen.
 * Numbers are places among the account's own.
 */
interface AtaScript {
  readonly numbers: readonly number[];
  readonly addedAt?: number;
  readonly renamed?: { readonly at: number; readonly by: string };
  readonly removedAt?: number;
  /** Whether it never registers. */
  readonly isSilent?: true;
  readonly registersUntil?: number;
  readonly hasNoMac?: true;
}

/**
 * The lives of the first adapters; the others have a number each and nothing happens to them. Those that change after the history have no
 * numbers, so that what dialects without ATAs show of numbers is whole.
 */
const SCRIPTS: readonly AtaScript[] = [
  { numbers: [0, 8] },
  { numbers: [1], renamed: { at: 0.55, by: ', east' } },
  { numbers: [2], removedAt: 0.5 },
  { numbers: [3], addedAt: 0.4 },
  { numbers: [], removedAt: 1.08, isSilent: true },
  { numbers: [5], registersUntil: 0.6 },
  { numbers: [], renamed: { at: 1.02, by: ' (new)' } },
  { numbers: [7], hasNoMac: true },
];

/** Place of the adapter with a field nobody knows; the last one where there are fewer. */
const ODD_PLACE = 6;

const AGENTS = ['Grandstream HT801 1.0.35.4', 'Grandstream HT812 1.0.41.2', 'OBIHAI/OBi302-3.2.2', 'Netgen ATA 4.1'];

/** The last registration of an adapter at an instant; null when there was none yet. */
export function registrationAt(plan: AtaPlan, at: Instant): Registration | null {
  const { registrations } = plan;
  const last = registrations === null ? null : latestOf(registrations, at);
  if (registrations === null || last === null) return null;
  const { userAgent, host } = registrations;
  return { lastRegisteredAt: last, expiresAt: last + REGISTRATION_MS, userAgent, host };
}

/** New secrets for an adapter. */
export function drawAtaCredentials(random: SeededRandom, canary: string): AtaCredentials {
  return { username: `${canary}-${random.hex(8)}`, password: `${random.hex(6)}${canary}${random.hex(6)}` };
}

function drawMac(random: SeededRandom): string {
  return `000B82${random.hex(6).toUpperCase()}`;
}

/** The adapters of one world. */
export class Atas {
  readonly plans: AtaPlan[] = [];
  #nextId = FIRST_ATA_ID;

  /** Plans the adapters by their scripts; `ownNumbers` are the account's, E.164. `now` ends the history. */
  constructor(seed: number, options: ResolvedWorldOptions, ownNumbers: readonly string[], now: Instant) {
    const instant = shareOfHistory(options, now);
    for (let index = 0; index < options.atas; index++) {
      const random = randomFor(seed, 'atas', index);
      const script = SCRIPTS[index] ?? { numbers: [index] };
      const { addedAt, renamed, removedAt, registersUntil } = script;
      const name = NAMES[index] ?? `Adapter ${index + 1}`;
      const phoneNumbers = ownNumbers.filter((_, place) => script.numbers.includes(place));
      const state: AtaState = {
        name,
        description: random.chance(0.6) ? `${name}, floor ${random.int(1, 4)}` : null,
        userPhoneNumber: phoneNumbers[0] ?? null,
        domain: 'atas.example.com',
        macAddress: script.hasNoMac === true ? null : drawMac(random),
        group: random.chance(0.5) ? 'clinic' : null,
        ...drawAtaCredentials(random, options.credentialCanary),
        phoneNumbers,
      };
      const begin = addedAt === undefined ? instant(0) - random.int(2, 400) * DAY : instant(addedAt);
      const life = new Timeline(begin, state);
      if (renamed !== undefined) life.plan(instant(renamed.at), { ...state, name: `${name}${renamed.by}` });
      if (removedAt !== undefined) life.plan(instant(removedAt), null);
      const registrations = {
        first: begin + random.int(60, 7200) * SECOND,
        everyMs: random.int(4 * 24, 9 * 24) * HOUR,
        until: registersUntil === undefined ? null : instant(registersUntil),
        userAgent: random.pick(AGENTS),
        host: `203.0.113.${7 + index}:5060`,
      };
      const isOdd = options.oddities && index === Math.min(ODD_PLACE, options.atas - 1);
      this.add({ life, registrations: script.isSilent === true ? null : registrations, isOdd });
    }
  }

  /** Takes an adapter in and gives it its id. */
  add(input: Omit<AtaPlan, 'id'>): AtaPlan {
    const plan = { id: String(this.#nextId++), ...input };
    this.plans.push(plan);
    return plan;
  }

  /** The adapter with an id, if it is there at an instant. */
  find(id: string, at: Instant): AtaPlan | null {
    return this.plans.find((plan) => plan.id === id && plan.life.at(at) !== null) ?? null;
  }

  /** Name of the adapter at which a number rings; null when it rings at none. */
  nameFor(phoneNumber: string, at: Instant): string | null {
    for (const { life } of this.plans) {
      const state = life.at(at);
      if (state?.phoneNumbers.includes(phoneNumber)) return state.name;
    }
    return null;
  }
}

/** Plans the adapters that are only noticed: the first again and again, the last one only since the middle of the history. */
export function planDetectedAtas(seed: number, options: ResolvedWorldOptions, now: Instant): DetectedAtaPlan[] {
  const instant = shareOfHistory(options, now);
  return Array.from({ length: options.detectedAtas }, (_, index) => {
    const random = randomFor(seed, 'detected-atas', index);
    const isLast = index === options.detectedAtas - 1;
    const first = isLast ? instant(0.5) : instant(0) - random.int(1, 30) * DAY;
    return {
      macAddress: drawMac(random),
      life: new Timeline(first, { userAgent: random.pick(AGENTS) }),
      sightings: { first, everyMs: random.int(3 * 24, 8 * 24) * HOUR, until: index === 0 ? null : first + HOUR },
    };
  });
}
