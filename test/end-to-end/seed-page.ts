import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where the provider's page on the objects of v2.1 is looked for; it is no part of this project. */
const OBJECTS_PAGE = resolve(ROOT, process.env['FAXSYNC_SEEDS_DIR'] ?? '../shared/seeds', 'phaxio-objects-v2.txt');

/** Whether that page is there. */
export const hasObjectsPage = existsSync(OBJECTS_PAGE);

const lines = hasObjectsPage ? readFileSync(OBJECTS_PAGE, 'utf8').split('\n') : [];

/** The sample of an object, as the page has it: JSON, or what should be. @throws Error when the page is not there or shows none. */
export function sampleText(object: string): string {
  const start = lines.indexOf(`Example ${object} Object`);
  const from = lines.indexOf('{', start);
  const to = lines.indexOf('}', from);
  if (start === -1 || from === -1 || to === -1) throw new Error(`the page has no sample of a ${object}`);
  return lines.slice(from, to + 1).join('\n');
}

/** The fields of an object as the page lists them, each with the rest of its line. */
export function fieldList(object: string): Array<readonly [name: string, rest: string]> {
  const start = lines.indexOf(`${object} Object`);
  const head = lines.findIndex((line, i) => i > start && /^Name (Data Type )?Description$/.test(line));
  if (start === -1 || head === -1) throw new Error(`the page has no list of fields of a ${object}`);
  const end = lines.findIndex((line, i) => i > head && (line.trim() === '' || line.startsWith('Example ')));
  return lines.slice(head + 1, end).flatMap((line) => {
    const [, name, rest] = /^([a-z_]+) (.*)$/.exec(line) ?? [];
    return name === undefined || rest === undefined ? [] : [[name, rest] as const];
  });
}

/** A sample made from the list of fields, for objects of which the page shows none. */
export function sampleOf(object: string): Record<string, string | number> {
  const sample: Record<string, string | number> = {};
  for (const [name, rest] of fieldList(object)) {
    // The page lists "domain" twice; what it says of the second is what mac_address is.
    if (/MAC address/.test(rest)) sample['mac_address'] = '0123456789AB';
    else if (rest.startsWith('integer')) sample[name] = 4711;
    else if (rest.startsWith('E.164')) sample[name] = '+18476661235';
    else if (/timestamp/.test(rest)) sample[name] = '2021-07-07T13:56:04.000-05:00';
    else sample[name] = `${name} of the ${object}`;
  }
  return sample;
}

/** The port order's sample with the colon it lacks. */
export function mendedPortOrder(): string {
  const broken = sampleText('Port Order');
  const mended = broken.replace('"port_numbers" [', '"port_numbers": [');
  if (mended === broken) throw new Error('the sample of a port order is not broken any more');
  return mended;
}
