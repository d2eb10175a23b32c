import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import type { Clock } from '../src/domain/clock.ts';
import { type Metrics, NO_METRICS } from '../src/domain/metrics.ts';
import { HOUR_MS } from '../src/domain/time.ts';
import { type AnnounceResult, announceUnloaded } from '../src/pipeline/announce.ts';
import { auditLanded, auditSince, auditWhole } from '../src/pipeline/audit.ts';
import { type AuditDeps, auditDeps } from '../src/runtime/audit-deps.ts';
import { atEdge } from '../src/runtime/function-edge.ts';
import { parseEvent } from '../src/runtime/function-event.ts';
import { functionTools } from '../src/runtime/function-tools.ts';
import type { FunctionLog } from '../src/runtime/logger.ts';
import { RuntimeSource } from '../src/runtime/runtime-source.ts';
import { warehouseRuntime } from '../src/runtime/warehouse-runtime.ts';

/** Time kept back at the end of an invocation, for the statement or the request that is under way. */
export const AUDIT_RESERVE_MS = 15_000;

/** How often an object is announced again before it is given up: by then it is in the dead-letter queue. */
export const ANNOUNCED_TIMES_MAX = 3;

/** The most objects announced by one run, so that a loader that comes back is not buried. */
export const ANNOUNCED_MAX = 1_000;

/** An audit that finds more than this has met a warehouse that was emptied: "faxsync replay" builds that anew, not the audit. */
const UNLOADED_MAX = 20_000;

/** Keys of given-up objects that are logged; the count is of all. */
const GIVEN_UP_LOGGED_MAX = 100;

/**
 * The schedule's input: `{"account": "clinic"}` for everything, with `since_hours` for what was landed since. `again` also announces
 * what was given up: for an operator who has mended why it could not be loaded.
 */
const auditEventSchema = v.strictObject({
  account: v.pipe(v.string(), v.nonEmpty()),
  since_hours: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(100_000))),
  again: v.optional(v.boolean()),
});

const EVENT_ADVICE =
  'Give {"account": "<key>"}, with "since_hours" as a number if not everything is wanted, and "again": true to announce what was given up.';

/** What one invocation is asked to audit. */
export type AuditEvent = v.InferOutput<typeof auditEventSchema>;

/** What an audit found and did; counts. */
export interface AuditReport {
  readonly account: string;
  readonly landed: number;
  readonly unloaded: number;
  /** Not loaded either, but landed so lately that their messages may still be tried: with 0 here too, everything is loaded. */
  readonly young: number;
  readonly announced: number;
  readonly givenUp: number;
  /** Unloaded objects that were not looked at further: the next run goes on with them. */
  readonly left: number;
  /** False where the time was over, or too much was found, before everything was seen. */
  readonly isComplete: boolean;
}

/** What the function is built from. */
export interface AuditHandlerDeps {
  readonly clock: Clock;
  readonly log: FunctionLog;
  /** Default: nothing is published. */
  readonly metrics?: Metrics;
  /** @throws {SettingsError} for an unknown account. */
  auditDeps(account: string): AuditDeps | Promise<AuditDeps>;
}

/** Audits the account named by the event and answers what was found. */
export type AuditHandler = (event: unknown, context: Context) => Promise<AuditReport>;

/**
 * The function that finds landed objects which were never loaded, and has the landing zone announce them again. It only reads the
 * warehouse. Running out of time is no failure: it says so, and the next run goes on.
 */
export function createAuditHandler(deps: AuditHandlerDeps): AuditHandler {
  const { clock, log, metrics = NO_METRICS } = deps;
  return async (event, context) => {
    log.addContext(context);
    const startedAt = clock.now();
    const deadline = startedAt + context.getRemainingTimeInMillis() - AUDIT_RESERVE_MS;
    const isOver = () => clock.now() >= deadline;
    try {
      const {
        account,
        since_hours: sinceHours,
        again = false,
      } = parseEvent('audit', auditEventSchema, event, EVENT_ADVICE);
      const { announcer, graceMs, ...ports } = await deps.auditDeps(account);
      const options = { landedBefore: startedAt - graceMs, isOver, unloadedMax: UNLOADED_MAX };
      const after =
        sinceHours === undefined ? null : await auditSince(ports.pool, account, startedAt - sinceHours * HOUR_MS);
      const { landed, unloaded, young, last, isComplete } =
        after === null
          ? await auditWhole(ports, account, options)
          : await auditLanded(ports, account, { ...options, after });
      const timesMax = again ? Number.POSITIVE_INFINITY : ANNOUNCED_TIMES_MAX;
      const result: AnnounceResult =
        announcer === null
          ? { announced: 0, givenUp: [], left: unloaded.length, failure: null }
          : await announceUnloaded(announcer, unloaded, { timesMax, announcedMax: ANNOUNCED_MAX, isOver });
      const { announced, givenUp, left, failure } = result;
      metrics.add('ObjectsUnloaded', unloaded.length, { account });
      metrics.add('ObjectsAnnounced', announced, { account });
      metrics.add('ObjectsGivenUp', givenUp.length, { account });
      for (const key of givenUp.slice(0, GIVEN_UP_LOGGED_MAX)) {
        log.warn('object given up', { account, landed_key: key, attempts: ANNOUNCED_TIMES_MAX });
      }
      log.info('landing zone audited', {
        account,
        reason: isComplete ? 'done' : isOver() ? 'deadline' : 'limit',
        object_count: landed,
        unloaded_count: unloaded.length,
        young_count: young,
        announced_count: announced,
        given_up_count: givenUp.length,
        remaining_count: left,
        last,
        duration_ms: clock.now() - startedAt,
      });
      if (failure !== null) throw failure;
      return {
        account,
        landed,
        unloaded: unloaded.length,
        young,
        announced,
        givenUp: givenUp.length,
        left,
        isComplete,
      };
    } catch (error) {
      log.error('audit failed', error);
      throw error;
    } finally {
      metrics.flush();
    }
  };
}

const source = new RuntimeSource(process.env, { service: 'audit', runtime: warehouseRuntime, secrets: ['warehouse'] });

/** The entry of the deployed function; built from the environment on first use, so that importing it needs no settings. */
export const handler: AuditHandler = atEdge(
  'audit',
  createAuditHandler({
    ...functionTools('audit', process.env),
    auditDeps: async (account) => auditDeps(await source.current(), account),
  }),
);
