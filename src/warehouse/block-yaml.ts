/** What a YAML file is made of here: no dates, no references, no empty lists. */
export type YamlValue =
  | string
  | number
  | boolean
  | null
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue | undefined };

/** Texts that every version of YAML takes for a text as they stand. */
const PLAIN = /^[a-z][a-z0-9_.]*$/;
const WORDS = /^(y|n|yes|no|on|off|true|false|null)$/;

/**
 * Writes a value as YAML in block style, two spaces a step: lists and maps each on lines of their own, texts in the double quotes of JSON where they are more
 * than a name. Keys without a value (undefined) are left out.
 */
export function blockYaml(value: YamlValue): string {
  return `${linesOf(value).join('\n')}\n`;
}

function linesOf(value: YamlValue): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => indented(linesOf(one), '- '));
  if (typeof value !== 'object' || value === null) return [scalar(value as string | number | boolean | null)];
  return Object.entries(value).flatMap(([key, one]) => {
    if (one === undefined) return [];
    const name = scalar(key);
    if (typeof one !== 'object' || one === null) return [`${name}: ${scalar(one)}`];
    const lines = linesOf(one);
    return [`${name}:`, ...lines.map((line) => `  ${line}`)];
  });
}

function indented(lines: readonly string[], mark: string): string[] {
  return lines.map((line, at) => `${at === 0 ? mark : ' '.repeat(mark.length)}${line}`);
}

function scalar(value: string | number | boolean | null): string {
  return typeof value !== 'string' || (PLAIN.test(value) && !WORDS.test(value)) ? String(value) : JSON.stringify(value);
}
