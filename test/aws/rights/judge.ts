import { type DeployedFunction, type Deployment, functionNameOf, type PolicyStatement } from '../deployment.ts';
import type { NamedAction } from './actions.ts';
import { decide } from './iam-policy.ts';
import { keyUsesOf } from './key-use.ts';
import { roadblock } from './road.ts';

/** The one account and region of the emulated cloud. */
export const ACCOUNT = '123456789012';
/** @see {@link ACCOUNT} */
export const REGION = 'us-east-1';

/** Something that was done and judged. */
export interface JudgedAction extends NamedAction {
  /** ARN of the role. */
  readonly role: string;
  /** Why it was not allowed; null when it was. */
  readonly refusal: string | null;
  readonly statements: readonly PolicyStatement[];
}

/**
 * Judges every call by the policies that were deployed, and keeps what was done. moto allows everybody everything.
 */
export class Judge {
  readonly #deployment: Deployment;
  readonly #done = new Map<string, JudgedAction>();

  constructor(deployment: Deployment) {
    this.#deployment = deployment;
  }

  /** What was done, each action once a role and resource; objects of a bucket count as one. */
  get done(): readonly JudgedAction[] {
    return [...this.#done.values()];
  }

  /** Judges what the code of a function does, with what the services do in its name. Answers the first refusal, or null. */
  ofFunction(deployed: DeployedFunction, service: string, actions: readonly NamedAction[]): string | null {
    const { Role, FunctionArn } = deployed.configuration;
    for (const named of actions) {
      const blocked = roadblock(deployed, service, named, this.#deployment, ACCOUNT);
      const refusal = blocked ?? this.ofRole(Role, named, { 'lambda:SourceFunctionArn': FunctionArn });
      if (blocked !== null) this.#note({ ...named, role: Role, refusal: blocked, statements: [] });
      if (refusal !== null) return `${functionNameOf(FunctionArn)}: ${named.action} on ${named.resource}: ${refusal}`;
    }
    return null;
  }

  /** Judges what a role does. Answers why it may not, or null. */
  ofRole(role: string, named: NamedAction, context: Readonly<Record<string, string>> = {}): string | null {
    const own = this.#ofPolicies(role, named, context);
    if (own !== null) return own;
    for (const use of keyUsesOf(named, this.#deployment, REGION)) {
      const refusal = this.ofKey(role, use, { ...context, 'kms:ViaService': use.via, 'kms:CallerAccount': ACCOUNT });
      if (refusal !== null) return `${use.action} by ${use.via}: ${refusal}`;
    }
    return null;
  }

  /** Judges a use of a key: its policy must let the account's own policies decide, or name the role. */
  ofKey(role: string, named: NamedAction, context: Readonly<Record<string, string>>): string | null {
    const key = this.#deployment.keys.find(({ arn }) => arn === named.resource);
    const { verdict } = decide(key === undefined ? [] : [key.policy], { ...named, principal: role, context });
    if (verdict !== 'allowed') return `the policy of the key: ${verdict}`;
    return this.#ofPolicies(role, named, context);
  }

  #ofPolicies(role: string, named: NamedAction, context: Readonly<Record<string, string>>): string | null {
    const policies = this.#deployment.roles.find(({ arn }) => arn === role)?.policies ?? [];
    const { verdict, statements } = decide(policies, {
      ...named,
      context: { 'aws:PrincipalAccount': ACCOUNT, 'aws:SecureTransport': 'true', ...context },
    });
    const refusal = verdict === 'allowed' ? null : `the policies of its role: ${verdict}`;
    this.#note({ ...named, role, refusal, statements });
    return refusal;
  }

  #note(done: JudgedAction): void {
    const place = done.resource.replace(/^(arn:aws:s3:::[^/]+\/).*$/, '$1*');
    const key = `${done.role} ${done.action} ${place} ${done.refusal ?? ''} ${done.statements.map((each) => JSON.stringify(each)).join()}`;
    if (!this.#done.has(key)) this.#done.set(key, done);
  }
}
