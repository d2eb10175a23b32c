import type { Instant } from '../../src/domain/time.ts';
import type { PlantedError } from '../../src/simulator/billing-options.ts';
import { CENTRAL_ZONE } from '../../src/simulator/central-time.ts';
import { dayIn } from '../../src/simulator/months.ts';
import type { World } from '../../src/simulator/world.ts';

/** What a check says of one row: an item that stands. */
export interface Found {
  readonly check: string;
  /** Month of the run, `YYYY-MM`. */
  readonly period: string;
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly severity: string;
  readonly reason: string;
  readonly cents: number;
  readonly owedCents: number;
  /** The two sides, null where not known. */
  readonly actual: number | null;
  readonly expected: number | null;
}

/** One planted error with how the reconciliation did on it. */
export interface Verdict {
  readonly planted: PlantedError;
  readonly outcome: 'found' | 'missed' | 'wrong';
  /** What was said of its row by the right check where that is wrong. */
  readonly said: readonly Found[];
}

/** How the items of one seed compare with what its world did. */
export interface Judgement {
  readonly verdicts: readonly Verdict[];
  readonly falseAlarms: readonly Found[];
}

/** Holds what was found against what was planted: right check, right row, right month, right cents, and nothing else. */
export function judgeFindings(
  found: readonly Found[],
  planted: readonly PlantedError[],
  world: World,
  at: Instant,
): Judgement {
  const left = new Set(found.filter((one) => !isTrueEvent(one, world, at)));
  const verdicts = planted.map((error): Verdict => {
    const said = found.filter(
      (one) => one.check === error.check && one.subjectKind === error.subjectKind && one.subjectId === error.subjectId,
    );
    for (const one of said) left.delete(one);
    const isRight =
      said.length === 1 &&
      said.every(
        ({ period, cents, owedCents }) =>
          period === error.period && cents === error.cents && owedCents === error.owedCents,
      );
    return { planted: error, outcome: isRight ? 'found' : said.length === 0 ? 'missed' : 'wrong', said };
  });
  return { verdicts, falseAlarms: [...left] };
}

/** What an honest provider does too and a person should see: the rent of a number changed. */
function isTrueEvent({ check, subjectKind, subjectId }: Found, world: World, at: Instant): boolean {
  if (check !== 'C15' || subjectKind !== 'number') return false;
  const [phoneNumber] = subjectId.split('@');
  const number = world.numbers.find((plan) => plan.phoneNumber === phoneNumber);
  return number?.costs.slice(1).some((cost) => cost.at <= at) ?? false;
}

/**
 * What is said before all can be known, less what is true by then: errors that were made, and a counter that lost a fax which has vanished
 * since, where no look has missed the fax yet.
 */
export function earlyAlarms(
  found: readonly Found[],
  planted: readonly PlantedError[],
  world: World,
  at: Instant,
): Found[] {
  const lost = new Set(
    planted.flatMap(({ kind, subjectId }) => {
      const plan = kind === 'vanished_fax' ? world.plans().find(({ id }) => id === subjectId) : undefined;
      return plan === undefined ? [] : [`${dayIn(plan.createdAt, CENTRAL_ZONE)} ${plan.direction}`];
    }),
  );
  const { falseAlarms } = judgeFindings(found, planted, world, at);
  return falseAlarms.filter(({ check, subjectId }) => check !== 'C2' || !lost.has(subjectId));
}
