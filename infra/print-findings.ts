import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ACKNOWLEDGED } from './acknowledged.ts';

/** Where the list stands. */
export const FINDINGS_DOCUMENT = fileURLToPath(new URL('../docs/security.md', import.meta.url));

const BEGIN = '<!-- acknowledged findings: written by npm run generate -->';
const END = '<!-- end of acknowledged findings -->';

/** The document with its list of acknowledged findings as the code has it. @throws {Error} where the marks of the list are missing. */
export function fillFindings(text: string): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`docs/security.md has lost the marks "${BEGIN}" and "${END}".`);
  const rows = ACKNOWLEDGED.map(({ rule, paths, reason }) => {
    const places = paths.map((pattern) => `\`${placeOf(pattern)}\``).join(', ');
    return `| ${rule} | ${places} | ${reason} |`;
  });
  return [
    text.slice(0, begin + BEGIN.length),
    '',
    '| rule | where | why |',
    '|---|---|---|',
    ...rows,
    '',
    text.slice(end),
  ].join('\n');
}

/** A pattern as a reader wants it: without anchors, with its alternatives divided by a comma. */
function placeOf(pattern: RegExp): string {
  return pattern.source
    .replaceAll('\\/', '/')
    .replace(/^\^|\$$/g, '')
    .replaceAll('|', ', ');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(FINDINGS_DOCUMENT, fillFindings(readFileSync(FINDINGS_DOCUMENT, 'utf8')));
}
