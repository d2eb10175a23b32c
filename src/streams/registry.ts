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
import type { Stream } from './stream.ts';

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
