/**
 * What of an answer may be stored nowhere, not even as landed. Names are compared word by word: words are parted by case, `_`, `-`, `.` or a
 * blank; digits and the `s` of a plural do not count.
 */
export interface Secrets {
  /** Words (or phrases, `user name`) that make a field secret wherever they stand in its name: `pin` takes `port_out_pin` and `pinCode`, not `shipping`. */
  readonly words: readonly string[];
  /** Words that do so only at the end of a name: `user` takes `sip_user`, not `user_agent`. */
  readonly lastWords?: readonly string[];
  /** Words at the end of names of fields that hold SIP addresses: the user's part goes, the rest stays. In other texts only where they say `sip:`. */
  readonly sipAddresses?: readonly string[];
}

/** Words that nothing but credentials is called, so that they count glued to others as well (`sippassword`). */
const GLUED = /password|passwd|passcode|passphrase|username|credential/;

/** Whether the value of a field of this name is a secret. */
function isSecretName(name: string, { words, lastWords = [] }: Secrets): boolean {
  const parted = wordsOf(name);
  if (words.some((word) => parted.includes(phrase(word)))) return true;
  if (lastWords.some((word) => parted.endsWith(phrase(word)))) return true;
  const glued = GLUED.exec(parted.replaceAll('_', ''));
  return glued !== null && words.includes(glued[0]);
}

/** {@link isSecretName} that remembers its answers: the objects of a list have the same names. For one text. */
export function secretNames(secrets: Secrets): (name: string) => boolean {
  const known = new Map<string, boolean>();
  return (name) => {
    let isSecret = known.get(name);
    if (isSecret === undefined) {
      isSecret = isSecretName(name, secrets);
      known.set(name, isSecret);
    }
    return isSecret;
  };
}

/** Whether a name ends with one of these words. */
export function endsWithWord(name: string, words: readonly string[]): boolean {
  if (words.length === 0) return false;
  const parted = wordsOf(name);
  return words.some((word) => parted.endsWith(phrase(word)));
}

function phrase(words: string): string {
  return `_${words.replaceAll(' ', '_')}_`;
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
