import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { DeployedFunction } from '../deployment.ts';
import { REGION } from '../rights/judge.ts';
import { codeSha256 } from './function-host.ts';

const run = promisify(execFile);

/**
 * Fetches a function's code from the bucket of assets it was deployed from and unpacks it.
 * @throws {Error} where the bytes are not those that Lambda says it has.
 */
export async function unpackCode(
  { configuration, code }: DeployedFunction,
  cloudUrl: string,
  folder: string,
): Promise<string> {
  const { FunctionName, CodeSha256 } = configuration;
  const client = new S3Client({
    endpoint: cloudUrl,
    region: REGION,
    forcePathStyle: true,
    credentials: { accessKeyId: 'lambda', secretAccessKey: 'lambda' },
  });
  try {
    const answer = await client.send(new GetObjectCommand({ Bucket: code.bucket, Key: code.key }));
    const bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
    if (codeSha256(bytes) !== CodeSha256) {
      throw new Error(`The code of ${FunctionName} in the bucket of assets is not what Lambda has.`);
    }
    const taskRoot = join(folder, FunctionName);
    await mkdir(taskRoot, { recursive: true });
    const zip = join(folder, `${FunctionName}.zip`);
    await writeFile(zip, bytes);
    await run('python3', ['-m', 'zipfile', '-e', zip, taskRoot]);
    return taskRoot;
  } finally {
    client.destroy();
  }
}
