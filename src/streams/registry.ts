import { accountStatus } from './account-status.ts';
import { addresses } from './addresses.ts';
import { atas } from './atas.ts';
import { blockingRules } from './blocking-rules.ts';
import { countries } from './countries.ts';
import { detectedAtas } from './detected-atas.ts';
import { faxes } from './faxes.ts';
import { phaxCodes } from './phax-codes.ts';
import { phoneNumbers } from './phone-numbers.ts';
import { portNumberNotes } from './port-number-notes.ts';
import { portOrders } from './port-orders.ts';
import type { Listing, Stream } from './stream.ts';

/** Every stream that is mirrored, by name, in the order in which the puller lists them. */
export const STREAMS: ReadonlyMap<string, Stream> = new Map(
  [
    accountStatus,
    faxes,
    phoneNumbers,
    countries,
    portOrders,
    portNumberNotes,
    atas,
    blockingRules,
    addresses,
    detectedAtas,
    phaxCodes,
  ].map((stream) => [stream.name, stream]),
);

/** A stream that is listed whole. */
export type ListedStream = Stream & { readonly listing: Listing };

/** Whether a stream is listed whole. */
export function isListed(stream: Stream): stream is ListedStream {
  return stream.listing !== null;
}

/** The streams listed whole, in the order they are taken. */
export const LISTED_STREAMS: readonly ListedStream[] = [...STREAMS.values()].filter(isListed);
