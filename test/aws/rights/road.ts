import type { DeployedFunction, Deployment, PolicyDocument } from '../deployment.ts';
import type { NamedAction } from './actions.ts';
import { decide } from './iam-policy.ts';

/**
 * Whether a request of a function gets to its service: outside of the VPC every one does, inside only those that a gateway endpoint takes,
 * and only as far as the endpoint's policy allows. Null when it does, else why not.
 */
export function roadblock(
  { configuration }: DeployedFunction,
  service: string,
  { action, resource }: NamedAction,
  deployment: Deployment,
  account: string,
): string | null {
  if ((configuration.VpcConfig?.SubnetIds ?? []).length === 0) return null;
  const endpoint = deployment.endpoints.find(({ ServiceName }) => ServiceName.endsWith(`.${service}`));
  if (endpoint === undefined) return `there is no way from its subnets to ${service}`;
  if (endpoint.PolicyDocument === undefined) return null;
  const policy = JSON.parse(endpoint.PolicyDocument) as PolicyDocument;
  const { verdict } = decide([policy], {
    action,
    resource,
    principal: configuration.Role,
    context: { 'aws:PrincipalAccount': account, 'aws:ResourceAccount': account },
  });
  return verdict === 'allowed' ? null : `the policy of its endpoint for ${service} does not allow it`;
}
