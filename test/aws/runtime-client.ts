import { createHash } from 'node:crypto';
import { access, copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Stage } from './stage.ts';

const HERE = fileURLToPath(new URL('runtime', import.meta.url));
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/faxsync-aws', import.meta.url));

/**
 * The folder that holds the runtime client of Lambda in its `node_modules`; installed once, by its lock and without its install scripts, which
 * would compile a part of it (runtime/rapid-client.cjs takes its place).
 */
export async function installRuntimeClient(stage: Stage): Promise<string> {
  const lock = await readFile(join(HERE, 'package-lock.json'));
  const folder = join(CACHE, createHash('sha256').update(lock).digest('hex').slice(0, 16));
  const isThere = await access(join(folder, 'node_modules')).then(
    () => true,
    () => false,
  );
  if (isThere) return folder;
  const draft = `${folder}.${process.pid}`;
  await mkdir(draft, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) await copyFile(join(HERE, file), join(draft, file));
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { code, output } = await stage.run('npm', args, { cwd: draft, env: process.env, timeoutMs: 300_000 });
  if (code !== 0) throw new Error(`The runtime client could not be installed:\n${output}`);
  // Two runs at once install the same; whoever is later keeps what is there.
  await rename(draft, folder).catch(() => rm(draft, { recursive: true, force: true }));
  return folder;
}
