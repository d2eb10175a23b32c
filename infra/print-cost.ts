import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { COST_GROUPS, type CostEstimate, type CostGroup, type CostOptions, estimateCost } from './cost-model.ts';
import { PRICES, type Price } from './cost-prices.ts';
import { ASSUMPTIONS } from './cost-usage.ts';
import { mergeSettings } from './read-settings.ts';
import { type DeploymentSettings, SETTINGS } from './settings.ts';

/** Where the tables stand. */
export const COST_DOCUMENT = fileURLToPath(new URL('../docs/cost.md', import.meta.url));

/** Faxes a month, all accounts together, that the tables are made for. */
const VOLUMES = [10_000, 100_000, 1_000_000, 10_000_000];
/** The volume that is shown line by line. */
const SHOWN = 1_000_000;

/** Deviations that are priced: of the settings, and of what is assumed. */
const LEVERS: ReadonlyArray<readonly [name: string, settings: unknown, options?: CostOptions]> = [
  ["one callback a fax, the provider's default", {}, { assumptions: { eventsPerFax: 1 } }],
  ['no callbacks at all', {}, { assumptions: { eventsPerFax: 0 } }],
  ['`schedules.headMinutes` 5', { schedules: { headMinutes: 5 } }],
  ['`loads.batchingWindowSeconds` 20', { loads: { batchingWindowSeconds: 20, visibilitySeconds: 740 } }],
  ['a second account of the same faxes', { accounts: [{ account: 'main' }, { account: 'second' }] }],
  ['metrics by account only, not for the function too', {}, { assumptions: { functionSeries: 0 } }],
  ['no detailed metrics of the endpoint', {}, { assumptions: { endpointMetrics: 0 } }],
  ['`warehouse.hasStandby`', { warehouse: { hasStandby: true } }],
  ["a warehouse of one's own", { warehouse: { kind: 'external', connectionsMax: 50 } }],
];

const usd = (amount: number): string => amount.toFixed(2);
const count = (amount: number): string =>
  amount.toLocaleString('en-US', { maximumFractionDigits: amount < 100 ? 1 : 0 });

function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [head, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** What each part costs at each volume, the sums, and what NAT would add. */
function byVolume(settings: DeploymentSettings, options?: CostOptions): string {
  const estimates = VOLUMES.map((volume) => estimateCost(settings, volume, options));
  const row = (name: string, of: (estimate: CostEstimate) => string) => [name, ...estimates.map(of)];
  const groups = Object.entries(COST_GROUPS).map(([group, name]) =>
    row(name, ({ lines }) => usd(sumOf(lines.filter((line) => line.group === group)))),
  );
  return table(
    ['USD a month', ...VOLUMES.map((volume) => `${count(volume)} faxes`)],
    [
      ...groups,
      row('**total**', ({ totalUsd }) => `**${usd(totalUsd)}**`),
      row('outside the database', ({ outsideUsd }) => usd(outsideUsd)),
      row('of it the road: landing, functions, state, queue', ({ roadUsd }) => usd(roadUsd)),
      row('per 1,000 faxes', ({ totalUsd, faxesPerMonth }) => usd((totalUsd * 1000) / faxesPerMonth)),
      row('not spent: NAT gateways in two zones', ({ natUsd }) => usd(natUsd)),
      row('not spent: interface endpoints in two zones', ({ endpointsUsd }) => usd(endpointsUsd)),
    ],
  );
}

function sumOf(lines: CostEstimate['lines']): number {
  return lines.reduce((sum, line) => sum + line.usd, 0);
}

/** Every line of one volume. */
function lineByLine(settings: DeploymentSettings): string {
  const { lines } = estimateCost(settings, SHOWN);
  const groups = Object.keys(COST_GROUPS) as CostGroup[];
  const rows = groups.flatMap((group) =>
    lines
      .filter((line) => line.group === group)
      .map(({ item, quantity, price, usd: amount }) => {
        const { unit, per, usd: listed }: Price = PRICES[price];
        return [`${group}: ${item}`, count(quantity), unit, `${listed} for ${count(per)}`, usd(amount)];
      }),
  );
  return table(['line', 'quantity', 'unit', 'price, USD', 'USD'], rows);
}

function byLever(settings: DeploymentSettings): string {
  const volumes = VOLUMES.slice(0, 3);
  const plain = volumes.map((volume) => estimateCost(settings, volume).totalUsd);
  const rows = LEVERS.map(([name, over, options]) => {
    const changed = mergeSettings(settings, over);
    return [
      name,
      ...volumes.map((volume, index) => {
        const difference = estimateCost(changed, volume, options).totalUsd - (plain[index] ?? 0);
        return `${difference < 0 ? '-' : '+'}${usd(Math.abs(difference))}`;
      }),
    ];
  });
  return table(['change, USD a month', ...volumes.map((volume) => `${count(volume)} faxes`)], rows);
}

const TABLES: Readonly<Record<string, (settings: DeploymentSettings) => string>> = {
  'by volume': (settings) => byVolume(settings),
  'by volume, one callback a fax': (settings) => byVolume(settings, { assumptions: { eventsPerFax: 1 } }),
  'line by line': lineByLine,
  'what a change costs': byLever,
  assumptions: () => assumptionsTable(),
};

function assumptionsTable(): string {
  const rows = Object.entries(ASSUMPTIONS).map(([name, value]) => [
    `\`${name}\``,
    typeof value === 'number'
      ? String(value)
      : Object.entries(value as Record<string, number>)
          .map(([part, number]) => `${part} ${number}`)
          .join(', '),
  ]);
  return table(['assumption', 'value'], rows);
}

/** The document with its tables as the model has them for the default settings. @throws {Error} where the marks of a table are missing. */
export function fillCosts(text: string): string {
  let filled = text;
  for (const [name, make] of Object.entries(TABLES)) {
    const begin = `<!-- ${name}: written by npm exec -- node infra/print-cost.ts --write -->`;
    const end = `<!-- end of ${name} -->`;
    const from = filled.indexOf(begin);
    const to = filled.indexOf(end);
    if (from < 0 || to < from) throw new Error(`docs/cost.md has lost the marks "${begin}" and "${end}".`);
    filled = `${filled.slice(0, from + begin.length)}\n\n${make(SETTINGS)}\n\n${filled.slice(to)}`;
  }
  return filled;
}

if (import.meta.main) {
  if (process.argv.includes('--write')) writeFileSync(COST_DOCUMENT, fillCosts(readFileSync(COST_DOCUMENT, 'utf8')));
  else
    console.log(
      Object.entries(TABLES)
        .map(([name, make]) => `${name}\n\n${make(SETTINGS)}\n`)
        .join('\n'),
    );
}
