/** An area code of the United States or Canada with the words the provider uses for it. */
export interface AreaCode {
  readonly countryCode: number;
  readonly areaCode: number;
  readonly city: string;
  readonly state: string;
  readonly country: string;
  readonly alpha2: string;
  readonly tollFree: boolean;
}

const LINES = `202|Washington|District of Columbia|US
204|Brandon, Winnipeg|Manitoba|CA
205|Birmingham, Clanton, Jasper|Alabama|US
206|Seattle|Washington|US
207|Portland|Maine|US
208|Boise, Idaho Falls, Pocatello|Idaho|US
209|Lodi, Merced, Modesto|California|US
210|San Antonio|Texas|US
213|Los Angeles|California|US
215|Levittown, Philadelphia|Pennsylvania|US
216|Cleveland, Euclid, Lakewood|Ohio|US
217|Champaign, Decatur, Springfield|Illinois|US
218|Duluth, Ely, Moorhead|Minnesota|US
225|Baton Rouge|Louisiana|US
234|Akron, Canton, Youngstown|Ohio|US
250|Kelowna, Victoria|British Columbia|CA
303|Denver|Colorado|US
305|Miami|Florida|US
312|Chicago|Illinois|US
313|Detroit|Michigan|US
314|Saint Louis|Missouri|US
337|Lafayette, Lake Charles|Louisiana|US
402|Lincoln, Omaha|Nebraska|US
404|Atlanta|Georgia|US
405|Oklahoma City|Oklahoma|US
412|Pittsburgh|Pennsylvania|US
413|Pittsfield, Springfield|Massachusetts|US
414|Milwaukee|Wisconsin|US
415|San Francisco|California|US
416|Toronto|Ontario|CA
418|Quebec|Quebec|CA
502|Louisville|Kentucky|US
503|Portland, Salem|Oregon|US
504|New Orleans|Louisiana|US
505|Albuquerque, Santa Fe|New Mexico|US
512|Austin|Texas|US
515|Ames, Des Moines|Iowa|US
602|Phoenix|Arizona|US
604|Vancouver|British Columbia|CA
612|Minneapolis|Minnesota|US
614|Columbus|Ohio|US
615|Nashville|Tennessee|US
617|Boston|Massachusetts|US
702|Las Vegas|Nevada|US
704|Charlotte|North Carolina|US
713|Houston|Texas|US
716|Buffalo|New York|US
773|Chicago|Illinois|US
787|San Juan|Puerto Rico|PR
801|Provo, Salt Lake City|Utah|US
802|Burlington, Montpelier|Vermont|US
808|Honolulu|Hawaii|US
847|Northbrook|Illinois|US
907|Anchorage, Fairbanks|Alaska|US
916|Sacramento|California|US
919|Raleigh|North Carolina|US
800|||US
833|||US
844|||US
855|||US
866|||US
877|||US
888|||US`;

const COUNTRY_NAMES: Readonly<Record<string, string>> = {
  US: 'United States of America',
  CA: 'Canada',
  PR: 'Puerto Rico',
};

/** Area codes in which the simulated provider has numbers, by code; toll-free ones last and without a place. */
export const AREA_CODES: readonly AreaCode[] = LINES.split('\n').map((line) => {
  const [areaCode = '', city = '', state = '', alpha2 = ''] = line.split('|');
  return {
    countryCode: 1,
    areaCode: Number(areaCode),
    city,
    state,
    country: COUNTRY_NAMES[alpha2] ?? '',
    alpha2,
    tollFree: city === '',
  };
});

/** The area codes with a place. */
export const LOCAL_AREA_CODES: readonly AreaCode[] = AREA_CODES.filter((row) => !row.tollFree);

/** Foreign number ranges that faxes go to; `#` stands for a digit. */
export const FOREIGN_PATTERNS: ReadonlyArray<readonly [alpha2: string, pattern: string]> = [
  ['GB', '+4420794600##'],
  ['DE', '+49303456####'],
  ['FR', '+3315555####'],
  ['NL', '+31205551###'],
  ['AU', '+6125550####'],
  ['MX', '+52555555####'],
  ['JP', '+8135555####'],
];
