import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLines } from './host/execution-environment.ts';

/** Longest time that ending everything may take before the process ends without it. */
const CLOSE_MAX_MS = 20_000;

/** What a command printed. */
export interface CommandResult {
  readonly code: number;
  readonly output: string;
}

/**
 * Holds everything a run started, in order, and ends it in the opposite order: at the end, after a failure, and when the user stops it.
 */
export class Stage {
  /** A folder of this run; it goes with the run. */
  readonly folder: string;
  readonly #endings: Array<() => Promise<void> | void> = [];
  readonly #aborted = new AbortController();
  #closing: Promise<void> | null = null;

  private constructor(folder: string) {
    this.folder = folder;
    this.onEnd(() => rm(folder, { recursive: true, force: true }));
  }

  /** Makes the folder and listens for the user's wish to stop. */
  static async open(): Promise<Stage> {
    const stage = new Stage(await mkdtemp(join(tmpdir(), 'faxsync-aws-')));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        stage.#aborted.abort(new Error(`stopped by ${signal}`));
        void stage.close().finally(() => process.exit(130));
      });
    }
    return stage;
  }

  /** Aborted when the user stops the run. */
  get signal(): AbortSignal {
    return this.#aborted.signal;
  }

  /** Remembers how to end something; what was started last is ended first. */
  onEnd(end: () => Promise<void> | void): void {
    this.#endings.push(end);
  }

  /** Ends everything; may be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#endAll();
    return this.#closing;
  }

  async #endAll(): Promise<void> {
    const timer = setTimeout(() => process.exit(1), CLOSE_MAX_MS);
    for (const end of this.#endings.splice(0).reverse()) {
      try {
        await end();
      } catch (error) {
        console.error(`could not be ended: ${error}`);
      }
    }
    clearTimeout(timer);
  }

  /** Starts a process that is ended with the run. */
  spawn(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    this.signal.throwIfAborted();
    const child = spawn(command, args, options);
    let isOver = false;
    const ended = new Promise<void>((resolve) => {
      child.once('error', () => resolve());
      child.once('close', () => resolve());
    }).then(() => {
      isOver = true;
    });
    this.onEnd(async () => {
      if (!isOver) child.kill('SIGKILL');
      await ended;
    });
    return child;
  }

  /** Runs a command to its end and gives what it printed, both streams together. */
  async run(
    command: string,
    args: readonly string[],
    { cwd, env, timeoutMs }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly timeoutMs: number },
  ): Promise<CommandResult> {
    const child = this.spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) readLines(stream, (line) => lines.push(line));
    const timer = setTimeout(() => {
      lines.push(`ended after ${timeoutMs / 1000} s`);
      child.kill('SIGKILL');
    }, timeoutMs);
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve(status ?? 1));
    });
    clearTimeout(timer);
    return { code, output: lines.join('\n') };
  }
}
