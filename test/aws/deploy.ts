import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ACCOUNT, REGION } from './rights/judge.ts';
import type { Stage } from './stage.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CDK = join(ROOT, 'node_modules/aws-cdk/bin/cdk');

/** Name of the stack that `infra/app.ts` makes. */
export const STACK = 'Faxsync';

/** What is deployed, and where to. */
export interface DeployOptions {
  /** Laid over the defaults of infra/settings.ts. */
  readonly settings: object;
  readonly cloudUrl: string;
}

/** Time that the steps took and what they gave. */
export interface DeployResult {
  readonly outputs: Readonly<Record<string, string>>;
  readonly template: string;
}

/**
 * Synthesizes the stack and deploys it with CDK's own command line: bootstrap, assets, template, stack, outputs.
 * @throws {Error} with what the command printed, where a step fails.
 */
export async function deploy(
  stage: Stage,
  options: DeployOptions,
  onStep: (name: string) => void,
): Promise<DeployResult> {
  const { settings, cloudUrl } = options;
  const settingsFile = join(stage.folder, 'settings.json');
  const assembly = join(stage.folder, 'cdk.out');
  // Run elsewhere than in the project: there the bootstrap would synthesize the app once more, into its folder.
  const empty = join(stage.folder, 'bootstrap');
  const outputs = join(stage.folder, 'outputs.json');
  await mkdir(empty);
  await writeFile(settingsFile, JSON.stringify(settings));
  const env = {
    PATH: process.env['PATH'],
    HOME: stage.folder,
    TMPDIR: process.env['TMPDIR'],
    CI: 'true',
    NO_COLOR: '1',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    AWS_ENDPOINT_URL: cloudUrl,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const cdk = async (name: string, cwd: string, args: readonly string[], timeoutMs: number): Promise<void> => {
    const { code, output } = await stage.run(process.execPath, [CDK, ...args], { cwd, env, timeoutMs });
    if (code !== 0) throw new Error(`cdk ${name} failed:\n${output.split('\n').slice(-40).join('\n')}`);
    onStep(name);
  };
  await Promise.all([
    cdk('synth', ROOT, ['synth', '--quiet', '-c', `settings=${settingsFile}`, '-o', assembly], 180_000),
    cdk('bootstrap', empty, ['bootstrap', `aws://${ACCOUNT}/${REGION}`], 120_000),
  ]);
  const direct = ['--method=direct', '--require-approval', 'never', '--outputs-file', outputs];
  await cdk('deploy', empty, ['deploy', STACK, '-a', assembly, ...direct], 300_000);
  const made = JSON.parse(await readFile(outputs, 'utf8')) as Record<string, Record<string, string>>;
  return {
    outputs: made[STACK] ?? {},
    template: await readFile(join(assembly, `${STACK}.template.json`), 'utf8'),
  };
}
