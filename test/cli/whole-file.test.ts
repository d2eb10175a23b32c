import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WholeFile, writeWholeFile } from '../../src/cli/whole-file.ts';

const OPTIONS = { code: 'test_unwritable' };
let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'faxsync-whole-'));
  path = join(folder, 'a.csv');
});
afterEach(() => rm(folder, { recursive: true }));

describe('a whole file', () => {
  it('takes its name once it is whole, and is for its owner only whatever the one before it was', async () => {
    await writeFile(path, 'as it was');
    await chmod(path, 0o644);
    const file = await WholeFile.open(path, OPTIONS);
    await file.write('one\n');
    await file.write(Buffer.from('two\n'));
    expect(await readFile(path, 'utf8')).toBe('as it was');
    for (const part of await readdir(folder))
      if (part !== 'a.csv') expect((await stat(join(folder, part))).mode & 0o777).toBe(0o600);
    await file.close();
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['a.csv']);
  });

  it('leaves nothing where it is given up', async () => {
    const file = await WholeFile.open(path, OPTIONS);
    await file.write('one\n');
    await file.discard();
    await file.discard();
    expect(await readdir(folder)).toEqual([]);
  });

  it('has a part that cannot be foreseen: what lies at the names of old ones is left alone', async () => {
    const victim = join(folder, 'victim');
    await writeFile(victim, 'precious');
    await symlink(victim, `${path}.part`);
    await writeWholeFile(path, 'text', OPTIONS);
    expect(await readFile(victim, 'utf8')).toBe('precious');
    const [first, second] = [await WholeFile.open(path, OPTIONS), await WholeFile.open(path, OPTIONS)];
    expect((await readdir(folder)).filter((name) => /\.[0-9a-f]{12}\.part$/.test(name))).toHaveLength(2);
    await first.discard();
    await second.discard();
  });

  it('is refused where a link, a folder or a device has its name', async () => {
    const link = join(folder, 'link');
    await writeFile(path, 'as it was');
    await symlink(path, link);
    await mkdir(join(folder, 'sub'));
    for (const taken of [link, join(folder, 'sub'), '/dev/null']) {
      await expect(writeWholeFile(taken, 'x', OPTIONS)).rejects.toMatchObject({
        code: 'test_unwritable',
        message:
          'The file cannot be written (its name is taken by a folder, a link or a device). Check its folder and its rights.',
      });
    }
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(['a.csv', 'link', 'sub']);
  });

  it('takes the place of nothing where it is to be new', async () => {
    const file = await WholeFile.open(path, { ...OPTIONS, isNew: true });
    // Somebody else was faster.
    await writeFile(path, 'as it was');
    await expect(file.close()).rejects.toMatchObject({ reason: 'EEXIST' });
    expect(await readFile(path, 'utf8')).toBe('as it was');
    expect(await readdir(folder)).toEqual(['a.csv']);
    await rm(path);
    await writeWholeFile(path, 'new', { ...OPTIONS, isNew: true });
    expect(await readFile(path, 'utf8')).toBe('new');
  });

  it('makes folders only where it is told to, and else says which one is missing', async () => {
    const deep = join(folder, 'x', 'y', 'a.csv');
    await expect(writeWholeFile(deep, 'x', { ...OPTIONS, name: 'It' })).rejects.toThrow(
      `It cannot be written (ENOENT). There is no folder ${join(folder, 'x', 'y')}: make it, or name a file in one that is there.`,
    );
    await writeWholeFile(deep, 'x', { ...OPTIONS, makesFolders: true });
    expect(await readFile(deep, 'utf8')).toBe('x');
  });
});
