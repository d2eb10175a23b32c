import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { isGoodToken } from '../support/rds-token.ts';
import { CloudClock } from './cloud-clock.ts';
import type { DeployedFunction, Deployment } from './deployment.ts';
import { Emulator } from './emulator.ts';
import { AwsGateway } from './host/aws-gateway.ts';
import { Cluster } from './host/cluster.ts';
import { unpackCode } from './host/code-store.ts';
import { FunctionHost } from './host/function-host.ts';
import { InvokeApi } from './host/invoke-api.ts';
import { Principals } from './principals.ts';
import { Recorder } from './recorder.ts';
import { listingOf } from './rights/actions.ts';
import { REGION } from './rights/judge.ts';
import { installRuntimeClient } from './runtime-client.ts';
import type { Stage } from './stage.ts';

/** What is known of a function's runs. */
export interface FunctionRuns {
  answered: number;
  failed: number;
  crashed: number;
  throttled: number;
}

/** Clients that go straight to the emulated cloud: the operator's, with every right. */
export interface OperatorClients {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly secrets: SecretsManagerClient;
}

interface CloudParts {
  readonly clock: CloudClock;
  readonly emulator: Emulator;
  readonly functions: FunctionHost;
  readonly recorder: Recorder;
  readonly principals: Principals;
  readonly cluster: Cluster;
  readonly awsGateway: AwsGateway;
  readonly operator: OperatorClients;
  /** Defects of the test's own parts, which fail the run. */
  readonly defects: string[];
  /** Every line the functions printed, by function. */
  readonly lines: ReadonlyMap<string, readonly string[]>;
  readonly runs: ReadonlyMap<string, FunctionRuns>;
}

/**
 * A cloud on this machine before anything is deployed to it: moto, a real Postgres behind a gateway that asks for tokens of IAM over TLS, and
 * the host that runs deployed functions.
 */
export class EmulatedCloud implements CloudParts {
  readonly clock: CloudClock;
  readonly emulator: Emulator;
  readonly functions: FunctionHost;
  readonly recorder: Recorder;
  readonly principals: Principals;
  readonly cluster: Cluster;
  readonly awsGateway: AwsGateway;
  readonly operator: OperatorClients;
  /** Defects of the test's own parts, which fail the run. */
  readonly defects: string[];
  /** Every line the functions printed, by function. */
  readonly lines: ReadonlyMap<string, readonly string[]>;
  readonly runs: ReadonlyMap<string, FunctionRuns>;

  private constructor(parts: CloudParts) {
    this.clock = parts.clock;
    this.emulator = parts.emulator;
    this.functions = parts.functions;
    this.recorder = parts.recorder;
    this.principals = parts.principals;
    this.cluster = parts.cluster;
    this.awsGateway = parts.awsGateway;
    this.operator = parts.operator;
    this.defects = parts.defects;
    this.lines = parts.lines;
    this.runs = parts.runs;
  }

  /** Starts everything; the stage ends it. */
  static async open(stage: Stage, mayBypass: boolean): Promise<EmulatedCloud> {
    const installing = installRuntimeClient(stage);
    installing.catch(() => undefined);
    const defects: string[] = [];
    const lines = new Map<string, string[]>();
    const runs = new Map<string, FunctionRuns>();
    const principals = new Principals();

    // What follows knows each other: it is put together once all is there.
    const made: { emulator?: Emulator; functions?: FunctionHost; recorder?: Recorder; cluster?: Cluster } = {};
    const known = <Name extends keyof typeof made>(name: Name): NonNullable<(typeof made)[Name]> => {
      const part = made[name];
      if (part === undefined) throw new Error(`The cloud's ${name} is asked before it is there.`);
      return part as NonNullable<(typeof made)[Name]>;
    };
    const clock = new CloudClock((offsetMs) => known('emulator').setClock(offsetMs));
    const cluster = await Cluster.start(stage, {
      mayBypass,
      deployed: () => known('emulator').clusters(),
      judge: (user, password, endpoint) => {
        const principal = principals.byKey(/X-Amz-Credential=([A-Z0-9]+)/.exec(password)?.[1] ?? '');
        const isGood =
          principal !== null &&
          isGoodToken(
            password,
            user,
            {
              accessKeyId: principal.accessKey,
              secretAccessKey: principal.secretKey,
              region: REGION,
              host: endpoint,
            },
            clock.now(),
          );
        if (!isGood) defects.push(`a login of ${user} gave no good token`);
        return isGood && known('recorder').connects(principal.functionName, user);
      },
    });
    made.cluster = cluster;
    const authority = join(stage.folder, 'rds-ca.pem');
    await writeFile(authority, cluster.authority);
    const invokeApi = await InvokeApi.start(async (arn, event) => {
      await cluster.learnNames();
      known('recorder').triggered(arn);
      return known('functions').invoke(arn, event);
    });
    stage.onEnd(() => invokeApi.close());
    const emulator = await Emulator.start(stage, { hostUrl: invokeApi.url, databaseEndpoint: cluster.endpoint });
    made.emulator = emulator;
    const recorder = new Recorder(principals, (message) => defects.push(message));
    made.recorder = recorder;
    const awsGateway = await AwsGateway.start({
      cloud: emulator.url,
      dataApi: () => cluster.dataApi.url,
      names: () => recorder.names(),
      judge: (sent, actions) => recorder.judge(sent, actions),
      judgeMissing: (sent) => recorder.judge(sent, [listingOf(sent)]),
      onDefect: (message) => defects.push(message),
    });
    stage.onEnd(() => awsGateway.close());
    const functions = new FunctionHost({
      clock,
      clientFolder: await installing,
      describe: (name) => emulator.describeFunction(name),
      unpack: (deployed) => unpackCode(deployed, emulator.url, join(stage.folder, 'code')),
      replaced: (deployed) => replacedVariables(deployed, principals, awsGateway.url, authority),
      onLine: (name, line) => {
        const printed = lines.get(name) ?? [];
        lines.set(name, printed);
        printed.push(line);
      },
      onProcess: (pid, isAlive) => {
        emulator.noteProcess(pid, isAlive).catch(() => undefined);
      },
      onInvoked: (name, { kind }) => {
        const counts = runs.get(name) ?? { answered: 0, failed: 0, crashed: 0, throttled: 0 };
        runs.set(name, counts);
        counts[kind] += 1;
      },
    });
    made.functions = functions;
    stage.onEnd(() => functions.close());
    const access = { region: REGION, credentials: { accessKeyId: 'operator', secretAccessKey: 'operator' } };
    const operator = {
      s3: new S3Client({ ...access, endpoint: emulator.url, forcePathStyle: true }),
      sqs: new SQSClient({ ...access, endpoint: emulator.url, useQueueUrlAsEndpoint: false }),
      secrets: new SecretsManagerClient({ ...access, endpoint: emulator.url }),
    };
    stage.onEnd(() => Object.values(operator).forEach((client) => void client.destroy()));
    return new EmulatedCloud({
      clock,
      emulator,
      functions,
      recorder,
      principals,
      cluster,
      awsGateway,
      operator,
      defects,
      lines,
      runs,
    });
  }

  /** A client of the queues that signs as Lambda's poller with the role of a function, through the gateway that judges it. */
  pollerClient(functionName: string): SQSClient {
    const { accessKey, secretKey } = this.principals.of('service', functionName);
    return new SQSClient({
      region: REGION,
      endpoint: this.awsGateway.url,
      useQueueUrlAsEndpoint: false,
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    });
  }

  /** From here on every call is judged at once, and those before are judged now. */
  async settle(stack: string): Promise<Deployment> {
    const deployment = await this.emulator.inventory(stack);
    this.recorder.deployed(deployment);
    return deployment;
  }
}

/** Variables that a function finds otherwise than deployed; docs/emulated-cloud.md names each. */
function replacedVariables(
  { configuration }: DeployedFunction,
  principals: Principals,
  endpoint: string,
  authority: string,
): Record<string, string> {
  const { accessKey, secretKey } = principals.of('function', configuration.FunctionName);
  const trusts = configuration.Environment?.Variables['NODE_EXTRA_CA_CERTS'] !== undefined;
  return {
    AWS_ACCESS_KEY_ID: accessKey,
    AWS_SECRET_ACCESS_KEY: secretKey,
    AWS_SESSION_TOKEN: 'faxsync-test-session',
    AWS_ENDPOINT_URL: endpoint,
    ...(trusts ? { NODE_EXTRA_CA_CERTS: authority } : {}),
  };
}
