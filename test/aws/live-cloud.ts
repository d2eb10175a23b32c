import type { Simulator } from '../../src/simulator/simulator.ts';
import type { EmulatedCloud } from './cloud.ts';
import type { DeployResult } from './deploy.ts';
import { type DeployedFunction, type Deployment, functionNameOf } from './deployment.ts';
import { Drive } from './drive.ts';
import { HttpFront } from './host/http-front.ts';
import { QueuePoller } from './host/queue-poller.ts';
import { Scheduler } from './host/scheduler.ts';
import { Operator } from './operator.ts';
import { gatewayFault, only } from './rights/service-rights.ts';
import type { Stage } from './stage.ts';

/** Names and addresses of what was deployed, from the stack's outputs. */
export interface Addresses {
  readonly bucket: string;
  /** Of the report pages. */
  readonly reportsBucket: string;
  readonly loadsUrl: string;
  readonly deadLoadsUrl: string;
  readonly deadSchedulesUrl: string;
}

/** A deployed cloud that works: its queue is polled, its schedules fire, its API listens. */
export interface LiveCloud {
  readonly cloud: EmulatedCloud;
  readonly deployment: Deployment;
  readonly addresses: Addresses;
  readonly front: HttpFront;
  readonly scheduler: Scheduler;
  readonly poller: QueuePoller;
  readonly operator: Operator;
  readonly drive: Drive;
  /** The deployed function that does a thing, by the name of its bundle. */
  readonly functionOf: (name: string) => DeployedFunction;
}

/** The deployed function that works under a service name. @throws {Error} where there is none. */
function functionFinder({ functions }: Deployment): LiveCloud['functionOf'] {
  return (name) => {
    const found = functions.filter(
      ({ configuration }) => configuration.Environment?.Variables['POWERTOOLS_SERVICE_NAME'] === name,
    );
    return only(`functions named ${name}`, found);
  };
}

/** Brings the services of a deployment to life: what AWS runs and moto does not. */
export async function bringToLife(
  stage: Stage,
  cloud: EmulatedCloud,
  simulator: Simulator,
  deployment: Deployment,
  { outputs }: DeployResult,
): Promise<LiveCloud> {
  const { clock, functions, recorder, defects } = cloud;
  const onDefect = (message: string): void => {
    defects.push(message);
  };
  const output = (name: string): string => {
    const value = outputs[name];
    if (value === undefined) throw new Error(`The stack has no output ${name}.`);
    return value;
  };
  const operator = new Operator(cloud.operator);
  const functionOf = functionFinder(deployment);
  const api = only('HTTP APIs', deployment.apis);
  const front = await HttpFront.start({
    api,
    functions,
    clock,
    judge: (functionArn, routeKey) => {
      const fault = gatewayFault(deployment, api.id, functionArn, routeKey);
      if (fault !== null) recorder.refusals.push(fault);
      return fault;
    },
  });
  stage.onEnd(() => front.close());
  const scheduler = new Scheduler({
    schedules: deployment.schedules,
    functions,
    clock,
    describe: async (name) =>
      only(
        name,
        deployment.functions.filter((each) => each.configuration.FunctionName === name),
      ),
    judge: ({ Target }) => {
      const refusal = recorder.verdicts.ofRole(Target.RoleArn, {
        action: 'lambda:InvokeFunction',
        resource: Target.Arn,
      });
      if (refusal !== null) recorder.refusals.push(`EventBridge Scheduler may not start ${Target.Arn}: ${refusal}`);
      return refusal;
    },
    bury: ({ Target }) => operator.send(output('DeadSchedulesUrl'), Target.Input ?? '{}'),
    onDefect,
  });
  const mapping = only('event source mappings', deployment.mappings);
  const queue = only(
    'queues that feed a function',
    deployment.queues.filter(({ attributes }) => attributes['QueueArn'] === mapping.EventSourceArn),
  );
  const sqs = cloud.pollerClient(functionNameOf(mapping.FunctionArn));
  stage.onEnd(() => sqs.destroy());
  const poller = new QueuePoller({ mapping, queueUrl: queue.url, sqs, functions, clock, onDefect });
  poller.start();
  stage.onEnd(async () => {
    // A run that hangs would be waited for.
    await functions.close();
    await poller.stop();
  });
  const drive = new Drive({
    cloud,
    simulator,
    scheduler,
    poller,
    visibilitySeconds: Number(queue.attributes['VisibilityTimeout']),
    signal: stage.signal,
  });
  return {
    cloud,
    deployment,
    addresses: {
      bucket: output('LandingBucket'),
      reportsBucket: output('ReportsUrl').replace('s3://', ''),
      loadsUrl: output('LoadsUrl'),
      deadLoadsUrl: output('DeadLettersUrl'),
      deadSchedulesUrl: output('DeadSchedulesUrl'),
    },
    front,
    scheduler,
    poller,
    operator,
    drive,
    functionOf,
  };
}
