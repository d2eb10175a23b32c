import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { BUNDLE_PLUGINS } from './bundle-plugins.ts';
import type { FunctionName } from './settings.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILE = 'index.mjs';
/** Packages in CommonJS call `require` for what is built in; an ES module has none of its own. */
const BANNER = "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);";
/** A zip's local header, its entry in the directory, and its end, without the names of the files. */
const ZIP_ENTRY_BYTES = 30 + 46;
const ZIP_END_BYTES = 22;

/** How every bundle is made, but for what goes in and where it goes. */
export const BUILD_OPTIONS = {
  absWorkingDir: ROOT,
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  banner: { js: BANNER },
  legalComments: 'none',
  // Nothing of the compiler's settings, "use strict" in every module for one, is to reach the bundle.
  tsconfigRaw: {},
  plugins: [...BUNDLE_PLUGINS],
  logLevel: 'silent',
} satisfies BuildOptions;

/** What a bundle may weigh, bytes. */
export interface BundleBudget {
  /** The code, minified, as it lies in the function. */
  readonly bytesMax: number;
  /** The whole function as it is uploaded. */
  readonly zipBytesMax: number;
}

const INGRESS: BundleBudget = { bytesMax: 400_000, zipBytesMax: 300_000 };
const WORKER: BundleBudget = { bytesMax: 900_000, zipBytesMax: 300_000 };
/** Asks the warehouse only: no loader, no landing zone, no state. */
const READER: BundleBudget = { bytesMax: 650_000, zipBytesMax: 220_000 };

/** READER with the charts and S3. */
const REPORT: BundleBudget = { bytesMax: 1_160_000, zipBytesMax: 400_000 };

/** The budget of every function: small where somebody waits for a cold start, and for its like. A test holds the bundles against it. */
export const BUNDLE_BUDGETS: Readonly<Record<FunctionName, BundleBudget>> = {
  'receive-callback': INGRESS,
  canary: INGRESS,
  pull: WORKER,
  load: WORKER,
  audit: WORKER,
  reconcile: READER,
  report: REPORT,
  'prepare-database': WORKER,
  migrate: WORKER,
};

/** One function as it was bundled. */
export interface BundledFunction {
  readonly name: string;
  /** Folder to deploy: `index.mjs`, and for migrate the folder `migrations` beside it. */
  readonly folder: string;
  /** Bytes of `index.mjs`. */
  readonly bytes: number;
  /** Bytes of a zip of the folder, every file deflated at the highest level. */
  readonly zipBytes: number;
  /** Bytes in `index.mjs` by where they come from: a package by its path, or a room of this repository. The largest first. */
  readonly inputs: ReadonlyMap<string, number>;
}

/** What to bundle and where to. */
export interface BundleOptions {
  /** Folder that gets a folder for each function; what is in these is replaced. */
  readonly outdir: string;
  /** Functions to bundle; default all files of functions/. */
  readonly names?: readonly string[];
}

/** Names of all functions there are: the files of functions/, in order. */
export async function listFunctions(): Promise<string[]> {
  const files = await readdir(join(ROOT, 'functions'));
  return files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => basename(file, '.ts'))
    .sort();
}

/**
 * Bundles each function with all it needs into one minified ES module, `<outdir>/<name>/index.mjs`, whose `handler` Lambda calls. The bytes
 * depend on the sources and the locked packages alone, so a checkout elsewhere gives the same ones, and they hold no path of this machine.
 * @throws {Error} esbuild's own, for code that cannot be bundled, and for a name that is no function.
 */
export async function bundleFunctions({ outdir, names }: BundleOptions): Promise<BundledFunction[]> {
  const wanted = names ?? (await listFunctions());
  return Promise.all(wanted.map((name) => bundleFunction(name, join(outdir, name))));
}

async function bundleFunction(name: string, folder: string): Promise<BundledFunction> {
  const { outputFiles, metafile } = await build({
    ...BUILD_OPTIONS,
    entryPoints: [join('functions', `${name}.ts`)],
    outfile: join(folder, FILE),
    metafile: true,
    write: false,
  });
  const [{ contents: code } = { contents: new Uint8Array() }] = outputFiles;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, FILE), code);
  if (name === 'migrate') await cp(join(ROOT, 'migrations'), join(folder, 'migrations'), { recursive: true });
  return { name, folder, bytes: code.byteLength, zipBytes: await zipBytesOf(folder), inputs: inputsOf(metafile) };
}

/** A real zip of these files is as long as their deflated bytes, a header and an entry each, and the end. */
async function zipBytesOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      const packed = deflateRawSync(await readFile(path), { level: 9 });
      return packed.byteLength + ZIP_ENTRY_BYTES + 2 * Buffer.byteLength(relative(folder, path));
    }),
  );
  return sizes.reduce((sum, bytes) => sum + bytes, ZIP_END_BYTES);
}

/** Bytes by package or room. A package of which both its forms are there, for import and for require, counts as two. */
function inputsOf({ outputs }: Metafile): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [path, { bytesInOutput }] of Object.entries(Object.values(outputs)[0]?.inputs ?? {})) {
    if (bytesInOutput === 0) continue;
    const [found] = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path) ?? [];
    const origin = found === undefined ? path.replace(/^(\w+:|src\/[^/]+|[^/]+).*$/, '$1') : found;
    const key = path.includes('/dist-cjs/') ? `${origin} (dist-cjs)` : origin;
    sums.set(key, (sums.get(key) ?? 0) + bytesInOutput);
  }
  return new Map([...sums].sort(([, a], [, b]) => b - a));
}

/** How many copies of a package a bundle holds: one for each folder it is installed in and each form that was taken. */
export function copiesOf({ inputs }: BundledFunction, packageName: string): number {
  return [...inputs.keys()].filter((origin) => `${origin} `.includes(`node_modules/${packageName} `)).length;
}

const SHOWN_INPUTS = 5;

/** The bundles as a table for people: sizes, what the budget allows, copies of the SDK's core, what weighs most. */
export function bundleTable(bundles: readonly BundledFunction[]): string {
  const kb = (bytes: number) => (bytes / 1000).toFixed(0);
  const rows = bundles.map((bundle) => {
    const budget: BundleBudget | undefined = BUNDLE_BUDGETS[bundle.name as FunctionName];
    const largest = [...bundle.inputs].slice(0, SHOWN_INPUTS);
    return [
      bundle.name,
      `${kb(bundle.bytes)} of ${kb(budget?.bytesMax ?? Number.NaN)}`,
      `${kb(bundle.zipBytes)} of ${kb(budget?.zipBytesMax ?? Number.NaN)}`,
      String(copiesOf(bundle, '@smithy/core')),
      String(copiesOf(bundle, '@aws-sdk/core')),
      largest.map(([origin, bytes]) => `${origin.replace('node_modules/', '')} ${kb(bytes)}`).join(', '),
    ];
  });
  const table = [['function', 'kB', 'zip kB', '@smithy/core', '@aws-sdk/core', 'most of it'], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  lines.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  return lines.join('\n');
}

if (import.meta.main) console.log(bundleTable(await bundleFunctions({ outdir: join(ROOT, 'dist') })));
