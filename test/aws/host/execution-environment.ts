import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { endServer, listenOnLoopback, portOf } from './loopback.ts';

/** How an invocation ended. */
export type InvocationEnd =
  | { readonly kind: 'answered'; readonly body: string }
  /** The handler threw; the body is Lambda's `{errorType, errorMessage, trace}`. */
  | { readonly kind: 'failed'; readonly body: string }
  /** The process ended, or was ended since its time was up. */
  | { readonly kind: 'crashed'; readonly reason: string };

/** One thing for a function to do. */
export interface Invocation {
  readonly requestId: string;
  readonly functionArn: string;
  readonly event: string;
  /** By the cloud's clock. */
  readonly deadlineAt: number;
  readonly clockOffsetMs: number;
}

/** What an environment is started with. */
export interface EnvironmentOptions {
  /** Folder of the deployed code. */
  readonly taskRoot: string;
  /** Folder that holds `node_modules/aws-lambda-ric`. */
  readonly clientFolder: string;
  readonly memoryMb: number;
  /** Everything the process finds in its environment, but for what only this class knows. */
  readonly env: Readonly<Record<string, string>>;
  readonly clockOffsetMs: number;
  /** Takes each line of stdout and stderr. */
  readonly onLine: (line: string) => void;
  /** Told of the process, so that it can be ended should this one die. */
  readonly onProcess: (pid: number, isAlive: boolean) => void;
}

const PRELOAD = new URL('../runtime/preload.cjs', import.meta.url).pathname;
const PATH = /^\/2018-06-01\/runtime\/(?:invocation\/(next|[^/]+)(?:\/(response|error))?|init\/(error))$/;

/**
 * One execution environment of a function: a process with the real runtime client and the deployed code, and the Runtime API it asks, on a
 * server of its own, so that it is known whose process died. Between invocations the process is stopped, as Lambda freezes it: what a
 * handler left running goes on in the next invocation or never.
 */
export class ExecutionEnvironment {
  readonly #options: EnvironmentOptions;
  readonly #server: Server;
  #process: ChildProcess | null = null;
  #waiting: ServerResponse | null = null;
  #next: Invocation | null = null;
  #running: { readonly requestId: string; readonly end: (end: InvocationEnd) => void } | null = null;
  #death = 'it ended by itself';
  #isOver = false;

  private constructor(options: EnvironmentOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    this.#server.keepAliveTimeout = 0;
  }

  /** Starts the process; its first invocation may be given at once. */
  static async start(options: EnvironmentOptions): Promise<ExecutionEnvironment> {
    const environment = new ExecutionEnvironment(options);
    await listenOnLoopback(environment.#server);
    environment.#spawn();
    return environment;
  }

  /** Whether the process has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Id of the process. */
  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Gives it something to do and waits for the end. */
  invoke(invocation: Invocation): Promise<InvocationEnd> {
    const { promise, resolve } = Promise.withResolvers<InvocationEnd>();
    if (this.#isOver) {
      resolve({ kind: 'crashed', reason: this.#death });
      return promise;
    }
    this.#running = { requestId: invocation.requestId, end: resolve };
    this.#next = invocation;
    this.#process?.kill('SIGCONT');
    this.#hand();
    return promise;
  }

  /** Ends the process at once. */
  kill(reason: string): void {
    if (this.#isOver) return;
    this.#death = reason;
    this.#process?.kill('SIGKILL');
  }

  /** Ends the process and its server. */
  async close(): Promise<void> {
    const child = this.#process;
    if (child !== null && !this.#isOver) {
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
      this.kill('the host closed it');
      await ended;
    }
    await endServer(this.#server);
  }

  #spawn(): void {
    const { taskRoot, clientFolder, memoryMb, env, clockOffsetMs, onLine, onProcess } = this.#options;
    const port = portOf(this.#server);
    const client = `${clientFolder}/node_modules/aws-lambda-ric/index.mjs`;
    const child = spawn(
      process.execPath,
      ['--require', PRELOAD, `--max-old-space-size=${Math.floor(memoryMb * 0.9)}`, client],
      {
        cwd: taskRoot,
        env: {
          ...env,
          AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
          LAMBDA_TASK_ROOT: taskRoot,
          FAXSYNC_TEST_CLOCK_OFFSET_MS: String(clockOffsetMs),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#process = child;
    const pid = child.pid ?? 0;
    onProcess(pid, true);
    for (const stream of [child.stdout, child.stderr]) readLines(stream, onLine);
    child.once('error', (error) => {
      this.#death = error.message;
    });
    child.once('close', (code, signal) => {
      onProcess(pid, false);
      this.#isOver = true;
      const how = signal === null ? `with code ${code}` : `by ${signal}`;
      this.#end({ kind: 'crashed', reason: `${this.#death} (${how})` });
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const [, id, word, init] = PATH.exec(request.url ?? '') ?? [];
    if (init === 'error') {
      this.#death = `its start failed: ${body.slice(0, 500)}`;
      response.writeHead(202).end();
      return;
    }
    if (id === 'next') {
      this.#waiting = response;
      this.#hand();
      return;
    }
    if (word === undefined || id !== this.#running?.requestId) {
      response.writeHead(404).end();
      return;
    }
    // Taken before it is frozen: the client must hear of it, or it could not ask for the next one.
    await new Promise<void>((resolve) => response.writeHead(202).end(resolve));
    this.#process?.kill('SIGSTOP');
    this.#end(word === 'response' ? { kind: 'answered', body } : { kind: 'failed', body });
  }

  #hand(): void {
    if (this.#waiting === null || this.#next === null) return;
    const { requestId, functionArn, event, deadlineAt, clockOffsetMs } = this.#next;
    this.#waiting
      .writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': requestId,
        'lambda-runtime-deadline-ms': String(deadlineAt),
        'lambda-runtime-invoked-function-arn': functionArn,
        'lambda-runtime-trace-id': `Root=1-${requestId.slice(0, 8)}-${requestId.replaceAll('-', '').slice(8, 32)};Sampled=0`,
        'x-test-clock-offset-ms': String(clockOffsetMs),
      })
      .end(event);
    this.#waiting = null;
    this.#next = null;
  }

  #end(end: InvocationEnd): void {
    const running = this.#running;
    this.#running = null;
    running?.end(end);
  }
}

/** Calls back for every line of a stream. */
export function readLines(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  stream?.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
