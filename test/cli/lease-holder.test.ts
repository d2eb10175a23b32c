import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nameHolder } from '../../src/cli/lease-holder.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'faxsync-holder-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

describe('nameHolder', () => {
  it('lets only one of several that start together inherit the name of a killed run', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'close');
    await mkdir(join(home, 'runs'));
    const note = { name: 'dead-run', pid: child.pid, host: hostname() };
    await writeFile(join(home, 'runs', 'main.json'), JSON.stringify(note));
    const holders = await Promise.all(Array.from({ length: 8 }, () => nameHolder(home, 'main')));
    expect(holders.filter(({ name }) => name === 'dead-run')).toHaveLength(1);
    expect(await readdir(join(home, 'runs'))).toEqual(['main.json']);
  });
});
