import type { Template } from 'aws-cdk-lib/assertions';

/** What a template says of one resource. */
export type Properties = Readonly<Record<string, unknown>>;

/** One resource of a template. */
export interface Resource {
  readonly Properties: Properties;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** Resources of a type by their logical ids. */
export function resources(among: Template, type: string): ReadonlyMap<string, Resource> {
  return new Map(Object.entries(among.findResources(type) as Record<string, Resource>));
}

/** One statement of a policy. */
export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** One or several as several. */
export function asList<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** What a function's own role may do, by the name of the function. */
export function grants(among: Template): ReadonlyMap<string, readonly Statement[]> {
  const found = new Map<string, readonly Statement[]>();
  for (const { Properties: properties } of resources(among, 'AWS::Lambda::Function').values()) {
    const name = nameOf(properties);
    if (name === null) continue;
    const role = JSON.stringify(properties['Role']);
    const statements = [...resources(among, 'AWS::IAM::Policy').values()]
      .filter(({ Properties: policy }) => {
        const [only, ...others] = policy['Roles'] as readonly { Ref: string }[];
        return others.length === 0 && role.includes(`"${only?.Ref}"`);
      })
      .flatMap(({ Properties: policy }) => (policy['PolicyDocument'] as { Statement: Statement[] }).Statement);
    found.set(name, statements);
  }
  return found;
}

/** The function's name in faxsync; null for one that CDK brought. */
export function nameOf(properties: Properties): string | null {
  const environment = properties['Environment'] as { Variables?: Record<string, string> } | undefined;
  return environment?.Variables?.['POWERTOOLS_SERVICE_NAME'] ?? null;
}

/** Everything a function may do, but for what a second statement takes back. */
export function allowed(statements: readonly Statement[]): readonly Statement[] {
  return statements.filter(({ Effect }) => Effect === 'Allow');
}

/** Names of all actions that are allowed, each once, in order. */
export function actionsOf(statements: readonly Statement[]): readonly string[] {
  return [...new Set(allowed(statements).flatMap(({ Action }) => asList(Action)))].sort();
}

/** Functions in the network, and outside of it. */
export function functionsBy(among: Template, isInside: boolean): string[] {
  return [...resources(among, 'AWS::Lambda::Function').values()]
    .filter(({ Properties: properties }) => 'VpcConfig' in properties === isInside)
    .flatMap(({ Properties: properties }) => nameOf(properties) ?? [])
    .sort();
}
