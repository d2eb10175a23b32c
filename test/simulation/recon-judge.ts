import { DAY_MS, type Instant, toIso } from '../../src/domain/time.ts';
import type { PlantedError } from '../../src/simulator/billing-options.ts';
import { CENTRAL_ZONE } from '../../src/simulator/central-time.ts';
import { dayIn } from '../../src/simulator/months.ts';
import { stateAt } from '../../src/simulator/plan.ts';
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

/** The world that is looked at, the instant, and the zone of the bill. */
export interface Scene {
  readonly world: World;
  readonly at: Instant;
  readonly zone: string;
}

/** Holds what was found against what was planted: right check, right row, right month, right cents, and nothing else. */
export function judgeFindings(
  found: readonly Found[],
  planted: readonly PlantedError[],
  { world, at, zone }: Scene,
): Judgement {
  const left = new Set(found.filter((one) => !isTrueEvent(one, world, at, zone)));
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

/** What an honest provider does too and a person should see: the rent of a number changed, a day is unlike its weekday. */
function isTrueEvent(found: Found, world: World, at: Instant, zone: string): boolean {
  if (found.check === 'C22') return isUnusualDay(found, world, at, zone);
  if (found.check !== 'C15' || found.subjectKind !== 'number') return false;
  const [phoneNumber] = found.subjectId.split('@');
  const number = world.numbers.find((plan) => plan.phoneNumber === phoneNumber);
  return number?.costs.slice(1).some((cost) => cost.at <= at) ?? false;
}

/** How far a day's figure may lie from the world's: of its costs some credits may not have been seen yet. */
const UNSEEN_SHARE = 0.15;

/** Whether the world's own day has the figure that is told of it, and half the days of its weekday before are far from that. */
function isUnusualDay({ subjectId, actual }: Found, world: World, at: Instant, zone: string): boolean {
  const [day = '', measure] = subjectId.split(' ');
  const weekday = new Date(day).getUTCDay();
  const figures = new Map<string, number>();
  for (let instant = world.options.firstDay; instant <= Date.parse(day) + 2 * DAY_MS; instant += DAY_MS / 4) {
    figures.set(dayIn(instant, zone), 0);
  }
  for (const plan of world.plans()) {
    const key = dayIn(plan.createdAt, zone);
    if (plan.isTest || plan.createdAt > at || !figures.has(key)) continue;
    const { status, costCents } = stateAt(plan, at);
    const more = measure === 'cost' ? costCents : measure === 'count' || status === 'failure' ? 1 : 0;
    figures.set(key, (figures.get(key) ?? 0) + more);
  }
  const others = [...figures].flatMap(([key, value]) =>
    key < day && new Date(key).getUTCDay() === weekday ? [value] : [],
  );
  const told = actual ?? 0;
  const far = others.filter((value) => Math.abs(value - told) >= Math.max(value, told) / 3);
  const isOurs = Math.abs((figures.get(day) ?? Number.NaN) - told) <= (measure === 'cost' ? told * UNSEEN_SHARE : 0);
  return isOurs && far.length >= others.length / 2;
}

/** Scene of a look on the way, with every instant at which the account was looked at by then, in order. */
export type EarlyScene = Scene & { readonly looks: readonly Instant[] };

/**
 * What is said before all can be known, less what is true by then: errors that were made, and as long as no look has shown them on the fax
 * itself the counter of the day at whose end a fax has vanished, and the balance that a late change has moved.
 */
export function earlyAlarms(found: readonly Found[], planted: readonly PlantedError[], scene: EarlyScene): Found[] {
  const { world, zone, looks } = scene;
  const plans = new Map(world.plans().map((plan) => [plan.id, plan]));
  const lossy = new Set(
    planted.flatMap(({ kind, subjectId, since }) => {
      const plan = kind === 'vanished_fax' ? plans.get(subjectId) : undefined;
      const day = plan === undefined ? null : dayOfLoss(since, looks);
      return day === null ? [] : [`${day} ${plan?.direction}`];
    }),
  );
  const alarms = judgeFindings(found, planted, scene).falseAlarms;
  const moved = planted.flatMap(({ kind, since }) => (kind === 'late_change' ? [dayIn(since, zone)] : [])).sort()[0];
  // All costs change at one instant, so the balance leaves the books once: that day, or when the doubt about other credits is settled.
  const [firstMoved] = alarms
    .filter(({ check, subjectId }) => check === 'C17' && moved !== undefined && subjectId >= moved)
    .sort((left, right) => (left.subjectId < right.subjectId ? -1 : 1));
  return alarms.filter((one) => one !== firstMoved && !(one.check === 'C2' && lossy.has(one.subjectId)));
}

/** The day whose counter lacks a fax that vanished: the last one that was over at the first look without it. Null before that look. */
function dayOfLoss(since: Instant, looks: readonly Instant[]): string | null {
  const look = looks.find((one) => one >= since);
  return look === undefined ? null : toIso(Date.parse(dayIn(look, CENTRAL_ZONE)) - DAY_MS).slice(0, 10);
}
