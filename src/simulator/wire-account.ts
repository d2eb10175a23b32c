import type { AccountStatus, Country, PhoneNumber } from '../domain/account.ts';
import type {
  WireAccountV1,
  WireAccountV2,
  WireCountriesV1,
  WireCountryV2,
  WireNumberV1,
  WireNumberV2,
} from '../phaxio/wire.ts';
import { toCentralStamp, toZonelessText } from './central-time.ts';
import type { HttpSwitches } from './http-options.ts';
import type { AreaCode } from './places.ts';
import { toV1Number } from './wire-fax.ts';

/** A phone number in v2 or v2.1. */
export function numberToV2(number: PhoneNumber, face: 'v2' | 'v2.1'): WireNumberV2 {
  return {
    phone_number: number.phoneNumber,
    city: number.city,
    state: number.state,
    country: number.country,
    cost: number.costCents ?? 0,
    last_billed_at: toCentralStamp(number.lastBilledAt ?? 0),
    provisioned_at: toCentralStamp(number.provisionedAt ?? 0),
    callback_url: number.callbackUrl,
    ...(face === 'v2.1' ? { ata_name: number.ataName } : {}),
  };
}

/** A phone number in v1; its stamps name no zone. */
export function numberToV1(number: PhoneNumber, switches: HttpSwitches): WireNumberV1 {
  return {
    number: toV1Number(number.phoneNumber, switches.v1Numbers),
    city: number.city ?? '',
    state: number.state ?? '',
    cost: number.costCents ?? 0,
    last_billed_at: toZonelessText(number.lastBilledAt ?? 0, switches.v1NumberZone),
    provisioned_at: toZonelessText(number.provisionedAt ?? 0, switches.v1NumberZone),
  };
}

/** Balance and counters in v2 and v2.1. */
export function accountToV2(account: AccountStatus): WireAccountV2 {
  return {
    balance: account.balanceCents ?? 0,
    faxes_today: { sent: account.sentToday ?? 0, received: account.receivedToday ?? 0 },
    faxes_this_month: { sent: account.sentThisMonth ?? 0, received: account.receivedThisMonth ?? 0 },
  };
}

/** Balance and counters in v1, which counts sent faxes only. */
export function accountToV1(account: AccountStatus): WireAccountV1 {
  return {
    faxes_sent_this_month: account.sentThisMonth ?? 0,
    faxes_sent_today: account.sentToday ?? 0,
    balance: account.balanceCents ?? 0,
  };
}

/** A row of the price list in v2 and v2.1. */
export function countryToV2(country: Country): WireCountryV2 {
  return {
    name: country.name,
    alpha2: country.alpha2 ?? '',
    country_code: country.countryCode ?? 0,
    price_per_page: country.pricePerPageCents ?? 0,
    send_support: country.sendSupport ?? '',
    receive_support: country.receiveSupport ?? '',
  };
}

/** The price list in v1: by name. */
export function countriesToV1(countries: readonly Country[]): WireCountriesV1 {
  return Object.fromEntries(countries.map((row) => [row.name, { price_per_page: row.pricePerPageCents ?? 0 }]));
}

/** An area code in v2 and v2.1. */
export function areaCodeToV2(row: AreaCode): object {
  return {
    country_code: row.countryCode,
    area_code: row.areaCode,
    city: row.tollFree ? null : row.city,
    state: row.tollFree ? null : row.state,
    country: row.tollFree ? null : row.country,
    toll_free: row.tollFree,
  };
}

/** Area codes in v1: code to place. */
export function areaCodesToV1(rows: readonly AreaCode[]): object {
  return Object.fromEntries(rows.map((row) => [String(row.areaCode), { city: row.city, state: row.state }]));
}
