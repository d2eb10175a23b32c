import type { Extra } from './fax.ts';
import type { Cents } from './money.ts';
import type { Instant } from './time.ts';

/** One phone number of the account. Null means "not sent". */
export interface PhoneNumber {
  /** E.164 where it could be read, else as sent. */
  readonly phoneNumber: string;
  readonly city: string | null;
  readonly state: string | null;
  readonly country: string | null;
  /** Monthly rent. */
  readonly costCents: Cents | null;
  readonly lastBilledAt: Instant | null;
  readonly provisionedAt: Instant | null;
  readonly callbackUrl: string | null;
  readonly ataName: string | null;
  readonly extra: Extra;
}

/** The account's balance and counters at one moment; v1 counts sent faxes only, so the received ones are null there. */
export interface AccountStatus {
  readonly balanceCents: Cents | null;
  readonly sentToday: number | null;
  readonly receivedToday: number | null;
  readonly sentThisMonth: number | null;
  readonly receivedThisMonth: number | null;
  readonly extra: Extra;
}

/** One line of the rate card. v1 knows a country by its name only. */
export interface Country {
  readonly name: string;
  /** ISO 3166-1 alpha-2; null in v1. */
  readonly alpha2: string | null;
  readonly countryCode: number | null;
  readonly pricePerPageCents: Cents | null;
  readonly sendSupport: string | null;
  readonly receiveSupport: string | null;
  readonly extra: Extra;
}
