import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = 'demo.json';

/** Marks a home as the demo's: its provider was a pretend one and is gone, so that nothing can be pulled there any more. */
export async function markDemoHome(home: string, of: { readonly seed: number; readonly until: string }): Promise<void> {
  await writeFile(join(home, FILE), `${JSON.stringify({ made_by: 'faxsync demo', ...of })}\n`);
}

/** Whether the demo made this home. */
export function isDemoHome(home: string): Promise<boolean> {
  return access(join(home, FILE)).then(
    () => true,
    () => false,
  );
}
