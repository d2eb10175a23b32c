import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProgram } from '../src/cli/program.ts';
import { SETTING_VARIABLES } from '../src/runtime/setting-variables.ts';
import { fillTableLists } from '../src/warehouse/describe-tables.ts';
import { fillCheckLists } from '../src/warehouse/recon/describe-checks.ts';
import { CHECKS } from '../src/warehouse/recon/registry.ts';
import { freshDatabase, type TestDatabase } from './support/database.ts';

/** What a document says about the code is held against the code, as far as a machine can. */

const ROOT = fileURLToPath(new URL('..', import.meta.url));

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => join(folder, path).replaceAll('\\', '/'));
}

const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesBelow('docs', '.md')];

/** The text without its code blocks, whose lines are no headings and hold no links. */
function prose(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '');
}

/** The anchors that a reader's browser finds in a document: headings in lower case, with dashes for spaces. */
function anchorsOf(path: string): string[] {
  return [...prose(textOf(path)).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

/** Links of a document that lead nowhere. */
function deadLinks(path: string, text: string): string[] {
  const links = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : relative(ROOT, join(ROOT, dirname(path), file));
    if (!existsSync(join(ROOT, target))) return true;
    return anchor !== undefined && !anchorsOf(target).includes(anchor);
  });
}

/** Files of the project that a text names in backticks and that are not there. */
function missingFiles(text: string): string[] {
  const named = [...text.matchAll(/`((?:src|test|functions|migrations|infra|bench|docs)\/[\w./-]+\.\w+)`/g)];
  return named.map(([, path = '']) => path).filter((path) => !existsSync(join(ROOT, path)));
}

describe('every document', () => {
  it('links to files and headings that are there', () => {
    expect(deadLinks('README.md', 'see [a](docs/none.md), [b](#no-such-heading), [c](https://example.com)')).toEqual([
      'docs/none.md',
      '#no-such-heading',
    ]);
    expect(documents.flatMap((path) => deadLinks(path, textOf(path)).map((link) => `${path}: ${link}`))).toEqual([]);
  });

  it('calls commands and flags that are there', () => {
    const sample =
      '`faxsync items --state open`, `faxsync items --stats x`, `faxsync itms`, `faxsync items close 1 --json`';
    expect(wrongCommands(sample)).toEqual(['items --state open', 'items --stats x', 'itms']);
    expect(documents.flatMap((path) => wrongCommands(textOf(path)).map((call) => `${path}: ${call}`))).toEqual([]);
  });

  it('names files that are there', () => {
    expect(missingFiles('`src/none.ts` and `src/domain/fax.ts`')).toEqual(['src/none.ts']);
    expect(documents.flatMap((path) => missingFiles(textOf(path)).map((file) => `${path}: ${file}`))).toEqual([]);
  });
});

/** The words of a text that call this program with a command or a flag it does not have. */
function wrongCommands(text: string): string[] {
  const never = () => Promise.reject(new Error('no command is run'));
  const program = buildProgram({ context: never, exit: () => undefined });
  const calls = [...text.matchAll(/(?:npm run -s faxsync --|`faxsync) ([a-z][^`#|>\n]*)/g)];
  return calls.flatMap(([, call = '']) => {
    const words = call.trim().split(/\s+/);
    let command: Command = program;
    for (const word of words) {
      const next = command.commands.find((one) => one.name() === word);
      if (next === undefined) break;
      command = next;
    }
    const known: string[] = [];
    for (let one: Command | null = command; one !== null; one = one.parent) {
      known.push(...one.options.flatMap(({ long }) => (typeof long === 'string' ? [long] : [])));
    }
    const flags = [...call.matchAll(/(?<![\w-])--[a-z][\w-]*/g)].map(([flag]) => flag);
    // The setting of where state is kept; those of items are told by --states.
    const isPlace = !/--state (?!\S*[:/])/.test(call);
    const isRight = command !== program && isPlace && flags.every((flag) => flag === '--help' || known.includes(flag));
    return isRight ? [] : [call];
  });
}

describe('the code', () => {
  it('points at headings of documents that are there', () => {
    const sources = ['src', 'functions', 'migrations', 'infra', 'test'].flatMap((folder) => filesBelow(folder, ''));
    const pointers = sources
      .filter((path) => /\.(ts|sql)$/.test(path) && path !== 'test/docs.test.ts')
      .flatMap((path) => [...textOf(path).matchAll(/\bdocs\/([\w/-]+\.md)(?:#([\w-]+))?/g)])
      .map(([, file = '', anchor]) => ({ file: `docs/${file}`, anchor }));
    expect(pointers.length).toBeGreaterThan(5);
    const lost = pointers.filter(
      ({ file, anchor }) =>
        !existsSync(join(ROOT, file)) || (anchor !== undefined && !anchorsOf(file).includes(anchor)),
    );
    expect(lost).toEqual([]);
  });
});

/** Tests that a document quotes as `path`: title, each with whether its file has a test of that very title. */
function quotedTests(text: string): Array<{ readonly quote: string; readonly isThere: boolean }> {
  const quotes = text.matchAll(/(?:\| |^)`(test\/[\w./-]+\.test\.ts)`: (.+?)(?: \||\.$)/gm);
  return [...quotes].map(([quote, path = '', title = '']) => {
    const source = existsSync(join(ROOT, path)) ? textOf(path) : '';
    return { quote, isThere: [`'${title}'`, `"${title}"`, `\`${title}\``].some((literal) => source.includes(literal)) };
  });
}

describe('the README', () => {
  const readme = textOf('README.md');

  it('has every setting with its meaning and default, in the order of the code', () => {
    const rows = readme.split('\n').filter((line) => line.startsWith('| `FAXSYNC_'));
    const expected = SETTING_VARIABLES.map(
      ({ variable, description, fallback, isSecret }) =>
        `| \`${variable}\`${isSecret ? ' (secret)' : ''} | ${description} | ${fallback === null ? '' : `\`${fallback}\``} |`,
    );
    expect(rows).toEqual(expected);
  });

  it('quotes for each promise a test that is there', () => {
    const own = 'quotes for each promise a test that is there';
    const sample = `| \`test/docs.test.ts\`: ${own} |\n| \`test/docs.test.ts\`: ${own.slice(1)} |`;
    expect(quotedTests(sample).map(({ isThere }) => isThere)).toEqual([true, false]);
    const quoted = quotedTests(readme);
    expect(quoted.length).toBeGreaterThan(9);
    expect(quoted.filter(({ isThere }) => !isThere).map(({ quote }) => quote)).toEqual([]);
  });
});

describe('the page of faults', () => {
  const page = textOf('docs/faults.md');
  const rows = [...page.matchAll(/^\| ([A-H]\d+(?:[–,] ?[A-H]\d+)*) \|.*$/gm)];
  const shown = new Set(rows.filter(([row]) => row.includes('`test/')).flatMap(([, ids = '']) => ids.split(/[–,] ?/)));
  const unshown = new Set(rows.filter(([row]) => !row.includes('`test/')).flatMap(([, ids = '']) => ids.split(/, ?/)));

  it('quotes for each fault a test that is there', () => {
    const quoted = quotedTests(page);
    expect(quoted.length).toBeGreaterThan(90);
    expect(quoted.filter(({ isThere }) => !isThere).map(({ quote }) => quote)).toEqual([]);
    const unread = rows
      .map(([row]) => row)
      .filter((row) => row.split(' | ').length === 5 && quotedTests(row).length !== 1);
    expect(unread).toEqual([]);
  });

  it('has every row of the design, by a test or among what no test shows', () => {
    const last = { A: 17, B: 10, C: 13, D: 5, E: 8, F: 11, G: 8, H: 10 };
    const all = Object.entries(last).flatMap(([letter, count]) =>
      Array.from({ length: count }, (_, at) => `${letter}${at + 1}`),
    );
    expect(all.filter((row) => !shown.has(row) && !unshown.has(row))).toEqual([]);
    const asked = ['F5', 'F6', 'F7', 'F8', 'F10', 'G1', 'G2', 'G3', 'G4', 'G5', 'G6', 'G7', 'G8', 'H6', 'H10'];
    expect(asked.filter((row) => !shown.has(row))).toEqual([]);
  });
});

describe('the page of the reconciliation', () => {
  it('lists what "npm run generate" would list for the registered checks', () => {
    const page = textOf('docs/reconciliation.md');
    expect(page).toBe(fillCheckLists(CHECKS, page));
  });
});

describe('the map of tables', () => {
  const page = textOf('docs/tables.md');
  let database: TestDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterAll(() => database.drop());

  it('lists what "npm run generate" would list for the migrated schema', async () => {
    expect(page).toBe(await fillTableLists(database.pool, page));
    expect([...page.matchAll(/^\| `\w+` \| .+\.( \| `[\w, ]+`)? \|$/gm)].length).toBeGreaterThan(30);
  });

  it('shows queries that run', async () => {
    const queries = [...page.matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(([, sql = '']) => sql);
    expect(queries.length).toBeGreaterThan(4);
    for (const sql of queries) await expect(database.pool.query(sql), sql).resolves.toBeDefined();
  });
});

describe('the decisions', () => {
  it('are numbered without a gap, each in the index under its own title', () => {
    const pages = filesBelow('docs/adr', '.md').filter((path) => !path.endsWith('README.md'));
    const numbers = pages.map((path) => path.slice('docs/adr/'.length, 'docs/adr/'.length + 4)).sort();
    expect(numbers).toEqual(numbers.map((_, at) => String(at + 1).padStart(4, '0')));
    const index = textOf('docs/adr/README.md');
    const unlisted = pages.filter((path) => !index.includes(`](${path.slice('docs/adr/'.length)})`));
    expect(unlisted).toEqual([]);
    const sections = ['## Context', '## Decision', '## Consequences'];
    const incomplete = pages.filter((path) => !sections.every((section) => textOf(path).includes(`${section}\n`)));
    expect(incomplete).toEqual([]);
  });
});
