import { createHash, randomUUID } from 'node:crypto';
import type { CloudClock } from '../cloud-clock.ts';
import { type DeployedFunction, functionNameOf } from '../deployment.ts';
import { waitFor } from '../wait.ts';
import { ExecutionEnvironment, type InvocationEnd } from './execution-environment.ts';

/** Longest wait for the functions under way before the clock is moved, real ms. */
const STILL_MAX_MS = 120_000;

/** Concurrent runs of an AWS account; functions without a limit of their own share them. */
const ACCOUNT_CONCURRENCY = 1000;

/** How an invocation ended, for whoever asked. */
export type InvocationResult =
  | InvocationEnd
  /** Not started: too many runs at once. */
  | { readonly kind: 'throttled' };

/** What the host starts environments with. */
export interface FunctionHostOptions {
  readonly clock: CloudClock;
  /** Tells what is deployed under a function's name. @throws {Error} for an unknown one. */
  readonly describe: (name: string) => Promise<DeployedFunction>;
  /** Folder with the deployed code, unpacked. */
  readonly unpack: (deployed: DeployedFunction) => Promise<string>;
  readonly clientFolder: string;
  /** Variables that are added or put in the place of deployed ones. */
  readonly replaced: (deployed: DeployedFunction) => Readonly<Record<string, string>>;
  readonly onLine: (name: string, line: string) => void;
  readonly onProcess: (pid: number, isAlive: boolean) => void;
  readonly onInvoked: (name: string, end: InvocationResult) => void;
}

interface Loaded {
  readonly deployed: DeployedFunction;
  readonly taskRoot: string;
  readonly idle: ExecutionEnvironment[];
  readonly busy: Set<ExecutionEnvironment>;
  /** Invocations under way, those whose process still starts among them. */
  running: number;
}

/** Runs deployed functions: warm environments again and again, new ones where all are busy, up to the limits of concurrency. */
export class FunctionHost {
  readonly #options: FunctionHostOptions;
  readonly #loaded = new Map<string, Promise<Loaded>>();
  readonly #environments = new Set<ExecutionEnvironment>();
  /** Invocations started so far by function. */
  readonly starts = new Map<string, { warm: number; cold: number }>();
  #running = 0;
  #isClosing = false;
  /** Resolved once invocations may start again; null while they may. */
  #stillness: Promise<void> | null = null;

  constructor(options: FunctionHostOptions) {
    this.#options = options;
  }

  /** Invocations under way. */
  get running(): number {
    return this.#running;
  }

  /** Processes of a function that work on an invocation now. */
  async busyOf(name: string): Promise<readonly ExecutionEnvironment[]> {
    const loaded = await this.#loaded.get(name);
    return loaded === undefined ? [] : [...loaded.busy];
  }

  /** Runs a function, named by name or ARN, and waits for its end. */
  async invoke(nameOrArn: string, event: string): Promise<InvocationResult> {
    const name = functionNameOf(nameOrArn);
    const loaded = await this.#load(name);
    while (this.#stillness !== null) await this.#stillness;
    const limit = loaded.deployed.reserved ?? ACCOUNT_CONCURRENCY;
    if (loaded.running >= limit || this.#isClosing) {
      this.#options.onInvoked(name, { kind: 'throttled' });
      return { kind: 'throttled' };
    }
    loaded.running += 1;
    this.#running += 1;
    try {
      const end = await this.#run(name, loaded, event);
      this.#options.onInvoked(name, end);
      return end;
    } finally {
      loaded.running -= 1;
      this.#running -= 1;
    }
  }

  /** Does something while no function runs: waits for those that do, and holds those back that would start. */
  async whileStill(work: () => Promise<void>): Promise<void> {
    while (this.#stillness !== null) await this.#stillness;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stillness = promise;
    try {
      await waitFor('that the functions under way end', STILL_MAX_MS, () => (this.#running === 0 ? true : null));
      await work();
    } finally {
      this.#stillness = null;
      resolve();
    }
  }

  /** Ends every process. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all([...this.#environments].map((environment) => environment.close()));
  }

  async #run(name: string, loaded: Loaded, event: string): Promise<InvocationEnd> {
    const { clock } = this.#options;
    const { deployed, idle, busy } = loaded;
    const counts = this.starts.get(name) ?? { warm: 0, cold: 0 };
    this.starts.set(name, counts);
    const warm = idle.pop();
    counts[warm === undefined ? 'cold' : 'warm'] += 1;
    const environment = warm ?? (await this.#start(name, loaded));
    busy.add(environment);
    const timeoutMs = deployed.configuration.Timeout * 1000;
    const timer = setTimeout(() => environment.kill(`it was not done after ${timeoutMs / 1000} s`), timeoutMs);
    try {
      const end = await environment.invoke({
        requestId: randomUUID(),
        functionArn: deployed.configuration.FunctionArn,
        event,
        deadlineAt: clock.now() + timeoutMs,
        clockOffsetMs: clock.offsetMs,
      });
      if (environment.isOver) {
        this.#environments.delete(environment);
        await environment.close();
      } else idle.push(environment);
      return end;
    } finally {
      clearTimeout(timer);
      busy.delete(environment);
    }
  }

  async #start(name: string, { deployed, taskRoot }: Loaded): Promise<ExecutionEnvironment> {
    const { configuration, logGroup } = deployed;
    const { clock, clientFolder, replaced, onLine, onProcess } = this.#options;
    const environment = await ExecutionEnvironment.start({
      taskRoot,
      clientFolder,
      memoryMb: configuration.MemorySize,
      clockOffsetMs: clock.offsetMs,
      onLine: (line) => onLine(name, line),
      onProcess,
      env: {
        ...configuration.Environment?.Variables,
        _HANDLER: configuration.Handler,
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_EXECUTION_ENV: `AWS_Lambda_${configuration.Runtime}`,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configuration.MemorySize),
        AWS_LAMBDA_FUNCTION_NAME: configuration.FunctionName,
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        AWS_LAMBDA_LOG_GROUP_NAME: logGroup ?? `/aws/lambda/${configuration.FunctionName}`,
        AWS_LAMBDA_LOG_STREAM_NAME: randomUUID(),
        AWS_REGION: 'us-east-1',
        LANG: 'en_US.UTF-8',
        TZ: ':UTC',
        ...replaced(deployed),
      },
    });
    this.#environments.add(environment);
    return environment;
  }

  #load(name: string): Promise<Loaded> {
    const known = this.#loaded.get(name);
    if (known !== undefined) return known;
    const { describe, unpack } = this.#options;
    const loading = describe(name).then(
      async (deployed): Promise<Loaded> => ({
        deployed,
        taskRoot: await unpack(deployed),
        idle: [],
        busy: new Set(),
        running: 0,
      }),
    );
    this.#loaded.set(name, loading);
    return loading;
  }
}

/** SHA-256 of bytes as Lambda shows it: base64. */
export function codeSha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64');
}
