import { DAY_MS, HOUR_MS, zoneOffsetMs } from '../../../src/domain/time.ts';
import type { CloudClock } from '../cloud-clock.ts';
import { type DeployedFunction, type DeployedSchedule, functionNameOf } from '../deployment.ts';
import type { FunctionHost, InvocationResult } from './function-host.ts';

const UNITS_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * When a schedule is due next after an instant. One with a rate is due at once when it is made; `after` is its last start then.
 * @throws {Error} for an expression that is neither a rate nor an hour of every day: the emulated scheduler knows no other.
 */
export function nextStart(
  { ScheduleExpression, ScheduleExpressionTimezone = 'UTC' }: DeployedSchedule,
  after: number,
): number {
  const [, count = '', unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(ScheduleExpression) ?? [];
  const unitMs = UNITS_MS[unit];
  if (unitMs !== undefined) return after + Number(count) * unitMs;
  const hour = /^cron\(0 (\d+) \* \* \? \*\)$/.exec(ScheduleExpression)?.[1];
  if (hour === undefined) throw new Error(`The emulated scheduler knows no ${ScheduleExpression}.`);
  const localDay = Math.floor((after + zoneOffsetMs(after, ScheduleExpressionTimezone)) / DAY_MS) * DAY_MS;
  for (let day = localDay; ; day += DAY_MS) {
    const local = day + Number(hour) * HOUR_MS;
    const at =
      local - zoneOffsetMs(local - zoneOffsetMs(local, ScheduleExpressionTimezone), ScheduleExpressionTimezone);
    if (at > after) return at;
  }
}

/** Whether a schedule waits for its hour, in place of starting when it is made. */
function hasHour({ ScheduleExpression }: DeployedSchedule): boolean {
  return ScheduleExpression.startsWith('cron(');
}

/** What a scheduler is made of. */
export interface SchedulerOptions {
  readonly schedules: readonly DeployedSchedule[];
  readonly functions: FunctionHost;
  readonly clock: CloudClock;
  readonly describe: (name: string) => Promise<DeployedFunction>;
  /** Whether the schedule's role may start its target; null or why not. */
  readonly judge: (schedule: DeployedSchedule) => string | null;
  /** Takes a start that could not be delivered. */
  readonly bury: (schedule: DeployedSchedule) => Promise<void>;
  readonly onDefect: (message: string) => void;
}

/**
 * Fires the deployed schedules by the cloud's clock, through Lambda's queue for asynchronous invocations: a failed run is repeated as often
 * as the deployment says. Where the clock was moved over several starts of a schedule it is fired once, not once for each.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #nextAt = new Map<DeployedSchedule, number>();
  readonly #running = new Set<Promise<void>>();
  /** Starts by group, with those that were passed over since the clock was moved. */
  readonly counts = new Map<string, { fired: number; merged: number; failed: number; repeated: number }>();

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const now = options.clock.now();
    for (const schedule of options.schedules) {
      this.#nextAt.set(schedule, hasHour(schedule) ? nextStart(schedule, now) : now);
    }
  }

  /** Starts under way. */
  get busy(): number {
    return this.#running.size;
  }

  /**
   * Starts everything that is due; runs go on after it answers. Schedules of one function start one after another, as those do that the service
   * spreads over a minute; `isAtOnce` starts them in the same instant.
   */
  fireDue(isAtOnce = false): void {
    const now = this.#options.clock.now();
    const turns = new Map<string, Promise<void>>();
    for (const [schedule, nextAt] of this.#nextAt) {
      if (schedule.State !== 'ENABLED' || nextAt > now) continue;
      let missed = 0;
      let next = nextStart(schedule, nextAt);
      for (; next <= now; next = nextStart(schedule, next)) missed += 1;
      this.#nextAt.set(schedule, next);
      this.#countsOf(schedule).merged += missed;
      const before = isAtOnce ? Promise.resolve() : (turns.get(schedule.Target.Arn) ?? Promise.resolve());
      turns.set(schedule.Target.Arn, this.fire(schedule, before));
    }
  }

  /** Starts one schedule, whether it is due or not, and answers once its run has ended. */
  fire(schedule: DeployedSchedule, after: Promise<void> = Promise.resolve()): Promise<void> {
    this.#countsOf(schedule).fired += 1;
    const run: Promise<void> = after
      .then(() => this.#deliver(schedule))
      .catch((error: unknown) => this.#options.onDefect(`schedule ${schedule.GroupName}: ${error}`))
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
    return run;
  }

  /** Waits for every run under way. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** The schedule of a group. @throws {Error} where there is none. */
  scheduleOf(group: string): DeployedSchedule {
    const found = this.#options.schedules.find(({ GroupName }) => GroupName === group);
    if (found === undefined) throw new Error(`No schedule is deployed in group ${group}.`);
    return found;
  }

  async #deliver(schedule: DeployedSchedule): Promise<void> {
    const { functions, describe, judge, bury } = this.#options;
    const refusal = judge(schedule);
    if (refusal !== null) return bury(schedule);
    const { asynchronous } = await describe(functionNameOf(schedule.Target.Arn));
    const repeats = asynchronous.MaximumRetryAttempts ?? 2;
    for (let attempt = 0; ; attempt++) {
      const end: InvocationResult = await functions.invoke(schedule.Target.Arn, schedule.Target.Input ?? '{}');
      if (end.kind === 'answered') return;
      if (attempt === repeats) {
        this.#countsOf(schedule).failed += 1;
        return;
      }
      this.#countsOf(schedule).repeated += 1;
    }
  }

  #countsOf({ GroupName }: DeployedSchedule): { fired: number; merged: number; failed: number; repeated: number } {
    const counts = this.counts.get(GroupName) ?? { fired: 0, merged: 0, failed: 0, repeated: 0 };
    this.counts.set(GroupName, counts);
    return counts;
  }
}
