import type { Checks } from './checks.ts';
import type { LiveCloud } from './live-cloud.ts';
import { ACCOUNT_KEY } from './simulated-world.ts';

/** Claims that the schedule stored report pages, the latest of them that of the last day, drawn and without a number of anybody. */
export async function claimReports({ operator, addresses }: LiveCloud, checks: Checks): Promise<void> {
  const keys = await operator.listObjects(addresses.reportsBucket);
  const days = keys.filter((key) => new RegExp(`^${ACCOUNT_KEY}/\\d{4}-\\d\\d-\\d\\d\\.html$`).test(key)).sort();
  const latest = `${ACCOUNT_KEY}/latest.html`;
  checks.claim(
    `the schedule stored report pages of ${days.length} days, and the latest once more`,
    days.length > 5 && keys.length === days.length + 1 && keys.includes(latest),
    () => keys.join(', '),
  );
  const last = days.at(-1);
  if (last === undefined || !keys.includes(latest)) return;
  const [page, newest] = await Promise.all(
    [last, latest].map((key) => operator.readText(addresses.reportsBucket, key)),
  );
  checks.claim(
    `the latest is that of the last day, ${((page?.text.length ?? 0) / 1000).toFixed(0)} kB of HTML with charts and no phone number`,
    page !== undefined &&
      newest?.text === page.text &&
      page.type === 'text/html; charset=utf-8' &&
      page.text.includes('</svg>') &&
      !/\+1\d{10}\b/.test(page.text),
    () => `${page?.type}: ${page?.text.slice(0, 200)}`,
  );
}
