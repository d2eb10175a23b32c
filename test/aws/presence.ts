import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The moto that the shims were written for: they reach into its inside. */
const MOTO_VERSION = '5.2.1';

/** What is missing on this machine to run the acceptance on an emulated cloud; null when all is there. */
export async function missingTools(): Promise<string | null> {
  let version: string;
  try {
    const { stdout } = await run('python3', ['-c', 'import moto, flask, flask_cors, boto3; print(moto.__version__)']);
    version = stdout.trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'python3' : `the Python package moto ${MOTO_VERSION} with its server (moto[all,server])`;
  }
  return version === MOTO_VERSION ? null : `moto ${MOTO_VERSION} (${version} is installed)`;
}
