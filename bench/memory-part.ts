import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FolderLandingZone } from '../src/landing/folder.ts';
import { faxEnvelope, PAGE_FAXES } from './faxes.ts';
import type { Figure } from './figures.ts';
import type { Ground } from './ground.ts';
import type { MemoryReport } from './memory-child.ts';

/** What the function's NODE_OPTIONS say: a young generation that fits a small function, and a bound on the old one. */
const NODE_OPTIONS = ['--max-old-space-size=96', '--max-semi-space-size=4'];

/** Loads `faxes` new faxes, 1,000 an object, through the load function in a process of its own, and watches its memory. */
export async function measureMemory(ground: Ground, faxes: number): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'faxsync-bench-'));
  try {
    await stripSources(join(folder, 'code'));
    const landingFolder = join(folder, 'landing');
    const landing = new FolderLandingZone(landingFolder);
    const first = ground.takeIds(faxes);
    for (let id = first; id < first + faxes; id += PAGE_FAXES) await landing.put(faxEnvelope(id, 'early'));
    const report = await runChild(join(folder, 'code'), landingFolder, ground.url);
    const growth = report.rssAtEnd - report.rssAtFifth;
    return [
      {
        name: `peak memory of load over ${report.faxes} faxes, MB`,
        target: { is: 'at most', value: 128 },
        measured: report.peak,
        digits: 0,
        beside: `${report.before.toFixed(0)} MB before the first object; ${NODE_OPTIONS.join(' ')}`,
      },
      {
        name: '- growth from 20 % to the end, MB',
        target: { is: 'at most', value: 10 },
        measured: growth,
        digits: 0,
        beside: `${report.rssAtFifth.toFixed(0)} MB at 20 %, ${report.rssAtEnd.toFixed(0)} MB at the end`,
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The sources as the deployed function has them: without types, so that no compiler sits in the process's memory (24 MB). Same folders,
 * with `.js` for `.ts`.
 */
async function stripSources(to: string): Promise<void> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  for (const folder of ['src', 'functions', 'bench']) {
    for (const name of await readdir(join(root, folder), { recursive: true })) {
      if (!name.endsWith('.ts')) continue;
      const code = stripTypeScriptTypes(await readFile(join(root, folder, name), 'utf8'));
      const path = join(to, folder, name.replace(/\.ts$/, '.js'));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, code.replace(/((?:from|import)\s*\(?\s*'\.[^']*)\.ts'/g, "$1.js'"));
    }
  }
  await writeFile(join(to, 'package.json'), '{"type":"module"}');
  await symlink(join(root, 'node_modules'), join(to, 'node_modules'));
}

async function runChild(folder: string, landing: string, databaseUrl: string): Promise<MemoryReport> {
  const child = spawn(process.execPath, [...NODE_OPTIONS, join(folder, 'bench', 'memory-child.js')], {
    env: {
      ...process.env,
      FAXSYNC_LANDING: landing,
      FAXSYNC_DATABASE_URL: databaseUrl,
      FAXSYNC_ACCOUNT: 'bench',
      FAXSYNC_LOG_LEVEL: 'ERROR',
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let report: MemoryReport | undefined;
  child.on('message', (message) => {
    report = message as MemoryReport;
  });
  const [code] = await once(child, 'close');
  if (code !== 0 || report === undefined) throw new Error(`the loading process ended with ${code}`);
  return report;
}
