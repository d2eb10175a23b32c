/**
 * What of the provider's answers may be stored nowhere, not even as landed: what an adapter registers with (sent when it was made or renewed,
 * and on request), and what another carrier asks for before it lets numbers go ("the PIN or password required to port out the number"). One
 * list for all objects: an unknown field, or a wrong path in the settings, may bring any of them into any list.
 *
 * Names are compared word by word: words are parted by case, `_`, `-`, `.` or a blank; digits and the `s` of a plural do not count.
 */

/** Words that make a field secret wherever they stand in its name: `pin` takes `port_out_pin` and `pinCode`, not `shipping`. */
const WORDS = ['password', 'passwd', 'passcode', 'passphrase', 'pass', 'pwd', 'secret', 'credential', 'token', 'pin']
  .concat(['username', 'authorization', 'api_key', 'user_id', 'auth_id', 'auth_user', 'sip_user', 'security_code'])
  .concat(['port_out_code', 'transfer_code', 'pin_code', 'pin_number', 'port_out_pin', 'account_pin', 'transfer_pin'])
  .concat(['sip_pass', 'sip_pwd', 'auth_pass']);

/** Words that do so only at the end of a name: `user` takes `line_user`, not `user_agent`. */
const LAST_WORDS = ['user', 'auth'];

/** Words at the end of names of fields that hold SIP addresses: the user's part, which is an adapter's user name, goes; the rest stays. */
const SIP_ADDRESSES = ['uri'];

/** Letters of the shortest entry that is looked for inside other words, too: `password` takes `sippassword`. */
const GLUED_CHARS_MIN = 6;

/** What a name says of its field: a `secret`, a SIP `address`, or neither. */
export type NameKind = 'secret' | 'address' | 'other';

/** What these rules say of a field's name. */
export function kindOfName(name: string): NameKind {
  const parted = wordsOf(name);
  const glued = parted.replaceAll('_', '');
  const isIn = (entry: string) => {
    const letters = entry.replaceAll('_', '');
    return parted.includes(`_${entry}_`) || (letters.length >= GLUED_CHARS_MIN && glued.includes(letters));
  };
  const isLast = (word: string) => parted.endsWith(`_${word}_`);
  if (WORDS.some(isIn) || LAST_WORDS.some(isLast)) return 'secret';
  return SIP_ADDRESSES.some(isLast) ? 'address' : 'other';
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
