import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { postCallback } from '../../src/simulator/callback-post.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { EmulatedCloud } from './cloud.ts';
import { STACK } from './deploy.ts';
import { InvokeApi } from './host/invoke-api.ts';
import { LogShipper } from './host/log-shipper.ts';
import { OperatorGateway } from './host/operator-gateway.ts';
import { bringToLife, type LiveCloud } from './live-cloud.ts';
import { missingTools } from './presence.ts';
import { REGION } from './rights/judge.ts';
import { DIALECT } from './simulated-world.ts';
import { Stage } from './stage.ts';

const HISTORY_DAYS = 30;
const FAXES_PER_DAY = 700;
/** How often the open cloud looks whether something is due. */
const LOOK_MS = 500;

/**
 * Keeps an emulated cloud open for somebody who follows docs/deploy.md in a second terminal, until the stage is stopped: an empty cloud at
 * first; once the reader has deployed the stack, its schedules fire by the machine's clock, its queue is worked off, its API listens, and the
 * pretend provider, whose account lives on, calls back.
 */
async function stay(stage: Stage, seed: number, say: (line: string) => void): Promise<void> {
  const cloud = await EmulatedCloud.open(stage, true);
  const invokeApi = await InvokeApi.start(async (name, event) =>
    (await isDeployed(cloud.emulator.url, name)) ? cloud.functions.invoke(name, event) : null,
  );
  stage.onEnd(() => invokeApi.close());
  let live: LiveCloud | null = null;
  const gateway = await OperatorGateway.start({
    cloud: cloud.emulator.url,
    dataApi: cloud.cluster.dataApi.url,
    invokeApi: invokeApi.url,
    front: () => live?.front.url ?? null,
  });
  stage.onEnd(() => gateway.close());
  const simulator = createSimulator({
    seed,
    clock: cloud.clock,
    world: { days: HISTORY_DAYS, faxesPerDay: FAXES_PER_DAY, oddities: true },
    http: { rateLimit: null },
    callbacks: { version: DIALECT },
    // The URL is AWS' own, as given to the provider and signed; it leads here.
    post: (url, headers, body) => {
      if (live === null) throw new Error('There is no API yet.');
      return postCallback(`${live.front.url}${new URL(url).pathname}`, headers, body);
    },
  });
  const { url } = await simulator.start();
  stage.onEnd(() => simulator.stop());
  const env = await writeFiles(stage, simulator, { providerUrl: url, gateway });
  say("An empty cloud is up. In a second terminal, in the project's folder, in bash:");
  say('');
  say(`    . ${env}`);
  say('');
  say(`and then the steps of docs/deploy.md. Ctrl-C here, or kill ${process.pid}, ends everything.`);
  const outputs = await deployed(stage, cloud.emulator.url);
  const deployment = await cloud.settle(STACK);
  live = await bringToLife(stage, cloud, simulator, deployment, { outputs, template: '' });
  simulator.callbacks.configure({ url: outputs['CallbackUrl'] ?? null });
  say('The stack is there: its schedules fire, its queue is worked off, the provider calls back.');
  const shipper = new LogShipper(cloud.emulator.url, cloud.lines);
  const isSaid = new Set<string>();
  while (!stage.signal.aborted) {
    live.scheduler.fireDue();
    await simulator.callbacks.deliverDue(cloud.clock.now());
    await shipper.ship(cloud.clock.now()).catch((error: unknown) => cloud.defects.push(String(error)));
    for (const defect of cloud.defects.splice(0)) {
      if (!isSaid.has(defect)) say(`The emulation met what it does not know: ${defect}`);
      isSaid.add(defect);
    }
    await sleep(LOOK_MS, undefined, { signal: stage.signal }).catch(() => undefined);
  }
}

/** What the reader sources, and the settings of the deployment; gives the path of the former. */
async function writeFiles(
  stage: Stage,
  { credentials, world }: Simulator,
  { providerUrl, gateway }: { readonly providerUrl: string; readonly gateway: OperatorGateway },
): Promise<string> {
  const settings = {
    accounts: [
      {
        account: 'main',
        api_version: DIALECT,
        provider_url: providerUrl,
        // A reader does not wait for a pretend provider.
        requests_per_second: 50,
        first_day: new Date(world.options.firstDay - 86_400_000).toISOString().slice(0, 10),
      },
    ],
  };
  await writeFile(join(stage.folder, 'settings.json'), `${JSON.stringify(settings, null, 2)}\n`);
  const variables = {
    AWS_ENDPOINT_URL: gateway.url,
    AWS_ENDPOINT_URL_S3: gateway.urlOfBuckets,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    EMULATED_CALLBACK_URL: gateway.urlOfCallbacks,
    EMULATED_SETTINGS: join(stage.folder, 'settings.json'),
    API_KEY: credentials.apiKey,
    API_SECRET: credentials.apiSecret,
    CALLBACK_TOKEN: credentials.callbackToken,
  };
  const lines = [
    '# Points the AWS tools of this shell to the emulated cloud; close the shell to be rid of it.',
    'unset AWS_PROFILE AWS_SESSION_TOKEN AWS_CA_BUNDLE',
    ...Object.entries(variables).map(([name, value]) => `export ${name}='${value}'`),
  ];
  const path = join(stage.folder, 'env.sh');
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}

/** Headers of a request for a service; moto looks no further than at its name. */
function signedFor(service: string): Record<string, string> {
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=stay/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  };
}

/** Whether there is a function, by name or ARN. */
async function isDeployed(cloudUrl: string, name: string): Promise<boolean> {
  const url = `${cloudUrl}/2015-03-31/functions/${encodeURIComponent(name)}`;
  const answer = await fetch(url, { headers: signedFor('lambda') });
  await answer.arrayBuffer();
  return answer.status !== 404;
}

/** Waits until the stack is there, and gives its outputs. */
async function deployed(stage: Stage, cloudUrl: string): Promise<Record<string, string>> {
  for (;;) {
    await sleep(LOOK_MS, undefined, { signal: stage.signal });
    const answer = await fetch(cloudUrl, {
      method: 'POST',
      body: String(new URLSearchParams({ Action: 'DescribeStacks', Version: '2010-05-15', StackName: STACK })),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...signedFor('cloudformation') },
    });
    const xml = await answer.text();
    if (!/<StackStatus>CREATE_COMPLETE</.test(xml)) continue;
    const members = xml.matchAll(/<OutputKey>([^<]+)<\/OutputKey>\s*<OutputValue>([^<]*)<\/OutputValue>/g);
    return Object.fromEntries([...members].map(([, key = '', value = '']) => [key, value.replaceAll('&amp;', '&')]));
  }
}

/** Ends this process as a signal does once who started it is gone: npm passes not every signal on, and would leave an open cloud behind. */
function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
  }, LOOK_MS).unref();
}

const missing = await missingTools();
if (missing !== null) {
  console.log(`The emulated cloud cannot be opened: it needs ${missing}.`);
  process.exitCode = 1;
} else {
  const stage = await Stage.open();
  endWithParent();
  try {
    await stay(stage, Number(process.argv[2] ?? 7), (line) => console.log(line));
  } catch (error) {
    if (!stage.signal.aborted) throw error;
  } finally {
    await stage.close();
  }
}
