import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
    const landing = new FolderLandingZone(folder);
    const first = ground.takeIds(faxes);
    for (let id = first; id < first + faxes; id += PAGE_FAXES) await landing.put(faxEnvelope(id, 'early'));
    const report = await runChild(folder, ground.url);
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

async function runChild(landing: string, databaseUrl: string): Promise<MemoryReport> {
  const child = spawn(process.execPath, [...NODE_OPTIONS, fileURLToPath(new URL('memory-child.ts', import.meta.url))], {
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
