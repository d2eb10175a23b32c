/** Whether two names by which people sign are one, whatever the case of their letters, the space around and inside them, and dots, commas and dashes. */
export function isSamePerson(a: string, b: string): boolean {
  return plainName(a) === plainName(b);
}

/**
 * A name as it is compared: letters, digits and marks of letters, small; empty where it has none. Takes away at least what `recon.plain_name` of the database
 * does, so that two people who pass here pass there.
 */
export function plainName(name: string): string {
  return name
    .normalize('NFKC')
    .replace(/[\p{P}\p{S}\p{Cf}\s]+/gu, '')
    .toLowerCase();
}
