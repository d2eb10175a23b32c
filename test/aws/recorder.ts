import type { DeployedFunction, Deployment } from './deployment.ts';
import { functionNameOf } from './deployment.ts';
import type { SignedRequest } from './host/aws-gateway.ts';
import type { Principals } from './principals.ts';
import type { NamedAction, Names } from './rights/actions.ts';
import { ACCOUNT, Judge, REGION } from './rights/judge.ts';

interface EarlyCall {
  readonly functionName: string;
  readonly service: string;
  readonly actions: readonly NamedAction[];
}

/**
 * Knows who calls what. While a deployment runs it only remembers, since the policies are still being made; from then on every call is judged
 * before it is passed on.
 */
export class Recorder {
  readonly #principals: Principals;
  readonly #onDefect: (message: string) => void;
  readonly #early: EarlyCall[] = [];
  readonly #earlyTriggers: string[] = [];
  #deployment: Deployment | null = null;
  #judge: Judge | null = null;
  /** What was refused, in words. */
  readonly refusals: string[] = [];

  constructor(principals: Principals, onDefect: (message: string) => void) {
    this.#principals = principals;
    this.#onDefect = onDefect;
  }

  /** The judge of the deployment. @throws {Error} before there is one. */
  get verdicts(): Judge {
    if (this.#judge === null) throw new Error('Nothing is deployed yet.');
    return this.#judge;
  }

  /** Takes the finished deployment and judges what was called while it was made. */
  deployed(deployment: Deployment): void {
    this.#deployment = deployment;
    this.#judge = new Judge(deployment);
    for (const { functionName, service, actions } of this.#early.splice(0))
      this.#ofFunction(functionName, service, actions);
    for (const arn of this.#earlyTriggers.splice(0)) this.triggered(arn);
  }

  /** Names of what is deployed, as requests write them. */
  names(): Names {
    const deployment = this.#deployment;
    return {
      tableArn: (name) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`,
      secretArn: (id) => deployment?.secrets.find(({ ARN, Name }) => ARN === id || Name === id)?.ARN ?? id,
      queueArn: (url) =>
        deployment?.queues.find((queue) => queue.url === url)?.attributes['QueueArn'] ??
        `arn:aws:sqs:${REGION}:${ACCOUNT}:${url.split('/').at(-1)}`,
    };
  }

  /** Judges a request to a service; null lets it pass. */
  judge({ accessKey, service }: SignedRequest, actions: readonly NamedAction[]): string | null {
    const principal = this.#principals.byKey(accessKey);
    if (principal === null) {
      this.#onDefect(`a request to ${service} was signed with a key nobody was given`);
      return 'unknown key';
    }
    const { kind, functionName } = principal;
    if (this.#judge === null) {
      this.#early.push({ functionName, service, actions });
      return null;
    }
    if (kind === 'function') return this.#ofFunction(functionName, service, actions);
    const { Role } = this.#describe(functionName).configuration;
    for (const named of actions) {
      const refusal = this.#judge.ofRole(Role, named);
      if (refusal !== null) return this.#refused(`${functionName} (Lambda's poller): ${named.action}: ${refusal}`);
    }
    return null;
  }

  /** Whether a function may log in at the database as this user; `rds-db:connect` is asked nowhere else. */
  connects(functionName: string, user: string): boolean {
    const resourceOf = (deployment: Deployment): string =>
      `arn:aws:rds-db:${REGION}:${ACCOUNT}:dbuser:${deployment.clusters[0]?.DbClusterResourceId}/${user}`;
    if (this.#judge === null || this.#deployment === null) {
      this.#early.push({
        functionName,
        service: 'rds',
        // The cluster's name is put in once it is known.
        actions: [{ action: 'rds-db:connect', resource: user }],
      });
      return true;
    }
    const named = { action: 'rds-db:connect', resource: resourceOf(this.#deployment) };
    const refusal = this.#judge.ofRole(this.#describe(functionName).configuration.Role, named);
    if (refusal !== null) this.#refused(`${functionName}: ${named.action} as ${user}: ${refusal}`);
    return refusal === null;
  }

  /** A deployment's trigger ran a function: with the right of the trigger's own role. */
  triggered(functionArn: string): void {
    if (this.#judge === null || this.#deployment === null) {
      this.#earlyTriggers.push(functionArn);
      return;
    }
    const provider = this.#deployment.functions.find(({ configuration }) =>
      configuration.FunctionName.includes('TriggerCustomResource'),
    );
    if (provider === undefined) return;
    const named = { action: 'lambda:InvokeFunction', resource: functionArn };
    const refusal = this.#judge.ofRole(provider.configuration.Role, named);
    if (refusal !== null) this.#refused(`the deployment's trigger: ${named.action} on ${functionArn}: ${refusal}`);
  }

  /** The deployed function of a name. @throws {Error} where there is none. */
  #describe(name: string): DeployedFunction {
    const found = this.#deployment?.functions.find(
      ({ configuration }) => configuration.FunctionName === functionNameOf(name),
    );
    if (found === undefined) throw new Error(`Function ${name} is not deployed.`);
    return found;
  }

  #ofFunction(functionName: string, service: string, actions: readonly NamedAction[]): string | null {
    const [first] = actions;
    if (first?.action === 'rds-db:connect') {
      this.connects(functionName, first.resource);
      return null;
    }
    const refusal = this.verdicts.ofFunction(this.#describe(functionName), service, actions);
    return refusal === null ? null : this.#refused(refusal);
  }

  #refused(refusal: string): string {
    if (!this.refusals.includes(refusal)) this.refusals.push(refusal);
    return refusal;
  }
}
