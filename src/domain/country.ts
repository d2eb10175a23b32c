/** Letters that name no country, though they have a name: groups of countries, and what is kept for unknown and for tests. */
const NO_COUNTRIES: ReadonlySet<string> = new Set(['EU', 'EZ', 'QO', 'UN', 'XA', 'XB', 'ZZ']);

const NAMES = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });

/** Whether a text is the two letters, in capitals, that ISO 3166 gives a country today; XK counts too. */
export function isCountry(text: string): boolean {
  if (!/^[A-Z]{2}$/.test(text) || NO_COUNTRIES.has(text)) return false;
  // Letters that were replaced by others (UK, SU) come back changed, and letters that nobody has have no name.
  return new Intl.Locale(`und-${text}`).region === text && NAMES.of(text) !== undefined;
}
