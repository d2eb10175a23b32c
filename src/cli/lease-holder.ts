import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** The name of this process's run for one account's lease, noted in the home folder while it may hold the lease. */
export interface LeaseHolder {
  readonly name: string;
  /** Notes the name, unless another process that works has its own there: should that one be killed, its name is the one to know. */
  note(): Promise<void>;
  /** Takes the note away, once the lease was given back. */
  forget(): Promise<void>;
}

interface HolderNote {
  readonly name: string;
  readonly pid: number;
  readonly host: string;
}

/**
 * Names a run, and takes the name of one on this machine that was killed: its lease would keep everybody away until it runs out.
 * Who holds the lease and asks again gets it under a higher fence, so should the other one live after all (another container with the
 * same folder), it is refused at its next write and stops; nothing is lost.
 */
export async function nameHolder(home: string, account: string): Promise<LeaseHolder> {
  const folder = join(home, 'runs');
  const path = join(folder, `${account}.json`);
  const dead = await inheritDead(path);
  const name = dead ?? `cli.${hostname()}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await mkdir(folder, { recursive: true });
  const holder: LeaseHolder = {
    name,
    note: async () => {
      const found = await readNote(path);
      const isFree = found === null || found.pid === process.pid || found.name === name;
      if (isFree)
        await writeFile(path, JSON.stringify({ name, pid: process.pid, host: hostname() } satisfies HolderNote));
    },
    forget: async () => {
      const found = await readNote(path);
      if (found?.pid === process.pid) await rm(path, { force: true });
    },
  };
  await holder.note();
  return holder;
}

async function readNote(path: string): Promise<HolderNote | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  try {
    const { name, pid, host } = JSON.parse(text) as Partial<HolderNote>;
    const isWhole = typeof name === 'string' && typeof pid === 'number' && typeof host === 'string';
    return isWhole ? { name, pid, host } : null;
  } catch {
    return null;
  }
}

/** The name in a dead run's note, which is taken away: of two that start together only one may have it, or both would hold the lease. */
async function inheritDead(path: string): Promise<string | null> {
  const dead = await readDead(path);
  if (dead === null) return null;
  const taken = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    await rename(path, taken);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  // Between look and rename another one may have inherited and noted itself: then this note is that one's, and goes back.
  const isDead = (await readDead(taken)) === dead;
  if (isDead) await rm(taken, { force: true });
  else await rename(taken, path);
  return isDead ? dead : null;
}

/** The name in the note when its process has ended on this machine. */
async function readDead(path: string): Promise<string | null> {
  const note = await readNote(path);
  if (note === null || note.host !== hostname()) return null;
  try {
    process.kill(note.pid, 0);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? note.name : null;
  }
}
