import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** How a command ended. */
export interface CliResult {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way. */
export interface CliRun {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves when it has ended. */
  readonly ended: Promise<CliResult>;
  /** Resolves with what stdout said as soon as it fits; rejects when the command ends before. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
}

/** As the npm scripts have it: every process would compile the same files anew. */
const COMPILED = 'node_modules/.cache/node';

/** Starts the real command line in a process of its own; nothing of our environment but the path gets through. */
export function startCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): CliRun {
  const child = spawn(process.execPath, ['src/cli/main.ts', ...args], {
    cwd: ROOT,
    // A settings file that lies in the checkout is its owner's, and names a real account.
    env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: COMPILED, FAXSYNC_SETTINGS_FILE: '/dev/null', ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  const said = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(stdout);
        if (match !== null) resolve(match);
      };
      child.stdout.on('data', look);
      look();
      void ended.then(({ code }) =>
        reject(new Error(`ended with ${code} before it said ${pattern}: ${stdout}${stderr}`)),
      );
    });
  return { child, ended, said };
}

/** Runs the real command line to its end. */
export function runCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  return startCli(args, env).ended;
}

/** The document of a command run with `--json`. */
export function documentOf<Document = Record<string, unknown>>({ stdout }: CliResult): Document {
  return JSON.parse(stdout) as Document;
}

/** The lines of progress of a sync: where it is, what it checks, when it looks again. */
const PROGRESS = [
  /^[a-z0-9-]+: [a-z0-9_+]*( at \d{4}-\d\d-\d\d)? · [\d,]+ landed( · [\d,]+ objects? loaded, [\d,]+ records?)?$/,
  /^[a-z0-9-]+: checking [\d,]+ landed objects$/,
  /^[a-z0-9-]+: next look in [\d.]+ [a-z]+ · Ctrl-C ends$/,
];

/**
 * What a run said, without its lines of progress, of which one every two seconds gets through: how many there are is the machine's speed,
 * and every other line on stderr is still there.
 */
export function withoutProgress(result: CliResult): CliResult {
  const lines = result.stderr.split('\n').filter((line) => !PROGRESS.some((pattern) => pattern.test(line)));
  return { ...result, stderr: lines.join('\n') };
}
