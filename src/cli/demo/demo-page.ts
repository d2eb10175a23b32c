import { join } from 'node:path';
import { dayIn } from '../../domain/time.ts';
import type { Output } from '../output.ts';
import { formatSpan } from '../output.ts';
import { flagsOnPage, type WrittenReport, writeReport } from '../report.ts';
import { LIVE_MS } from './demo-world.ts';
import { type MirrorRig, RIG_ACCOUNT } from './mirror-rig.ts';

/** Writes the report page of the days in which the demo's account worked: the weeks after them are empty. */
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
      to: dayIn(rig.options.startAt + LIVE_MS, zone),
      now: rig.clock.now(),
      commandFlags: flagsOnPage({}, home),
    },
    join(home, 'report.html'),
  );
  output.step(`Report page written: ${written.file} (${formatSpan(now() - began)}); open it in a browser`);
  return written;
}
