import { type Deployment, listOf } from '../deployment.ts';
import { fits } from './iam-policy.ts';
import type { Judge } from './judge.ts';

/** Why a right is given although no run of this test uses it. */
export interface GrantReason {
  readonly action: RegExp;
  /** Name of the role it may be in, as its logical name shows; any when left out. */
  readonly role?: RegExp;
  readonly reason: string;
}

/** Every right that stays unused in a full run, with its reason. One that is used all the same is reported as well. */
export const GRANT_REASONS: readonly GrantReason[] = [
  {
    action: /^ec2:/,
    reason: 'Lambda itself gives a function its address in the VPC; there is no VPC here',
  },
  {
    action: /^kms:(DescribeKey|Encrypt|GenerateDataKey)$/,
    reason:
      "DynamoDB's own documentation asks for it of whoever uses a table under a key of the customer; when it does so is its affair",
  },
  {
    action: /^sqs:SendMessage$/,
    role: /Schedules/,
    reason: 'Scheduler puts a start that it could not deliver among the dead ones; every start is delivered here',
  },
  {
    action: /^logs:/,
    role: /TriggerCustomResource/,
    reason: "the policy that CDK's trigger brings along; its function is deployed and not run here",
  },
  {
    action: /^logs:/,
    role: /Network/,
    reason: 'VPC flow logs are written by the network; there is none here',
  },
];

/** A right that was given and not used, or a reason that is not needed any more. */
export interface GrantFindings {
  readonly grants: number;
  readonly used: number;
  readonly explained: number;
  /** Without use and without reason. */
  readonly unexplained: readonly string[];
}

/** Holds every granted pair of action and resource of the stack's own roles against what was done. */
export function findUnusedGrants(deployment: Deployment, judge: Judge, roleNames: readonly string[]): GrantFindings {
  const unexplained: string[] = [];
  let grants = 0;
  let used = 0;
  let explained = 0;
  for (const { name, arn, policies } of deployment.roles.filter((role) => roleNames.includes(role.name))) {
    for (const statement of policies.flatMap(({ Statement }) => [...listOf(Statement)])) {
      if (statement.Effect !== 'Allow') continue;
      for (const action of listOf(statement.Action)) {
        for (const resource of listOf(statement.Resource)) {
          grants += 1;
          const isUsed = judge.done.some(
            (done) =>
              done.role === arn &&
              done.statements.includes(statement) &&
              fits(action.toLowerCase(), done.action.toLowerCase()) &&
              fits(resource, done.resource),
          );
          const isExplained = GRANT_REASONS.some((each) => each.action.test(action) && each.role?.test(name) !== false);
          if (isUsed) used += 1;
          else if (isExplained) explained += 1;
          else unexplained.push(`${name}: ${action} on ${resource}`);
        }
      }
    }
  }
  return { grants, used, explained, unexplained };
}
