import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { bundleRelease } from './bundle-release.ts';

/**
 * Makes `previous/functions.mjs.gz` anew from a git revision: `npm exec -- node test/upgrade/build-previous.ts <revision>`.
 * It is bundled with the packages that are installed now, so do it right after the release. See README.md beside this file.
 */

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = join(HERE, '..', '..');
const ENTRY = 'test/upgrade/release-entry.ts';
const run = promisify(execFile);

/** {@link ENTRY} of the release before there was one. */
const ENTRY_OF_THE_FIRST = `
import { createLoadHandler } from '../../functions/load.ts';
import { createMigrateHandler } from '../../functions/migrate.ts';
import { createPullHandler } from '../../functions/pull.ts';
import { createReceiveCallbackHandler } from '../../functions/receive-callback.ts';
import { buildMigrateDeps } from '../../src/runtime/migrate-deps.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import { parseSettings } from '../../src/runtime/settings.ts';

export async function openRelease({ environment, clock, random, pullSettings }) {
  const runtime = await Runtime.open(parseSettings(environment), { clock, random, pullSettings });
  const landedKeyOf = (key) => runtime.landedKeyOf(key);
  const pullDeps = (account) => runtime.pullDeps(account);
  return {
    load: createLoadHandler({ ...runtime.loadDeps(), log: runtime.log('load'), landedKeyOf }),
    pull: createPullHandler({ clock, log: runtime.log('pull'), pullDeps }),
    receiveCallback: createReceiveCallbackHandler(runtime.callbackDeps()),
    migrate: createMigrateHandler({ ...buildMigrateDeps(environment), log: runtime.log('migrate') }),
    close: () => runtime.close(),
  };
}
`;

/** The release's migrations and report scripts by their path below the folder. */
async function readScripts(folder: string): Promise<Record<string, string>> {
  const paths = (await readdir(folder, { recursive: true })).filter((path) => path.endsWith('.sql')).sort();
  const texts = await Promise.all(paths.map((path) => readFile(join(folder, path), 'utf8')));
  return Object.fromEntries(paths.map((path, at) => [path.replaceAll('\\', '/'), texts[at] ?? '']));
}

async function build(revision: string): Promise<string> {
  const { stdout } = await run('git', ['rev-parse', '--verify', `${revision}^{commit}`], { cwd: ROOT });
  const commit = stdout.trim();
  const folder = await mkdtemp(join(tmpdir(), 'faxsync-previous-'));
  const tree = join(folder, 'tree');
  try {
    await run('git', ['worktree', 'add', '--detach', tree, commit], { cwd: ROOT });
    await symlink(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
    if (!(await readdir(join(tree, 'test'))).includes('upgrade')) {
      await mkdir(join(tree, 'test', 'upgrade'));
      await writeFile(join(tree, ENTRY), ENTRY_OF_THE_FIRST);
    }
    const release = { revision: commit, scripts: await readScripts(join(tree, 'migrations')) };
    const bundle = await bundleRelease(tree, ENTRY, release);
    const zipped = gzipSync(bundle, { level: 9 });
    await mkdir(join(HERE, 'previous'), { recursive: true });
    await writeFile(join(HERE, 'previous', 'functions.mjs.gz'), zipped);
    return `test/upgrade/previous/functions.mjs.gz: ${commit}, ${Math.round(zipped.length / 1024)} kB`;
  } finally {
    await run('git', ['worktree', 'remove', '--force', tree], { cwd: ROOT }).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}

const [, , revision] = process.argv;
if (revision === undefined) {
  process.stderr.write('Name the revision of the release: node test/upgrade/build-previous.ts <revision>\n');
  process.exitCode = 2;
} else {
  process.stdout.write(`${await build(revision)}\n`);
}
