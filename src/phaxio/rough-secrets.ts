import { type Secrets, secretNames } from './secret-names.ts';

/** The character that ends a value, where a value may end. */
const VALUE_END = /[,}\]\n]/g;
/** A quote that stands where a text may end; others may stand inside it unescaped. */
const TEXT_END = /["'`](?=\s*(?:[,}\]]|$))/g;
/** What may stand between a name and its value: a quote that ends the name, a sign. */
const BETWEEN = /(\\*["'`])?\s*(=>|[:=])?\s*/y;

/**
 * Text that is no JSON, in which no quote can be trusted, without its secrets: after whatever looks like the name of one, quoted or not, all
 * goes up to where a value may end; where a list or an object begins there, all the rest. Takes rather too much than too little.
 */
export function cleanedRoughly(text: string, secrets: Secrets): string {
  const isSecret = secretNames(secrets);
  let kept = '';
  let copiedTo = 0;
  const runs = /[\w.$\\-]+/g;
  for (let found = runs.exec(text); found !== null; found = runs.exec(text)) {
    // The backslash before a quote belongs to the quote.
    const run = found[0].slice(0, endWithoutBackslashes(found[0]));
    if (!isSecret(run.replace(/\\u([0-9a-fA-F]{4})/g, unescaped))) continue;
    BETWEEN.lastIndex = found.index + run.length;
    const [between = '', quote, sign] = BETWEEN.exec(text) ?? [];
    const valueAt = found.index + run.length + between.length;
    // A word of a sentence; or a value itself.
    if ((quote === undefined && sign === undefined) || /^[,}\]]?$/.test(text.slice(valueAt, valueAt + 1))) continue;
    const valueEnd = endOfValue(text, valueAt);
    kept += `${text.slice(copiedTo, valueAt)}null`;
    copiedTo = valueEnd;
    runs.lastIndex = valueEnd;
  }
  return copiedTo === 0 ? text : kept + text.slice(copiedTo);
}

function endWithoutBackslashes(run: string): number {
  let end = run.length;
  while (end > 0 && run[end - 1] === '\\') end -= 1;
  return end;
}

function unescaped(_escape: string, digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 16));
}

function endOfValue(text: string, from: number): number {
  if (text[from] === '{' || text[from] === '[') return text.length;
  const opening = /^\\*["'`]/.exec(text.slice(from, from + 100));
  const end = opening === null ? VALUE_END : TEXT_END;
  end.lastIndex = from + (opening?.[0].length ?? 0);
  const found = end.exec(text);
  if (found === null) return text.length;
  return opening === null ? from + text.slice(from, found.index).trimEnd().length : found.index + 1;
}
