import type { Instant } from '../domain/time.ts';
import { UNKNOWN_PORT_STATUS } from './object-oddities.ts';
import type { SeededRandom } from './random.ts';
import { Timeline } from './timeline.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 86_400_000;

/** What an order says of itself from one change to the next. */
export interface PortOrderState {
  readonly status: string;
  readonly updatedAt: Instant;
  readonly completedAt: Instant | null;
  readonly requestedFor: Instant | null;
  readonly billReceivedAt: Instant | null;
}

/** A note on a number. */
export interface PortNote {
  readonly note: string;
  readonly author: string;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/** A note with its life. */
export interface PortNotePlan {
  readonly id: string;
  readonly life: Timeline<PortNote>;
}

/** A number to be brought, with its life. */
export interface PortNumberPlan {
  readonly id: string;
  /** E.164. */
  readonly portNumber: string;
  /** Its status. */
  readonly life: Timeline<string>;
  readonly notes: PortNotePlan[];
}

/** How an order may go. `young` is slow to begin; `stuck` waits for weeks. */
export type PortScript = 'smooth' | 'asked' | 'refused' | 'mixed' | 'stuck' | 'young';

interface Step {
  /** Days after the step before, drawn between the two. */
  readonly days: readonly [number, number];
  readonly who: 'all' | 'first' | 'last' | 'others';
  readonly to: string;
  readonly note?: readonly [author: string, text: string];
}

const BILL_WANTED: Step['note'] = ['Porting desk', 'The losing carrier asks for the latest bill of the account.'];
const BILL_SENT: Step['note'] = ['Dana Whitfield', 'Bill sent, please submit again.'];
const PIN_WRONG: Step['note'] = [
  'Porting desk',
  'Refused by the losing carrier: account number or PIN does not match.',
];
const PIN_CHECKED: Step['note'] = [
  'Dana Whitfield',
  'Checked with the carrier; the account number is now the right one.',
];
const NO_ANSWER: Step['note'] = ['Porting desk', 'Closed: the information asked for did not come in time.'];
const IN_CONTRACT: Step['note'] = [
  'Porting desk',
  'The losing carrier will not release this number: line under contract.',
];
const STAYS = ['Porting desk', 'The number stays where it is; order it again once the contract has ended.'] as const;

const SCRIPTS: Readonly<Record<PortScript, readonly Step[]>> = {
  smooth: [
    { days: [0.2, 2], who: 'all', to: 'submitted' },
    { days: [5, 12], who: 'all', to: 'succeeded' },
  ],
  asked: [
    { days: [0.2, 1.5], who: 'all', to: 'submitted' },
    { days: [1, 3], who: 'first', to: 'needinfo', note: BILL_WANTED },
    { days: [2, 5], who: 'first', to: 'submitted', note: BILL_SENT },
    { days: [1, 2], who: 'first', to: 'needinfo', note: PIN_WRONG },
    { days: [1, 3], who: 'first', to: 'submitted', note: PIN_CHECKED },
    { days: [3, 6], who: 'all', to: 'succeeded' },
  ],
  refused: [
    { days: [0.2, 2], who: 'all', to: 'submitted' },
    { days: [1, 3], who: 'all', to: 'needinfo', note: BILL_WANTED },
    { days: [9, 14], who: 'all', to: 'failed', note: NO_ANSWER },
  ],
  mixed: [
    { days: [0.2, 2], who: 'all', to: 'submitted' },
    { days: [2, 4], who: 'last', to: 'needinfo', note: PIN_WRONG },
    { days: [2, 4], who: 'others', to: 'succeeded' },
    { days: [1, 2], who: 'last', to: 'submitted', note: PIN_CHECKED },
    { days: [2, 4], who: 'last', to: 'failed', note: IN_CONTRACT },
  ],
  stuck: [
    { days: [0.5, 3], who: 'all', to: 'submitted' },
    { days: [1, 4], who: 'all', to: 'needinfo', note: BILL_WANTED },
    { days: [20, 25], who: 'all', to: 'submitted', note: BILL_SENT },
    { days: [3, 7], who: 'all', to: 'succeeded' },
  ],
  young: [
    { days: [2.5, 4], who: 'all', to: 'submitted' },
    { days: [1, 3], who: 'first', to: 'needinfo', note: PIN_WRONG },
    { days: [1, 4], who: 'first', to: 'submitted', note: PIN_CHECKED },
    { days: [4, 8], who: 'all', to: 'succeeded' },
  ],
};

/** What the life of an order is drawn from. */
export interface PortLifeInput {
  readonly createdAt: Instant;
  readonly script: PortScript;
  /** 1 for lives of days and weeks; a short history has shorter ones. */
  readonly pace: number;
  /** Ids and E.164 forms. */
  readonly numbers: ReadonlyArray<{ readonly id: string; readonly portNumber: string }>;
  /** Gives the next id of a note. */
  readonly noteId: () => string;
  /** The last number ends in a status nobody knows. */
  readonly isOdd: boolean;
}

function isConcerned(who: Step['who'], index: number, count: number): boolean {
  if (who === 'all') return true;
  if (who === 'first') return index === 0;
  return (index === count - 1) === (who === 'last');
}

function isFinal(status: string): boolean {
  return status === 'succeeded' || status === 'failed';
}

/**
 * The status of an order whose numbers have these: open until one is submitted, needinfo while one waits for information, ended when all
 * have, succeeded when at least one number came.
 */
export function orderStatusOf(statuses: readonly string[]): string {
  if (statuses.every(isFinal)) return statuses.includes('succeeded') ? 'succeeded' : 'failed';
  if (statuses.includes('needinfo')) return 'needinfo';
  return statuses.every((status) => status === 'open') ? 'open' : 'submitted';
}

/** Plans the numbers of an order with their notes, step by step, and the order's own states, which follow from them. */
export function planPortLife(
  random: SeededRandom,
  input: PortLifeInput,
): { readonly numbers: PortNumberPlan[]; readonly life: Timeline<PortOrderState> } {
  const { createdAt, pace } = input;
  const numbers = input.numbers.map(
    ({ id, portNumber }): PortNumberPlan => ({ id, portNumber, life: new Timeline(createdAt, 'open'), notes: [] }),
  );
  const changes = new Set<Instant>();
  let at = createdAt;
  for (const step of SCRIPTS[input.script]) {
    const [least, most] = step.days;
    at += waited((least + random.next() * (most - least)) * DAY * pace);
    for (const [index, number] of numbers.entries()) {
      if (!isConcerned(step.who, index, numbers.length)) continue;
      const isHeld = input.isOdd && step.to === 'succeeded' && index === numbers.length - 1;
      number.life.plan(at, isHeld ? UNKNOWN_PORT_STATUS : step.to);
      changes.add(at);
      if (step.note !== undefined) addNote(number, input.noteId(), step.note, at);
      // The carrier answers number by number.
      at += waited(random.int(1, 90) * MINUTE * pace);
    }
  }
  addAfterthoughts(input, numbers, at);
  return { numbers, life: planOrderStates(createdAt, numbers, [...changes], pace) };
}

/** Whole seconds, a minute at least. */
function waited(ms: number): number {
  return Math.max(MINUTE, Math.floor(ms / SECOND) * SECOND);
}

function addNote(number: PortNumberPlan, id: string, [author, note]: readonly [string, string], at: Instant): void {
  number.notes.push({ id, life: new Timeline(at, { note, author, createdAt: at, updatedAt: at }) });
}

/** What is written or rewritten while no status changes: the order does not show that anything happened. */
function addAfterthoughts(input: PortLifeInput, numbers: readonly PortNumberPlan[], endedAt: Instant): void {
  const last = numbers.at(-1);
  if (input.script === 'mixed' && last !== undefined) {
    addNote(last, input.noteId(), STAYS, endedAt + waited(3 * DAY * input.pace));
  }
  const asked = numbers[0]?.notes[0]?.life;
  const askedAt = asked?.instants()[0];
  const note = askedAt === undefined ? null : (asked?.at(askedAt) ?? null);
  if (input.script !== 'stuck' || askedAt === undefined || note === null) return;
  const updatedAt = askedAt + waited(2 * DAY * input.pace);
  asked?.plan(updatedAt, { ...note, note: `${note.note} Reminded by telephone.`, updatedAt });
}

function planOrderStates(
  createdAt: Instant,
  numbers: readonly PortNumberPlan[],
  changes: readonly Instant[],
  pace: number,
): Timeline<PortOrderState> {
  let state: PortOrderState = {
    status: 'open',
    updatedAt: createdAt,
    completedAt: null,
    requestedFor: null,
    billReceivedAt: null,
  };
  const life = new Timeline(createdAt, state);
  for (const at of [...changes].sort((left, right) => left - right)) {
    const status = orderStatusOf(numbers.map((number) => number.life.at(at) ?? 'open'));
    const isAnswered = state.status === 'needinfo' && status === 'submitted';
    state = {
      status,
      updatedAt: at,
      completedAt: isFinal(status) ? at : null,
      requestedFor: state.requestedFor ?? at + waited(14 * DAY * pace),
      billReceivedAt: state.billReceivedAt ?? (isAnswered ? at : null),
    };
    life.plan(at, state);
  }
  return life;
}
