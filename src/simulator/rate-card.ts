import type { Country } from '../domain/account.ts';
import type { Cents } from '../domain/money.ts';
import type { Instant } from '../domain/time.ts';
import { AREA_CODES } from './places.ts';
import { randomFor } from './random.ts';

/** A price that changes on an instant, for one country. */
export interface RateChange {
  readonly at: Instant;
  readonly alpha2: string;
  readonly pricePerPageCents: number;
}

// ISO 3166-1 alpha-2 (and XK) with the calling code: 250 rows, as the provider listed in 2021.
const CALLING_CODES =
  'AD376 AE971 AF93 AG1268 AI1264 AL355 AM374 AO244 AQ672 AR54 AS1684 AT43 AU61 AW297 AX358 AZ994 BA387 BB1246 BD880 ' +
  'BE32 BF226 BG359 BH973 BI257 BJ229 BL590 BM1441 BN673 BO591 BQ599 BR55 BS1242 BT975 BV47 BW267 BY375 BZ501 CA1 CC61 ' +
  'CD243 CF236 CG242 CH41 CI225 CK682 CL56 CM237 CN86 CO57 CR506 CU53 CV238 CW599 CX61 CY357 CZ420 DE49 DJ253 DK45 ' +
  'DM1767 DO1809 DZ213 EC593 EE372 EG20 EH212 ER291 ES34 ET251 FI358 FJ679 FK500 FM691 FO298 FR33 GA241 GB44 GD1473 ' +
  'GE995 GF594 GG44 GH233 GI350 GL299 GM220 GN224 GP590 GQ240 GR30 GS500 GT502 GU1671 GW245 GY592 HK852 HM672 HN504 ' +
  'HR385 HT509 HU36 ID62 IE353 IL972 IM44 IN91 IO246 IQ964 IR98 IS354 IT39 JE44 JM1876 JO962 JP81 KE254 KG996 KH855 ' +
  'KI686 KM269 KN1869 KP850 KR82 KW965 KY1345 KZ7 LA856 LB961 LC1758 LI423 LK94 LR231 LS266 LT370 LU352 LV371 LY218 ' +
  'MA212 MC377 MD373 ME382 MF590 MG261 MH692 MK389 ML223 MM95 MN976 MO853 MP1670 MQ596 MR222 MS1664 MT356 MU230 MV960 ' +
  'MW265 MX52 MY60 MZ258 NA264 NC687 NE227 NF672 NG234 NI505 NL31 NO47 NP977 NR674 NU683 NZ64 OM968 PA507 PE51 PF689 ' +
  'PG675 PH63 PK92 PL48 PM508 PN64 PR1 PS970 PT351 PW680 PY595 QA974 RE262 RO40 RS381 RU7 RW250 SA966 SB677 SC248 SD249 ' +
  'SE46 SG65 SH290 SI386 SJ47 SK421 SL232 SM378 SN221 SO252 SR597 SS211 ST239 SV503 SX1721 SY963 SZ268 TC1649 TD235 ' +
  'TF262 TG228 TH66 TJ992 TK690 TL670 TM993 TN216 TO676 TR90 TT1868 TV688 TW886 TZ255 UA380 UG256 UM1 US1 UY598 UZ998 ' +
  'VA379 VC1784 VE58 VG1284 VI1340 VN84 VU678 WF681 WS685 XK383 YE967 YT262 ZA27 ZM260 ZW263';

/** Country of a +1 number by its area code; of +1 numbers the calling code alone does not tell US from Canada. */
const AREA_CODE_COUNTRIES: ReadonlyMap<string, string> = new Map(
  AREA_CODES.map(({ areaCode, alpha2 }) => [String(areaCode), alpha2]),
);

const HOME = ['US', 'CA', 'PR'];
const NEAR = new Set('AR AT AU BE BR CH DE DK ES FR GB GR HK IE IL IN IT JE JP LU NL NO NZ PL PT SE SG'.split(' '));

// Where the provider's words differ from the common English ones.
const NAMES: Readonly<Record<string, string>> = {
  US: 'United States of America',
  GB: 'United Kingdom of Great Britain and Northern Ireland',
  HK: 'Hong Kong',
};

interface RateRow {
  readonly alpha2: string;
  readonly name: string;
  readonly countryCode: number;
  readonly basePrice: number;
}

/** The dated price list: 250 countries, US, CA and PR first, then by price tier and alpha-2. */
export class RateCard {
  readonly #rows: readonly RateRow[];
  readonly #byAlpha2 = new Map<string, RateRow>();
  readonly #byCode = new Map<string, RateRow>();
  readonly #changes: readonly RateChange[];
  readonly #changesByAlpha2 = new Map<string, RateChange[]>();

  constructor(seed: number, changes: readonly RateChange[]) {
    const names = new Intl.DisplayNames(['en'], { type: 'region' });
    const random = randomFor(seed, 'rate-card');
    const rows = CALLING_CODES.split(' ').map((text): RateRow => {
      const alpha2 = text.slice(0, 2);
      const far = random.pick([15, 15, 20, 20, 25, 30]);
      const basePrice = HOME.includes(alpha2) ? 7 : NEAR.has(alpha2) ? 10 : far;
      const name = NAMES[alpha2] ?? names.of(alpha2) ?? alpha2;
      return { alpha2, name, countryCode: Number(text.slice(2)), basePrice };
    });
    this.#rows = rows.sort((left, right) => rank(left) - rank(right) || (left.alpha2 < right.alpha2 ? -1 : 1));
    for (const row of this.#rows) {
      this.#byAlpha2.set(row.alpha2, row);
      // The first row of a code wins: US for 1, GB for 44.
      if (!this.#byCode.has(String(row.countryCode))) this.#byCode.set(String(row.countryCode), row);
    }
    this.#changes = [...changes].sort((left, right) => left.at - right.at);
    for (const change of this.#changes) {
      const list = this.#changesByAlpha2.get(change.alpha2) ?? [];
      list.push(change);
      this.#changesByAlpha2.set(change.alpha2, list);
    }
  }

  /** The changes, oldest first. */
  get changes(): readonly RateChange[] {
    return this.#changes;
  }

  /** Cents a page on an instant; 30 for a country that is not on the card. */
  priceAt(alpha2: string, at: Instant): number {
    let price = this.#byAlpha2.get(alpha2)?.basePrice ?? 30;
    for (const change of this.#changesByAlpha2.get(alpha2) ?? []) if (change.at <= at) price = change.pricePerPageCents;
    return price;
  }

  /** Every price a country ever had, the first one included. */
  pricesOf(alpha2: string): ReadonlySet<number> {
    const changed = (this.#changesByAlpha2.get(alpha2) ?? []).map(({ pricePerPageCents }) => pricePerPageCents);
    return new Set([this.#byAlpha2.get(alpha2)?.basePrice ?? 30, ...changed]);
  }

  /** The country an E.164 number belongs to, by its area code or longest calling code; US where nothing fits. */
  alpha2Of(phoneNumber: string): string {
    const placed = phoneNumber.startsWith('+1') ? AREA_CODE_COUNTRIES.get(phoneNumber.slice(2, 5)) : undefined;
    if (placed !== undefined) return placed;
    if (phoneNumber.startsWith('+7')) return phoneNumber.startsWith('+77') ? 'KZ' : 'RU';
    for (let length = 5; length >= 2; length--) {
      const row = this.#byCode.get(phoneNumber.slice(1, length));
      if (row !== undefined) return row.alpha2;
    }
    return 'US';
  }

  /** The card as of an instant, in the provider's order. */
  countriesAt(at: Instant): Country[] {
    return this.#rows.map((row) => ({
      name: row.name,
      alpha2: row.alpha2,
      countryCode: row.countryCode,
      pricePerPageCents: this.priceAt(row.alpha2, at) as Cents,
      sendSupport: 'full',
      receiveSupport: row.alpha2 === 'US' || row.alpha2 === 'CA' ? 'full' : 'none',
      extra: null,
    }));
  }
}

function rank(row: RateRow): number {
  const home = HOME.indexOf(row.alpha2);
  return home >= 0 ? home : row.basePrice;
}
