import { toIso } from '../../src/domain/time.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { Checks } from './checks.ts';
import { addPoison, isAbout, killLoaderInTransaction, type Poison } from './faults.ts';
import type { LiveCloud } from './live-cloud.ts';
import { ACCOUNT_KEY, QUIET_MS } from './simulated-world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How often the clock is stopped for the schedules while faxes come and go. */
const LIVE_STEP_MS = 30 * MINUTE;
/** Repeated and replayed callbacks come for four days; after that the clock jumps further. */
const BUSY_QUIET_MS = 4 * DAY;
/** Dead letters live for 14 days: what is to lie there at the end must die in the last of them. */
const LATE_POISON_MS = QUIET_MS - 10 * DAY;

/** What was done to the cloud, beside letting it work. */
export interface ScenarioResult {
  readonly startAt: number;
  /** The instant up to which the warehouse must know the provider. */
  readonly endAt: number;
  /** The poison that must lie among the dead letters at the end, and nothing else. */
  readonly poison: Poison;
  readonly kills: number;
  /** Dead letters that were healthy and put back onto the queue. */
  readonly redriven: number;
}

/** Claims that exactly this poison lies among the dead letters. */
async function claimDead(
  { operator, addresses }: LiveCloud,
  checks: Checks,
  when: string,
  poison: Poison,
): Promise<void> {
  const dead = await operator.look(addresses.deadLoadsUrl);
  const strangers = dead.filter(({ body }) => !isAbout(body, poison));
  const absent = poison.filter((each) => !dead.some(({ body }) => isAbout(body, [each])));
  checks.claim(
    `${when}: exactly the ${poison.length} poisoned are among the dead letters (${dead.length} messages)`,
    poison.length > 0 && strangers.length === 0 && absent.length === 0,
    () => `strangers: ${strangers.map(({ body }) => body.slice(0, 200)).join(' | ')}; absent: ${absent.join(', ')}`,
  );
}

/**
 * One account's life in the cloud: its history is read, faxes come and go among faults, and five weeks go by until nothing can change any more.
 */
export async function runScenario(
  live: LiveCloud,
  simulator: Simulator,
  checks: Checks,
  say: (line: string) => void,
): Promise<ScenarioResult> {
  const { drive, cloud, scheduler, poller } = live;
  const { clock } = cloud;
  const startAt = clock.now();
  await drive.step(0, true);
  say(`history read: ${poller.counts.messages} messages loaded in ${poller.counts.batches} batches`);
  const { poison: first, kills } = await liveThrough(live, simulator, checks);
  const redriven = await redriveHealthy(live, first);
  await claimDead(live, checks, 'after the faults', first);
  say(`faxes came and went, the loader was killed ${kills} times, the database was away once`);

  const restsAt = simulator.world.options.restsFrom ?? startAt;
  const quietUntil = restsAt + QUIET_MS;
  let late: Poison = [];
  while (clock.now() < quietUntil) {
    if (late.length === 0 && clock.now() > restsAt + LATE_POISON_MS) {
      late = await addPoison(live.operator, live.addresses, ACCOUNT_KEY, 90);
      // The next jump is as long as a message lives.
      await drive.settle();
    }
    const stepMs = clock.now() < restsAt + BUSY_QUIET_MS ? DAY : 4 * DAY;
    await drive.step(Math.min(stepMs, quietUntil - clock.now()));
  }
  // By hand, as the runbook says it: one run that leaves nothing for later.
  const endAt = clock.now();
  const end = await cloud.functions.invoke(
    live.functionOf('pull').configuration.FunctionArn,
    JSON.stringify({ account: ACCOUNT_KEY, eager: true }),
  );
  checks.claim('the last run by hand ends well', end.kind === 'answered', () => JSON.stringify(end).slice(0, 500));
  await drive.settle();
  const bill = await cloud.functions.invoke(
    live.functionOf('reconcile').configuration.FunctionArn,
    JSON.stringify({ account: ACCOUNT_KEY, task: 'reconcile' }),
  );
  checks.claim('so does a reconciliation of all it landed', bill.kind === 'answered', () =>
    JSON.stringify(bill).slice(0, 500),
  );
  await askByHand(live, simulator, checks);
  await scheduler.settled();
  say('five weeks went by');
  await claimDead(live, checks, 'at the end', late);
  return { startAt, endAt, poison: late, kills, redriven };
}

/** What the command line does where it reaches the database: here only the functions do. */
async function askByHand(live: LiveCloud, { world }: Simulator, checks: Checks): Promise<void> {
  const { clock, functions } = live.cloud;
  const { FunctionArn } = live.functionOf('reconcile').configuration;
  const ask = (event: object) => functions.invoke(FunctionArn, JSON.stringify({ account: ACCOUNT_KEY, ...event }));
  const csv = world.invoiceCsv(toIso(world.options.firstDay).slice(0, 7));
  const imported = await ask({ task: 'import', kind: 'invoices', by: 'A. Meier', csv });
  checks.claim('an invoice is imported', imported.kind === 'answered', () => JSON.stringify(imported).slice(0, 500));
  const [fax] = world.truth(clock.now()).faxes;
  const told = await ask({ task: 'explain', fax_id: fax?.faxId });
  checks.claim(
    'a fax is explained, without a number',
    told.kind === 'answered' && /"kind":"seen"/.test(told.body) && !/\+\d{7}/.test(told.body),
    () => told.kind,
  );
}

/** The hours in which the account works, and everything that goes wrong in them. */
async function liveThrough(
  live: LiveCloud,
  simulator: Simulator,
  checks: Checks,
): Promise<{ readonly poison: Poison; readonly kills: number }> {
  const { drive, cloud, operator, addresses } = live;
  await drive.step(LIVE_STEP_MS, true);
  const poison = await addPoison(operator, addresses, ACCOUNT_KEY, 70);
  await drive.step(LIVE_STEP_MS);
  const firstKill = await killOnce(live, checks);
  await fireTwice(live, checks);
  changeNumbers(simulator, cloud.clock.now());
  await drive.step(LIVE_STEP_MS, true);
  const secondKill = await killOnce(live, checks);
  await drive.step(LIVE_STEP_MS);
  await outage(live, checks);
  await drive.step(LIVE_STEP_MS);
  return { poison, kills: firstKill + secondKill };
}

/** Kills the loader while it loads what a round of schedules lands; returns how many processes. */
async function killOnce({ drive, cloud, functionOf }: LiveCloud, checks: Checks): Promise<number> {
  const loader = functionOf('load').configuration.FunctionName;
  const kill = await killLoaderInTransaction(drive, cloud.cluster.url, loader, () => drive.pass(LIVE_STEP_MS));
  checks.claim(
    `kill -9 of the loader in mid-batch, with ${kill.openTransactions} transactions open`,
    kill.killed > 0,
    () => JSON.stringify(kill),
  );
  await drive.settle();
  return kill.killed;
}

/** A schedule is delivered at least once, so also twice: both runs must end well, and only one works. */
async function fireTwice({ scheduler, cloud, functionOf }: LiveCloud, checks: Checks): Promise<void> {
  const runs = () => cloud.runs.get(functionOf('pull').configuration.FunctionName)?.answered ?? 0;
  const before = runs();
  const head = scheduler.scheduleOf(`${NAME}-head`);
  await Promise.all([scheduler.fire(head), scheduler.fire(head)]);
  checks.claim(
    'a schedule that fires twice at once ends well both times',
    runs() - before === 2,
    () => `${runs() - before} did`,
  );
}

/** Prefix of the deployment's names. */
export const NAME = 'faxsync';

/** The account gives one number back and buys another while we look. */
function changeNumbers({ world, commands }: Simulator, now: number): void {
  const [first] = world.numbersAt(now);
  if (first !== undefined) commands.release(first.phoneNumber, now);
  commands.provision(null, null, now);
}

/** The database stops for a while: nothing is loaded, nothing is lost, and what was landed meanwhile is loaded once it is back. */
async function outage({ drive, cloud, poller, functionOf }: LiveCloud, checks: Checks): Promise<void> {
  const { door } = cloud.cluster;
  const runs = cloud.runs.get(functionOf('load').configuration.FunctionName);
  const before = poller.counts.returnedMessages + poller.counts.failedBatches;
  await door.shut();
  await drive.pass(LIVE_STEP_MS);
  await drive.settle(1);
  const away = await poller.depth();
  await door.reopen();
  await drive.settle();
  const back = await poller.depth();
  checks.claim(
    `a stopped database: ${away.inFlight + away.visible} messages waited, and none once it was back`,
    away.inFlight + away.visible > 0 &&
      back.inFlight + back.visible === 0 &&
      poller.counts.returnedMessages + poller.counts.failedBatches > before,
    () => JSON.stringify({ away, back, runs }),
  );
}

/** The operator's way after an outage that outlasted every try: what is dead and not poisoned goes back onto the queue. */
async function redriveHealthy({ operator, addresses, drive }: LiveCloud, poison: Poison): Promise<number> {
  const dead = await operator.look(addresses.deadLoadsUrl);
  const healthy = dead.filter(({ body }) => !isAbout(body, poison));
  if (healthy.length === 0) return 0;
  const moved = await operator.redrive(addresses.deadLoadsUrl, addresses.loadsUrl);
  await drive.settle();
  return moved;
}
