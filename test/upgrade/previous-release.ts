import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
  SQSBatchResponse,
  SQSEvent,
} from 'aws-lambda';
import { PACED_PULL_SETTINGS } from '../../src/cli/demo/paced-clock.ts';
import type { Clock, Random } from '../../src/domain/clock.ts';
import type { ReleaseFacts } from './bundle-release.ts';

/** The functions of a release, on a clock of ours. */
export interface ReleasedFunctions {
  load(event: SQSEvent, context: Context): Promise<SQSBatchResponse>;
  pull(event: unknown, context: Context): Promise<unknown>;
  receiveCallback(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2>;
  migrate(event: unknown, context: Context): Promise<{ readonly applied: readonly string[] }>;
  /** Ends its connections. */
  close(): Promise<void>;
}

/** What a release is opened with. */
export interface ReleaseOptions {
  /** Settings by their variables. */
  readonly environment: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly pullSettings?: object;
}

/** What every bundle of a release exports. */
export interface ReleaseModule {
  readonly release: ReleaseFacts;
  openRelease(options: ReleaseOptions): Promise<ReleasedFunctions>;
}

const BUNDLE = fileURLToPath(new URL('./previous/functions.mjs.gz', import.meta.url));

/** Writes a bundle and its migrations as a function's folder has them, and imports it. */
export async function unpackRelease(bundle: Uint8Array): Promise<PreviousRelease> {
  const folder = await mkdtemp(join(tmpdir(), 'faxsync-release-'));
  const path = join(folder, 'release.mjs');
  await writeFile(path, bundle);
  const module = (await import(pathToFileURL(path).href)) as ReleaseModule;
  for (const [script, text] of Object.entries(module.release.scripts)) {
    await mkdir(dirname(join(folder, 'migrations', script)), { recursive: true });
    await writeFile(join(folder, 'migrations', script), text);
  }
  return new PreviousRelease(module, folder);
}

/** The code of the last release, unpacked for one test file. */
export class PreviousRelease {
  readonly facts: ReleaseFacts;
  readonly #module: ReleaseModule;
  readonly #folder: string;

  constructor(module: ReleaseModule, folder: string) {
    this.facts = module.release;
    this.#module = module;
    this.#folder = folder;
  }

  /** Unpacks the bundle that is kept in the repository. */
  static async unpack(): Promise<PreviousRelease> {
    return unpackRelease(gunzipSync(await readFile(BUNDLE)));
  }

  /** Its migrations folder. */
  get migrations(): string {
    return join(this.#folder, 'migrations');
  }

  /** Names of its migrations, in order. */
  get migrationNames(): string[] {
    const names = Object.keys(this.facts.scripts).filter((path) => !path.includes('/'));
    return names.map((path) => path.replace(/\.sql$/, ''));
  }

  /** Its functions; on a paced clock, so with guards that outlast every wait. */
  open({ environment, ...options }: ReleaseOptions): Promise<ReleasedFunctions> {
    return this.#module.openRelease({
      pullSettings: PACED_PULL_SETTINGS,
      ...options,
      environment: { FAXSYNC_LOG_LEVEL: 'SILENT', ...environment, LAMBDA_TASK_ROOT: this.#folder },
    });
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
