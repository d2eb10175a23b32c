import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** File, text, and the rule that must refuse it; null where every rule must let it pass. */
const CASES: ReadonlyArray<readonly [file: string, text: string, rule: string | null]> = [
  ...layer('src/domain/a.ts', '../phaxio/x.ts', true),
  ...layer('src/domain/b.ts', 'pg', true),
  ...layer('src/domain/c.ts', './x.ts', false),
  ...layer('src/domain/d.ts', 'node:crypto', false),
  ...layer('src/report/a.ts', '../pipeline/x.ts', true),
  ...layer('src/report/b.ts', '../warehouse/x.ts', false),
  ...layer('src/phaxio/a.ts', '../warehouse/x.ts', true),
  ...layer('src/phaxio/b.ts', '../landing/folder.ts', true),
  ...layer('src/phaxio/c.ts', '../landing/contract.ts', false),
  ...layer('src/phaxio/d.ts', '../domain/x.ts', false),
  ...layer('src/landing/a.ts', '../state/x.ts', true),
  ...layer('src/landing/b.ts', '../phaxio/wire.ts', true),
  ...layer('src/state/a.ts', '../warehouse/x.ts', true),
  ...layer('src/state/b.ts', '../runtime/x.ts', true),
  ...layer('src/warehouse/a.ts', '../phaxio/wire.ts', true),
  ...layer('src/warehouse/b.ts', '../runtime/x.ts', true),
  ...layer('src/warehouse/c.ts', '../streams/x.ts', true),
  ...layer('src/streams/a.ts', '../state/x.ts', true),
  ...layer('src/streams/b.ts', '../pipeline/x.ts', true),
  ...layer('src/streams/c.ts', '../phaxio/x.ts', false),
  ...layer('src/streams/d.ts', '../warehouse/x.ts', false),
  ...layer('src/pipeline/a.ts', '../runtime/x.ts', true),
  ...layer('src/pipeline/b.ts', '../simulator/x.ts', true),
  ...layer('src/pipeline/c.ts', '../state/x.ts', false),
  ...layer('src/runtime/a.ts', '../cli/x.ts', true),
  ...layer('src/runtime/b.ts', '../simulator/x.ts', true),
  ...layer('src/runtime/c.ts', '../../functions/x.ts', true),
  ...layer('src/runtime/d.ts', '../pipeline/x.ts', false),
  ...layer('src/simulator/a.ts', '../phaxio/client.ts', true),
  ...layer('src/simulator/b.ts', '../warehouse/x.ts', true),
  ...layer('src/simulator/c.ts', '../phaxio/wire.ts', false),
  ...layer('src/simulator/d.ts', '../phaxio/signature.ts', false),
  ...layer('src/cli/a.ts', '../../test/x.ts', true),
  ...layer('src/cli/b.ts', '../simulator/x.ts', false),
  ...layer('functions/a.ts', '../src/cli/x.ts', true),
  ...layer('functions/b.ts', '../src/simulator/x.ts', true),
  ...layer('functions/c.ts', '../src/runtime/x.ts', false),
  ['src/pipeline/clock-a.ts', 'setTimeout(() => {}, 5);', 'noRestrictedGlobals'],
  ['src/simulator/clock-b.ts', 'export const at = performance.now();', 'noRestrictedGlobals'],
  ['functions/clock-c.ts', "export const answer = fetch('http://localhost');", 'noRestrictedGlobals'],
  ['src/runtime/clock-d.ts', 'export const at = performance.now();', null],
  [
    'src/pipeline/cycle-a.ts',
    "import { b } from './cycle-b.ts';\nexport const a = (): number => b();",
    'noImportCycles',
  ],
  [
    'src/pipeline/cycle-b.ts',
    "import { a } from './cycle-a.ts';\nexport const b = (): number => a();",
    'noImportCycles',
  ],
  [
    'src/pipeline/promise.ts',
    'async function work() {}\nexport function start() {\n  work();\n}',
    'noFloatingPromises',
  ],
  [
    'src/pipeline/switch.ts',
    "export function size(of: 'a' | 'b'): number {\n  switch (of) {\n    case 'a':\n      return 1;\n  }\n  return 0;\n}",
    'useExhaustiveSwitchCases',
  ],
  ['src/pipeline/any.ts', 'export const loose: any = 1;', 'noExplicitAny'],
  ['src/pipeline/bang.ts', 'export const first = (list: string[]) => list[0]!.length;', 'noNonNullAssertion'],
  ['src/pipeline/default.ts', 'export default 1;', 'noDefaultExport'],
  ['src/pipeline/barrel.ts', "export * from './any.ts';", 'noBarrelFile'],
  ['test/only.test.ts', "import { it } from 'vitest';\nit.only('is alone', () => {});", 'noFocusedTests'],
  ['test/skip.test.ts', "import { it } from 'vitest';\nit.skip('is left out', () => {});", 'noSkippedTests'],
];

function layer(file: string, from: string, isForbidden: boolean): Array<readonly [string, string, string | null]> {
  const text = `import { x } from '${from}';\nexport const y = x;`;
  return [[file, text, isForbidden ? 'noRestrictedImports' : null]];
}

interface Diagnostic {
  readonly category: string;
  readonly location: { readonly path: string };
}

describe('the lint rules', () => {
  let folder: string;
  const found = new Map<string, string[]>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'faxsync-lint-'));
    await copyFile(join(ROOT, 'biome.json'), join(folder, 'biome.json'));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    for (const [file, text] of CASES) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), `${text}\n`);
    }
    const biome = join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
    const args = [biome, 'lint', '--vcs-enabled=false', '--max-diagnostics=none', '--reporter=json', '.'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder }).catch(
      (failure: { stdout: string }) => failure,
    );
    const report = JSON.parse(stdout) as { diagnostics: Diagnostic[] };
    for (const { category, location } of report.diagnostics) {
      found.set(location.path, [...(found.get(location.path) ?? []), category]);
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(CASES.filter(([, , rule]) => rule !== null))('refuse %s', (file, _text, rule) => {
    expect(found.get(file)?.some((category) => category.endsWith(`/${rule}`))).toBe(true);
  });

  it.each(CASES.filter(([, , rule]) => rule === null))('let %s pass', (file) => {
    expect(found.get(file) ?? []).toEqual([]);
  });
});
