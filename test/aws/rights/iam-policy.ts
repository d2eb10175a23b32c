import { listOf, type PolicyDocument, type PolicyStatement } from '../deployment.ts';

/** One thing somebody wants to do. */
export interface AccessRequest {
  readonly action: string;
  readonly resource: string;
  /** Condition keys with their values; names as AWS writes them. */
  readonly context: Readonly<Record<string, string>>;
  /** Who asks, for policies of resources: an ARN, or the name of a service. */
  readonly principal?: string;
}

/** What policies say to a request. */
export interface Decision {
  readonly verdict: 'allowed' | 'denied' | 'not allowed';
  /** The statements that decided it. */
  readonly statements: readonly PolicyStatement[];
}

/** Whether a text fits a pattern of a policy: `*` stands for any characters, `?` for one. */
export function fits(pattern: string, text: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 's').test(text);
}

type Test = (actual: string, wanted: string) => boolean;

/** The kinds of conditions that occur; any other is an error, since a condition passed over would allow too much. */
const TESTS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['StringEquals', (actual, wanted) => actual === wanted],
  ['StringLike', (actual, wanted) => fits(wanted, actual)],
  ['ArnEquals', (actual, wanted) => fits(wanted, actual)],
  ['ArnLike', (actual, wanted) => fits(wanted, actual)],
  ['Bool', (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase()],
  ['NumericLessThan', (actual, wanted) => Number(actual) < Number(wanted)],
]);

/** Kinds that hold when none of the values fits. */
const NEGATED: ReadonlyMap<string, string> = new Map([
  ['StringNotEquals', 'StringEquals'],
  ['StringNotLike', 'StringLike'],
  ['ArnNotLike', 'ArnLike'],
  ['ArnNotEquals', 'ArnEquals'],
]);

/** Whether one condition holds. A key that is missing fails a positive kind and holds a negated one, as with AWS. */
function holds(kind: string, key: string, wanted: readonly string[], context: AccessRequest['context']): boolean {
  const isOptional = kind.endsWith('IfExists');
  const plain = isOptional ? kind.slice(0, -'IfExists'.length) : kind;
  const actual = Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
  if (plain === 'Null') return wanted.every((value) => (value === 'true') === (actual === undefined));
  const negated = NEGATED.get(plain);
  const test = TESTS.get(negated ?? plain);
  if (test === undefined) throw new Error(`Conditions of kind ${kind} are not understood by the test's evaluator.`);
  if (actual === undefined) return isOptional || negated !== undefined;
  const isMet = wanted.some((value) => test(actual, value));
  return negated === undefined ? isMet : !isMet;
}

function names(patterns: readonly string[], text: string, isCaseless: boolean): boolean {
  return patterns.some((pattern) =>
    isCaseless ? fits(pattern.toLowerCase(), text.toLowerCase()) : fits(pattern, text),
  );
}

/** Whether a statement speaks of a request's principal; only policies of resources name any. */
function namesPrincipal({ Principal }: PolicyStatement, principal: string | undefined): boolean {
  if (Principal === undefined || Principal === '*') return true;
  const all = Object.values(Principal).flatMap((value) => [...listOf(value)]);
  if (all.includes('*')) return true;
  if (principal === undefined) return false;
  const [, , , , account] = principal.split(':');
  const root = account === undefined ? null : `arn:aws:iam::${account}:root`;
  return all.some((each) => each === principal || each === root || each === account);
}

/** Whether a statement speaks of a request at all. */
export function concerns(statement: PolicyStatement, request: AccessRequest): boolean {
  const { Action, NotAction, Resource, NotResource, Condition = {} } = statement;
  const isAction =
    NotAction === undefined
      ? names(listOf(Action), request.action, true)
      : !names(listOf(NotAction), request.action, true);
  const isResource =
    NotResource === undefined
      ? Resource === undefined || names(listOf(Resource), request.resource, false)
      : !names(listOf(NotResource), request.resource, false);
  return (
    isAction &&
    isResource &&
    namesPrincipal(statement, request.principal) &&
    Object.entries(Condition).every(([kind, keys]) =>
      Object.entries(keys).every(([key, values]) =>
        holds(kind, key, listOf(values as string | boolean | readonly string[]).map(String), request.context),
      ),
    )
  );
}

/** What a set of policies says: a denial wins over everything, and without a permission nothing is allowed. */
export function decide(policies: readonly PolicyDocument[], request: AccessRequest): Decision {
  const spoken = policies
    .flatMap(({ Statement }) => [...listOf(Statement)])
    .filter((statement) => concerns(statement, request));
  const denials = spoken.filter(({ Effect }) => Effect === 'Deny');
  if (denials.length > 0) return { verdict: 'denied', statements: denials };
  const grants = spoken.filter(({ Effect }) => Effect === 'Allow');
  return { verdict: grants.length > 0 ? 'allowed' : 'not allowed', statements: grants };
}
