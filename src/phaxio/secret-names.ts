/** What credentials of any kind are called; a stream adds its own words. */
export const CREDENTIAL_WORDS: readonly string[] = [
  'password',
  'passwd',
  'passcode',
  'passphrase',
  'pass',
  'pwd',
  'secret',
  'credential',
  'token',
];

/**
 * What of an answer may be stored nowhere, not even as landed. Names are compared word by word: words are parted by case, `_`, `-`, `.` or a
 * blank; digits and the `s` of a plural do not count.
 */
export interface Secrets {
  /**
   * Words that make a field secret wherever they stand in its name: `pin` takes `port_out_pin` and `pinCode`, not `shipping`. Those of
   * {@link GLUED_CHARS_MIN} letters and more count glued to others, too: `password` takes `sippassword`.
   */
  readonly words: readonly string[];
  /** Words that do so only at the end of a name: `user` takes `sip_user`, not `user_agent`. */
  readonly lastWords?: readonly string[];
  /** Words at the end of names of fields that hold SIP addresses: the user's part goes, the rest stays. In other texts only where they say `sip:`. */
  readonly sipAddresses?: readonly string[];
}

/** What a name says of its field: a `secret`, a SIP `address`, or neither. */
export type NameKind = 'secret' | 'address' | 'other';

/** Letters of the shortest word that is looked for inside other words. */
const GLUED_CHARS_MIN = 6;

/** What these rules say of a field's name. */
export function kindOfName(name: string, { words, lastWords = [], sipAddresses = [] }: Secrets): NameKind {
  const parted = wordsOf(name);
  const glued = parted.replaceAll('_', '');
  const isIn = (word: string) => (word.length < GLUED_CHARS_MIN ? parted.includes(`_${word}_`) : glued.includes(word));
  const isLast = (word: string) => parted.endsWith(`_${word}_`);
  if (words.some(isIn) || lastWords.some(isLast)) return 'secret';
  return sipAddresses.some(isLast) ? 'address' : 'other';
}

/** The words of a name as `_port_out_pin_`. */
function wordsOf(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '')
    .map((word) => (/[^s]s$/.test(word) ? word.slice(0, -1) : word));
  return `_${words.join('_')}_`;
}
