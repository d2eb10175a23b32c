import type { Instant } from '../../src/domain/time.ts';
import type { WireNumberV2 } from '../../src/phaxio/wire.ts';
import type { ReconBed } from './recon-bed.ts';

/** A number as a test says it: times as ISO text, `cost` 200 cents and `provisioned` the first billing where left out. */
export interface ListedNumber {
  readonly number: string;
  readonly billed: string;
  readonly provisioned?: string;
  readonly cost?: number;
}

function wireNumber({ number, billed, provisioned = billed, cost = 200 }: ListedNumber): WireNumberV2 {
  return {
    phone_number: number,
    city: null,
    state: null,
    country: null,
    cost,
    last_billed_at: billed,
    provisioned_at: provisioned,
    callback_url: null,
  };
}

/** Looks at the list of numbers, in order of time; their observation numbers begin with `first`. */
export async function loadNumbers(
  bed: ReconBed,
  looks: ReadonlyArray<readonly [at: string, numbers: readonly ListedNumber[]]>,
  first = 1,
): Promise<void> {
  for (const [index, [at, numbers]] of looks.entries()) {
    await bed.load(
      { stream: 'phone_numbers', kind: 'snapshot', observation: first + index, at: instant(at) },
      numbers.map(wireNumber),
    );
  }
}

/** An instant from ISO text. */
export function instant(text: string): Instant {
  return Date.parse(text);
}
