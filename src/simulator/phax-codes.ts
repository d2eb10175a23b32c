import type { Instant } from '../domain/time.ts';
import type { FaxPlan } from './plan.ts';
import { randomFor } from './random.ts';

const SECOND = 1000;

/** What some pages put before a PhaxCode's identifier; look-ups do not know it. */
export const PHAX_CODE_PREFIX = 'px:';

/** A PhaxCode. */
export interface PhaxCode {
  /** Without the prefix. */
  readonly identifier: string;
  readonly metadata: string | null;
  readonly createdAt: Instant;
  /** From when on look-ups know it: the first fax that carries it, or its making by a command. */
  readonly knownFrom: Instant;
  /** From when on listings show a fax that carries it; null when no fax does. */
  readonly listedFrom: Instant | null;
}

/** The PhaxCodes of one world: those that barcodes of its faxes name, and those made by commands. */
export class PhaxCodes {
  readonly #seed: number;
  readonly #byIdentifier = new Map<string, PhaxCode>();
  readonly #byMetadata = new Map<string | null, PhaxCode>();
  readonly #hidings = new Map<string, { readonly from: Instant; readonly until: Instant }>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Takes in the codes that the barcodes of a fax name. */
  admit(plan: FaxPlan): void {
    for (const { type, identifier: named, metadata } of plan.barcodes) {
      if (type !== 'phax_code' || named === null) continue;
      const identifier = named.startsWith(PHAX_CODE_PREFIX) ? named.slice(PHAX_CODE_PREFIX.length) : named;
      const known = this.#byIdentifier.get(identifier);
      const age = randomFor(this.#seed, 'phax-codes', identifier).int(3600, 500 * 86_400) * SECOND;
      this.#put({
        identifier,
        metadata: known?.metadata ?? metadata,
        createdAt: known?.createdAt ?? plan.createdAt - age,
        knownFrom: Math.min(known?.knownFrom ?? plan.createdAt, plan.createdAt),
        listedFrom: Math.min(known?.listedFrom ?? plan.listedAt, plan.listedAt),
      });
    }
  }

  /** The code with this metadata, made if there is none. */
  create(metadata: string | null, now: Instant): PhaxCode {
    const known = this.#byMetadata.get(metadata);
    if (known !== undefined && known.knownFrom <= now) return known;
    const identifier = randomFor(this.#seed, 'phax-code', metadata ?? '').hex(6);
    const createdAt = Math.floor(now / SECOND) * SECOND;
    return this.#put({ identifier, metadata, createdAt, knownFrom: now, listedFrom: null });
  }

  #put(code: PhaxCode): PhaxCode {
    this.#byIdentifier.set(code.identifier, code);
    if (!this.#byMetadata.has(code.metadata)) this.#byMetadata.set(code.metadata, code);
    return code;
  }

  /** A code by its identifier without prefix, as the provider knows it at an instant. */
  find(identifier: string, at: Instant): PhaxCode | null {
    const code = this.#byIdentifier.get(identifier);
    return code === undefined || code.knownFrom > at || this.#isHidden(identifier, at) ? null : code;
  }

  /** The codes named by faxes that listings show at an instant. */
  listedAt(at: Instant): PhaxCode[] {
    return [...this.#byIdentifier.values()].filter(
      ({ identifier, listedFrom }) => listedFrom !== null && listedFrom <= at && !this.#isHidden(identifier, at),
    );
  }

  /** Lets look-ups not know a code for a time. */
  hide(identifier: string, from: Instant, until: Instant): void {
    this.#hidings.set(identifier, { from, until });
  }

  #isHidden(identifier: string, at: Instant): boolean {
    const hiding = this.#hidings.get(identifier);
    return hiding !== undefined && hiding.from <= at && at < hiding.until;
  }
}
