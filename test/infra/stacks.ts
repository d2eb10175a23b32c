import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { FaxsyncStack } from '../../infra/faxsync-stack.ts';
import { mergeSettings } from '../../infra/read-settings.ts';
import { type DeploymentSettings, FUNCTION_NAMES, SETTINGS } from '../../infra/settings.ts';

/** Flags of CDK as the command line gives them; without them other resources are made. */
const { context: CONTEXT } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as {
  readonly context: Record<string, unknown>;
};

/** Apps and assemblies of one test file, in one temporary folder. */
export class StackBench {
  readonly #folder = mkdtempSync(join(tmpdir(), 'faxsync-infra-'));
  #apps = 0;

  /** Folders in place of the bundles: what is in them has tests of its own. */
  get bundles(): string {
    const bundles = join(this.#folder, 'bundles');
    for (const name of FUNCTION_NAMES) {
      mkdirSync(join(bundles, name), { recursive: true });
      writeFileSync(join(bundles, name, 'index.mjs'), `export const handler = async () => '${name}';\n`);
    }
    return bundles;
  }

  /** An app whose assembly is removed with the bench: where none is named, it goes to a temporary folder that stays. */
  app(): App {
    this.#apps += 1;
    return new App({ outdir: join(this.#folder, `assembly-${this.#apps}`), context: CONTEXT });
  }

  /** A stack of the default settings with these over them. */
  stack(over: unknown = {}, app: App = this.app()): FaxsyncStack {
    return new FaxsyncStack(app, 'Faxsync', { settings: settingsWith(over), bundles: this.bundles });
  }

  /** Removes what was made. */
  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The default settings with these over them, not checked. */
export function settingsWith(over: unknown): DeploymentSettings {
  return mergeSettings(SETTINGS, over);
}
