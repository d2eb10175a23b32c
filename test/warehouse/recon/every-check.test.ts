import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHECKS } from '../../../src/warehouse/recon/registry.ts';

const ROOM = new URL('./', import.meta.url);

/** What a check must be shown to do, by how the titles of its tests say it. */
const SHOWN = {
  'a case in which it passes': /^passes /,
  'a case in which it finds something': /^finds /,
  'the edge of its tolerance':
    /tolerance|stricter of amount and share|as the settings allow|up to the limit|asks for a difference of/,
} as const;

/** Titles of the tests of each check, by its id. */
function titlesByCheck(): Map<string, string[]> {
  const titles = new Map<string, string[]>();
  for (const file of readdirSync(ROOM).filter((name) => /^c\d\d-.*\.test\.ts$/.test(name))) {
    let id = '';
    for (const [, kind, title = ''] of readFileSync(new URL(file, ROOM), 'utf8').matchAll(
      /^ *(describe|it)(?:\.each\(\[[^;]*?\]\))?\(\s*'([^']*)'/gm,
    )) {
      if (kind === 'describe') id = /^C\d+/.exec(title)?.[0] ?? id;
      else titles.set(id, [...(titles.get(id) ?? []), title]);
    }
  }
  return titles;
}

describe('the tests of the checks', () => {
  const titles = titlesByCheck();

  it.each(CHECKS.map(({ id }) => id))('show of %s that it passes, finds, and keeps to its tolerance', (id) => {
    const missing = Object.entries(SHOWN)
      .filter(([, pattern]) => !titles.get(id)?.some((title) => pattern.test(title)))
      .map(([what]) => what);
    expect(missing).toEqual([]);
  });

  it('are of checks that are registered', () => {
    expect([...titles.keys()].sort()).toEqual(CHECKS.map(({ id }) => id as string).sort());
  });
});
