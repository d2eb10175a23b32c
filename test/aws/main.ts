import { compareWorld } from '../../src/cli/compare-world.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { createWarehousePool } from '../../src/warehouse/connection.ts';
import { compareRollups } from '../../src/warehouse/rollups.ts';
import { Checks, printTable } from './checks.ts';
import { claimDeployment } from './claims-deployment.ts';
import { claimLogs } from './claims-logs.ts';
import { claimReconciled } from './claims-recon.ts';
import { claimReports } from './claims-report.ts';
import { EmulatedCloud } from './cloud.ts';
import { deploy, STACK } from './deploy.ts';
import { bringToLife, type LiveCloud } from './live-cloud.ts';
import { missingTools } from './presence.ts';
import { judgeLogWriting, ownRoles, serviceFaults } from './rights/service-rights.ts';
import { findUnusedGrants } from './rights/unused-grants.ts';
import { NAME, runScenario, type ScenarioResult } from './scenario.ts';
import {
  ACCOUNT_KEY,
  CALLBACKS,
  DIALECT,
  FAULTS,
  HISTORY_DAYS,
  undocumentedStreams,
  worldOf,
} from './simulated-world.ts';
import { Stage } from './stage.ts';

/** Zone of the bill's days. */
const ZONE = 'America/Chicago';

const startedAt = Date.now();

function say(line: string): void {
  console.log(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}`);
}

/** The settings that are laid over the defaults: one account, whose provider is the simulator. */
function settingsOf(providerUrl: string, firstDay: number): object {
  return {
    name: NAME,
    accounts: [
      {
        account: ACCOUNT_KEY,
        api_version: DIALECT,
        provider_url: providerUrl,
        billing_zone: ZONE,
        // The simulator's limit is off: a run must not wait for real.
        requests_per_second: 100,
        first_day: new Date(firstDay - 86_400_000).toISOString().slice(0, 10),
        undocumented_streams: undocumentedStreams(),
      },
    ],
  };
}

async function run(stage: Stage, checks: Checks, seed: number): Promise<void> {
  // What is not known of Aurora is tried both ways, by the seed.
  const mayBypass = seed % 2 === 0;
  const cloud = await EmulatedCloud.open(stage, mayBypass);
  const { clock } = cloud;
  const startAt = clock.now();
  const simulator = createSimulator({
    seed,
    clock,
    world: worldOf(startAt),
    http: { rateLimit: null },
    callbacks: CALLBACKS,
    faults: FAULTS,
  });
  const { url } = await simulator.start();
  stage.onEnd(() => simulator.stop());
  say(
    `cloud, database and provider are up: moto at ${cloud.emulator.url}, ${HISTORY_DAYS} days with ${simulator.world.truth(startAt).faxes.length} faxes`,
  );
  const settings = settingsOf(url, simulator.world.options.firstDay);
  const deployed = await deploy(stage, { settings, cloudUrl: cloud.emulator.url }, (name) => say(`cdk ${name}`));
  const deployment = await cloud.settle(STACK);
  claimDeployment(checks, deployment, deployed.template, cloud.emulator.tracebacks);
  checks.none('the services may do for each other what they must', serviceFaults(deployment));
  const live = await bringToLife(stage, cloud, simulator, deployment, deployed);
  const callbackUrl = `${live.front.url}/callbacks`;
  const { apiKey, apiSecret, callbackToken } = simulator.credentials;
  await live.operator.fillSecret(`${NAME}/${ACCOUNT_KEY}/provider`, {
    api_key: apiKey,
    api_secret: apiSecret,
    api_key_2: '',
    api_secret_2: '',
  });
  await live.operator.fillSecret(`${NAME}/${ACCOUNT_KEY}/callbacks`, {
    callback_tokens: callbackToken,
    callback_url: callbackUrl,
  });
  simulator.callbacks.configure({ url: callbackUrl });
  say('deployed, secrets filled in');
  const result = await runScenario(live, simulator, checks, say);
  await compare(live, simulator, checks, result.endAt);
  await claimReports(live, checks);
  claimRights(live, checks);
  const ran = new Map([...cloud.lines].map(([name, lines]) => [name, lines]));
  claimLogs(checks, deployment, ran, NAME);
  claimRuns(live, simulator, checks, result);
  const undelivered = await live.operator.look(live.addresses.deadSchedulesUrl);
  checks.none(
    'every start of a schedule was delivered',
    undelivered.map(({ body }) => body),
  );
  checks.none('the emulated cloud met no error of its own', cloud.emulator.tracebacks);
  checks.none('no part of the test broke', cloud.defects);
}

async function compare({ cloud }: LiveCloud, simulator: Simulator, checks: Checks, at: number): Promise<void> {
  const pool = createWarehousePool(cloud.cluster.url, { connectionsMax: 2 });
  try {
    const { tables, money, isEqual } = await compareWorld(pool, {
      world: simulator.world,
      account: ACCOUNT_KEY,
      at,
      dialect: DIALECT,
      zone: ZONE,
    });
    printTable(
      ['table', 'provider', 'warehouse', 'equal', 'different', ''],
      tables.map(({ table, provider, warehouse, equal, differing, note }) => [
        table,
        provider,
        warehouse,
        equal,
        differing,
        note ?? '',
      ]),
    );
    const differences = tables.flatMap(({ table, differences: found }) =>
      found.map(({ row, kind, columns }) => `${table}: ${row} ${kind} ${columns.join(', ')}`),
    );
    checks.none('every table of the warehouse is equal to the provider: nothing lost, nothing twice', differences);
    checks.claim(
      `the bill agrees to the cent over ${money.days} days (${money.providerCents} cents)`,
      isEqual && money.differingDays.length === 0,
      () => JSON.stringify(money.differingDays.slice(0, 5)),
    );
    await claimReconciled(pool, checks, money.providerCents);
    const sums = await compareRollups(pool, ACCOUNT_KEY);
    checks.none(
      'the sums that reports read are those of the tables',
      sums.map(({ rollup, differenceCount }) => `${rollup}: ${differenceCount}`),
    );
  } finally {
    await pool.end();
  }
}

function claimRights({ cloud, deployment }: LiveCloud, checks: Checks): void {
  const { recorder, runs } = cloud;
  const logFaults = judgeLogWriting(deployment, recorder.verdicts, new Set(runs.keys()));
  checks.none('nothing that was done is denied by the deployed policies', [...recorder.refusals, ...logFaults]);
  const { grants, used, explained, unexplained } = findUnusedGrants(
    deployment,
    recorder.verdicts,
    ownRoles(deployment),
  );
  checks.none(`of ${grants} granted rights ${used} were used, ${explained} have a reason; the others`, unexplained);
}

function claimRuns(live: LiveCloud, simulator: Simulator, checks: Checks, result: ScenarioResult): void {
  const { cloud, scheduler, poller, front } = live;
  const serviceOf = new Map(
    live.deployment.functions.map(({ configuration }) => [
      configuration.FunctionName,
      configuration.Environment?.Variables['POWERTOOLS_SERVICE_NAME'] ?? 'other',
    ]),
  );
  printTable(
    ['function', 'answered', 'failed', 'crashed', 'throttled', 'cold', 'warm'],
    [...cloud.runs].map(([name, { answered, failed, crashed, throttled }]) => {
      const { cold = 0, warm = 0 } = cloud.functions.starts.get(name) ?? {};
      return [serviceOf.get(name) ?? name, answered, failed, crashed, throttled, cold, warm];
    }),
  );
  printTable(
    ['schedule', 'fired', 'merged', 'failed', 'repeated'],
    [...scheduler.counts].map(([group, { fired, merged, failed, repeated }]) => [
      group,
      fired,
      merged,
      failed,
      repeated,
    ]),
  );
  const { byKind, lost } = simulator.stats().callbacks;
  printTable(
    ['callbacks', 'sent', 'accepted', 'refused', 'failed'],
    Object.entries(byKind).map(([kind, { sent, accepted, refused, failed }]) => [
      kind,
      sent,
      accepted,
      refused,
      failed,
    ]),
  );
  printTable(
    ['AWS service', 'calls'],
    [...cloud.awsGateway.passed].map(([service, calls]) => [service, calls]),
  );
  const { batches, messages, failedBatches, returnedMessages } = poller.counts;
  say(
    `queue: ${messages} messages in ${batches} batches, ${failedBatches} batches and ${returnedMessages} messages came back; ${lost} callbacks never sent; answers ${JSON.stringify(Object.fromEntries(front.answers))}`,
  );
  const forged = Object.entries(byKind).filter(([kind]) => kind.startsWith('forged'));
  checks.claim(
    'forged callbacks were sent, and none was taken',
    forged.some(([, { sent }]) => sent > 0) && forged.every(([, { accepted }]) => accepted === 0),
    () => JSON.stringify(forged),
  );
  checks.claim('repeated callbacks were known again', (front.words.get('repeated') ?? 0) > 0, () =>
    JSON.stringify(Object.fromEntries(front.words)),
  );
  checks.claim('the loader was killed at least twice', result.kills >= 2, () => String(result.kills));
  const crashes = [...cloud.runs].flatMap(([name, { crashed }]) => {
    const allowed = serviceOf.get(name) === 'load' ? result.kills : 0;
    return crashed > allowed ? [`${serviceOf.get(name)}: ${crashed}`] : [];
  });
  checks.none('no function crashed that was not killed', crashes);
}

function seedOf(args: readonly string[]): number {
  if (args.length === 0) return Math.floor(Math.random() * 1_000_000);
  const seed = Number(args[1]);
  // A word that is not known must not start a run of minutes.
  if (args[0] !== '--seed' || args.length !== 2 || !Number.isSafeInteger(seed)) {
    console.error('usage: npm run test:aws [-- --seed <whole number>]');
    process.exit(64);
  }
  return seed;
}

const missing = await missingTools();
if (missing !== null) {
  console.log(`test:aws not run: ${missing}`);
} else {
  const seed = seedOf(process.argv.slice(2));
  const checks = new Checks();
  const stage = await Stage.open();
  console.log(`test:aws, seed ${seed} (the same again: npm run test:aws -- --seed ${seed})`);
  try {
    await run(stage, checks, seed);
  } catch (error) {
    checks.claim('the run came to its end', false, () =>
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
  } finally {
    await stage.close();
  }
  const { passed, failures } = checks;
  if (failures.length > 0) console.log(`failed with seed ${seed}: ${failures.join('; ')}`);
  say('ended');
  console.log(`test:aws: ${passed} checks passed, ${failures.length} failed`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}
