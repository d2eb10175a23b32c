/** The id of a construct for a name of words with dashes: `receive-callback` gives `ReceiveCallback`. */
export function constructId(name: string): string {
  return name.replace(/(^|-)([a-z0-9])/g, (_, __, letter: string) => letter.toUpperCase());
}
