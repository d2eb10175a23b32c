import { toIso } from '../../src/domain/time.ts';
import type { WireFaxV2 } from '../../src/phaxio/wire.ts';
import { wireFax } from './landed.ts';
import type { ReconBed } from './recon-bed.ts';

const MINUTE = 60_000;

/** One recipient of a fax: number and final status. */
export type Recipient = readonly [number: string, status: string];

/** What a test says of a fax; the rest is one page to one number in the United States that arrived for 7 cents. */
export interface PricedFax {
  readonly id: number;
  /** When it was requested or received. */
  readonly at: number;
  readonly cost?: number;
  readonly pages?: number;
  readonly recipients?: readonly Recipient[];
  /** Own number of a received fax; null: it is a sent one. */
  readonly receivedBy?: string | null;
  readonly status?: string;
  readonly isTest?: boolean;
  /** When it ended; a minute later where not said, null while it is under way. */
  readonly endsAt?: number | null;
}

/** Numbers that are surely nobody's, by country. */
export const NUMBERS = {
  US: '+14145550123',
  CA: '+14165550123',
  GB: '+442079460012',
  DE: '+493034560012',
  /** Satellite telephone: of no country. */
  none: '+870773111222',
} as const;

function statusOf(recipients: readonly Recipient[]): string {
  const arrived = recipients.filter(([, status]) => status === 'success').length;
  if (arrived === recipients.length) return 'success';
  return arrived === 0 ? 'failure' : 'partialsuccess';
}

/** A fax as v2.1 sends it. */
export function pricedFax(of: PricedFax): WireFaxV2 {
  const { id, at, cost = 7, pages = 1, receivedBy = null, isTest = false, endsAt = at + MINUTE } = of;
  const recipients = of.recipients ?? [[NUMBERS.US, 'success']];
  const [pattern] = wireFax(id, toIso(at)).recipients ?? [];
  const ended = endsAt === null ? null : toIso(endsAt);
  return wireFax(id, toIso(at), {
    direction: receivedBy === null ? 'sent' : 'received',
    status: of.status ?? (receivedBy === null ? statusOf(recipients) : 'success'),
    is_test: isTest,
    num_pages: pages,
    cost,
    completed_at: ended,
    from_number: receivedBy === null ? null : NUMBERS.US,
    to_number: receivedBy,
    recipients:
      receivedBy === null && pattern !== undefined
        ? recipients.map(([phone_number, status]) => ({ ...pattern, phone_number, status, completed_at: ended }))
        : null,
  });
}

/** Loads one look at these faxes, a listing from the first to the last of them. */
export async function loadFaxes(
  bed: ReconBed,
  observation: number,
  at: number,
  faxes: readonly PricedFax[],
): Promise<void> {
  const shown = faxes.map(pricedFax);
  const after = Math.min(...faxes.map((fax) => fax.at)) - 1;
  const before = Math.max(...faxes.map((fax) => fax.at)) + 1000;
  await bed.load({ observation, at, window: { after: Math.floor(after / 1000) * 1000, before } }, shown);
}

/** Loads one complete look at the price list: cents a page by alpha-2. */
export async function loadCard(
  bed: ReconBed,
  observation: number,
  at: number,
  prices: Readonly<Record<string, number>>,
): Promise<void> {
  const names = new Intl.DisplayNames(['en'], { type: 'region' });
  const data = Object.entries(prices).map(([alpha2, price]) => ({
    name: names.of(alpha2),
    alpha2,
    country_code: 1,
    price_per_page: price,
    send_support: 'full',
    receive_support: 'full',
  }));
  await bed.load({ observation, at, stream: 'countries', kind: 'snapshot' }, data);
}
