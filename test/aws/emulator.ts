import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { DeployedFunction, Deployment } from './deployment.ts';
import { readLines } from './host/execution-environment.ts';
import type { Stage } from './stage.ts';

const SERVER = new URL('moto/server.py', import.meta.url).pathname;
const START_MAX_MS = 30_000;

/** What the emulated cloud must know of the machine it is on. */
export interface EmulatorOptions {
  /** Where the host answers as Lambda's Invoke API. */
  readonly hostUrl: string;
  /** Host and port of the gateway before Postgres: the address of every cluster. */
  readonly databaseEndpoint: string;
}

/** moto with this project's CloudFormation, and what the host asks of it beside AWS' interfaces. */
export class Emulator {
  /** Base URL; the name `localhost`, since moto takes the numbers of an address for a bucket. */
  readonly url: string;
  /** Everything it printed. */
  readonly log: string[];
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(url: string, log: string[]) {
    this.url = url;
    this.log = log;
  }

  /** Starts it on a free port of this machine. It ends with this process, however that ends. */
  static async start(stage: Stage, { hostUrl, databaseEndpoint }: EmulatorOptions): Promise<Emulator> {
    const child = stage.spawn('python3', [SERVER], {
      cwd: stage.folder,
      env: {
        PATH: process.env['PATH'],
        HOME: stage.folder,
        PYTHONDONTWRITEBYTECODE: '1',
        FAXSYNC_RUN_FOLDER: stage.folder,
        FAXSYNC_HOST_URL: hostUrl,
        FAXSYNC_DATABASE_ENDPOINT: databaseEndpoint,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const log: string[] = [];
    const ready = Promise.withResolvers<string>();
    const timer = setTimeout(() => ready.reject(new Error('moto did not start in time')), START_MAX_MS);
    for (const stream of [child.stdout, child.stderr]) {
      readLines(stream, (line) => {
        log.push(line);
        const port = /^ready (\d+)$/.exec(line)?.[1];
        if (port !== undefined) ready.resolve(port);
      });
    }
    child.once('close', () => ready.reject(new Error(`moto ended:\n${log.slice(-20).join('\n')}`)));
    const port = await ready.promise.finally(() => clearTimeout(timer));
    const emulator = new Emulator(`http://localhost:${port}`, log);
    stage.onEnd(() => emulator.#agent.destroy());
    return emulator;
  }

  /** Lines that tell of a defect in moto or the shims: the command line repeats an answer of 500, so only the log shows it. */
  get tracebacks(): readonly string[] {
    return this.log.flatMap((line, index) =>
      line.startsWith('Traceback') ? [this.log.slice(index, index + 40).join('\n')] : [],
    );
  }

  /** Moves its clock. */
  async setClock(offsetMs: number): Promise<void> {
    await this.#ask('clock', { offset_ms: offsetMs });
  }

  /** Names a process to end should this one die without a word. */
  async noteProcess(pid: number, isAlive: boolean): Promise<void> {
    await this.#ask('child', { pid, alive: isAlive });
  }

  /** One function as it is deployed by now. */
  async describeFunction(name: string): Promise<DeployedFunction> {
    return (await this.#ask('function', { name })) as DeployedFunction;
  }

  /** The clusters that are there by now. */
  async clusters(): Promise<Deployment['clusters']> {
    return (await this.#ask('clusters', {})) as Deployment['clusters'];
  }

  /** Everything that is there after a deployment. */
  async inventory(stack: string): Promise<Deployment> {
    return (await this.#ask('inventory', { stack })) as Deployment;
  }

  #ask(what: string, content: object): Promise<unknown> {
    const { port } = new URL(this.url);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const options = { host: '127.0.0.1', port, agent: this.#agent, method: 'POST', path: `/faxsync/${what}` };
    const body = JSON.stringify(content);
    const sent = request({ ...options, headers: { 'content-length': Buffer.byteLength(body) } }, (response) => {
      text(response).then((answer) => {
        if (response.statusCode === 200) resolve(JSON.parse(answer));
        else reject(new Error(`The emulated cloud could not answer ${what}: ${this.log.slice(-3).join(' ')}`));
      }, reject);
    });
    sent.once('error', reject);
    sent.end(body);
    return promise;
  }
}
