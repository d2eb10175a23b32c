import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type TestDatabase } from './support/database.ts';

/** Rules that no linter knows. Each is shown to bite on a sample before it is trusted on the files. */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NOT_OURS = new Set(['node_modules', '.git', 'dist', 'cdk.out', 'coverage', 'test-output', '.faxsync']);
const LINES_MAX = 400;

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

async function readTree(folder: string): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (NOT_OURS.has(entry.name) || entry.name.endsWith('.log')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await readTree(path)));
    else if (entry.isFile()) files.push({ path: relative(ROOT, path), text: await readFile(path, 'utf8') });
  }
  return files;
}

const files = await readTree(ROOT);
const code = files.filter(({ path }) => path.endsWith('.ts') && !path.endsWith('.generated.ts'));
const product = code.filter(({ path }) => /^(src|functions|infra)\//.test(path));
const tests = code.filter(({ path }) => path.startsWith('test/') && path.endsWith('.test.ts'));

/** `path:line: text` of every line a rule objects to, so that a failure names its places. */
function places(among: readonly SourceFile[], objects: (line: string, file: SourceFile) => boolean): string[] {
  return among.flatMap((file) =>
    file.text
      .split('\n')
      .flatMap((line, index) => (objects(line, file) ? [`${file.path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

/** The code of a line without its comment and its texts. */
function bare(line: string): string {
  return line
    .replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, "''")
    .replace(/^\s*\/?\*.*$/, '')
    .replace(/\/\/.*$/, '');
}

const RAW_CLOCK =
  /\bDate\.now\b|\bnew Date\(\)|\bDate\(\)|\bMath\.random\b|\bsetTimeout\b|\bsetInterval\b|\bperformance\.now\b|\bhrtime\b/;
/** The simulator is a program of its own and may not import `runtime`; its edge is one file. */
const OWNS_THE_CLOCK = /^src\/(runtime\/|cli\/|simulator\/system-clock\.ts$)/;

/** Exports of a file that no docstring stands above. It also covers overloads and further constants right below the first. */
function undocumented({ path, text }: SourceFile): string[] {
  const lines = text.split('\n');
  const missing: string[] = [];
  const named = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const found =
      /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type|enum) (\w+)/.exec(
        line,
      );
    const name = found?.[1];
    if (name === undefined || named.has(name)) continue;
    named.add(name);
    const above = lines[index - 1] ?? '';
    const continues = /^export const .*;$/.test(above) && line.startsWith('export const ');
    if (!continues && !/\*\/\s*$/.test(above)) missing.push(`${path}:${index + 1}: ${name}`);
  }
  return missing;
}

/** A title that is a claim in the present tense, or a variable that holds one. */
function isClaim(title: string): boolean {
  return !/^(should|must|test|check|will|it)\b/i.test(title) && / |%s|\$/.test(title);
}

function titles({ path, text }: SourceFile): Array<readonly [place: string, title: string]> {
  const found = text.matchAll(/^\s*it(?:\.each\([^;]*?\))?\(\s*(['"`])((?:(?!\1)[^\\]|\\.)*)\1/gm);
  return [...found].map((match) => [`${path}: ${match[2]}`, match[2] ?? ''] as const);
}

describe('every file', () => {
  it('was found', () => {
    expect(product.length).toBeGreaterThan(20);
    expect(tests.length).toBeGreaterThan(5);
    expect(files.some(({ path }) => path.endsWith('.sql'))).toBe(true);
  });

  it('has at most 400 lines', () => {
    const counted = files.filter(({ path }) => /\.(ts|sql|sh)$/.test(path) && !path.endsWith('.generated.ts'));
    const long = counted.map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }));
    expect(long.filter(({ lines }) => lines > LINES_MAX)).toEqual([]);
  });

  it('has a name of lower-case words', () => {
    const isNamed = ({ path }: SourceFile) => /^[a-z0-9/.-]+$/.test(path) || path.startsWith('.ci/');
    expect(code.filter((file) => !isNamed(file)).map(({ path }) => path)).toEqual([]);
  });

  it('holds no mark of unfinished work', () => {
    const marks = new RegExp(`\\b(${['TO', 'DO'].join('')}|FIX${'ME'}|XX${'X'}|HA${'CK'})\\b`);
    expect(marks.test(`// ${['TO', 'DO'].join('')} later`)).toBe(true);
    const texts = files.filter(({ path }) => path !== 'package-lock.json');
    expect(places(texts, (line) => marks.test(line))).toEqual([]);
  });

  it('names no place of the machine it was written on', () => {
    const machine = /(?<![\w.])\/(work|home|Users)\/\w|(?<![\w.])\/root\/\w|\/tmp\/[a-z]+_[a-z]+_/;
    expect(machine.test('see /home/someone/src')).toBe(true);
    const texts = files.filter(({ path }) => path !== 'test/tidy.test.ts');
    expect(places(texts, (line) => machine.test(line))).toEqual([]);
  });

  it('is no barrel', () => {
    expect(code.filter(({ path }) => /(^|\/)index\.ts$/.test(path)).map(({ path }) => path)).toEqual([]);
    expect(places(code, (line) => /^export (\*|\{[^}]*\}) from/.test(line))).toEqual([]);
  });
});

describe('product code', () => {
  it('asks for time and chance only at the edge', () => {
    expect(RAW_CLOCK.test(bare('const at = Date.now();'))).toBe(true);
    expect(RAW_CLOCK.test(bare("say('Date.now()'); // Date.now()"))).toBe(false);
    const inner = product.filter(({ path }) => !OWNS_THE_CLOCK.test(path) && !path.startsWith('infra/'));
    expect(places(inner, (line) => RAW_CLOCK.test(bare(line)))).toEqual([]);
  });

  it('has a docstring on every export', () => {
    const sample = {
      path: 'a.ts',
      text: '/** Says. */\nexport const a = 1;\nexport function b() {}\nexport function b(x) {}',
    };
    expect(undocumented(sample)).toEqual(['a.ts:3: b']);
    expect(product.flatMap(undocumented)).toEqual([]);
  });

  it('takes from landing/contract.ts types only, where it takes anything from another room of its height', () => {
    const sideways = product.filter(({ path }) => /^src\/(phaxio|warehouse|streams)\//.test(path));
    expect(places(sideways, (line) => /^import (?!type )[^;]*landing\/contract\.ts/.test(line))).toEqual([]);
  });

  it('imports with the ending .ts and from no path of the installation', () => {
    expect(places(code, (line) => /^\s*(import|export) .*from '\.{1,2}\/[^']*(?<!\.ts|\.json)'/.test(line))).toEqual(
      [],
    );
    expect(places(code, (line) => /from '[^']*node_modules/.test(line))).toEqual([]);
  });
});

describe('every test', () => {
  it('is named by a claim in the present tense', () => {
    expect(['should work', 'test it', 'works'].filter(isClaim)).toEqual([]);
    const named = tests.flatMap(titles);
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter(([, title]) => !isClaim(title)).map(([place]) => place)).toEqual([]);
  });

  it('runs: none is left out, put off or alone', () => {
    const left = new RegExp(
      `\\b(it|describe|test)(\\.\\w+)*\\.(${['only', 'skip', 'todo', 'fails'].join('|')}|skipIf|runIf)\\b`,
    );
    expect(left.test(`it.${'only'}('x')`)).toBe(true);
    const own = tests.filter(({ path }) => path !== 'test/lint-rules.test.ts');
    expect(places(own, (line) => left.test(line))).toEqual([]);
  });

  it('uses our own modules, not imitations of them', () => {
    expect(places(tests, (line) => /\bvi\.(mock|doMock|hoisted)\(/.test(bare(line)))).toEqual([]);
  });
});

describe('package.json', () => {
  it('pins every version exactly', async () => {
    const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >;
    const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'];
    const all = kinds.flatMap((kind) => Object.entries(manifest[kind] ?? {}));
    expect(all.length).toBeGreaterThan(10);
    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });

  it('locks packages by their content and names no registry', async () => {
    const lock = await readFile(join(ROOT, 'package-lock.json'), 'utf8');
    expect(lock).toContain('"integrity"');
    expect(lock).not.toContain('"resolved"');
  });
});

describe('the migrated schema', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
  });
  afterAll(() => database.drop());

  const SCHEMAS = ['warehouse', 'ops', 'recon', 'report'];

  it('says what every schema, table, view, column and function of ours means', async () => {
    const { rows } = await database.pool.query<{ name: string; has_comment: boolean }>(
      `
      select format('schema %s', nspname) as name, obj_description(oid, 'pg_namespace') is not null as has_comment
      from pg_namespace where nspname = any($1)
      union all
      select c.oid::regclass::text, obj_description(c.oid, 'pg_class') is not null
      from pg_class c where c.relnamespace::regnamespace::text = any($1) and c.relkind in ('r', 'p', 'v', 'm')
      union all
      select format('%s.%s', c.oid::regclass, a.attname), col_description(c.oid, a.attnum) is not null
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relnamespace::regnamespace::text = any($1) and c.relkind in ('r', 'p', 'v', 'm')
      union all
      select p.oid::regprocedure::text, obj_description(p.oid, 'pg_proc') is not null
      from pg_proc p where p.pronamespace::regnamespace::text = any($1)`,
      [SCHEMAS],
    );
    expect(rows.length).toBeGreaterThan(50);
    expect(rows.filter((row) => !row.has_comment).map((row) => row.name)).toEqual([]);
  });

  it('keeps money in whole cents and time with its zone', async () => {
    const { rows } = await database.pool.query<{ place: string }>(
      `
      select format('%s.%s is %s', c.oid::regclass, a.attname, format_type(a.atttypid, null)) as place
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relnamespace::regnamespace::text = any($1) and c.relkind in ('r', 'p')
        and ((a.attname like '%\\_cents' and a.atttypid not in ('int4'::regtype, 'int8'::regtype))
          or (a.attname like '%\\_at' and a.atttypid <> 'timestamptz'::regtype)
          or a.atttypid in ('timestamp'::regtype, 'float4'::regtype, 'float8'::regtype, 'money'::regtype))`,
      [SCHEMAS],
    );
    expect(rows).toEqual([]);
  });
});
