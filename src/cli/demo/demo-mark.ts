import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = 'demo.json';

/** Marks a home as the demo's: the provider of this account was a pretend one and is gone, so that nothing can be pulled there any more. */
export async function markDemoHome(home: string, account: string): Promise<void> {
  await writeFile(join(home, FILE), `${JSON.stringify({ made_by: 'faxsync demo', account })}\n`);
}

/** Key of the account that the demo made in this home; null where it made none. */
export async function demoAccountIn(home: string): Promise<string | null> {
  try {
    const mark: unknown = JSON.parse(await readFile(join(home, FILE), 'utf8'));
    return typeof mark === 'object' && mark !== null && 'account' in mark ? String(mark.account) : null;
  } catch {
    // No mark, or none that can be read: then the home is judged as any other.
    return null;
  }
}
