import { join } from 'node:path';
import { build } from 'esbuild';

/** What a bundle says of itself. */
export interface ReleaseFacts {
  /** Commit it was made from. */
  readonly revision: string;
  /** Migrations and report scripts by their path in `migrations/`. */
  readonly scripts: Readonly<Record<string, string>>;
}

/** Some packages are CommonJS and ask for Node's own modules by `require`. */
const REQUIRE = "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);";

/** The functions of one checkout as one minified ES module: what `entry` exports, and `release`. */
export async function bundleRelease(root: string, entry: string, release: ReleaseFacts): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: {
      contents: `export * from ${JSON.stringify(`./${entry}`)};\nexport const release = ${JSON.stringify(release)};\n`,
      resolveDir: root,
      sourcefile: 'release.ts',
      loader: 'ts',
    },
    absWorkingDir: root,
    outfile: join(root, 'release.mjs'),
    write: false,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE },
    logLevel: 'error',
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('esbuild gave no file');
  return file.contents;
}
