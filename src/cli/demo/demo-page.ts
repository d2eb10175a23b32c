import { join } from 'node:path';
import { dayIn } from '../../domain/time.ts';
import type { Output } from '../output.ts';
import { formatSpan } from '../output.ts';
import { flagsOnPage, type WrittenReport, writeReport } from '../report.ts';
import { type MirrorRig, RIG_ACCOUNT } from './mirror-rig.ts';

/** Writes the report page from the first day on; it ends with the last fax by itself, since the weeks after that are empty. */
export async function writeDemoPage(
  rig: MirrorRig,
  { output, home, now }: { readonly output: Output; readonly home: string; readonly now: () => number },
): Promise<WrittenReport> {
  const began = now();
  const zone = rig.runtime.account(RIG_ACCOUNT).billingZone;
  const written = await writeReport(
    rig.runtime.pool,
    {
      account: RIG_ACCOUNT,
      from: dayIn(rig.simulator.world.options.firstDay, zone),
      to: null,
      now: rig.clock.now(),
      commandFlags: flagsOnPage({}, home),
    },
    join(home, 'report.html'),
  );
  output.step(`Report page written: ${written.file} (${formatSpan(now() - began)}); open it in a browser`);
  return written;
}
